// A service with too many requests to look at each of them where that is meant (bursts, gaps of another
// variance, batches, pods that warm up, queues that remember for long): the looks are dealt out over the
// time, and models/serving/fidelity.h says what a stretch makes of its own. Bursts become a history of
// the rate, so that each phase is a stretch of a Poisson stream.
// Tested by tests/sim/serving/request_service_bound_test.cpp.
#include <algorithm>
#include <cmath>

#include "sim/serving/burst_path.h"
#include "sim/serving/request_service.h"

namespace berth::serving {

// Recorded requests are as many as a file holds: those are looked at.
void bound_requests(RequestServiceSettings& settings, Seconds until, const StreamKey& key,
                    double most_whole) {
  constexpr std::uint8_t kPhaseLane = 1;
  if (!settings.trace.empty() || settings.demand.expected_by(until) <= most_whole) return;
  settings.bound = {.until = until};
  settings.fidelity = Fidelity::automatic;
  if (!settings.bursts) return;
  const RandomStream stream = request_stream(key, Purpose::arrival, 0, kPhaseLane);
  if (auto path = burst_path(settings.demand, *settings.bursts, until, stream)) {
    settings.demand = std::move(*path);
    settings.bursts.reset();
    settings.in_phases = true;
  }
}

// What moves slowly takes its queue along.
Seconds RequestService::unchanged_for() {
  const double before = settings_.demand.rate_at(Seconds{std::nextafter(now_.count(), 0.0)});
  if (std::abs(settings_.demand.rate_at(now_) - before) > kJump * before) changed_at_ = now_;
  return now_ - changed_at_;
}

void RequestService::deal_looks() {
  const RequestServiceSettings::Bound& bound = *settings_.bound;
  plan_.load.unchanged_for = unchanged_for();
  plan_.load.follows = up_to_date_;
  const LooksLeft left = looks_left(bound.looks, bound_looked_at_, now_, plan_.end, bound.until);
  plan_.decision = within_looks(plan_.decision, plan_.load, left);
  const bool is_rare = !has_variance_ && plan_.decision.look != Look::whole;  // see request_service.h
  if (is_rare || !bound.error_is_known) plan_.decision.error = 1;
}

}  // namespace berth::serving
