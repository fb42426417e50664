// What containers on one machine do to each other while they start, and what the ledgers say of it.
#include <catch2/catch.hpp>

#include "models/pull_plan.h"
#include "sim/replicate.h"
#include "sim/replication.h"
#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

constexpr std::size_t kOnSageMaker = 0, kOnKubernetes = 1;

Outcome run(const Scenario& scenario, std::size_t placement) {
  return run_replication(scenario, scenario.placements[placement], {.seed = 1, .number = 0});
}

// In a process of its own: for tests that compare several.
Outcome run_apart(const Scenario& scenario, std::size_t placement) {
  const auto done = replicate(scenario, std::span(&scenario.placements[placement], 1), {});
  for (const Failure& failure : done.failures) FAIL(failure.reason);
  return *done.outcomes[0][0];
}

const Histogram& phase(const TrainingOutcome& outcome, Phase which) {
  return outcome.phases[static_cast<std::size_t>(which)];
}
Usd cost(const TrainingOutcome& outcome, Phase which) {
  return outcome.phase_cost[static_cast<std::size_t>(which)];
}

// 2 GB in one layer and an index; m5.xlarge on gp3 as it is created.
void use_large_image(Scenario& scenario) {
  scenario.images[0].layers = {{{0}, {800'000'000}, {2'000'000'000}}};
  scenario.images[0].soci_index = true;
}

NodeShape test_node(const Scenario& scenario) {
  return {.network = scenario.catalogue.types[0].net_burst, .disk = kGp3Baseline, .vcpus = 4};
}

TEST_CASE("the second pod of a lazily loaded image uses what the first one read", "[sim][oracle]") {
  // Two pods 300 s apart on one node that is there: data 5 s, then the first mounts and reads; the second
  // finds the mount (0.1 s) and 2 GB / 4 MiB x 6.4 % = 30.5 local spans of 4.6 ms.
  TrainingClass work = test_class(Every{.interval = 600s}, 500s);
  work.models = 2;
  work.needs.cpu_milli = 1500;
  Scenario scenario = small_scenario(work);
  use_large_image(scenario);
  scenario.horizon = 590s;
  scenario.platforms[1] = test_cluster(1, 1);
  scenario.placements[1].training[0].pull = PullMode::soci_lazy;
  const Outcome outcome = run(scenario, kOnKubernetes);
  const TrainingOutcome& jobs = outcome.training[0];
  REQUIRE(jobs.started == 2);
  const PullPlan first =
      plan_pull(scenario.images[0], {}, PullMode::soci_lazy, test_node(scenario));
  const PullSplit split = split_pull(first, first.alone());
  const double hits = 2e9 / (4.0 * kMiB) * 0.064 * 0.0046;
  CHECK(phase(jobs, Phase::image).max() == Approx(split.image.count()).epsilon(1e-4));
  CHECK(phase(jobs, Phase::first_reads).max() == Approx(split.reads.count()).epsilon(1e-4));
  CHECK(phase(jobs, Phase::image).min() == Approx(kLocalImage.count()));
  CHECK(phase(jobs, Phase::first_reads).min() == Approx(hits).epsilon(1e-6));
  check_laws(outcome);
}

TEST_CASE("an instance of a warm pool keeps what was read of a lazy image", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 300s}, 60s));
  use_large_image(scenario);
  scenario.training[0].interactive = true;
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 1;
  scenario.placements[0].training[0].pull = PullMode::soci_lazy;
  scenario.placements[0].training[0].keep_alive = 3600s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& jobs = outcome.training[0];
  REQUIRE(jobs.started > 10);
  CHECK(jobs.warm_starts == jobs.started - 1);
  CHECK(phase(jobs, Phase::image).max() > 2.5);  // the first one mounts
  CHECK(phase(jobs, Phase::image).quantile(0.5) == Approx(kLocalImage.count()).epsilon(0.02));
  check_laws(outcome);
}

// Three jobs of a class at once on one node that is there.
Scenario three_at_once(PullMode mode) {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s, .spread = false}, 60s));
  use_large_image(scenario);
  scenario.training[0].models = 3;
  scenario.training[0].needs.cpu_milli = 1000;
  Cluster cluster = test_cluster(1, 1);
  cluster.egress.nat_gateways = 1;
  scenario.platforms[1] = cluster;
  scenario.placements[1].training[0].pull = mode;
  return scenario;
}

