#include "models/keep_alive.h"

#include <deque>
#include <queue>
#include <vector>
#include <algorithm>
#include <cmath>
#include <vector>

namespace berth {
namespace {

constexpr double kNegligible = 1e-15;  // change of a probability in one round

// P(idle = j, busy = i) of the chain
//   arrival        rate l:     (b, 0) -> (b+1, 0), (b, i) -> (b+1, i-1)
//   completion     rate b m:   (b, i) -> (b-1, i+1)
//   reclaim        rate i k:   (b, i) -> (b, i-1)
// cut where both coordinates are improbable, by Gauss-Seidel sweeps on the balance equations.
class BusyIdleChain {
 public:
  BusyIdleChain(double arrivals, double completions, double reclaims)
      : l_(arrivals), m_(completions), k_(reclaims) {
    // Busy is Poisson(l/m), unlimited servers; idle is never above a Poisson(l/k): each of the at
    // most l instances a second that become idle stays 1/k on average.
    busy_ = poisson_reach(l_ / m_);
    idle_ = poisson_reach(l_ / k_);
    p_.assign(position(busy_, idle_) + 1, 0.0);
  }

  PoolUse solve();

 private:
  static int poisson_reach(double mean) {
    return static_cast<int>(std::ceil(mean + 9.5 * std::sqrt(mean) + 22));
  }
  std::size_t position(int busy, int idle) const {
    return static_cast<std::size_t>(busy) * static_cast<std::size_t>(idle_ + 1) +
           static_cast<std::size_t>(idle);
  }
  double& at(int busy, int idle) { return p_[position(busy, idle)]; }

  // Transitions out of the box are not taken, so the cut chain is a chain of its own.
  double rate_out(int b, int i) const {
    double rate = i * k_;
    if (b < busy_) rate += l_;
    if (i < idle_) rate += b * m_;
    return rate;
  }
  double flow_in(int b, int i) {
    double flow = 0;
    if (b > 0 && i < idle_) flow += l_ * at(b - 1, i + 1);
    if (b > 0 && i == 0) flow += l_ * at(b - 1, 0);
    if (b < busy_ && i > 0) flow += (b + 1) * m_ * at(b + 1, i - 1);
    if (i < idle_) flow += (i + 1) * k_ * at(b, i + 1);
    return flow;
  }
  double sweep();
  void normalise();

  double l_, m_, k_;
  int busy_ = 0, idle_ = 0;
  std::vector<double> p_;
};

double BusyIdleChain::sweep() {
  double change = 0;
  const auto update = [&](int b, int i) {
    const double next = flow_in(b, i) / rate_out(b, i);
    change = std::max(change, std::abs(next - at(b, i)));
    at(b, i) = next;
  };
  // Up and down in turn, so that mass moves both ways within one round.
  for (int b = 0; b <= busy_; ++b)
    for (int i = idle_; i >= 0; --i) update(b, i);
  for (int b = busy_; b >= 0; --b)
    for (int i = 0; i <= idle_; ++i) update(b, i);
  return change;
}

void BusyIdleChain::normalise() {
  double sum = 0;
  for (const double p : p_) sum += p;
  for (double& p : p_) p /= sum;
}

PoolUse BusyIdleChain::solve() {
  std::fill(p_.begin(), p_.end(), 1.0 / static_cast<double>(p_.size()));
  for (int round = 0; round < 20'000; ++round) {
    const double change = sweep();
    normalise();
    if (change < kNegligible) break;
  }
  PoolUse use;
  for (int b = 0; b <= busy_; ++b)
    for (int i = 0; i <= idle_; ++i) {
      if (i > 0) use.warm += at(b, i);
      use.mean_idle += i * at(b, i);
      use.mean_busy += b * at(b, i);
    }
  return use;
}

}  // namespace

OneSlotUse one_slot(const OneSlot& slot) {
  const double hit = -std::expm1(-slot.arrival_rate * slot.keep_alive.count());
  const Seconds busy = hit * slot.busy_warm + (1 - hit) * slot.busy_cold;
  const double load = slot.arrival_rate * busy.count();
  return {.warm = hit / (1 + load),
          .cold_busy = load / (1 + load),
          .cold_expired = (1 - hit) / (1 + load)};
}

NoService unlimited_without_service(double arrival_rate, Seconds keep_alive) {
  const double warm = -std::expm1(-arrival_rate * keep_alive.count());
  return {.warm = warm, .idle_per_request = Seconds{warm / arrival_rate}};
}

PoolUse unlimited_exponential(double arrival_rate, Seconds mean_service, Seconds mean_keep) {
  return BusyIdleChain(arrival_rate, 1 / mean_service.count(), 1 / mean_keep.count()).solve();
}

TokenUse warm_tokens(double supply_rate, double demand_rate, Seconds lifetime) {
  // Level crossing for the age x of the oldest instance (it is 0 when an instance comes to an empty
  // pool, and taking the oldest lowers it by the gap to the next): density s P(none) e^((s-d)x) on
  // (0, T). With P(none) it adds up to 1.
  const double t = lifetime.count();
  const double s = supply_rate, d = demand_rate;
  if (s == d) {
    const double warm = s * t / (1 + s * t);
    return {.warm = warm, .wasted = 1 - warm};
  }
  const double e = std::exp((s - d) * t);
  const double warm = s * (e - 1) / (s * e - d);
  return {.warm = warm, .wasted = 1 - d * warm / s};
}

WalkedUse walk_kept_pool(std::span<const double> submitted_s, double from_s, double keep_s,
                         std::size_t most,
                         const std::function<double(std::size_t, bool warm)>& held_s) {
  std::priority_queue<double, std::vector<double>, std::greater<>> ends;
  std::deque<double> kept;  // since when, the oldest first
  double idle_s = 0, jobs = 0, warm_jobs = 0;
  const auto expire = [&](double now) {
    while (!kept.empty() && kept.front() + keep_s < now) {
      if (now >= from_s) idle_s += keep_s;
      kept.pop_front();
    }
  };
  for (std::size_t n = 0; n < submitted_s.size(); ++n) {
    const double now = submitted_s[n];
    for (; !ends.empty() && ends.top() <= now; ends.pop()) {
      expire(ends.top());
      if (kept.size() < most && keep_s > 0) kept.push_back(ends.top());
    }
    expire(now);
    const bool warm = !kept.empty();
    if (now >= from_s) {
      jobs += 1;
      warm_jobs += warm;
      if (warm) idle_s += now - kept.front();
    }
    if (warm) kept.pop_front();
    ends.push(now + held_s(n, warm));
  }
  if (jobs == 0) return {};
  return {warm_jobs / jobs, idle_s / jobs};
}

Seconds best_keep_alive(double arrival_rate, UsdPerHour idle, Usd warm_start_worth, Seconds most) {
  const double idle_per_second = idle.rate / 3600;
  return arrival_rate * warm_start_worth.dollars() > idle_per_second ? most : Seconds{0};
}

}  // namespace berth
