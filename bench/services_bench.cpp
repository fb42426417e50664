// What Kubernetes' control loops cost: a day of many services with a fixed number of pods each; the same
// with a HorizontalPodAutoscaler each that looks and may change nothing, so that serving is the same and
// what is on top is control; and with one that scales, so that serving differs as well. The budget is 2 s
// on top for 1,000 services (docs/performance.md).
//
//   services_bench [SERVICES [FIDELITY]...]      1000 services at fluid and auto by themselves
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "bench/measured.h"
#include "scenarios/read_scenario.h"
#include "sim/replication.h"

namespace {

// Services of 5 to 200 requests a second, evenly on a scale of logarithms, in a day's wave; two slots of
// 20 ms a pod. Without an autoscaler each has the pods of its peak at 60 % busy.
struct Service {
  double requests_a_day = 0;
  int pods_at_peak = 0;
};

Service service_of(int i, int services) {
  const double rate = 5 * std::pow(40.0, (i + 0.5) / services);
  return {std::round(rate * 86400), std::max(2, static_cast<int>(std::ceil(1.7 * rate * 0.020 / (0.6 * 2))))};
}

constexpr const char* kHead = R"(schema: berth/scenario/1
name: many-services
starts_on: 2026-11-23
horizon: 24h
slice: 5min
replications: 1
images:
  model: {size: 500MB, unpacked: 1.2GB, layers: 8}
x-wave: &wave [50, 40, 35, 30, 30, 40, 60, 90, 120, 130, 130, 130, 130, 130, 130, 130, 140, 150, 160, 150, 130, 110, 90, 70]
x-shape: &shape
  {image: model, service_time: {median: 17ms, p99: 55ms}, concurrency: 2, needs: {cpu: 1, memory: 1GiB},
   init: 10s, slo: {latency: 200ms, target: 99%}}
)";

enum class Scaled { never, held, freely };

std::string scenario_text(int services, const std::string& fidelity, Scaled scaled) {
  std::ostringstream text, replicas;
  text << kHead << "fidelity: " << fidelity << "\nplatforms:\n  eks:\n    kind: kubernetes\n    autoscaler: none\n"
       << "    node_pools:\n      all: {instance_type: m5.4xlarge, min: " << services << ", max: " << services
       << "}\nservices:\n" << std::fixed << std::setprecision(0);
  for (int i = 0; i < services; ++i) {
    const Service service = service_of(i, services);
    text << "  s" << i << ": {<<: *shape, requests: {mean: " << service.requests_a_day << "/day, hourly: *wave}}\n";
    replicas << "      s" << i << ": {replicas: {";
    const int peak = service.pods_at_peak;
    if (scaled == Scaled::never) replicas << "autoscaler: none, min: " << peak << "}}\n";
    if (scaled == Scaled::held) replicas << "min: " << peak << ", max: " << peak << ", target: 60%}}\n";
    if (scaled == Scaled::freely) replicas << "min: 2, max: " << 2 * peak << ", target: 60%}}\n";
  }
  text << "placements:\n  all:\n    services:\n      \"*\": {platform: eks, pull: preloaded}\n" << replicas.str();
  return text.str();
}

berth::Measured day_of(int services, const std::string& fidelity, Scaled scaled) {
  const berth::Loaded loaded =
      berth::read_scenario_text(scenario_text(services, fidelity, scaled), "many-services");
  if (!loaded.scenario) {
    std::cerr << render_issues(loaded);
    std::exit(2);
  }
  const berth::Scenario& scenario = *loaded.scenario;
  return berth::quickest(3, [&] {
    const berth::Outcome outcome = berth::run_replication(scenario, scenario.placements.front(), {.seed = 1});
    double requests = 0;
    for (const berth::ServiceOutcome& service : outcome.services) requests += service.requests;
    return berth::Counted{requests, static_cast<double>(outcome.events)};
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int services = argc > 1 ? std::atoi(argv[1]) : 1000;
  if (services < 1) return std::cerr << "usage: services_bench [SERVICES [FIDELITY]...]\n", 2;
  std::vector<std::string> fidelities(argv + std::min(argc, 2), argv + argc);
  if (fidelities.empty()) fidelities = {"fluid", "auto"};
  std::printf("%-9s %14s %14s %12s %12s %12s %12s\n", "fidelity", "requests", "serving CPU s", "loops on top",
              "scaling too", "events", "peak MiB");
  for (const std::string& fidelity : fidelities) {
    const berth::Measured fixed = day_of(services, fidelity, Scaled::never);
    const berth::Measured held = day_of(services, fidelity, Scaled::held);
    const berth::Measured scaled = day_of(services, fidelity, Scaled::freely);
    std::printf("%-9s %14.0f %14.2f %12.2f %12.2f %12.0f %12.1f\n", fidelity.c_str(), scaled.count, fixed.cpu_s,
                held.cpu_s - fixed.cpu_s, scaled.cpu_s - fixed.cpu_s, scaled.events, scaled.peak_mib);
    std::fflush(stdout);
  }
}
