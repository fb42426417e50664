// Overload of which enough has been looked at, taken as a flow.
#include <catch2/catch.hpp>
#include <vector>

#include "sim/serving/recorded_requests.h"

namespace berth::serving {
namespace {

const ReplicaPolicy kAwake;

// 3 pods carry 30/s of it.
Service flooded(LoadBalancing balancing) {
  return {.name = "eta",
          .demand = RateCurve::steps({0s, 1000s, 6000s}, {60, 20}, false),
          .service_time = exponential(0.1),
          .concurrency = 1,
          .balancing = balancing,
          .slo_latency = 20s};
}

struct Seen {
  RequestOutcome at_1000, after;
  ServiceUse use_at_1000, use_after;
};

// Overload until 1000 s, then 20/s until 4000 s, looked at every 50 s; pods come at `pods_from`.
Seen seen_of(const Service& service, std::optional<double> looks, Fidelity fidelity = Fidelity::automatic,
             Seconds pods_from = 0s) {
  RequestServiceSettings settings = request_settings(service, fidelity, false);
  if (looks) settings.flow = {.service = &service, .replicas = &kAwake, .looks = *looks};
  RequestService requests(std::move(settings), {.seed = 3});
  const Needs all{.pods = true, .waiting = true, .requests = true};
  Seen seen;
  for (Seconds now{0}; now <= 6000s; now += 50s) {
    requests.see(now, 6000s, all, now <= 1000s ? seen.use_at_1000 : seen.use_after);
    if (now == pods_from)
      for (Pod pod = 1; pod <= 3; ++pod) requests.join(pod, 1, now);
    if (now != 1000s) continue;
    requests.advance(now);
    seen.at_1000 = requests.take();
  }
  requests.advance(6000s);
  seen.after = requests.take();
  return seen;
}

double seconds_looked_at(const RequestOutcome& outcome, Look look) {
  return outcome.looked_at[static_cast<std::size_t>(look)].count();
}

// Of all that were answered by 6000 s, when nobody waits.
WeightedHistogram latency(const Seen& seen) {
  WeightedHistogram all = seen.at_1000.latency;
  all.merge(seen.after.latency);
  return all;
}

TEST_CASE("of an overload only so many requests are looked at", "[serving][overload]") {
  // 3000 at 60/s: 50 s. The queue is full of 1000 after 33 s by then.
  Service service = flooded(LoadBalancing::central_queue);
  service.queue_limit = 1000;
  const Fidelity fidelity = GENERATE(Fidelity::automatic, Fidelity::request);
  const Seen seen = seen_of(service, 3000, fidelity);
  CHECK(seconds_looked_at(seen.at_1000, Look::whole) == Approx(50));
  CHECK(seconds_looked_at(seen.at_1000, Look::formula) == Approx(950));
  CHECK(seen.at_1000.overloaded.count() == Approx(1000));
  CHECK(seen.at_1000.doubtful.count() == Approx(950));
  CHECK(seen.at_1000.error.value() == 1);
  // Then 10/s more go than come: the 1000 who wait are gone 100 s later.
  CHECK(seconds_looked_at(seen.after, Look::formula) == Approx(100).epsilon(0.01));
  CHECK(seen.after.overloaded == 0s);
}

TEST_CASE("a flow counts what every request would have been counted as", "[serving][overload]") {
  Service service = flooded(GENERATE(LoadBalancing::central_queue, LoadBalancing::least_outstanding,
                                     LoadBalancing::random));
  Seconds pods_from{0};
  SECTION("the queue is never full") {}
  SECTION("the queue is full") {
    service.queue_limit = service.balancing == LoadBalancing::central_queue ? 999 : 333;
  }
  SECTION("clients give up") { service.timeout = 10s; }
  SECTION("pods come late") { pods_from = 300s; }
  CAPTURE(static_cast<int>(service.balancing), service.queue_limit, pods_from.count());
  const Seen each = seen_of(service, {}, Fidelity::automatic, pods_from);
  const Seen flow = seen_of(service, 6000, Fidelity::automatic, pods_from);
  REQUIRE(seconds_looked_at(flow.at_1000, Look::formula) > 800);
  REQUIRE(seconds_looked_at(each.at_1000, Look::formula) == 0);
  // Chance: 60,000 come, give or take 245, so about 1 % of the 30,000 that are too many.
  CHECK(flow.at_1000.requests == Approx(each.at_1000.requests).epsilon(0.01));
  CHECK(flow.at_1000.rejected == Approx(each.at_1000.rejected).epsilon(0.02).margin(1));
  CHECK(flow.at_1000.abandoned == Approx(each.at_1000.abandoned).epsilon(0.03).margin(1));
  CHECK(flow.at_1000.busy_slot_seconds == Approx(each.at_1000.busy_slot_seconds).epsilon(0.01));
  const WeightedHistogram flow_latency = latency(flow), each_latency = latency(each);
  CHECK(flow_latency.count() == Approx(each_latency.count()).epsilon(0.01));
  CHECK(flow_latency.mean() == Approx(each_latency.mean()).epsilon(0.05));
  // Water is level: of what stands before one pod and not before another it knows nothing.
  CHECK(flow_latency.quantile(0.99) == Approx(each_latency.quantile(0.99)).epsilon(0.1));
  CHECK(flow.use_at_1000.in_service == each.use_at_1000.in_service);
  CHECK(flow.use_at_1000.total.busy == Approx(each.use_at_1000.total.busy).epsilon(0.01));
  CHECK(flow.use_after.total.busy == Approx(each.use_after.total.busy).epsilon(0.02));
  CHECK(flow.use_after.total.requests == Approx(each.use_after.total.requests).epsilon(0.01));
  if (service.timeout) return;  // who will give up is not seen waiting in a flow
  CHECK(flow.use_at_1000.waiting == Approx(each.use_at_1000.waiting).epsilon(0.03));
  CHECK(flow.use_at_1000.total.waiting == Approx(each.use_at_1000.total.waiting).epsilon(0.03));
}

TEST_CASE("`auto` looks at no more of an overload than it has the time for", "[serving][overload]") {
  // 24 million requests, of which 20 million are looked at: 833 s of 1000.
  Service service = flooded(LoadBalancing::central_queue);
  service.demand = RateCurve::constant(24'000);
  service.queue_limit = 1000;
  ReplicaPolicy replicas;
  SECTION("a service as any") {}
  SECTION("one whose HPA never scales down, which is looked at request by request") {
    HpaPolicy hpa;
    hpa.behaviour = ScalingBehaviour{.up = default_scale_up(), .down = {.choice = PolicyChoice::disabled}};
    replicas.autoscaler = hpa;
  }
  RecordedRequests requests(service, replicas, Fidelity::automatic, {}, {0s, 1000s, 1000s});
  for (Pod pod = 1; pod <= 3; ++pod) requests.join(pod, 1, 0s);
  requests.advance({.from = 0s, .to = 1000s, .requests = 24e6, .ready = 3, .desired = 3});
  const ServiceOutcome outcome = requests.take();
  const auto& [whole, window, formula] = outcome.looked_at;
  CHECK(whole.count() == Approx(20e6 / 24e3));
  CHECK(formula.count() == Approx(1000 - 20e6 / 24e3));
  CHECK(outcome.waiting_at_end == Approx(1000));
  CHECK(outcome.error == 1);
}

}  // namespace
}  // namespace berth::serving
