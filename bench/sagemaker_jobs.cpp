#include "bench/sagemaker_jobs.h"

#include "models/measured_sagemaker.h"
#include "scenarios/read_catalogue.h"

namespace berth {
namespace {

Image deep_learning_image() {
  Image image{.name = "deep-learning", .soci_index = true};
  image.layers =
      synthesise_layers({.compressed = {7'500'000'000}, .unpacked = {17'000'000'000}, .count = 34});
  return image;
}

SageMaker roomy_sagemaker(const JobLoad& load) {
  SageMaker sagemaker = measured_sagemaker();
  sagemaker.name = "sagemaker";
  sagemaker.default_training_quota = 1'000'000;
  sagemaker.create_jobs_per_second = 5;
  sagemaker.create_burst = 10;
  sagemaker.s3_per_connection = megabytes_per_second(625);
  sagemaker.soci = SociSupport::everywhere;
  sagemaker.egress.shared_link = load.shared_link;
  return sagemaker;
}

TrainingClass short_jobs(double per_second) {
  return {.name = "retrain",
          .team = "pricing",
          .image = {0},
          .schedule = Poisson{RateCurve::constant(per_second)},
          .duration = lognormal_from_median_p95(240, 480),
          .init = 8s,
          .input_data = {2'000'000'000},
          .output = {200'000'000}};
}

}  // namespace

Scenario sagemaker_jobs(const JobLoad& load) {
  const double per_second = load.jobs_per_day / kDay.count();
  Scenario scenario{.name = "sagemaker-jobs", .catalogue = builtin_catalogue()};
  scenario.horizon = Seconds{load.jobs / per_second};
  scenario.images = {deep_learning_image()};
  scenario.layer_count = static_cast<int>(scenario.images[0].layers.size());
  scenario.platforms = {roomy_sagemaker(load)};
  scenario.training = {short_jobs(per_second)};
  Placement placement{.name = "all-sagemaker"};
  placement.training = {{.platform = {0},
                         .type = {scenario.catalogue.index_of("ml.m5.xlarge").value()},
                         .pull = PullMode::soci_lazy}};
  scenario.placements = {placement};
  return scenario;
}

}  // namespace berth
