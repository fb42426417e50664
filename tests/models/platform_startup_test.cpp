#include "models/platform_startup.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/measured_sagemaker.h"

namespace berth {
namespace {

TEST_CASE("default laws have the published deciles", "[platform_startup]") {
  struct Row {
    const char* because;
    PlatformLaw law;
    double p10, p50, p90, tolerance;
  };
  // p10 and p90 as published, or the range given; tolerance relative.
  const auto row = GENERATE(values<Row>({
      {"18 job logs of 2024-26", PlatformLaw::sagemaker_launch_cpu_2024, 36, 48, 80, 0.03},
      {"fit and deciles of 2018-21", PlatformLaw::sagemaker_launch_cpu_2018, 115, 143, 175, 0.06},
      {"fit and deciles of 2022-23", PlatformLaw::sagemaker_launch_cpu_2022, 64, 90, 150, 0.09},
      {"55 GPU jobs of 2018-21", PlatformLaw::sagemaker_launch_gpu_2018, 138, 166, 210, 0.03},
      {"86 CPU endpoints", PlatformLaw::sagemaker_endpoint_cpu, 120, 210, 450, 0.13},
      {"33 GPU endpoints", PlatformLaw::sagemaker_endpoint_gpu, 240, 330, 570, 0.13},
      {"24 endpoints of 2018-19", PlatformLaw::sagemaker_endpoint_2018, 365, 495, 555, 0.11},
      {"a driver compiled at boot: 2-3 min", PlatformLaw::gpu_driver_compiled, 120, 150, 180, 0.03},
      {"12 jobs on g5, skewed", PlatformLaw::sagemaker_launch_g5, 77, 89, 138, 0.14},
      {"19 jobs on p4d.24xlarge", PlatformLaw::sagemaker_launch_p4d, 144, 300, 546, 0.08},
  }));
  CAPTURE(row.because);
  const Distribution& law = platform_law(row.law).distribution;
  CHECK(quantile(law, 0.1) == Approx(row.p10).epsilon(row.tolerance));
  CHECK(quantile(law, 0.5) == Approx(row.p50).epsilon(row.tolerance));
  CHECK(quantile(law, 0.9) == Approx(row.p90).epsilon(row.tolerance));
}

TEST_CASE("a SageMaker has the laws of its era", "[platform_startup]") {
  const SageMaker old = measured_sagemaker(Era::from_2018), now = measured_sagemaker();
  const auto median = [](const Distribution& law) { return quantile(law, 0.5); };
  CHECK(median(old.launch_cpu) == Approx(143).epsilon(0.06));
  CHECK(median(measured_sagemaker(Era::from_2022).launch_cpu) == Approx(90).epsilon(0.09));
  CHECK(median(now.launch_cpu) == Approx(48).epsilon(0.03));
  CHECK(median(old.launch_gpu) == Approx(166).epsilon(0.03));
  CHECK(median(old.endpoint_creation_cpu) == Approx(495).epsilon(0.11));
  CHECK(median(old.endpoint_creation_gpu) == Approx(495).epsilon(0.11));
  CHECK(median(now.endpoint_creation_cpu) == Approx(210).epsilon(0.13));
  CHECK(median(now.endpoint_creation_gpu) == Approx(330).epsilon(0.13));
  CHECK(old.capacity_error_gpu == 0);
  CHECK(now.capacity_error_gpu == capacity_error(Accelerator::gpu));
  CHECK(now.capacity_error_gpu > 0);
}

TEST_CASE("default laws have the medians of the digest", "[platform_startup]") {
  struct Row { const char* because; PlatformLaw law; double median, p95; };
  const auto row = GENERATE(values<Row>({
      {"one log: 16 s; range 10-20",         PlatformLaw::sagemaker_warm_start,    16,  20 },
      {"45 s; range 30-90",                  PlatformLaw::karpenter_node_cpu,      45,  90 },
      {"75 s; range 60-120",                 PlatformLaw::karpenter_node_gpu,      75,  120},
      {"210 s; range 120-300",               PlatformLaw::cluster_autoscaler_node, 210, 300},
  }));
  CAPTURE(row.because);
  const Distribution& law = platform_law(row.law).distribution;
  CHECK(quantile(law, 0.5) == Approx(row.median));
  CHECK(quantile(law, 0.95) == Approx(row.p95));
}

TEST_CASE("the pod overhead keeps the start-up objective", "[platform_startup]") {
  CHECK(quantile(platform_law(PlatformLaw::pod_overhead).distribution, 0.99) == Approx(5));
}

TEST_CASE("GPU launches have a second mode after a capacity error", "[platform_startup]") {
  // Published for 2022-23: p90 525 s with 95 % interval [294, 542], median about 134 s [77-134-512].
  const Distribution gpu = sagemaker_launch_mixture(Accelerator::gpu, Era::from_2022);
  CHECK(quantile(gpu, 0.5) == Approx(134).epsilon(0.05));
  CHECK(quantile(gpu, 0.9) > 294);
  CHECK(quantile(gpu, 0.9) < 542);
}

TEST_CASE("an attempt and a retry make up the second mode", "[platform_startup]") {
  // Medians: 98 + 698 = 796 = e^6.68 and 122 + 417 = 539 = e^6.29, to a second.
  const auto median = [](PlatformLaw law) { return quantile(platform_law(law).distribution, 0.5); };
  CHECK(median(PlatformLaw::sagemaker_launch_cpu_2022) +
            median(PlatformLaw::sagemaker_capacity_retry_cpu) ==
        Approx(std::exp(6.68)).margin(1));
  CHECK(median(PlatformLaw::sagemaker_launch_gpu_2022) +
            median(PlatformLaw::sagemaker_capacity_retry_gpu) ==
        Approx(std::exp(6.29)).margin(1));
}

TEST_CASE("a family's launches are known where there are logs", "[platform_startup]") {
  CHECK(launch_of_family("g5") == PlatformLaw::sagemaker_launch_g5);
  CHECK(launch_of_family("p4d") == PlatformLaw::sagemaker_launch_p4d);
  CHECK_FALSE(launch_of_family("m5"));
  // A scenario that lists a family uses its law, capacity errors included.
  SageMaker platform{.launch_gpu = constant(100), .capacity_error_gpu = 0.12};
  platform.launch_families = {{"g5", constant(80)}};
  CHECK(mean(launch_law(platform, {.family = "g5", .gpus = 1}).law) == 80);
  CHECK(launch_law(platform, {.family = "g5", .gpus = 1}).capacity_error == 0);
  CHECK(mean(launch_law(platform, {.family = "g6", .gpus = 1}).law) == 100);
  CHECK(launch_law(platform, {.family = "g6", .gpus = 1}).capacity_error == 0.12);
}

TEST_CASE("every default says where it is from", "[platform_startup]") {
  std::set<std::string_view> names;
  for (const SourcedDistribution& law : platform_laws()) {
    CAPTURE(law.name);
    CHECK(names.insert(law.name).second);
    CHECK_FALSE(law.source.empty());
    CHECK((law.confidence >= 'A' && law.confidence <= 'D'));
    CHECK(quantile(law.distribution, 0.001) > 0);
  }
  CHECK(names.size() == kPlatformLaws);
}

}  // namespace
}  // namespace berth
