#include "models/spot.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/catalogue.h"

namespace berth {
namespace {

TEST_CASE("a reclaim band becomes a constant hazard", "[spot]") {
  struct Row { const char* text; std::optional<double> per_month; };
  const auto row = GENERATE(values<Row>({{"<5%", 0.025}, {"5-10%", 0.075}, {"10-15%", 0.125},
                                         {"15-20%", 0.175}, {">20%", 0.4}, {"5%", std::nullopt}}));
  CAPTURE(row.text);
  const auto band = parse_reclaim_band(row.text);
  REQUIRE(band.has_value() == row.per_month.has_value());
  if (!band) return;
  CHECK(reclaim_per_month(*band) == *row.per_month);
  // The hazard over 730 hours gives the probability back.
  CHECK(1 - std::exp(-730 * reclaims_per_hour(*row.per_month)) == Approx(*row.per_month));
}

TEST_CASE("a gang is interrupted when any of its instances is", "[spot]") {
  CHECK(mean_time_between_interruptions(0.2, 8) * 8 == mean_time_between_interruptions(0.2));
  CHECK(std::isinf(mean_time_between_interruptions(0).count()));
}

TEST_CASE("without interruptions only the checkpoints cost time", "[spot]") {
  // 10 segments of 100 s and 5 s each.
  const CheckpointedRun run{.work = 1000s, .interval = 100s, .checkpoint = 5s, .restart = 60s,
                            .mtbf = mean_time_between_interruptions(0)};
  CHECK(expected_wall(run) == 1050s);
  CHECK(expected_interruptions(run) == 0);
  CHECK(efficiency(run) == Approx(1000.0 / 1050));
}

TEST_CASE("the best interval costs less than its neighbours", "[spot]") {
  const Seconds mtbf = GENERATE(600s, 7200s, 86400s);
  const Seconds best = best_interval(60s, mtbf);
  const auto wall = [&](Seconds interval) {
    return expected_wall({.work = 36000s, .interval = interval, .checkpoint = 60s, .mtbf = mtbf});
  };
  CHECK(wall(best) < wall(best * 0.99));
  CHECK(wall(best) < wall(best * 1.01));
  // It solves e^((tau+C)/M) (1 - tau/M) = 1.
  CHECK(std::exp((best + 60s) / mtbf) * (1 - best / mtbf) == Approx(1).epsilon(1e-12));
}

TEST_CASE("rare interruptions make the classical formulas agree", "[spot]") {
  // C/M = 1e-6: Young is off by about C/2, Daly by less than C.
  CHECK(young_interval(1s, 1e6s).count() == Approx(best_interval(1s, 1e6s).count()).epsilon(1e-3));
  CHECK(daly_interval(1s, 1e6s).count() == Approx(best_interval(1s, 1e6s).count()).epsilon(1e-8));
  CHECK(daly_interval(10s, 4s) == 4s);
}

}  // namespace
}  // namespace berth
