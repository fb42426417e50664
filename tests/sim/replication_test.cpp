#include "sim/replication.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "models/pull_plan.h"
#include "models/serving/replica_forecast.h"
#include "sim/replicate.h"
#include "sim/wire.h"
#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

constexpr std::size_t kOnSageMaker = 0, kOnKubernetes = 1;

Outcome run(const Scenario& scenario, std::size_t placement) {
  return run_replication(scenario, scenario.placements[placement], {.seed = 1, .number = 0});
}

// The whole image onto an empty m5.xlarge, nobody else on the network.
double pull_seconds(const Scenario& scenario, PullMode mode = PullMode::full,
                    const Registry& registry = {}) {
  const InstanceType& type = scenario.catalogue.types[0];
  const PullPlan plan = plan_pull(
      scenario.images[0], {}, mode,
      {.network = type.net_burst, .disk = kGp3Baseline, .vcpus = 4, .registry = registry});
  return ready(plan, plan.alone()).count();
}

double sagemaker_pull_s(const Scenario& scenario) {
  return pull_seconds(scenario, PullMode::full, kManagedRegistry);
}

double mean_phase(const TrainingOutcome& outcome, Phase phase) {
  return outcome.phases[static_cast<std::size_t>(phase)].mean();
}

Usd amount_of(const Bill& bill, std::string_view word) {
  Usd sum;
  for (const BillLine& line : bill.lines)
    if (line.item.find(word) != std::string::npos) sum += line.amount;
  return sum;
}

