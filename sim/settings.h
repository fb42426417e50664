// What SimGrid is told, in one place: set in code before the platform exists, printed in every
// result's header. Its defaults are made for MPI clusters and run 8 % slow for plain flows
// (bandwidth factor .97 and ACK traffic), so they are switched off: a flow alone on a link moves at
// the link's capacity, flows that share one share it max-min fairly.
// Tested by tests/sim/network_test.cpp against the max-min cases.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace berth {

// {"simgrid", "3.32"}, {"network/model", "CM02"}, ...
std::vector<std::pair<std::string, std::string>> engine_settings();

}  // namespace berth
