#include "planner/cluster_variants.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "models/platform_startup.h"
#include "planner/analytic.h"
#include "planner/limits.h"
#include "planner/make_plan.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

// m5.xlarge, and m6i.2xlarge at twice the price and size.
Scenario two_sizes(TrainingClass work) {
  Scenario scenario = small_scenario(std::move(work));
  InstanceType larger = scenario.catalogue.types[0];
  larger.name = "m6i.2xlarge";
  larger.family = "m6i";
  larger.vcpu = 8;
  larger.allocatable = {.cpu_milli = 7840, .memory = {28 * kGiB}};
  larger.ec2_on_demand->usd *= 2;
  larger.sagemaker_training.reset();
  scenario.catalogue.types.push_back(larger);
  return scenario;
}

std::vector<std::string> names(const Scenario& scenario) {
  std::vector<std::string> list;
  for (const Platform& platform : scenario.platforms) list.push_back(name_of(platform));
  return list;
}

// A world in which only the shape of the cluster counts: what a placement on it costs is stated by name.
SimulateRange by_shape(std::vector<std::pair<std::string, double>> usd_per_month) {
  return [=](const Scenario& scenario, std::span<const Placement> placements, int from, int to) {
    Simulated simulated;
    for (const Placement& placement : placements) {
      auto& row = simulated.outcomes.emplace_back();
      const PlatformId at = placement.training[0].platform;
      double cost = 1000;
      for (const auto& [name, price] : usd_per_month)
        if (name_of(scenario.platforms[at.index()]) == name) cost = price;
      for (int r = from; r < to; ++r) {
        Outcome o;
        for (std::size_t i = 0; i < placement.training.size(); ++i) {
          TrainingOutcome& t = o.training.emplace_back();
          t.submitted = t.completed = t.started = 96;
          t.start_latency.record(60, 96);
          for (Histogram& phase : t.phases) phase.record(60, 96);
          t.turnaround.record(300, 96);
        }
        BillLine line{.service = "made up",
                      .item = "hours",
                      .holder = Holder::of(TrainingId{0}),
                      .quantity = 1,
                      .unit = "h",
                      .unit_price = 1,
                      .amount = usd((cost + r % 3) * (scenario.horizon / kMonth))};
        o.bill.total += line.amount;
        o.bill.lines.push_back(line);
        row.push_back(std::move(o));
      }
    }
    return simulated;
  };
}

}  // namespace

TEST_CASE("every combination of a cluster's levers is a platform, its own shape stays the first") {
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  PlanRequest request;
  request.clusters = {
      {"eks",
       {.autoscalers = {NodeAutoscaler::karpenter, NodeAutoscaler::cluster_autoscaler},
        .pools = {
            {"cpu", {.instance_types = {"m5.xlarge", "m6i.2xlarge"}, .pause_pods = {0, 3}}}}}}};
  CHECK(combinations(request.clusters[0].second) == 8);
  add_cluster_variants(scenario, request);
  // Of 8 combinations one is the cluster as it was.
  CHECK(names(scenario) ==
        std::vector<std::string>{"sagemaker", "eks", "eks (cpu 3 pause pods)",
                                 "eks (cpu m6i.2xlarge)", "eks (cpu m6i.2xlarge 3 pause pods)",
                                 "eks (cluster autoscaler)",
                                 "eks (cluster autoscaler, cpu 3 pause pods)",
                                 "eks (cluster autoscaler, cpu m6i.2xlarge)",
                                 "eks (cluster autoscaler, cpu m6i.2xlarge 3 pause pods)"});
  REQUIRE(request.variants.size() == 1);
  CHECK(request.variants[0].size() == 8);
  CHECK(request.variants[0].front() == PlatformId{1});
  // Pause pods are as large as the only pod that comes: three of 2 vCPU fit 7.84, one 3.92.
  const auto& paused = std::get<Cluster>(scenario.platforms[2]);
  CHECK(paused.pools[0].pause.needs == scenario.training[0].needs);
  CHECK(pause_nodes(scenario, paused, paused.pools[0]) == Approx(3.0));
  const auto& larger = std::get<Cluster>(scenario.platforms[4]);
  CHECK(pause_nodes(scenario, larger, larger.pools[0]) == Approx(1.0));
}

