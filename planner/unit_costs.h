// What single things cost in the analytic problem: a node an hour, people, the registry, plans held.
// Dollars a month of 730 h unless the name says otherwise. Tested by tests/planner/analytic_test.cpp.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "models/scenario.h"

namespace berth {

inline constexpr double kHoursPerMonth = 730;

double price_or_zero(const Catalogue& catalogue, SimplePrice what);
double node_usd_per_hour(const Scenario& scenario, const Cluster& cluster, const NodePool& pool);
double toil_usd(const Scenario& scenario, ToilActivity::Per per);
double standing_toil_usd(const Scenario& scenario);
double registry_usd(const Scenario& scenario);
double egress_usd(const Scenario& scenario, const Egress& egress);

// Compute plans that are held, or EC2 Instance plans of one family.
struct HeldNodePlans {
  double commit = 0;   // dollars an hour at plan rates
  double covered = 0;  // list dollars an hour, at the best rate of any pool, as far as the largest pools go
  // Of a node that they cover, the dearest of its pool's types; by platform and pool.
  std::map<std::pair<std::size_t, std::size_t>, double> list_usd_per_hour;
};
std::vector<HeldNodePlans> held_node_plans(const Scenario& scenario, const Commitments& held);

double quota_room(const SageMaker& sagemaker, TypeId type, bool warm);
int pods_on(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
            const Resources& needs);

}  // namespace berth
