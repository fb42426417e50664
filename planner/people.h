// What a Placement gives people to look after: the clusters, node pools, SageMaker account, classes
// and services it uses, which is what the hours of models/billing/toil.h respond to. A pool nobody's
// home names costs nobody's time. Tested by tests/planner/people_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "models/billing/toil.h"
#include "models/scenario.h"
#include "planner/levers.h"
#include "planner/placement_problem.h"

namespace berth {

ToilCounts looked_after(const Scenario& scenario, const Placement& placement);
double hours_of_people(const People& people, const ToilCounts& counts);  // a month

// The same of homes one after the other.
class LookedAfter {
 public:
  explicit LookedAfter(const Scenario& scenario) : scenario_(scenario) {}
  void add_class(PlatformId platform, std::optional<PoolId> pool);
  void add_service(PlatformId platform, std::optional<PoolId> pool);
  ToilCounts counts() const;

 private:
  void add(PlatformId platform, std::optional<PoolId> pool);

  const Scenario& scenario_;
  std::set<PlatformId> clusters_;
  std::set<std::pair<PlatformId, PoolId>> pools_;
  bool sagemaker_ = false;
  int classes_ = 0, services_ = 0;
};

// Hours of people a month by choice, each number of things to look after worked out once.
class HoursByChoice {
 public:
  explicit HoursByChoice(const Scenario& scenario) : scenario_(scenario) {}
  double of(const Options& options, const Choice& choice) const;

 private:
  const Scenario& scenario_;
  mutable std::map<std::tuple<int, int, int>, double> known_;  // clusters, pools, accounts
};

}  // namespace berth
