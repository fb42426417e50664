#include "sim/serving/pod_queues.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

namespace berth::serving {
namespace {

// Below this the slowness of a warming pod is no longer followed.
constexpr double kWarmEnough = 1e-3;

}  // namespace

// --- CountOrder ----------------------------------------------------------------------------------

void CountOrder::move(std::uint32_t pod, std::size_t place) {
  const std::uint32_t other = order_[place];
  const std::size_t from = place_[pod];
  order_[from] = other;
  place_[other] = from;
  order_[place] = pod;
  place_[pod] = place;
}

std::size_t CountOrder::end_of(std::uint32_t count) const {
  return count + 1 < begin_of_.size() ? begin_of_[count + 1] : order_.size();
}

// A newcomer goes last and then down, one count at a time.
void CountOrder::insert(std::uint32_t pod) {
  if (pod >= place_.size()) place_.resize(pod + 1), count_.resize(pod + 1);
  if (begin_of_.empty()) begin_of_.push_back(0);
  place_[pod] = order_.size();
  order_.push_back(pod);
  count_[pod] = static_cast<std::uint32_t>(begin_of_.size()) - 1;
  while (count_[pod] > 0) decrement(pod);
}

void CountOrder::remove(std::uint32_t pod) {
  while (count_[pod] + 1 < begin_of_.size()) increment(pod);
  move(pod, order_.size() - 1);
  order_.pop_back();
}

void CountOrder::increment(std::uint32_t pod) {
  const std::uint32_t count = count_[pod]++;
  if (count + 1 == begin_of_.size()) begin_of_.push_back(order_.size());
  move(pod, --begin_of_[count + 1]);
}

void CountOrder::decrement(std::uint32_t pod) {
  move(pod, begin_of_[count_[pod]]++);
  --count_[pod];
}

std::uint32_t CountOrder::any_of_fewest(FastRandom& random) const {
  const std::uint32_t fewest = count_[order_.front()];
  return order_[random.below(static_cast<std::uint32_t>(end_of(fewest)))];
}

// --- PodQueues -----------------------------------------------------------------------------------

PodQueues::PodQueues(QueueRules rules, BalancerRules balancer, const LawDraws& services,
                     RandomStream dispatch, RandomStream retries)
    : rules_(std::move(rules)),
      balancer_(balancer),
      services_(&services),
      dispatch_(dispatch),
      retries_(retries),
      counts_outstanding_(balancer.balancing == Balancing::choices) {}

void PodQueues::serve(const Requests& block, double) {
  counts_.arrived += std::ssize(block.arrivals);
  if (is_plain(block)) {
    serve_plainly(block);
    return;
  }
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double arrival = block.arrivals[i];
    if (next_cut_ <= arrival) cut_drained(arrival);
    const double gives_up = block.patience.empty() ? kNever : arrival + block.patience[i];
    place({arrival, block.services[i], gives_up, false}, arrival);
  }
}

// Nobody gives up, no pod is slow or cut off, and nobody counts requests.
bool PodQueues::is_plain(const Requests& block) const {
  const bool blind = balancer_.balancing == Balancing::random ||
                     balancer_.balancing == Balancing::round_robin ||
                     (balancer_.balancing == Balancing::choices_by_work && balancer_.choices == 2 &&
                      balancer_.with_replacement);
  return blind && !ready_.empty() && block.patience.empty() &&
         block.arrivals.front() >= warm_from_ && block.arrivals.back() < next_cut_;
}

inline std::uint32_t PodQueues::pick_plainly(FastRandom& random, double now) {
  const auto n = static_cast<std::uint32_t>(ready_.size());
  if (balancer_.balancing == Balancing::random) return ready_[random.below(n)];
  if (balancer_.balancing == Balancing::round_robin)
    return ready_[next_ = next_ + 1 < n ? next_ + 1 : 0];
  const std::uint32_t one = ready_[random.below(n)], other = ready_[random.below(n)];
  const double a = doors_[one].first_free, b = doors_[other].first_free;
  // Of two that are free already one is as good as the other. No branch: nobody could guess it.
  const std::uint32_t second = (b < a) & (now < a);
  return one ^ ((one ^ other) & -second);
}

