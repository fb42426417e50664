// Starts with image pulls on a cluster, and storms of simultaneous pulls through one shared link.
// Budgets: 10,000 starts on 1,000 nodes 1 s, 1,000 simultaneous pulls 5 s (docs/performance.md).
//
//   pulls_bench
#include <cstdio>
#include <string>

#include "bench/measured.h"
#include "bench/sagemaker_jobs.h"
#include "models/platform_startup.h"
#include "sim/replication.h"

namespace {

using namespace berth;

constexpr int kNodes = 1000;

Image image_number(int i) {
  return {.name = "image-" + std::to_string(i),
          .layers = synthesise_layers({.compressed = {4'000'000'000},
                                       .unpacked = {9'600'000'000},
                                       .count = 30,
                                       .first_id = {30 * i}}),
          .soci_index = true};
}

// Waves of one job a node, each with an image of its own: every start pulls.
Scenario cluster_starts(int waves, PullMode pull, std::optional<BytesPerSecond> shared_link) {
  JobLoad load;
  Scenario scenario = sagemaker_jobs(load);
  const TypeId type{static_cast<std::int32_t>(scenario.catalogue.index_of("m5.xlarge").value())};
  scenario.name = "cluster-starts";
  scenario.horizon = Seconds{3600.0 * waves + 7200};
  scenario.slice = Seconds{3600};
  scenario.images.clear();
  scenario.training.clear();
  Placement placement{.name = "kubernetes"};
  for (int i = 0; i < waves; ++i) {
    scenario.images.push_back(image_number(i));
    scenario.training.push_back({.name = "wave-" + std::to_string(i),
                                 .image = {i},
                                 .schedule = Trace{std::vector<Seconds>(kNodes, Seconds{3600.0 * i})},
                                 .needs = {.cpu_milli = 3000, .memory = {2 * kGiB}},
                                 .duration = constant(60)});
    placement.training.push_back(
        {.platform = {0}, .pool = PoolId{0}, .type = type, .pull = pull});
  }
  scenario.layer_count = 30 * waves;
  scenario.platforms = {Cluster{.name = "eks",
                                .pools = {{.name = "cpu", .types = {type}, .min_nodes = kNodes,
                                           .max_nodes = kNodes}},
                                .autoscaler = NodeAutoscaler::none,
                                .node_boot_cpu = constant(45),
                                .node_boot_gpu = constant(75),
                                .pod_overhead = platform_law(PlatformLaw::pod_overhead).distribution,
                                .data_overhead = constant(0),
                                .image_disk = {85 * kGiB},
                                .s3_per_connection = megabytes_per_second(625),
                                .egress = {.shared_link = shared_link}}};
  scenario.placements = {placement};
  return scenario;
}

// The same pulls on instances that meet on the gateway only.
Scenario sagemaker_storm(int jobs, BytesPerSecond shared_link) {
  JobLoad load{.shared_link = shared_link};
  Scenario scenario = sagemaker_jobs(load);
  auto& platform = std::get<SageMaker>(scenario.platforms[0]);
  platform.create_jobs_per_second = 1e6;
  platform.create_burst = jobs;
  platform.launch_cpu = constant(60);
  platform.capacity_error_cpu = 0;
  scenario.horizon = Seconds{4 * 3600.0 * std::max(jobs / 1000, 1)};
  scenario.training[0].schedule = Trace{std::vector<Seconds>(std::size_t(jobs), Seconds{0})};
  scenario.placements[0].training[0].pull = PullMode::full;
  return scenario;
}

void measure(const std::string& what, const Scenario& scenario, double expected) {
  const Measured m = quickest(3, [&] {
    const Outcome outcome = run_replication(scenario, scenario.placements[0], {.seed = 1});
    double started = 0;
    for (const TrainingOutcome& work : outcome.training) started += double(work.started);
    return Counted{started, double(outcome.events)};
  });
  std::printf("%-58s %9.0f %9.3f %9.3f %9.1f%s\n", what.c_str(), m.count, m.cpu_s, m.wall_s,
              m.peak_mib, m.count == expected ? "" : "  not all started");
  std::fflush(stdout);
}

}  // namespace

int main() {
  std::printf("%-58s %9s %9s %9s %9s\n", "", "starts", "CPU s", "wall s", "peak MiB");
  const BytesPerSecond gateway = gigabits_per_second(100);
  measure("10,000 full pulls on 1,000 nodes", cluster_starts(10, PullMode::full, {}), 1e4);
  measure("10,000 lazy starts on 1,000 nodes", cluster_starts(10, PullMode::soci_lazy, {}), 1e4);
  measure("1,000 nodes, one image, one link of 100 Gbit/s (flows)",
          cluster_starts(1, PullMode::full, gateway), 1e3);
  measure("1,000 instances through one link (virtual time)", sagemaker_storm(1000, gateway), 1e3);
  measure("10,000 instances through one link (virtual time)", sagemaker_storm(10'000, gateway),
          1e4);
}
