// Spot capacity: how often it is taken back, and what checkpoints make of that.
//
// Hazard from the yearly-advisor band's monthly reclaim probability p: lambda = -ln(1 - p) / 730
// per hour, constant (interruptions are Poisson; their times are not published).
//
// A run of W seconds of work writes a checkpoint of C seconds after every tau of work;
// interruptions come with mean time M between them; after one, R seconds of restart, then the work
// since the last checkpoint is redone. Expected wall time:
//   (W/tau) M e^(R/M) (e^((tau+C)/M) - 1)    interruptions may come while restarting
//   (W/tau) (M + R) (e^((tau+C)/M) - 1)      they may not
// The interval that minimises it, exactly, by Young (1974) and by Daly (2006):
//   tau = M (1 + W0(-e^(-C/M - 1))),  sqrt(2 C M),  sqrt(2 C M) (1 + sqrt(x)/3 + x/9) - C, x =
//   C/(2M)
//
// Left out: interruptions of a whole pool at once, hazards that change with the hour, the wait for
// capacity after an interruption (it is in no bill; the simulation draws it).
// Tested by tests/models/spot_test.cpp and the conformance family checkpoint_spot.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "models/units.h"

namespace berth {

enum class ReclaimBand : std::uint8_t {
  under_5,
  from_5_to_10,
  from_10_to_15,
  from_15_to_20,
  over_20
};
std::optional<ReclaimBand> parse_reclaim_band(std::string_view text);  // "<5%", "5-10%", ">20%"

// The middle of the band. The last one is open: 0.4, the middle of the 0.2 to 0.6 worth sweeping.
double reclaim_per_month(ReclaimBand band);

// From the hazard that reclaims_per_hour (models/catalogue.h) makes of a probability in [0, 1).
// Infinite when nothing is ever taken back.
Seconds mean_time_between_interruptions(double reclaimed_per_month, int instances = 1);
// AWS's notice before the instance goes.
inline constexpr Seconds kSpotNotice{120};

struct CheckpointedRun {
  Seconds work{0};
  Seconds interval{0};    // of work between checkpoints
  Seconds checkpoint{0};  // to write one
  Seconds restart{0};     // after an interruption, until work goes on
  Seconds mtbf{0};
  bool interrupted_while_restarting = true;
};
Seconds expected_wall(const CheckpointedRun& run);
double expected_interruptions(const CheckpointedRun& run);
double efficiency(const CheckpointedRun& run);  // work / expected wall

Seconds best_interval(Seconds checkpoint, Seconds mtbf);
Seconds young_interval(Seconds checkpoint, Seconds mtbf);
Seconds daly_interval(Seconds checkpoint, Seconds mtbf);

}  // namespace berth
