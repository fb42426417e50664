// One run of chance: the experiment's seed and which of its repetitions this is.
#pragma once

#include <cstdint>

namespace berth {

struct Replication {
  std::uint64_t seed = 1;
  std::uint32_t number = 0;
};

}  // namespace berth
