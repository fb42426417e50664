// A path below the build folder that no other test process uses: tests run side by side, each in a
// process of its own.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace berth {

inline std::filesystem::path own_path(const std::string& name) {
  return std::filesystem::path(BERTH_BUILD_DIR) / (std::to_string(getpid()) + "_" + name);
}

}  // namespace berth
