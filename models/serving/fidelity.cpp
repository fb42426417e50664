#include "models/serving/fidelity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace berth {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMemories = 5;           // a warm-up lasts so many tau
constexpr double kLongestWarmUp = 100;    // and at most so many E[S]
constexpr double kWindowMemories = 10;    // a window at least so many tau
constexpr double kLeastRequests = 500, kMostRequests = 150'000, kRequestsOfAHorizon = 300'000;
constexpr double kSettled = 30;       // after so many tau in a phase what came before it weighs little
constexpr double kRestless = 0.03;
constexpr double kLevel = 0.1;
// Round robin to pods of four slots and more, services neither of one length nor very different: within 3 % at
// p99 for 2 to 16 pods of 4 and 8 slots, 30 to 60 % busy, variations of 0.3, 0.5 and 0.7. Of one length it is up to
// 17 % too low for two pods and 9 % too high for six.
constexpr double kInTurn = 0.6, kAllAlike = 0.08, kRegular = 0.5;
constexpr int kSlotsInTurn = 4;
constexpr double kFormulaError = 0.05, kWindowError = 0.03, kFewSlotsError = 0.30, kNoBound = 1;
// Balancers whose pods have queues of their own, by the formula of one queue or of blind draws. Measured for
// 2 to 32 pods of 1 and 4 slots, 50 to 90 % busy, service times with variation 0 to 1.5.
constexpr double kTwoChoicesError = 0.60, kInTurnError = 0.45;

constexpr std::array<std::pair<Fidelity, const char*>, 4> kNames{
    {{Fidelity::request, "request"},
     {Fidelity::sampled, "sampled"},
     {Fidelity::fluid, "fluid"},
     {Fidelity::automatic, "auto"}}
};

int slots_of_a_queue(const StretchLoad& load) {
  return load.shared_queue ? load.pods * load.slots_per_pod : load.slots_per_pod;
}

// Where the stationary formula's p99 is known to be within 3 % (models/queueing/stationary.h).
bool formula_is_good(const StretchLoad& load) {
  const double rho = load.utilisation();
  if (rho > 0.95 || load.drops_matter || load.arrivals_have_memory || load.pods_warming)
    return false;
  if (load.random_pod) return load.slots_per_pod == 1 && load.service_scv <= 1;
  if (load.round_robin && rho <= kInTurn && load.slots_per_pod >= kSlotsInTurn &&
      load.service_scv >= kAllAlike && load.service_scv <= kRegular)
    return true;
  if (!load.shared_queue) return load.formulas_agree;
  const int slots = slots_of_a_queue(load);
  if (load.service_scv <= 1) return slots >= 4;
  return load.service_scv <= 4 && (slots >= 64 || (slots >= 16 && rho <= 0.85));
}

double formula_error(const StretchLoad& load) {
  if (load.utilisation() >= 1 || load.backlog) return kNoBound;
  if (formula_is_good(load) && load.restlessness() <= kRestless) return kFormulaError;
  if (load.two_choices) return kTwoChoicesError;
  return load.round_robin ? kInTurnError : kFewSlotsError;
}

double since_change(const StretchLoad& load) { return (load.length + load.unchanged_for).count(); }

LookDecision formula(const StretchLoad& load) {
  return {.look = Look::formula, .error = formula_error(load)};
}

}  // namespace

std::string name_of(Fidelity fidelity) {
  return std::ranges::find(kNames, fidelity, &std::pair<Fidelity, const char*>::first)->second;
}

std::optional<Fidelity> fidelity_of(const std::string& name) {
  for (const auto& [fidelity, text] : kNames)
    if (name == text) return fidelity;
  return std::nullopt;
}

double StretchLoad::utilisation() const {
  const int slots = pods * slots_per_pod;
  if (slots > 0) return peak_rate * service_mean / slots;
  return peak_rate > 0 ? kInfinity : 0;
}

double StretchLoad::memory() const {
  const double idle = 1 - utilisation();
  if (idle <= 0) return kInfinity;
  const int slots = std::max(slots_of_a_queue(*this), 1);
  return std::max(service_mean, longest_service) *
         (1 + (arrival_scv + service_scv) / (2 * slots * idle * idle));
}

double StretchLoad::restlessness() const {
  const int slots = pods * slots_per_pod;
  const double idle = 1 - utilisation();
  return slots == 0 || idle <= 0 ? kInfinity : memory() * steepest * service_mean / slots / idle;
}

bool StretchLoad::level() const {
  return peak_rate <= (1 + kLevel) * mean_rate && least_rate >= (1 - kLevel) * mean_rate;
}

// A step between two stretches of a curve is a slope as steep as can be; it is taken over a second,
// the shortest time in which a rate means something.
StretchLoad load_between(const RateCurve& curve, Seconds from, Seconds to) {
  StretchLoad load{.length = to - from};
  load.mean_rate = curve.expected_between(from, to) / load.length.count();
  double last = curve.rate_at(from);
  load.least_rate = last;
  for (Seconds t = from; t < to;) {
    const RateCurve::Straight straight = curve.straight_from(t);
    const Seconds end = std::min(straight.to, to);
    const double rate_at_end = straight.rate + straight.slope * (end - t).count();
    load.peak_rate = std::max({load.peak_rate, straight.rate, rate_at_end});
    load.least_rate = std::min({load.least_rate, straight.rate, rate_at_end});
    load.steepest =
        std::max({load.steepest, std::abs(straight.slope), std::abs(straight.rate - last)});
    last = rate_at_end;
    t = std::max(end, Seconds{std::nextafter(t.count(), kInfinity)});
  }
  return load;
}

