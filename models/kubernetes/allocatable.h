// What an EKS node offers to pods, from its type's nominal size.
//
//   allocatable = capacity - kube reserved - eviction threshold
//   reserved memory = 255 MiB + 11 MiB * pods          (pods by the ENI formula)
//   reserved CPU    = 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of
//   the
//                     rest, each range cut to whole milli-cores
//   capacity        = nominal memory less what the hypervisor and the kernel keep: 7.5 % rounded up
//                     to MiB (arm64: of 64 MiB less), Karpenter's estimate before it saw a real
//                     node
//   pods            = ENIs (IPv4 per ENI - 1) + 2
//
// Source: amazon-eks-ami nodeadm (July 2026) and Karpenter's AWS provider 1.14. The estimate is
// low: m5.large has 6903 MiB here and 7051 MiB as kubelet reports it. Left out: custom kubelet
// settings. Tested by tests/models/kubernetes/allocatable_test.cpp and the Kubernetes cases of kind
// eks_*.
#pragma once

#include "models/units.h"

namespace berth {

std::int64_t reserved_cpu_milli(int vcpus);
Bytes reserved_memory(int pods);
inline constexpr Bytes kEvictionThreshold{100 * kMiB};

struct NetworkInterfaces {
  int enis = 0;  // of the default network card
  int ipv4_per_eni = 0;
  int reserved_enis = 0;  // 1 with custom networking
};
int max_pods(const NetworkInterfaces& interfaces);
// Prefix delegation: 16 addresses where there was one, capped as managed node groups do.
int max_pods_with_prefixes(const NetworkInterfaces& interfaces, int vcpus);

struct NodeSize {
  int vcpus = 0;
  Bytes memory;  // nominal
  int gpus = 0;
  bool arm = false;
};
Resources allocatable(const NodeSize& size, int pods);

}  // namespace berth
