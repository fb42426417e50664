// A PodDisruptionBudget: how many pods of one workload may be evicted now, and how a drain asks
// again when it is told to wait.
//
//   expected = pods the workload should have
//   wanted   = min_available, or expected - max_unavailable (never below 0); a percentage of
//              expected, rounded up
//   allowed  = ready - wanted, never below 0; 0 where none are expected
//
// Who asks the eviction API must wait while none are allowed; a pod whose containers do not run yet
// may always go, and one that runs and is not ready may where its fellows are enough
// (IfHealthyBudget) or always (AlwaysAllow). Drains ask. A ReplicaSet that scales down, preemption
// (preemption.h: it only prefers victims that break no budget) and a node that dies do not.
//
// Source: Kubernetes 1.34, pkg/controller/disruption (the status) and pkg/registry/core/pod/storage
// (the eviction API); retries: Karpenter's eviction queue, Cluster Autoscaler's
// actuation/drain.go with --max-pod-eviction-time, kubectl drain. Left out: the moment it takes the
// controller to renew the status, pods with two budgets (the API refuses those), budgets of jobs.
// Tested by tests/models/kubernetes/disruption_budget_test.cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "models/units.h"

namespace berth {

struct DisruptionBudget {
  enum class Of : std::uint8_t { min_available, max_unavailable } of = Of::max_unavailable;
  int amount = 1;        // pods, or percent of those expected
  bool percent = false;
  bool unready_may_go = false;  // unhealthyPodEvictionPolicy: AlwaysAllow
  bool operator==(const DisruptionBudget&) const = default;
};

struct BudgetStatus {
  int ready = 0, wanted = 0, allowed = 0;
};
BudgetStatus status_of(const DisruptionBudget& budget, int expected, int ready);

// One pod, as the eviction API sees it.
struct GuardedPod {
  DisruptionBudget budget;
  BudgetStatus status;
  bool runs = false, ready = false;
};
bool may_be_evicted(const GuardedPod& pod);
// While one of its pods is like this, Karpenter gives a node back neither alone nor with others.
bool blocks_consolidation(const GuardedPod& pod);

// Waits between one attempt and the next double from `first` to `most`.
struct EvictionRetry {
  Seconds first{5}, most{5};
  std::optional<Seconds> gives_up = {};  // this long after the first attempt

  Seconds wait_after(int attempts) const;  // >= 1
  bool over(Seconds since_first) const { return gives_up && since_first >= *gives_up; }
};
inline constexpr EvictionRetry kKarpenterRetry{.first = Seconds{0.1}, .most = Seconds{10}};
inline constexpr EvictionRetry kClusterAutoscalerRetry{
    .first = Seconds{10}, .most = Seconds{10}, .gives_up = Seconds{120}};
inline constexpr EvictionRetry kKubectlRetry{};  // as managed node groups drain

}  // namespace berth