TEST_CASE("a SageMaker job waits for its launch, then pays for data, image and run", "[sim][oracle]") {
  // One job at 0 s: launch 100, data 20 (fixed) + 200 MB at 100 MB/s, image, container 2, init 8,
  // run 300, upload of 50 MB at 100 MB/s.
  TrainingClass work = test_class(Every{.interval = 10'000s}, 300s);
  work.input_data = {200'000'000};
  work.output = {50'000'000};
  work.init = 8s;
  const Scenario scenario = small_scenario(work);
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& job = outcome.training[0];
  const double image = sagemaker_pull_s(scenario);
  REQUIRE(job.completed == 1);
  CHECK(mean_phase(job, Phase::provisioning) == Approx(100));
  CHECK(mean_phase(job, Phase::data) == Approx(22));
  CHECK(mean_phase(job, Phase::image) == Approx(image));
  CHECK(job.start_latency.mean() == Approx(100 + 22 + image + 2 + 8));
  CHECK(job.turnaround.mean() == Approx(100 + 22 + image + 2 + 8 + 300 + 0.5));
  const double billed_s = 22 + image + 2 + 8 + 300 + 0.5;
  CHECK(amount_of(outcome.bill, "training, on demand").dollars() == Approx(billed_s * 0.23 / 3600));
  check_laws(outcome);
}

TEST_CASE("jobs over the quota wait for the ones before them", "[sim][oracle]") {
  // Three jobs at once on a quota of 2: the third starts when the first ends, 422 s + image later.
  TrainingClass work = test_class(Every{.interval = 10'000s, .spread = false}, 300s);
  work.models = 3;
  Scenario scenario = small_scenario(work);
  std::get<SageMaker>(scenario.platforms[0]).default_training_quota = 2;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const double whole = 100 + 20 + sagemaker_pull_s(scenario) + 2 + 300;
  CHECK(outcome.training[0].phases[static_cast<std::size_t>(Phase::queued)].max() == Approx(whole));
  CHECK(outcome.training[0].phases[static_cast<std::size_t>(Phase::queued)].quantile(0.5) == 0);
  check_laws(outcome);
}

TEST_CASE("CreateTrainingJob lets a burst pass and then one call at a time", "[sim][oracle]") {
  // Five calls at once, a bucket of 2, 0.5 per second: waits of 0, 0, 2, 4, 6 s.
  TrainingClass work = test_class(Every{.interval = 10'000s, .spread = false}, 10s);
  work.models = 5;
  Scenario scenario = small_scenario(work);
  auto& sagemaker = std::get<SageMaker>(scenario.platforms[0]);
  sagemaker.create_jobs_per_second = 0.5;
  sagemaker.create_burst = 2;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const Histogram& throttled = outcome.training[0].phases[0];
  CHECK(throttled.sum() == Approx(12));
  CHECK(throttled.max() == Approx(6));
  CHECK(throttled.zeros() == 2);
  check_laws(outcome);
}

TEST_CASE("a warm pool replaces launch, data set-up and image, and its idle time is billed",
          "[sim][oracle]") {
  // Every 900 s, runs of 300 s, kept for 3600 s: the first job launches, the others find its pool.
  TrainingClass work = test_class(Every{.interval = 900s}, 300s);
  Scenario scenario = small_scenario(work);
  scenario.horizon = 3 * 900s;
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 1;
  scenario.placements[0].training[0].keep_alive = 3600s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& jobs = outcome.training[0];
  CHECK(jobs.submitted == 3);
  CHECK(jobs.warm_starts == 2);
  // Warm: reuse 10, no data set-up, image present 0.1, container 2.
  CHECK(jobs.start_latency.min() == Approx(12.1));
  CHECK(jobs.start_latency.max() == Approx(122 + sagemaker_pull_s(scenario)));
  // Idle: from the end of each job to the next job's arrival (reuse itself waits unbilled).
  const double first_end = 100 + 20 + sagemaker_pull_s(scenario) + 2 + 300;
  const double idle_s = (900 - first_end) + 2 * (900 - 312.1);
  CHECK(amount_of(outcome.bill, "warm").dollars() == Approx(idle_s * 0.23 / 3600));
  check_laws(outcome);
}

TEST_CASE("without warm-pool quota nothing is kept", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 900s}, 300s));
  scenario.placements[0].training[0].keep_alive = 3600s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  CHECK(outcome.training[0].warm_starts == 0);
  CHECK(amount_of(outcome.bill, "warm") == Usd{});
  check_laws(outcome);
}

TEST_CASE("a pool that nobody takes goes when its keep-alive ends", "[sim][oracle]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 3600s}, 300s));
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 1;
  scenario.placements[0].training[0].keep_alive = 600s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  CHECK(outcome.training[0].warm_starts == 0);
  CHECK(amount_of(outcome.bill, "warm").dollars() == Approx(2 * 600 * 0.23 / 3600));
  check_laws(outcome);
}

TEST_CASE("managed spot pays the spot ratio and runs again from its checkpoint", "[sim]") {
  TrainingClass work = test_class(Every{.interval = 60s}, 1800s);
  work.checkpoint = Checkpointing{.interval = 300s, .cost = 5s, .restart = 30s};
  work.max_attempts = 200;
  Scenario scenario = small_scenario(work);
  scenario.horizon = 86'400s;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;  // about one in 21 hours
  scenario.placements[0].training[0].offering = Offering::spot;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& jobs = outcome.training[0];
  // Hazard -ln(1e-15)/730 = 0.0473/h: an attempt of 1825 s is interrupted with chance 0.0237, so of
  // 1440 jobs 34 are; four standard deviations are 23.
  CHECK(double(jobs.interruptions) == Approx(34).margin(23));
  CHECK(jobs.failed == 0);
  const double list = [&] {
    Usd sum;
    for (const BillLine& line : outcome.bill.lines)
      if (line.item.find("spot") != std::string::npos) sum += line.list_amount;
    return sum.dollars();
  }();
  CHECK(amount_of(outcome.bill, "spot").dollars() / list == Approx(0.0653 / 0.192).epsilon(1e-3));
  check_laws(outcome);
}

TEST_CASE("a job that loses every attempt fails", "[sim]") {
  TrainingClass work = test_class(Every{.interval = 600s}, 36'000s);
  work.max_attempts = 3;
  Scenario scenario = small_scenario(work);
  scenario.horizon = 86'400s;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;
  scenario.placements[0].training[0].offering = Offering::spot;
  const Outcome outcome = run(scenario, kOnSageMaker);
  CHECK(outcome.training[0].failed > 0);
  check_laws(outcome);
}

TEST_CASE("capacity errors are waited out and tried again", "[sim][oracle]") {
  // Half of the attempts find nothing; each waits 300 s: the mean wait is 300 s (geometric).
  Scenario scenario = small_scenario(test_class(Every{.interval = 30s}, 60s));
  std::get<SageMaker>(scenario.platforms[0]).capacity_error_cpu = 0.5;
  scenario.horizon = 86'400s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& jobs = outcome.training[0];
  // 2880 jobs, sd of a geometric wait 300 * sqrt(2) = 424 s: four standard errors are 32 s.
  CHECK(mean_phase(jobs, Phase::provisioning) == Approx(400).margin(32));
  check_laws(outcome);
}

TEST_CASE("a pod waits for its node, which pulls the image once", "[sim][oracle]") {
  // Two jobs 300 s apart, the second on the node of the first (empty nodes stay 30 s only, so the
  // first still runs). First: batch 1 s, node 60, data 5, image, pod 3. Second: data 5, 0.1, pod 3.
  TrainingClass work = test_class(Every{.interval = 600s}, 500s);
  work.models = 2;
  work.needs.cpu_milli = 1500;
  Scenario scenario = small_scenario(work);
  scenario.horizon = 590s;
  const Outcome outcome = run(scenario, kOnKubernetes);
  const TrainingOutcome& jobs = outcome.training[0];
  REQUIRE(jobs.started == 2);
  CHECK(jobs.phases[static_cast<std::size_t>(Phase::queued)].max() == Approx(1));
  CHECK(jobs.phases[static_cast<std::size_t>(Phase::provisioning)].max() == Approx(60));
  CHECK(jobs.start_latency.max() == Approx(1 + 60 + 5 + pull_seconds(scenario) + 3));
  CHECK(jobs.start_latency.min() == Approx(5 + 0.1 + 3));
  CHECK(outcome.pools[0].launched == 1);
  check_laws(outcome);
}

TEST_CASE("an empty node goes after its time and the bill splits it between job and nobody",
          "[sim][oracle]") {
  // Asked for at 1 s, paid from 13 s (the machine runs 12 s later), Ready at 61 s; pod until
  // 61 + 5 + image + 3 + 100; quiet 30 s later, seen at the next multiple of 10 s, held for 15 s.
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 100s));
  const Outcome outcome = run(scenario, kOnKubernetes);
  const double pod_s = 5 + pull_seconds(scenario) + 3 + 100;
  const double node_s = 10 * std::ceil((61 + pod_s + 30) / 10) + 15 - 13;
  CHECK(outcome.pools[0].removed == 1);
  CHECK(amount_of(outcome.bill, "m5.xlarge").dollars() == Approx(node_s * 0.192 / 3600));
  // 2 of 3.92 CPU and 4 of 14 GiB at OpenCost's ratios.
  const double share = (0.031611 * 2 + 0.004237 * 4) / (0.031611 * 3.92 + 0.004237 * 14);
  const auto by_holder = total_by_holder(outcome.bill);
  CHECK(by_holder.at(Holder::of(TrainingId{0})).dollars() ==
        Approx(share * pod_s * 0.192 / 3600).epsilon(1e-3));
  check_laws(outcome);
}

TEST_CASE("a download alone on its card goes as fast as one connection", "[sim][oracle]") {
  TrainingClass work = test_class(Every{.interval = 10'000s}, 600s);
  work.input_data = {1'000'000'000};
  Scenario scenario = small_scenario(work);
  std::get<Cluster>(scenario.platforms[1]).s3_per_connection = megabytes_per_second(50);
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(mean_phase(outcome.training[0], Phase::data) == Approx(5 + 20));
  check_laws(outcome);
}

TEST_CASE("three downloads on one card take three times as long as it allows one", "[sim][oracle]") {
  // 1 GB each at 60 MB/s together: all end after 50 s; alone each would take 20 s at 50 MB/s.
  TrainingClass work = test_class(Every{.interval = 10'000s, .spread = false}, 600s);
  work.models = 3;
  work.needs = {.cpu_milli = 1000, .memory = {kGiB}};
  work.input_data = {1'000'000'000};
  Scenario scenario = small_scenario(work);
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.s3_per_connection = megabytes_per_second(50);
  scenario.catalogue.types[0].net_burst = megabytes_per_second(60);
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(mean_phase(outcome.training[0], Phase::data) == Approx(5 + 50).epsilon(1e-4));
  check_laws(outcome);
}

TEST_CASE("a job of several instances starts whole or not at all", "[sim][oracle]") {
  // Pods of 3 CPUs fill a node each; the pool holds two nodes, so one job of two runs at a time.
  TrainingClass work = test_class(Every{.interval = 10'000s, .spread = false}, 600s);
  work.models = 2;
  work.instances = 2;
  work.needs = {.cpu_milli = 3000, .memory = {kGiB}};
  Scenario scenario = small_scenario(work);
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 2;
  const Outcome outcome = run(scenario, kOnKubernetes);
  const TrainingOutcome& jobs = outcome.training[0];
  CHECK(jobs.completed == 2);
  CHECK(jobs.phases[static_cast<std::size_t>(Phase::queued)].max() ==
        Approx(1 + 60 + 5 + pull_seconds(scenario) + 3 + 600));
  CHECK(outcome.pools[0].launched == 2);
  check_laws(outcome);
}

TEST_CASE("higher priority is placed first", "[sim]") {
  TrainingClass low = test_class(Every{.interval = 10'000s, .spread = false}, 600s);
  low.needs = {.cpu_milli = 3000, .memory = {kGiB}};
  low.models = 3;
  TrainingClass high = low;
  high.name = "urgent";
  high.priority = 10;
  Scenario scenario = small_scenario(low);
  scenario.training.push_back(high);
  scenario.placements[1].training.push_back(scenario.placements[1].training[0]);
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 1;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[1].start_latency.max() < outcome.training[0].start_latency.min());
  check_laws(outcome);
}

TEST_CASE("demand that is never met is counted as growing backlog, not waited for", "[sim]") {
  // A job of an hour a minute on one node for one job at a time.
  TrainingClass work = test_class(Every{.interval = 60s}, 3600s);
  work.needs = {.cpu_milli = 3000, .memory = {kGiB}};
  Scenario scenario = small_scenario(work);
  scenario.warm_up = 3600s;
  scenario.horizon = 4 * 3600s;
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 1;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].backlog_at_begin == 59);  // 60 submitted before 3600 s, one runs
  CHECK(outcome.training[0].backlog_at_end >= 59 + 4 * 59 - 1);
  check_laws(outcome);
}

TEST_CASE("spot nodes that are taken away cost their pods an attempt", "[sim]") {
  // 31 pods at a time on a node each; hazard 0.0473/h, so 35 reclaims a day, give or take 4 x 6.
  TrainingClass work = test_class(Every{.interval = 60s}, 1800s);
  work.max_attempts = 100;
  Scenario scenario = small_scenario(work);
  scenario.horizon = 86'400s;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;
  std::get<Cluster>(scenario.platforms[1]).pools[0].offering = Offering::spot;
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 50;
  scenario.placements[1].training[0].offering = Offering::spot;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(double(outcome.pools[0].reclaimed) == Approx(35).margin(24));
  CHECK(outcome.training[0].interruptions >= outcome.pools[0].reclaimed - 5);
  CHECK(outcome.training[0].failed == 0);
  check_laws(outcome);
}

TEST_CASE("a node that is there waits for the rest of its gang", "[sim]") {
  // Nodes boot in 20 to 200 s and empty ones go after 15 s: those that are early are spoken for.
  TrainingClass work = test_class(Every{.interval = 3600s}, 600s);
  work.instances = 4;
  work.needs = {.cpu_milli = 3000, .memory = {kGiB}};
  Scenario scenario = small_scenario(work);
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.node_boot_cpu = uniform(20, 200);
  cluster.pools[0].consolidate_after = 0s;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].started == 2);
  CHECK(outcome.pools[0].launched == 8);
  check_laws(outcome);
}

TEST_CASE("a gang that finds no room as a whole asks for no nodes", "[sim]") {
  TrainingClass work = test_class(Every{.interval = 10'000s}, 600s);
  work.instances = 4;
  work.needs = {.cpu_milli = 3000, .memory = {kGiB}};
  Scenario scenario = small_scenario(work);
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 3;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].waiting_at_end == 1);
  CHECK(outcome.pools[0].launched == 0);
  check_laws(outcome);
}

TEST_CASE("empty nodes may go at once, those that pods wait for do not", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 3600s}, 600s));
  std::get<Cluster>(scenario.platforms[1]).pools[0].consolidate_after = 0s;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].completed == 2);
  CHECK(outcome.pools[0].launched == 2);
  CHECK(outcome.pools[0].removed == 2);
  check_laws(outcome);
}

TEST_CASE("Cluster Autoscaler looks at whole multiples of its interval", "[sim][oracle]") {
  // Asked at 3 s, seen at 10 s, node Ready at 70 s.
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s, .offset = 3s}, 60s));
  std::get<Cluster>(scenario.platforms[1]).autoscaler = NodeAutoscaler::cluster_autoscaler;
  std::get<Cluster>(scenario.platforms[1]).scaling.at_once = false;  // as before 1.35
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(mean_phase(outcome.training[0], Phase::queued) == Approx(7));
  CHECK(mean_phase(outcome.training[0], Phase::provisioning) == Approx(60));
  check_laws(outcome);
}

