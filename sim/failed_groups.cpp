#include "sim/failed_groups.h"

#include <algorithm>
#include <cmath>

namespace berth {

bool FailedGroups::may_grow(PoolId pool, TypeId type) const {
  const auto found = backoffs_.find({pool, type});
  return found == backoffs_.end() || !is_backed_off(found->second, now());
}

void FailedGroups::launch(PoolId pool, const ClusterPlatform::NodeOrder& order) {
  ScaleUpRequest& scale_up = scaling_up_[{pool, order.type}];
  ++scale_up.nodes;
  scale_up.asked = now();
  if (!cluster_.is_short(pool, order.type)) {
    cluster_.request_node(pool, order);
    return;
  }
  cluster_.ask_in_vain(pool, order);
  if (!look_at_) look_at_ = failure_is_seen(now(), cluster_.settings().scan_interval);
}

int FailedGroups::coming(const Group& group) const {
  return static_cast<int>(
      std::ranges::count_if(cluster_.state(group.first).nodes, [&](const auto& node) {
        return node->type == group.second && !node->ready;
      }));
}

bool FailedGroups::comes_after(const Group& group, Seconds date) const {
  return std::ranges::any_of(cluster_.state(group.first).nodes, [&](const auto& node) {
    return node->type == group.second && !node->ready && !node->never_comes && node->comes > date;
  });
}

void FailedGroups::forgive() {
  if (seen_at_ == now()) return;  // that loop has done it, before it saw what failed
  std::erase_if(scaling_up_, [&](const auto& entry) {
    if (coming(entry.first) > 0) return false;
    backoffs_.erase(entry.first);
    return true;
  });
}

// In the order of a loop: scale-ups that are done, or too late; then instances.
void FailedGroups::see_failures() {
  forgive();
  seen_at_ = now();
  time_out();
  if (look_at_ && *look_at_ <= now()) look_at_instances();
  give_up_unregistered();
}

Seconds FailedGroups::back_off_from_now(const Group& group) {
  const auto earlier = backoffs_.find(group);
  const Backoff backoff =
      back_off(earlier == backoffs_.end() ? std::nullopt : std::optional(earlier->second), now());
  backoffs_[group] = backoff;
  return backoff.until;
}

// What was asked for goes on coming, and is no scale-up any more: nothing forgives the group.
void FailedGroups::time_out() {
  const Cluster& settings = cluster_.settings();
  std::erase_if(scaling_up_, [&](const auto& entry) {
    const auto& [group, scale_up] = entry;
    if (now() < scale_up_times_out(scale_up.asked, settings.scaling.provision_within,
                                   settings.scan_interval))
      return false;
    cluster_.world().tally.record(ScaleUpTimedOut{.at = now(),
                                                  .asked = scale_up.asked,
                                                  .platform = cluster_.id(),
                                                  .pool = group.first,
                                                  .type = group.second,
                                                  .nodes = coming(group),
                                                  .not_before = back_off_from_now(group)});
    return true;
  });
}

void FailedGroups::look_at_instances() {
  look_at_.reset();
  for (const PoolId pool : cluster_.used_pools()) {
    bool any = false;
    for (const TypeId type : cluster_.pool(pool).types) {
      const ClusterPlatform::GivenUp failed = cluster_.give_up(pool, type);
      if (failed.nodes == 0) continue;
      back_off_after({pool, type}, failed);
      any = true;
    }
    if (!any) continue;
    cluster_.forget_missing(pool);
    cluster_.keep_minimum(pool);
  }
}

void FailedGroups::back_off_after(const Group& group, const ClusterPlatform::GivenUp& failed) {
  if (const auto asked = scaling_up_.find(group); asked != scaling_up_.end()) {
    if (const auto left = after_failure(asked->second, failed.nodes))
      asked->second = *left;
    else
      scaling_up_.erase(asked);
  }
  cluster_.world().tally.record(LaunchFailed{.at = now(),
                                             .asked = failed.asked,
                                             .platform = cluster_.id(),
                                             .pool = group.first,
                                             .type = group.second,
                                             .offering = cluster_.pool(group.first).offering,
                                             .by = NodeRequested::By::cluster_autoscaler,
                                             .nodes = failed.nodes,
                                             .pods = failed.pods,
                                             .not_before = back_off_from_now(group)});
}

RegistrationRule FailedGroups::rule() const {
  return {.limit = cluster_.settings().scaling.provision_within,
          .interval = cluster_.settings().scan_interval};
}

namespace {
ComingInstance seen(const KubeNode& node) {
  return {.requested = node.requested, .registers = node.registers, .never_comes = node.never_comes};
}
}  // namespace

std::vector<KubeNode*> FailedGroups::overdue(PoolId pool) const {
  std::vector<KubeNode*> late;
  for (const auto& node : cluster_.state(pool).nodes)
    if (is_overdue(seen(*node), rule())) late.push_back(node.get());
  return late;
}

void FailedGroups::give_up_unregistered() {
  for (const PoolId pool : cluster_.used_pools())
    for (KubeNode* node : overdue(pool))
      if (is_given_back(seen(*node), rule(), cluster_.may_give(pool), now()))
        cluster_.give_up_unregistered(*node);
}

std::optional<Seconds> FailedGroups::next_loop() {
  const Seconds interval = cluster_.settings().scan_interval;
  std::erase_if(loops_, [&](Seconds date) { return date <= now(); });
  std::optional<Seconds> next;
  const auto consider = [&](Seconds date) {
    if (date > now() && !loops_.contains(date) && (!next || date < *next)) next = date;
  };
  const Seconds following = interval * (std::floor(now() / interval) + 1);
  if (look_at_) consider(*look_at_);
  for (const auto& [group, backoff] : backoffs_) {
    if (!is_backed_off(backoff, now())) continue;
    consider(interval * std::ceil(backoff.until / interval));
    if (scaling_up_.contains(group)) consider(following);
  }
  for (const auto& [group, scale_up] : scaling_up_) {
    const Seconds late = scale_up_times_out(
        scale_up.asked, cluster_.settings().scaling.provision_within, interval);
    if (comes_after(group, late)) consider(late);
  }
  // The minimum may have kept one that is overdue.
  for (const PoolId pool : cluster_.used_pools())
    for (const KubeNode* node : overdue(pool)) {
      const Seconds date = instance_times_out(node->requested, rule().limit, rule().interval);
      if (date > now() || is_given_back(seen(*node), rule(), cluster_.may_give(pool), now()))
        consider(std::max(date, following));
    }
  if (next) loops_.insert(*next);
  return next;
}

}  // namespace berth
