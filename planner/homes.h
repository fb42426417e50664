// Homes of workloads: when two are the same choice, where one is, and a home in words. Workloads by number are
// training classes, then services; their options are counted as in Options.
// Tested by tests/planner/levers_test.cpp and analytic_serving_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "models/scenario.h"
#include "planner/levers.h"

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

const std::string& name_of_workload(const Scenario& scenario, std::size_t w);
// Platform, and the pool where it is a cluster.
using Place = std::pair<PlatformId, std::optional<PoolId>>;
Place place_of(const Options& options, std::size_t w, std::size_t k);
std::size_t count_homes(const Options& options, std::size_t w);
std::string in_words(const Scenario& scenario, const Options& options, std::size_t w, std::size_t k);

}  // namespace berth