TEST_CASE("without an autoscaler there are the pool's minimum of nodes", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 600s}, 60s));
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.autoscaler = NodeAutoscaler::none;
  cluster.pools[0].min_nodes = 2;
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.pools[0].node_time == 2 * 7200s);
  CHECK(outcome.training[0].completed == 12);
  check_laws(outcome);
}

TEST_CASE("each way to pull takes the time its model says", "[sim][oracle]") {
  struct Row {
    PullMode mode;
    bool reads;
  };
  const auto row = GENERATE(values<Row>({{PullMode::full, false},
                                         {PullMode::soci_parallel, false},
                                         {PullMode::soci_lazy, true},
                                         {PullMode::preloaded, false}}));
  CAPTURE(static_cast<int>(row.mode));
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  scenario.images[0].soci_index = true;
  scenario.placements[1].training[0].pull = row.mode;
  const auto simulated = replicate(scenario, std::span(&scenario.placements[1], 1), {});
  REQUIRE(simulated.failures.empty());
  const TrainingOutcome& job = simulated.outcomes[0][0]->training[0];
  CHECK(mean_phase(job, Phase::image) + mean_phase(job, Phase::first_reads) ==
        Approx(pull_seconds(scenario, row.mode)).epsilon(1e-4));
  CHECK((mean_phase(job, Phase::first_reads) > 0) == row.reads);
  check_laws(*simulated.outcomes[0][0]);
}

