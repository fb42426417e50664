// An Outcome as bytes and back, for the pipe between a child process and its parent.
//
//   bytes = magic, payload length, checksum of the payload (8 bytes each), payload
//
// One list of fields (sim/wire.cpp) serves both directions and stops compiling when a struct gains
// a member. Numbers are in the machine's own order and width: both ends are the same program, and
// the bytes are never stored. A double comes back as the same bits.
//
// Truncated, extended or altered bytes are an error. Tested by tests/sim/wire_test.cpp.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "models/outcome.h"

namespace berth {

struct WireError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string encode(const Outcome& outcome);
Outcome decode(std::string_view bytes);  // throws WireError

}  // namespace berth
