#include "sim/serving/pod_queues.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace berth::serving {
namespace {

// Below this the slowness of a warming pod is no longer followed.
constexpr double kWarmEnough = 1e-3;

}  // namespace

PodQueues::PodQueues(QueueRules rules, BalancerRules balancer, const LawDraws& services,
                     RandomStream dispatch, RandomStream retries)
    : rules_(std::move(rules)),
      balancer_(balancer),
      services_(&services),
      dispatch_(dispatch),
      retries_(retries),
      counts_outstanding_(balancer.balancing == Balancing::choices ||
                          balancer.balancing == Balancing::least_outstanding) {}

void PodQueues::serve(const Requests& block, double) {
  counts_.arrived += std::ssize(block.arrivals);
  if (is_plain(block)) {
    switch (balancer_.balancing) {
      case Balancing::random:
        return serve_plainly<Balancing::random>(block);
      case Balancing::round_robin:
        return serve_plainly<Balancing::round_robin>(block);
      case Balancing::least_outstanding:
        return serve_plainly<Balancing::least_outstanding>(block);
      case Balancing::choices:
        return serve_plainly<Balancing::choices>(block);
      case Balancing::choices_by_work:
        return serve_plainly<Balancing::choices_by_work>(block);
    }
  }
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double arrival = block.arrivals[i];
    if (next_cut_ <= arrival) cut_drained(arrival);
    const double gives_up = block.patience.empty() ? kNever : arrival + block.patience[i];
    place({arrival, block.services[i], gives_up, false}, arrival);
  }
}

// Nobody gives up and no pod is slow or cut off; of several choices there are two, of all pods.
bool PodQueues::is_plain(const Requests& block) const {
  const bool several = balancer_.balancing == Balancing::choices ||
                       balancer_.balancing == Balancing::choices_by_work;
  return (!several || (balancer_.choices == 2 && balancer_.with_replacement)) && !ready_.empty() &&
         block.patience.empty() && block.arrivals.front() >= warm_from_ &&
         block.arrivals.back() < next_cut_;
}

template <Balancing balancing>
inline std::uint32_t PodQueues::pick_plainly(std::span<const std::uint32_t> ready,
                                             const Door* doors, FastRandom& random, double now) {
  const auto n = static_cast<std::uint32_t>(ready.size());
  if constexpr (balancing == Balancing::random) return ready[random.below(n)];
  if constexpr (balancing == Balancing::round_robin)
    return ready[next_ = next_ + 1 < n ? next_ + 1 : 0];
  if constexpr (balancing == Balancing::least_outstanding) return by_count_.any_of_fewest(random);
  const auto [first, last] = random.two_below(n);
  const std::uint32_t one = ready[first], other = ready[last];
  // No branch: nobody could guess it.
  std::uint32_t second = 0;
  if constexpr (balancing == Balancing::choices) {
    second = doors[other].outstanding < doors[one].outstanding;
  } else {
    const double a = doors[one].first_free, b = doors[other].first_free;
    // Of two that are free already one is as good as the other.
    second = (b < a) & (now < a);
  }
  return one ^ ((one ^ other) & -second);
}

// The first date is taken, and its slot's new date is put where it belongs. The dates of a few slots
// ascend, and that takes no branch: the i-th of what is left and the new one is max(free[i], min(end,
// free[i+1])). Those of many are a heap: a server of thousands would be walked along whole.
inline void PodQueues::take_slot(Door& door, double end) {
  constexpr std::uint32_t kFew = 8, kMany = 32;
  double* const free = door.free;
  const std::uint32_t last = door.slots - 1;
  if (last < kFew) {
    double before = -kNever;
    for (std::uint32_t i = 0; i < last; ++i) {
      const double next = free[i + 1];
      free[i] = std::max(before, std::min(end, next));
      before = next;
    }
    free[last] = std::max(before, end);
  } else if (last < kMany) {
    std::uint32_t i = 0;
    for (; i < last && free[i + 1] < end; ++i) free[i] = free[i + 1];
    free[i] = end;
  } else {
    std::uint32_t i = 0;
    for (std::uint32_t child = 1; child <= last; child = 2 * i + 1) {
      child += child < last && free[child + 1] < free[child];
      if (free[child] >= end) break;
      free[i] = free[child];
      i = child;
    }
    free[i] = end;
  }
  door.first_free = free[0];
}

