// Files berth wrote, read back whole, within a limit: a result of hundreds of megabytes would take
// several times its size in memory. Tested by tests/tools/check_test.sh.
#pragma once

#include <cstddef>
#include <string>

namespace berth {

inline constexpr std::size_t kLargestStored = std::size_t{256} << 20;

// "-" is standard input. UsageError: it cannot be read, or is larger than the limit.
std::string read_stored(const std::string& path);

}  // namespace berth
