#include "models/kubernetes/hpa.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "models/random_stream.h"

namespace berth {
namespace {

std::vector<HpaPod> running(int count) {
  std::vector<HpaPod> pods;
  for (int i = 0; i < count; ++i)
    pods.push_back({.id = {i}, .ready_since = Seconds{-3600}, .started = Seconds{-3600}});
  return pods;
}

// Every pod requests one core; `milli` are the samples of the first pods.
MetricReading cpu(std::size_t pods, std::vector<std::int64_t> milli) {
  MetricReading reading;
  for (const std::int64_t value : milli)
    reading.samples.push_back(
        {.pod = {static_cast<int>(reading.samples.size())}, .value_milli = value});
  reading.requests_milli.assign(pods, 1000);
  return reading;
}

std::int32_t replicas(const ProposalOrProblem& result) {
  return std::get<Proposal>(result).replicas;
}

ProposalOrProblem propose_cpu(std::int64_t percent, const MetricReading& reading,
                              const std::vector<HpaPod>& pods, std::int32_t current,
                              Seconds now = Seconds{0}) {
  return propose(UtilisationTarget{.percent = percent}, reading, pods, {current, current}, {}, {},
                 now);
}

// One external metric of `per_pod` a pod; the load is set by the test.
struct External {
  HpaSpec spec;
  HpaState state;
  std::int32_t now_replicas;

