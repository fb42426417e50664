#include "models/serving/fluid_service.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

const ReplicaPolicy kAwake;

Service exponential_service() {
  return {.name = "eta",
          .demand = RateCurve::constant(40),
          .service_time = exponential(0.1),
          .concurrency = 1,
          .balancing = LoadBalancing::central_queue,
          .slo_latency = 500ms};
}

TEST_CASE("steady load on fixed pods is the textbook's queue", "[serving][oracle]") {
  // M/M/5, rho 0.8: Erlang C = 0.554113; waits fall off at 5 mu - lambda = 10/s, as services do, so
  // P(T > t) = (1 - C) e^-10t + C (1 + 10 t) e^-10t, which at 0.5 s is e^-5 (1 + 5 C).
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 300s, .requests = 12'000, .ready = 5, .desired = 5});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  const double erlang_c = 0.5541125;
  CHECK(outcome.good / outcome.requests ==
        Approx(1 - std::exp(-5.0) * (1 + 5 * erlang_c)).epsilon(0.002));
  CHECK(outcome.slices[0].utilisation == Approx(0.8));
  CHECK(outcome.doubtful == 0s);
}

TEST_CASE("overload fills a tank that empties again", "[serving][oracle]") {
  // 3 pods carry 30/s. 100 s at 50/s leave 2000 waiting: the last waits 2000/30 = 66.7 s. Then 10/s
  // arrive and 20/s net flow off: after 100 s the tank is empty, and latencies are those of M/M/3.
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 5000, .ready = 3});
  fluid.advance({.from = 100s, .to = 300s, .requests = 2000, .ready = 3});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.overloaded == 100s);
  CHECK(outcome.doubtful.count() == Approx(200));
  CHECK(outcome.latency.max() == Approx(66.7).epsilon(0.05));
  // Water: mean wait of the first 5000 is 33.3 s, of the next 1000 33.3 s, of the last 1000 none.
  CHECK(outcome.latency.mean() == Approx(6000.0 / 7000 * 33.33 + 0.1).epsilon(0.01));
  CHECK(outcome.requests == 7000);
}

TEST_CASE("who waits before all pods is at none of them, who waits at a pod is", "[serving][oracle]") {
  // M/M/5, rho 0.8: Erlang C 0.5541 lets 40/s wait 0.05541 s each, 2.216 at a time. Blind draws: five M/M/1, 0.4 s.
  Service service = exponential_service();
  double waits = 0;
  SECTION("one queue") {}
  SECTION("one a pod") {
    service.balancing = LoadBalancing::random;
    waits = 40 * 0.4;
  }
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 4000, .ready = 5});
  const auto seen = fluid.see({.from = 100s, .to = 200s, .requests = 4000, .ready = 5}, true);
  CHECK(seen.total.waiting == Approx(200 * (waits > 0 ? waits : 40 * 0.05541)).epsilon(0.001));
  CHECK(seen.per_pod.waiting == Approx(200 * waits / 5));
  CHECK(seen.per_pod.busy == Approx(200 * 0.8));
}

TEST_CASE("near its slots' limit a queue waits no longer than it has had time to", "[serving][oracle]") {
  // 20/s of 0.3 s on six pods is a hair below their limit. In 4 h chance piles up (2/3) sqrt(2 x 20 x 0.18 x 14400
  // / pi) = 121.1 s of work: 20.2 s for each of six, where the stationary wait is 10^15 s.
  Service service = exponential_service();
  service.service_time = exponential(0.3);
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 14'400s, .requests = 20 * 14'400 - 1e-6, .ready = 6});
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.latency.mean() == Approx(20.2 + 0.3).epsilon(0.02));
  CHECK(outcome.error == 1);
}

