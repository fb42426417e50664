// The fields of a scenario's top level, in the order they are read: what gives names comes before
// what uses them.
// Tested by tests/scenarios/read_scenario_test.cpp.
#pragma once

#include "models/plan_request.h"
#include "models/scenario.h"
#include "scenarios/fields.h"
#include "scenarios/placement_fields.h"

namespace berth {

inline constexpr std::string_view kScenarioSchema = "berth/scenario/1";

// A scenario while it is read.
struct ScenarioText {
  Scenario scenario;
  PlanRequest plan;
  Date starts_on;
};

const Fields<ScenarioText>& scenario_fields();

}  // namespace berth
