// scenarios/step-load.yaml against the course of its autoscaler that docs/model.md computes by hand.
#include <catch2/catch.hpp>

#include <ostream>

#include "scenarios/read_scenario.h"
#include "sim/replicate.h"
#include "sim/replication.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

Scenario step_load() {
  const Loaded loaded = load_scenario(std::string(BERTH_SOURCE_DIR) + "/scenarios/step-load.yaml", {});
  REQUIRE(loaded.issues.empty());
  return *loaded.scenario;
}

struct Decided {
  double after_step;
  int replicas;
  bool operator==(const Decided&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Decided& d) {
  return out << d.replicas << " at " << d.after_step;
}

std::vector<Decided> course(const Scenario& scenario, std::size_t placement) {
  const Recorded recorded = record_replication(scenario, scenario.placements[placement],
                                               {.seed = scenario.seed, .number = 0});
  check_laws(recorded.outcome);
  const double step = (scenario.warm_up + 1800s).count();
  std::vector<Decided> list;
  for (const Event& event : recorded.journal)
    if (const auto* hpa = std::get_if<HpaDecided>(&event))
      if (hpa->replicas != hpa->current && hpa->at >= scenario.warm_up) list.push_back({hpa->at.count() - step, hpa->replicas});
  return list;
}

// Without spare nodes every new pod takes 1 s until a node is asked for, 40 s to boot, 3.1 s to its
// container and 10 s to its probe: 54.1 s. Its first whole reading is that of the scrape 15 s later
// or more, and is read at the sync after that.
TEST_CASE("a step of load is followed in the three decisions computed by hand", "[sim][step]") {
  CHECK(course(step_load(), 0) ==
        std::vector<Decided>{{30, 8}, {120, 16}, {210, 32}});
}

// The metrics are away for five minutes from the step on: at 315 s the newest scrape that can be read is that of
// 300 s, whose window began before their end; at 330 s that of 315 s says 100 %.
TEST_CASE("without metrics a step is seen when they are back", "[sim][step]") {
  Scenario scenario = step_load();
  auto& hpa = std::get<HpaPolicy>(scenario.placements[0].services[0].replicas.autoscaler);
  hpa.outages = {{.from = scenario.warm_up + 1800s, .lasts = 300s}};
  const std::vector<Decided> seen = course(scenario, 0);
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.front() == Decided{330, 8});
}

// Eight spare nodes: the first eight new pods are ready 13.1 s after they were asked for.
TEST_CASE("with spare nodes the same step is followed sooner", "[sim][step]") {
  CHECK(course(step_load(), 1) ==
        std::vector<Decided>{{30, 8}, {75, 16}, {120, 24}, {165, 32}});
}

// Eight pause pods make way at once: four at 30 s, whose nodes come anew at 71 s; so all eight of 75 s
// find room, their nodes come anew at 116 s, and eight of the sixteen of 120 s find room.
TEST_CASE("with pause pods each step finds room that was made anew", "[sim][step]") {
  CHECK(course(step_load(), 2) == std::vector<Decided>{{30, 8}, {75, 16}, {120, 32}});
}

TEST_CASE("spare nodes shorten the spike of a step", "[sim][step]") {
  const Scenario scenario = step_load();
  const auto done = replicate(scenario, scenario.placements, {.workers = 2});
  REQUIRE(done.failures.empty());
  const auto recovered = [&](std::size_t placement) {
    const auto& spans = done.outcomes[placement][0]->services[0].overloads;
    REQUIRE_FALSE(spans.empty());
    return spans.back().to.count() - 1800;
  };
  // Slots reach 50 with the pods asked for at 210 s, or, with spare nodes, at 120 s: 55.1 s later; with
  // pause pods with those of 120 s that find room: 14.1 s later.
  CHECK(recovered(0) == Approx(265.1).margin(0.1));
  CHECK(recovered(1) == Approx(175.1).margin(0.1));
  CHECK(recovered(2) == Approx(134.1).margin(0.1));
  const auto lost = [&](std::size_t placement) {
    const ServiceOutcome& service = done.outcomes[placement][0]->services[0];
    check_laws(service);
    return service.timed_out / service.requests;
  };
  CHECK(lost(0) > 1.5 * lost(1));
  CHECK(lost(1) > 1.2 * lost(2));
}

}  // namespace
}  // namespace berth
