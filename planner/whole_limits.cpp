#include "planner/whole_limits.h"

#include "planner/portability.h"

namespace berth {
namespace {

constexpr double kRounding = 1e-9;

}  // namespace

WholeLimits::WholeLimits(const Scenario& scenario, const PlanRequest& request, const Limits& limits)
    : request_(request),
      hours_(scenario),
      all_(limits.portable_share ? options_of(scenario, request) : Options{}) {}

double WholeLimits::misses(const Limits& limits, const Options& options, const Analysis& analysis,
                           const PlanWorld& world, const Choice& choice) const {
  double sum = 0;
  const auto at_most = [&](double allowed, double found) {
    if (found > allowed * (1 + kRounding)) sum += allowed > 0 ? found / allowed - 1 : found;
  };
  if (limits.cost_usd) at_most(*limits.cost_usd, appraise(analysis.problem, choice).usd);
  if (limits.people_hours)
    at_most(*limits.people_hours, hours_.of(options, choice) * world[WorldInput::toil]);
  if (limits.portable_share) {
    const double share = Portability(request_, all_).share(analysis, choice);
    if (share < *limits.portable_share * (1 - kRounding)) sum += 1 - share / *limits.portable_share;
  }
  return sum;
}

Limits WholeLimits::kept_now(const Limits& limits, const Options& options, const Analysis& analysis,
                             const Choice& choice) const {
  Limits kept = limits;
  for (const auto limit : {&Limits::cost_usd, &Limits::people_hours, &Limits::portable_share}) {
    Limits alone;
    alone.*limit = limits.*limit;
    if (misses(alone, options, analysis, {}, choice) > 0) (kept.*limit).reset();
  }
  return kept;
}

bool has_any_on_whole(const Limits& limits) {
  return limits.cost_usd || limits.people_hours || limits.portable_share;
}

}  // namespace berth
