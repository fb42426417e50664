#include "models/serving/serverless.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/queueing/erlang.h"

namespace berth {

// What ended becomes idle at its end; what was idle for too long is gone.
void ServerlessPool::move_on(double now) {
  while (!busy_.empty() && busy_.top().end <= now) {
    const Busy ended = busy_.top();
    busy_.pop();
    if (ended.provisioned)
      ++idle_provisioned_;
    else
      idle_.push_back({ended.end, ended.end + ended.keep, ended.there_since});
  }
  std::erase_if(idle_, [now](const Idle& container) { return container.until < now; });
}

ServerlessPool::Found ServerlessPool::find(double now) {
  move_on(now);
  if (busy() >= limits_.max_concurrency) return Found::throttled;
  if (idle_provisioned_ > 0) {
    --idle_provisioned_;
    found_since_ = kForEver;
    return Found::provisioned;
  }
  if (idle_.empty()) return Found::cold;
  const auto taken = limits_.reuse == Reuse::newest ? idle_.end() - 1 : idle_.begin();
  found_since_ = taken->there_since;
  idle_.erase(taken);
  return Found::warm;
}

void ServerlessPool::begin(Found found, double end, double keep, double since) {
  busy_.push({end, keep, since, found == Found::provisioned, next_++});
}

void ServerlessPool::add_idle(double now, double keep) {
  move_on(now);
  idle_.push_back({now, now + keep, kForEver});
}

int ServerlessPool::idle(double now) {
  move_on(now);
  return static_cast<int>(idle_.size());
}

namespace {

ServerlessShares at_load(const ServerlessLimits& limits, double rate, double load, double keep_s) {
  ServerlessShares shares;
  double before = 1;  // B(0, a)
  for (int j = 1; j <= limits.max_concurrency; ++j) {
    const double after = load * before / (j + load * before);
    if (j > limits.provisioned) shares.cold += (before - after) * std::exp(-rate * before * keep_s);
    before = after;
    if (before < 1e-15) break;
  }
  shares.throttled = before;
  shares.warm = std::max(0.0, 1 - shares.cold - shares.throttled);
  return shares;
}

}  // namespace

// Cold starts lengthen the time a request is in service, and that makes more of them: a fixed
// point, found by halving because its two sides cross once.
ServerlessShares serverless_shares(const ServerlessLimits& limits, double rate, double service_s,
                                   double cold_start_s, double keep_s) {
  if (rate <= 0) return {.warm = 1};
  double low = 0, high = 1;
  ServerlessShares shares;
  for (int i = 0; i < 60; ++i) {
    const double guess = (low + high) / 2;
    shares = at_load(limits, rate, rate * (service_s + guess * cold_start_s), keep_s);
    (shares.cold > guess ? low : high) = guess;
  }
  return shares;
}

ServerlessUse serverless_use(const ServerlessLimits& limits, double requests, double stretch_s,
                             double service_s, double cold_start_s, double keep_s) {
  if (requests <= 0 || stretch_s <= 0) return {.shares = {.warm = 1}};
  const double rate = requests / stretch_s;
  ServerlessUse use{.shares = serverless_shares(limits, rate, service_s, cold_start_s, keep_s)};
  use.busy_s = requests * (1 - use.shares.throttled) * service_s;
  if (limits.provisioned > 0) {
    const double load = rate * service_s;
    const double carried = load * (1 - queueing::erlang_b(limits.provisioned, load));
    use.provisioned_busy_s = std::min(use.busy_s, carried * stretch_s);
  }
  return use;
}

}  // namespace berth
