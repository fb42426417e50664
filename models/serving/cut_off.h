// What becomes of requests whose pod goes under them: whoever sent them tries again, or not.
#pragma once

#include <cstdint>

namespace berth {

enum class CutOff : std::uint8_t { retry, fail };

}  // namespace berth
