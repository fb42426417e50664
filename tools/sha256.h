// SHA-256 of a text (FIPS 180-4), in lower-case hex: how a result names the exact files it was
// made from. Our own sixty lines: a crypto library would double the start-up time of `berth`.
// Not for secrets. Tested by tests/tools/sha256_test.cpp with the vectors NIST publishes.
#pragma once

#include <string>
#include <string_view>

namespace berth {

std::string sha256(std::string_view text);

}  // namespace berth
