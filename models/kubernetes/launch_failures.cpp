#include "models/kubernetes/launch_failures.h"

#include <algorithm>
#include <cmath>

namespace berth {

Seconds UnavailableOfferings::mark(TypeId type, Offering offering, Seconds now) {
  return until_[{type, offering}] = now + kUnavailableFor;
}

bool UnavailableOfferings::holds(TypeId type, Offering offering, Seconds now) const {
  const auto found = until_.find({type, offering});
  return found != until_.end() && now <= found->second;
}

bool UnavailableOfferings::any(Seconds now) const {
  return std::ranges::any_of(until_, [&](const auto& entry) { return now <= entry.second; });
}

std::optional<Seconds> UnavailableOfferings::first_end(std::span<const TypeId> types,
                                                       Offering offering, Seconds now) const {
  std::optional<Seconds> first;
  for (const TypeId type : types) {
    if (!holds(type, offering, now)) continue;
    const Seconds end = until_.at({type, offering});
    if (!first || end < *first) first = end;
  }
  return first;
}

Seconds asks_again(Seconds since, Seconds after) {
  const double asked = std::max(0.0, std::floor((after - since) / kPodAsksAgain));
  Seconds next = since + (asked + 1) * kPodAsksAgain;
  while (next <= after) next += kPodAsksAgain;  // rounding took the last one for the next
  return next;
}

Backoff back_off(const std::optional<Backoff>& earlier, Seconds now) {
  Seconds length = kFirstBackoff;
  if (earlier && now <= earlier->failed + kBackoffForgotten)
    length =
        now > earlier->until ? std::min(2 * earlier->length, kLongestBackoff) : earlier->length;
  return {.length = length, .until = now + length, .failed = now};
}

bool is_backed_off(const std::optional<Backoff>& backoff, Seconds now) {
  return backoff && now < backoff->until;
}

Seconds failure_is_seen(Seconds requested, Seconds interval) {
  const Seconds looks = interval * std::ceil(kInstancesLookedAt / interval);
  return looks * (std::floor(requested / looks) + 1);
}

Seconds registration_ends(Seconds requested, Seconds limit) { return requested + limit; }

namespace {

Seconds first_loop_after(Seconds date, Seconds interval) {
  return interval * (std::floor(date / interval) + 1);
}

}  // namespace

Seconds scale_up_times_out(Seconds last_addition, Seconds limit, Seconds interval) {
  return first_loop_after(last_addition + limit, interval);
}

Seconds instance_times_out(Seconds requested, Seconds limit, Seconds interval) {
  return first_loop_after(failure_is_seen(requested, interval) + limit, interval);
}

}  // namespace berth