// The slots' dates ascend: the first is taken, and its new date is put where it belongs.
inline void PodQueues::take_slot(std::uint32_t where, double end) {
  auto& free = pods_[where].free;
  std::size_t i = 0;
  for (; i + 1 < free.size() && free[i + 1] < end; ++i) free[i] = free[i + 1];
  free[i] = end;
  doors_[where].first_free = free.front();
}

// What place() does, for a block of which all that is so: a third of the cost is saved.
void PodQueues::serve_plainly(const Requests& block) {
  FastRandom random = dispatch_;
  starts_.resize(block.arrivals.size());
  if (placed_.size() + starts_.size() >= tidy_at_) tidy(block.arrivals.front());
  std::size_t kept = placed_.size();
  placed_.resize(kept + starts_.size());
  double busy = 0;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const double now = block.arrivals[i];
    const std::uint32_t where = pick_plainly(random, now);
    Door& door = doors_[where];
    const bool waits = door.first_free > now;
    const double start = waits ? door.first_free : now, end = start + block.services[i];
    door.run = waits ? door.run + 1 : 0;
    starts_[i] = start;
    if ((door.run > rules_.queue_limit || door.counts_queue) && waits) [[unlikely]] {
      if (!takes_place(where, start, now, kept)) {
        ++counts_.rejected;
        starts_[i] = kNever;
        continue;
      }
    }
    if (one_slot_each_)
      door.first_free = end;
    else
      take_slot(where, end);
    door.work += block.services[i];
    door.waits += start - now;
    door.begun += 1;
    busy += block.services[i];
    placed_[kept++] = {now, start, end, where, false};
  }
  placed_.resize(kept);
  dispatch_ = random;
  counts_.busy += busy;
  record_starts(block);
}

void PodQueues::record_starts(const Requests& block) {
  if (std::ranges::find(starts_, kNever) == starts_.end()) {
    counts_.waits.add_differences(starts_, block.arrivals);
    return;
  }
  for (std::size_t i = 0; i < starts_.size(); ++i)
    if (starts_[i] < kNever) counts_.waits.add(starts_[i] - block.arrivals[i]);
}

void PodQueues::serve_until(double t) { cut_drained(t); }

// --- who gets it ---------------------------------------------------------------------------------

std::uint32_t PodQueues::pick(double now) {
  const auto n = static_cast<std::uint32_t>(ready_.size());
  switch (balancer_.balancing) {
    case Balancing::random:
      return ready_[dispatch_.below(n)];
    case Balancing::round_robin:
      return ready_[next_ = next_ + 1 < n ? next_ + 1 : 0];
    case Balancing::least_outstanding:
      let_depart(now);
      return by_count_.any_of_fewest(dispatch_);
    case Balancing::choices:
    case Balancing::choices_by_work:
      break;
  }
  return pick_of_several(now);
}

std::uint32_t PodQueues::pick_of_several(double now) {
  const auto n = static_cast<std::uint32_t>(ready_.size());
  const auto tries = std::min<std::uint32_t>(static_cast<std::uint32_t>(balancer_.choices),
                                             balancer_.with_replacement ? ~0U : n);
  std::uint32_t best = 0;
  double least = kNever;
  for (std::uint32_t i = 0; i < tries; ++i) {
    // Without replacement: the i-th of a shuffle that is only as long as needed.
    std::uint32_t at = dispatch_.below(balancer_.with_replacement ? n : n - i);
    if (!balancer_.with_replacement) {
      std::swap(ready_[at], ready_[n - 1 - i]);
      at = n - 1 - i;
    }
    const double has = load(ready_[at], now);
    best = has < least ? ready_[at] : best;
    least = std::min(has, least);
  }
  return best;
}

double PodQueues::load(std::uint32_t place, double now) {
  if (balancer_.balancing == Balancing::choices)
    return static_cast<double>(outstanding(pods_[place], now));
  return std::max(now, doors_[place].first_free);
}

