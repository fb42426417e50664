#include "scenarios/read_scenario.h"

#include <catch2/catch.hpp>
#include <array>
#include <filesystem>
#include <fstream>

#include "models/node_shape.h"
#include "models/platform_startup.h"
#include "tests/scenarios/small_scenario.h"

namespace berth {
namespace {

std::string shipped(const std::string& name) {
  return std::string(BERTH_SOURCE_DIR) + "/scenarios/" + name;
}

TEST_CASE("every shipped scenario is right", "[scenarios]") {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shipped("")))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().generic_string());
  CHECK(paths.size() >= 7);
  for (const std::string& path : paths) {
    const Loaded loaded = load_scenario(path);
    CAPTURE(path);
    CHECK(render_issues(loaded) == "");
    CHECK(loaded.scenario.has_value());
  }
}

TEST_CASE("a small scenario becomes values", "[scenarios]") {
  const Scenario s = scenario_of(std::string(kSmall));
  CHECK(s.name == "x");
  CHECK(s.horizon == kDay);
  CHECK(s.images.at(0).layers.size() == 5);
  CHECK(total_compressed(s.images[0].layers).count == 1'000'000'000);
  CHECK(s.layer_count == 5);
  const TrainingClass& t = s.training.at(0);
  CHECK(t.name == "t");
  CHECK(t.image == ImageId{0});
  CHECK(std::get<Every>(t.schedule).interval == 900s);
  CHECK(t.needs == Resources{1000, Bytes{2 * kGiB}, 0});
  CHECK(t.duration == constant(240));
  const Service& service = s.services.at(0);
  CHECK(service.demand == RateCurve::constant(10));
  CHECK(service.slo_latency == 50ms);
  const auto& cluster = std::get<Cluster>(s.platforms.at(1));
  CHECK(s.catalogue.types[cluster.pools.at(0).types.at(0).index()].name == "m5.xlarge");
  const Placement& p = s.placements.at(0);
  CHECK(p.training.at(0).platform == PlatformId{1});
  CHECK(p.training[0].pool == PoolId{0});
  CHECK(p.training[0].type == cluster.pools[0].types[0]);
  CHECK(p.services.at(0).replicas.max == 3);
}

TEST_CASE("a disruption budget is a number of pods or a percentage", "[scenarios]") {
  struct Row { const char* because; const char* text; DisruptionBudget budget; };
  using Of = DisruptionBudget::Of;
  const auto row = GENERATE(values<Row>({
      {"pods that stay",     "{min_available: 2}",     {.of = Of::min_available, .amount = 2}},
      {"a share that stays", "{min_available: 50%}",
       {.of = Of::min_available, .amount = 50, .percent = true}},
      {"pods that may go",   "{max_unavailable: 0}",   {.of = Of::max_unavailable, .amount = 0}},
      {"a share, and those that are not ready", "{max_unavailable: 29%, unready_may_go: true}",
       {.of = Of::max_unavailable, .amount = 29, .percent = true, .unready_may_go = true}},
  }));
  CAPTURE(row.because);
  std::string text(kSmall);
  const std::string after = "service_time: 8ms";
  text.insert(text.find(after) + after.size(), "\n    disruption_budget: " + std::string(row.text));
  CHECK(scenario_of(text).services[0].disruption_budget == row.budget);
}

TEST_CASE("what is not said has the default its field names", "[scenarios]") {
  const Scenario s = scenario_of(std::string(kSmall));
  CHECK(s.warm_up == 1h);
  CHECK(s.slice == 300s);
  CHECK(s.replications == 10);
  CHECK(s.seed == 1);
  CHECK(s.starts_at == 1'767'571'200);  // 2026-01-05T00:00:00Z, `date -ud 2026-01-05 +%s`
  CHECK(s.images[0].read_before_ready == Approx(0.064));
  CHECK(s.training[0].models == 1);
  CHECK(s.training[0].volume == Bytes{30 * kGiB});
  CHECK(s.training[0].max_attempts == 7);
  CHECK(s.training[0].input_mode == InputMode::file);
  CHECK_FALSE(s.training[0].checkpoint);
  CHECK(s.services[0].arrival_scv == 1);
  CHECK(s.services[0].slo_target == Approx(0.99));
  const auto& hpa = std::get<HpaPolicy>(s.placements[0].services[0].replicas.autoscaler);
  CHECK(hpa.metrics == std::vector<ServiceMetric>{{.what = Measure::cpu, .target = 0.8}});
  CHECK(hpa.downscale_window == 300s);
  CHECK_FALSE(hpa.behaviour);
  const auto& sagemaker = std::get<SageMaker>(s.platforms[0]);
  CHECK(sagemaker.launch_cpu == platform_law(PlatformLaw::sagemaker_launch_cpu_2024).distribution);
  CHECK(sagemaker.capacity_error_gpu == Approx(0.12));
  CHECK(sagemaker.default_warm_pool_quota == 0);
  CHECK(sagemaker.s3_per_connection.rate == 625e6);
  const auto& cluster = std::get<Cluster>(s.platforms[1]);
  CHECK(cluster.autoscaler == NodeAutoscaler::karpenter);
  CHECK(cluster.daemonsets.cpu_milli == 150);
  CHECK(cluster.daemonset_pods == 2);
}

// What a test builds by hand and what a user leaves out must be the same thing.
TEST_CASE("the defaults of structs are those of the language", "[scenarios]") {
  const Scenario s = scenario_of(std::string(kSmall));
  const TrainingClass job;
  CHECK(s.training[0].models == job.models);
  CHECK(s.training[0].instances == job.instances);
  CHECK(s.training[0].volume == job.volume);
  CHECK(s.training[0].priority == job.priority);
  CHECK(s.training[0].max_attempts == job.max_attempts);
  CHECK(s.training[0].input_mode == job.input_mode);
  const Service service;
  CHECK(s.services[0].balancing == service.balancing);
  CHECK(s.services[0].concurrency == service.concurrency);
  CHECK(s.services[0].arrival_scv == service.arrival_scv);
  CHECK(s.services[0].timeout == service.timeout);
  CHECK(s.services[0].queue_limit == service.queue_limit);
  CHECK(s.services[0].drain_grace == service.drain_grace);
  CHECK(s.services[0].disruption_budget == service.disruption_budget);
  CHECK(s.fidelity == Scenario{}.fidelity);
  CHECK(s.services[0].slo_target == service.slo_target);
  const ReplicaPolicy policy;
  CHECK(s.placements[0].services[0].replicas.min == policy.min);
  CHECK(s.placements[0].services[0].replicas.start == policy.start);
  const auto& hpa = std::get<HpaPolicy>(s.placements[0].services[0].replicas.autoscaler);
  CHECK(hpa.sync_period == HpaPolicy{}.sync_period);
  CHECK(hpa.pipeline.window == HpaPolicy{}.pipeline.window);
  CHECK(hpa.tolerance.up == HpaPolicy{}.tolerance.up);
  const auto& sagemaker = std::get<SageMaker>(s.platforms[0]);
  CHECK(sagemaker.create_jobs_per_second == SageMaker{}.create_jobs_per_second);
  CHECK(sagemaker.create_burst == SageMaker{}.create_burst);
  CHECK(sagemaker.soci == SageMaker{}.soci);
  const auto& cluster = std::get<Cluster>(s.platforms[1]);
  CHECK(cluster.autoscaler == Cluster{}.autoscaler);
  CHECK(cluster.scoring == Cluster{}.scoring);
  CHECK(cluster.spread == Cluster{}.spread);
  CHECK(cluster.zones == Cluster{}.zones);
  CHECK(cluster.spot_to_spot == Cluster{}.spot_to_spot);
  CHECK(cluster.scaling.expander == ScalingRule{}.expander);
  CHECK(cluster.scaling.balance_similar == ScalingRule{}.balance_similar);
  CHECK(cluster.scaling.at_once == ScalingRule{}.at_once);
  CHECK(cluster.scaling.unneeded_after == ScalingRule{}.unneeded_after);
  CHECK(cluster.scaling.delay_after_add == ScalingRule{}.delay_after_add);
  CHECK(cluster.scaling.threshold == ScalingRule{}.threshold);
  CHECK(cluster.scaling.provision_within == 15min);
  CHECK(cluster.register_within == 15min);
  CHECK(cluster.pools[0].consolidates == NodePool{}.consolidates);
  CHECK(cluster.pools[0].consolidate_after == NodePool{}.consolidate_after);
  CHECK(cluster.pools[0].budgets == NodePool{}.budgets);
  CHECK(cluster.pools[0].pause.pods == NodePool{}.pause.pods);
  CHECK(s.training[0].preempts == job.preempts);
  CHECK(s.training[0].disruptable == job.disruptable);
  CHECK(s.training[0].grace == job.grace);
  CHECK(s.services[0].preempts == service.preempts);
  CHECK(cluster.pools[0].volume == NodePool{}.volume);
  CHECK(cluster.pools[0].offering == NodePool{}.offering);
  CHECK(s.slice == Scenario{}.slice);
  CHECK(s.replications == Scenario{}.replications);
  CHECK(s.seed == Scenario{}.seed);
}

TEST_CASE("defaults that depend on a choice follow it", "[scenarios]") {
  const std::string old_launch = with("{kind: sagemaker,", "{kind: sagemaker, launch: 2018,");
  const Scenario s = scenario_of(with("kind: kubernetes",
                                      "kind: kubernetes\n    autoscaler: "
                                      "cluster_autoscaler",
                                      old_launch));
  const auto& sagemaker = std::get<SageMaker>(s.platforms[0]);
  CHECK(sagemaker.launch_cpu == platform_law(PlatformLaw::sagemaker_launch_cpu_2018).distribution);
  CHECK(sagemaker.capacity_error_gpu == 0);
  const auto& cluster = std::get<Cluster>(s.platforms[1]);
  CHECK(cluster.node_boot_gpu == platform_law(PlatformLaw::cluster_autoscaler_node).distribution);
}

TEST_CASE("how long a node may take to register is a setting of each autoscaler", "[scenarios]") {
  const Scenario s = scenario_of(with("kind: kubernetes",
                                      "kind: kubernetes\n    registration_timeout: 5min\n"
                                      "    scaling: {max_node_provision_time: 8min}"));
  const auto& cluster = std::get<Cluster>(s.platforms[1]);
  CHECK(cluster.register_within == 5min);
  CHECK(cluster.scaling.provision_within == 8min);
}

TEST_CASE("what images and drivers meet on a node is said by its pool and cluster", "[scenarios]") {
  const Scenario scenario = scenario_of(
      with("{instance_type: m5.xlarge, max: 4}",
           "{instance_type: m5.xlarge, max: 4, system: bottlerocket, volume_throughput: 600MiB/s}",
           with("kind: kubernetes\n", "kind: kubernetes\n    gpu_driver: compiled\n")));
  const auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  CHECK(cluster.pools[0].system == NodeSystem::bottlerocket);
  CHECK(cluster.pools[0].volume_throughput == kGp3Advised);
  CHECK(mean(cluster.gpu_driver) == Approx(150).epsilon(0.03));  // 2 to 3 minutes
  CHECK(first_line_of(with("max: 4}", "max: 4, volume_throughput: 50MiB/s}"))
            .find("a gp3 volume moves 125 to 1000 MiB/s") != std::string::npos);
}

TEST_CASE("launches are said by family, by a law or as measured", "[scenarios]") {
  const Scenario scenario = scenario_of(with("default_training_quota: 10}",
                                             "default_training_quota: 10, launch_by_family: {g5: "
                                             "measured, ml.p5: 20min}}"));
  const auto& sagemaker = std::get<SageMaker>(scenario.platforms[0]);
  REQUIRE(sagemaker.launch_families.size() == 2);
  CHECK(mean(launch_law(sagemaker, {.family = "p5", .gpus = 8}).law) == 1200);
  CHECK(launch_law(sagemaker, {.family = "g5", .gpus = 1}).capacity_error == 0);
  CHECK(first_line_of(with("default_training_quota: 10}",
                           "default_training_quota: 10, launch_by_family: {m5: measured}}"))
            .find("no launches of this family were measured") != std::string::npos);
}

// The small scenario with these classes instead of its one, alike but for schedule and models.
std::string with_classes(const std::vector<std::array<std::string, 3>>& classes) {
  std::string text;
  for (const auto& [name, schedule, models] : classes)
    text += "  " + name + ": {image: a, schedule: " + schedule + ", models: " + models +
            ", needs: {cpu: 1, memory: 2GiB}, duration: 4min}\n";
  std::string whole{kSmall};
  const std::size_t from = whole.find("  t:\n"), to = whole.find("services:");
  return whole.replace(from, to - from, text);
}

TEST_CASE("jobs come after those of classes that may stand anywhere", "[scenarios]") {
  const Scenario s = scenario_of(with_classes({{"last", "{after: [train, clock]}", "1"},
                                               {"clock", "{every: 1h}", "1"},
                                               {"train", "{after: [clock]}", "12"}}));
  REQUIRE(s.training.size() == 3);
  CHECK(std::get<After>(s.training[0].schedule).classes == std::vector<TrainingId>{{1}, {2}});
  CHECK(std::get<After>(s.training[2].schedule).classes == std::vector<TrainingId>{{1}});
}

TEST_CASE("it is an error when nobody can say which jobs wait for which", "[scenarios]") {
  const auto error = [](const std::vector<std::array<std::string, 3>>& classes) {
    const std::string line = first_line_of(with_classes(classes));
    return line.substr(std::min(line.size(), line.find("error: ")));
  };
  CHECK(error({{"a", "{every: 1h}", "4"}, {"b", "{after: [a]}", "6"}}) ==
        "error: \"a\" has 4 models and \"b\" 6: which jobs wait for which is open  "
        "[/training/b/schedule/after]");
  CHECK(error({{"a", "{after: [c]}", "1"}, {"b", "{after: [a]}", "1"}, {"c", "{after: [b]}", "1"}}) ==
        "error: training classes wait for each other: \"a\" after \"c\" after \"b\" after \"a\"  "
        "[/training/a/schedule/after]");
  CHECK(error({{"a", "{every: 1h}", "1"},
               {"b", "{every: 2h}", "1"},
               {"c", "{after: [a, b]}", "1"}}) ==
        "error: it comes after \"a\" and \"b\", which have schedules of their own: which jobs belong "
        "together is open  [/training/c/schedule/after]");
  CHECK(error({{"a", "{every: 1h}", "1"},
               {"b", "{every: 1h, jitter: 5min}", "3"},
               {"c", "{after: [a, b]}", "1"}}) == "");
  CHECK(error({{"a", "{poisson: 6/h}", "4"}, {"b", "{after: [a]}", "1"}}) ==
        "error: \"b\" comes after it: jobs at random or of a trace have no rounds of 4 models  "
        "[/training/a/models]");
  CHECK(error({{"a", "{every: 1h}", "1"}, {"b", "{after: [a, a]}", "1"}}) ==
        "error: \"a\" is named twice  [/training/b/schedule/after/1]");
}

TEST_CASE("laws are read in every way they are written", "[scenarios]") {
  struct Row {
    const char* text;
    Distribution law;
  };
  const auto row = GENERATE(values<Row>({
      {"4min",                                 constant(240)               },
      {"{median: 48s, p95: 95s}",              lognormal_from_median_p95(48, 95)},
      {"{median: 48s, p99: 95s}",                                      lognormal_from_median_p99(48,                                          95)},
      {"{mean: 3s, cv: 0.5}",                                   lognormal_from_mean_cv(3,                      0.5)},
      {"{lognormal: {median: 48s, p95: 95s}}",lognormal_from_median_p95(48,95)},
      {"{gamma: {mean: 3s, cv: 0.5}}", gamma_from_mean_cv(3,                      0.5)},
      {"{exponential: {mean: 3s}}",                                      exponential(3)                                    },
      {"{uniform: {from: 1s, to: 2s}}",                                  uniform(1,                                         2)},
      {"{weibull: {shape: 2, scale: 3s}}",weibull(2,3)},
      {"{log_logistic: {median: 28s, shape: 4}}",log_logistic(28,4)},
      {"{hyperexponential: {mean: 3s, cv: 2}}",     hyperexponential_from_mean_cv(3,                                      2)},
      {"{empirical: [5s, 1s, 2s]}",                                      empirical({1, 2, 5})                         },
      {"{mixture: [{weight: 98%, of: 90s}, {weight: 2%, of: {exponential: {mean: 5s}}}]}",
       mixture({{0.98, constant(90)}, {0.02, exponential(5)}})                                                                                  },
      {"{exponential: {mean: 3s}, shift: 2s, at_most: 1min}",   {exponential(3).law, 2, 60}},
  }));
  CAPTURE(row.text);
  const Scenario s = scenario_of(with("duration: 4min", std::string("duration: ") + row.text));
  CHECK(s.training[0].duration == row.law);
}

TEST_CASE("images share the layers of their base, and digests are one layer", "[scenarios]") {
  const Scenario s = scenario_of(with("  a: {size: 1GB, unpacked: 2GB, layers: 5}\n", R"(
  b: {from: a, size: 3GB, unpacked: 7GB, layers: 8}
  a: {size: 1GB, unpacked: 2GB, layers: 5}
  c: {layers: [{digest: x, size: 1MB, unpacked: 2MB}, {digest: y, size: 1MB, unpacked: 2MB}]}
  d: {from: c, layers: [{digest: z, size: 3MB, unpacked: 4MB}, {digest: y, size: 1MB, unpacked: 2MB}]}
)"));
  const Image &b = s.images.at(0), &a = s.images.at(1), &c = s.images.at(2), &d = s.images.at(3);
  REQUIRE(b.layers.size() == 8);
  for (std::size_t i = 0; i < 5; ++i) CHECK(b.layers[i] == a.layers[i]);
  CHECK(total_compressed(b.layers).count == 3'000'000'000);
  CHECK(total_unpacked(b.layers).count == 7'000'000'000);
  CHECK(d.layers.size() == 4);
  CHECK(d.layers[3].id == c.layers[1].id);
  CHECK(s.layer_count == 11);  // 5 of a, 3 more of b, x, y, z
}

TEST_CASE("prices replace the catalogue's and say that the user set them", "[scenarios]") {
  const Scenario s = scenario_of(with("horizon: 1d", R"(horizon: 1d
prices:
  as_of: 2026-11-01
  ec2_on_demand: {m5.xlarge: $0.30/h}
  sagemaker_training: {ml.m5.xlarge: $0.40}
  other: {nat_gb: $0.05/GB, eks_auto_fee_cpu: 10%})"));
  const InstanceType& type = *s.catalogue.find("m5.xlarge");
  CHECK(type.ec2_on_demand->usd == 0.30);
  CHECK(type.ec2_on_demand->as_of == "2026-11-01");
  CHECK(type.ec2_on_demand->status == PriceStatus::user);
  CHECK(type.sagemaker_training->usd == 0.40);
  CHECK(s.catalogue.price(SimplePrice::nat_gb)->usd == 0.05);
  CHECK(s.catalogue.price(SimplePrice::eks_auto_fee_cpu)->usd == Approx(0.10));
}

TEST_CASE("people's hours are read per what they multiply with", "[scenarios]") {
  const Scenario s = scenario_of(with("placements:", R"(people:
  hour: $120
  activities:
    upgrades: {hours_per_month: 12, per: cluster}
    incidents: {incidents_per_month: 1.5, hours_per_incident: 4}
    pages: {incidents_per_month: 1.5, hours_per_incident: 4, per: node_pool}
placements:)"));
  using Per = ToilActivity::Per;
  CHECK(s.people.hour.rate == 120);
  REQUIRE(s.people.activities.size() == 3);
  CHECK(s.people.activities[0] == ToilActivity{"upgrades", 12, Per::cluster, 0});
  CHECK(s.people.activities[1] == ToilActivity{"incidents", 4, Per::incident, 1.5});
  CHECK(s.people.activities[2] == ToilActivity{"pages", 6, Per::node_pool, 0});
}

TEST_CASE("notes are ignored and assumptions kept", "[scenarios]") {
  const Scenario s = scenario_of(
      with("horizon: 1d", "horizon: 1d\nx-note: {any: [thing]}\nx-assumed: [sizes, hours]",
           with("    image: a\n", "    x-why: said so\n    image: a\n")));
  CHECK(s.assumptions == std::vector<std::string>{"sizes", "hours"});
}

TEST_CASE("options are applied last", "[scenarios]") {
  const std::vector<std::string> sets{"/horizon=7d",
                                      "/training/t/models=3",
                                      "/seed=9",
                                      "/prices/as_of=2026-01-01",
                                      "/prices/ec2_spot/m5.large=$1/h",
                                      "/training/t/duration={median: 1min, p95: 2min}",
                                      "/x-note=anything",
                                      "/services=null",
                                      "/placements/p/services=null"};
  const Loaded loaded = read_scenario_text(std::string(kSmall), "x.yaml", sets);
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  CHECK(loaded.scenario->horizon == kWeek);
  CHECK(loaded.scenario->training[0].models == 3);
  CHECK(loaded.scenario->seed == 9);
  CHECK(loaded.scenario->catalogue.find("m5.large")->ec2_spot->usd == 1);
  CHECK(loaded.scenario->training[0].duration == lognormal_from_median_p95(60, 120));
  CHECK(loaded.scenario->services.empty());
}

TEST_CASE("JSON is read as well", "[scenarios]") {
  const Loaded loaded = read_scenario_text(R"({
	"schema": "berth/scenario/1", "horizon": "1d",
	"images": {"a": {"size": "1GB", "unpacked": "2GB", "layers": 5}},
	"platforms": {"sm": {"kind": "sagemaker", "default_training_quota": 5}},
	"training": {"t": {"image": "a", "schedule": {"every": "15min"}, "duration": "4min",
		"needs": {"cpu": 1, "memory": "2GiB"}}},
	"placements": {"p": {"training": {"*": {"platform": "sm", "instance_type": "ml.m5.xlarge"}}}}
})",
                                           "x.json");
  INFO(render_issues(loaded));
  CHECK(loaded.scenario);
}

TEST_CASE("two what-ifs of one scenario add up, and what both extend is read once", "[scenarios]") {
  const std::vector<std::string> overlays{shipped("what-if/twice-the-traffic.yaml"),
                                          shipped("what-if/no-spot.yaml")};
  const Loaded base = load_scenario(shipped("lyft-hybrid.yaml"));
  const Loaded both = load_scenario(shipped("lyft-hybrid.yaml"), {}, overlays);
  INFO(render_issues(both));
  REQUIRE(both.scenario);
  CHECK(both.files.size() == 3);
  CHECK(both.scenario->assumptions.size() == base.scenario->assumptions.size());
  CHECK(both.scenario->services[0].demand.mean_rate() ==
        Approx(2 * base.scenario->services[0].demand.mean_rate()));
}

TEST_CASE("bytes between zones follow from the number of zones", "[scenarios]") {
  const auto share = [](const std::string& written) {
    const Scenario s =
        scenario_of(with("kind: kubernetes", "kind: kubernetes\n    " + written));
    return std::get<Cluster>(s.platforms[1]).cross_zone_share;
  };
  // A caller's own zone holds one pod of so many as there are zones.
  CHECK(share("zones: 1") == 0);
  CHECK(share("zones: 2") == Approx(0.5));
  CHECK(share("zones: 3") == Approx(2.0 / 3));
  CHECK(share("cross_zone_share: 10%") == Approx(0.1));
}

TEST_CASE("a law laid over a law replaces it, a part of one changes that part", "[scenarios]") {
  const std::filesystem::path folder = std::filesystem::path(BERTH_BUILD_DIR) / "laws_laid_over";
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).generic_string();
  };
  const auto laid = [&](const std::string& laws) {
    const std::string overlay = write(
        "overlay.yaml", "schema: berth/scenario/1\nplatforms:\n  eks: {" + laws + "}\n");
    const Loaded loaded = load_scenario(shipped("lyft-hybrid.yaml"), {}, std::vector{overlay});
    INFO(render_issues(loaded));
    REQUIRE(loaded.scenario);
    for (const Platform& platform : loaded.scenario->platforms)
      if (const auto* cluster = std::get_if<Cluster>(&platform)) return *cluster;
    FAIL("no cluster");
    return Cluster{};
  };
  // The scenario's law is {uniform: {from: 30s, to: 45s}}.
  CHECK(quantile(laid("pod_overhead: {median: 2s, p95: 5s}").pod_overhead, 0.5) == Approx(2));
  CHECK(quantile(laid("pod_overhead: {at_most: 40s}").pod_overhead, 1.0) == Approx(40));
  const std::string base = write(
      "base.yaml", "extends: " + shipped("lyft-hybrid.yaml") +
                       "\nplatforms:\n  eks:\n    pod_overhead: {median: 2s, p99: 5s, shift: 1s, at_most: 6s}\n"
                       "    node_boot: {median: 60s, p95: 90s}\n");
  const std::string over = write(
      "over.yaml", "schema: berth/scenario/1\nplatforms:\n  eks:\n    pod_overhead: {median: 7.7s, p95: 16.6s}\n"
                   "    node_boot:\n      gpu: {median: 200s, p95: 300s}\n");
  const Loaded loaded = load_scenario(base, {}, std::vector{over});
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  for (const Platform& platform : loaded.scenario->platforms)
    if (const auto* cluster = std::get_if<Cluster>(&platform)) {
      CHECK(quantile(cluster->pod_overhead, 0.95) == Approx(16.6));
      CHECK(quantile(cluster->node_boot_cpu, 0.5) == Approx(60));
      CHECK(quantile(cluster->node_boot_gpu, 0.5) == Approx(200));
    }
}

TEST_CASE("a platform says how its machines reach images", "[scenarios]") {
  const std::vector<std::string> sets{"/platforms/sagemaker/registry={connection: 30MB/s}",
                                      "/platforms/sagemaker/inflate=100MB/s"};
  const Loaded loaded = load_scenario(shipped("lyft-hybrid.yaml"), sets);
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  const Catalogue& catalogue = loaded.scenario->catalogue;
  for (const Platform& platform : loaded.scenario->platforms) {
    const auto* sagemaker = std::get_if<SageMaker>(&platform);
    const auto* cluster = std::get_if<Cluster>(&platform);
    const NodeShape shape =
        sagemaker != nullptr
            ? node_shape(catalogue.types[0], pull_site(*sagemaker, TypeId{0}))
            : node_shape(catalogue.types[0], pull_site(*cluster, cluster->pools[0], TypeId{0}));
    CHECK(shape.registry.connection.rate == (sagemaker != nullptr ? 30e6 : 193e6));
    CHECK(shape.registry.first_byte.count() == (sagemaker != nullptr ? 0.25 : 0.03));
    CHECK(shape.inflate.rate == (sagemaker != nullptr ? 100e6 : 220e6));
  }
}

TEST_CASE("an overlay changes what it names and keeps the rest", "[scenarios]") {
  const Loaded base = load_scenario(shipped("lyft-hybrid.yaml"));
  const Loaded twice = load_scenario(shipped("what-if/twice-the-traffic.yaml"));
  REQUIRE(base.scenario);
  REQUIRE(twice.scenario);
  CHECK(twice.scenario->name == "twice-the-traffic");
  CHECK(twice.scenario->assumptions == base.scenario->assumptions);
  CHECK(twice.files.size() == 2);  // its own text and the base's: the digests of a result
  REQUIRE(twice.scenario->services.size() == base.scenario->services.size());
  for (std::size_t i = 0; i < base.scenario->services.size(); ++i)
    CHECK(twice.scenario->services[i].demand.mean_rate() ==
          Approx(2 * base.scenario->services[i].demand.mean_rate()));
  CHECK(twice.scenario->training.size() == base.scenario->training.size());
}

TEST_CASE("a pod may use more CPU than it asks for", "[scenarios]") {
  const Scenario scenario =
      scenario_of(with("service_time: 8ms", "service_time: 8ms\n    cpu_when_busy: 150%"));
  CHECK(scenario.services[0].cpu_when_busy == 1.5);
  CHECK(first_line_of(with("service_time: 8ms", "service_time: 8ms\n    cpu_when_busy: 150")) ==
        "x.yaml:22:20: error: must be at most 100%, got \"150\"  [/services/s/cpu_when_busy]");
}

}  // namespace
}  // namespace berth
