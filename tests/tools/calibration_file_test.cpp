#include "tools/calibration_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/backtest.h"
#include "models/image.h"
#include "scenarios/read_scenario.h"

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
  const JobHistory history =
      history_of(kHeader +
                 "2024-03-01T00:00:00,ml.m5.xlarge,70,90,140\n"
                 "2024-03-01T00:00:00,ml.m5.xlarge,70,90,140\n"  // a double
                 "2024-03-02T00:00:00,,70,90,140\n"              // no type
                 "2024-03-03T00:00:00,ml.m5.xlarge,,,\n"         // no phases
                 "2024-03-04T00:00:00,ml.m5.xlarge,0,0,1\n"      // local mode
                 "2024-03-05T00:00:00,ml.m5.xlarge,90,70,140\n"  // out of order
                 "2024-03-06T00:00:00,ml.m5.xla");               // cut off
  CHECK(history.records == 7);
  CHECK(history.jobs.size() == 1);
  std::int64_t left_out = 0;
  for (const auto& [reason, count] : history.left_out) left_out += count;
  CHECK(left_out == 6);
}

TEST_CASE("a calibration reads back as it was written", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i)
    phases.push_back(
        {StartupPhase::image, "m5", Accelerator::none, 2024, 1709251200.0 + i, 20 + 0.37 * i * i});
  const Calibration before = calibrate(phases);
  std::vector<Issue> issues;
  const auto after = read_calibration(write_calibration(before), "c.yaml", issues);
  CHECK(issues.empty());
  REQUIRE(after);
  REQUIRE(after->phases.size() == before.phases.size());
  for (std::size_t i = 0; i < before.phases.size(); ++i) {
    const CalibratedPhase &was = before.phases[i], &is = after->phases[i];
    CHECK(is.phase == was.phase);
    CHECK(is.observations == was.observations);
    CHECK(is.residual.at(0).mu == was.residual.at(0).mu);
    CHECK(is.residual.at(0).sigma == was.residual.at(0).sigma);
    CHECK(is.years.at(0).centre == was.years.at(0).centre);
    CHECK(is.years.at(0).spread == was.years.at(0).spread);
    CHECK(is.families.at(0).offset == was.families.at(0).offset);
    CHECK(is.first_s == 1709251200.0);  // 2024-03-01, a whole day
  }
}

TEST_CASE("a calibration laid over a scenario sets its platform's laws", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i)
    phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 1709251200.0,
                      quantile(lognormal(5, 0.3), (i + 0.5) / 40)});
  const std::string overlay = write_calibration(calibrate(phases));
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("berth-overlay-" + std::to_string(getpid()) + ".yaml");
  std::ofstream(file) << overlay;
  const std::string base = std::string(BERTH_SOURCE_DIR) + "/scenarios/quickstart.yaml";
  const std::vector<std::string> overlays{file.string()};
  const Loaded loaded = load_scenario(base, {}, overlays);
  std::filesystem::remove(file);
  CAPTURE(render_issues(loaded));
  REQUIRE(loaded.scenario);
  CHECK(loaded.scenario->name == "quickstart");  // not the overlay's
  const auto& platform = std::get<SageMaker>(loaded.scenario->platforms.at(0));
  CHECK(quantile(platform.launch_cpu, 0.5) == Approx(std::exp(5)).epsilon(0.01));
  CHECK(platform.capacity_error_cpu == 0);
  CHECK(platform.capacity_error_gpu > 0);  // not calibrated: stays
}

