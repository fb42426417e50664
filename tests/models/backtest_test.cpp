#include "models/backtest.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

Calibration one_law(double mu, double sigma) {
  Calibration calibration;
  calibration.phases.push_back(
      {.residual = {{1, 0, sigma}}, .years = {{2023, mu, mu, mu, 1, 100}}});
  return calibration;
}

TimedPhase launch(double seconds, const char* family = "m5", int year = 2024) {
  return {StartupPhase::launch, family, Accelerator::none, year, 0, seconds};
}

TEST_CASE("the cut leaves the first fraction for training and never divides a moment",
          "[backtest]") {
  const std::vector<double> created{1, 2, 3, 3, 3, 6, 7, 8, 9, 10};
  struct Row {
    const char* because;
    double fraction, cut;
  };
  const Row rows[] = {
      {"six of ten",                              0.6, 7},
      {"0.3 * 10 is 3 although 0.3 is not exact", 0.3, 3},
      {"the moment 3 is held back as a whole",    0.4, 3},
      {"nothing to train on",                     0,   1},
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
  REQUIRE(got.rows.size() == 3);  // the same jobs by class, by year and by family
  CHECK(got.rows[0].group == "cpu");
  CHECK(got.rows[1].group == "cpu 2024");
  CHECK(got.rows[2].group == "m5");
  for (const auto at : {&BacktestRow::p10, &BacktestRow::p50, &BacktestRow::p90})
    CHECK((got.rows[0].*at).error == Approx(0.1).margin(1e-3));
  CHECK(median_error(got, &BacktestRow::p50).value() == Approx(0.1).margin(1e-3));
}

TEST_CASE("the interval is the spread of ranks", "[backtest]") {
  // 1..101 s: the quantile u is 1 + 100 u. Half a width at the median: 1.96 sqrt(0.25/101) =
  // 0.09752.
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
  two.phases[0].families.push_back({"c5", std::log(10.0), 0, 0, 100});  // ten times as long
  std::vector<TimedPhase> jobs(30, launch(10));
  jobs.insert(jobs.end(), 10, launch(100, "c5"));
  const BacktestRow cpu = backtest(jobs, two).rows.at(0);
  CHECK(cpu.n == 40);
  CHECK(cpu.p10.predicted == Approx(10).epsilon(0.1));
  CHECK(cpu.p90.predicted == Approx(100).epsilon(0.1));  // a quarter of the jobs
}

TEST_CASE("a year's jobs are held against that year's law", "[backtest]") {
  Calibration two = one_law(std::log(100.0), 0.05);
  two.phases[0].years.push_back({2024, std::log(50.0), 0, 0, 1, 100});
  std::vector<TimedPhase> jobs(10, launch(100, "m5", 2023));
  jobs.insert(jobs.end(), 30, launch(40, "m5", 2024));
  jobs.insert(jobs.end(), 10, launch(50, "m5", 0));  // no time is known: in no year's row
  const Backtest got = backtest(jobs, two);
  REQUIRE(got.rows.size() == 4);
  CHECK(got.rows[1].group == "cpu 2023");
  CHECK(got.rows[1].n == 10);
  CHECK(got.rows[1].p50.error == Approx(0).margin(1e-9));
  CHECK(got.rows[2].group == "cpu 2024");
  CHECK(got.rows[2].n == 30);
  CHECK(got.rows[2].p50.error == Approx(0.25));  // 50 s for 40 s
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

// n jobs a day apart, every third with an accelerator, phases known an hour later.
std::vector<SplitJob> daily(std::size_t n) {
  std::vector<SplitJob> jobs;
  for (std::size_t i = 0; i < n; ++i) {
    const double created = 86400.0 * static_cast<double>(i);
    jobs.push_back({created, created + 3600, i % 3 == 0 ? Accelerator::gpu : Accelerator::none,
                    i % 2 == 0 ? "m5" : "c5"});
  }
  return jobs;
}

TEST_CASE("no split lets a job influence its own prediction", "[backtest]") {
  std::vector<SplitJob> jobs = daily(97);
  // Still waiting at the cut after 58 jobs, and for a day more.
  jobs[50].known_s = jobs[60].created_s;
  for (const Split split : {Split::interleaved, Split::walk_forward, Split::time}) {
    CAPTURE(name_of(split));
    for (const Part& part : split_jobs(jobs, split, 0.6))
      for (const HeldBack& one : part)
        for (const std::size_t held : one.held_back) {
          CHECK_FALSE(std::ranges::binary_search(one.training, held));
          if (split == Split::interleaved) continue;
          // In time, nothing that was not known when the job was created.
          for (const std::size_t known : one.training)
            CHECK(jobs[known].known_s < jobs[held].created_s);
        }
  }
}

TEST_CASE("interleaved, a job is held back in two of five parts of 60 %", "[backtest]") {
  const std::vector<SplitJob> jobs = daily(100);
  const std::vector<Part> parts = split_jobs(jobs, Split::interleaved, 0.6);
  REQUIRE(parts.size() == 5);
  std::vector<int> held(jobs.size());
  for (const Part& part : parts) {
    CHECK(part.at(0).training.size() == 60);
    for (const std::size_t i : part.at(0).held_back) ++held[i];
  }
  CHECK(std::ranges::all_of(held, [](int times) { return times == 2; }));
  // Comparable jobs lie beside each other: of every kind 60 % train, to one job.
  for (const Part& part : parts) {
    std::size_t gpu = 0;
    for (const std::size_t i : part.at(0).training) gpu += jobs[i].accelerator == Accelerator::gpu;
    CHECK(std::abs(static_cast<double>(gpu) - 0.6 * 34) <= 1);
  }
}

TEST_CASE("a walk predicts the newest jobs block by block from what was known", "[backtest]") {
  const std::vector<Part> parts = split_jobs(daily(200), Split::walk_forward, 0.5);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].size() == 50);  // 100 jobs held back, 50 blocks at most
  std::size_t next = 100;
  for (const HeldBack& block : parts[0]) {
    CHECK(block.training.size() == next);  // a day apart, known within an hour
    for (const std::size_t i : block.held_back) CHECK(i == next++);
  }
  CHECK(next == 200);
}

