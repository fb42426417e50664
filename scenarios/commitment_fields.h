// Savings Plans as users write them, by what they are for.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include "models/placement.h"
#include "scenarios/fields.h"

namespace berth {

Type<Commitments> commitments();
Type<Commitment::Term> savings_plan_term();  // "1y", "3y"

}  // namespace berth
