#include "sim/serving/pod_queues.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "models/queueing/load_balancing.h"
#include "sim/serving/arrivals.h"
#include "sim/serving/request_engine.h"

namespace berth::serving {
namespace {

struct Hand {
  LawDraws law{constant(1)};
  PodQueues queues;
  explicit Hand(Balancing balancing, QueueRules rules = {})
      : queues(std::move(rules), {.balancing = balancing}, law,
               RandomStream(1, 0, Purpose::dispatch, 0), RandomStream(1, 0, Purpose::retry, 0)) {}
  void serve(std::vector<double> arrivals, std::vector<double> services) {
    queues.serve({arrivals, services, {}}, arrivals.back());
  }
  const ServingCounts& counts() { return queues.counts(); }
};

TEST_CASE("round robin asks every pod in turn, busy or not", "[pods]") {
  Hand hand(Balancing::round_robin);
  hand.queues.join(1, 1, 0);
  hand.queues.join(2, 1, 0);
  // The third goes to the pod of the first, which is busy till 10, though the other is free since
  // 1.
  hand.serve({0, 0, 2}, {10, 1, 1});
  CHECK(hand.counts().waits.sum() == Approx(8));
}

TEST_CASE("a request takes the slot that is free first, of few slots and of many", "[pods]") {
  for (const int slots : {1, 2, 8, 9, 32, 33, 34, 1000}) {
    INFO(slots << " slots");
    Hand hand(Balancing::random);
    hand.queues.join(1, slots, 0);
    RandomStream random(3, 0, Purpose::arrival, 0);
    std::vector<double> arrivals, services;
    std::multiset<double> free;
    for (int i = 0; i < slots; ++i) free.insert(0);
    double now = 0, waits = 0;
    for (int i = 0; i < 10'000; ++i) {
      now += -std::log(random.uniform()) / slots;
      arrivals.push_back(now);
      services.push_back(2 * random.uniform());
      const double start = std::max(now, *free.begin());
      waits += start - now;
      free.erase(free.begin());
      free.insert(start + services.back());
    }
    hand.serve(arrivals, services);
    CHECK(hand.counts().waits.sum() == Approx(waits).epsilon(1e-9));
    CHECK(waits > 0);
  }
}

TEST_CASE("the least outstanding goes where the fewest are", "[pods]") {
  Hand hand(Balancing::least_outstanding);
  hand.queues.join(1, 1, 0);
  hand.queues.join(2, 1, 0);
  // Each pod has one; at 2 only the long one is left, so the third finds a free pod, the fourth
  // ties.
  hand.serve({0, 0, 2, 2.5}, {10, 1, 1, 1});
  CHECK(hand.counts().waits.zeros() == 3);
  CHECK(hand.queues.in_system(2.5) == 3);
}

TEST_CASE("two choices without replacement of two pods are both", "[pods]") {
  LawDraws law(constant(1));
  PodQueues queues({}, {.balancing = Balancing::choices, .choices = 2, .with_replacement = false},
                   law, RandomStream(1, 0, Purpose::dispatch, 0),
                   RandomStream(1, 0, Purpose::retry, 0));
  queues.join(1, 1, 0);
  queues.join(2, 1, 0);
  std::vector<double> arrivals, services;
  for (int i = 0; i < 100; ++i) {
    arrivals.push_back(i);
    arrivals.push_back(i);
    services.insert(services.end(), {0.9, 0.9});
  }
  queues.serve({arrivals, services, {}}, 100);
  CHECK(queues.counts().waits.zeros() == 200);
}

TEST_CASE("a request stays at its pod, and its pod's slots serve it", "[pods]") {
  Hand hand(Balancing::random);
  hand.queues.join(1, 2, 0);
  hand.serve({0, 0, 1}, {4, 3, 1});
  hand.queues.join(2, 1, 2);  // too late for the one who waits at pod 1
  CHECK(hand.counts().waits.sum() == Approx(2));
}

TEST_CASE("a draining pod serves its queue until its grace is over", "[pods]") {
  Hand hand(Balancing::round_robin);
  hand.queues.join(1, 1, 0);
  hand.serve({0, 0, 0}, {2, 2, 2});  // done at 2, 4, 6
  hand.queues.join(2, 1, 0);
  CHECK(hand.queues.drain(1, 1, 4) == 5);
  CHECK(hand.queues.in_service(1) == 1);
  CHECK(hand.queues.waiting(1) == 2);
  CHECK(hand.queues.in_service(1, 1) == 0);  // it takes no more work
  hand.queues.serve_until(10);
  // At 5 the third is cut off and served by pod 2 for 1 s; the latency of 6 s that it would have had comes off.
  CHECK(hand.counts().retried == 1);
  CHECK(hand.counts().latencies.sum() == Approx(6 - 6));
  CHECK(hand.counts().waits.sum() == Approx(2 + 4));
  CHECK(hand.counts().served() == 3);
  CHECK(hand.counts().busy == Approx(2 + 2 + 1 + 1));
}

TEST_CASE("a killed pod's requests go to the others, and nowhere without others", "[pods]") {
  for (Balancing balancing : {Balancing::random, Balancing::round_robin, Balancing::choices,
                              Balancing::choices_by_work, Balancing::least_outstanding}) {
    Hand hand(balancing);
    hand.queues.join(1, 1, 0);
    hand.serve({0, 0}, {5, 5});
    hand.queues.join(2, 1, 1);
    hand.queues.kill(1, 2);
    CHECK(hand.counts().retried == 2);
    // 1 s each at pod 2, from 2 on, less the 5 s that the one would have had; the other had not begun.
    CHECK(hand.counts().latencies.sum() == Approx(3 + 4 - 5));
    hand.queues.kill(2, 2.5);
    CHECK(hand.counts().rejected == 2);
    CHECK(hand.counts().served() == 0);
    CHECK(hand.counts().busy == Approx(2 + 0.5));
  }
}

TEST_CASE("each pod's queue has its limit", "[pods]") {
  QueueRules rules;
  rules.queue_limit = 2;
  Hand hand(Balancing::round_robin, rules);
  hand.queues.join(1, 1, 0);
  // One in service till 10, two wait, two are turned away; at 11 one place is free, then none.
  hand.serve({0, 1, 2, 3, 4, 11, 12}, {10, 10, 10, 10, 10, 10, 10});
  CHECK(hand.counts().rejected == 3);
  CHECK(hand.counts().waits.sum() == Approx(9 + 18 + 19));
  // Much later everything is as at the beginning.
  hand.serve({100, 101, 102, 103}, {10, 10, 10, 10});
  CHECK(hand.counts().rejected == 4);
}

TEST_CASE("a slot of a pod that is only occupied leaves no request behind", "[pods]") {
  Hand hand(Balancing::round_robin);
  hand.queues.join(1, 1, 0);
  hand.queues.join(2, 1, 0);
  hand.queues.occupy(0, 10);
  hand.queues.kill(1, 5);
  hand.queues.kill(2, 5);
  CHECK(hand.counts().retried == 0);
  CHECK(hand.counts().rejected == 0);
  CHECK(hand.counts().busy == 0);
}

TEST_CASE("who gave up before a pod came holds no place", "[pods]") {
  QueueRules rules;
  rules.queue_limit = 2;
  rules.buffers = true;
  Hand hand(Balancing::round_robin, rules);
  const std::vector<double> arrivals{0, 1, 2, 10}, services{1, 1, 1, 1}, patience{5, 5, 5, 50};
  hand.queues.serve({arrivals, services, patience}, 10);
  CHECK(hand.counts().rejected == 1);  // the third; at 10 the first two have gone
  CHECK(hand.queues.waiting(10) == 1);
  hand.queues.join(1, 1, 20);
  CHECK(hand.counts().abandoned == 2);
  CHECK(hand.counts().abandoned_wait == Approx(10));
  CHECK(hand.counts().served() == 1);
}

TEST_CASE("who gives up takes no slot", "[pods]") {
  Hand hand(Balancing::round_robin);
  hand.queues.join(1, 1, 0);
  const std::vector<double> arrivals{0, 1, 2}, services{10, 5, 1}, patience{1, 3, 20};
  hand.queues.serve({arrivals, services, patience}, 2);
  CHECK(hand.counts().abandoned == 1);
  CHECK(hand.counts().abandoned_wait == Approx(3));
  CHECK(hand.counts().waits.sum() == Approx(8));
  CHECK(hand.queues.waiting(3) == 2);
  CHECK(hand.queues.waiting(4) == 1);
}

TEST_CASE("a new pod is slow at first, at its own door", "[pods]") {
  QueueRules rules;
  rules.warm_up = {.extra = 1, .fades = 10};
  Hand hand(Balancing::round_robin, rules);
  hand.queues.join(1, 1, 0);
  hand.serve({0, 10, 1000}, {2, 2, 2});
  CHECK(hand.counts().latencies.sum() == Approx(4 + 2 * (1 + std::exp(-1))));
  CHECK(hand.counts().waits.count() == 1);
}

TEST_CASE("pods are kept in the order of their counts", "[pods]") {
  FastRandom random(RandomStream(1, 0, Purpose::dispatch, 0));
  CountOrder order;
  std::vector<int> counts;
  std::vector<bool> there;
  for (std::uint32_t pod = 0; pod < 12; ++pod) {
    order.insert(pod);
    counts.push_back(0);
    there.push_back(true);
  }
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t pod = random.below(12);
    const std::uint32_t what = random.below(20);
    if (what == 0) {
      there[pod] ? order.remove(pod) : order.insert(pod);
      there[pod] = !there[pod];
      counts[pod] = 0;
    } else if (there[pod] && what % 2 == 0) {
      order.increment(pod);
      ++counts[pod];
    } else if (there[pod] && counts[pod] > 0) {
      order.decrement(pod);
      --counts[pod];
    }
    if (order.empty()) continue;
    int fewest = 1 << 30;
    for (std::size_t k = 0; k < 12; ++k)
      if (there[k]) fewest = std::min(fewest, counts[k]);
    const std::uint32_t any = order.any_of_fewest(random);
    REQUIRE(there[any]);
    REQUIRE(counts[any] == fewest);
  }
}

TEST_CASE("the plain loop and the careful one place alike", "[pods]") {
  // Patience without end is no patience, but it is asked about.
  for (Balancing balancing :
       {Balancing::random, Balancing::round_robin, Balancing::choices_by_work, Balancing::choices}) {
    for (std::uint64_t limit : {0, 3, 100'000}) {
      QueueRules plain, careful;
      plain.queue_limit = careful.queue_limit = limit;
      careful.patience = constant(1e12);
      std::vector<ServingCounts> counts;
      for (const QueueRules& rules : {plain, careful}) {
        const StreamKey key{.seed = 4};
        RequestEngine engine(
            {.service_time = lognormal_from_mean_cv(1, 1),
             .dispatching = BalancerRules{.balancing = balancing},
             .queue = rules},
            std::make_unique<PoissonArrivals>(RateCurve::constant(9), 0,
                                              request_stream(key, Purpose::arrival, 0)),
            key);
        for (Pod pod = 0; pod < 10; ++pod) engine.join(pod, 1, 0);
        engine.advance(500);
        engine.drain(3, 500, 2);
        engine.advance(900);
        engine.kill(4, 900);
        engine.join(3, 1, 900);
        engine.advance(2000);
        counts.push_back(engine.counts());
      }
      CHECK(counts[0].served() == counts[1].served());
      CHECK(counts[0].rejected == counts[1].rejected);
      CHECK(counts[0].retried == counts[1].retried);
      CHECK(counts[0].waits.sum() == Approx(counts[1].waits.sum()).epsilon(1e-9));
      CHECK(counts[0].busy == Approx(counts[1].busy).epsilon(1e-9));
      CHECK((limit > 10 || counts[0].rejected > 100));
    }
  }
}

TEST_CASE("pods that come and go lose no request, whoever balances", "[pods]") {
  for (Balancing balancing : {Balancing::random, Balancing::round_robin, Balancing::choices,
                              Balancing::choices_by_work, Balancing::least_outstanding}) {
    const StreamKey key{.seed = 3};
    RequestEngine engine(
        {.service_time = lognormal_from_mean_cv(1, 1),
         .dispatching = BalancerRules{.balancing = balancing}},
        std::make_unique<PoissonArrivals>(RateCurve::steps({0s, 400s}, {8}), 0,
                                          request_stream(key, Purpose::arrival, 0)),
        key);
    for (Pod pod = 0; pod < 4; ++pod) engine.join(pod, 3, 0);
    for (int i = 1; i < 50; ++i) {
      engine.advance(8.0 * i);
      if (i % 4 == 0) engine.join(10 + i, 3, 8.0 * i);
      if (i % 4 == 2) engine.drain(8 + i, 8.0 * i, 1);
      if (i % 8 == 5) engine.kill(0, 8.0 * i);
      if (i % 8 == 6) engine.join(0, 3, 8.0 * i);
    }
    engine.advance(10'000);
    const ServingCounts& counts = engine.counts();
    CHECK(counts.served() == counts.arrived);
    CHECK(counts.retried > 0);
    CHECK(engine.dispatcher().in_system(10'000) == 0);
  }
}

}  // namespace
}  // namespace berth::serving
