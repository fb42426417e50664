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

LaunchChoice choose_launch(std::span<const LaunchTry> types) {
  LaunchChoice choice;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!types[i].left_out && !types[i].is_short) {
      choice.taken = i;
      break;
    }
    if (!types[i].left_out) choice.found_short.push_back(i);
    ++choice.passed_over;
  }
  return choice;
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

std::optional<ScaleUpRequest> after_failure(const ScaleUpRequest& request, int failed) {
  if (failed >= request.nodes) return std::nullopt;
  return ScaleUpRequest{.nodes = request.nodes - failed, .asked = request.asked};
}

bool is_overdue(const ComingInstance& instance, const RegistrationRule& rule) {
  return !instance.never_comes &&
         instance.registers > instance_times_out(instance.requested, rule.limit, rule.interval);
}

bool is_given_back(const ComingInstance& instance, const RegistrationRule& rule, int may_give,
                   Seconds now) {
  return is_overdue(instance, rule) && may_give > 0 && now < instance.registers &&
         now >= instance_times_out(instance.requested, rule.limit, rule.interval);
}

}  // namespace berth
