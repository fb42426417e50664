#include "sim/settings.h"

#include <simgrid/forward.h>
#include <simgrid/version.h>

namespace berth {

std::vector<std::pair<std::string, std::string>> engine_settings() {
  const int major = SIMGRID_VERSION / 10'000, minor = SIMGRID_VERSION / 100 % 100;
  return {{"simgrid", std::to_string(major) + "." + std::to_string(minor)},
          {"network/model", "CM02"},
          {"network/crosstraffic", "0"},
          {"network/TCP-gamma", "0"},
          {"network/bandwidth-factor", "1.0"},
          {"network/latency-factor", "1.0"},
          {"network/weight-S", "0"},
          {"network/optim", "Lazy"}};
}

}  // namespace berth
