// Where kube-scheduler would put a pod: which nodes it fits on, and how it scores them.
//
// Fit: one more pod is allowed and every request is at most what is left (requests, never usage).
// Scores are integers from 0 to 100 as in kube-scheduler 1.34, by resource i of weight w:
//   least allocated    sum w floor((cap - req) 100 / cap) / sum w      req > cap: 0
//   most allocated     sum w floor(min(req, cap) 100 / cap) / sum w
//   requested to capacity ratio: u = floor(req 100 / cap), at most 100, on a piecewise-linear
//   shape;
//                      resources that score 0 leave the sum of weights; rounded
//   balanced           trunc((1 - s) 100), s = |f1 - f2| / 2 or the standard deviation of more
//                      fractions f = min(req / cap, 1)
// Requests include the pod's own. For the first three, a container without a request counts as 100
// milli-cores and 200 MiB; balanced takes requests as they are. Resources a node has none of are
// skipped.
//
// score adds fit and balanced (weight 1 each, the default profile); schedule_pod.h chooses a node.
// Tested by tests/models/kubernetes/fit_and_score_test.cpp and the
// Kubernetes cases of kind node_score.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/units.h"

namespace berth {

struct ScoredResource {
  std::int64_t requested = 0, capacity = 0;
  std::int64_t weight = 1;
};
struct ShapePoint {
  std::int64_t utilisation = 0, score = 0;  // percent; 0 to 100
  bool operator==(const ShapePoint&) const = default;
};

std::int64_t least_allocated(std::span<const ScoredResource> resources);
std::int64_t most_allocated(std::span<const ScoredResource> resources);
std::int64_t requested_to_capacity_ratio(std::span<const ScoredResource> resources,
                                         std::span<const ShapePoint> shape);
std::int64_t balanced_allocation(std::span<const ScoredResource> resources);
// The shape itself: flat outside, whole numbers inside, cut towards zero.
std::int64_t broken_linear(std::span<const ShapePoint> shape, std::int64_t utilisation);

// What a container without a request counts as.
inline constexpr std::int64_t kDefaultCpuMilli = 100;
inline constexpr Bytes kDefaultMemory{200 * kMiB};
Resources with_defaults(Resources request);  // one container; 0 means absent

struct PodRequest {
  Resources request;
  Resources scored;  // with_defaults(request), unless the pod has several containers
};
PodRequest pod_request(Resources request);

// Of so many pods that request so much together.
PodRequest requests_of(Resources together, int pods);

struct NodeView {
  Resources allocatable;  // less `daemons`
  PodRequest daemons;     // what DaemonSets request: their pods are on it, and count where it is scored
  Resources requested;  // by the pods on it
  Resources scored;     // the same with defaults
  int pods = 0, max_pods = 0;
  Bytes image_present;  // bytes of the pod's image it holds
};

void put_on(NodeView& node, const PodRequest& pod);
void take_off(NodeView& node, const PodRequest& pod);

// What keeps a pod off a node.
enum class Misfit : std::uint8_t { pods, cpu, memory, gpus };
inline constexpr std::size_t kMisfits = 4;
std::optional<Misfit> misfit(const PodRequest& pod, const NodeView& node);
// How many pods like that it still holds.
int places_on(NodeView node, const PodRequest& pod, int at_most);
// Larger than the node altogether: no pod that leaves will help.
bool never_fits(const PodRequest& pod, const NodeView& node);

enum class FitStrategy : std::uint8_t {
  least_allocated,
  most_allocated,
  requested_to_capacity_ratio
};
struct Scoring {
  FitStrategy strategy = FitStrategy::least_allocated;
  std::vector<ShapePoint> shape = {};  // of requested_to_capacity_ratio
  bool operator==(const Scoring&) const = default;
};
std::int64_t score(const PodRequest& pod, const NodeView& node, const Scoring& scoring);

}  // namespace berth