std::uint64_t PodQueues::outstanding(PodState& pod, double now) {
  if (rules_.patience) {
    auto& heap = pod.departures;
    while (!heap.empty() && heap.front() <= now) {
      std::ranges::pop_heap(heap, std::greater{});
      heap.pop_back();
    }
    return heap.size();
  }
  std::vector<double>& starts = pod.starts;
  std::size_t& first = pod.first_waiting;
  while (first < starts.size() && starts[first] <= now) ++first;
  if (first == starts.size()) {
    starts.clear();
    first = 0;
  } else if (first >= 1024 && first >= starts.size() / 2) {
    starts.erase(starts.begin(), starts.begin() + static_cast<std::ptrdiff_t>(first));
    first = 0;
  }
  std::uint64_t served = 0;
  for (const double free : pod.free) served += free > now;
  return served + (starts.size() - first);
}

// --- at the pod ----------------------------------------------------------------------------------

// Those who have given up are cleared only when their places are needed.
bool PodQueues::can_hold(double now) {
  if (held_.size() < rules_.queue_limit) return true;
  if (now < next_give_up_) return false;
  next_give_up_ = kNever;
  std::erase_if(held_, [&](const Request& one) {
    if (one.gives_up > now) {
      next_give_up_ = std::min(next_give_up_, one.gives_up);
      return false;
    }
    ++counts_.abandoned;
    counts_.abandoned_wait += one.gives_up - one.arrival;
    return true;
  });
  return held_.size() < rules_.queue_limit;
}

void PodQueues::place(const Request& request, double now) {
  if (ready_.empty()) {
    if (rules_.buffers && can_hold(now))
      held_.push_back(request);
    else
      ++counts_.rejected;
    return;
  }
  const std::uint32_t where = pick(now);
  Door& door = doors_[where];
  const double free = door.first_free, start = free > now ? free : now;
  door.run = free > now ? door.run + 1 : 0;
  if ((door.run > rules_.queue_limit || door.counts_queue) && free > now) [[unlikely]]
    if (!takes_place(where, std::min(start, request.gives_up), now, placed_.size())) {
      ++counts_.rejected;
      return;
    }
  if (placed_.size() >= tidy_at_) [[unlikely]]
    tidy(now);
  if (start > request.gives_up) [[unlikely]] {
    ++counts_.abandoned;
    counts_.abandoned_wait += request.gives_up - request.arrival;
    placed_.push_back({request.arrival, kNever, request.gives_up, where, false});
    note_departure(where, kNever, request.gives_up, now);
    return;
  }
  if (start < warm_from_ || request.again) [[unlikely]] {
    const double service = request.service * slowness(where, start);
    note_work(where, start - now, service);
    record(request, where, start, service, now);
    return;
  }
  counts_.waits.add(start - request.arrival);
  counts_.busy += request.service;
  note_work(where, start - now, request.service);
  placed_.push_back({request.arrival, start, start + request.service, where, false});
  take_slot(where, start + request.service);
  note_departure(where, start, start + request.service, now);
}

// The wait of a request that is served slowly, or again, says too little about its latency.
void PodQueues::record(const Request& request, std::uint32_t where, double start, double service,
                       double now) {
  const bool late = request.again || service != request.service;
  const double end = start + service;
  counts_.busy += service;
  if (late) {
    counts_.latencies.add(end - request.arrival);
    counts_.late_waits.add(start - request.arrival);
  } else {
    counts_.waits.add(start - request.arrival);
  }
  placed_.push_back({request.arrival, start, end, where, late});
  take_slot(where, end);
  note_departure(where, start, end, now);
}

double PodQueues::slowness(std::uint32_t where, double start) const {
  const auto [extra, fades] = rules_.warm_up;
  const double now = extra > 0 ? extra * std::exp(-(start - pods_[where].joined) / fades) : 0;
  return now > kWarmEnough ? 1 + now : 1;
}

void PodQueues::tidy(double now) {
  std::erase_if(placed_, [&](const Placed& one) { return one.end <= now; });
  tidy_at_ = 2 * placed_.size() + 4096;
}

// Takes a place in the pod's queue until `leaves`, unless all are taken. First come, first served:
// who leaves first is in front (with clients of unequal patience one who gave up may hold his place
// until those before him are gone).
bool PodQueues::takes_place(std::uint32_t where, double leaves, double now, std::size_t placed) {
  if (!doors_[where].counts_queue) count_queue(where, now, placed);
  auto& queued = pods_[where].queued;
  while (!queued.empty() && queued.front() <= now) queued.pop_front();
  if (queued.size() >= rules_.queue_limit) return false;
  queued.push_back(leaves);
  doors_[where].counts_queue = queued.size() > 1;  // else the run is short again
  if (queued.size() == 1) doors_[where].run = 1;
  return true;
}

