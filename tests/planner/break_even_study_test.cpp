#include "planner/break_even_study.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Scenario small() {
  Scenario scenario;
  InstanceType type{.name = "m5.xlarge", .family = "m5", .vcpu = 4};
  type.net_burst = gigabits_per_second(10);
  type.ec2_on_demand = PriceTag{.usd = 0.192};
  type.sagemaker_training = PriceTag{.usd = 0.23};
  scenario.catalogue.types = {type};
  Image image{.name = "plain", .soci_index = true};
  image.layers = synthesise_layers({Bytes{4'000'000'000}, Bytes{10'000'000'000}, 20, LayerId{0}});
  scenario.images = {image};
  TrainingClass work{.name = "retrain", .image = ImageId{0}};
  work.schedule = Every{.interval = Seconds{900}};
  work.duration = constant(240);
  scenario.training = {work};
  SageMaker sagemaker{.name = "sagemaker"};
  sagemaker.launch_cpu = constant(90);
  sagemaker.capacity_retry_cpu = constant(600);
  sagemaker.data_overhead_cpu = constant(30);
  sagemaker.warm_start = constant(16);
  sagemaker.container_create = constant(2);
  Cluster cluster{.name = "eks"};
  cluster.node_boot_cpu = constant(45);
  cluster.pod_overhead = constant(3);
  cluster.data_overhead = constant(5);
  scenario.platforms = {sagemaker, cluster};
  scenario.placements = {
      {.name = "p", .training = {{.type = TypeId{0}}}}
  };
  return scenario;
}

TEST_CASE("an image has three curves, a class two, and each says who wins", "[break_even_study]") {
  const BreakEvenStudy study = study_break_even(small(), {.image = ImageId{0}});
  REQUIRE(study.wrong.empty());
  REQUIRE(study.subjects.size() == 2);
  CHECK(study.subjects[0].curves.size() == 3);
  CHECK(study.subjects[1].curves.size() == 2);
  for (const BreakEvenSubject& subject : study.subjects)
    for (const BreakEvenCurve& curve : subject.curves) {
      CHECK(curve.at.size() == 41);
      CHECK(curve.best.front().from == Approx(curve.at.front()));
      CHECK(curve.best.back().to == Approx(curve.at.back()));
      CHECK_FALSE(curve.crossovers.empty());
      for (const BreakEvenSeries& series : curve.series) {
        CHECK(series.seconds.size() == 41);
        CHECK(series.usd.size() == 41);
      }
    }
}

TEST_CASE("lazy wins for little read and loses for all", "[break_even_study]") {
  const BreakEvenStudy study = study_break_even(small(), {.image = ImageId{0}});
  const BreakEvenCurve& read = study.subjects.at(0).curves.at(1);
  REQUIRE(read.key == "read_share");
  CHECK(read.candidates[read.best.front().winner] == "soci_lazy");
  CHECK(read.candidates[read.best.back().winner] != "soci_lazy");
}

TEST_CASE("without a price of waiting, a pool pays only where instances hardly idle",
          "[break_even_study]") {
  const BreakEvenStudy study = study_break_even(small(), {.image = ImageId{0}});
  const BreakEvenCurve& interval = study.subjects.at(1).curves.at(0);
  // Once a day nothing kept ready can pay against what is launched for the job.
  const std::string& rare = interval.candidates[interval.best.back().winner];
  CHECK((rare == "karpenter" || rare == "sagemaker cold"));
}

TEST_CASE("a dear wait moves the pool's break-even out", "[break_even_study]") {
  const auto pool_until = [](double price) {
    const BreakEvenStudy study =
        study_break_even(small(), {.image = ImageId{0}, .wait = UsdPerHour{price}});
    const BreakEvenCurve& curve = study.subjects.at(1).curves.at(0);
    double until = 0;
    for (const Stretch& s : curve.best)
      if (curve.candidates[s.winner] == "kubernetes warm nodes" ||
          curve.candidates[s.winner] == "sagemaker warm pool")
        until = s.to;
    return until;
  };
  CHECK(pool_until(10) > pool_until(0));
}

TEST_CASE("what cannot be asked is said", "[break_even_study]") {
  Scenario scenario = small();
  scenario.placements.clear();
  CHECK_FALSE(study_break_even(scenario, {.image = ImageId{0}}).wrong.empty());
  scenario = small();
  scenario.images.push_back(scenario.images[0]);
  CHECK_FALSE(study_break_even(
                  scenario, {.image = ImageId{1}, .only_class = TrainingId{0}, .type = TypeId{0}})
                  .wrong.empty());
}

}  // namespace
}  // namespace berth
