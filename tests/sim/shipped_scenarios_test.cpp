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
    for (const auto& outcomes : run.outcomes)
      if (outcomes[0]) check_laws(*outcomes[0]);
    // Common random numbers: every placement is asked for the same jobs.
    for (std::size_t i = 0; i < scenario.training.size(); ++i)
      for (const auto& outcomes : run.outcomes)
        CHECK(outcomes[0]->training[i].submitted == run.outcomes[0][0]->training[i].submitted);
  }
}

}  // namespace
}  // namespace berth
