// Jobs that come after others, on both platforms, against times by hand.
#include <catch2/catch.hpp>

#include <map>

#include "models/pull_plan.h"
#include "models/submissions.h"
#include "sim/replication.h"
#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

constexpr std::size_t kOnSageMaker = 0, kOnKubernetes = 1;

// "train" has a clock; what follows runs beside it with the same homes.
Scenario chained(TrainingClass first, std::vector<TrainingClass> followers) {
  Scenario scenario = small_scenario(std::move(first));
  for (TrainingClass& one : followers) {
    one.name = "follower " + std::to_string(scenario.training.size());
    scenario.training.push_back(std::move(one));
    for (Placement& placement : scenario.placements)
      placement.training.push_back(placement.training.front());
  }
  return scenario;
}

Outcome run(const Scenario& scenario, std::size_t placement) {
  Outcome outcome =
      run_replication(scenario, scenario.placements[placement], {.seed = 1, .number = 0});
  check_laws(outcome);
  return outcome;
}

TEST_CASE("a job comes at the instant the one before it is done", "[sim][oracle]") {
  // One chain of three jobs at 0 s. On SageMaker each takes launch 100, data 20, the image, container
  // 2 and its run.
  const Scenario scenario = chained(test_class(Every{.interval = 10'000s}, 300s),
                                    {test_class(After{{{0}}}, 200s), test_class(After{{{1}}}, 50s)});
  const Outcome outcome = run(scenario, kOnSageMaker);
  const double start = outcome.training[0].start_latency.mean();
  CHECK(start > 122);
  double passed = 0;
  const double runs[] = {300, 200, 50};
  for (std::size_t i = 0; i < 3; ++i) {
    const TrainingOutcome& job = outcome.training[i];
    REQUIRE(job.completed == 1);
    CHECK(job.start_latency.mean() == Approx(start));
    CHECK(job.turnaround.mean() == Approx(start + runs[i]));
    passed += start + runs[i];
    if (i > 0) CHECK(job.chain_turnaround.mean() == Approx(passed));
  }
  CHECK(outcome.training[0].chain_turnaround.count() == 0);
}

TEST_CASE("a job that comes after another finds its instance warm", "[sim][oracle]") {
  Scenario scenario =
      chained(test_class(Every{.interval = 10'000s}, 300s), {test_class(After{{{0}}}, 200s)});
  for (TrainingClass& work : scenario.training) work.team = "one pool";
  std::get<SageMaker>(scenario.platforms[0]).default_warm_pool_quota = 5;
  for (TrainingHome& home : scenario.placements[0].training) home.keep_alive = 600s;
  const Outcome outcome = run(scenario, kOnSageMaker);
  CHECK(outcome.training[0].warm_starts == 0);
  CHECK(outcome.training[1].warm_starts == 1);
  CHECK(outcome.training[1].start_latency.mean() == Approx(10 + 2 + kLocalImage.count()));
}

TEST_CASE("a pod that comes after another takes its node", "[sim][oracle]") {
  // The node and its image are there: pod 3 and data 5 are what is left to wait for.
  const Scenario scenario =
      chained(test_class(Every{.interval = 10'000s}, 300s), {test_class(After{{{0}}}, 200s)});
  const Outcome outcome = run(scenario, kOnKubernetes);
  CHECK(outcome.training[0].start_latency.mean() > 60);
  CHECK(outcome.training[1].start_latency.mean() == Approx(3 + 5 + kLocalImage.count()));
  CHECK(outcome.pools.at(0).launched == 1);
}

TEST_CASE("one job waits for all models of its round, and lets all of the next class go",
          "[sim][oracle]") {
  // Three models on a quota of 2: two take T, the third begins when they end and is done at 2 T. Then
  // one job (T), then three again: two at 4 T, one at 5 T.
  TrainingClass first = test_class(Every{.interval = 10'000s, .spread = false}, 300s);
  first.models = 3;
  TrainingClass last = test_class(After{{{1}}}, 300s);
  last.models = 3;
  Scenario scenario = chained(first, {test_class(After{{{0}}}, 300s), last});
  std::get<SageMaker>(scenario.platforms[0]).default_training_quota = 2;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const double whole = outcome.training[0].turnaround.min();
  REQUIRE(outcome.training[1].completed == 1);
  CHECK(outcome.training[1].chain_turnaround.mean() == Approx(3 * whole));
  REQUIRE(outcome.training[2].completed == 3);
  CHECK(outcome.training[2].chain_turnaround.min() == Approx(4 * whole));
  CHECK(outcome.training[2].chain_turnaround.max() == Approx(5 * whole));
}

TEST_CASE("a job that fails is followed by none", "[sim]") {
  // Data alone takes 3 hours, spot instances live 21 on average: with one attempt some jobs fail.
  TrainingClass first = test_class(Every{.interval = 600s}, 300s);
  first.input_data = {1'080'000'000'000};
  first.max_attempts = 1;
  Scenario scenario =
      chained(first, {test_class(After{{{0}}}, 200s), test_class(After{{{0}, {1}}}, 100s)});
  scenario.horizon = 86'400s;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;
  scenario.placements[0].training[0].offering = Offering::spot;
  const Outcome outcome = run(scenario, kOnSageMaker);
  const TrainingOutcome& before = outcome.training[0];
  const TrainingOutcome& next = outcome.training[1];
  REQUIRE(before.failed > 3);
  REQUIRE(before.completed > 3);
  CHECK(next.skipped == before.failed);
  CHECK(next.submitted == before.completed);
  CHECK(outcome.training[2].skipped == before.failed);
  CHECK(outcome.training[2].submitted == next.completed);
  CHECK(before.skipped == 0);
}

TEST_CASE("a follower's length is its number's, whatever delays the chain", "[sim][oracle]") {
  TrainingClass follower = test_class(After{{{0}}}, 1s);
  follower.duration = {Lognormal{5, 0.5}};
  Scenario scenario = chained(test_class(Every{.interval = 600s}, 100s), {follower});
  scenario.horizon = 36'000s;
  std::map<double, double> started;  // by submission; jobs come in the order of their numbers
  std::map<double, double> length;
  for (const Event& event :
       record_replication(scenario, scenario.placements[kOnKubernetes], {.seed = 1, .number = 0})
           .journal) {
    if (const auto* start = std::get_if<JobStarted>(&event); start && start->workload.value == 1)
      started[start->submitted.count()] = start->at.count();
    if (const auto* done = std::get_if<JobCompleted>(&event); done && done->workload.value == 1)
      length[done->submitted.count()] = done->at.count() - started.at(done->submitted.count());
  }
  REQUIRE(length.size() > 50);
  std::uint64_t number = 0;
  for (const auto& [submitted, seconds] : length) {
    RandomStream stream(1, 0, Purpose::training, job_entity({1}, number++));
    CHECK(seconds == Approx(sample(follower.duration, stream)));
  }
}

}  // namespace
}  // namespace berth
