#include "models/kubernetes/disruption_budget.h"

#include <algorithm>
#include <cmath>

namespace berth {

BudgetStatus status_of(const DisruptionBudget& budget, int expected, int ready) {
  const int amount = budget.percent ? (budget.amount * expected + 99) / 100 : budget.amount;
  const bool is_minimum = budget.of == DisruptionBudget::Of::min_available;
  const int wanted = is_minimum ? amount : std::max(expected - amount, 0);
  const int allowed = expected > 0 ? std::max(ready - wanted, 0) : 0;
  return {.ready = ready, .wanted = wanted, .allowed = allowed};
}

bool may_be_evicted(const GuardedPod& pod) {
  if (!pod.runs || pod.status.allowed > 0) return true;
  if (pod.ready) return false;
  const bool fellows_are_enough = pod.status.ready >= pod.status.wanted && pod.status.wanted > 0;
  return pod.budget.unready_may_go || fellows_are_enough;
}

bool blocks_consolidation(const GuardedPod& pod) {
  return pod.status.allowed == 0 && (pod.ready || !pod.budget.unready_may_go);
}

Seconds EvictionRetry::wait_after(int attempts) const {
  return std::min(first * std::exp2(attempts - 1), most);
}

}  // namespace berth