// So each is looked at once, however long the queues.
void PodQueues::note_waits(double now) const {
  sent_.each_new([&](std::uint32_t pod, double start, double end) {
    if (std::min(start, end) <= now) return;
    if (start == kNever)
      pods_[pod].give_ups.add(end);
    else
      pods_[pod].starts.add(start);
  });
}

// What place() does, for a block of which all that is so: a third of the cost is saved.
template <Balancing balancing>
void PodQueues::serve_plainly(const Requests& block) {
  constexpr bool kCountsEach = balancing == Balancing::choices;
  constexpr bool kCountsAll = balancing == Balancing::least_outstanding;
  SentRequests::Block& sent = sent_.room_for(block.arrivals.size(), block.arrivals.front());
  FastRandom random = dispatch_;
  // In registers: what is written to a door could be any of these for all the compiler knows.
  const std::span<const std::uint32_t> ready = ready_;
  Door* const doors = doors_.data();
  const std::uint64_t queue_limit = rules_.queue_limit;
  const bool one_slot_each = one_slot_each_;
  const std::size_t before = sent.size;
  double* const starts = sent.starts.data() + before;
  double* const ends = sent.ends.data() + before;
  std::uint32_t* const pods = sent.pods.data() + before;
  std::ranges::copy(block.arrivals, sent.arrivals.data() + before);
  double busy = 0, last_end = sent.last_end;
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double now = block.arrivals[i], service = block.services[i];
    if constexpr (kCountsEach)
      departures_.leave(now, [this](std::uint32_t pod) { --doors_[pod].outstanding; });
    if constexpr (kCountsAll)
      departures_.leave(now, [this](std::uint32_t pod) { by_count_.decrement(pod); });
    const std::uint32_t where = pick_plainly<balancing>(ready, doors, random, now);
    Door& door = doors[where];
    const bool waits = door.first_free > now;
    const double start = waits ? door.first_free : now, end = start + service;
    pods[i] = where;
    door.run = waits ? door.run + 1 : 0;
    if (door.run > queue_limit) [[unlikely]] {
      sent.size = before + i;
      sent.last_end = last_end;
      if (!has_place(where, now)) {
        ++counts_.rejected;
        starts[i] = kNever;
        ends[i] = -kNever;
        continue;
      }
    }
    if (one_slot_each)
      door.first_free = end;
    else
      take_slot(door, end);
    door.work += service;
    door.waits += start - now;
    door.begun += 1;
    busy += service;
    starts[i] = start;
    ends[i] = end;
    last_end = std::max(last_end, end);
    if constexpr (kCountsEach) ++door.outstanding;
    if constexpr (kCountsAll) by_count_.increment(where);
    if constexpr (kCountsEach || kCountsAll) departures_.add(end, where);
  }
  sent.size = before + block.arrivals.size();
  sent.last_end = last_end;
  dispatch_ = random;
  counts_.busy += busy;
  record_starts({starts, block.arrivals.size()}, block.arrivals);
}

void PodQueues::record_starts(std::span<const double> starts, std::span<const double> arrivals) {
  if (std::ranges::find(starts, kNever) == starts.end()) {
    counts_.waits.add_differences(starts, arrivals);
    return;
  }
  for (std::size_t i = 0; i < starts.size(); ++i)
    if (starts[i] < kNever) counts_.waits.add(starts[i] - arrivals[i]);
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
  if (counts_outstanding_) let_depart(now);
  const auto n = static_cast<std::uint32_t>(ready_.size());
  const auto tries = std::min<std::uint32_t>(static_cast<std::uint32_t>(balancer_.choices),
                                             balancer_.with_replacement ? ~0U : n);
  std::uint32_t best = 0;
  double least = kNever;
  if (tries == 2 && balancer_.with_replacement) {  // the draws of pick_plainly()
    const auto [first, last] = dispatch_.two_below(n);
    return load(ready_[last], now) < load(ready_[first], now) ? ready_[last] : ready_[first];
  }
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
  if (balancer_.balancing == Balancing::choices) return doors_[place].outstanding;
  return std::max(now, doors_[place].first_free);
}

