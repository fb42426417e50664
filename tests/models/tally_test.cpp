#include "models/tally.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

constexpr TrainingId kWork{0};

// Window [100, 1300), slices of 300 s.
Scenario window_scenario() {
  TrainingClass work = test_class(Every{.interval = 600s}, 10s);
  work.start_slo = 50s;
  work.deadline = 200s;
  Scenario scenario = small_scenario(work);
  scenario.warm_up = 100s;
  scenario.horizon = 1200s;
  return scenario;
}

struct Told {
  Scenario scenario = window_scenario();
  Tally tally{scenario, scenario.placements[1]};
  void start(Seconds submitted, Seconds at) {
    StartupLedger ledger;
    ledger[Phase::queued] = at - submitted;
    tally.record(JobStarted{at, submitted, kWork, ledger, false});
  }
};

TEST_CASE("jobs count by their submission", "[tally]") {
  Told told;
  told.tally.record(JobSubmitted{90s, kWork});  // before the window
  told.tally.record(WindowOpened{100s});
  told.tally.record(JobSubmitted{110s, kWork});
  told.start(90s, 120s);
  told.start(110s, 150s);
  told.tally.record(JobCompleted{300s, 90s, kWork});
  told.tally.record(JobCompleted{320s, 110s, kWork});
  const TrainingOutcome outcome = told.tally.take().training[0];
  CHECK(outcome.submitted == 1);
  CHECK(outcome.started == 1);
  CHECK(outcome.completed == 1);
  CHECK(outcome.backlog_at_begin == 1);
  CHECK(outcome.start_latency.max() == 40);
  CHECK(outcome.slo_due == 1);
  CHECK(outcome.slo_met == 1);
}

TEST_CASE("phases add up to the wait: one too few is a broken law, and so is one too many", "[tally]") {
  const auto holds = [](Seconds container) {
    Told told;
    StartupLedger ledger;
    ledger[Phase::provisioning] = 30s;
    ledger[Phase::container] = container;
    for (int i = 0; i < 1000; ++i) told.tally.record(JobSubmitted{110s, kWork});
    for (int i = 0; i < 999; ++i) told.start(110s, 210s);
    told.tally.record(JobStarted{150s, 110s, kWork, ledger, false});
    const TrainingOutcome outcome = told.tally.take().training[0];
    return add_up(outcome.phases, outcome.start_latency);
  };
  CHECK(holds(10s));
  CHECK_FALSE(holds(0s));
  // 10 ms of one start in a thousand, 1e-7 of all.
  CHECK_FALSE(holds(9.99s));
  CHECK_FALSE(holds(10.01s));
}

TEST_CASE("a start goal counts once it has passed within the window, whether or not the job started",
          "[tally]") {
  Told told;  // the goal is 50 s, the window closes at 1300 s
  for (const Seconds at : {110s, 120s, 130s, 1100s, 1249s, 1250s, 1260s})
    told.tally.record(JobSubmitted{at, kWork});
  told.start(110s, 150s);                                    // 40 s: in time
  told.start(120s, 180s);                                    // 60 s: late
  told.tally.record(JobFailed{400s, 130s, kWork});           // never started: missed
  told.tally.record(JobCutOff{1300s, 1100s, kWork, false});  // waits since 200 s: missed
  told.tally.record(JobCutOff{1300s, 1249s, kWork, false});  // due at 1299 s: missed
  told.tally.record(JobCutOff{1300s, 1250s, kWork, false});  // due at 1300 s, the end: not yet
  told.start(1260s, 1270s);                                  // in time, but due at 1310 s: not yet
  const TrainingOutcome outcome = told.tally.take().training[0];
  CHECK(outcome.slo_due == 5);
  CHECK(outcome.slo_met == 1);
}

TEST_CASE("without a start goal none falls due", "[tally]") {
  Scenario scenario = window_scenario();
  scenario.training[0].start_slo.reset();
  Tally tally(scenario, scenario.placements[1]);
  tally.record(JobSubmitted{110s, kWork});
  tally.record(JobStarted{150s, 110s, kWork, {}, false});
  const TrainingOutcome outcome = tally.take().training[0];
  CHECK(outcome.slo_due == 0);
  CHECK(outcome.slo_met == 0);
}

