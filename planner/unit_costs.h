// What single things cost in the analytic problem: a node an hour, people, the registry, plans held.
// Dollars a month of 730 h unless the name says otherwise. Tested by tests/planner/analytic_test.cpp.
#pragma once

#include "models/scenario.h"

namespace berth {

inline constexpr double kHoursPerMonth = 730;

double price_or_zero(const Catalogue& catalogue, SimplePrice what);
double node_usd_per_hour(const Scenario& scenario, const Cluster& cluster, const NodePool& pool);
double toil_usd(const Scenario& scenario, ToilActivity::Per per);
double standing_toil_usd(const Scenario& scenario);
double registry_usd(const Scenario& scenario);
double egress_usd(const Scenario& scenario, const Egress& egress);
double held_plans_usd(const Scenario& scenario, const Commitments& held);
double quota_room(const SageMaker& sagemaker, TypeId type, bool warm);
int pods_on(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
            const Resources& needs);

}  // namespace berth
