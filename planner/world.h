// The same scenario in another world: more demand, larger images, dearer spot, and so on.
//
// Every input is a factor on what the scenario says; 1 changes nothing. Demand and prices scale
// exactly; start-up laws are stretched as a whole, those of warm starts, drivers and serverless containers,
// too. Jobs: Poisson rates and intervals scale; models on cron are rounded to whole ones; of what happened
// (traces of jobs, recorded requests) each event stays, goes or comes again by a draw of its own.
// An input that reaches nothing in a scenario (`unreached`, models/plan_request.h) is refused when it is read.
//
// Worlds are sampled from (low, likely, high, confidence): a triangular law whose ends are set so
// that the stated share lies between low and high, the rest split evenly. Inputs are independent.
// Left out: dependence between inputs.
// Tested by tests/planner/world_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/billing/bill.h"
#include "models/plan_request.h"
#include "models/scenario.h"
#include "planner/levers.h"

namespace berth {

// Factors by WorldInput.
struct PlanWorld {
  std::array<double, kWorldInputs> factors;
  PlanWorld() { factors.fill(1); }
  double& operator[](WorldInput input) { return factors[static_cast<std::size_t>(input)]; }
  double operator[](WorldInput input) const { return factors[static_cast<std::size_t>(input)]; }
};

Scenario in_world(const Scenario& scenario, const PlanWorld& world);
// Which prices a Savings Plan's go with.
constexpr WorldInput price_of(Commitment::Plan plan) {
  return plan == Commitment::Plan::sagemaker ? WorldInput::sagemaker_price : WorldInput::ec2_price;
}
// What a placement carries of it: the cold start of its serverless endpoints, and Savings Plans.
Placement in_world(Placement placement, const PlanWorld& world);
// A commitment's rates stay as they were. Plan rates of a catalogue scale with prices, so that one f
// times as large covers the same hours where prices are f times as high;
Commitments in_world(Commitments commitments, const PlanWorld& world);
// and so much of that, dollars a month, is not paid (less than 0: it is paid besides).
double locked_usd_per_month(const Commitments& commitments, const PlanWorld& world);
// A bill of that world, of its catalogue and such plans, with what they cover and lose at the rates as they were.
Bill at_locked_rates(Bill bill, const PlanWorld& world);
Options in_world(Options options, const PlanWorld& world);

// Whether the input changes what is paid and nothing that happens. Who compares prices of nodes (Karpenter) compares
// those of one offering, which scale alike; Cluster Autoscaler's price expander holds them against fixed ones.
bool changes_bills_alone(const Scenario& scenario, WorldInput input);

// World number n of so many of a seed; the same for everybody who asks. Of each input the worlds lie in strata of equal
// probability, one in each (Latin hypercube: McKay, Beckman, Conover 1979): means of few worlds are no matter of luck.
PlanWorld sampled_world(std::span<const UncertainInput> inputs, std::uint64_t seed, int number, int of);
// The factor that is not exceeded with probability u.
double triangular_quantile(const UncertainInput& input, double u);

}  // namespace berth
