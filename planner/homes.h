// Homes of workloads: when two are the same choice, and a home in words.
// Tested by tests/planner/levers_test.cpp and analytic_serving_test.cpp.
#pragma once

#include <string>

#include "models/scenario.h"

namespace berth {

// The same choice: an endpoint's pull makes no difference. Cold starts are stretched by worlds and do not
// count.
bool same_home(const TrainingHome& a, const TrainingHome& b);
bool same_home(const ServiceHome& a, const ServiceHome& b);

// "SageMaker ml.m5.xlarge, spot, kept 15 min" and "eks/serving-cpu c6i.4xlarge, target 60 %".
std::string in_words(const Scenario& scenario, const TrainingHome& home);
std::string in_words(const Scenario& scenario, const ServiceHome& home);
// With least and most replicas where these are not what placements give the service on that platform, or
// where it is on none of theirs, anywhere.
std::string in_words(const Scenario& scenario, ServiceId service, const ServiceHome& home);

}  // namespace berth
