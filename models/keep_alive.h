// What keeping capacity warm is worth: closed forms for pools that hold what a job leaves for a
// while. They check the simulation, and they tell a planner what to try.
//
// Arrivals are Poisson with rate l per second. P(warm) is what an arrival finds.
//   one slot, kept T after each job in it, jobs that find it busy run elsewhere:
//       (1 - e^(-lT)) / (1 + l E[S]),  E[S] = p Sw + (1-p) Sc,  p = 1 - e^(-lT)
//     (of the busy times only the means matter; the share of time idle and billed is the same,
//     PASTA)
//   no limit, service negligible:    1 - e^(-lT)
//   no limit, service Exp(s), kept Exp(k): a Markov chain over (busy, idle), solved
//   warm instances come as a Poisson stream, kept T each, the oldest taken first:
//       perishable inventory; lT / (1 + lT) when supply equals demand
//
// Keep-alive of one gap costs r int_0^T S(u) du of idle time and V S(T) of missed warm starts: keep
// while the hazard of the next arrival is above r / V. For Poisson arrivals that is all or nothing.
// Arrivals of any kind (a schedule, a day's rhythm): a walk over one history of them.
// Left out: matching rules (models/sagemaker.h); in the walk, jobs that wait for a quota.
// Tested by tests/models/keep_alive_test.cpp, families keepalive_* and warm_tokens_fifo.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "models/units.h"

namespace berth {

struct OneSlot {
  double arrival_rate = 0;  // 1/s
  Seconds keep_alive{0};
  Seconds busy_warm{0}, busy_cold{0};  // mean times a job holds the slot
};
struct OneSlotUse {
  double warm = 0;       // and the share of time the slot is idle and billed
  double cold_busy = 0;  // and the share of time it is busy
  double cold_expired = 0;
};
OneSlotUse one_slot(const OneSlot& slot);

struct NoService {
  double warm = 0;
  Seconds idle_per_request{0};
};
NoService unlimited_without_service(double arrival_rate, Seconds keep_alive);

struct PoolUse {
  double warm = 0;
  double mean_idle = 0;  // instances kept and billed
  double mean_busy = 0;
};
PoolUse unlimited_exponential(double arrival_rate, Seconds mean_service, Seconds mean_keep);

struct TokenUse {
  double warm = 0;    // a request finds an instance
  double wasted = 0;  // an instance expires unused
};
TokenUse warm_tokens(double supply_rate, double demand_rate, Seconds lifetime);

// What a job leaves is kept for `keep_s`, at most `most` at a time, and the oldest is taken first.
// submitted_s: ascending. held_s(n, warm): from the n-th submission until its capacity is left.
struct WalkedUse {
  double warm = 0;            // share of the jobs submitted from `from_s` on; 0 without any
  double idle_s_per_job = 0;  // kept before they are taken or time runs out
};
WalkedUse walk_kept_pool(std::span<const double> submitted_s, double from_s, double keep_s,
                         std::size_t most,
                         const std::function<double(std::size_t, bool warm)>& held_s);

// The keep-alive that costs least for Poisson arrivals: none, or as long as is allowed.
Seconds best_keep_alive(double arrival_rate, UsdPerHour idle, Usd warm_start_worth, Seconds most);

}  // namespace berth
