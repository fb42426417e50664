// Which of several candidates has the smallest mean, from as few replications as will do, with how
// much certainty.
//
// All candidates meet the same chance (replication r is the same history for each), so differences
// are paired. Ties in means go to the first candidate.
//
//   sequential halving   all alive candidates get replications; the worse half goes; twice as many
//   for
//                        the rest; until few are left. A screen: it promises nothing.
//   KN++ (Kim & Nelson 2006, with common random numbers): after n replications of those alive
//       eta = ((2 alpha / (k-1))^(-2/(n-1)) - 1) / 2,  h2 = 2 eta (n-1)
//       i stays while mean_i <= mean_j + max(0, delta/(2n) (h2 S2_ij / delta^2 - n)) for all j
//     with S2_ij the variance of the paired differences over all n so far. When one is left it is
//     the best, or within delta of it, with probability 1 - alpha.
//   probability of correct selection, when the budget ended first (Bonferroni over the rivals
//   alive,
//     Student's t of the paired differences):
//       1 - sum over rivals j of P(mean_j + delta < mean_best)
//   OCBA (Chen et al. 2000): how a budget is best divided, when means and deviations are known
//       N_i / N_j = ((s_i/d_i) / (s_j/d_j))^2,  N_b = s_b sqrt(sum N_i^2 / s_i^2),  d_i = mean_i -
//       mean_b
//
// Left out: batches of unequal size, chance constraints (planner/make_plan.cpp checks the limits of
// whoever wins).
// Tested by tests/planner/selection_test.cpp and the family ocba.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace berth {

// Of one candidate, by replication; one that failed is silent, and pairs leave it out.
using Values = std::vector<std::optional<double>>;

// Values of the named candidates for replications [0, to): [candidate asked for][replication]. What was
// seen before may be worth something else by what came since (planner/bought_plans.h).
// Fewer values than asked for: time is up, or it was interrupted.
using Sample = std::function<std::vector<Values>(std::span<const std::size_t> candidates, int to)>;

struct OcbaAllocation {
  std::size_t best = 0;
  std::vector<double> replications;  // not rounded
};
OcbaAllocation ocba(std::span<const double> means, std::span<const double> deviations,
                    double total);

struct SelectionRules {
  double confidence = 0.95;
  double indifference = 0;    // delta, in the unit of the values; > 0
  int first = 5;              // replications before anything is thrown out
  int step = 5;               // replications of a round of KN++
  int most = 100;             // of one candidate
  std::size_t finalists = 6;  // halving stops here
};

struct Selection {
  std::size_t best = 0;
  std::vector<Values> values;               // by candidate, all replications it got
  std::vector<std::size_t> alive;           // at the end; the best alone when it is certain
  double probability = 0;                   // of correct selection
  bool certain = false;                     // KN++ came to its end
  bool stopped = false;                     // the samples ended before
};

// Of `count` candidates: halving while more than the finalists are alive, then KN++.
Selection select_smallest(std::size_t count, const Sample& sample, const SelectionRules& rules);

// Of the best among those with two values or more against all the others, paired. Those that came to the same in every
// replication are one doubt: what is no part of the objective made them two.
double probability_of_correct_selection(std::span<const Values> values, std::size_t best,
                                        double indifference);

}  // namespace berth