Usd through_the_gateway(const Outcome& outcome) {
  Usd sum;
  for (const BillLine& line : outcome.bill.lines)
    if (line.unit == "GB" || line.unit == "GiB") sum += line.amount;
  return sum;
}

TEST_CASE("containers that start at once on one node share the pull of their image",
          "[sim][oracle]") {
  const PullMode mode = GENERATE(PullMode::full, PullMode::soci_parallel, PullMode::soci_lazy);
  const Scenario three = three_at_once(mode);
  Scenario one = three;
  one.training[0].models = 1;
  const Outcome crowd = run_apart(three, kOnKubernetes), alone = run_apart(one, kOnKubernetes);
  REQUIRE(crowd.training[0].started == 3);
  REQUIRE(alone.training[0].started == 1);
  // No one is slower than one alone would be, and the bytes come once.
  CHECK(crowd.training[0].start_latency.max() ==
        Approx(alone.training[0].start_latency.max()).epsilon(1e-6));
  const auto pulled = [](const Outcome& outcome) {
    const TrainingOutcome& jobs = outcome.training[0];
    return (phase(jobs, Phase::image).sum() + phase(jobs, Phase::first_reads).sum()) /
           double(jobs.started);
  };
  CHECK(pulled(crowd) == Approx(pulled(alone)).epsilon(1e-4));
  CHECK(through_the_gateway(alone).dollars() > 0);
  CHECK(through_the_gateway(crowd).dollars() == Approx(through_the_gateway(alone).dollars()));
  // Those who waited for another's pull did not find the image there.
  CHECK(crowd.training[0].warm_starts == 0);
  check_laws(crowd);
}

TEST_CASE("a lazily loaded image passes the gateway whole, by and by", "[sim][oracle]") {
  // One image on a node that stays. Once the fetcher has brought what was not read, the image has come
  // whole, and its index. A window that opens at 150 s pays for what comes from then on: the fetcher
  // begins 30 s after the mount and brings a span every half second.
  Scenario scenario = three_at_once(PullMode::soci_lazy);
  scenario.training[0].models = 1;
  scenario.training[0].input_data = {};
  const double opens = GENERATE(0.0, 150.0);
  scenario.warm_up = Seconds{opens};
  scenario.training[0].schedule =
      Every{.interval = 10'000s, .offset = Seconds{10'000 - opens}, .spread = false};
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::soci_lazy, test_node(scenario));
  const LazyWork& work = *plan.lazy;
  double bytes = 0.8e9 + double(work.index.count);
  if (opens > 0) {
    // Bound at once, without data to fetch.
    const double fetching = split_pull(plan, plan.alone()).image.count() + 30;
    const double spans = work.total_spans - work.reads_before_ready();
    bytes = (spans - (opens - fetching) / 0.5) * double(work.span_compressed.count);
  }
  const Outcome outcome = run_apart(scenario, kOnKubernetes);
  CHECK(through_the_gateway(outcome).dollars() == Approx(bytes / kGiB * 0.045).epsilon(2e-3));
  check_laws(outcome);
}

// A second class like the first one, with an image of its own.
void add_other_class(Scenario& scenario) {
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  scenario.training[1].image = {1};
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
}

