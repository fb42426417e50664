// When does which way to start win? Time and dollars until an image serves, by pull mode, and of
// one job by platform; and where two of them cross.
//
//   pulls at once   n nodes pull the same image through one link of rate L, every flow gets its share:
//                   took = max(alone, n bytes / L)             ready(models/pull_plan.h, took)
//   cost of a pull  the node is paid while its container is not ready: price x ready
//
// One job every I, on even intervals, of run length R; W is the wait from submitted to user code, k the
// machines that are needed, ceil(busy / I):
//   sagemaker cold   W = launch + overhead + input + image + container + init
//                    paid: all of it but the launch, and R
//   sagemaker warm   W = warm start + input + container + init     busy = W + R
//                    paid: k I - warm start: instances are idle and billed between jobs, but not
//                    while a job takes them over; a gap beyond 3600 s ends the pool, so there it is
//                    the cold job and an hour of idle time
//   kubernetes warm  W = pod + data + init                         busy = W + R
//                    paid: k I of nodes that are always there
//   karpenter        W = batch + boot + pod + data + image + init
//                    paid: from 12 s after the request (the machine runs) to removal; while a gap is
//                    shorter than the node is kept empty it is the warm node
// Waiting may have a price too (dollars an hour): a job's cost is what is paid plus W times that price.
//
// Laws enter by their means. Left out: jitter and bursts of the schedule (jobs overlap more),
// cluster fee and people (they do not depend on the interval), several jobs on a node, what a run loses
// to a lazily loaded image, interruptions (a spot price enters as a price).
// Tested by tests/models/break_even_test.cpp.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "models/pull_plan.h"
#include "models/scenario.h"

namespace berth {

// ---- Crossings ---------------------------------------------------------------------------------

// A stretch of an axis, and who is least there.
struct Stretch {
  double from = 0, to = 0;
  std::size_t winner = 0;  // position; the first of equals
};
enum class Axis { linear, logarithmic };
// Who is least between `low` and `high`: looked at in `steps` even steps, every change of the
// winner bisected to a relative 1e-6. A winner of less than a step may be missed.
std::vector<Stretch> winners(const std::function<double(std::size_t, double)>& value,
                             std::size_t candidates, double low, double high, Axis axis,
                             int steps = 240);
// Machines come whole, so two ways may change places at every further machine: 47 crossovers that say
// one thing. A zone is a stretch of one winner, or the part of the axis where several take turns (each of
// them wins before and after another there).
struct Zone {
  double from = 0, to = 0;
  std::vector<std::size_t> winners;  // in the order they first win there
  int crossovers = 0;                // inside the zone
};
std::vector<Zone> zones(const std::vector<Stretch>& stretches);
// Points of the axis for a curve, both ends included.
std::vector<double> points(double low, double high, Axis axis, int count);

// ---- Images ------------------------------------------------------------------------------------

// An image like `image` of another compressed size: the same ratio and number of layers, layers
// synthesised; or with another share read before ready.
Image resized(const Image& image, double compressed_bytes);
Image read_share(const Image& image, double share);

struct PullCase {
  Image image;
  NodeShape node;
  double at_once = 1;                  // nodes that pull together
  std::optional<BytesPerSecond> link;  // what they share
};
Seconds time_to_ready(const PullCase& pull, PullMode mode);

// ---- Jobs --------------------------------------------------------------------------------------

enum class StartWay { sagemaker_cold, sagemaker_warm, kubernetes_warm, karpenter };
inline constexpr int kStartWays = 4;
std::string_view name_of(StartWay way);

// Means, in seconds, and prices of the machine.
struct StartFigures {
  Seconds launch{0}, warm_start{0};  // SageMaker, unbilled and warm
  Seconds sagemaker_overhead{0};          // of the data step, of cold starts alone
  Seconds sagemaker_input{0};             // bytes copied, warm or cold
  Seconds sagemaker_image{0}, container{0};
  Seconds batch{0}, boot{0}, pod{0}, node_data{0}, node_image{0};  // Kubernetes
  Seconds kept_empty{0};  // an empty node, before it is removed
  Seconds init{0};
  UsdPerHour sagemaker, node;
  UsdPerHour wait;  // what an hour of waiting for a start is worth
};

struct WayCost {
  Seconds wait{0};
  double usd = 0;   // of one job: paid and waited
  double paid = 0;  // of it, to AWS
};
WayCost cost_of(StartWay way, const StartFigures& figures, Seconds interval, Seconds run);

}  // namespace berth
