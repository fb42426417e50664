#include "sim/failed_groups.h"

#include <algorithm>
#include <cmath>

namespace berth {

bool FailedGroups::may_grow(PoolId pool, TypeId type) const {
  const auto found = backoffs_.find({pool, type});
  return found == backoffs_.end() || !is_backed_off(found->second, now());
}

void FailedGroups::launch(PoolId pool, const ClusterPlatform::NodeOrder& order) {
  if (cluster_.settings().shortages.empty()) {  // nothing ever fails
    cluster_.request_node(pool, order);
    return;
  }
  ++scaling_up_[{pool, order.type}];
  if (!cluster_.is_short(pool, order.type)) {
    cluster_.request_node(pool, order);
    return;
  }
  cluster_.ask_in_vain(pool, order);
  if (!look_at_) look_at_ = failure_is_seen(now(), cluster_.settings().scan_interval);
}

bool FailedGroups::is_coming(const Group& group) const {
  return std::ranges::any_of(cluster_.state(group.first).nodes, [&](const auto& node) {
    return node->type == group.second && !node->ready;
  });
}

void FailedGroups::forgive() {
  if (seen_at_ == now()) return;  // that loop has done it, before it saw what failed
  std::erase_if(scaling_up_, [&](const auto& entry) {
    if (is_coming(entry.first)) return false;
    backoffs_.erase(entry.first);
    return true;
  });
}

void FailedGroups::see_failures() {
  forgive();
  if (!look_at_ || *look_at_ > now()) return;
  look_at_.reset();
  seen_at_ = now();
  for (const PoolId pool : cluster_.used_pools()) {
    bool any = false;
    for (const TypeId type : cluster_.pool(pool).types) {
      const ClusterPlatform::GivenUp failed = cluster_.give_up(pool, type);
      if (failed.nodes == 0) continue;
      back_off_after({pool, type}, failed);
      any = true;
    }
    if (!any) continue;
    // Their wait for a node begins with the next one.
    for (ClusterPlatform::Request* request : cluster_.waiting_for(pool)) {
      const bool waits_for_nothing = std::ranges::any_of(
          request->nominated,
          [&](std::int64_t number) { return cluster_.find_node(pool, number) == nullptr; });
      if (waits_for_nothing || request->nominated.empty()) request->node_requested.reset();
    }
    cluster_.keep_minimum(pool);
  }
}

void FailedGroups::back_off_after(const Group& group, const ClusterPlatform::GivenUp& failed) {
  const auto asked = scaling_up_.find(group);
  asked->second -= failed.nodes;
  if (asked->second <= 0) scaling_up_.erase(asked);
  const auto earlier = backoffs_.find(group);
  const Backoff backoff =
      back_off(earlier == backoffs_.end() ? std::nullopt : std::optional(earlier->second), now());
  backoffs_[group] = backoff;
  cluster_.world().tally.record(LaunchFailed{.at = now(),
                                             .asked = failed.asked,
                                             .platform = cluster_.id(),
                                             .pool = group.first,
                                             .type = group.second,
                                             .offering = cluster_.pool(group.first).offering,
                                             .by = NodeRequested::By::cluster_autoscaler,
                                             .nodes = failed.nodes,
                                             .pods = failed.pods,
                                             .not_before = backoff.until});
}

std::optional<Seconds> FailedGroups::next_loop() {
  const Seconds interval = cluster_.settings().scan_interval;
  std::erase_if(loops_, [&](Seconds date) { return date <= now(); });
  std::optional<Seconds> next;
  const auto consider = [&](Seconds date) {
    if (date > now() && !loops_.contains(date) && (!next || date < *next)) next = date;
  };
  if (look_at_) consider(*look_at_);
  for (const auto& [group, backoff] : backoffs_) {
    if (!is_backed_off(backoff, now())) continue;
    consider(interval * std::ceil(backoff.until / interval));
    if (scaling_up_.contains(group)) consider(interval * (std::floor(now() / interval) + 1));
  }
  if (next) loops_.insert(*next);
  return next;
}

}  // namespace berth
