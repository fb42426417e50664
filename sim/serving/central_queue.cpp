#include "sim/serving/central_queue.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace berth::serving {
namespace {

// Below this the slowness of a warming pod is no longer followed.
constexpr double kWarmEnough = 1e-3;

double gives_up(const Requests& block, std::size_t i) {
  return block.patience.empty() ? kNever : block.arrivals[i] + block.patience[i];
}

}  // namespace

CentralQueue::CentralQueue(QueueRules rules, const LawDraws& services, RandomStream retries,
                           Kernel kernel)
    : rules_(std::move(rules)), services_(&services), retries_(retries), kernel_(kernel) {}

void CentralQueue::serve(const Requests& block, double until) {
  if (block.arrivals.empty()) return;
  const double first = block.arrivals.front();
  serve_until(first);
  counts_.arrived += std::ssize(block.arrivals);
  const bool plain = queue_.empty() && first >= warm_from_ && kernel_ == Kernel::fastest;
  if (plain && try_directly(block, until)) return;
  serve_lazily(block);
  // Whoever is bound and waits still is all there is of a run.
  waiting_run_ = in_queue(block.arrivals.back()) - queue_.size();
}

void CentralQueue::serve_until(double t) {
  cut_leaving(t);
  start_waiting(t);
}

// --- direct --------------------------------------------------------------------------------------

// True when the queue, whose places are never counted here, cannot have filled up and nobody gave
// up: those who wait at one time all came since the last one who did not.
bool CentralQueue::nobody_turned_away(const Requests& block) {
  if (block.patience.empty() && waiting_run_ + starts_.size() <= rules_.queue_limit) {
    std::size_t run = 0;  // at the end of the block: all that is left to know
    while (run < starts_.size() &&
           starts_[starts_.size() - 1 - run] > block.arrivals[starts_.size() - 1 - run])
      ++run;
    waiting_run_ = run < starts_.size() ? run : waiting_run_ + run;
    return true;
  }
  std::uint64_t run = waiting_run_, longest_run = 0;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    run = starts_[i] > block.arrivals[i] ? run + 1 : 0;
    longest_run = std::max(longest_run, run);
  }
  if (longest_run > rules_.queue_limit) return false;
  for (std::size_t i = 0; i < block.patience.size(); ++i)
    if (starts_[i] > gives_up(block, i)) return false;
  waiting_run_ = run;
  return true;
}

// Of the block that was just bound and those before it: who has not begun when the next may come.
void CentralQueue::keep_bound(double last_arrival) {
  while (!bound_.empty() && bound_.front() <= last_arrival) bound_.pop_front();
  const auto first = std::ranges::upper_bound(starts_, last_arrival);
  bound_.insert(bound_.end(), first, starts_.end());
}

std::size_t CentralQueue::in_queue(double now) {
  while (!bound_.empty() && bound_.front() <= now) bound_.pop_front();
  return bound_.size() + queue_.size();
}

bool CentralQueue::try_directly(const Requests& block, double until) {
  if (tree_.earliest() == kNever) return false;
  tree_before_ = tree_;
  starts_.resize(block.arrivals.size());
  taken_.resize(block.arrivals.size());
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const double arrival = block.arrivals[i], free = tree_.earliest();
    const double start = free > arrival ? free : arrival;
    const std::size_t slot = tree_.earliest_slot();
    starts_[i] = start;
    taken_[i] = static_cast<std::uint32_t>(slot);
    tree_.set(slot, start + block.services[i]);
  }
  if (starts_.back() > std::min(until, next_cut_) || !nobody_turned_away(block)) {
    std::swap(tree_, tree_before_);
    return false;
  }
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    Served& served = served_[taken_[i]];
    served = {block.arrivals[i], starts_[i], served.work + block.services[i], served.begun + 1};
  }
  keep_bound(block.arrivals.back());
  counts_.waits.add_differences(starts_, block.arrivals);
  counts_.busy += std::accumulate(block.services.begin(), block.services.end(), 0.0);
  return true;
}

// --- lazy ----------------------------------------------------------------------------------------