TEST_CASE("a second lazy image does not hide what the window pays for of the first", "[sim][oracle]") {
  // The first is mounted at 0 s, the window opens at 150 s, the second is mounted at 200 s. Both come
  // whole in the end, so beside what the first had fetched by 150 s all of both is paid for.
  Scenario scenario = three_at_once(PullMode::soci_lazy);
  scenario.training[0].models = 1;
  scenario.training[0].input_data = {};
  scenario.warm_up = 150s;
  scenario.training[0].schedule = Every{.interval = 10'000s, .offset = 9850s, .spread = false};
  scenario.images.push_back(scenario.images[0]);
  scenario.images[1].layers[0].id = {1};
  scenario.layer_count = 2;
  add_other_class(scenario);
  scenario.training[1].schedule = Every{.interval = 10'000s, .offset = 50s, .spread = false};
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::soci_lazy, test_node(scenario));
  const LazyWork& work = *plan.lazy;
  const double span = double(work.span_compressed.count);
  const double spans = work.total_spans - work.reads_before_ready();
  const double fetching = split_pull(plan, plan.alone()).image.count() + 30;
  const double first = (spans - (150 - fetching) / 0.5) * span;
  const double second = 0.8e9 + double(work.index.count);
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(through_the_gateway(outcome).dollars() ==
        Approx((first + second) / kGiB * 0.045).epsilon(3e-3));
  check_laws(outcome);
}

TEST_CASE("of two images that start at once a node pulls the layer they share once",
          "[sim][oracle]") {
  // 400 MB each of their own on a base of 400 MB: the second pulls its own part beside the first.
  Scenario scenario = three_at_once(PullMode::full);
  scenario.training[0].models = 1;
  const Layer base{{0}, {400'000'000}, {1'000'000'000}};
  scenario.images[0].layers = {base, {{1}, {400'000'000}, {1'000'000'000}}};
  scenario.images.push_back(scenario.images[0]);
  scenario.images[1].layers[1].id = {2};
  scenario.layer_count = 3;
  const Outcome alone = run_apart(scenario, kOnKubernetes);
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  scenario.training[1].image = {1};
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
  const Outcome both = run_apart(scenario, kOnKubernetes);
  CHECK(through_the_gateway(both).dollars() == Approx(1.5 * through_the_gateway(alone).dollars()));
  // Neither is ready before the base is there.
  const double first = phase(both.training[0], Phase::image).max();
  CHECK(phase(both.training[1], Phase::image).max() >= first - 1e-3);
  check_laws(both);
}

// Two images of one large layer each on one node that is there; the second class starts so much later.
Scenario two_images(Seconds later) {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  use_large_image(scenario);
  scenario.training[0].needs.cpu_milli = 1500;
  scenario.images.push_back(scenario.images[0]);
  scenario.images[1].layers[0].id = {1};
  scenario.layer_count = 2;
  scenario.platforms[1] = test_cluster(1, 1);
  add_other_class(scenario);
  scenario.training[1].schedule = Every{.interval = 10'000s, .offset = later};
  return scenario;
}

TEST_CASE("two pulls on one node share its disk", "[sim][oracle]") {
  // Two images of one layer each at once on one node of gp3 as it is created. Alone the disk is all of
  // it: (800 + 2000) MB / 131 MB/s = 21.4 s, so together each takes twice as long; the downloads share
  // the card of 1.25 GB/s and hide behind it.
  const Scenario scenario = two_images(0s);
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::full, test_node(scenario));
  const double alone = ready(plan, plan.alone()).count();
  const Outcome both = run(scenario, kOnKubernetes);
  for (const TrainingOutcome& work : both.training)
    CHECK(phase(work, Phase::image).mean() ==
          Approx(kResolve.count() + 2 * (alone - kResolve.count())).epsilon(0.02));
  check_laws(both);
}

TEST_CASE("pulls that begin at different times share the disk only while they meet",
          "[sim][oracle]") {
  // The disk is all of a pull (21.4 s alone). The second begins 10 s after the first: both at half speed
  // until the first is done, the second alone for its last 10 s. Each takes 2 x 21.4 - 10 s.
  const Scenario scenario = two_images(10s);
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::full, test_node(scenario));
  const double alone = (ready(plan, plan.alone()) - kResolve).count();
  const Outcome both = run(scenario, kOnKubernetes);
  for (const TrainingOutcome& work : both.training) {
    CHECK(phase(work, Phase::image).mean() ==
          Approx(kResolve.count() + 2 * alone - 10).margin(0.5));
    CHECK(phase(work, Phase::queued).max() == 0);
  }
  check_laws(both);
}

TEST_CASE("a start that is given up leaves the network and pays for what had passed",
          "[sim][oracle]") {
  // `low` downloads 2 TB at 1.25 GB/s from 5 s on. At 300 s `high` needs its node: it is killed at 330 s,
  // and 100 GB then have the card for themselves: 5 s + 80 s.
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  scenario.training[0].name = "low";
  scenario.training[0].needs.cpu_milli = 3000;
  scenario.training[0].input_data = {2'000'000'000'000};
  scenario.training[0].max_attempts = 1;
  scenario.training[0].grace = 30s;
  scenario.training.push_back(scenario.training[0]);
  TrainingClass& high = scenario.training[1];
  high.name = "high";
  high.priority = 10;
  high.input_data = {100'000'000'000};
  high.schedule = Every{.interval = 10'000s, .offset = 300s};
  Cluster cluster = test_cluster(1, 1);
  cluster.s3_per_connection = gigabits_per_second(10);
  cluster.egress.nat_gateways = 1;
  scenario.platforms[1] = cluster;
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].failed == 1);
  REQUIRE(outcome.training[1].started == 1);
  CHECK(phase(outcome.training[1], Phase::data).mean() == Approx(85).epsilon(1e-3));
  const double passed = 325 * 1.25e9 + 100e9 + 100e6;  // and one image
  CHECK(through_the_gateway(outcome).dollars() == Approx(passed / kGiB * 0.045).epsilon(1e-3));
  check_laws(outcome);
}

TEST_CASE("a pod pulls while another of its image still fetches its data", "[sim][oracle]") {
  // Both are bound at 0 s. One fetches 100 GB first, at 0.1 GB/s: the other does not wait for it, and
  // when the data is there, so is the image.
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  use_large_image(scenario);
  scenario.training[0].needs.cpu_milli = 1500;
  scenario.training[0].input_data = {100'000'000'000};
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  scenario.training[1].input_data = {};
  scenario.platforms[1] = test_cluster(1, 1);
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::full, test_node(scenario));
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(phase(outcome.training[1], Phase::image).mean() ==
        Approx(ready(plan, plan.alone()).count()).epsilon(1e-3));
  CHECK(phase(outcome.training[0], Phase::image).mean() == Approx(kLocalImage.count()));
  check_laws(outcome);
}

TEST_CASE("a node keeps images as its volume has room, downloads included", "[sim]") {
  // 0.8 GB that are kept and 2 GB unpacked: two such images are 5.6 GB. 85 % of 6.5 GB are 5.5 GB, so the
  // second drives out the first (4 GB without the downloads would have fitted); 85 % of 7 GB hold both.
  Scenario scenario = small_scenario(test_class(Every{.interval = 1500s}, 60s));
  use_large_image(scenario);
  scenario.horizon = 2900s;
  scenario.images.push_back(scenario.images[0]);
  scenario.images[1].layers[0].id = {1};
  scenario.layer_count = 2;
  scenario.training.push_back(scenario.training[0]);
  scenario.training[1].name = "other";
  scenario.training[1].image = {1};
  scenario.training[1].schedule = Every{.interval = 10'000s, .offset = 700s};
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
  const auto warm_on = [&](double volume) {
    Cluster cluster = test_cluster(1, 1);
    cluster.image_disk = {};
    cluster.pools[0].volume = {static_cast<std::int64_t>(volume)};
    scenario.platforms[1] = cluster;
    const Outcome outcome = run_apart(scenario, kOnKubernetes);
    CHECK(outcome.training[0].started == 2);
    check_laws(outcome);
    return outcome.training[0].warm_starts;
  };
  CHECK(warm_on(7e9) == 1);
  CHECK(warm_on(6.5e9) == 0);
}

TEST_CASE("a faster volume unpacks faster and is billed", "[sim][oracle]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  use_large_image(scenario);
  scenario.catalogue.price(SimplePrice::gp3_mbps_month) = PriceTag{.usd = 0.04};
  Cluster cluster = test_cluster(1, 1);
  cluster.pools[0].volume_throughput = BytesPerSecond{625.0 * kMiB};
  scenario.platforms[1] = cluster;
  const Outcome outcome = run(scenario, kOnKubernetes);
  NodeShape node = test_node(scenario);
  node.disk = BytesPerSecond{625.0 * kMiB};
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::full, node);
  CHECK(phase(outcome.training[0], Phase::image).mean() ==
        Approx(ready(plan, plan.alone()).count()).epsilon(1e-4));
  // 500 MiB/s beyond gp3's own for two hours of a month of 730.
  Usd extra;
  for (const BillLine& line : outcome.bill.lines)
    if (line.unit == "MB/s-month") extra += line.amount;
  CHECK(extra.dollars() == Approx(500 * 0.04 * 2 / 730).epsilon(1e-6));
  check_laws(outcome);
}

TEST_CASE("Bottlerocket's nodes pull in parallel by Bottlerocket's defaults", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  use_large_image(scenario);
  Cluster cluster = test_cluster(1, 1);
  cluster.pools[0].system = NodeSystem::bottlerocket;
  scenario.platforms[1] = cluster;
  scenario.placements[1].training[0].pull = PullMode::soci_parallel;
  NodeShape node = test_node(scenario);
  node.system = NodeSystem::bottlerocket;
  const PullPlan plan = plan_pull(scenario.images[0], {}, PullMode::soci_parallel, node);
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(phase(outcome.training[0], Phase::image).mean() ==
        Approx(ready(plan, plan.alone()).count()).epsilon(1e-4));
  check_laws(outcome);
}

TEST_CASE("a SageMaker start is billed from Downloading on", "[sim][oracle]") {
  // Launch 100 s free; data 20 s, image, container 2 s and init 8 s at 0.23 $/h.
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 300s));
  scenario.training[0].init = 8s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& job = outcome.training[0];
  CHECK(cost(job, Phase::provisioning) == Usd{});
  CHECK(cost(job, Phase::data).dollars() == Approx(20 * 0.23 / 3600));
  CHECK(cost(job, Phase::init).dollars() == Approx(8 * 0.23 / 3600));
  // Money is whole nano-dollars.
  CHECK(cost(job, Phase::image).dollars() ==
        Approx(phase(job, Phase::image).mean() * 0.23 / 3600).margin(1e-9));
  CHECK(job.container_started.mean() == Approx(job.start_latency.mean() - 8));
  check_laws(outcome);
}

TEST_CASE("a pod's start is billed from its running node on, by its share", "[sim][oracle]") {
  // The node is asked for after a batch of 1 s, runs 12 s later and is ready after 60 s: 48 s are billed.
  // The pod asks for 2 of 3.92 cores and 4 of 14 GiB of a node of 0.192 $/h.
  const Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 300s));
  const Outcome outcome = run(scenario, kOnKubernetes);
  const TrainingOutcome& job = outcome.training[0];
  CHECK(phase(job, Phase::provisioning).mean() == Approx(60));
  CHECK(cost(job, Phase::queued) == Usd{});
  const double per_second = cost(job, Phase::container).dollars() / 3;  // 3 s of pod overhead
  // Whole nano-dollars: 3 s of them are known to seven in a million.
  CHECK(cost(job, Phase::provisioning).dollars() == Approx(48 * per_second).epsilon(1e-5));
  CHECK(per_second * 3600 > 0.192 * 4 / 14);    // its share is between that of its memory
  CHECK(per_second * 3600 < 0.192 * 2 / 3.92);  // and that of its cores
  check_laws(outcome);
}

// Two copies of a service that starts in 5 s; placements as in small_scenario.
Scenario two_copies() {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  scenario.training.clear();
  scenario.services.push_back({.name = "api",
                               .image = {0},
                               .demand = RateCurve::constant(1),
                               .service_time = constant(0.01),
                               .needs = {.cpu_milli = 1000, .memory = {kGiB}},
                               .init = 5s,
                               .probe_period = 0s,
                               .endpoint_delay = 0s,
                               .slo_latency = 1s});
  const ReplicaPolicy two{.min = 2, .max = 2, .autoscaler = FixedReplicas{}};
  scenario.placements[0] = {.name = "endpoint",
                            .services = {{.platform = {0}, .type = {0}, .replicas = two}}};
  scenario.placements[1] = {
      .name = "pods",
      .services = {{.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = two}}};
  return scenario;
}

TEST_CASE("pods of a service have ledgers as jobs have", "[sim][oracle]") {
  // Two pods at once, of which one node has room for both: batch 1 s, node 60 s, image, container 3 s,
  // init 5 s.
  const PodStarts pods = run(two_copies(), kOnKubernetes).services[0].starts;
  CHECK(pods.started == 2);
  const auto of = [&](Phase which) -> const Histogram& {
    return pods.phases[static_cast<std::size_t>(which)];
  };
  CHECK(of(Phase::provisioning).mean() == Approx(60));
  CHECK(of(Phase::container).mean() == Approx(3));
  CHECK(pods.ready.mean() == Approx(1 + 60 + of(Phase::image).mean() + 3 + 5));
  CHECK(pods.container_started.mean() == Approx(pods.ready.mean() - 5));
  CHECK(pods.phase_cost[static_cast<std::size_t>(Phase::image)] > Usd{});
  check_laws(pods);
}

TEST_CASE("an endpoint's instances are created unbilled", "[sim][oracle]") {
  // 200 s each, in one go. Two pods' worth of copies fit one instance of 3.92 cores.
  const PodStarts instances = run(two_copies(), kOnSageMaker).services[0].starts;
  CHECK(instances.started == 1);
  CHECK(instances.ready.mean() == Approx(200));
  CHECK(instances.phase_cost == std::array<Usd, kPhaseCount>{});
  check_laws(instances);
}

}  // namespace
}  // namespace berth
