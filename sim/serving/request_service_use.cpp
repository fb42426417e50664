// What is to be seen of a service from outside between two changes: counters by the engine where every
// request is looked at, and elsewhere estimated from the rate with the chance of its stream.
#include <algorithm>
#include <cmath>
#include <utility>

#include "models/fetch_ahead.h"
#include "models/normal.h"
#include "models/poisson.h"
#include "models/queueing/load_balancing.h"
#include "sim/serving/request_service.h"

namespace berth::serving {
namespace {

// Above so many requests expected their number is drawn from a normal law.
constexpr double kManyRequests = 200;
// Above so many there is always one.
constexpr double kSomeRequests = 32;

}  // namespace

void RequestService::read_engine(std::vector<UseCounters>& by_pod) const {
  by_pod.assign(pods_.size(), {});
  parts_.clear();
  engine_.dispatcher().add_use(engine_.now(), parts_);
  std::size_t at = 0;
  for (const Dispatcher::PodUse& part : parts_) {
    if (at >= pods_.size() || pods_[at].pod != part.pod)
      at = static_cast<std::size_t>(std::ranges::lower_bound(pods_, part.pod, {}, &Known::pod) -
                                    pods_.begin());
    if (at < pods_.size() && pods_[at].pod == part.pod) by_pod[at] += part.use;
  }
}

void RequestService::count_by_engine() {
  if (engine_counts_) return;
  read_engine(by_pod_);
  for (std::size_t i = 0; i < pods_.size(); ++i) by_engine_[i].mark = by_pod_[i];
  mark_ = {.waiting = engine_.waited(), .requests = engine_.arrived()};
  engine_counts_ = true;
  unserved_ = 0;  // whatever is left over is in the engine
}

void RequestService::settle_engine() {
  if (!engine_counts_) return;
  read_engine(by_pod_);
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    pods_[i].settled += by_pod_[i] - by_engine_[i].mark;
    by_engine_[i].mark = by_pod_[i];
  }
  const UseCounters now{.waiting = engine_.waited(), .requests = engine_.arrived()};
  settled_ += now - mark_;
  mark_ = now;
}

queueing::StationaryQueue RequestService::steady(double rate) const {
  const auto* balancer = std::get_if<BalancerRules>(&settings_.rules.dispatching);
  const auto dispatch =
      balancer == nullptr                             ? queueing::Dispatch::shared_queue
      : balancer->balancing == Balancing::round_robin ? queueing::Dispatch::round_robin
      : balancer->balancing == Balancing::random      ? queueing::Dispatch::random
                                                      : queueing::Dispatch::shared_queue;
  const int pods = static_cast<int>(pods_.size());
  const int slots = std::max(1, slots_ / std::max(1, pods));
  queueing::StationaryQueue queue =
      queueing::stationary_pods(rate, pods, slots, law_, dispatch, arrival_scv_);
  if (balancer == nullptr || balancer->balancing != Balancing::choices || !queue.stable ||
      queue.utilisation <= 0)
    return queue;
  // One queue for all would hardly ever let anybody wait.
  const queueing::TwoDraws found = queueing::two_draws(queue.utilisation, slots, pods);
  queue.p_wait = found.p_wait;
  queue.mean_wait = found.mean_wait * law_.mean * (1 + law_.scv) / 2;
  return queue;
}

bool RequestService::pods_have_queues() const {
  const auto* batches = std::get_if<BatchRules>(&settings_.rules.dispatching);
  return batches != nullptr ? batches->queue_each
                            : std::holds_alternative<BalancerRules>(settings_.rules.dispatching);
}

double RequestService::mean_wait(double rate) const {
  const queueing::StationaryQueue queue = steady(rate);
  return queue.stable ? queue.mean_wait : 0;
}

// A count at one instant is a whole number: most looks at few short requests find none, and who goes by
// the mean never finds a service idle. In service as many as a Poisson law says, and where somebody waits
// a geometric number of them. The chance belongs to the moment, as in estimate_use.
void RequestService::estimate_counts(Seconds now, ServiceUse& out) const {
  constexpr std::uint8_t kCountLane = 2;
  const double rate = settings_.demand.rate_at(now);
  out.in_service = out.waiting = 0;
  if (pods_.empty() || rate <= 0) return;
  const auto moment = static_cast<std::uint32_t>(std::llround(now.count() * 1000));
  RandomStream noise = request_stream(key_, Purpose::resampling, moment, kCountLane);
  out.in_service = std::min(poisson_quantile(mean_busy(rate), noise.uniform()), double(slots_));
  const queueing::StationaryQueue queue = steady(rate);
  if (!queue.stable || queue.p_wait <= 0) return;
  const auto* balancer = std::get_if<BalancerRules>(&settings_.rules.dispatching);
  const bool shared = balancer == nullptr || balancer->balancing == Balancing::least_outstanding ||
                      balancer->balancing == Balancing::choices_by_work;
  const double somewhere =
      shared ? queue.p_wait : -std::expm1(double(pods_.size()) * std::log1p(-queue.p_wait));
  const bool waits = noise.uniform() < somewhere;
  const double number = noise.uniform();
  if (!waits) return;
  const double mean = rate * queue.mean_wait / somewhere;
  out.waiting = std::floor(std::log(number) / std::log(mean / (1 + mean)));
  if (shared) out.in_service = slots_;
}

