// Prices change bills and nothing that happens: what lets `berth flip` price one simulation for all of their worlds.
#include <catch2/catch.hpp>

#include "planner/world.h"
#include "scenarios/read_scenario.h"
#include "sim/replicate.h"
#include "sim/wire.h"

namespace berth {
namespace {

Outcome without_money(Outcome outcome) {
  outcome.bill = {};
  for (TrainingOutcome& jobs : outcome.training) jobs.phase_cost = {};
  for (ServiceOutcome& service : outcome.services) service.starts.phase_cost = {};
  return outcome;
}

std::vector<Outcome> outcomes_of(const Scenario& scenario) {
  const Replicated run = replicate(scenario, scenario.placements, {.replications = 1, .seed = 3, .workers = 2});
  for (const Failure& failure : run.failures) FAIL_CHECK(failure.reason);
  std::vector<Outcome> outcomes;
  for (const auto& of : run.outcomes) outcomes.push_back(of.at(0).value());
  return outcomes;
}

TEST_CASE("in a world of other prices the same happens, and its bill is the one priced anew") {
  const Loaded loaded = load_scenario(BERTH_SOURCE_DIR "/scenarios/lyft-hybrid.yaml", {});
  REQUIRE(loaded.scenario);
  const Scenario& scenario = *loaded.scenario;
  const std::vector<Outcome> now = outcomes_of(scenario);
  for (const auto& [input, factor] : {std::pair(WorldInput::sagemaker_price, 1.7), std::pair(WorldInput::ec2_price, 1.37),
                                      std::pair(WorldInput::ec2_price, 0.3), std::pair(WorldInput::spot_price, 2.9)}) {
    CAPTURE(name_of(input), factor);
    REQUIRE(changes_bills_alone(scenario, input));
    PlanWorld world;
    world[input] = factor;
    const Scenario there = in_world(scenario, world);
    const std::vector<Outcome> then = outcomes_of(there);
    Usd moved;
    for (std::size_t p = 0; p < now.size(); ++p) {
      CAPTURE(scenario.placements[p].name);
      CHECK(encode(without_money(then[p])) == encode(without_money(now[p])));
      const auto bill = repriced(now[p].bill, there.catalogue);
      REQUIRE(bill);
      CHECK(bill->total == then[p].bill.total);
      CHECK(total_by_holder(*bill) == total_by_holder(then[p].bill));
      moved += bill->total - now[p].bill.total;
    }
    CHECK(moved != Usd{});
  }
}

}  // namespace
}  // namespace berth
