// The formulas of a plan's analytic stage against the simulator, setting by setting: docs/model.md
// "Planning" shows the table (formulas_test -s prints it).
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <string>

#include "planner/analytic.h"
#include "planner/measure.h"
#include "sim/replicate.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

struct Setting {
  std::string name;
  Scenario scenario;
  std::size_t placement = 0;  // 0: on SageMaker, 1: on the cluster
  // How far the formula may be: a share, of the mean start and of the dollars a month.
  double start = 0.1, usd = 0.1;
};

Scenario day(Schedule schedule) {
  Scenario scenario = small_scenario(test_class(std::move(schedule), 240s));
  scenario.warm_up = 2h;
  scenario.horizon = 24h;
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.pools[0].max_nodes = 60;
  auto& sagemaker = std::get<SageMaker>(scenario.platforms[0]);
  sagemaker.default_warm_pool_quota = 20;
  return scenario;
}
Cluster& cluster_of(Scenario& scenario) { return std::get<Cluster>(scenario.platforms[1]); }
NodePool& pool_of(Scenario& scenario) { return cluster_of(scenario).pools[0]; }

const Schedule kEvery = Every{900s};
Schedule poisson(double per_hour) { return Poisson{RateCurve::constant(per_hour / 3600)}; }
Schedule burst() {
  std::string why;
  return *parse_cron("0 * * * *", &why);
}

std::vector<Setting> settings() {
  std::vector<Setting> list;
  list.push_back({"SageMaker, cold", day(kEvery)});
  {
    Scenario s = day(kEvery);
    s.placements[0].training[0].keep_alive = 900s;
    list.push_back({"SageMaker, every 15 min, kept 15 min", s});
  }
  {
    Scenario s = day(poisson(6));
    s.placements[0].training[0].keep_alive = 600s;
    list.push_back({"SageMaker, Poisson, kept 10 min", s, 0, 0.15, 0.15});
  }
  {
    Scenario s = day(kEvery);
    std::get<SageMaker>(s.platforms[0]).launch_families = {{"m5", constant(40)}};
    list.push_back({"SageMaker, a launch of its family", s});
  }
  {
    Scenario s = day(kEvery);
    s.training[0].instances = 4;
    std::get<SageMaker>(s.platforms[0]).launch_cpu = Distribution{Uniform{50, 150}};
    list.push_back({"SageMaker, four instances", s});
  }
  list.push_back({"an empty pool, every 15 min", day(kEvery), 1});
  {
    Scenario s = day(kEvery);
    pool_of(s).min_nodes = 1;
    list.push_back({"a kept node", s, 1});
  }
  {
    Scenario s = day(kEvery);
    pool_of(s).consolidate_after = 900s;
    list.push_back({"nodes that stay 15 min", s, 1, 0.15});
  }
  {
    Scenario s = day(poisson(6));
    pool_of(s).consolidate_after = 300s;
    list.push_back({"Poisson, nodes that stay 5 min", s, 1, 0.15, 0.15});
  }
  {
    Scenario s = day(burst());
    s.training[0].models = 12;
    s.training[0].needs = {.cpu_milli = 1500, .memory = {4 * kGiB}};
    list.push_back({"12 jobs an hour at once, two a node", s, 1});
  }
  {
    Scenario s = day(kEvery);
    pool_of(s).pause = {.pods = 1, .needs = s.training[0].needs};
    list.push_back({"a pause pod", s, 1, 0.15});
  }
  {
    Scenario s = day(kEvery);
    s.training[0].instances = 4;
    cluster_of(s).node_boot_cpu = Distribution{Uniform{30, 90}};
    list.push_back({"four pods, each on a new node", s, 1});
  }
  {
    Scenario s = day(kEvery);
    s.catalogue.types[0].gpus = 1;
    s.catalogue.types[0].allocatable.gpus = 1;
    s.training[0].needs.gpus = 1;
    cluster_of(s).gpu_driver = constant(45);
    list.push_back({"a GPU's driver", s, 1});
  }
  {
    Scenario s = day(kEvery);
    pool_of(s).min_nodes = 1;
    pool_of(s).volume_throughput = BytesPerSecond{625.0 * kMiB};
    s.catalogue.price(SimplePrice::gp3_mbps_month) = PriceTag{.usd = 0.04};
    list.push_back({"a volume of 625 MiB/s", s, 1});
  }
  {
    Scenario s = day(burst());
    s.training[0].models = 12;
    cluster_of(s).autoscaler = NodeAutoscaler::none;
    pool_of(s).min_nodes = pool_of(s).max_nodes = 4;
    list.push_back({"12 jobs an hour at once, four nodes for ever", s, 1});
  }
  {
    Scenario s = day(poisson(8));
    pool_of(s).min_nodes = pool_of(s).max_nodes = 1;
    list.push_back({"Poisson, one node at most", s, 1, 0.2});
  }
  return list;
}

struct Row {
  double start = 0, simulated_start = 0, usd = 0, simulated_usd = 0;
};

Row row_of(const Setting& setting) {
  const Placement& placement = setting.scenario.placements[setting.placement];
  const Analysis analysis =
      analyse(setting.scenario, {}, Options{.training = {{placement.training[0]}}});
  Row row{.start = analysis.training[0][0].start_mean_s,
          .usd = appraise(analysis.problem, {0}).usd};
  const std::vector<Placement> one{placement};
  constexpr int kReplications = 3;
  const Replicated replicated =
      replicate(setting.scenario, one, {.replications = kReplications, .workers = 2});
  REQUIRE(replicated.failures.empty());
  for (const auto& outcome : replicated.outcomes[0]) {
    const Observation seen = measure(setting.scenario, placement, outcome.value());
    const auto& phases = seen.training[0].phase_means_s;
    row.simulated_start +=
        std::accumulate(std::begin(phases), std::end(phases), 0.0) / kReplications;
    row.simulated_usd += seen.usd / kReplications;
  }
  return row;
}

}  // namespace

