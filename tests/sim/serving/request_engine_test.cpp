#include "sim/serving/request_engine.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::serving {
namespace {

constexpr StreamKey kKey{.seed = 7, .replication = 2, .service = 3};

RequestEngine engine(double rate, Dispatching dispatching, StreamKey key = kKey) {
  return RequestEngine({.service_time = lognormal_from_mean_cv(0.5, 1), .dispatching = dispatching},
                       std::make_unique<PoissonArrivals>(RateCurve::constant(rate), 0,
                                                         request_stream(key, Purpose::arrival, 0)),
                       key);
}

TEST_CASE("whoever balances meets the same requests", "[engine]") {
  std::int64_t arrived = 0;
  double busy = 0;
  for (Dispatching dispatching :
       {Dispatching{Kernel::fastest}, Dispatching{Kernel::lazy},
        Dispatching{BalancerRules{.balancing = Balancing::random}},
        Dispatching{BalancerRules{.balancing = Balancing::least_outstanding}}}) {
    RequestEngine one = engine(50, dispatching);
    for (Pod pod = 0; pod < 8; ++pod) one.join(pod, 4, 0);
    one.advance(200);
    one.advance(1000);
    if (arrived == 0) arrived = one.counts().arrived, busy = one.counts().busy;
    CHECK(one.counts().arrived == arrived);
    // All have been served but a few that wait: those are one in ten thousand.
    CHECK(one.counts().busy == Approx(busy).epsilon(1e-3));
  }
}

TEST_CASE("how often one looks changes nothing", "[engine]") {
  RequestEngine once = engine(50, Kernel::fastest), often = engine(50, Kernel::fastest);
  once.join(0, 30, 0);
  often.join(0, 30, 0);
  once.advance(500);
  for (int i = 1; i <= 2500; ++i) often.advance(i * 0.2);
  CHECK(once.counts().arrived == often.counts().arrived);
  CHECK(once.counts().waits.sum() == Approx(often.counts().waits.sum()).epsilon(1e-9));
}

TEST_CASE("a slice's requests do not depend on the slices before it", "[engine]") {
  RequestEngine one = engine(50, Kernel::fastest), other = engine(50, Kernel::fastest);
  one.join(0, 200, 0);
  other.join(0, 200, 0);
  one.advance(300);  // the other leaves its first slice out
  for (RequestEngine* each : {&one, &other}) {
    each->jump(300, 1, 0);
    each->advance(600);
  }
  CHECK(one.counts().arrived == other.counts().arrived);
  CHECK(one.counts().busy == Approx(other.counts().busy).epsilon(1e-12));
}

TEST_CASE("replications and services differ", "[engine]") {
  const auto first_busy = [](StreamKey key) {
    RequestEngine one = engine(50, Kernel::fastest, key);
    one.join(0, 100, 0);
    one.advance(20);
    return one.counts().busy;
  };
  CHECK(first_busy(kKey) == first_busy(kKey));
  CHECK(first_busy({.seed = 7, .replication = 3, .service = 3}) != first_busy(kKey));
  CHECK(first_busy({.seed = 7, .replication = 2, .service = 4}) != first_busy(kKey));
}

TEST_CASE("after a jump the slots are as busy as they would be", "[engine]") {
  // 40 of 60 slots busy: what is left of a service has mean E S^2 / (2 E S) = 0.5 (1 + cv^2)/2 =
  // 0.5, so half a second later, without arrivals, as many are busy as of the equilibrium law's
  // tail.
  RequestEngine one(
      {.service_time = exponential(0.5)},
      std::make_unique<PoissonArrivals>(RateCurve{}, 0, request_stream(kKey, Purpose::arrival, 0)),
      kKey);
  one.join(0, 6000, 0);
  one.jump(1000, 5, 4000);
  CHECK(one.dispatcher().in_service(1000) == 4000);
  // Exponential services have exponential rests: e^-1 of them last half a second more.
  const double left = 4000 * std::exp(-1);
  CHECK(double(one.dispatcher().in_service(1000.5)) == Approx(left).margin(4.5 * std::sqrt(left)));
  CHECK(one.counts().served() == 0);
}

// Nobody waits; services of 1 s on average begin all over two seconds, then the pod dies. Served are, of each
// second's n, n (2 - (1 - e^-2)) = 1.1353 n, and of those n took a second at most: those of the first second with
// chance 1 - 1/e, of the second with 1 - e^-u, u the time left.
TEST_CASE("whom a pod's death cuts off leaves no trace in latencies", "[engine][oracle]") {
  ServiceRules rules{.service_time = exponential(1), .dispatching = Kernel::fastest, .queue = {}};
  SECTION("one queue") {}
  SECTION("a queue a pod") { rules.dispatching = BalancerRules{.balancing = Balancing::random}; }
  rules.queue.cut_off = CutOff::fail;
  constexpr double kRate = 20'000;
  const RandomStream arrivals = request_stream({.seed = 3}, Purpose::arrival, 0);
  RequestEngine engine(rules, std::make_unique<PoissonArrivals>(RateCurve::constant(kRate), 0, arrivals),
                       {.seed = 3});
  engine.join(1, 100'000, 0);
  engine.advance(2);
  engine.kill(1, 2);
  const ServingCounts& counts = engine.take_counts();
  CHECK(double(counts.served()) == Approx(1.13534 * kRate).epsilon(0.03));
  const WeightedHistogram law = latency_law(counts, rules.service_time);
  CHECK(law.count() == Approx(double(counts.served())));
  CHECK(law.share_at_most(1) == Approx(1 / 1.13534).margin(0.02));
  CHECK(share_within(counts, rules.service_time, 1) == Approx(1 / 1.13534).margin(0.02));
}

}  // namespace
}  // namespace berth::serving