void CentralQueue::serve_lazily(const Requests& block) {
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double arrival = block.arrivals[i];
    serve_until(arrival);
    arrive({arrival, block.services[i], gives_up(block, i), arrival, false});
  }
}

void CentralQueue::start_waiting(double t) {
  while (!queue_.empty()) {
    const Waiting& head = queue_.front();
    const double start = std::max(tree_.earliest(), head.since);
    if (head.gives_up < start && head.gives_up <= t) {
      ++counts_.abandoned;
      counts_.abandoned_wait += head.gives_up - head.arrival;
    } else if (start <= t) {
      begin(head, start);
    } else {
      return;
    }
    backlog_.remove(head.arrival, head.gives_up);
    queue_.pop_front();
  }
}

void CentralQueue::arrive(const Waiting& request) {
  if (queue_.empty() && tree_.earliest() <= request.arrival) return begin(request, request.arrival);
  if (is_full(request.arrival)) {
    ++counts_.rejected;
    return;
  }
  backlog_.add(request.arrival, request.gives_up);
  queue_.push_back(request);
}

// Those who have given up behind others who wait on take no places. They are cleared when there are many:
// to look for them at every arrival at a full queue would take as long as the queue is.
bool CentralQueue::is_full(double now) {
  if (in_queue(now) < rules_.queue_limit) return false;
  const std::size_t waiting = backlog_.waiting(now);
  if (is_many_gone(queue_.size() - waiting, waiting)) clear_given_up(now);
  return bound_.size() + waiting >= rules_.queue_limit;
}

void CentralQueue::clear_given_up(double now) {
  std::erase_if(queue_, [&](const Waiting& request) {
    if (request.gives_up > now) return false;
    ++counts_.abandoned;
    counts_.abandoned_wait += request.gives_up - request.arrival;
    backlog_.remove(request.arrival, request.gives_up);
    return true;
  });
}

double CentralQueue::slowness(const Slot& slot, double start) const {
  const auto [extra, fades] = rules_.warm_up;
  const double now = extra > 0 ? extra * std::exp(-(start - slot.joined) / fades) : 0;
  return now > kWarmEnough ? 1 + now : 1;
}

void CentralQueue::begin(const Waiting& request, double start) {
  const std::size_t slot = tree_.earliest_slot();
  const double slow = slowness(slots_[slot], start);
  const double service = request.service * slow;
  const bool late = slow != 1 || request.again;
  tree_.set(slot, start + service);
  Served& served = served_[slot];
  served = {request.arrival, start, served.work + service, served.begun + 1};
  counts_.busy += service;
  if (late) {
    counts_.latencies.add(start + service - request.arrival);
    counts_.late_waits.add(start - request.arrival);
  } else {
    counts_.waits.add(start - request.arrival);
  }
}

// --- pods ----------------------------------------------------------------------------------------

void CentralQueue::join(Pod pod, int slots, double now) {
  serve_until(now);
  waiting_run_ = 0;
  for (int i = 0; i < slots; ++i) {
    if (unused_.empty()) {
      unused_.push_back(slots_.size());
      slots_.emplace_back();
      served_.emplace_back();
      tree_.grow(slots_.size());
    }
    const std::size_t slot = unused_.back();
    unused_.pop_back();
    slots_[slot] = {.pod = pod, .joined = now};
    served_[slot] = {};
    tree_.set(slot, now);
  }
  const auto [extra, fades] = rules_.warm_up;
  if (extra > kWarmEnough)
    warm_from_ = std::max(warm_from_, now + fades * std::log(extra / kWarmEnough));
  start_waiting(now);
}

void CentralQueue::remove_slots(Pod pod) {
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].pod != pod || tree_.free_at(slot) == kNever) continue;
    tree_.set(slot, kNever);
    unused_.push_back(slot);
  }
}

double CentralQueue::drain(Pod pod, double now, double grace) {
  double last = now;
  serve_until(now);
  waiting_run_ = 0;
  std::erase_if(leaving_, [&](const Leaving& one) { return one.end <= now; });
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const double end = tree_.free_at(slot);
    if (slots_[slot].pod != pod || end <= now || end == kNever) continue;
    leaving_.push_back({pod, served_[slot], end, now + grace});
    last = std::max(last, std::min(end, now + grace));
    if (end > now + grace) next_cut_ = std::min(next_cut_, now + grace);
  }
  remove_slots(pod);
  cut_leaving(now);
  return last;
}

