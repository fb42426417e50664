#include "tools/calibration_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/backtest.h"

namespace berth {
namespace {

const std::string kHeader =
    "job_start_utc,instance_type,t_downloading_data,t_downloading_image,t_training_started\n";

JobHistory history_of(const std::string& text) {
  std::istringstream in(text);
  const HistoryInput input{"log", &in};
  JobHistory history = read_job_history({&input, 1});
  keep_calibratable(history);
  return history;
}

TEST_CASE("a job's phases are parts of its way to Training", "[calibration_file]") {
  const JobHistory history = history_of(kHeader + "2024-03-01T00:00:00,ml.g5.xlarge,70,90,140\n");
  const auto phases = timed_phases(history.jobs);
  REQUIRE(phases.size() == 5);
  const double expected[] = {70, 20, 50, 70, 140};  // 90-70, 140-90, 140-70
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(phases[i].phase == static_cast<StartupPhase>(i));
    CHECK(phases[i].seconds == expected[i]);
    CHECK(phases[i].family == "g5");
    CHECK(phases[i].accelerator == Accelerator::gpu);
    CHECK(phases[i].year == 2024);
  }
}

TEST_CASE("what is not calibrated is counted by reason", "[calibration_file]") {
  const JobHistory history = history_of(
      kHeader +
      "2024-03-01T00:00:00,ml.m5.xlarge,70,90,140\n"
      "2024-03-01T00:00:00,ml.m5.xlarge,70,90,140\n"   // a double
      "2024-03-02T00:00:00,,70,90,140\n"               // no type
      "2024-03-03T00:00:00,ml.m5.xlarge,,,\n"          // no phases
      "2024-03-04T00:00:00,ml.m5.xlarge,0,0,1\n"       // local mode
      "2024-03-05T00:00:00,ml.m5.xlarge,90,70,140\n"   // out of order
      "2024-03-06T00:00:00,ml.m5.xla");                // cut off
  CHECK(history.records == 7);
  CHECK(history.jobs.size() == 1);
  std::int64_t left_out = 0;
  for (const auto& [reason, count] : history.left_out) left_out += count;
  CHECK(left_out == 6);
}

TEST_CASE("a calibration reads back as it was written", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i)
    phases.push_back({StartupPhase::image, "m5", Accelerator::none, 2024, 1709251200.0 + i,
                      20 + 0.37 * i * i});
  const Calibration before = calibrate(phases);
  std::vector<Issue> issues;
  const auto after = read_calibration(write_calibration(before), "c.yaml", issues);
  CHECK(issues.empty());
  REQUIRE(after);
  REQUIRE(after->laws.size() == before.laws.size());
  for (std::size_t i = 0; i < before.laws.size(); ++i) {
    CHECK(after->laws[i].scope == before.laws[i].scope);
    CHECK(after->laws[i].observations == before.laws[i].observations);
    CHECK(after->laws[i].components.at(0).mu == before.laws[i].components.at(0).mu);
    CHECK(after->laws[i].components.at(0).sigma == before.laws[i].components.at(0).sigma);
    CHECK(after->laws[i].first_s == 1709251200.0);  // 2024-03-01, a whole day
  }
}

TEST_CASE("a broken calibration is refused with all its mistakes", "[calibration_file]") {
  struct Row {
    const char* because;
    const char* text;
    std::size_t issues;
  };
  const Row rows[] = {
      {"another file", "schema: berth/scenario/1\n", 1},
      {"no mapping", "[]\n", 1},
      {"no laws", "schema: berth/calibration/1\nlaws: []\n", 1},
      {"weights of 0.5, an unknown phase and sigma 0",
       "schema: berth/calibration/1\nlaws:\n"
       "  - {phase: lunch, scope: cpu, year: 2024, from_year: 2024, observations: 20, lower_bounds: 0,\n"
       "     instant: 0, distance: 0.1, first: 2024-01-01, last: 2024-02-01,\n"
       "     components: [{weight: 0.5, mu: 4, sigma: 0}]}\n",
       3},
      {"a law of nothing: eleven keys are missing", "schema: berth/calibration/1\nlaws:\n  - {}\n", 12},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    std::vector<Issue> issues;
    CHECK_FALSE(read_calibration(row.text, "c.yaml", issues));
    CHECK(issues.size() == row.issues);
  }
}

TEST_CASE("every job of the public log is used or counted", "[calibration_file]") {
  const std::filesystem::path file = std::filesystem::path(BERTH_SOURCE_DIR) /
                                     "../shared/data/startup/sagemaker_phase_log.csv";
  if (!std::filesystem::exists(file)) {
    WARN("skipped: no public log here");
    return;
  }
  std::ifstream in(file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const JobHistory history = history_of(text);
  std::int64_t left_out = 0;
  for (const auto& [reason, count] : history.left_out) left_out += count;
  CHECK(history.records == 219);  // rows of the file
  CHECK(static_cast<std::int64_t>(history.jobs.size()) + left_out == history.records);
  const Calibration calibration = calibrate(timed_phases(history.jobs));
  const Backtest same = backtest(timed_phases(history.jobs), calibration);
  CHECK(same.unpredicted == 0);
}

}  // namespace
}  // namespace berth
