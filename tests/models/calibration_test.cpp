#include "models/calibration.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

// The law's own quantiles: a sample without luck.
void add(std::vector<TimedPhase>& to, const Distribution& law, int n, int year,
         const std::string& family = "m5", Accelerator accelerator = Accelerator::none) {
  for (int i = 0; i < n; ++i)
    to.push_back({StartupPhase::launch, family, accelerator, year, (year - 1970) * 365.25 * 86400,
                  quantile(law, (i + 0.5) / n)});
}

const CalibratedLaw* find(const Calibration& calibration, const std::string& scope, int year) {
  for (const CalibratedLaw& law : calibration.laws)
    if (law.scope == scope && law.year == year) return &law;
  return nullptr;
}

TEST_CASE("a year's law is the one its jobs were drawn from, for family and class", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4.5, 0.3), 200, 2024);
  const Calibration got = calibrate(phases);
  REQUIRE(got.laws.size() == 2);
  CHECK(got.laws[0].scope == "cpu");
  CHECK(got.laws[1].scope == "m5");
  REQUIRE(got.laws[1].components.size() == 1);
  CHECK(got.laws[1].components[0].mu == Approx(4.5).margin(1e-6));
  // 200 even quantiles miss the outermost 1/400 on either side: sigma is a little small.
  CHECK(got.laws[1].components[0].sigma == Approx(0.3).margin(0.003));
  CHECK(got.laws[1].from_year == 2024);
}

TEST_CASE("a year with too few jobs takes older ones, and without enough is refused",
          "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.2), 12, 2021);
  add(phases, lognormal(5, 0.2), 30, 2022);
  add(phases, lognormal(4, 0.2), 8, 2023);
  const Calibration got = calibrate(phases);
  CHECK(find(got, "m5", 2021) == nullptr);
  REQUIRE(got.refused.size() == 2);  // 2021 of cpu and of m5
  CHECK(got.refused[0].observations == 12);
  REQUIRE(find(got, "m5", 2022) != nullptr);
  CHECK(find(got, "m5", 2022)->from_year == 2022);
  CHECK(find(got, "m5", 2022)->observations == 30);
  REQUIRE(find(got, "m5", 2023) != nullptr);
  CHECK(find(got, "m5", 2023)->from_year == 2022);
  CHECK(find(got, "m5", 2023)->observations == 38);
}

TEST_CASE("a job gets the law whose sample reaches back least", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.2), 20, 2021, "m5");
  add(phases, lognormal(4, 0.2), 25, 2022, "c5");
  add(phases, lognormal(6, 0.2), 20, 2022, "g5", Accelerator::gpu);
  const Calibration got = calibrate(phases);
  struct Row {
    const char* because;
    const char* family;
    Accelerator accelerator;
    int year;
    const char* scope;
    int law_year;
  };
  const Row rows[] = {
      {"its own family and year", "m5", Accelerator::none, 2021, "m5", 2021},
      {"the class of 2022 is newer than the family of 2021", "m5", Accelerator::none, 2022, "cpu", 2022},
      {"the family before the class", "c5", Accelerator::none, 2022, "c5", 2022},
      {"the newest past stands for the future", "c5", Accelerator::none, 2026, "c5", 2022},
      {"a family nobody logged has its class", "t3", Accelerator::none, 2023, "cpu", 2022},
      {"classes are never mixed", "p4d", Accelerator::gpu, 2022, "gpu", 2022},
      {"before the first year, the earliest", "m5", Accelerator::none, 2019, "m5", 2021},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const CalibratedLaw* law =
        law_for(got, {StartupPhase::launch, row.family, row.accelerator, row.year});
    REQUIRE(law != nullptr);
    CHECK(law->scope == row.scope);
    CHECK(law->year == row.law_year);
  }
  CHECK(law_for(got, {StartupPhase::image, "m5", Accelerator::none, 2022}) == nullptr);
}

TEST_CASE("intervals are those of a normal sample", "[calibration]") {
  CalibratedLaw law{.components = {{1, 4, 0.5}}, .observations = 100};
  const ComponentIntervals one = intervals(law).at(0);
  CHECK(one.mu.high - 4 == Approx(1.96 * 0.5 / 10).epsilon(1e-4));           // sigma / sqrt n
  CHECK(one.sigma.high - 0.5 == Approx(1.96 * 0.5 / std::sqrt(200.0)).epsilon(1e-4));
  CHECK(one.weight.low == 1);
}

TEST_CASE("grades ask for many jobs of one year and a close fit", "[calibration]") {
  const auto of = [](std::size_t n, int years_back, double distance) {
    return grade({.year = 2024, .from_year = 2024 - years_back, .observations = n, .distance = distance});
  };
  CHECK(of(100, 0, 0.1) == 'A');
  CHECK(of(100, 1, 0.1) == 'B');
  CHECK(of(100, 0, 0.2) == 'C');
  CHECK(of(49, 0, 0.05) == 'C');
}

TEST_CASE("instant phases are counted, lower bounds fitted, order does not matter", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.3), 30, 2024);
  phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 0});
  phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 500, true});
  const Calibration got = calibrate(phases);
  CHECK(got.laws.at(0).instant == 1);
  CHECK(got.laws.at(0).lower_bounds == 1);
  CHECK(got.laws.at(0).observations == 30);
  std::vector<TimedPhase> reversed(phases.rbegin(), phases.rend());
  CHECK(calibrate(reversed).laws.at(0).components.at(0).mu == got.laws[0].components.at(0).mu);
}

TEST_CASE("a huge group is fitted on an even part of it", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.3), 50'000, 2024);
  const Calibration got = calibrate(phases);
  CHECK(got.laws.at(0).observations == 50'000);
  CHECK(got.laws.at(0).components.at(0).mu == Approx(4).margin(1e-3));
}

}  // namespace
}  // namespace berth