TEST_CASE("a rate that jumps faster than a queue forgets has no bound", "[serving]") {
  Service service = exponential_service();
  service.balancing = LoadBalancing::random;
  const auto error = [&](Seconds each) {
    std::vector<Seconds> times;
    std::vector<double> rates;
    for (int i = 0; i < 200; ++i) times.push_back(each * i), rates.push_back(i % 2 == 0 ? 20 : 45);
    times.push_back(each * 200);
    service.demand = RateCurve::steps(times, rates, false);
    FluidService fluid(service, kAwake, 0s);
    const Seconds end = each * 200;
    fluid.advance({.from = 0s, .to = end, .requests = service.demand.expected_by(end), .ready = 6});
    return fluid.take().error;
  };
  // 75 % busy: the queue remembers for 0.1 s (1 + 2 / (2 x 0.0625)) = 1.7 s.
  CHECK(error(5s) == 1);
  CHECK(error(20s) == 0.30);
  CHECK(error(60s) == 0.05);
}

TEST_CASE("copies that share an instance share its queue", "[serving][oracle]") {
  // 40 copies of one slot on two instances, 80 % busy: two M/M/20, not forty M/M/1 (whose p99 is 0.5 ln 100 s).
  Service service = exponential_service();
  service.balancing = LoadBalancing::random;
  const auto p99 = [&](int copies) {
    FluidService fluid(service, kAwake, 0s, copies);
    fluid.advance({.from = 0s, .to = 3600s, .requests = 320 * 3600, .ready = 40});
    fluid.end_slice();
    return fluid.take().latency.quantile(0.99);
  };
  CHECK(p99(1) == Approx(0.5 * std::log(100.0)).epsilon(0.01));
  const auto law = queueing::service_law(service.service_time);
  const auto two = queueing::stationary_pods(320, 2, 20, law, queueing::Dispatch::random, 1);
  CHECK(p99(20) == Approx(queueing::sojourn_quantile(two, law, 0.99)).epsilon(0.01));
  CHECK(p99(20) < 0.6);
}

TEST_CASE("a slice whose rate jumps is looked at in parts whose rate is level", "[serving][oracle]") {
  // Three pods carry 30/s. 20 s at 60/s in an hour at 10/s leave 600 waiting, 30 s off: they empty by 20/s.
  Service service = exponential_service();
  service.demand = RateCurve::steps({0s, 1000s, 1020s, 3600s}, {10, 60, 10}, false);
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 3600s, .requests = 36'000 + 1000, .ready = 3});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.requests == Approx(37'000));
  CHECK(outcome.overloaded == 20s);
  CHECK(outcome.latency.max() == Approx(20).epsilon(0.05));
  // 1200 come in the jump and 300 while it drains: more than a hundredth, so it is the p99, without a bound.
  CHECK(outcome.latency.quantile(0.99) > 10);
  CHECK(outcome.error == 1);
}

TEST_CASE("an overload fills queues up to their limits, and clients give up", "[serving][oracle]") {
  // 3 pods carry 30/s, 50/s come for 100 s, then none. A tank of 100 is full after 5 s; of the other 95 s' 4750
  // as many get in as are served, 2850, and 1900 are lost. Nobody waits for more than 100/30 s.
  Service service = exponential_service();
  service.service_time = constant(0.1);
  bool gives_up = false;
  SECTION("one queue") { service.queue_limit = 100; }
  SECTION("one a pod") {
    service.balancing = LoadBalancing::random;
    service.queue_limit = 33;  // 99 in all
  }
  SECTION("clients wait for 100/30 s") {
    service.timeout = Seconds{100.0 / 30};
    gives_up = true;
  }
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 5000, .ready = 3});
  const auto seen = fluid.see({.from = 100s, .to = 101s, .requests = 50, .ready = 3}, true);
  CHECK(seen.waiting == Approx(100).epsilon(0.011));
  fluid.advance({.from = 100s, .to = 200s, .requests = 0, .ready = 3});
  const auto lost = fluid.end_slice().value();
  CHECK((gives_up ? lost.timed_out : lost.rejected) == Approx(1900).epsilon(0.001));
  CHECK((gives_up ? lost.rejected : lost.timed_out) == 0);
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.rejected + outcome.timed_out == lost.lost());
  CHECK(outcome.requests == 5000);
  CHECK(outcome.latency.count() == Approx(3100).epsilon(0.001));
  CHECK(outcome.latency.max() == Approx(100.0 / 30 + 0.1).epsilon(0.02));
  // The first 250 wait for half as long as the others.
  CHECK(outcome.latency.mean() == Approx(0.1 + 100.0 / 30 * (250 * 0.5 + 2850) / 3100).epsilon(0.015));
  CHECK(outcome.overloaded == 100s);
}