TEST_CASE("a job still unfinished when the next is created does not train", "[backtest]") {
  std::vector<SplitJob> jobs = daily(10);
  jobs[4].known_s = jobs[9].created_s + 1;
  const std::vector<Part> parts = split_jobs(jobs, Split::walk_forward, 0.9);
  CHECK(parts.at(0).at(0).training == std::vector<std::size_t>{0, 1, 2, 3, 5, 6, 7, 8});
}

TEST_CASE("splits without held-back jobs are left away", "[backtest]") {
  for (const Split split : {Split::interleaved, Split::walk_forward, Split::time}) {
    CHECK(split_jobs(daily(10), split, 1).empty());
    CHECK(split_jobs({}, split, 0.6).empty());
    CHECK(split_named(name_of(split)) == split);
  }
  CHECK_FALSE(split_named("random"));
}

TEST_CASE("a job held back twice counts once, with both predictions", "[backtest]") {
  std::vector<TimedPhase> jobs;
  for (std::size_t i = 0; i < 30; ++i) {
    jobs.push_back(launch(10));
    jobs.back().job = i;
  }
  const std::vector<BacktestStep> steps{
      {jobs, one_law(std::log(5.0),  0.05)},
      {jobs, one_law(std::log(20.0), 0.05)}
  };
  const BacktestRow row = backtest(steps).rows.at(0);
  CHECK(row.n == 30);
  CHECK(row.p10.predicted == Approx(5).epsilon(0.1));
  CHECK(row.p90.predicted == Approx(20).epsilon(0.1));
}

}  // namespace
}  // namespace berth
