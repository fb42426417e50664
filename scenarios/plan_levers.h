// Levers and uncertain inputs of the `plan:` section held against the scenario: what names nothing or leaves
// nothing to choose is an error, what does nothing a warning. Tested by tests/scenarios/plan_fields_test.cpp.
#pragma once

#include "models/plan_request.h"
#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

struct LeversText {
  Named<TrainingLevers> training;
  Named<ServiceLevers> services;
  Named<ClusterLevers> clusters;
  std::vector<Commitment::Term> savings_plans;
};

void check_levers(Reading& in, const Node& plan, const Scenario& scenario, const LeversText& levers);
// An uncertain input that nothing depends on would make every world the same, and look like a finding.
// Spot machines are for who has read the placements, too.
void check_reach(Reading& in, const Node& plan, const Scenario& scenario, const PlanRequest& request);

}  // namespace berth
