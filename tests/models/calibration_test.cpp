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

const CalibratedPhase& only(const Calibration& calibration) {
  REQUIRE(calibration.phases.size() == 1);
  return calibration.phases.front();
}

TEST_CASE("a year's law is the one its jobs were drawn from", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4.5, 0.3), 200, 2024);
  const Calibration got = calibrate(phases);
  const auto law = law_for(got, phases.front());
  REQUIRE(law);
  const auto components = components_of(got, *law);
  REQUIRE(components.size() == 1);
  CHECK(components[0].mu == Approx(4.5).margin(1e-3));
  // 200 even quantiles miss the outermost 1/400 on either side: sigma is a little small.
  CHECK(components[0].sigma == Approx(0.3).margin(0.004));
  CHECK(only(got).years.at(0).observations == 200);
}

TEST_CASE("years of many jobs keep their own medians, however far apart", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.2), 100, 2022);
  add(phases, lognormal(4, 0.2), 100, 2023);
  const Calibration got = calibrate(phases);
  const CalibratedPhase& phase = only(got);
  REQUIRE(phase.years.size() == 2);
  // A step of 1 beside a deviation of 0.2: hardly anything is shrunk.
  CHECK(phase.years[0].centre == Approx(5).margin(0.01));
  CHECK(phase.years[1].centre == Approx(4).margin(0.01));
  CHECK(phase.between_years > 0.5);
}

TEST_CASE("a year of few jobs leans on its neighbours, and says how little it knows",
          "[calibration]") {
  std::vector<TimedPhase> phases;
  for (int year = 2019; year <= 2022; ++year) add(phases, lognormal(5, 0.4), 60, year);
  add(phases, lognormal(5.6, 0.4), 2, 2023);
  const CalibratedPhase phase = only(calibrate(phases));
  const CalibratedYear& thin = phase.years.back();
  // Four equal years leave no reason to believe in steps: two jobs move the fifth only in part.
  CHECK(thin.centre > 5.0);
  CHECK(thin.centre < 5.3);
  CHECK(thin.high - thin.low > phase.years[1].high - phase.years[1].low);
}

TEST_CASE("a family has its own offset as far as its jobs show one", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4.8, 0.2), 80, 2024, "c5");
  add(phases, lognormal(5.2, 0.2), 80, 2024, "m5");
  add(phases, lognormal(9.0, 0.2), 2, 2024, "t3");
  const Calibration got = calibrate(phases);
  const CalibratedPhase& phase = only(got);
  REQUIRE(phase.families.size() == 2);  // t3 has fewer than a quarter of 20
  CHECK(phase.families[1].offset - phase.families[0].offset == Approx(0.4).margin(0.02));
  REQUIRE(got.refused.size() == 1);
  CHECK(got.refused[0].scope == "t3");
  CHECK(got.refused[0].observations == 2);
}

TEST_CASE("an outlier of hours moves no median", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.2), 40, 2024);
  const double before = only(calibrate(phases)).years.at(0).centre;
  for (int i = 0; i < 2; ++i)
    phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 20'000});
  // Least squares would move it by 2/42 (ln 20000 - 4) = 0.28. Huber lets each pull by 1.345 sigma
  // at most, against the 82 % of the 40 that lie within it; sigma is 0.2, a little more with the
  // two.
  CHECK(only(calibrate(phases)).years.at(0).centre - before < 2 * 1.345 * 0.22 / (0.82 * 40));
}

TEST_CASE("a year that scatters more has a greater spread", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.15), 80, 2022);
  add(phases, lognormal(5, 0.60), 80, 2023);
  const CalibratedPhase phase = only(calibrate(phases));
  CHECK(phase.years[1].spread / phase.years[0].spread > 2);
}

TEST_CASE("a class below the least is refused with its count", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.2), 19, 2024);
  const Calibration got = calibrate(phases);
  CHECK(got.phases.empty());
  REQUIRE(got.refused.size() == 1);
  CHECK(got.refused[0].scope == "cpu");
  CHECK(got.refused[0].observations == 19);
  CHECK(calibrate(phases, 19).phases.size() == 1);
}

