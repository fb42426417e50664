#include "models/spot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "models/catalogue.h"

namespace berth {
namespace {

struct Band {
  ReclaimBand band;
  std::string_view text;
  double reclaimed_per_month;
};
constexpr std::array kBands{
    Band{ReclaimBand::under_5,       "<5%",    0.025},
    Band{ReclaimBand::from_5_to_10,  "5-10%",  0.075},
    Band{ReclaimBand::from_10_to_15, "10-15%", 0.125},
    Band{ReclaimBand::from_15_to_20, "15-20%", 0.175},
    Band{ReclaimBand::over_20,       ">20%",   0.4  }
};

}  // namespace

std::optional<ReclaimBand> parse_reclaim_band(std::string_view text) {
  const auto band = std::ranges::find(kBands, text, &Band::text);
  if (band == kBands.end()) return std::nullopt;
  return band->band;
}

double reclaim_per_month(ReclaimBand band) {
  return kBands.at(static_cast<std::size_t>(band)).reclaimed_per_month;
}

Seconds mean_time_between_interruptions(double reclaimed_per_month, int instances) {
  const double hazard = reclaims_per_hour(reclaimed_per_month) * instances;
  if (hazard <= 0) return Seconds{std::numeric_limits<double>::infinity()};
  return Hours{1 / hazard};
}

Seconds expected_wall(const CheckpointedRun& run) {
  const double segments = run.work / run.interval;
  if (std::isinf(run.mtbf.count())) return segments * (run.interval + run.checkpoint);
  const double retries = std::expm1((run.interval + run.checkpoint) / run.mtbf);
  const Seconds per_failure = run.interrupted_while_restarting
                                  ? run.mtbf * std::exp(run.restart / run.mtbf)
                                  : run.mtbf + run.restart;
  return segments * retries * per_failure;
}

double expected_interruptions(const CheckpointedRun& run) {
  if (std::isinf(run.mtbf.count())) return 0;
  if (run.interrupted_while_restarting) return expected_wall(run) / run.mtbf;
  // Only the time outside restarts is exposed: one failure per M of it, by renewal.
  return (run.work / run.interval) * std::expm1((run.interval + run.checkpoint) / run.mtbf);
}

double efficiency(const CheckpointedRun& run) { return run.work / expected_wall(run); }

Seconds best_interval(Seconds checkpoint, Seconds mtbf) {
  // With y = tau/M the optimum is the root of e^(y + c) (1 - y) = 1 in (0, 1): ln(1 - y) + y + c =
  // 0, concave and falling, so Newton from the right of the root stays right of it.
  const double c = checkpoint / mtbf;
  if (c <= 0) return Seconds{0};
  double y = -std::expm1(-c - 1);
  for (int i = 0; i < 100; ++i) {
    const double step = (std::log1p(-y) + y + c) * (1 - y) / y;
    y += step;
    if (std::abs(step) <= 1e-16 * y) break;
  }
  return y * mtbf;
}

Seconds young_interval(Seconds checkpoint, Seconds mtbf) {
  return Seconds{std::sqrt(2 * checkpoint.count() * mtbf.count())};
}

Seconds daly_interval(Seconds checkpoint, Seconds mtbf) {
  // Daly's series holds for C < 2M; beyond, his recommendation is M itself.
  if (checkpoint >= 2 * mtbf) return mtbf;
  const double x = checkpoint / (2 * mtbf);
  return young_interval(checkpoint, mtbf) * (1 + std::sqrt(x) / 3 + x / 9) - checkpoint;
}

}  // namespace berth
