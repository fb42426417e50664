// What a plan says: what to do, how sure it is, what was looked at and why the rest was not taken.
// A value; reports print it, `berth explain` and `berth flip` read it back from its file.
// Money is US dollars a month of 730 h unless a name says otherwise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/estimate.h"
#include "models/plan_request.h"
#include "planner/compare.h"
#include "planner/correction_factors.h"
#include "planner/sensitivity.h"
#include "planner/summary.h"

namespace berth {

// Why something is not the answer.
struct Rejection {
  std::string workload;  // "" for a whole placement
  std::string option;    // its home in words, or the placement's name
  // "bound": by formulas; "simulation": no replication came back; "limit": a limit is broken; "screen"
  // and "race": dearer.
  std::string stage;
  std::string reason;  // a sentence
  std::string limit;   // its name; "" when none was broken
  std::optional<double> allowed, found;
  std::optional<double> missed_by;  // share of what is allowed, or dollars' share of the better
};

// What is left out of a limit, in the words of the file: "start_within_share of retrain".
struct LimitCheck {
  std::string name, workload;
  double allowed = 0;
  bool at_least = true;  // found must not be below; else not above
  std::optional<Estimate> found;
  bool met = false;                 // with the confidence of the plan
  std::optional<double> missed_by;  // share of the limit; none where nothing is allowed
  std::optional<double> holds_at;   // simulated: the nearest limit that would be met, by what was seen
};
// How far it is missed, to compare misses of one limit: a share of it, or of 1 where nothing is allowed.
double miss(const LimitCheck& check);

// A limit as it was stated, or stands unless stated: one of `plan: limits:` for all that it holds for, a goal or
// a target of a workload for that workload.
struct StatedLimit {
  std::string name, workload;  // "" for all
  double allowed = 0;
  bool at_least = true;
};
inline bool same_limit(const StatedLimit& a, const StatedLimit& b) {
  return a.name == b.name && a.workload == b.workload;
}
// "start_within_share of retrain >= 0.95"
std::string in_words(const StatedLimit& limit);

// Broken, and not only not shown to hold by the few replications there are; by formulas, where nobody simulated it.
bool shown_to_break(const LimitCheck& check);

// A Savings Plan that is bought with a placement.
struct BoughtPlan {
  Commitment::Plan plan{};
  Commitment::Term term{};
  double hourly_usd = 0;  // at plan rates
  bool operator==(const BoughtPlan&) const = default;
};

struct PlanCandidate {
  std::string name;  // "plan-1", or the scenario's own placement
  bool from_scenario = false;
  bool within_levers = true;  // of the scenario's own: else it is shown beside, and never recommended
  Placement placement;
  double analytic_usd = 0;  // absent options: not an analytic placement
  bool analytic = false;
  int replications = 0;
  Figure usd, marginal_usd;           // fully loaded; the bill without people and standing parts
  Figure start_p95_s, serving_p99_s;  // means over classes by jobs, over services by requests
  std::vector<LimitCheck> limits;
  bool meets_limits = false;
  double portable_share = 0, people_hours = 0;
  std::vector<BoughtPlan> buys;  // its dollars have them
};

inline bool may_be_answer(const PlanCandidate& c) { return c.meets_limits && c.within_levers; }

struct PlannedWorkload {
  std::string kind, name;  // "training" or "service"
  std::string home;        // in words
  HomeSummary at;
  Estimate usd;
  std::optional<Estimate> start_p50_s, start_p95_s, start_within_share, deadline_missed_share;
  std::optional<Estimate> p99_s, slo_share;
  std::string bottleneck;  // the phase or resource that most of its time or money goes to
  // The best other home, everything else as recommended: paired where it was simulated.
  std::string runner_up;
  std::optional<Estimate> runner_up_usd;  // runner-up less chosen
  std::optional<Estimate> runner_up_start_s, runner_up_p99_s;
  std::optional<Estimate> runner_up_objective_s;  // of the whole, where the plan is for a latency
  bool runner_up_simulated = false;
  std::vector<LimitCheck> runner_up_breaks;  // what it would break; n 0: by formulas
};

// One of the shapes a cluster could have.
struct ClusterVariant {
  std::string cluster, name;  // the same: as the scenario has it
  PlatformId platform;
  std::optional<double> analytic;  // objective of the best choice with this shape, by formulas
  bool chosen = false;
  // What its best choice breaks: as simulated, or (n 0) what rules out all that would go there.
  std::vector<LimitCheck> breaks;
};

struct CommitmentAdvice {
  std::string plan, term;                                 // "SageMaker Savings Plan", "1 year"
  double hourly_usd = 0;                                  // best, at plan rates
  double saved_usd = 0, unused_usd = 0;                   // a month, at the best level
  double unused_usd_at_less = 0, unused_usd_at_more = 0;  // demand 20 % lower, 20 % higher
  double saved_usd_at_less = 0, saved_usd_at_more = 0;
  double eligible_usd = 0;  // a month, on demand
  bool to_buy = false;      // part of the recommendation, whose dollars have it
};
struct StrandedCommitment {
  std::string plan, term;
  double committed_usd = 0, unused_usd = 0;  // a month
};

// Costs are dollars. Regret is weighed: to them come the dollars of the capacity that lacks, times the
// plan's `under_provisioning`.
struct WorldRisk {
  std::string candidate;
  double expected_usd = 0, cvar_usd = 0;  // mean; mean of the worst tenth
  double expected_lack_usd = 0;           // mean: what the capacity that lacks would cost
  double expected_regret_share = 0, regret_share_95 = 0, largest_regret_share = 0;
  double weighted_regret_usd = 0;
  double worlds_broken_share = 0;  // of worlds in which some limit does not hold
};
// Another candidate that stands clearly better in other worlds than the recommendation.
struct Hedge {
  std::string candidate;
  std::optional<Estimate> usd;  // a month, as things are: it less the recommendation
  Estimate weighed_usd;         // the same, weighed, over the worlds
};

struct InputEffect {
  std::string input;
  double low = 1, high = 1;  // factors
  double swing_usd = 0;      // one at a time, of the recommendation's analytic cost
  double morris_mu_star_usd = 0, morris_sigma_usd = 0;
  std::optional<double> sobol_total;  // of the three that matter most
};

// What moves, and where to.
struct FlipMove {
  std::string workload, to;
};
struct Flip {
  std::string input, unit;
  std::string of;  // whose figure `now` is, where one of many stands for all, which are scaled alike
  double now = 0;
  // Nearest value beyond which another choice is better by more than the indifference; none in the
  // range looked at.
  std::optional<double> at;
  std::optional<double> stays_at;  // farthest of those nearer at which it was seen to stay
  double searched_low = 0, searched_high = 0;
  std::vector<FlipMove> moves;  // the weightiest first
  // Another choice comes out better there, by no more than the indifference: nothing is decided.
  bool near_tie = false;
  double indifference = 0;  // share of the objective that counts as the same
  std::string how;          // "formulas", "simulated, paired", ...
  // Simulated, in the unit of the objective: the newcomer less the recommendation, just beyond.
  std::optional<Estimate> difference_beyond;
};

// Another placement that the plan simulated as things are.
struct FlipRival {
  Placement placement;
  double more = 0;  // of the objective, in its unit, than the recommendation
  bool keeps_limits = true;
};

// Limits that cannot hold together, and what giving one up would cost.
struct Relaxation {
  StatedLimit limit;
  std::optional<double> nearest;  // value with which a placement is left; simulated: shown to hold
  std::optional<double> usd;      // what such a placement costs a month
  std::string placement;          // the simulated one; "": by formulas
};
struct Conflict {
  // The smallest set, in words: by formulas, that leaves no placement; by simulation, of which every
  // placement breaks one. And what the replications of the nearest placement left undecided.
  std::vector<std::string> limits, undecided;
  std::string nearest;  // by simulation; "": by formulas
  // By simulation: a plan with nothing but these limits found no placement, either.
  bool confirmed = false;
  std::vector<Relaxation> relaxations;
  bool together = false;  // no single one is enough: all of them, as the nearest has it
};

struct Plan {
  std::string objective;
  std::string unit = "USD/month";  // of the objective, its bound and the indifference: or "s"
  double confidence = 0.95;
  bool finished = true;
  std::string unfinished;  // why not

