// The `plan:` section: levers, objective, limits, uncertain inputs, plans that are held.
// Tested by tests/scenarios/plan_fields_test.cpp.
#pragma once

#include "models/plan_request.h"
#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

// The shape for schema and reference.
ShapeRef plan_shape();
// `scenario` is read up to its placements: a lever that names nothing is an issue with the nearest word.
bool read_plan(Reading& in, const Node& node, const Scenario& scenario, PlanRequest& target);

}  // namespace berth