void PodQueues::count_queue(std::uint32_t where, double now, std::size_t placed) {
  auto& queued = pods_[where].queued;
  queued.clear();
  for (const Placed& one : std::span(placed_).first(placed))
    if (one.pod == where && std::min(one.start, one.end) > now)
      queued.push_back(std::min(one.start, one.end));
  std::ranges::sort(queued);
}

void PodQueues::note_departure(std::uint32_t where, double start, double at, double now) {
  if (counts_outstanding_ && !rules_.patience) {
    if (start > now) pods_[where].starts.push_back(start);
  } else if (counts_outstanding_) {
    auto& heap = pods_[where].departures;
    heap.push_back(at);
    std::ranges::push_heap(heap, std::greater{});
  } else if (balancer_.balancing == Balancing::least_outstanding) {
    by_count_.increment(where);
    departures_.push_back({at, where});
    std::ranges::push_heap(departures_, std::greater{}, &Departure::at);
  }
}

void PodQueues::let_depart(double now) {
  while (!departures_.empty() && departures_.front().at <= now) {
    by_count_.decrement(departures_.front().pod);
    std::ranges::pop_heap(departures_, std::greater{}, &Departure::at);
    departures_.pop_back();
  }
}

// --- pods that come and go -----------------------------------------------------------------------

void PodQueues::join(Pod name, int slots, double now) {
  cut_drained(now);
  if (unused_.empty()) {
    unused_.push_back(static_cast<std::uint32_t>(pods_.size()));
    pods_.emplace_back();
    doors_.emplace_back();
  }
  const std::uint32_t place = unused_.back();
  unused_.pop_back();
  pods_[place] = {.name = name,
                  .joined = now,
                  .free = std::vector<double>(static_cast<std::size_t>(slots), now)};
  doors_[place] = {.first_free = now};
  const auto [extra, fades] = rules_.warm_up;
  if (extra > kWarmEnough)
    warm_from_ = std::max(warm_from_, now + fades * std::log(extra / kWarmEnough));
  ready_.push_back(place);
  if (one_slot_each_ && slots != 1) {
    one_slot_each_ = false;
    for (const std::uint32_t ready : ready_)
      if (ready != place) pods_[ready].free.front() = doors_[ready].first_free;
  }
  if (balancer_.balancing == Balancing::least_outstanding) by_count_.insert(place);
  for (const Request& request : std::exchange(held_, {})) this->place(request, now);
}

std::size_t PodQueues::find(Pod name) const {
  const auto has_name = [&](std::uint32_t place) { return pods_[place].name == name; };
  return static_cast<std::size_t>(std::ranges::find_if(ready_, has_name) - ready_.begin());
}

double PodQueues::drain(Pod name, double now, double grace) {
  cut_drained(now);
  const std::size_t at = find(name);
  if (at == ready_.size()) return now;
  const std::uint32_t place = ready_[at];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(at));
  if (balancer_.balancing == Balancing::least_outstanding) {
    let_depart(now);
    std::erase_if(departures_, [&](const Departure& one) { return one.pod == place; });
    std::ranges::make_heap(departures_, std::greater{}, &Departure::at);
    by_count_.remove(place);
  }
  pods_[place].cut_at = now + grace;
  draining_.push_back(place);
  next_cut_ = std::min(next_cut_, now + grace);
  double last = now;
  for (const Placed& one : placed_)
    if (one.pod == place && one.end > now) last = std::max(last, std::min(one.end, now + grace));
  if (grace <= 0) cut_drained(now);
  return last;
}

void PodQueues::kill(Pod name, double now) {
  drain(name, now, 0);
  for (const std::uint32_t place : draining_)
    if (pods_[place].name == name) pods_[place].cut_at = now;
  next_cut_ = std::min(next_cut_, now);
  cut_drained(now);
}

