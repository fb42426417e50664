// How closely a stretch of a Service's life is looked at, and how far off the answer may be.
//
//   whole    every request of the stretch
//   window   the requests of one window inside it, at a random place, after a warm-up; they count
//            for all of the stretch (stratified sampling: every stretch has its own window)
//   formula  the stationary queue of models/queueing/stationary.h, no request at all
//
//   rho = rate E[S] / slots                     at its worst inside the stretch
//   tau = E[S] (1 + (ca2+cs2) / (2 c (1-rho)^2))  how long a queue remembers (c: its slots)
//   eps = tau |d rho/dt| / (1-rho)                how fast the load moves for such a queue
//
// `request` looks at all, `fluid` at nothing. (Of a long overload `automatic` stops looking at all:
// sim/serving/request_service.h.) `sampled` takes windows where that is safe and the
// whole elsewhere: in overload (rho >= 1), with a backlog left over, where 5 tau > 100 E[S] (the
// queue remembers for long), where arrivals have a memory (bursts, a trace) or pods are warming up,
// where the rate is not level (10 %: a window stands for its stretch by time, so the busy part of it
// would count too little; the caller cuts stretches into level ones first, see level_until), and
// where a window would save less than half. `automatic` takes formulas besides, where eps <=
// 0.03 and the formula is known to be good. A window in a stretch that is overloaded somewhere
// would be 66 % wrong at p99.
//
// Of a service that has too many requests to look at each of them wherever this rule would, `automatic`
// gives a stretch only so many looks (within_looks): less than it needs is made of a window, where one
// fits, and of a formula where none does. Their error is stated where the arrivals' memory is short
// (gaps of another variance, batches) and nothing warms up; where a formula takes their place as that of
// `fluid`. A rate that jumps from phase to phase of a burst is a Poisson stream within each: formulas hold
// there for who has been in it for 30 tau. So it is where the queue remembers for longer than the 100 E[S] of
// a warm-up: a window of it warms up for all of 5 tau, and both it and a formula are known only 30 tau after pods
// or rate changed.
//
// Stated error, relative, of a day's 99th percentile of latency, on average of many days and beyond the noise of
// `request` itself (one day of windows has a chance of its own: see docs/model.md): whole 0, window 3 %, formula 5 % (3 % of the formula, 2 % of a load that moves). Of a
// single stretch it says nothing. Where `fluid` is asked for outside its range: 30 % with few
// slots, 45 % for round robin, 60 % for two choices, no bound (1, all of it) in overload. Held by 23 varied services in tests/sim/serving/
// request_service_test.cpp; the rule itself is pinned by tests/models/serving/fidelity_test.cpp.
// Theory: Green & Kolesar (1991) on pointwise-stationary approximations; thresholds measured.
#pragma once

#include <optional>
#include <string>

#include "models/rate_curve.h"
#include "models/units.h"

namespace berth {

enum class Fidelity { request, sampled, fluid, automatic };
std::string name_of(Fidelity fidelity);  // "request", "sampled", "fluid", "auto"
std::optional<Fidelity> fidelity_of(const std::string& name);

// A queue this short turns requests away in ordinary times.
inline constexpr int kShortQueue = 1000;
// A pod has warmed up after so many e-foldings: 0.1 % of its slowness is left.
inline constexpr double kWarmAfter = 7;

// The load on a Service from one change of its pods to the next.
struct StretchLoad {
  Seconds length{};
  double mean_rate = 0, peak_rate = 0, least_rate = 0;  // requests per second
  double steepest = 0;                  // largest |d rate/dt|, per second^2
  int pods = 0, slots_per_pod = 1;
  bool shared_queue = true;  // one queue for all pods
  bool random_pod = false;   // each pod a queue, pods drawn blindly
  bool round_robin = false;  // each pod a queue, one pod after the other
  bool two_choices = false;  // each pod a queue, the shorter of two drawn blindly
  // Of a balancer between the shared queue and blind draws: the formulas of both agree.
  bool formulas_agree = false;
  double service_mean = 1, service_scv = 1, arrival_scv = 1;
  bool arrivals_have_memory = false;
  bool memory_is_short = false;   // of the arrivals: a gap, or a batch
  bool batched = false;           // no formula knows batches
  double longest_service = 0;     // of a batch, with the wait for it to fill; service_mean is its share
  bool after_jump = false;        // the stretch is a phase of a burst, or a part of one
  Seconds unchanged_for{0};       // pods and rate, when it begins: since the last change or jump
  bool follows = true;            // every request before it was looked at, too
  bool pods_warming = false;
  bool drops_matter = false;  // clients give up, or the queue is short
  bool backlog = false;       // requests wait when the stretch begins
  double window_requests = 4000;  // at least so many in a window

  double utilisation() const;   // at the peak; infinite without pods
  double memory() const;        // tau, seconds; infinite in overload
  double restlessness() const;  // eps
  bool level() const;           // the rate is within 10 % of its mean
};
// The rates of a curve between two times; the rest is the caller's.
StretchLoad load_between(const RateCurve& curve, Seconds from, Seconds to);
// Up to where a stretch that begins at `from` is level: `to`, or the end of the curve's straight
// piece, halved until it is level, four times at most.
Seconds level_until(const RateCurve& curve, Seconds from, Seconds to);

enum class Look { whole, window, formula };

struct LookDecision {
  Look look = Look::whole;
  Seconds warm_up{}, window{};  // of a window
  double error = 0;
  Seconds needed() const { return warm_up + window; }
};
LookDecision decide_look(Fidelity wish, const StretchLoad& load);
// Load that changes by more than this share at once begins a queue anew.
inline constexpr double kJump = 0.1;
// What a formula that states `error` states of a queue whose load last changed so long before the stretch's end
// (length + unchanged_for): before 30 of its memories 30 % at least, before five no bound.
double error_since_change(double error, const StretchLoad& load);

// Where the whole of a stretch is meant, or a window, and only so many looks may be taken: the whole is
// taken of its share; a window, and the whole of a stretch too short for one, also of what stretches before
// it have left, but no more than a hundredth of all looks: where windows take so many there are hardly any of them.
struct LooksLeft {
  double whole = 0, window = 0;
};
LookDecision within_looks(const LookDecision& meant, const StretchLoad& load, const LooksLeft& left);
// Out of `looks` until `until`, of which `taken` are: evenly, with a tenth to begin with.
LooksLeft looks_left(double looks, double taken, Seconds from, Seconds to, Seconds until);

// So many requests a window that all windows of a horizon together have a few 100,000: the 99th
// percentile is the whole horizon's.
double window_requests(Seconds horizon, Seconds stretch);

// Where a window's warm-up begins; u in (0, 1) is drawn once per stretch.
Seconds place_window(const LookDecision& decision, Seconds from, Seconds to, double u);

}  // namespace berth
