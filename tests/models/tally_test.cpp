#include "models/tally.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

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
  CHECK(outcome.slo_met == 1);
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
  told.tally.record(NodeGone{550s, 40s, {1}, {0}, NodeGone::Why::removed});
  const PoolOutcome pool = told.tally.take().pools[0];
  CHECK(pool.node_time == 450s);
  CHECK(pool.nodes == std::vector<double>{1, 0.5, 0, 0});
  CHECK(pool.launched == 0);  // before the window
  CHECK(pool.removed == 1);
}

}  // namespace
}  // namespace berth