  std::vector<PlanCandidate> candidates;  // those simulated, best by the objective first
  // In full, by the candidate's name: the first, the front, the scenario's own. Bill, starts, series.
  std::vector<Summary> simulated;
  std::optional<std::size_t> recommendation;
  std::vector<std::size_t> pareto;  // by the first coordinate
  std::optional<std::size_t> knee;
  std::vector<std::string> pareto_axes;  // "usd_per_month", "start_latency_p95_s"
  std::string dominance;  // whether it clearly dominates the scenario's own, in words

  double lower_bound = 0;                // analytic, proven
  double analytic_best = 0;              // of the recommendation
  std::optional<double> optimality_gap;  // (recommended - bound) / bound
  std::optional<double> analytic_error;  // 95 % of |simulated / analytic - 1|
  Correction correction;                 // of the formulas, by pilots
  double probability = 0;                // of correct selection
  bool selection_certain = false;
  double indifference = 0;  // in the unit of the objective
  double indifference_share = 0.01;  // of the best: what counts as the same
  double placements = 0;  // possible ones
  std::size_t options = 0, options_left = 0;
  std::size_t search_nodes = 0;
  long replications = 0;  // simulated, over all candidates
  int failed = 0;         // of them

  std::vector<std::string> levers;  // stated nowhere, derived
  std::vector<std::string> limits;  // in words, where from
  std::vector<PlannedWorkload> workloads;
  std::vector<ClusterVariant> variants;  // of clusters that have any
  std::vector<Rejection> rejections;
  std::vector<CommitmentAdvice> commitments;
  std::vector<StrandedCommitment> stranded;
  std::vector<WorldRisk> worlds;
  int world_count = 0, worlds_asked = 0;  // judged; fewer than asked for where it was stopped
  double under_provisioning = 0;  // a dollar too little capacity weighs this many too much
  // What the recommendation is expected to cost, weighed, beyond the best choice of each world.
  std::optional<double> value_of_information_usd;
  std::optional<Hedge> hedge;
  std::vector<InputEffect> sensitivity;
  std::optional<Conflict> conflict;  // then there is no recommendation
  std::vector<std::string> notes;
};

// "within 2.1 % of the analytic optimum (proven), analytic error at most 7 % (95 %), best of the 14
// simulated with probability >= 0.95 (what is within 1 % counts as the same)"
std::string claim_of(const Plan& plan);
// Promises, rounded away from what flatters: "2.1 %" for a gap of 2.02 %, "probability >= 0.986".
std::string gap_words(double gap);
std::string selection_words(double probability);

}  // namespace berth
