// Savings Plans as users write them, by what they are for.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include "models/placement.h"
#include "scenarios/fields.h"

namespace berth {

Type<Commitments> commitments();

}  // namespace berth
