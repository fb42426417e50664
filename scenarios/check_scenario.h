// What only shows when a scenario's numbers meet each other: a window shorter than its slice, a
// pool with more nodes kept than allowed, a goal to start that is later than the goal to be done, a
// file without workloads, a disruption budget that lets no pod go.
// Tested by tests/scenarios/bad_input_test.cpp and unmet_settings_test.cpp.
#pragma once

#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

void check_scenario(Reading& in, const Scenario& scenario, const Node& root);

}  // namespace berth