TEST_CASE("nodes and pods of a cluster set its laws, pulls are told beside", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i) {
    phases.push_back({StartupPhase::node, "g5", Accelerator::gpu, 2026, 1785542400.0,
                      quantile(lognormal(4.5, 0.2), (i + 0.5) / 40)});
    phases.push_back({StartupPhase::pod, "m5", Accelerator::none, 2026, 1785542400.0,
                      quantile(lognormal(1, 0.3), (i + 0.5) / 40)});
  }
  std::vector<LoggedPull> pulls;
  for (int i = 1; i <= 10; ++i) pulls.push_back({1 + 10.0 * i, Bytes{i * 1'000'000'000LL}, {}});
  const std::string text = write_calibration(calibrate(phases), {.cluster = "k"}, fit_pulls(pulls));
  CAPTURE(text);
  CHECK(text.find("  k:\n    node_boot:\n      gpu: {median: ") != std::string::npos);
  CHECK(text.find("    pod_overhead: {median: ") != std::string::npos);
  CHECK(text.find("compressed_mb_per_s: 100 ") != std::string::npos);
  CHECK(text.find(fmt::format("    inflate: {:.4g}MB/s", 100 * kUnpackedRatio)) != std::string::npos);
  std::vector<Issue> issues;
  REQUIRE(read_calibration(text, "c.yaml", issues));
}

TEST_CASE("a node's registration sets no boot, and a strange name is quoted", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i) {
    phases.push_back({StartupPhase::join, "m5", Accelerator::none, 2026, 1785542400.0,
                      quantile(lognormal(2, 0.2), (i + 0.5) / 40)});
    phases.push_back({StartupPhase::pod, "m5", Accelerator::none, 2026, 1785542400.0,
                      quantile(lognormal(1, 0.3), (i + 0.5) / 40)});
  }
  const std::string text = write_calibration(calibrate(phases), {.cluster = "a: b"}, {});
  CAPTURE(text);
  CHECK(text.find("node_boot:") == std::string::npos);
  CHECK(text.find("node_boot is not set") != std::string::npos);
  CHECK(text.find("  \"a: b\":\n") != std::string::npos);
  std::vector<Issue> issues;
  CHECK(read_calibration(text, "c.yaml", issues));
}

TEST_CASE("families launch by laws of their own", "[calibration_file]") {
  std::vector<TimedPhase> phases;
  for (int i = 0; i < 40; ++i)
    for (const auto& [family, mu] : {std::pair{"g5", 4.5}, {"p4d", 5.7}})
      phases.push_back({StartupPhase::launch, family, Accelerator::gpu, 2026, 1785542400.0,
                        quantile(lognormal(mu, 0.2), (i + 0.5) / 40)});
  const std::string text = write_calibration(calibrate(phases), {}, {});
  CAPTURE(text);
  const auto median_of = [&](const std::string& family) {
    const std::string before = "      " + family + ": {median: ";
    const std::size_t at = text.find(before, text.find("launch_by_family:"));
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + before.size()));
  };
  CHECK(median_of("g5") == Approx(std::exp(4.5)).epsilon(0.1));
  CHECK(median_of("p4d") == Approx(std::exp(5.7)).epsilon(0.1));
}

TEST_CASE("a broken calibration is refused with all its mistakes", "[calibration_file]") {
  struct Row {
    const char* because;
    const char* text;
    std::size_t issues;
  };
  const Row rows[] = {
      {"another file",                                                              "schema: berth/scenario/1\n",                                    1 },
      {"no mapping",                                                                "[]\n",                                                          1 },
      {"no phases",                                                                 "x-calibration:\n  schema: berth/calibration/2\n  phases: []\n", 1 },
      {"weights of 0.5, an unknown phase, sigma 0 and years out of order",
       "x-calibration:\n  schema: berth/calibration/2\n  phases:\n"
       "  - {phase: lunch, class: cpu, observations: 20, lower_bounds: 0,\n"
       "     instant: 0, distance: 0.1, first: 2024-01-01, last: 2024-02-01,\n"
       "     residual: [{weight: 0.5, mu: 4, sigma: 0}], families: [], years: [\n"
       "     {year: 2024, centre: 4, low: 3, high: 5, spread: 1, observations: 10},\n"
       "     {year: 2023, centre: 4, low: 3, high: 5, spread: 1, observations: 10}]}\n",                                                             4 },
      {"a phase of nothing: eleven keys are missing, phase and class are no words",
       "x-calibration:\n  schema: berth/calibration/2\n  phases:\n  - {}\n",                                                                         13},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    std::vector<Issue> issues;
    CHECK_FALSE(read_calibration(row.text, "c.yaml", issues));
    CHECK(issues.size() == row.issues);
  }
}

TEST_CASE("every job of the public log is used or counted", "[calibration_file]") {
  const std::filesystem::path file =
      std::filesystem::path(BERTH_SOURCE_DIR) / "../shared/data/startup/sagemaker_phase_log.csv";
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

// The target of docs/model.md, on the public log; and that a cut in time stays a harder question.
TEST_CASE("comparable jobs of the public log are predicted to 10 % and 20 %",
          "[calibration_file]") {
  const std::filesystem::path file =
      std::filesystem::path(BERTH_SOURCE_DIR) / "../shared/data/startup/sagemaker_phase_log.csv";
  if (!std::filesystem::exists(file)) {
    WARN("skipped: no public log here");
    return;
  }
  std::ifstream in(file);
  const JobHistory history = history_of(std::string(std::istreambuf_iterator<char>(in), {}));
  const Units units = units_of(history);
  const auto steps = [&](Split split) {
    std::vector<BacktestStep> all;
    for (const Part& part : split_jobs(units.what, split, 0.6))
      for (const HeldBack& one : part)
        all.push_back({units.of(one.held_back), calibrate(units.of(one.training))});
    return all;
  };
  const Backtest fit = backtest(steps(Split::interleaved));
  CHECK(median_error(fit, &BacktestRow::p50).value() <= 0.10);
  CHECK(median_error(fit, &BacktestRow::p90).value() <= 0.20);
  const Backtest cut = backtest(steps(Split::time));
  CHECK(median_error(cut, &BacktestRow::p50).value() >
        median_error(fit, &BacktestRow::p50).value());
}

}  // namespace
}  // namespace berth