TEST_CASE("SageMaker loads an image lazily where it says so, and fully elsewhere", "[sim]") {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 60s));
  scenario.images[0].soci_index = true;
  scenario.placements[0].training[0].pull = PullMode::soci_lazy;
  const auto reads = [&] {
    const auto done = replicate(scenario, std::span(&scenario.placements[0], 1), {});
    return mean_phase(done.outcomes[0][0]->training[0], Phase::first_reads);
  };
  CHECK(reads() == 0);
  scenario.training[0].interactive = true;
  const double before = reads();
  CHECK(before > 0);
  // Every scattered read waits for its first byte, 250 ms unless the platform says otherwise.
  std::get<SageMaker>(scenario.platforms[0]).images.registry.first_byte = Seconds{1.25};
  const double after = reads();
  const LazyPath path;
  const double spans = lazy_work(scenario.images[0], {}, path).faults_before_ready;
  CHECK(after - before == Approx(spans * 1.0));
  std::get<SageMaker>(scenario.platforms[0]).soci = SociSupport::nowhere;
  CHECK(reads() == 0);
  scenario.training[0].interactive = false;
  std::get<SageMaker>(scenario.platforms[0]).soci = SociSupport::everywhere;
  CHECK(reads() > 0);
}

TEST_CASE("what passes a gateway is billed by the GB, streamed or copied", "[sim][oracle]") {
  // 10 GiB of input, 1 GiB of output and the 100 MB image; two gateways for two hours.
  TrainingClass work = test_class(Every{.interval = 10'000s}, 600s);
  work.input_data = {10 * kGiB};
  work.output = {kGiB};
  work.input_mode = GENERATE(InputMode::file, InputMode::fast_file);
  Scenario scenario = small_scenario(work);
  std::get<SageMaker>(scenario.platforms[0]).egress.nat_gateways = 2;
  const auto done = replicate(scenario, std::span(&scenario.placements[0], 1), {});
  REQUIRE(done.failures.empty());
  Usd hours, data;
  for (const BillLine& line : done.outcomes[0][0]->bill.lines) {
    if (line.unit == "GB" && line.service == "Amazon VPC") data += line.amount;
    if (line.unit == "h" && line.service == "Amazon VPC") hours += line.amount;
  }
  CHECK(hours.dollars() == Approx(2 * 2 * 0.045));
  CHECK(data.dollars() == Approx((11 + 1e8 / kGiB) * 0.045));
  check_laws(*done.outcomes[0][0]);
}

TEST_CASE("instances taken away while they start cost an attempt, then and there", "[sim]") {
  // Start-up takes longer than spot instances last: data alone 3 hours at 21 hours' mean life.
  TrainingClass work = test_class(Every{.interval = 60s}, 60s);
  work.max_attempts = 3;
  Scenario scenario = small_scenario(work);
  scenario.horizon = 86'400s;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;
  std::get<SageMaker>(scenario.platforms[0]).data_overhead_cpu = constant(3 * 3600);
  scenario.placements[0].training[0].offering = Offering::spot;
  const Outcome outcome = run(scenario, kOnSageMaker);
  // Chance of 1 - e^(-0.0473 x 3.03) = 0.1336 an attempt; the attempts that end in time are some
  // 1250 of 1440, so about 167 interruptions of first attempts and some of the second.
  CHECK(double(outcome.training[0].interruptions) == Approx(190).margin(70));
  check_laws(outcome);
}

Scenario serving_scenario() {
  Scenario scenario = small_scenario(test_class(Every{.interval = 10'000s}, 10s));
  scenario.warm_up = 3600s;
  // Pods stay where they are: moving them is not what these tests are about.
  std::get<Cluster>(scenario.platforms[1]).pools[0].consolidates = false;
  scenario.services.push_back({.name = "eta",
                               .image = {0},
                               .demand = RateCurve::constant(40),
                               .service_time = exponential(0.1),
                               .concurrency = 1,
                               .needs = {.cpu_milli = 500, .memory = {kGiB}},
                               .balancing = LoadBalancing::central_queue,
                               .slo_latency = 500ms,
                               .slo_target = 0.99,
                               .request_bytes = {1000},
                               .response_bytes = {1000}});
  const ReplicaPolicy policy{.min = 2, .max = 20, .autoscaler = UtilisationPolicy{}};
  scenario.placements[0].services.push_back(
      {.platform = {0}, .type = {0}, .replicas = policy});
  scenario.placements[1].services.push_back(
      {.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = {.min = 2, .max = 20}});
  return scenario;
}

// As many pods as the target asks for at the first instant, and nobody who changes it: chance in a
// reading would.
void fix_replicas(Scenario& scenario) {
  const Service& service = scenario.services[0];
  ReplicaPolicy& policy = scenario.placements[kOnKubernetes].services[0].replicas;
  const int replicas =
      start_replicas(policy, scaled_service(service), service.demand.rate_at(0s));
  policy = {.min = replicas, .max = replicas, .autoscaler = FixedReplicas{}};
}

TEST_CASE("a steady service on pods is an M/M/c", "[sim][oracle]") {
  // 40/s of 100 ms on ceil(4 / 0.8) = 5 pods: M/M/5 at rho 0.8. Erlang C(5, 4) = 0.554113, mean wait
  // C / (50 - 40) s, so the mean latency is 0.1554113 s.
  const Scenario scenario = serving_scenario();
  const Outcome outcome = run(scenario, kOnKubernetes);
  const ServiceOutcome& service = outcome.services[0];
  CHECK(service.requests == Approx(40 * 7200));
  CHECK(service.replica_time.count() == Approx(5 * 7200));
  CHECK(service.busy_slot_seconds / service.slot_seconds == Approx(0.8));
  CHECK(service.latency.mean() == Approx(0.1554113).epsilon(0.01));
  CHECK(service.overloaded == 0s);
  check_laws(outcome);
}

TEST_CASE("looked at request by request, the steady service is the same M/M/c",
          "[sim][oracle][fidelity]") {
  Scenario scenario = serving_scenario();
  scenario.fidelity = Fidelity::request;
  fix_replicas(scenario);
  const Outcome outcome = run(scenario, kOnKubernetes);
  const ServiceOutcome& service = outcome.services[0];
  // 288,000 expected, Poisson: standard deviation 537. An M/M/5's mean wait over 7,200 s has a
  // relative error of some 2 %, which is 1 % of the latency.
  CHECK(service.requests == Approx(288'000).margin(4 * 537));
  CHECK(service.latency.mean() == Approx(0.1554113).epsilon(0.03));
  CHECK(service.busy_slot_seconds / service.slot_seconds == Approx(0.8).epsilon(0.015));
  CHECK(service.fidelity == "request");
  CHECK(service.looked_at == std::array<Seconds, 3>{7200s, 0s, 0s});
  CHECK(service.error == 0);
  check_laws(outcome);
}

// In a process of its own: SimGrid has one clock in each.
Outcome run_apart(const Scenario& scenario, std::size_t placement) {
  const auto done = replicate(scenario, std::span(&scenario.placements[placement], 1), {});
  REQUIRE(done.failures.empty());
  return *done.outcomes[0][0];
}

TEST_CASE("each fidelity is within its stated error of every request", "[sim][fidelity]") {
  struct Row {
    LoadBalancing balancing;
    Distribution service_time;
    double rate;
    const char* because;
  };
  const Row rows[] = {
      {LoadBalancing::round_robin, lognormal_from_median_p99(0.015, 0.06), 700, "Envoy's default"},
      {LoadBalancing::random, lognormal_from_median_p99(0.025, 0.1), 400, "kube-proxy"},
      {LoadBalancing::power_of_two, lognormal_from_median_p99(0.015, 0.06), 500, "two choices"},
      {LoadBalancing::least_outstanding, exponential(0.02), 400, "one queue, nearly"},
      {LoadBalancing::central_queue, exponential(0.02), 400, "the formula's own ground"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    Scenario scenario = serving_scenario();
    scenario.services[0].balancing = row.balancing;
    scenario.services[0].service_time = row.service_time;
    scenario.services[0].demand = RateCurve::constant(row.rate);
    scenario.services[0].concurrency = 4;
    fix_replicas(scenario);
    const auto p99 = [&](Fidelity fidelity) {
      scenario.fidelity = fidelity;
      const Outcome outcome = run_apart(scenario, kOnKubernetes);
      check_laws(outcome);
      return std::pair{outcome.services[0].latency.quantile(0.99), outcome.services[0].error};
    };
    const double exact = p99(Fidelity::request).first;
    for (const Fidelity fidelity : {Fidelity::sampled, Fidelity::automatic}) {
      const auto [seen, error] = p99(fidelity);
      CAPTURE(name_of(fidelity));
      CHECK(error <= 0.05);
      // The stated error is beyond the noise of `request` itself, here under 1 %.
      CHECK(seen == Approx(exact).epsilon(error + 0.01));
    }
  }
}

TEST_CASE("what is not answered is counted by why", "[sim][fidelity]") {
  Scenario scenario = serving_scenario();
  scenario.fidelity = Fidelity::request;
  scenario.placements[1].services[0].replicas.max = 3;  // 30/s of 40/s: a quarter is in excess
  SECTION("a full queue turns requests away") {
    scenario.services[0].queue_limit = 10;
    const Outcome outcome = run_apart(scenario, kOnKubernetes);
    const ServiceOutcome& service = outcome.services[0];
    // M/M/3/13 at 4 erlangs: with r = 4/3 and p13 = p3 r^10, the states from 3 on weigh
    // (r^11 - 1) / (r - 1) = 68.04 p3, those below (1 + 4 + 8) / (32/3) = 1.219 p3, and
    // r^10 = 17.76: p13 = 17.76 / 69.26 = 0.2564.
    CHECK(service.rejected / service.requests == Approx(0.2564).epsilon(0.03));
    CHECK(service.timed_out == 0);
    CHECK(service.overloaded == 7200s);
    check_laws(outcome);
  }
  SECTION("clients give up") {
    scenario.services[0].timeout = 2s;
    const Outcome outcome = run_apart(scenario, kOnKubernetes);
    const ServiceOutcome& service = outcome.services[0];
    // Three busy slots answer 30/s of 40/s; they are nearly never idle.
    CHECK(service.timed_out / service.requests == Approx(0.25).epsilon(0.03));
    CHECK(service.rejected == 0);
    // Nobody waits longer than 2 s, and a service of 100 ms is over 1 s at e^-10.
    CHECK(service.latency.quantile(0.999) < 3.1);
    check_laws(outcome);
  }
}

TEST_CASE("a scale-down under load drops no request, with one worker or two",
          "[sim][fidelity]") {
  Scenario scenario = serving_scenario();
  scenario.fidelity = Fidelity::request;
  scenario.services[0].balancing = LoadBalancing::round_robin;
  scenario.services[0].demand = RateCurve::steps({0s, 6000s, 20'000s}, {80, 20}, false);
  const auto done_by = [&](int workers) {
    return replicate(scenario, std::span(&scenario.placements[kOnKubernetes], 1),
                     {.replications = 2, .workers = workers});
  };
  const auto alone = done_by(1), together = done_by(2);
  REQUIRE(alone.failures.empty());
  const Outcome& outcome = *alone.outcomes[0][0];
  CHECK(outcome.services[0].slices.back().ready < outcome.services[0].slices.front().ready);
  CHECK(outcome.services[0].cut_off == 0);  // 100 ms against 30 s of grace
  check_laws(outcome);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(encode(*alone.outcomes[0][i]) == encode(*together.outcomes[0][i]));
  CHECK(encode(outcome) != encode(*alone.outcomes[0][1]));
}

TEST_CASE("an endpoint's instance carries as many copies as fit, and is billed while in service",
          "[sim][oracle]") {
  // 4 vCPU / 0.5 = 8 copies an instance; 5 are wanted: one instance, 2 hours at 0.23 $/h.
  const Scenario scenario = serving_scenario();
  const Outcome outcome = run(scenario, kOnSageMaker);
  CHECK(amount_of(outcome.bill, "hosting").dollars() == Approx(2 * 0.23));
  CHECK(outcome.services[0].replica_time.count() == Approx(8 * 7200));
  // 40/s x 2 kB for 2 h = 576 MB at 0.016 $ per 2^30 bytes.
  CHECK(amount_of(outcome.bill, "data").dollars() == Approx(0.576e9 / kGiB * 0.016));
  check_laws(outcome);
}

TEST_CASE("more load than the pods may carry is overload from when to when", "[sim]") {
  Scenario scenario = serving_scenario();
  scenario.placements[1].services[0].replicas.max = 3;  // 30/s at most
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.services[0].overloaded == 7200s);
  CHECK(outcome.services[0].slices.size() == 24);
  CHECK(outcome.services[0].slices[0].overloaded);
  CHECK(outcome.services[0].slices.back().p99_s > outcome.services[0].slices[0].p99_s);
  check_laws(outcome);
}

TEST_CASE("a step in demand is followed after the lag, the start-up and no sooner", "[sim]") {
  Scenario scenario = serving_scenario();
  scenario.services[0].demand =
      RateCurve::steps({0s, 5400s, 20'000s}, {40, 120}, false);
  const Outcome outcome = run(scenario, kOnKubernetes);
  const auto& slices = outcome.services[0].slices;
  // 12 / 0.8 = 15 pods after; the first slice after the step holds fewer on average.
  CHECK(slices[5].ready == Approx(5));
  CHECK(slices[6].ready > 5);
  CHECK(slices[6].ready < 15);
  CHECK(slices[6].overloaded);
  // While nodes come all pods are busy, which asks for up to twice of them; that is held for 300 s.
  CHECK(slices[9].ready == Approx(15));
  check_laws(outcome);
}

TEST_CASE("the same replication gives the same outcome in any company of workers", "[sim]") {
  TrainingClass work = test_class(Poisson{RateCurve::constant(0.02)}, 300s);
  work.duration = lognormal_from_median_p95(200, 600);
  Scenario scenario = small_scenario(work);
  std::get<SageMaker>(scenario.platforms[0]).launch_cpu = lognormal_from_median_p95(50, 120);
  const auto simulate = [&](int workers) {
    return replicate(scenario, scenario.placements, {.replications = 3, .seed = 7, .workers = workers});
  };
  const Replicated one = simulate(1), three = simulate(3);
  for (const Failure& failure : one.failures) FAIL_CHECK(failure.reason);
  REQUIRE(one.failures.empty());
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t r = 0; r < 3; ++r) {
      CHECK(one.outcomes[p][r]->training[0].start_latency == three.outcomes[p][r]->training[0].start_latency);
      CHECK(one.outcomes[p][r]->bill.total == three.outcomes[p][r]->bill.total);
    }
  // Common random numbers: both placements see the same submissions, replications differ.
  CHECK(one.outcomes[0][0]->training[0].submitted == one.outcomes[1][0]->training[0].submitted);
  CHECK(one.outcomes[0][0]->bill.total != one.outcomes[0][1]->bill.total);
}

TEST_CASE("the journal tells what the outcome counts", "[sim]") {
  const Scenario scenario = small_scenario(test_class(Every{.interval = 600s}, 300s));
  const Recorded recorded =
      record_replication(scenario, scenario.placements[kOnKubernetes], {.seed = 1, .number = 0});
  std::int64_t started = 0;
  for (const Event& event : recorded.journal) started += std::holds_alternative<JobStarted>(event);
  CHECK(started == recorded.outcome.training[0].started);
  CHECK(std::ranges::is_sorted(recorded.journal, {}, [](const Event& event) {
    return std::visit([](const auto& e) { return e.at; }, event);
  }));
}

}  // namespace
}  // namespace berth
