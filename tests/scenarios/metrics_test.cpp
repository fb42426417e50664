// Which metrics an autoscaler reads, of which containers, and when it gets none.
#include <catch2/catch.hpp>

#include "tests/scenarios/small_scenario.h"

namespace berth {
namespace {

constexpr const char* kReplicas = "replicas: {max: 3}";
constexpr const char* kNeeds = "    service_time: 8ms\n    needs: {cpu: 1, memory: 2GiB}\n";
constexpr const char* kPools = "      cpu: {instance_type: m5.xlarge, max: 4}\n";

std::string with_replicas(const std::string& replicas, std::string text = std::string(kSmall)) {
  return with(kReplicas, "replicas: {max: 3, " + replicas + "}", std::move(text));
}
std::string with_sidecar(const std::string& sidecar) {
  return with(kNeeds, std::string(kNeeds) + "    sidecar: " + sidecar + "\n");
}
std::string with_outages(const std::string& list, std::string text = std::string(kSmall)) {
  return with(kPools, std::string(kPools) + "    metrics_outages: " + list + "\n", std::move(text));
}
HpaPolicy hpa_of(const std::string& text) {
  return std::get<HpaPolicy>(scenario_of(text).placements[0].services[0].replicas.autoscaler);
}

TEST_CASE("a total is compared with its target as it is, or per replica", "[scenarios][metrics]") {
  const HpaPolicy hpa = hpa_of(with_replicas(
      "metrics: [{total_rate: 800, type: value}, {outstanding: 4, type: average_value}, {queue_length: 2}]"));
  REQUIRE(hpa.metrics.size() == 3);
  CHECK(hpa.metrics[0] == ServiceMetric{.what = Measure::total_rate, .target = 800, .by_value = true});
  CHECK_FALSE(hpa.metrics[1].by_value);
  CHECK_FALSE(hpa.metrics[2].by_value);
  CHECK(first_line_of(with_replicas("metrics: [{cpu: 60%, type: value}]"))
            .ends_with("type is of totals: queue_length, outstanding and total_rate  "
                       "[/placements/p/services/*/replicas/metrics/0]"));
}

TEST_CASE("a container's CPU is read beside a sidecar only", "[scenarios][metrics]") {
  const std::string metrics = "metrics: [{container_cpu: 60%}]";
  const Scenario scenario = scenario_of(
      with_replicas(metrics, with_sidecar("{cpu: 200m, idle_cpu: 5m, cpu_per_request: 1ms}")));
  REQUIRE(scenario.services[0].sidecar);
  CHECK(scenario.services[0].sidecar->cpu_milli == 200);
  CHECK(scenario.services[0].sidecar->idle_milli == 5);
  CHECK(scenario.services[0].sidecar->per_request == 1ms);
  CHECK(scenario_of(with_sidecar("{cpu: 200m}")).services[0].sidecar->per_request.count() ==
        Approx(0.00035));
  CHECK(first_line_of(with_replicas(metrics)).find("\"s\" has one container") != std::string::npos);
  CHECK(first_line_of(with_sidecar("{cpu: 1}")).find("nothing is left for the main container") !=
        std::string::npos);
  CHECK(first_line_of(with_sidecar("{cpu: 0}")).find("without a CPU request") != std::string::npos);
}

TEST_CASE("a cluster's metrics are missing from when to when", "[scenarios][metrics]") {
  const auto outages = [](const std::string& text) { return hpa_of(text).outages; };
  CHECK(outages(std::string(kSmall)).empty());
  const auto read = outages(with_outages("[{from: 17h, lasts: 30min}, {from: 20h, lasts: 1h, of: custom}]",
                                         with("horizon: 1d", "horizon: 1d\nwarm_up: 2h")));
  REQUIRE(read.size() == 2);
  CHECK(read[0].from == 19h);  // after the warm-up's begin
  CHECK(read[0].lasts == 30min);
  CHECK((read[0].resource && read[0].custom));
  CHECK((!read[1].resource && read[1].custom));
  CHECK(first_line_of(with_outages("[{from: 24h, lasts: 1h}]")).find("it never begins") !=
        std::string::npos);
  CHECK(first_line_of(with_outages("[{from: 2026-01-01T00:00:00Z, lasts: 1h}]")).find("it is over before") !=
        std::string::npos);
  CHECK(first_line_of(with_outages("[{from: 1h}]")).find("lasts") != std::string::npos);
}

TEST_CASE("KEDA falls back to replicas where triggers can fail", "[scenarios][metrics]") {
  const std::string keda = "autoscaler: keda, metrics: [{outstanding: 2}], keda: ";
  const std::string outage = with_outages("[{from: 1h, lasts: 1h}]");
  const auto fallback = [&](const std::string& said) {
    const Scenario scenario = scenario_of(with_replicas(keda + said, outage));
    return std::get<KedaPolicy>(scenario.placements[0].services[0].replicas.autoscaler).fallback;
  };
  CHECK_FALSE(fallback("{cooldown: 1min}"));
  CHECK(fallback("{fallback_replicas: 2}")->replicas == 2);
  CHECK(fallback("{fallback_replicas: 2}")->failure_threshold == 3);
  CHECK(fallback("{fallback_replicas: 2, fallback_failures: 0}")->failure_threshold == 0);
  CHECK(first_line_of(with_replicas(keda + "{fallback_failures: 2}", outage)).find("a fallback has no replicas") !=
        std::string::npos);
  CHECK(first_line_of(with_replicas(keda + "{fallback_replicas: 9}", outage))
            .find("a fallback to 9 replicas is above max, 3") != std::string::npos);
  CHECK(first_line_of(with_replicas(keda + "{fallback_replicas: 2}")).find("triggers never fail here") !=
        std::string::npos);
  CHECK(first_line_of(with_replicas("autoscaler: keda, metrics: [{outstanding: 2, type: value}], keda: "
                                    "{fallback_replicas: 2}",
                                    outage))
            .find("only where a target is an average") != std::string::npos);
  CHECK(first_line_of(with_replicas("autoscaler: hpa, keda: {fallback_replicas: 2}", outage))
            .find("keda: fallback_replicas does nothing here") != std::string::npos);
}

}  // namespace
}  // namespace berth