  External(std::int32_t replicas, std::int32_t max) : now_replicas(replicas) {
    spec.max_replicas = max;
    spec.metrics = {TotalPerPodTarget{.milli = 1000}};
  }
  HpaDecision sync_at(double at, std::int64_t load) {
    HpaInputs inputs{.current = {now_replicas, now_replicas}, .pods = {}, .readings = {{}}};
    inputs.readings[0].total_milli = load * 1000;
    const HpaDecision decision = sync(spec, state, inputs, Seconds{at});
    now_replicas = decision.replicas;
    return decision;
  }
};

TEST_CASE("utilisation is a whole percentage, cut off", "[hpa]") {
  // 559 of 1000 is 55 %, 1.1 of the target and just within tolerance; 55.9 % would scale.
  const auto result = propose_cpu(50, cpu(2, {559, 559}), running(2), 2);
  CHECK(std::get<Proposal>(result).utilisation_percent == 55);
  CHECK(replicas(result) == 2);
  // 56 % is 1.12 of the target: ceil(1.12 x 2) = 3.
  CHECK(replicas(propose_cpu(50, cpu(2, {560, 560}), running(2), 2)) == 3);
}

TEST_CASE("each direction has a tolerance of its own", "[hpa]") {
  struct Row {
    const char* because;
    double down, up;
    std::int64_t load;  // of 20 replicas that are to have 1 each
    std::int32_t proposed;
  };
  const auto row = GENERATE(values<Row>({
      {"21 / 20 is 1.05, within the common 10 %", 0.1, 0.1, 21, 20},
      {"none upwards: ceil(21 / 1)",              0.3, 0.0, 21, 21},
      {"30 % downwards holds 15 / 20 = 0.75",     0.3, 0.0, 15, 20},
      {"but not 13 / 20 = 0.65",                  0.3, 0.0, 13, 13},
      {"the other way round 15 / 20 goes down",   0.0, 0.3, 15, 15},
      {"and 25 / 20 = 1.25 stays",                0.0, 0.3, 25, 20},
      {"until 27 / 20 = 1.35",                    0.0, 0.3, 27, 27},
  }));
  CAPTURE(row.because);
  External one(20, 100);
  one.spec.tolerance = {.down = row.down, .up = row.up};
  CHECK(one.sync_at(15, row.load).proposed == row.proposed);
}

TEST_CASE("a proposal says whether the tolerance made it", "[hpa]") {
  const auto tolerated = [](const ProposalOrProblem& result) {
    return std::get<Proposal>(result).tolerated;
  };
  CHECK(tolerated(propose_cpu(50, cpu(2, {559, 559}), running(2), 2)));
  CHECK_FALSE(tolerated(propose_cpu(50, cpu(2, {560, 560}), running(2), 2)));
  // 90 % of 50 %, but with two pending pods 45 %: within the tolerance once they are counted.
  auto pods = running(4);
  pods[2].phase = pods[3].phase = PodPhase::pending;
  CHECK(tolerated(propose_cpu(50, cpu(4, {900, 900}), pods, 4)));
  // That is what is told: 45 of 50; nothing is filled in where all count.
  CHECK(std::get<Proposal>(propose_cpu(50, cpu(4, {900, 900}), pods, 4)).filled_ratio == 0.9);
  CHECK_FALSE(std::get<Proposal>(propose_cpu(50, cpu(2, {559, 559}), running(2), 2)).filled_ratio);
  // 30 %, and 65 % with the missing pod: what stays there is not within the tolerance.
  CHECK_FALSE(tolerated(propose_cpu(50, cpu(2, {300}), running(2), 2)));
  const auto of_total = [](const MetricTarget& target, std::int64_t milli) {
    return propose(target, {.total_milli = milli}, running(2), {2, 2}, {}, {}, Seconds{0});
  };
  CHECK(tolerated(of_total(TotalTarget{.milli = 1000}, 1100)));
  CHECK_FALSE(tolerated(of_total(TotalTarget{.milli = 1000}, 1101)));
  CHECK(tolerated(of_total(TotalPerPodTarget{.milli = 500}, 1100)));
  CHECK_FALSE(tolerated(of_total(TotalPerPodTarget{.milli = 500}, 1101)));
}

TEST_CASE("the ratio multiplies the ready pods, not the replicas", "[hpa]") {
  // Five replicas, two of them pending, 30 % against 60 %: ceil(0.5 x 3) = 2, not ceil(0.5 x 5) = 3.
  auto pods = running(5);
  pods[3].phase = pods[4].phase = PodPhase::pending;
  CHECK(replicas(propose_cpu(60, cpu(5, {300, 300, 300}), pods, 5)) == 2);
}

TEST_CASE("pending pods damp a scale-up", "[hpa]") {
  // Ratio 90 / 50 = 1.8 over two pods; with two pending ones at zero 45 / 50 = 0.9 is on the other
  // side of one: no change.
  auto pods = running(4);
  pods[2].phase = pods[3].phase = PodPhase::pending;
  CHECK(replicas(propose_cpu(50, cpu(4, {900, 900}), pods, 4)) == 4);
}

TEST_CASE("a missing pod counts as busy when scaling down and as idle when scaling up", "[hpa]") {
  struct Row {
    const char* because;
    std::int64_t percent, sample;
    int current, expected;
  };
  const auto row = GENERATE(values<Row>({
      // (300 + 1000) / 2000 = 65 % of 100 %: ceil(0.65 x 2) = 2
      {"down: with its whole request", 100, 300, 2, 2},
      // (300 + 2000) / 2000 = 115 % of 200 %, r' = 0.575: ceil(0.575 x 2) = 2
      {"down: with the target when above 100 %", 200, 300, 2, 2},
      // (300 + 0) / 2000 would be down; r = 0.6, filled 65 / 50 > 1: other side
      {"down: never turned into up", 50, 300, 2, 2},
      // 1500 / 1000 = 150 %, r = 3; 75 / 50 = 1.5: ceil(1.5 x 2) = 3
      {"up: with nothing", 50, 1500, 2, 3},
  }));
  CAPTURE(row.because);
  CHECK(replicas(propose_cpu(row.percent, cpu(2, {row.sample}), running(2), row.current)) ==
        row.expected);
}

TEST_CASE("a pod's readiness decides whether its CPU counts", "[hpa]") {
  struct Case {
    const char* because;
    PodPhase phase;
    std::optional<bool> ready;
    double ready_since, started, sample;
    bool counts;
  };
  const auto row = GENERATE(values<Case>({
      {"pending", PodPhase::pending, true, -900, -900, 0, false},
      {"no Ready condition", PodPhase::running, {}, 0, -900, 0, false},
      {"starting and not ready", PodPhase::running, false, -100, -100, 0, false},
      {"starting, the sample began before ready", PodPhase::running, true, -59, -100, 0, false},
      {"starting, the sample began at ready", PodPhase::running, true, -60, -100, 0, true},
      {"started exactly 5 min ago: no longer new", PodPhase::running, true, 0, -300, 0, true},
      {"old and never ready", PodPhase::running, false, -880, -900, 0, false},
      {"old, was ready, is not now", PodPhase::running, false, -50, -900, 0, true},
  }));
  CAPTURE(row.because);
  const std::vector pods{HpaPod{.id = {0},
                                .phase = row.phase,
                                .ready = row.ready,
                                .ready_since = Seconds{row.ready_since},
                                .started = Seconds{row.started}}};
  const std::vector samples{PodSample{.pod = {0}, .value_milli = 1, .taken = Seconds{row.sample}}};
  const PodClasses cpu_classes = classify_pods(pods, samples, true, {}, Seconds{0});
  CHECK(cpu_classes.ready.size() == (row.counts ? 1 : 0));
  // Memory has no such rule: only pending pods stay out.
  const PodClasses others = classify_pods(pods, samples, false, {}, Seconds{0});
  CHECK(others.ready.size() == (row.phase == PodPhase::pending ? 0 : 1));
}

TEST_CASE("from no replicas an external total scales up without tolerance", "[hpa]") {
  MetricReading reading;
  reading.total_milli = 1050;  // ratio 1.05
  CHECK(replicas(propose(TotalTarget{.milli = 1000}, reading, {}, {0, 0}, {}, {}, Seconds{0})) ==
        2);
}

TEST_CASE("without behaviour replicas double, with it four more may come", "[hpa]") {
  External legacy(3, 100);
  CHECK(legacy.sync_at(0, 100).replicas == 6);
  External behaved(3, 100);
  behaved.spec.behaviour.emplace();
  const HpaDecision decision = behaved.sync_at(0, 100);
  CHECK(decision.replicas == 7);  // max(3 + 4, 2 x 3)
  CHECK(decision.limited == Limit::scale_up_limit);
}

TEST_CASE("without behaviour one replica becomes 4, 8, 16", "[hpa]") {
  External hpa(1, 100);
  CHECK(hpa.sync_at(0, 100).replicas == 4);
  CHECK(hpa.sync_at(15, 100).replicas == 8);
  CHECK(hpa.sync_at(30, 100).replicas == 16);
}

TEST_CASE("the first sight of an autoscaler holds its replicas for a window", "[hpa]") {
  struct Row {
    const char* because;
    bool behaviour;
    double at;
    int expected;
  };
  const auto row = GENERATE(values<Row>({
      {"within the window", false, 299, 10},
      {"without behaviour an age of the window still counts", false, 300, 10},
      {"then it is over", false, 301, 2},
      {"with behaviour within the window", true, 299, 10},
      {"with behaviour an age of the window is over", true, 300, 2},
  }));
  CAPTURE(row.because);
  External hpa(10, 100);
  if (row.behaviour) hpa.spec.behaviour.emplace();
  const HpaDecision first = hpa.sync_at(0, 2);
  CHECK(first.replicas == 10);
  CHECK(first.able == AbleToScale::scale_down_stabilised);
  CHECK(hpa.sync_at(row.at, 2).replicas == row.expected);
}

TEST_CASE("an event as old as its policy's period no longer counts", "[hpa]") {
  External hpa(10, 100);
  hpa.spec.behaviour = ScalingBehaviour{.up = {.policies = {{PolicyUnit::pods, 2, Seconds{60}}}},
                                        .down = default_scale_down({})};
  CHECK(hpa.sync_at(0, 50).replicas == 12);
  CHECK(hpa.sync_at(59, 50).replicas == 12);  // 12 - 2 + 2
  CHECK(hpa.sync_at(60, 50).replicas == 14);
}

TEST_CASE("policies choose the greatest change, the least, or none", "[hpa]") {
  struct Row {
    const char* because;
    PolicyChoice choice;
    int up, down;
  };
  const auto row = GENERATE(values<Row>({
      // From 10: up 10 + 3 = 13 or ceil(10 x 1.55) = 16; down 10 - 3 = 7 or trunc(10 x 0.45) = 4
      {"greatest", PolicyChoice::greatest_change, 16, 4},
      {"least", PolicyChoice::least_change, 13, 7},
      {"disabled", PolicyChoice::disabled, 10, 10},
  }));
  CAPTURE(row.because);
  const ScalingRules rules{
      .choice = row.choice,
      .policies = {{PolicyUnit::pods, 3, Seconds{15}}, {PolicyUnit::percent, 55, Seconds{15}}}};
  CHECK(scale_up_limit(rules, {}, 10, Seconds{0}) == row.up);
  CHECK(scale_down_limit(rules, {}, 10, Seconds{0}) == row.down);
}

TEST_CASE("outside min and max it jumps there without metrics", "[hpa]") {
  External hpa(40, 10);
  hpa.spec.min_replicas = 3;
  const HpaDecision down = hpa.sync_at(0, 1000);
  CHECK(down.replicas == 10);
  CHECK(down.active == ScalingActive::not_asked);
  hpa.now_replicas = 1;
  CHECK(hpa.sync_at(15, 0).replicas == 3);
}

TEST_CASE("no replicas and a minimum above: switched off", "[hpa]") {
  External hpa(0, 10);
  const HpaDecision decision = hpa.sync_at(0, 1000);
  CHECK(decision.replicas == 0);
  CHECK(decision.active == ScalingActive::disabled);
}

TEST_CASE("a failing metric blocks scaling down and nothing else", "[hpa]") {
  struct Row {
    const char* because;
    std::int64_t load;
    int expected;
    ScalingActive active;
  };
  const auto row = GENERATE(values<Row>({
      {"the other metric wants more", 8, 8, ScalingActive::valid_metric_found},
      {"the other metric wants less", 2, 5, ScalingActive::failed_external},
  }));
  CAPTURE(row.because);
  HpaSpec spec;
  spec.max_replicas = 10;
  spec.metrics = {TotalTarget{.milli = 1}, TotalPerPodTarget{.milli = 1000}};
  HpaState state;
  state.seen = true;
  HpaInputs inputs{.current = {5, 5}, .pods = {}, .readings = {{}, {}}};
  inputs.readings[0].failed = true;
  inputs.readings[1].total_milli = row.load * 1000;
  const HpaDecision decision = sync(spec, state, inputs, Seconds{0});
  CHECK(decision.replicas == row.expected);
  CHECK(decision.active == row.active);
}

TEST_CASE("the metric that asks for most wins", "[hpa]") {
  HpaSpec spec;
  spec.max_replicas = 100;
  spec.metrics = {TotalPerPodTarget{.milli = 1000}, TotalPerPodTarget{.milli = 500}};
  HpaState state;
  state.seen = true;
  HpaInputs inputs{.current = {5, 5}, .pods = {}, .readings = {{}, {}}};
  for (MetricReading& reading : inputs.readings) reading.total_milli = 4000;
  const HpaDecision decision = sync(spec, state, inputs, Seconds{0});
  CHECK(decision.winner == 1);
  CHECK(decision.replicas == 8);
}

// What is dropped could never have been the greatest again: decisions stay, the log gets short.
TEST_CASE("an autoscaler that forgets what is outlived decides as one that keeps it all", "[hpa]") {
  External keeps(3, 40), forgets(3, 40);
  RandomStream stream(7, 0, Purpose::resampling, 0);
  std::size_t longest = 0;
  for (int i = 0; i < 2000; ++i) {
    const double at = 15.0 * i;
    const auto load =
        static_cast<std::int64_t>(20 + 15 * std::sin(at / 900) + 4 * stream.uniform());
    const HpaDecision full = keeps.sync_at(at, load), short_one = forgets.sync_at(at, load);
    REQUIRE(short_one.replicas == full.replicas);
    REQUIRE(short_one.stabilised == full.stabilised);
    REQUIRE(short_one.able == full.able);
    forget_outlived(forgets.state.recommendations, Seconds{at} - forgets.spec.downscale_window);
    longest = std::max(longest, forgets.state.recommendations.size());
  }
  // 300 s of syncs: the first one's note, 20 more, and one that is as old as the window.
  CHECK(keeps.state.recommendations.size() >= 20);
  CHECK(longest < 12);
  // A later entry that is less outlives nothing; an equal one does.
  std::vector<Recommendation> log = {
      {5, Seconds{0}}, {7, Seconds{100}}, {4, Seconds{200}}, {4, Seconds{250}}};
  forget_outlived(log, Seconds{50});
  REQUIRE(log.size() == 2);
  CHECK(log[0].replicas == 7);
  CHECK(log[1].at == Seconds{250});
}

TEST_CASE("a decision's room that is used again holds nothing of the last one", "[hpa]") {
  External one(2, 10);
  HpaInputs inputs{.current = {2, 2}, .pods = {}, .readings = {{}}};
  inputs.readings[0].total_milli = 6000;
  HpaDecision decision;
  sync(one.spec, one.state, inputs, Seconds{0}, decision);
  CHECK(decision.rescaled);
  CHECK(decision.winner.has_value());
  inputs.current = {20, 20};  // above the maximum: metrics are not asked
  sync(one.spec, one.state, inputs, Seconds{15}, decision);
  CHECK(decision.replicas == 10);
  CHECK(decision.active == ScalingActive::not_asked);
  CHECK_FALSE(decision.limited.has_value());
  CHECK(decision.proposals.empty());
  CHECK_FALSE(decision.winner.has_value());
  CHECK_FALSE(decision.proposed.has_value());
  CHECK_FALSE(decision.stabilised.has_value());
}

}  // namespace
}  // namespace berth