LookDecision decide_look(Fidelity wish, const StretchLoad& load) {
  constexpr LookDecision kWhole{.look = Look::whole};
  if (wish == Fidelity::request) return kWhole;
  if (wish == Fidelity::fluid) return formula(load);
  if (load.peak_rate <= 0 && !load.backlog) return kWhole;  // nothing to look at
  if (load.utilisation() >= 1 || load.backlog || load.arrivals_have_memory || load.pods_warming)
    return kWhole;
  const double tau = load.memory(), warm_up = kMemories * tau;
  if (warm_up > kLongestWarmUp * load.service_mean) return kWhole;
  // A queue on its way from one load to another is neither stationary nor what a window finds elsewhere.
  if (since_change(load) < kSettled * tau) return kWhole;
  if (wish == Fidelity::automatic && formula_is_good(load) && load.restlessness() <= kRestless)
    return {.look = Look::formula, .error = kFormulaError};
  const double window = std::max(kWindowMemories * tau, load.window_requests / load.mean_rate);
  if (!load.level() || !(warm_up + window <= load.length.count() / 2)) return kWhole;
  return {.look = Look::window,
          .warm_up = Seconds{warm_up},
          .window = Seconds{window},
          .error = kWindowError};
}

double error_since_change(double error, const StretchLoad& load) {
  const double tau = load.memory(), elapsed = since_change(load);
  if (elapsed < kMemories * tau) return kNoBound;
  return elapsed < kSettled * tau ? std::max(error, kFewSlotsError) : error;
}

LooksLeft looks_left(double looks, double taken, Seconds from, Seconds to, Seconds until) {
  constexpr double kAtOnce = 0.1, kMostOfAWindow = 0.01;
  const double later = (1 - kAtOnce) * looks;
  const double by_then = kAtOnce * looks + later * std::min(to / until, 1.0);
  const double all = std::max(0.0, by_then - taken);
  return {.whole = std::min(all, later * std::min((to - from) / until, 1.0)),
          .window = std::min(all, kMostOfAWindow * looks)};
}

LookDecision within_looks(const LookDecision& meant, const StretchLoad& load, const LooksLeft& left) {
  const double length = load.length.count();
  const double tau = load.memory();
  const bool is_long = kMemories * tau > kLongestWarmUp * std::max(load.service_mean, load.longest_service);
  const bool is_settled =
      !(load.after_jump || is_long) || kSettled * tau <= length + load.unchanged_for.count();
  if (meant.look == Look::formula)
    return {.look = Look::formula, .error = is_settled ? meant.error : kNoBound};
  if (meant.look == Look::window && load.mean_rate * meant.needed().count() <= left.window) return meant;
  const double warm_up = kMemories * tau;
  const double window = std::max(kWindowMemories * tau, load.window_requests / load.mean_rate);
  const bool is_short = !(warm_up + window <= length / 2);
  const bool remembers = load.arrivals_have_memory && !load.memory_is_short;
  const double by_formula = remembers || load.batched || !is_settled ? kNoBound : formula_error(load);
  const bool is_unsettled = is_short || !is_settled;
  if (meant.look == Look::whole && load.mean_rate * length <= (is_unsettled ? left.window : left.whole)) {
    // The first whole stretch begins without a queue, and a short one ends before it has grown.
    const bool begins_empty = is_long && is_short && !load.follows;
    return begins_empty ? LookDecision{.look = Look::whole, .error = kNoBound} : meant;
  }
  const bool by_good_formula = is_long && by_formula == kFormulaError;
  if (by_good_formula || is_short || load.mean_rate * (warm_up + window) > left.window)
    return {.look = Look::formula, .error = by_formula};
  const bool is_known = is_settled && load.level() && !remembers && !load.pods_warming;
  return {.look = Look::window,
          .warm_up = Seconds{warm_up},
          .window = Seconds{window},
          .error = is_known ? kWindowError : by_formula};
}

Seconds level_until(const RateCurve& curve, Seconds from, Seconds to) {
  constexpr int kHalvings = 4;
  if (load_between(curve, from, to).level()) return to;
  Seconds end = std::min(to, curve.straight_from(from).to);
  for (int i = 0; i < kHalvings && !load_between(curve, from, end).level(); ++i)
    end = from + (end - from) / 2;
  return end > from ? end : to;
}

double window_requests(Seconds horizon, Seconds stretch) {
  return std::clamp(kRequestsOfAHorizon * (stretch / horizon), kLeastRequests, kMostRequests);
}

Seconds place_window(const LookDecision& decision, Seconds from, Seconds to, double u) {
  return from + (to - from - decision.needed()) * u;
}

}  // namespace berth