TEST_CASE("with no pod at all requests wait for one", "[serving]") {
  Service service = exponential_service();
  service.service_time = constant(0.1);
  double late = 0;
  SECTION("for as long as it takes") {}
  SECTION("for at most 20 s") {
    service.timeout = 20s;
    late = 400;
  }
  FluidService fluid(service, kAwake, 0s);
  for (const Seconds t : {0s, 15s, 30s, 45s})
    fluid.advance({.from = t, .to = t + 15s, .requests = 150, .ready = 0});
  fluid.advance({.from = 60s, .to = 300s, .requests = 2400, .ready = 5});
  const auto slice = fluid.end_slice().value();
  CHECK(slice.timed_out == Approx(late));
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.timed_out == Approx(late));
  CHECK(outcome.overloaded == 60s);
  CHECK(outcome.latency.count() == Approx(3000 - late));
  // Five pods of one slot do 50 a second. Without a time-out 600 are there when they come: the first waits 60 s
  // and the last 12 s; the queue is gone 15 s later (40 net a second), and its 150 wait 6 s on average.
  // With one 200 are, the oldest 20 s old, and wait 20 s to 4 s. The 0.1 s of service is in all.
  if (late > 0) {
    CHECK(outcome.latency.max() == Approx(20.1).epsilon(0.03));
  } else {
    CHECK(outcome.latency.max() == Approx(60.4).epsilon(0.02));
    CHECK(outcome.latency.mean() == Approx((600 * 36 + 150 * 6) / 3000.0 + 0.1).epsilon(0.02));
  }
  CHECK(outcome.waiting_at_end == 0);
}

TEST_CASE("who still waits for a pod at the end has no latency", "[serving]") {
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 100s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 70, .ready = 0});
  fluid.advance({.from = 100s, .to = 160s, .requests = 60, .ready = 0});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.requests == 60);
  CHECK(outcome.latency.count() == 0);
  CHECK(outcome.waiting_at_begin == 70);
  CHECK(outcome.waiting_at_end == 130);
}

TEST_CASE("who waits before busy pods at the end is told", "[serving]") {
  // Five pods of one slot do 50 a second of 60: 10 a second stay, from before what is recorded on.
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 100s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 6000, .ready = 5});
  fluid.advance({.from = 100s, .to = 160s, .requests = 3600, .ready = 5});
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.waiting_at_begin == Approx(1000));
  CHECK(outcome.waiting_at_end == Approx(1600));
  CHECK(outcome.latency.count() == Approx(3600));
}

TEST_CASE("a queue that waits for a pod has its limit", "[serving]") {
  Service service = exponential_service();
  service.queue_limit = 250;
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 15s, .requests = 200, .ready = 0});
  fluid.advance({.from = 15s, .to = 30s, .requests = 200, .ready = 0});
  const auto seen = fluid.see({.from = 30s, .to = 40s, .requests = 1, .ready = 0}, true);
  CHECK(seen.waiting == 250);
  fluid.advance({.from = 30s, .to = 60s, .requests = 0, .ready = 10});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.rejected == Approx(150));
  CHECK(outcome.latency.count() == Approx(250));
}

