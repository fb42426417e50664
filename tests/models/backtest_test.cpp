#include "models/backtest.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

Calibration one_law(double mu, double sigma) {
  Calibration calibration;
  calibration.laws.push_back({.scope = "cpu", .year = 2023, .from_year = 2023,
                              .components = {{1, mu, sigma}}, .observations = 100});
  return calibration;
}

TimedPhase launch(double seconds, const char* family = "m5", int year = 2024) {
  return {StartupPhase::launch, family, Accelerator::none, year, 0, seconds};
}

TEST_CASE("the cut leaves the first fraction for training and never divides a moment", "[backtest]") {
  const std::vector<double> created{1, 2, 3, 3, 3, 6, 7, 8, 9, 10};
  struct Row {
    const char* because;
    double fraction, cut;
  };
  const Row rows[] = {
      {"six of ten", 0.6, 7},
      {"0.3 * 10 is 3 although 0.3 is not exact", 0.3, 3},
      {"the moment 3 is held back as a whole", 0.4, 3},
      {"nothing to train on", 0, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(cut_in_time(created, row.fraction) == row.cut);
  }
  CHECK(std::isinf(cut_in_time(created, 1)));
  CHECK(std::isinf(cut_in_time({}, 0.5)));
}

TEST_CASE("a law that is 10 % slow is an error of 10 % at every quantile", "[backtest]") {
  std::vector<TimedPhase> jobs;
  const Distribution law = lognormal(4, 0.3);
  for (int i = 0; i < 4001; ++i) jobs.push_back(launch(quantile(law, (i + 0.5) / 4001)));
  const Backtest got = backtest(jobs, one_law(4 + std::log(1.1), 0.3));
  REQUIRE(got.rows.size() == 2);  // cpu and m5: the same jobs
  CHECK(got.rows[0].group == "cpu");
  CHECK(got.rows[1].group == "m5");
  for (const auto at : {&BacktestRow::p10, &BacktestRow::p50, &BacktestRow::p90})
    CHECK((got.rows[0].*at).error == Approx(0.1).margin(1e-3));
  CHECK(median_error(got, &BacktestRow::p50).value() == Approx(0.1).margin(1e-3));
}

TEST_CASE("the interval is the spread of ranks", "[backtest]") {
  // 1..101 s: the quantile u is 1 + 100 u. Half a width at the median: 1.96 sqrt(0.25/101) = 0.09752.
  std::vector<TimedPhase> jobs;
  for (int i = 1; i <= 101; ++i) jobs.push_back(launch(i));
  const BacktestRow row = backtest(jobs, one_law(std::log(51.0), 1)).rows.at(0);
  CHECK(row.p50.actual == Approx(51));
  CHECK(row.p50.actual_low == Approx(51 - 9.752).margin(1e-3));
  CHECK(row.p50.actual_high == Approx(51 + 9.752).margin(1e-3));
  CHECK(row.p50.error == Approx(0).margin(1e-9));
  CHECK(row.p50.error_high == Approx(51 / 41.248 - 1).margin(1e-4));
}

TEST_CASE("a group of jobs with two laws is predicted by their mixture", "[backtest]") {
  Calibration two = one_law(std::log(10.0), 0.05);
  two.laws.push_back({.scope = "c5", .year = 2024, .from_year = 2024,
                      .components = {{1, std::log(100.0), 0.05}}, .observations = 100});
  std::vector<TimedPhase> jobs(30, launch(10));
  jobs.insert(jobs.end(), 10, launch(100, "c5"));
  const BacktestRow cpu = backtest(jobs, two).rows.at(0);
  CHECK(cpu.n == 40);
  CHECK(cpu.p10.predicted == Approx(10).epsilon(0.1));
  CHECK(cpu.p90.predicted == Approx(100).epsilon(0.1));  // a quarter of the jobs
}

TEST_CASE("what cannot be compared is counted, small groups are not judged", "[backtest]") {
  std::vector<TimedPhase> jobs{launch(10), launch(0)};
  jobs.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 50, true});
  jobs.push_back({StartupPhase::image, "m5", Accelerator::none, 2024, 0, 50});
  const Backtest got = backtest(jobs, one_law(2, 1));
  CHECK(got.instant == 1);
  CHECK(got.lower_bounds == 1);
  CHECK(got.unpredicted == 1);
  CHECK_FALSE(median_error(got, &BacktestRow::p50));
}

}  // namespace
}  // namespace berth
