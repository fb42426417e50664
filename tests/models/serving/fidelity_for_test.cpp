#include "models/serving/fidelity_for.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("who scales by how many wait is looked at request by request", "[fidelity]") {
  Service service{.name = "eta", .balancing = LoadBalancing::random};
  const auto looks = [&](const Autoscaler& autoscaler) {
    return fidelity_for(service, {.max = 10, .autoscaler = autoscaler}, Fidelity::automatic);
  };
  const Autoscaler by_concurrency = HpaPolicy{.metrics = {{Measure::concurrency, 1}}};
  const Autoscaler by_queue = KedaPolicy{.hpa = {.metrics = {{Measure::queue_length, 4}}}};
  CHECK(looks(FixedReplicas{}) == Fidelity::automatic);
  CHECK(looks(HpaPolicy{}) == Fidelity::automatic);  // by CPU
  CHECK(looks(HpaPolicy{.metrics = {{Measure::requests_per_second, 9}}}) == Fidelity::automatic);
  CHECK(looks(by_concurrency) == Fidelity::request);
  CHECK(looks(by_queue) == Fidelity::request);
  CHECK(looks(HpaPolicy{.metrics = {{.target = 0.5}, {Measure::outstanding, 2}}}) == Fidelity::request);
  CHECK(looks(KnativePolicy{}) == Fidelity::request);
  CHECK(looks(KnativePolicy{.what = Measure::requests_per_second}) == Fidelity::automatic);
  CHECK(looks(TargetTrackingPolicy{.metric = TrackedMetric::concurrency}) == Fidelity::request);
  CHECK(looks(TargetTrackingPolicy{.metric = TrackedMetric::invocations}) == Fidelity::automatic);
  // Who waits before all pods is in none of them.
  service.balancing = LoadBalancing::central_queue;
  CHECK(looks(by_concurrency) == Fidelity::automatic);
  CHECK(looks(by_queue) == Fidelity::request);
  CHECK(looks(KnativePolicy{}) == Fidelity::request);
}

}  // namespace
}  // namespace berth
