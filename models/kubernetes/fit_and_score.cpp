#include "models/kubernetes/fit_and_score.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace berth {
namespace {

constexpr std::int64_t kMaxScore = 100;

template <class Score>
std::int64_t weighted(std::span<const ScoredResource> resources, Score score_of) {
  std::int64_t sum = 0, weights = 0;
  for (const ScoredResource& r : resources) {
    if (r.capacity == 0) continue;
    sum += r.weight * score_of(r);
    weights += r.weight;
  }
  return weights == 0 ? 0 : sum / weights;
}

double fraction(const ScoredResource& r) {
  return std::min(static_cast<double>(r.requested) / static_cast<double>(r.capacity), 1.0);
}

// Of the utilised fractions, in the order of the resources. Two have a formula of their own, as in
// kube-scheduler, so that the last digit is the same.
double imbalance(std::span<const ScoredResource> present) {
  const auto count = static_cast<double>(present.size());
  if (present.size() < 2) return 0;
  if (present.size() == 2) return std::abs((fraction(present[0]) - fraction(present[1])) / 2);
  double sum = 0, squares = 0;
  for (const ScoredResource& r : present) sum += fraction(r);
  for (const ScoredResource& r : present)
    squares += (fraction(r) - sum / count) * (fraction(r) - sum / count);
  return std::sqrt(squares / count);
}

std::array<ScoredResource, 2> cpu_and_memory(const Resources& requested, const Resources& cap) {
  return {
      ScoredResource{requested.cpu_milli,    cap.cpu_milli   },
      ScoredResource{requested.memory.count, cap.memory.count}
  };
}

std::int64_t fit_score(std::span<const ScoredResource> scored, const Scoring& scoring) {
  switch (scoring.strategy) {
    case FitStrategy::least_allocated: return least_allocated(scored);
    case FitStrategy::most_allocated: return most_allocated(scored);
    case FitStrategy::requested_to_capacity_ratio:
      return requested_to_capacity_ratio(scored, scoring.shape);
  }
  return 0;
}

}  // namespace

std::int64_t least_allocated(std::span<const ScoredResource> resources) {
  return weighted(resources, [](const ScoredResource& r) {
    return r.requested > r.capacity ? 0 : (r.capacity - r.requested) * kMaxScore / r.capacity;
  });
}

std::int64_t most_allocated(std::span<const ScoredResource> resources) {
  return weighted(resources, [](const ScoredResource& r) {
    return std::min(r.requested, r.capacity) * kMaxScore / r.capacity;
  });
}

std::int64_t broken_linear(std::span<const ShapePoint> shape, std::int64_t utilisation) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (utilisation > shape[i].utilisation) continue;
    if (i == 0) return shape[0].score;
    const ShapePoint &from = shape[i - 1], &to = shape[i];
    return from.score + (to.score - from.score) * (utilisation - from.utilisation) /
                            (to.utilisation - from.utilisation);
  }
  return shape.empty() ? 0 : shape.back().score;
}

std::int64_t requested_to_capacity_ratio(std::span<const ScoredResource> resources,
                                         std::span<const ShapePoint> shape) {
  std::int64_t sum = 0, weights = 0;
  for (const ScoredResource& r : resources) {
    if (r.capacity == 0) continue;
    const std::int64_t score_here =
        broken_linear(shape, std::min(r.requested * 100 / r.capacity, std::int64_t{100}));
    if (score_here <= 0) continue;
    sum += score_here * r.weight;
    weights += r.weight;
  }
  if (weights == 0) return 0;
  return std::llround(static_cast<double>(sum) / static_cast<double>(weights));
}

std::int64_t balanced_allocation(std::span<const ScoredResource> resources) {
  if (std::ranges::all_of(resources, [](const ScoredResource& r) { return r.capacity != 0; }))
    return static_cast<std::int64_t>((1 - imbalance(resources)) * static_cast<double>(kMaxScore));
  std::vector<ScoredResource> present(resources.begin(), resources.end());
  std::erase_if(present, [](const ScoredResource& r) { return r.capacity == 0; });
  return balanced_allocation(present);
}

Resources with_defaults(Resources request) {
  if (request.cpu_milli == 0) request.cpu_milli = kDefaultCpuMilli;
  if (request.memory.count == 0) request.memory = kDefaultMemory;
  return request;
}

PodRequest pod_request(Resources request) { return {request, with_defaults(request)}; }

PodRequest requests_of(Resources together, int pods) {
  Resources scored = together;
  if (scored.cpu_milli == 0) scored.cpu_milli = pods * kDefaultCpuMilli;
  if (scored.memory.count == 0) scored.memory = {pods * kDefaultMemory.count};
  return {together, scored};
}

void put_on(NodeView& node, const PodRequest& pod) {
  node.requested = node.requested + pod.request;
  node.scored = node.scored + pod.scored;
  ++node.pods;
}

void take_off(NodeView& node, const PodRequest& pod) {
  node.requested = node.requested - pod.request;
  node.scored = node.scored - pod.scored;
  --node.pods;
}

std::optional<Misfit> misfit(const PodRequest& pod, const NodeView& node) {
  const Resources left = node.allocatable - node.requested;
  if (node.pods + 1 > node.max_pods) return Misfit::pods;
  // First, as who wants one is kept off by little else.
  if (pod.request.gpus > 0 && pod.request.gpus > left.gpus) return Misfit::gpus;
  if (pod.request.cpu_milli > 0 && pod.request.cpu_milli > left.cpu_milli) return Misfit::cpu;
  if (pod.request.memory.count > 0 && pod.request.memory > left.memory) return Misfit::memory;
  return std::nullopt;
}

int places_on(NodeView node, const PodRequest& pod, int at_most) {
  int places = 0;
  for (; places < at_most && !misfit(pod, node); ++places) put_on(node, pod);
  return places;
}

bool never_fits(const PodRequest& pod, const NodeView& node) {
  return !fits(pod.request, node.allocatable) || node.max_pods < 1;
}

std::int64_t score(const PodRequest& pod, const NodeView& node, const Scoring& scoring) {
  const Resources capacity = node.allocatable + node.daemons.request;
  const auto scored = cpu_and_memory(node.daemons.scored + node.scored + pod.scored, capacity);
  const std::int64_t fit = fit_score(scored, scoring);
  // A pod that requests nothing is not balanced against anything.
  if (pod.request == Resources{}) return fit;
  const Resources requested = node.daemons.request + node.requested + pod.request;
  return fit + balanced_allocation(cpu_and_memory(requested, capacity));
}

}  // namespace berth
