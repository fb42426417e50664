#include "models/kubernetes/allocatable.h"

#include <algorithm>
#include <array>

namespace berth {
namespace {

struct CpuRange {
  int cores;
  std::int64_t milli_per_hundred_cores;  // so that 0.25 % stays whole
};
constexpr std::array kCpuRanges{
    CpuRange{1,       6000},
    CpuRange{1,       1000},
    CpuRange{2,       500 },
    CpuRange{1 << 20, 250 }
};

constexpr std::int64_t kArmFirmware = 64 * kMiB;

Bytes visible_memory(const NodeSize& size) {
  const std::int64_t start = size.memory.count - (size.arm ? kArmFirmware : 0);
  const std::int64_t hidden = start * 75 / 1000;
  return {start - (hidden + kMiB - 1) / kMiB * kMiB};
}

}  // namespace

std::int64_t reserved_cpu_milli(int vcpus) {
  std::int64_t reserved = 0;
  for (const CpuRange& range : kCpuRanges) {
    const int cores = std::clamp(vcpus, 0, range.cores);
    reserved += cores * range.milli_per_hundred_cores / 100;
    vcpus -= cores;
  }
  return reserved;
}

Bytes reserved_memory(int pods) { return {(255 + std::int64_t{11} * pods) * kMiB}; }

int max_pods(const NetworkInterfaces& interfaces) {
  return std::max(interfaces.enis - interfaces.reserved_enis, 0) * (interfaces.ipv4_per_eni - 1) +
         2;
}

int max_pods_with_prefixes(const NetworkInterfaces& interfaces, int vcpus) {
  const int addresses = (max_pods(interfaces) - 2) * 16 + 2;
  return std::min(addresses, vcpus < 30 ? 110 : 250);
}

Resources allocatable(const NodeSize& size, int pods) {
  return {.cpu_milli = std::int64_t{1000} * size.vcpus - reserved_cpu_milli(size.vcpus),
          .memory = visible_memory(size) - reserved_memory(pods) - kEvictionThreshold,
          .gpus = size.gpus};
}

}  // namespace berth