TEST_CASE("a job gets the newest year not after its own, and its family", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(5, 0.2), 20, 2021, "m5");
  add(phases, lognormal(4, 0.2), 25, 2023, "c5");
  add(phases, lognormal(6, 0.2), 20, 2022, "g5", Accelerator::gpu);
  const Calibration got = calibrate(phases);
  struct Row {
    const char* because;
    const char* family;
    Accelerator accelerator;
    int year;
    int law_year;
    const char* law_family;  // "": the class's
  };
  const Row rows[] = {
      {"its own year and family",                    "m5",  Accelerator::none, 2021, 2021, "m5"},
      {"a year nobody logged has the one before it", "m5",  Accelerator::none, 2022, 2021, "m5"},
      {"the newest past stands for the future",      "c5",  Accelerator::none, 2026, 2023, "c5"},
      {"a family nobody logged has its class",       "t3",  Accelerator::none, 2023, 2023, ""  },
      {"classes are never mixed",                    "p4d", Accelerator::gpu,  2023, 2022, ""  },
      {"before the first year, the earliest",        "m5",  Accelerator::none, 2019, 2021, "m5"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const auto law = law_for(got, {StartupPhase::launch, row.family, row.accelerator, row.year});
    REQUIRE(law);
    const CalibratedPhase& phase = got.phases[law->phase];
    CHECK(phase.accelerator == row.accelerator);
    CHECK(phase.years[law->year].year == row.law_year);
    CHECK((law->family ? phase.families[*law->family].family : "") == row.law_family);
  }
  CHECK_FALSE(law_for(got, {StartupPhase::image, "m5", Accelerator::none, 2022}));
}

TEST_CASE("grades ask how well the median is known, and for a close fit", "[calibration]") {
  const auto of = [](double known, double distance) {
    return grade({.distance = distance}, {.centre = 4, .high = 4 + std::log(1 + known)});
  };
  CHECK(of(0.049, 0.1) == 'A');
  CHECK(of(0.049, 0.11) == 'B');
  CHECK(of(0.09, 0.1) == 'B');
  CHECK(of(0.19, 0.1) == 'C');
  CHECK(of(0.5, 0.1) == 'D');
  CHECK(of(0.5, 0.2) == 'D');
}

TEST_CASE("the interval of a lone year is that of a mean", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.3), 400, 2024);
  const CalibratedYear year = only(calibrate(phases)).years.at(0);
  // 1.96 x 0.3 / sqrt(400) = 0.029; Huber's weights and the family's offset widen it a little.
  CHECK((year.high - year.low) / 2 == Approx(0.029).epsilon(0.25));
}

TEST_CASE("instant phases are counted, lower bounds fitted, order does not matter",
          "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.3), 30, 2024);
  const double without = only(calibrate(phases)).years.at(0).centre;
  phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 0});
  phases.push_back({StartupPhase::launch, "m5", Accelerator::none, 2024, 0, 500, true});
  const Calibration got = calibrate(phases);
  CHECK(only(got).instant == 1);
  CHECK(only(got).lower_bounds == 1);
  CHECK(only(got).observations == 30);
  CHECK(only(got).years.at(0).centre > without);
  std::vector<TimedPhase> reversed(phases.rbegin(), phases.rend());
  CHECK(only(calibrate(reversed)).years.at(0).centre == only(got).years.at(0).centre);
}

TEST_CASE("a huge group is fitted on an even part of it", "[calibration]") {
  std::vector<TimedPhase> phases;
  add(phases, lognormal(4, 0.3), 50'000, 2024);
  const CalibratedPhase phase = only(calibrate(phases));
  CHECK(phase.observations == 50'000);
  CHECK(phase.years.at(0).centre + phase.residual.at(0).mu == Approx(4).margin(1e-3));
}

}  // namespace
}  // namespace berth