TEST_CASE("the formulas of a plan's bound stand beside the simulation, setting by setting") {
  std::string table =
      "\n| setting | mean start by formula | simulated | dollars a month by formula | simulated "
      "|\n";
  for (const Setting& setting : settings()) {
    CAPTURE(setting.name);
    const Row row = row_of(setting);
    table += fmt::format("| {} | {:.1f} s | {:.1f} s | {:.0f} | {:.0f} |\n", setting.name,
                         row.start, row.simulated_start, row.usd, row.simulated_usd);
    CHECK(row.start == Approx(row.simulated_start).epsilon(setting.start));
    CHECK(row.usd == Approx(row.simulated_usd).epsilon(setting.usd));
  }
  INFO(table);
  CHECK_FALSE(table.empty());
}

namespace {

// Classes that share a pool, all on the cluster.
Scenario shared(std::vector<TrainingClass> classes) {
  Scenario scenario = day(kEvery);
  scenario.training = std::move(classes);
  for (std::size_t i = 0; i < scenario.training.size(); ++i)
    scenario.training[i].name = fmt::format("class-{}", i);
  const TrainingHome home = scenario.placements[1].training[0];
  scenario.placements = {
      {.name = "shared", .training = std::vector(scenario.training.size(), home)}};
  return scenario;
}
TrainingClass narrow(Schedule schedule) {
  TrainingClass work = test_class(std::move(schedule), 240s);
  work.needs = {.cpu_milli = 900, .memory = {3 * kGiB}};
  return work;
}

std::vector<Setting> shared_settings() {
  std::vector<Setting> list;
  const TrainingClass whole = test_class(kEvery, 240s);
  const TrainingClass hourly = narrow(Every{3600s});
  list.push_back(
      {"four at once, a quarter of a node each", shared({hourly, hourly, hourly, hourly})});
  {
    TrainingClass later = whole;
    later.schedule = Every{.interval = 900s, .offset = 400s};
    Scenario s = shared({whole, later});
    pool_of(s).consolidate_after = 240s;
    list.push_back({"one meets the node the other left, which stays 4 min", s});
  }
  {
    Scenario s = shared({whole, whole});
    pool_of(s).min_nodes = 1;
    // The second node is there for six minutes of a quarter of an hour, over which formulas average.
    list.push_back({"two at once and one kept node", s, 0, 0.1, 0.2});
  }
  {
    Scenario s = shared(
        {test_class(poisson(6), 240s), test_class(poisson(3), 240s), test_class(poisson(3), 240s)});
    pool_of(s).consolidate_after = 300s;
    list.push_back({"three of Poisson, nodes that stay 5 min", s, 0, 0.1, 0.15});
  }
  {
    TrainingClass wide = whole;
    wide.needs = {.cpu_milli = 2900, .memory = {9 * kGiB}};
    list.push_back({"a wide and a narrow one on a node", shared({wide, narrow(kEvery)})});
  }
  {
    Scenario s = shared({test_class(kEvery, 600s), narrow(kEvery), narrow(Every{300s})});
    pool_of(s).min_nodes = 1;
    list.push_back({"long, short and frequent ones, one kept node", s});
  }
  return list;
}

}  // namespace

TEST_CASE("the formulas of classes that share nodes stand beside the simulation") {
  std::string table =
      "\n| setting | p95 of starts by formula | simulated | dollars a month by formula | each by "
      "itself "
      "| simulated |\n";
  for (const Setting& setting : shared_settings()) {
    CAPTURE(setting.name);
    const Placement& placement = setting.scenario.placements[0];
    Options options;
    for (const TrainingHome& home : placement.training) options.training.push_back({home});
    const Analysis analysis = analyse(setting.scenario, {}, options);
    const Choice choice(placement.training.size(), 0);
    const Appraisal value = appraise(analysis.problem, choice);
    // As if each had the pool for itself.
    PlacementProblem apart = analysis.problem;
    const auto together = apart.together;
    apart.together =
        [&, answer = std::vector<Sharing>()](
            std::size_t resource,
            const std::vector<std::size_t>& members) mutable -> const std::vector<Sharing>& {
      answer.clear();
      for (const std::size_t w : members) answer.push_back(together(resource, {w}).front());
      return answer;
    };
    const double alone = appraise(apart, choice).usd;
    constexpr int kReplications = 3;
    const std::vector<Placement> one{placement};
    const Replicated replicated =
        replicate(setting.scenario, one, {.replications = kReplications, .workers = 2});
    REQUIRE(replicated.failures.empty());
    double usd = 0, p95 = 0, all = 0;
    for (const double jobs : analysis.jobs_per_month) all += jobs;
    for (const auto& outcome : replicated.outcomes[0]) {
      const Observation seen = measure(setting.scenario, placement, outcome.value());
      usd += seen.usd / kReplications;
      for (std::size_t w = 0; w < choice.size(); ++w)
        p95 +=
            seen.training[w].start_p95_s.value() * analysis.jobs_per_month[w] / all / kReplications;
    }
    table += fmt::format("| {} | {:.1f} s | {:.1f} s | {:.0f} | {:.0f} | {:.0f} |\n", setting.name,
                         value.qualities[0], p95, value.usd, alone, usd);
    CHECK(value.qualities[0] == Approx(p95).epsilon(setting.start));
    CHECK(value.usd == Approx(usd).epsilon(setting.usd));
  }
  INFO(table);
  CHECK_FALSE(table.empty());
}
