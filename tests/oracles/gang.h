// Jobs that need all their instances at once: how long the slowest takes to come, and in what order
// gangs of different width get the slots of a cluster.
//
//   start of n independent instances: F(x)^n, so the p-quantile is F^-1(p^(1/n)) and the mean is
//     int x n f(x) F(x)^(n-1) dx
//
//   first come, first served: the head of the queue blocks everyone behind it.
//   EASY backfill (Lifka 1995): the head gets a reservation at the shadow time, the earliest at
//   which
//     enough slots are free; a later job may start now if it fits and either ends by the shadow
//     time or needs no more than the slots the head leaves over then. Run times are known exactly.
//   At one instant ends come before arrivals.
//
// Left out: instances that come one by one and wait in pay (the ledger counts that), priorities.
// Tested by tests/oracles/gang_test.cpp, families gang_startup_max and gang_schedule.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/units.h"

namespace berth {

double slowest_quantile(const Distribution& one, int instances, double p);
// Exact to 1e-11 for lognormals; for other laws by the same quadrature, to about 1e-6.
double slowest_mean(const Distribution& one, int instances);

struct GangJob {
  Seconds arrival{0};
  int width = 1;
  Seconds runtime{0};
};
enum class GangPolicy : std::uint8_t { first_come_first_served, easy_backfill };

// In the order of the jobs, which must be by arrival. Throws if a job is wider than `slots`.
std::vector<Seconds> gang_starts(std::span<const GangJob> jobs, int slots, GangPolicy policy);

}  // namespace berth