TEST_CASE("a deadline counts once it has passed within the window", "[tally]") {
  Told told;
  told.tally.record(JobSubmitted{110s, kWork});
  told.tally.record(JobSubmitted{120s, kWork});
  told.tally.record(JobSubmitted{1150s, kWork});
  told.tally.record(JobCompleted{300s, 110s, kWork});          // 190 s: in time
  told.tally.record(JobCompleted{330s, 120s, kWork});          // 210 s: late
  told.tally.record(JobCutOff{1300s, 1150s, kWork, true});     // due at 1350 s: not yet
  const TrainingOutcome outcome = told.tally.take().training[0];
  CHECK(outcome.deadline_due == 2);
  CHECK(outcome.deadline_missed == 1);
  CHECK(outcome.running_at_end == 1);
}

TEST_CASE("who still waits at the end is backlog, whenever submitted", "[tally]") {
  Told told;
  told.tally.record(JobSubmitted{50s, kWork});
  told.tally.record(JobSubmitted{200s, kWork});
  told.tally.record(JobCutOff{1300s, 50s, kWork, false});
  told.tally.record(JobCutOff{1300s, 200s, kWork, false});
  const TrainingOutcome outcome = told.tally.take().training[0];
  CHECK(outcome.backlog_at_end == 2);
  CHECK(outcome.waiting_at_end == 1);
  CHECK(outcome.deadline_missed == 1);  // submitted at 200 s, due at 400 s
}

TEST_CASE("node time is cut to the window and spread over its slices", "[tally]") {
  Told told;
  told.tally.record(NodeRequested{40s, {1}, {0}});
  // [40, 550): 450 s of the window: all of the first slice, half of the second.
  told.tally.record(NodeGone{550s, 40s, {1}, {0}, NodeGone::Why::empty});
  const PoolOutcome pool = told.tally.take().pools[0];
  CHECK(pool.node_time == 450s);
  CHECK(pool.nodes == std::vector<double>{1, 0.5, 0, 0});
  CHECK(pool.launched == 0);  // before the window
  CHECK(pool.removed == 1);
  CHECK(pool.reclaims == std::vector<std::int64_t>{0, 0, 0, 0});
}

TEST_CASE("a reclaim is told with its slice", "[tally]") {
  Told told;
  told.tally.record(NodeRequested{110s, {1}, {0}});
  told.tally.record(NodeGone{800s, 110s, {1}, {0}, NodeGone::Why::reclaimed});  // 700 s in: the third
  told.tally.record(NodeRequested{20s, {1}, {0}});
  told.tally.record(NodeGone{90s, 20s, {1}, {0}, NodeGone::Why::reclaimed});  // before the window
  CHECK(told.tally.take().pools[0].reclaims == std::vector<std::int64_t>{0, 0, 1, 0});
}

TEST_CASE("launches that fail are counted by nodes, in the window, unless another type comes",
          "[tally]") {
  Told told;
  LaunchFailed failed{.at = 99s, .platform = {1}, .pool = {0}, .nodes = 3};
  told.tally.record(failed);  // before the window
  failed.at = 100s;
  told.tally.record(failed);
  failed.instead = TypeId{1};
  told.tally.record(failed);
  failed = {.at = 500s, .platform = {1}, .pool = {0}};
  told.tally.record(failed);
  const PoolOutcome pool = told.tally.take().pools[0];
  CHECK(pool.launches_failed == 4);
  CHECK(pool.launched == 0);
}

TEST_CASE("nodes that did not register are counted by themselves", "[tally]") {
  Told told;
  told.tally.record(NodeGone{99s, 20s, {1}, {0}, NodeGone::Why::unregistered});  // before the window
  told.tally.record(NodeGone{100s, 20s, {1}, {0}, NodeGone::Why::unregistered});
  const PoolOutcome pool = told.tally.take().pools[0];
  CHECK(pool.unregistered == 1);
  CHECK(pool.removed == 0);
  CHECK(pool.reclaimed == 0);
}

TEST_CASE("who waits is spread over the slices, whenever submitted", "[tally]") {
  Told told;  // slices [100, 400), [400, 700), ...
  told.tally.record(JobSubmitted{40s, kWork});
  told.start(40s, 250s);  // [100, 250) of the first: half of it
  told.tally.record(JobSubmitted{550s, kWork});
  told.tally.record(JobCutOff{1300s, 550s, kWork, false});  // half of the second, all after it
  CHECK(told.tally.take().training[0].waiting == std::vector<double>{0.5, 0.5, 1, 1});
}

}  // namespace
}  // namespace berth