TEST_CASE("where only pods have queues nobody waits for the first pod", "[serving]") {
  Service service = exponential_service();
  ReplicaPolicy replicas;
  double refused = 0;
  SECTION("one queue for all") {}
  SECTION("a queue a pod, and an activator before them") {
    service.balancing = LoadBalancing::random;
    replicas.autoscaler = KnativePolicy{};
  }
  SECTION("a queue a pod") {
    service.balancing = LoadBalancing::random;
    refused = 600;
  }
  FluidService fluid(service, replicas, 0s);
  fluid.advance({.from = 0s, .to = 60s, .requests = 600, .ready = 0});
  fluid.advance({.from = 60s, .to = 300s, .requests = 2400, .ready = 5});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.rejected == Approx(refused));
  CHECK(outcome.latency.count() == Approx(3000 - refused));
  // Those who are refused make no percentile.
  CHECK((outcome.error < 1) == (refused > 0));
}

TEST_CASE("pods take their queues with them", "[serving]") {
  Service service = exponential_service();
  service.balancing = LoadBalancing::random;
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 5000, .ready = 3});
  fluid.advance({.from = 100s, .to = 110s, .requests = 100, .ready = 0});
  const auto seen = fluid.see({.from = 110s, .to = 120s, .requests = 100, .ready = 3}, true);
  CHECK(seen.waiting < 10);  // not the 2000 that waited at the pods that are gone
}

TEST_CASE("a flow that never ends says nothing of a service that sleeps", "[serving]") {
  const Service service = exponential_service();
  const ReplicaPolicy replicas{.min = 0, .max = 10, .autoscaler = KnativePolicy{}};
  const auto error = [&](double requests, bool may_be_none) {
    FluidService fluid(service, replicas, 0s);
    fluid.advance({.from = 0s, .to = 900s, .requests = requests, .ready = 5, .may_be_none = may_be_none});
    return fluid.take().error;
  };
  // In 60 s of quiet a thousandth is exp(-6.9): 6.9 requests.
  CHECK(error(6.8 * 15, true) == 1);
  CHECK(error(7.0 * 15, true) == Approx(0.05));
  CHECK(error(6.8 * 15, false) == Approx(0.05));
}

TEST_CASE("what is in service is what is at the moment", "[serving]") {
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 0s);
  fluid.advance({.from = 0s, .to = 60s, .requests = 2400, .ready = 5});
  const auto seen = fluid.see({.from = 60s, .to = 60s, .requests = 0, .ready = 5}, true);
  CHECK(seen.in_service == Approx(4));
  // Little: 40/s x C / (c mu - lambda) = 40 x 0.0554.
  CHECK(seen.waiting == Approx(40 * 0.5541125 / 10).epsilon(0.01));
}

TEST_CASE("the stated error is of the formula that is used", "[serving]") {
  const auto error = [](LoadBalancing balancing, double extra) {
    Service service = exponential_service();
    service.balancing = balancing;
    service.warm_up = {.extra = extra, .fades = 10s};
    FluidService fluid(service, kAwake, 0s);
    fluid.advance({.from = 0s, .to = 60s, .requests = 2400, .ready = 5});
    fluid.advance({.from = 60s, .to = 120s, .requests = 2400, .ready = 5});
    return fluid.take().error;
  };
  CHECK(error(LoadBalancing::central_queue, 0) == Approx(0.05));
  CHECK(error(LoadBalancing::least_outstanding, 0) == Approx(0.30));
  CHECK(error(LoadBalancing::round_robin, 0) == Approx(0.45));
  CHECK(error(LoadBalancing::power_of_two, 0) == Approx(0.60));
  // Pods are slow for 70 s: the first stretch and the second, which begins before.
  CHECK(error(LoadBalancing::central_queue, 1) == Approx(0.30));
}

TEST_CASE("before its begin nothing is recorded, but water keeps", "[serving]") {
  const Service service = exponential_service();
  FluidService fluid(service, kAwake, 100s);
  fluid.advance({.from = 0s, .to = 100s, .requests = 5000, .ready = 3});
  fluid.advance({.from = 100s, .to = 400s, .requests = 3000, .ready = 3});
  fluid.end_slice();
  const ServiceOutcome outcome = fluid.take();
  CHECK(outcome.requests == 3000);
  CHECK(outcome.overloaded == 0s);
  CHECK(outcome.latency.max() > 60);
}

}  // namespace
}  // namespace berth