// Requests, and the seconds of service they bring. Of few, a normal law cut off at 0 would be too many on
// average; a lognormal law of the sum's mean and variance needs no cutting. Where nobody asks how many came,
// many bring what a compound Poisson law says (variance n E[S^2], of other gaps n (E[S^2] + (ca2 - 1) E[S]^2)),
// in one draw.
std::pair<double, double> RequestService::draw_work(double expected, RandomStream& noise) const {
  const auto lognormal = [&](double mean, double scv) {
    const double variance = std::log1p(scv);
    return mean * std::exp(std::sqrt(variance) * normal_quantile(noise.uniform()) - variance / 2);
  };
  const double mean = expected * law_.mean;
  if (!needs_.requests && expected > kSomeRequests) {
    if (expected <= kManyRequests)
      return {expected, lognormal(mean, (arrival_scv_ + law_.scv) / expected)};
    const double deviation =
        std::sqrt(expected * (law_.second_moment + (arrival_scv_ - 1) * law_.mean * law_.mean));
    return {expected, std::max(0.0, mean + deviation * normal_quantile(noise.uniform()))};
  }
  const double number = noise.uniform();
  if (expected > kManyRequests) {
    const double came =
        std::max(0.0, expected + std::sqrt(expected * arrival_scv_) * normal_quantile(number));
    const double variance = std::max(0.0, law_.second_moment - law_.mean * law_.mean);
    return {came, std::max(0.0, came * law_.mean +
                                    std::sqrt(expected * variance) * normal_quantile(noise.uniform()))};
  }
  const double came = poisson_quantile(expected, number);
  if (came == 0) return {0, 0};
  return {came, lognormal(came * law_.mean, law_.scv / came)};
}

// The chance in it belongs to the moment: whoever looks then sees the same.
void RequestService::estimate_use(Seconds to) {
  settle_engine();
  if (engine_counts_)
    unserved_ = static_cast<double>(engine_.dispatcher().in_service(engine_.now())) * law_.mean *
                (1 + law_.scv) / 2;
  engine_counts_ = false;
  if (to <= used_until_) return;
  const UseCounters use = flows_ ? use_of_flow(to) : draw_use(to);
  if (slots_ > 0) {
    UseCounters of_pods = use;
    if (!pods_have_queues()) of_pods.waiting = 0;
    per_slot_ += of_pods * (1.0 / slots_);
  }
  settled_.waiting += use.waiting;
  settled_.requests += use.requests;
}

UseCounters RequestService::draw_use(Seconds to) {
  constexpr std::uint8_t kUseLane = 1;
  const auto moment = static_cast<std::uint32_t>(std::llround(to.count() * 1000));
  RandomStream noise = request_stream(key_, Purpose::resampling, moment, kUseLane);
  const double seconds = (to - used_until_).count();
  const double expected_before = expected_by_then_;
  use_until(to);
  const double expected = expected_by_then_ - expected_before;
  const auto [came, work] = draw_work(expected, noise);
  // Work is done while it lasts, not when it comes: what is left of it drains with a time constant of
  // E[S^2] / 2 E[S], and what the slots cannot do by now they do later. Of M/G/inf that keeps the mean of the
  // work in progress, and the variance of busy slots both at one instant and over a long window.
  const double lasts = law_.mean * (1 + law_.scv) / 2;
  // After so many of them nothing stays, and an underflow is dear.
  const double stays = seconds < 700 * lasts ? std::exp(-seconds / lasts) : 0;
  const double left = unserved_ * stays + work * (lasts / seconds) * (1 - stays);
  const double done = std::min(unserved_ + work - left, slots_ * seconds);
  unserved_ = pods_.empty() ? 0 : unserved_ + work - done;
  UseCounters use{.busy = done, .requests = came};
  if (needs_.waiting && expected > 0 && !pods_.empty())
    use.waiting = came * mean_wait(expected / seconds);
  return use;
}

void RequestService::use_until(Seconds to) {
  used_until_ = to;
  expected_by_then_ = walk_.expected_by(settings_.demand, to);
}

void RequestService::fetch_behind() const { fetch_elements(pods_, 512); }

void RequestService::see(Seconds now, Seconds until, const Needs& needs, ServiceUse& out) {
  needs_.waiting |= needs.waiting;
  needs_.requests |= needs.requests || needs.waiting;
  while (now_ < now) {
    const Plan& next = plan(std::max(now, until));
    if (next.decision.look == Look::whole) {
      look(next.decision, load(std::min(now, next.end)), std::min(now, next.end));
    } else if (next.end <= now) {
      const Plan whole = next;
      look(whole.decision, whole.load, whole.end);
    } else {
      estimate_use(now);
      break;
    }
  }
  out.pods.clear();
  if (engine_counts_) read_engine(by_pod_);
  out.total = settled_;
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    UseCounters use = settled_of(pods_[i]);
    if (engine_counts_) use += by_pod_[i] - by_engine_[i].mark;
    out.pods.push_back({pods_[i].pod, use});
    out.total.busy += use.busy;
  }
  if (engine_counts_) {
    if (needs.waiting) out.total.waiting += engine_.waited() - mark_.waiting;
    out.total.requests += engine_.arrived() - mark_.requests;
    const Dispatcher& queue = engine_.dispatcher();
    out.waiting = needs.waiting ? static_cast<double>(queue.waiting(engine_.now())) : 0;
    out.in_service = needs.waiting ? static_cast<double>(queue.in_service(engine_.now())) : 0;
    return;
  }
  out.in_service = out.waiting = 0;
  if (!needs.waiting) return;
  flows_ ? count_flow(now, out) : estimate_counts(now, out);
}

}  // namespace berth::serving
