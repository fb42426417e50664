// What `plan: levers:` states for one workload: rules go from the general to the particular ("*",
// team:NAME, name), and a later one replaces a list of values, not the rule.
// Tested by tests/planner/levers_test.cpp.
#pragma once

#include "models/plan_request.h"
#include "models/scenario.h"

namespace berth {

TrainingLevers levers_for(const PlanRequest& request, const TrainingClass& workload);
ServiceLevers levers_for(const PlanRequest& request, const Service& workload);
bool nothing_stated(const TrainingLevers& levers);
bool nothing_stated(const ServiceLevers& levers);
// Whether a home, as a placement of the scenario has it, is nowhere else than where the levers say. Pools are of
// clusters, instance types, offerings of what is hired and kinds of endpoint of SageMaker.
bool allows(const TrainingLevers& levers, const Scenario& scenario, const TrainingClass& workload,
            const TrainingHome& home);
bool allows(const ServiceLevers& levers, const Scenario& scenario, const ServiceHome& home);
EndpointKind endpoint_kind(const ServiceHome& home);  // of a home on SageMaker

}  // namespace berth