void PodQueues::cut_drained(double t) {
  while (next_cut_ <= t) {
    const double at = std::exchange(next_cut_, kNever);
    std::vector<std::uint32_t> over;
    std::erase_if(draining_, [&](std::uint32_t place) {
      if (pods_[place].cut_at <= at) return over.push_back(place), true;
      next_cut_ = std::min(next_cut_, pods_[place].cut_at);
      return false;
    });
    for (const std::uint32_t place : over) {
      unused_.push_back(place);
      cut_off(place, at);
    }
  }
}

void PodQueues::cut_off(std::uint32_t where, double now) {
  std::vector<Placed> victims;
  std::erase_if(placed_, [&](const Placed& one) {
    if (one.pod != where) return one.end <= now;
    if (one.end > now && one.start != kNever) victims.push_back(one);
    return true;
  });
  std::ranges::sort(victims, {},
                    [](const Placed& one) { return std::pair(one.arrival, one.start); });
  for (const Placed& one : victims) {
    if (one.start == -kNever) continue;  // the slot was only occupied
    if (one.recorded_late) {
      counts_.latencies.remove(one.end - one.arrival);
      counts_.late_waits.remove(one.start - one.arrival);
    } else {
      counts_.waits.remove(one.start - one.arrival);
    }
    counts_.busy -= one.end - std::max(one.start, now);
    if (rules_.cut_off == CutOff::fail) {
      ++counts_.failed;
      continue;
    }
    ++counts_.retried;
    place({one.arrival, services_->draw(retries_), kNever, true}, now);
  }
}

// Pod by pod, so that all are about equally busy.
void PodQueues::occupy(double now, double end) {
  for (std::size_t tries = 0; tries < ready_.size(); ++tries) {
    const std::uint32_t where = ready_[occupied_++ % ready_.size()];
    if (doors_[where].first_free > now) continue;
    placed_.push_back({now, -kNever, end, where, false});
    doors_[where].work += end - now;
    take_slot(where, end);
    note_departure(where, now, end, now);
    return;
  }
}

// --- looks ---------------------------------------------------------------------------------------

std::uint64_t PodQueues::waiting(double now) const {
  const auto placed = std::ranges::count_if(
      placed_, [&](const Placed& one) { return one.end > now && one.start > now; });
  const auto held =
      std::ranges::count_if(held_, [&](const Request& one) { return one.gives_up > now; });
  return static_cast<std::uint64_t>(placed + held);
}

void PodQueues::note_work(std::uint32_t where, double wait, double service) {
  Door& door = doors_[where];
  door.work += service;
  door.waits += wait;
  door.begun += 1;
}

// Work and waits were noted whole when a request was sent to its pod: what lies ahead comes off. A
// slot works without a pause until it is free.
void PodQueues::add_use(double now, std::vector<PodUse>& out) const {
  std::vector<double> ahead(pods_.size(), 0);
  for (const Placed& one : placed_)
    if (one.start > now && one.end > now && one.start != kNever) ahead[one.pod] += one.start - now;
  for (const std::uint32_t place : ready_) {
    const Door& door = doors_[place];
    double left = 0;
    for (const double free : pods_[place].free) left += std::max(0.0, free - now);
    if (one_slot_each_) left = std::max(0.0, door.first_free - now);
    out.push_back({pods_[place].name,
                   {.busy = door.work - left,
                    .waiting = door.waits - ahead[place],
                    .requests = door.begun}});
  }
}

double PodQueues::waited(double now) const {
  double sum = counts_.waits.sum() + counts_.late_waits.sum() + counts_.abandoned_wait;
  for (const Request& one : held_) sum += std::min(now, one.gives_up) - one.arrival;
  for (const Placed& one : placed_) {
    if (one.start == kNever) sum -= std::max(0.0, one.end - now);
    else if (one.start > now) sum -= one.start - now;
  }
  return sum;
}

std::uint64_t PodQueues::in_service(double now) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      placed_, [&](const Placed& one) { return one.start <= now && one.end > now; }));
}

std::uint64_t PodQueues::in_service(Pod name, double now) const {
  const std::size_t at = find(name);
  if (at == ready_.size()) return 0;
  const std::uint32_t where = ready_[at];
  return static_cast<std::uint64_t>(std::ranges::count_if(placed_, [&](const Placed& one) {
    return one.pod == where && one.start <= now && one.end > now;
  }));
}

}  // namespace berth::serving
