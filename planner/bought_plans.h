// Savings Plans bought with a placement, where a request lets a plan do so (`savings_plans`), and what its
// replications then cost. SageMaker plans see SageMaker usage, Compute plans EC2: each kind has its own
// level, at the term that costs less, beside plans that are held, which cover their part first.
//
//   level     to buy: the one of least cost over the hours of all replications
//             (models/billing/commitment.h)
//   cost      of a replication: at the level that the hours of all others ask for. By days that a level
//             was fitted to it looks better than it will be, the more so the fewer they are. Who is alone
//             has only its own
//   bill      what is covered at plan rates, shared by their hours in the window among those who used
//             the type; the rest on demand; what is not used is nobody's
//   marginal  has what is not used of plans that are bought: it comes of the choice
//
// Left out: EC2 Instance plans, both terms of one kind at once, AWS's order (by saving) between plans that
// are held and bought, which makes a bill rather too high where types differ in what plans save.
// Tested by tests/planner/bought_plans_test.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "models/billing/bill.h"
#include "models/scenario.h"
#include "planner/eligible_use.h"
#include "planner/measure.h"
#include "planner/plan.h"

namespace berth {

class PlanPurchase {
 public:
  // Of one placement; `measures` have its bills (Observation::bill).
  PlanPurchase(const Scenario& scenario, const std::vector<Commitment::Term>& terms,
               const Placement& placement, const Observations& measures);
  // What is best over all replications but one.
  std::vector<BoughtPlan> best(std::optional<std::size_t> left_out = {}) const;
  // A replication's bill of the window with what all others ask for.
  Bill bill(std::size_t replication) const;
  // What the replications come to, without their bills and hours.
  Observations paid() const;

 private:
  struct Kind {
    PlanKind kind;
    EligibleUse use;
  };
  // Of a SKU, by a plan: which share of its hours in the window.
  struct Covered {
    Sku sku;
    double rate = 0, share = 0;
  };
  struct Billed {
    Bill bill;
    Usd unused;  // of what is bought
  };
  Billed billed(std::size_t replication) const;
  std::vector<BoughtPlan> plans_for(std::size_t replication) const;
  std::vector<Covered> covered(std::size_t replication, const BoughtPlan& plan) const;
  double paid_for(const BoughtPlan& plan) const;  // over the window

  const Scenario& scenario_;
  const Placement& placement_;
  const Observations& measures_;
  std::vector<Kind> kinds_;
};

}  // namespace berth