void CentralQueue::kill(Pod pod, double now) {
  drain(pod, now, 0);
  cut_off(pod, now);
  start_waiting(now);
}

void CentralQueue::cut_leaving(double t) {
  while (next_cut_ <= t) {
    const double at = std::exchange(next_cut_, kNever);
    start_waiting(at);
    std::vector<Leaving> victims;
    for (const Leaving& one : leaving_)
      if (one.cut_at <= at && one.end > at) victims.push_back(one);
    std::erase_if(leaving_, [&](const Leaving& one) { return one.cut_at <= at || one.end <= at; });
    for (const Leaving& one : leaving_)
      if (one.end > one.cut_at) next_cut_ = std::min(next_cut_, one.cut_at);
    put_back(std::move(victims), at);
  }
}

// A pod that is already draining dies before its grace is over.
void CentralQueue::cut_off(Pod pod, double now) {
  std::vector<Leaving> victims;
  for (const Leaving& one : leaving_)
    if (one.pod == pod && one.end > now) victims.push_back(one);
  std::erase_if(leaving_, [&](const Leaving& one) { return one.pod == pod; });
  put_back(std::move(victims), now);
}

// Whoever is cut off in service is no fair sample of service times: its wait stays among those that are to be
// convolved with the whole law, and what it would have had comes off latencies.
void CentralQueue::take_back(const Served& request, double end) {
  counts_.latencies.remove(end - request.arrival);
  counts_.late_waits.remove(request.start - request.arrival);
}

void CentralQueue::put_back(std::vector<Leaving> victims, double now) {
  // By arrival; two that arrived at the very same instant by when they were served.
  std::ranges::sort(victims, {}, [](const Leaving& one) {
    return std::pair(one.request.arrival, one.request.start);
  });
  for (auto one = victims.rbegin(); one != victims.rend(); ++one) {
    if (one->request.start == kUncounted) continue;  // the slot was only occupied
    take_back(one->request, one->end);
    counts_.busy -= one->end - now;
    if (rules_.cut_off == CutOff::fail) {
      ++counts_.failed;
      continue;
    }
    ++counts_.retried;
    backlog_.add(one->request.arrival, kNever);
    queue_.push_front({one->request.arrival, services_->draw(retries_), kNever, now, true});
  }
}

void CentralQueue::occupy(double now, double end) {
  if (tree_.earliest() > now) return;
  const std::size_t slot = tree_.earliest_slot();
  served_[slot].arrival = now;
  served_[slot].start = kUncounted;
  served_[slot].work += end - now;
  tree_.set(slot, end);
}

// --- looks ---------------------------------------------------------------------------------------

std::uint64_t CentralQueue::waiting(double now) const {
  return backlog_.waiting(now);
}

void CentralQueue::add_use(double now, std::vector<PodUse>& out) const {
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    const double free = tree_.free_at(slot);
    if (free == kNever) continue;
    const Served& served = served_[slot];
    out.push_back({slots_[slot].pod,
                   {.busy = served.work - std::max(0.0, free - now), .requests = served.begun}});
  }
}

double CentralQueue::waited(double now) const {
  return counts_.waits.sum() + counts_.late_waits.sum() + counts_.abandoned_wait +
         backlog_.waited(now);
}

std::uint64_t CentralQueue::in_service(double now) const {
  std::uint64_t n = 0;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot)
    n += tree_.free_at(slot) > now && tree_.free_at(slot) != kNever;
  for (const Leaving& one : leaving_) n += one.end > now;
  return n;
}

std::uint64_t CentralQueue::in_service(Pod pod, double now) const {
  std::uint64_t n = 0;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot)
    n += slots_[slot].pod == pod && tree_.free_at(slot) > now && tree_.free_at(slot) != kNever;
  return n;
}

}  // namespace berth::serving
