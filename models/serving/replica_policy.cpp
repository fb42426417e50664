#include "models/serving/replica_policy.h"

#include <algorithm>
#include <cmath>

namespace berth {

int wished_replicas(const Service& service, const ReplicaPolicy& policy, double rate) {
  const double busy = rate * mean(service.service_time);
  const double wish = std::ceil(busy / (service.concurrency * policy.target_utilisation) - 1e-9);
  return static_cast<int>(std::clamp(wish, double(policy.min), double(policy.max)));
}

int ReplicaController::desired(Seconds now, double rate) {
  const int wish = wished_replicas(*service_, policy_, rate);
  while (!wishes_.empty() && wishes_.back().replicas <= wish) wishes_.pop_back();
  wishes_.push_back({now, wish});
  while (wishes_.front().at < now - policy_.scale_down_delay) wishes_.pop_front();
  return wishes_.front().replicas;
}

int replicas_on(const InstanceType& machine, const Service& service) {
  const Resources needs = service.needs;
  std::int64_t fit = std::int64_t{machine.vcpu} * 1000 / std::max<std::int64_t>(needs.cpu_milli, 1);
  if (needs.memory.count > 0) fit = std::min(fit, machine.memory.count / needs.memory.count);
  if (needs.gpus > 0) fit = std::min<std::int64_t>(fit, machine.gpus / needs.gpus);
  return static_cast<int>(fit);
}

}  // namespace berth