TEST_CASE("another autoscaler brings its measured boots, unless the scenario states its own") {
  for (const bool stated : {false, true}) {
    Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
    const Distribution karpenter = platform_law(PlatformLaw::karpenter_node_cpu).distribution;
    if (!stated) std::get<Cluster>(scenario.platforms[1]).node_boot_cpu = karpenter;
    PlanRequest request;
    request.clusters = {{"eks", {.autoscalers = {NodeAutoscaler::cluster_autoscaler}}}};
    add_cluster_variants(scenario, request);
    const auto& other = std::get<Cluster>(scenario.platforms[2]);
    CHECK(other.autoscaler == NodeAutoscaler::cluster_autoscaler);
    CHECK((
        other.node_boot_cpu ==
        (stated ? constant(60) : platform_law(PlatformLaw::cluster_autoscaler_node).distribution)));
  }
}

TEST_CASE("a shape that keeps more nodes than there may be is none") {
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  PlanRequest request;
  request.clusters = {{"eks", {.pools = {{"cpu", {.min_nodes = {0, 5}, .max_nodes = {3, 6}}}}}}};
  add_cluster_variants(scenario, request);
  CHECK(names(scenario) == std::vector<std::string>{"sagemaker", "eks", "eks (cpu 0 to 3 nodes)",
                                                    "eks (cpu 0 to 6 nodes)",
                                                    "eks (cpu 5 to 6 nodes)"});
}

TEST_CASE("nodes kept and pause pods are paid for whether or not jobs come") {
  // One job of 2 vCPU fits a node: 0.192 $/h and 100 GB of volume at 0.08 $/GB-month.
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  scenario.horizon = 24h;
  PlanRequest request;
  request.clusters = {{"eks", {.pools = {{"cpu", {.min_nodes = {0, 4}, .pause_pods = {0, 4}}}}}}};
  add_cluster_variants(scenario, request);
  const Analysis analysis = analyse(scenario, request, options_of(scenario, request));
  const auto& resources = analysis.problem.resources;
  const auto pool = [&](std::size_t platform) {
    return resources[analysis.platform_resource[platform] + 1];
  };
  const double node = pool(1).slope;
  CHECK(node == Approx(0.192 * 730 + 100e9 / double(kGiB) * 0.08));
  CHECK(pool(1).floor == 0);
  // pause pods: four nodes beside the load; kept nodes: four at least
  CHECK(pool(2).fixed - pool(1).fixed == Approx(4 * node));
  CHECK(pool(3).floor == 4);
  CHECK(pool(3).fixed == Approx(pool(1).fixed));
  // both: the kept nodes hold the pause pods, so a load adds to four nodes and not to eight
  CHECK(pool(4).floor == 0);
  CHECK(pool(4).fixed - pool(1).fixed == Approx(4 * node));
  REQUIRE(analysis.problem.either.size() == 1);
}

TEST_CASE("room kept in advance lets pods start without waiting for a node") {
  Scenario scenario = two_sizes(test_class(Every{3600s}, 240s));
  scenario.horizon = 24h;
  PlanRequest request;
  request.clusters = {{"eks", {.pools = {{"cpu", {.pause_pods = {1}}}}}}};
  add_cluster_variants(scenario, request);
  const Analysis analysis = analyse(scenario, request, options_of(scenario, request));
  double cold = 0, paused = 0;
  for (std::size_t k = 0; k < analysis.options.training[0].size(); ++k) {
    const PlatformId at = analysis.options.training[0][k].platform;
    if (at == PlatformId{1}) cold = analysis.training[0][k].start_p95_s;
    if (at == PlatformId{2}) paused = analysis.training[0][k].start_p95_s;
  }
  // pod 3 s and data 5 s either way; a node boots for 60 s, after the 1 s that closes its batch
  CHECK(paused == Approx(8));
  CHECK(cold >= 69);
}

