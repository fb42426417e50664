#include "models/serving/replicas_on.h"

#include <algorithm>

namespace berth {

int replicas_on(const InstanceType& machine, const Service& service) {
  const Resources needs = service.needs;
  std::int64_t fit = std::int64_t{machine.vcpu} * 1000 / std::max<std::int64_t>(needs.cpu_milli, 1);
  if (needs.memory.count > 0) fit = std::min(fit, machine.memory.count / needs.memory.count);
  if (needs.gpus > 0) fit = std::min<std::int64_t>(fit, machine.gpus / needs.gpus);
  return static_cast<int>(fit);
}

}  // namespace berth
