// What stands between requests and the slots of pods: the common face of the central queue, of
// queues at each pod and of batching workers, and the rules they share.
//
// Control events (join, drain, kill) come in order of time and after everything that arrived before
// them was handed over; at one instant, requests come first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/serving/cut_off.h"
#include "sim/serving/counts.h"
#include "sim/serving/fast_draws.h"
#include "models/serving/use_counters.h"
#include "sim/serving/slot_tree.h"

namespace berth::serving {

using Pod = std::int32_t;  // the caller's number; used again only after the pod has gone

// The first requests of a pod are slower: service x (1 + extra e^{-(t - joined)/fades}).
struct WarmUp {
  double extra = 0;
  double fades = 1;  // seconds
};

struct QueueRules {
  std::uint64_t queue_limit = 100'000;  // waiting requests: in all, or at each pod that has a queue
  std::optional<Distribution> patience;  // seconds a client waits for its service to begin
  WarmUp warm_up;
  CutOff cut_off = CutOff::retry;
  bool buffers = false;  // without a pod requests wait for one, also where each pod has a queue
};

// One block: requests in order of arrival, what each will take, how long each is ready to wait.
struct Requests {
  std::span<const double> arrivals, services;
  std::span<const double> patience;  // empty: for ever
};

class Dispatcher {
 public:
  virtual ~Dispatcher() = default;
  // No control event comes before `until`, no arrival of the block after it.
  virtual void serve(const Requests& block, double until) = 0;
  virtual void serve_until(double t) = 0;  // what can begin by t without a new arrival

  virtual void join(Pod pod, int slots, double now) = 0;
  // No new work; what is being served may end by now + grace and is cut off there.
  // Gives the date at which the last of it ends or is cut off.
  virtual double drain(Pod pod, double now, double grace) = 0;
  virtual void kill(Pod pod, double now) = 0;

  // One slot is busy from `now` to `end` with a request nobody counts: how a look into the middle
  // of a day begins.
  virtual void occupy(double now, double end) = 0;

  // Of those that come from now on so many may wait.
  virtual void limit_queue(std::uint64_t most) = 0;

  virtual std::uint64_t waiting(double now) const = 0;
  virtual std::uint64_t in_service(double now) const = 0;  // on leaving pods too
  virtual std::uint64_t in_service(Pod pod, double now) const = 0;
  std::uint64_t in_system(double now) const { return waiting(now) + in_service(now); }

  // What pods that take work have done by `now`, each pod once or in several parts; what waits at
  // no pod is nobody's.
  struct PodUse {
    Pod pod = 0;
    UseCounters use;
  };
  virtual void add_use(double now, std::vector<PodUse>& out) const = 0;
  // Request-seconds waited by `now`, of all that came since the counts were taken last.
  virtual double waited(double now) const = 0;

  ServingCounts& counts() { return counts_; }

 protected:
  ServingCounts counts_;
};

}  // namespace berth::serving