TEST_CASE("a plan takes the shape that is best in a world that formulas do not know") {
  for (const std::string best : {"eks", "eks (cluster autoscaler)"}) {
    CAPTURE(best);
    Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
    scenario.training.push_back(scenario.training[0]);
    scenario.training[1].name = "other";
    for (Placement& placement : scenario.placements)
      placement.training.push_back(placement.training[0]);
    scenario.horizon = 24h;
    PlanRequest request;
    request.clusters = {{"eks", {.autoscalers = {NodeAutoscaler::cluster_autoscaler}}}};
    request.training = {{"*", {.platforms = {"eks"}}}};
    add_cluster_variants(scenario, request);
    const Plan plan = make_plan(scenario, request,
                                by_shape({{"eks", best == "eks" ? 100 : 200},
                                          {"eks (cluster autoscaler)", best == "eks" ? 200 : 100}}),
                                {});
    REQUIRE(plan.recommendation);
    const Placement& chosen = plan.candidates[*plan.recommendation].placement;
    // Both classes, and never one in each: a cluster has one shape at a time. 2 x 2 pairs, 2 of them so.
    for (const TrainingHome& home : chosen.training)
      CHECK(name_of(scenario.platforms[home.platform.index()]) == best);
    for (const PlanCandidate& candidate : plan.candidates)
      CHECK(candidate.placement.training[0].platform == candidate.placement.training[1].platform);
    CHECK(plan.placements == 2);
    REQUIRE(plan.variants.size() == 2);
    for (const ClusterVariant& variant : plan.variants) {
      CHECK(variant.chosen == (variant.name == best));
      REQUIRE(variant.analytic);
    }
  }
}

TEST_CASE("with nothing stated another type is tried where it holds what comes for less") {
  // 240 s every 60 s: 4 pods of 2 vCPU at once. An m5.xlarge holds one, an m6i.2xlarge at twice the
  // price three: 4 p against (4 / 3 + 0.98 / 3) x 2 p = 3.32 p, without the volume.
  const auto added = [](Seconds interval, bool placed) {
    Scenario scenario = two_sizes(test_class(Every{interval}, 240s));
    scenario.horizon = 24h;
    std::get<Cluster>(scenario.platforms[1]).pools[0].min_nodes = 3;
    if (!placed) scenario.placements.pop_back();
    PlanRequest request;
    add_cluster_variants(scenario, request);
    return std::pair(names(scenario), request.variants_derived);
  };
  // Three kept nodes of one pod each are 3 x 1.66 / 4 = 1.2 larger ones, in whole ones 2; the most, 10,
  // become 4.2, so 5.
  const std::string larger = "eks (cpu m6i.2xlarge 2 to 5 nodes)";
  for (const bool placed : {true, false}) {
    const auto [platforms, reasons] = added(60s, placed);
    CHECK(platforms == std::vector<std::string>{"sagemaker", "eks", larger});
    REQUIRE(reasons.size() == 2);
    CHECK(reasons[0].starts_with("cluster besides: " + larger + ", m6i.2xlarge: "));
    CHECK(reasons[0].ends_with(" % less for what comes to cpu"));
    CHECK(reasons[1].starts_with("node autoscaler of eks: Karpenter, as it is"));
  }
  // One pod now and then needs one node, whatever that could hold besides.
  CHECK(added(900s, true).first == std::vector<std::string>{"sagemaker", "eks"});
}

TEST_CASE("with nothing stated a cluster without an autoscaler is also tried with Karpenter") {
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.autoscaler = NodeAutoscaler::none;
  cluster.pools[0].min_nodes = 4;
  PlanRequest request;
  add_cluster_variants(scenario, request);
  REQUIRE(names(scenario).size() == 3);
  CHECK(names(scenario).back() == "eks (karpenter, cpu 0 to 10 nodes)");
  CHECK(request.variants_derived ==
        std::vector<std::string>{
            "cluster besides: eks (karpenter, cpu 0 to 10 nodes), nodes that follow the pods"});
}

TEST_CASE("a shape that a limit rules out is told with the limit's name") {
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  scenario.horizon = 24h;
  scenario.training[0].start_slo = 30s;  // a boot alone takes 60 s
  scenario.placements.pop_back();
  PlanRequest request;
  request.clusters = {{"eks", {.pools = {{"cpu", {.min_nodes = {0, 2}}}}}}};
  request.training = {{"*", {.platforms = {"eks"}}}};
  add_cluster_variants(scenario, request);
  const Plan plan = make_plan(scenario, request, by_shape({}), {});
  REQUIRE(plan.variants.size() == 2);
  REQUIRE(plan.variants[0].breaks.size() == 1);
  CHECK(limit_words(plan.variants[0].breaks[0]) == "start_within_share of train");
  // by_shape starts everybody after 60 s, and says nothing of the goal: nothing breaks there.
  CHECK(plan.variants[1].breaks.empty());
}