// --- at the pod ----------------------------------------------------------------------------------

// Those who have given up take no places, and are cleared when they are many.
bool PodQueues::can_hold(double now) {
  if (held_.size() < rules_.queue_limit) return true;
  const std::size_t waiting = held_backlog_.waiting(now);
  if (is_many_gone(held_.size() - waiting, waiting)) clear_given_up(now);
  return waiting < rules_.queue_limit;
}

void PodQueues::clear_given_up(double now) {
  std::erase_if(held_, [&](const Request& one) {
    if (one.gives_up > now) return false;
    ++counts_.abandoned;
    counts_.abandoned_wait += one.gives_up - one.arrival;
    held_backlog_.remove(one.arrival, one.gives_up);
    return true;
  });
}

void PodQueues::place(const Request& request, double now) {
  if (ready_.empty()) {
    if (!rules_.buffers || !can_hold(now)) {
      ++counts_.rejected;
      return;
    }
    held_backlog_.add(request.arrival, request.gives_up);
    held_.push_back(request);
    return;
  }
  const std::uint32_t where = pick(now);
  Door& door = doors_[where];
  const double free = door.first_free, start = free > now ? free : now;
  door.run = free > now ? door.run + 1 : 0;
  if (door.run > rules_.queue_limit && !has_place(where, now)) [[unlikely]] {
    ++counts_.rejected;
    return;
  }
  if (start > request.gives_up) [[unlikely]] {
    ++counts_.abandoned;
    counts_.abandoned_wait += request.gives_up - request.arrival;
    sent_.add({request.arrival, kNever, request.gives_up, where}, now);
    note_departure(where, request.gives_up);
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
  sent_.add({request.arrival, start, start + request.service, where}, now);
  take_slot(door, start + request.service);
  note_departure(where, start + request.service);
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
  sent_.add({request.arrival, start, end, where, late}, now);
  take_slot(doors_[where], end);
  note_departure(where, end);
}

double PodQueues::slowness(std::uint32_t where, double start) const {
  const auto [extra, fades] = rules_.warm_up;
  const double now = extra > 0 ? extra * std::exp(-(start - pods_[where].joined) / fades) : 0;
  return now > kWarmEnough ? 1 + now : 1;
}

// For one more in the pod's queue.
bool PodQueues::has_place(std::uint32_t where, double now) {
  note_waits(now);
  const std::size_t queued = pods_[where].queued(now);
  doors_[where].run = queued + 1;
  return queued < rules_.queue_limit;
}

void PodQueues::note_departure(std::uint32_t where, double at) {
  if (!counts_outstanding_) return;
  departures_.add(at, where);
  if (balancer_.balancing == Balancing::choices)
    ++doors_[where].outstanding;
  else
    by_count_.increment(where);
}

void PodQueues::let_depart(double now) {
  departures_.leave(now, [this](std::uint32_t pod) {
    if (balancer_.balancing == Balancing::choices)
      --doors_[pod].outstanding;
    else
      by_count_.decrement(pod);
  });
}

// Again when the slots have become twice as many, or a quarter.
void PodQueues::spread_departures() {
  if (!counts_outstanding_) return;
  std::size_t slots = 0;
  for (const std::uint32_t place : ready_) slots += doors_[place].slots;
  if (slots <= 2 * spread_over_ && 4 * slots >= spread_over_) return;
  spread_over_ = slots;
  departures_.spread(services_->mean(), slots);
}

// --- pods that come and go -----------------------------------------------------------------------

void PodQueues::join(Pod name, int slots, double now) {
  cut_drained(now);
  if (unused_.empty()) {
    unused_.push_back(static_cast<std::uint32_t>(pods_.size()));
    pods_.emplace_back();
    doors_.emplace_back();
    // Pods that moved took their slots' dates along.
    for (std::size_t i = 0; i < pods_.size(); ++i) doors_[i].free = pods_[i].free.data();
  }
  const std::uint32_t place = unused_.back();
  unused_.pop_back();
  pods_[place] = {.name = name,
                  .joined = now,
                  .free = std::vector<double>(static_cast<std::size_t>(slots), now)};
  doors_[place] = {.first_free = now,
                   .free = pods_[place].free.data(),
                   .slots = static_cast<std::uint32_t>(slots)};
  const auto [extra, fades] = rules_.warm_up;
  if (extra > kWarmEnough)
    warm_from_ = std::max(warm_from_, now + fades * std::log(extra / kWarmEnough));
  ready_.push_back(place);
  if (one_slot_each_ && slots != 1) {
    one_slot_each_ = false;
    for (std::size_t i = 0; i < pods_.size(); ++i)
      if (i != place && !pods_[i].free.empty()) pods_[i].free.front() = doors_[i].first_free;
  }
  if (balancer_.balancing == Balancing::least_outstanding) by_count_.insert(place);
  spread_departures();
  held_backlog_.clear();
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
  if (counts_outstanding_) {
    let_depart(now);
    departures_.forget(place);
  }
  if (balancer_.balancing == Balancing::least_outstanding) by_count_.remove(place);
  pods_[place].cut_at = now + grace;
  draining_.push_back(place);
  next_cut_ = std::min(next_cut_, now + grace);
  if (grace <= 0) cut_drained(now);
  // Who has not ended by now ends, or gives up, by when all slots are free.
  const double free =
      one_slot_each_ ? doors_[place].first_free : std::ranges::max(pods_[place].free);
  return std::clamp(free, now, now + grace);
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
  pods_[where].starts = pods_[where].give_ups = {};
  std::vector<SentRequest> victims = sent_.take(where, now);
  std::ranges::sort(victims, {},
                    [](const SentRequest& one) { return std::pair(one.arrival, one.start); });
  for (const SentRequest& one : victims) {
    if (one.start == -kNever) continue;  // the slot was only occupied
    // Of whoever was in service see central_queue.h.
    if (one.recorded_late || one.start < now) {
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
    sent_.add({now, -kNever, end, where}, now);
    doors_[where].work += end - now;
    take_slot(doors_[where], end);
    note_departure(where, end);
    return;
  }
}

// --- looks ---------------------------------------------------------------------------------------

std::uint64_t PodQueues::waiting(double now) const {
  note_waits(now);
  std::uint64_t n = held_backlog_.waiting(now);
  for (PodState& pod : pods_) n += pod.queued(now);
  return n;
}

void PodQueues::note_work(std::uint32_t where, double wait, double service) {
  Door& door = doors_[where];
  door.work += service;
  door.waits += wait;
  door.begun += 1;
}

// Work and waits were noted whole when a request was sent to its pod: what lies ahead comes off.
void PodQueues::add_use(double now, std::vector<PodUse>& out) const {
  note_waits(now);
  for (const std::uint32_t place : ready_) {
    const Door& door = doors_[place];
    PodState& pod = pods_[place];
    double left = 0;
    for (const double free : pod.free) left += std::max(0.0, free - now);
    if (one_slot_each_) left = std::max(0.0, door.first_free - now);
    out.push_back({pod.name,
                   {.busy = door.work - left,
                    .waiting = door.waits - pod.starts.seconds_off(now),
                    .requests = door.begun}});
  }
}

double PodQueues::waited(double now) const {
  note_waits(now);
  double sum = counts_.waits.sum() + counts_.late_waits.sum() + counts_.abandoned_wait +
               held_backlog_.waited(now);
  for (PodState& pod : pods_) sum -= pod.starts.seconds_off(now) + pod.give_ups.seconds_off(now);
  return sum;
}

// A slot works without a pause until it is free.
std::uint64_t PodQueues::busy_slots(std::uint32_t where, double now) const {
  if (one_slot_each_) return doors_[where].first_free > now;
  return static_cast<std::uint64_t>(
      std::ranges::count_if(pods_[where].free, [now](double free) { return free > now; }));
}

std::uint64_t PodQueues::in_service(double now) const {
  std::uint64_t n = 0;
  for (const auto* places : {&ready_, &draining_})
    for (const std::uint32_t place : *places) n += busy_slots(place, now);
  return n;
}

std::uint64_t PodQueues::in_service(Pod name, double now) const {
  const std::size_t at = find(name);
  return at < ready_.size() ? busy_slots(ready_[at], now) : 0;
}

}  // namespace berth::serving
