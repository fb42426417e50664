#include "models/billing/node_share.h"

namespace berth {
namespace {

// OpenCost's default pricing (configs/default.json, read 2026): USD per hour.
constexpr double kCpuHour = 0.031611, kGibHour = 0.004237, kGpuHour = 0.95;

double weight(Resources r) {
  return kCpuHour * double(r.cpu_milli) / 1000 + kGibHour * gibibytes(r.memory) + kGpuHour * r.gpus;
}

}  // namespace

double resource_price(Resources requested) { return weight(requested); }

double node_share(Resources request, Resources allocatable) {
  return weight(request) / weight(allocatable);
}

}  // namespace berth
