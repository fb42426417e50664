#include "models/pull_plan.h"

#include <algorithm>

namespace berth {
namespace {

PullPlan plan_nothing(PullMode mode) { return {.mode = mode, .before = kLocalImage}; }

PullPlan plan_whole(std::span<const Layer> layers, PullMode mode, const PullPath& path) {
  PullPlan plan{.mode = mode, .network_bytes = total_compressed(layers), .before = kResolve};
  const PullTimeline timeline = pull_timeline(layers, path);
  plan.unpack = plan_unpacking(layers, timeline, path);
  if (plan.network_bytes.count > 0)
    plan.alone_rate = {static_cast<double>(plan.network_bytes.count) /
                       timeline.download_makespan.count()};
  return plan;
}

PullPlan plan_lazy(LazyWork work, const LazyPath& path, bool mounted) {
  PullPlan plan{.mode = PullMode::soci_lazy, .before = path.mount, .lazy = work};
  if (mounted) {
    work.index = work.eager = work.eager_unpacked = {};
    plan.before = kLocalImage;
  }
  const Bytes reads = scaled(work.span_compressed, work.reads_before_ready());
  const BytesPerSecond one_stream{std::min(path.connection.rate, path.node.rate)};
  const Seconds mounting = work.index / path.connection + work.eager / path.node;
  const Seconds flow = mounting + reads / one_stream;
  plan.network_bytes = work.index + work.eager + reads;
  if (plan.network_bytes.count > 0) {
    plan.alone_rate = {static_cast<double>(plan.network_bytes.count) / flow.count()};
    plan.mount_share = mounting / flow;
  }
  plan.mount_after = work.eager_unpacked / path.inflate;
  const Seconds transfer = work.span_compressed / one_stream;
  plan.after = plan.mount_after +
               work.faults_before_ready * (path.round_trip + work.span_unpacked / path.inflate) +
               work.long_before_ready * (long_read_time(work, path) - transfer) +
               work.hits_before_ready * path.hit;
  return plan;
}

}  // namespace

Seconds PullPlan::alone() const {
  return network_bytes.count > 0 ? network_bytes / alone_rate : Seconds{0};
}

Bytes PullPlan::bytes_in_the_end() const {
  if (!lazy) return network_bytes;
  const double rest = lazy->total_spans - lazy->reads_before_ready() - lazy->hits_before_ready;
  return network_bytes + scaled(lazy->span_compressed, rest);
}

PullPlan plan_pull(const Image& image, const LayerSet& cached, PullMode mode, const NodeShape& node,
                   LazilyHeld held) {
  return plan_pull(image, cached, mode, default_path(mode, node), default_lazy_path(node), held);
}

PullPlan plan_pull(const Image& image, const LayerSet& cached, PullMode mode, const PullPath& path,
                   const LazyPath& lazy, LazilyHeld held) {
  const std::vector<Layer> layers = missing(image, cached);
  if (mode == PullMode::preloaded || layers.empty()) return plan_nothing(mode);
  if (mode == PullMode::soci_lazy && image.soci_index)
    return plan_lazy(lazy_work(image, cached, lazy, held.read), lazy, held.mounted);
  PullPlan plan = plan_whole(layers, mode, path);
  plan.fallback = mode == PullMode::soci_lazy;
  return plan;
}

Seconds ready(const PullPlan& plan, Seconds took) {
  const Seconds alone = plan.alone();
  const double stretch = alone.count() > 0 ? took / alone : 1.0;
  const Seconds unpacked = unpacked_after(plan.unpack.steps, plan.unpack.unpackers, stretch);
  return plan.before + std::max(unpacked, took) + plan.after;
}

Seconds wait_after_flow(const PullPlan& plan, Seconds took) {
  return std::max(ready(plan, took) - plan.before - took, Seconds{0});
}

PullSplit split_pull(const PullPlan& plan, Seconds took) {
  return split_until(plan, took, ready(plan, took));
}

PullSplit split_until(const PullPlan& plan, Seconds took, Seconds all) {
  if (!plan.lazy) return {.image = all};
  // Where nothing is read before ready both are the same but for rounding, and a phase is never below 0.
  const Seconds image = std::min(plan.before + plan.mount_share * took + plan.mount_after, all);
  return {.image = image, .reads = all - image};
}

}  // namespace berth
