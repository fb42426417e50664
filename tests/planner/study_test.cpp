#include "planner/study.h"

#include <catch2/catch.hpp>

#include "tests/planner/canned.h"

using namespace berth;

namespace {

// Two placements; the second one loses its last replication, or all of them.
Simulated simulated(bool second_works) {
  Simulated s;
  s.outcomes = {
      {canned::outcome(), canned::outcome()},
      {std::nullopt,      std::nullopt     }
  };
  if (second_works) s.outcomes[1][0] = canned::outcome();
  s.failures = {
      {"cheap", {1, 1}, "killed by signal 11"}
  };
  return s;
}

Study study_of(const Simulated& canned_answer) {
  const Scenario scenario = canned::scenario();
  std::vector<Placement> placements(2, scenario.placements[0]);
  placements[1].name = "cheap";
  return study(scenario, placements,
               [&](const Scenario&, std::span<const Placement>) { return canned_answer; });
}

}  // namespace

TEST_CASE("a study summarises every placement that came back") {
  const Study both = study_of(simulated(true));
  REQUIRE(both.placements.size() == 2);
  CHECK(both.placements[1].placement == "cheap");
  CHECK(both.placements[1].replications == 1);
  CHECK(both.failures.size() == 1);
}

TEST_CASE("a placement without a single replication has no summary") {
  CHECK(study_of(simulated(false)).placements.size() == 1);
}

TEST_CASE("an interrupted study has no numbers") {
  Simulated cut = simulated(true);
  cut.interrupted = true;
  const Study result = study_of(cut);
  CHECK(result.interrupted);
  CHECK(result.placements.empty());
}
