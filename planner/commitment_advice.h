// How much to commit to each kind of Savings Plan, from simulated hours.
//
// SageMaker plans see SageMaker usage, Compute plans see EC2: they do not cross, so each has its
// own best level. All hours of all replications are one sample; models/billing/commitment.h finds
// the level of least cost (prices: the plan covers the d-quantile of hourly use). A level is then
// held against hours with 20 % less and 20 % more use. Left out: EC2 Instance plans (they tie to a
// family), growth within a term, two layers of terms. Tested by
// tests/planner/commitment_advice_test.cpp.
#pragma once

#include <span>
#include <vector>

#include "models/scenario.h"
#include "planner/measure.h"
#include "planner/plan.h"

namespace berth {

// Only plans that save something, beside what is held already. Prices of the scenario's catalogue.
std::vector<CommitmentAdvice> advise_commitments(const Scenario& scenario, const Commitments& held,
                                                 const Observations& measures);

// Of plans that are bought with the placement these hours are of.
std::vector<CommitmentAdvice> bought_in_words(const Scenario& scenario, const Commitments& held,
                                              const Observations& measures,
                                              std::span<const BoughtPlan> plans);

// What of the plans held is paid and not used by these hours; plans of one kind are settled together.
std::vector<StrandedCommitment> stranded_commitments(const Scenario& scenario,
                                                     const Commitments& held,
                                                     const Observations& measures);

}  // namespace berth
