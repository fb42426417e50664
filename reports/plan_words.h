// A plan in sentences, the same in a terminal, in Markdown, on the page and in `berth explain`: each
// takes the plan, or what is read back of it (reports/plan_values.h).
// Tested by tests/reports/plan_words_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/objective.h"
#include "planner/plan.h"

namespace berth {

// Which limits cannot all be kept, and what giving one up would buy; empty where there is no conflict.
struct ConflictWords {
  std::vector<std::string> before;    // who is in conflict, who is nearest, what is undecided
  std::vector<std::string> give_ups;  // a relaxation each
};
ConflictWords conflict_words(const Plan& plan);
// "97.91 %", "nothing that is shown" or "none: no placement is left even then"
std::string nearest_words(const Relaxation& relaxation);

std::vector<std::string> commitment_sentences(const Plan& plan);  // bought, advised, held
std::vector<std::string> world_sentences(const Plan& plan);
std::vector<std::string> variant_sentences(const Plan& plan);  // shapes of clusters

// What the best other home costs, with a star where only formulas say so; "-": there is none.
std::string runner_up_cost(const PlannedWorkload& workload);
// Why it was not taken: a limit, what it loses of a latency that was asked for, or that it is none
// worse.
std::string runner_up_reason(const Plan& plan, const PlannedWorkload& workload);
// By how many dollars a month formulas may be off; absent: nothing tells, or the plan is for a
// latency.
std::optional<double> formulas_off_by(const Plan& plan);
// What the star means, and whether a difference that has one decides anything; "": there is no star.
std::string star_words(const Plan& plan);

// Dollars beside those of the homes: with these rows they add up to all.
struct CostRow {
  const char *name, *words;
  std::optional<Estimate> usd;
};
std::vector<CostRow> rest_of_cost(const std::optional<Estimate>& idle,
                                  const std::optional<Estimate>& shared,
                                  const std::optional<Estimate>& people,
                                  const std::optional<Estimate>& all);

// "3 workloads move: score to east/cpu": who moves first is the weightiest.
std::string moves_in_short(const std::vector<FlipMove>& moves);
// All of them, by home: "retrain, batch to east/cpu; rank to west/cpu".
std::string moves_in_full(const std::vector<FlipMove>& moves);
// What a table of flips is of, and when a choice counts as changed.
std::string flips_title(Objective objective);
std::string flip_rule(Objective objective, double indifference);
// The heading of how much better the new choice is just beyond.
std::string beyond_words(Objective objective);
// "x2.2", "22 $/h"
std::string flip_value(const std::string& unit, double value);

}  // namespace berth