TEST_CASE("with nothing stated pause pods are tried where jobs fill the node that is kept") {
  // A node holds one pod of 2 vCPU. A boot takes 60 s, the goal is 30 s.
  const auto derived = [](Seconds interval, int instances) {
    Scenario scenario = two_sizes(test_class(Every{interval}, 240s));
    scenario.horizon = 24h;
    scenario.training[0].start_slo = 30s;
    scenario.training[0].instances = instances;
    scenario.catalogue.types.pop_back();
    PlanRequest request;
    add_cluster_variants(scenario, request);
    return std::pair(names(scenario), request.variants_derived);
  };
  // 0.08 jobs run on average: 1 - e^-0.08 = 7.7 % of the time one does. 0.04: 3.9 %.
  const auto [often, reasons] = derived(3000s, 1);
  CHECK(often == std::vector<std::string>{"sagemaker", "eks", "eks (cpu 1 to 10 nodes)",
                                          "eks (cpu 1 pause pods)",
                                          "eks (cpu 1 to 10 nodes 1 pause pods)"});
  CHECK(reasons[1] == "cluster besides: eks (cpu 1 pause pods), for start goals shorter than a node's boot, "
                      "where jobs fill what is kept");
  CHECK(derived(6000s, 1).first ==
        std::vector<std::string>{"sagemaker", "eks", "eks (cpu 1 to 10 nodes)"});
  // Two pods never fit on one node: room for both.
  CHECK(derived(6000s, 2).first[3] == "eks (cpu 2 pause pods)");
}

TEST_CASE("with nothing stated a pool with accelerators is tried with its family in another size") {
  Scenario scenario = two_sizes(test_class(Every{900s}, 240s));
  scenario.horizon = 24h;
  const auto gpu_type = [&](const std::string& name, const std::string& family, int gpus, double usd) {
    InstanceType type = scenario.catalogue.types[0];
    type.name = name;
    type.family = family;
    type.gpus = type.allocatable.gpus = gpus;
    type.ec2_on_demand->usd = usd;
    scenario.catalogue.types.push_back(type);
  };
  gpu_type("p4.xlarge", "p4", 1, 0.53);
  gpu_type("p5.12xlarge", "p5", 4, 5.67);
  gpu_type("p5.xlarge", "p5", 1, 1.01);
  scenario.training[0].needs.gpus = 1;
  auto& pool = std::get<Cluster>(scenario.platforms[1]).pools[0];
  pool.types = {TypeId{3}};
  scenario.placements.pop_back();
  PlanRequest request;
  add_cluster_variants(scenario, request);
  // One job now and then: a node of one GPU for a fifth. Cheaper ones of another accelerator are not tried.
  REQUIRE(names(scenario).size() == 3);
  CHECK(names(scenario)[2] == "eks (cpu p5.xlarge)");
  CHECK(request.variants_derived[0].ends_with("% less for what comes to cpu"));
}

TEST_CASE("with nothing stated a node is kept only where a start goal is shorter than a boot") {
  const auto derived = [](Seconds goal, int kept) {
    Scenario scenario = two_sizes(test_class(Every{6000s}, 240s));
    scenario.horizon = 24h;
    scenario.training[0].start_slo = goal;
    std::get<Cluster>(scenario.platforms[1]).pools[0].min_nodes = kept;
    PlanRequest request;
    add_cluster_variants(scenario, request);
    return names(scenario);
  };
  const std::vector<std::string> plain{"sagemaker", "eks"};
  // a boot takes 60 s
  CHECK(derived(30s, 0) == std::vector<std::string>{"sagemaker", "eks", "eks (cpu 1 to 10 nodes)"});
  CHECK(derived(90s, 0) == plain);
  CHECK(derived(30s, 2) == plain);
}
