#include "sim/serving/central_queue.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "models/queueing/erlang.h"
#include "sim/serving/arrivals.h"
#include "sim/serving/request_engine.h"

namespace berth::serving {
namespace {

struct Hand {
  LawDraws law{constant(1)};
  CentralQueue queue;
  explicit Hand(QueueRules rules = {}, Kernel kernel = Kernel::fastest)
      : queue(std::move(rules), law, RandomStream(1, 0, Purpose::retry, 0), kernel) {}
  void serve(std::vector<double> arrivals, std::vector<double> services, double until) {
    queue.serve({arrivals, services, {}}, until);
  }
  const ServingCounts& counts() { return queue.counts(); }
};

TEST_CASE("requests wait for the slot that is free first", "[central]") {
  for (Kernel kernel : {Kernel::fastest, Kernel::lazy}) {
    Hand hand({}, kernel);
    hand.queue.join(1, 2, 0);
    // Slots end at 4 and 2; the third waits from 1 to 2 and holds till 5, the fourth from 1.5 to 4.
    hand.serve({0, 0, 1, 1.5}, {4, 2, 3, 1}, 10);
    hand.queue.serve_until(10);
    CHECK(hand.counts().waits.sum() == Approx(1 + 2.5));
    CHECK(hand.counts().waits.zeros() == 2);
    CHECK(hand.counts().busy == Approx(10));
    CHECK(hand.queue.in_service(4.5) == 2);  // until 5 and 5
    CHECK(hand.queue.in_service(5) == 0);
  }
}

TEST_CASE("a new pod takes from the queue at once", "[central]") {
  // One slot, busy till 10. Two wait; the pod that joins at 3 serves the first of them, at 8 the
  // second.
  Hand hand;
  hand.queue.join(1, 1, 0);
  hand.serve({0, 1, 2}, {10, 5, 1}, 3);
  CHECK(hand.queue.waiting(3) == 2);
  hand.queue.join(2, 1, 3);
  hand.queue.serve_until(20);
  CHECK(hand.counts().waits.sum() == Approx((3 - 1) + (8 - 2)));
}

TEST_CASE("a draining pod ends what it began and leaves the queue to others", "[central]") {
  Hand hand;
  hand.queue.join(1, 1, 0);
  hand.queue.join(2, 1, 0);
  hand.serve({0, 0, 1}, {4, 6, 2}, 2);
  const Pod first = hand.queue.in_service(1, 5) == 1 ? 2 : 1;  // the one whose request ends at 4
  hand.queue.drain(first, 2, 30);
  hand.queue.serve_until(20);
  CHECK(hand.counts().waits.sum() == Approx(6 - 1));
  CHECK(hand.counts().retried == 0);
  CHECK(hand.counts().busy == Approx(12));
}

TEST_CASE("what outlasts the grace goes back to the head of the queue", "[central]") {
  // Pod 1 serves the request of 0 till 10; pod 2 that of 0 till 6. Drained at 2 with a grace of 3,
  // it is cut off at 5 and comes before the one of 1, which waits as well: served at 6 for 1 s
  // (drawn anew).
  Hand hand;
  hand.queue.join(1, 1, 0);
  hand.serve({0}, {10}, 0);
  hand.queue.join(2, 1, 0);
  hand.serve({0, 1}, {6, 2}, 2);
  hand.queue.drain(1, 2, 3);
  hand.queue.serve_until(20);
  CHECK(hand.counts().retried == 1);
  // Arrived at 0, ended at 6 + 1; the 10 s that it would have had come off, its wait of 0 stays.
  CHECK(hand.counts().latencies.sum() == Approx(7 - 10));
  CHECK(hand.counts().late_waits.sum() == Approx(6));
  CHECK(hand.counts().waits.count() == 3);
  CHECK(hand.counts().waits.sum() == Approx(0 + 0 + 6));  // the one of 1 began at 7
  CHECK(hand.counts().served() == 3);
  CHECK(hand.counts().busy == Approx(5 + 6 + 1 + 2));
}

TEST_CASE("a killed pod fails its requests where nobody tries again", "[central]") {
  QueueRules rules;
  rules.cut_off = CutOff::fail;
  Hand hand(rules);
  hand.queue.join(1, 2, 0);
  hand.serve({0, 0, 1}, {10, 10, 1}, 4);
  hand.queue.kill(1, 4);
  CHECK(hand.counts().failed == 2);
  CHECK(hand.counts().served() == 0);
  CHECK(hand.queue.waiting(4) == 1);
  CHECK(hand.counts().busy == Approx(8));
  hand.queue.join(2, 1, 9);
  CHECK(hand.counts().waits.sum() == Approx(8));
}

TEST_CASE("a draining pod can still be killed", "[central]") {
  Hand hand;
  hand.queue.join(1, 1, 0);
  hand.serve({0}, {10}, 1);
  hand.queue.drain(1, 1, 30);
  CHECK(hand.queue.in_service(2) == 1);
  hand.queue.kill(1, 3);
  CHECK(hand.queue.in_service(3) == 0);
  CHECK(hand.queue.waiting(3) == 1);
}

TEST_CASE("a full queue turns requests away", "[central]") {
  QueueRules rules;
  rules.queue_limit = 1;
  Hand hand(rules);
  hand.queue.join(1, 1, 0);
  hand.serve({0, 1, 2, 5.5}, {5, 5, 5, 5}, 100);
  CHECK(hand.counts().rejected == 1);  // the one of 2; at 5 the place is free again
  hand.queue.serve_until(100);
  CHECK(hand.counts().served() == 3);
}

TEST_CASE("clients give up, and their places are free again", "[central]") {
  QueueRules rules;
  rules.queue_limit = 2;
  Hand hand(rules);
  hand.queue.join(1, 1, 0);
  const std::vector<double> arrivals{0, 1, 2, 4.5}, services{10, 1, 1, 1}, patience{99, 99, 2, 99};
  hand.queue.serve({arrivals, services, patience}, 5);
  // The one of 2 gave up at 4 behind one who still waits; the one of 4.5 has his place.
  CHECK(hand.counts().rejected == 0);
  CHECK(hand.queue.waiting(4.5) == 2);
  hand.queue.serve_until(20);
  CHECK(hand.counts().abandoned == 1);
  CHECK(hand.counts().abandoned_wait == Approx(2));
  CHECK(hand.counts().waits.sum() == Approx(9 + 6.5));
}

TEST_CASE("a new pod is slow at first", "[central]") {
  QueueRules rules;
  rules.warm_up = {.extra = 1, .fades = 10};
  Hand hand(rules);
  hand.queue.join(1, 1, 0);
  hand.serve({0, 10, 1000}, {2, 2, 2}, 2000);
  // 2 (1 + 1) at once, 2 (1 + 1/e) after 10 s, 2 when warm: the last is told by its wait.
  CHECK(hand.counts().latencies.sum() == Approx(4 + 2 * (1 + std::exp(-1))));
  CHECK(hand.counts().waits.count() == 1);
}

// --- the two kernels against each other ----------------------------------------------------------

struct Course {
  QueueRules rules;
  double rate;
  const char* because;
};
ServingCounts run(const Course& course, Kernel kernel, int slots = 4) {
  const StreamKey key{.seed = 11};
  RequestEngine engine(
      {.service_time = lognormal_from_mean_cv(1, 1), .dispatching = kernel, .queue = course.rules},
      std::make_unique<PoissonArrivals>(RateCurve::constant(course.rate * slots / 4), 0,
                                        request_stream(key, Purpose::arrival, 0)),
      key);
  engine.join(0, slots, 0);
  engine.join(1, slots, 0);
  for (int i = 1; i <= 60; ++i) {  // every 7 s something happens to the pods
    const double now = 7.0 * i;
    engine.advance(now);
    if (i % 6 == 1) engine.join(2 + i, slots, now);
    if (i % 6 == 3) engine.drain(i, now, 1);  // the pod that joined two steps before
    if (i % 12 == 5) engine.kill(1, now);
    if (i % 12 == 8) engine.join(1, slots, now);
  }
  engine.advance(1000);
  return engine.counts();
}

TEST_CASE("the direct kernel and the lazy one serve alike", "[central]") {
  QueueRules limited, patient, warming;
  limited.queue_limit = 5;
  patient.patience = exponential(2);
  warming.warm_up = {.extra = 2, .fades = 3};
  const Course courses[] = {
      {{}, 5, "hardly anybody waits"},
      {{}, 7.5, "many wait when pods change"},
      {{}, 12, "overload: a long queue at every change"},
      {limited, 9, "the queue fills up"},
      {patient, 9, "clients give up"},
      {warming, 7, "new pods are slow"},
  };
  for (const Course& course : courses) {
    INFO(course.because);
    const ServingCounts direct = run(course, Kernel::fastest), lazy = run(course, Kernel::lazy);
    CHECK(direct.arrived == lazy.arrived);
    CHECK(direct.served() == lazy.served());
    CHECK(direct.rejected == lazy.rejected);
    CHECK(direct.abandoned == lazy.abandoned);
    CHECK(direct.retried == lazy.retried);
    CHECK(direct.retried > 0);
    CHECK(direct.waits.zeros() == lazy.waits.zeros());
    CHECK(direct.waits.sum() == Approx(lazy.waits.sum()).epsilon(1e-9));
    CHECK(direct.latencies.sum() == Approx(lazy.latencies.sum()).epsilon(1e-9));
    CHECK(direct.busy == Approx(lazy.busy).epsilon(1e-9));
  }
}

TEST_CASE("who waits since a block that was bound directly takes a place in the queue", "[central]") {
  // One slot, services of 5 s, one place to wait: the first is served, the second waits in it, the
  // third finds it taken. The third comes in a block of its own that cannot be bound by 8 s.
  QueueRules rules;
  rules.queue_limit = 1;
  for (Kernel kernel : {Kernel::fastest, Kernel::lazy}) {
    Hand hand(rules, kernel);
    hand.queue.join(1, 1, 0);
    hand.serve({0, 1}, {5, 5}, 8);
    hand.serve({2}, {5}, 8);
    hand.queue.serve_until(100);
    CHECK(hand.counts().rejected == 1);
    CHECK(hand.counts().waits.sum() == Approx(4));
  }
}

TEST_CASE("the kernels serve alike over many blocks between two events", "[central]") {
  QueueRules limited;
  limited.queue_limit = 30;
  const Course course{limited, 7.6, "just below capacity"};
  const ServingCounts direct = run(course, Kernel::fastest, 400), lazy = run(course, Kernel::lazy, 400);
  CHECK(direct.rejected > 0);
  CHECK(direct.rejected == lazy.rejected);
  CHECK(direct.waits.sum() == Approx(lazy.waits.sum()).epsilon(1e-9));
}

TEST_CASE("a slot that is only occupied leaves no request behind", "[central]") {
  Hand hand;
  hand.queue.join(1, 1, 0);
  hand.queue.occupy(0, 10);
  hand.queue.kill(1, 5);
  hand.queue.join(2, 1, 6);
  hand.queue.serve_until(20);
  CHECK(hand.counts().retried == 0);
  CHECK(hand.counts().served() == 0);
  CHECK(hand.counts().busy == 0);
}

TEST_CASE("every request is accounted for", "[central]") {
  QueueRules rules;
  rules.queue_limit = 20;
  rules.patience = constant(3);
  rules.cut_off = CutOff::fail;
  const ServingCounts counts = run({rules, 12, ""}, Kernel::fastest);
  CHECK(counts.rejected > 0);
  CHECK(counts.abandoned > 0);
  CHECK(counts.failed > 0);
  // By 1000 at most 20 wait still.
  const auto open =
      counts.arrived - counts.served() - counts.rejected - counts.abandoned - counts.failed;
  CHECK(open >= 0);
  CHECK(open <= 20);
}

TEST_CASE("an overloaded queue stays within its limit and keeps its pace", "[central]") {
  QueueRules rules;
  rules.queue_limit = 1000;
  const StreamKey key{.seed = 2};
  RequestEngine engine({.service_time = constant(1), .queue = rules},
                       std::make_unique<PoissonArrivals>(RateCurve::constant(200), 0,
                                                         request_stream(key, Purpose::arrival, 0)),
                       key);
  engine.join(0, 100, 0);
  engine.advance(2000);
  // 100 of 200 a second are served; the queue is full from about the tenth second on.
  CHECK(engine.dispatcher().waiting(2000) > 950);
  CHECK(engine.counts().served() == Approx(100 * 2000).margin(200));
  CHECK(engine.counts().rejected == Approx(100 * 1990).epsilon(0.02));
}

TEST_CASE("a full queue whose clients give up keeps its pace", "[central]") {
  // 40 of 10,000 a second are served, 30,000 wait, and somebody gives up before every arrival. A look at all
  // of them at each of 700,000 arrivals would take minutes.
  for (const Distribution& patience : {constant(4), uniform(2, 6)}) {
    QueueRules rules;
    rules.queue_limit = 30'000;
    rules.patience = patience;
    const StreamKey key{.seed = 2};
    RequestEngine engine({.service_time = constant(1), .queue = rules},
                         std::make_unique<PoissonArrivals>(RateCurve::constant(10'000), 0,
                                                           request_stream(key, Purpose::arrival, 0)),
                         key);
    engine.join(0, 40, 0);
    engine.advance(70);
    // Who gets a place waits for 4 s on average: 30,000 / 4 s of the 10,000 a second get one.
    CHECK(engine.dispatcher().waiting(70) > 29'500);
    const ServingCounts& counts = engine.counts();
    CHECK(counts.rejected == Approx(70 * 10'000 - 30'000 - 66 * 7'500).epsilon(0.03));
    CHECK(counts.abandoned == Approx(66 * 7'460).epsilon(0.03));
  }
}

TEST_CASE("M/M/c waits as Erlang says", "[central]") {
  // c = 8, rho = 0.8, 20 replications of 20,000 requests. 4.5 standard errors from their spread.
  const queueing::Mmc exact{6.4, 1, 8};
  double sum = 0, square = 0;
  constexpr int kRuns = 20;
  for (int i = 0; i < kRuns; ++i) {
    const StreamKey key{.seed = 5, .replication = static_cast<std::uint32_t>(i)};
    RequestEngine engine({.service_time = exponential(1)},
                         std::make_unique<PoissonArrivals>(
                             RateCurve::constant(6.4), 0, request_stream(key, Purpose::arrival, 0)),
                         key);
    engine.join(0, 8, 0);
    engine.advance(300);
    engine.take_counts();
    engine.advance(300 + 20'000 / 6.4);
    const double wait = engine.counts().waits.mean();
    sum += wait;
    square += wait * wait;
  }
  const double mean = sum / kRuns;
  const double error = std::sqrt((square / kRuns - mean * mean) / (kRuns - 1));
  CHECK(mean == Approx(exact.mean_wait()).margin(4.5 * error));
  CHECK(error < 0.05 * mean);
}

}  // namespace
}  // namespace berth::serving
