#include "planner/break_even_study.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>

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
  scenario.placements = {{.name = "p", .training = {{.type = TypeId{0}}}}};
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
      CHECK(curve.at.size() >= 41);
      CHECK(std::ranges::find(curve.at, curve.here) != curve.at.end());
      REQUIRE(curve.contests.size() > 1);
      for (const Contest& contest : curve.contests) {
        CHECK(contest.best.front().from == Approx(curve.at.front()));
        CHECK(contest.best.back().to == Approx(curve.at.back()));
      }
      for (const BreakEvenSeries& series : curve.series) {
        CHECK(series.seconds.size() == curve.at.size());
        CHECK(series.usd.size() == curve.at.size());
      }
    }
}

TEST_CASE("lazy wins for little read and loses for all", "[break_even_study]") {
  const BreakEvenStudy study = study_break_even(small(), {.image = ImageId{0}});
  const BreakEvenCurve& read = study.subjects.at(0).curves.at(1);
  REQUIRE(read.key == "read_share");
  const Contest& all = read.contests.at(0);
  CHECK(all.candidates[all.best.front().winner] == "soci_lazy");
  CHECK(all.candidates[all.best.back().winner] != "soci_lazy");
}

TEST_CASE("without a price of waiting, a pool pays only where instances hardly idle",
          "[break_even_study]") {
  const BreakEvenStudy study = study_break_even(small(), {.image = ImageId{0}});
  const BreakEvenCurve& interval = study.subjects.at(1).curves.at(0);
  // Once a day nothing kept ready can pay against what is launched for the job.
  const Contest& all = interval.contests.at(0);
  const std::string& rare = all.candidates[all.best.back().winner];
  CHECK((rare == "karpenter" || rare == "sagemaker cold"));
}

// What the curve of a series holds at the scenario's own value.
double here_s(const BreakEvenStudy& study, std::size_t subject, std::size_t curve,
              const std::string& name) {
  const BreakEvenCurve& c = study.subjects.at(subject).curves.at(curve);
  const auto at = std::ranges::find(c.at, c.here);
  const auto series = std::ranges::find(c.series, name, &BreakEvenSeries::name);
  REQUIRE(at != c.at.end());
  REQUIRE(series != c.series.end());
  return series->seconds.at(static_cast<std::size_t>(at - c.at.begin()));
}

TEST_CASE("what the scenario says of a machine is what is compared", "[break_even_study]") {
  Scenario scenario = small();
  auto& sagemaker = std::get<SageMaker>(scenario.platforms[0]);
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  sagemaker.s3_per_connection = cluster.s3_per_connection = BytesPerSecond{500e6};
  NodePool pool{.name = "pool", .types = {TypeId{0}}};
  cluster.pools = {pool};
  const auto study_of = [&] { return study_break_even(scenario, {.image = ImageId{0}}); };
  const auto wait = [&](const std::string& way) { return here_s(study_of(), 1, 0, way); };
  const double cold = wait("sagemaker cold"), warm_pool = wait("sagemaker warm pool");
  const double karpenter = wait("karpenter"), warm_nodes = wait("kubernetes warm nodes");
  CHECK(warm_pool == Approx(18));  // 16 and a container of 2
  CHECK(warm_nodes == Approx(8));  // 3 and 5

  SECTION("input is copied in a warm start, too") {
    scenario.training[0].input_data = Bytes{50'000'000'000};  // 100 s at 500 MB/s
    for (const auto& [way, before] : {std::pair{"sagemaker cold", cold},
                                      {"sagemaker warm pool", warm_pool},
                                      {"karpenter", karpenter},
                                      {"kubernetes warm nodes", warm_nodes}}) {
      CAPTURE(way);
      CHECK(wait(way) == Approx(before + 100));
    }
  }
  SECTION("a family has a launch of its own") {
    sagemaker.launch_families = {{"m5", constant(1000)}};
    sagemaker.capacity_error_cpu = 0.5;  // contained in the family's law
    CHECK(wait("sagemaker cold") == Approx(cold + 910));
  }
  SECTION("a driver that is compiled comes on top of a boot") {
    scenario.catalogue.types[0].gpus = 1;
    cluster.node_boot_gpu = constant(45);
    cluster.gpu_driver = constant(150);
    CHECK(wait("karpenter") == Approx(karpenter + 150));
  }
  SECTION("a pool's volume and pull are those of its nodes") {
    scenario.placements[0].training[0] = {
        .platform = PlatformId{1}, .pool = PoolId{0}, .type = TypeId{0}};
    const double full = here_s(study_of(), 0, 0, "full");
    CHECK(full == Approx(karpenter - 45 - 8));  // batch of 0 s, boot, pod and data
    cluster.pools[0].volume_throughput = kGp3Maximum;
    CHECK(here_s(study_of(), 0, 0, "full") < 0.8 * full);
    CHECK(wait("karpenter") < karpenter - 0.2 * full);
    scenario.placements[0].training[0].pull = PullMode::preloaded;
    CHECK(wait("karpenter") == Approx(45 + 8 + kLocalImage.count()));
  }
  SECTION("SOCI is honoured where the platform honours it") {
    scenario.placements[0].training[0].pull = PullMode::soci_lazy;
    CHECK(wait("sagemaker cold") == Approx(cold));
    sagemaker.soci = SociSupport::everywhere;
    CHECK(wait("sagemaker cold") < cold - 10);
  }
}

TEST_CASE("a machine has the price of where it stands", "[break_even_study]") {
  Scenario scenario = small();
  const auto usd_an_hour = [&] {
    const BreakEvenCurve curve =
        study_break_even(scenario, {.image = ImageId{0}}).subjects.at(0).curves.at(0);
    return 3600 * curve.series[0].usd.back() / curve.series[0].seconds.back();
  };
  CHECK(usd_an_hour() == Approx(0.23));
  scenario.placements[0].training[0].platform = PlatformId{1};
  CHECK(usd_an_hour() == Approx(0.192));
  std::get<Cluster>(scenario.platforms[1]).pools = {
      {.name = "spot", .types = {TypeId{0}}, .offering = Offering::spot}};
  scenario.placements[0].training[0].pool = PoolId{0};
  scenario.catalogue.types[0].ec2_spot = PriceTag{.usd = 0.06};
  CHECK(usd_an_hour() == Approx(0.06));
}

TEST_CASE("a dear wait moves the pool's break-even out", "[break_even_study]") {
  const auto pool_until = [](double price) {
    const BreakEvenStudy study =
        study_break_even(small(), {.image = ImageId{0}, .wait = UsdPerHour{price}});
    const BreakEvenCurve& curve = study.subjects.at(1).curves.at(0);
    double until = 0;
    const Contest& all = curve.contests.at(0);
    for (const Stretch& s : all.best)
      if (all.candidates[s.winner] == "kubernetes warm nodes" ||
          all.candidates[s.winner] == "sagemaker warm pool")
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
