// The scenarios we ship, every placement of every one: they load, they run, and the laws hold.
#include <catch2/catch.hpp>
#include <algorithm>
#include <filesystem>

#include "scenarios/read_scenario.h"
#include "sim/replicate.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

std::vector<std::string> shipped() {
  const std::filesystem::path folder = std::filesystem::path(BERTH_SOURCE_DIR) / "scenarios";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

// Common random numbers: every placement is asked for the same jobs and the same start goals, and
// every one gets work done. Jobs that come after others come when the placement has those done.
void check_same_world(const Scenario& scenario, const Outcome& outcome, const Outcome& first) {
  for (std::size_t i = 0; i < first.training.size(); ++i) {
    const TrainingOutcome& jobs = outcome.training[i];
    CAPTURE(i);
    if (!std::holds_alternative<After>(scenario.training[i].schedule)) {
      CHECK(jobs.submitted == first.training[i].submitted);
      CHECK(jobs.slo_due == first.training[i].slo_due);
    }
    CHECK(jobs.turnaround.count() == static_cast<std::uint64_t>(jobs.completed));
    CHECK((jobs.submitted == 0 || jobs.started > 0));
  }
  for (const ServiceOutcome& service : outcome.services) CHECK(service.latency.count() > 0);
}

TEST_CASE("every placement of every shipped scenario keeps the laws", "[sim][scenarios]") {
  const auto files = shipped();
  REQUIRE(files.size() >= 7);
  for (const std::string& file : files) {
    CAPTURE(file);
    const Loaded loaded = load_scenario(file, {});
    REQUIRE(loaded.issues.empty());
    const Scenario& scenario = *loaded.scenario;
    const Replicated run =
        replicate(scenario, scenario.placements, {.replications = 1, .seed = 3, .workers = 2});
    for (const Failure& failure : run.failures) FAIL_CHECK(failure.reason);
    REQUIRE(run.failures.empty());
    for (const auto& outcomes : run.outcomes) {
      REQUIRE(outcomes[0]);
      check_laws(*outcomes[0]);
      check_same_world(scenario, *outcomes[0], *run.outcomes[0][0]);
    }
  }
}

}  // namespace
}  // namespace berth
