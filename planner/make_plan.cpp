#include "planner/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "planner/commitment_advice.h"
#include "planner/conflict.h"
#include "planner/correction.h"
#include "planner/limits.h"
#include "planner/pareto.h"
#include "planner/people.h"
#include "planner/selection.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

constexpr int kImprovements = 3;  // times the neighbours of the best are looked at

// Everything that is known of a candidate while the plan is made.
struct Entry {
  PlanCandidate candidate;
  std::optional<Choice> choice;
  Observations measures;
  Observations screened;  // at fluid fidelity, where the race looks closer
  bool out = false, piloted = false;
};

class Planner {
 public:
  Planner(const Scenario& scenario, const PlanRequest& request, const SimulateRange& simulate,
          const PlanRules& rules)
      : scenario_(scenario),
        request_(request),
        simulate_(simulate),
        rules_(rules),
        limits_(limits_of(scenario, request)) {
    // Screening is by formulas of serving, whatever the race looks at.
    fluid_ = scenario;
    fluid_.fidelity = Fidelity::fluid;
    plan_.objective = name_of(request.objective);
    plan_.confidence = rules.confidence;
    plan_.limits = limits_.words;
    plan_.pareto_axes = {"usd_per_month", scenario.training.empty() ? "serving_latency_p99_s"
                                                                    : "start_latency_p95_s"};
  }

  Plan run() {
    if (!bound()) return std::move(plan_);
    if (!pilot()) return finish();
    if (!screen()) return finish();
    race();
    return finish();
  }

 private:
  // ---- Bound ------------------------------------------------------------------------------------

  bool bound() {
    say("pricing options");
    Options options = options_of(scenario_, request_);
    plan_.levers = options.derived;
    for (const auto& homeless : options.homeless)
      for (const std::string& refused : homeless.refused)
        plan_.rejections.push_back(
            {.workload = homeless.workload, .stage = "bound", .reason = refused});
    if (!options.homeless.empty()) {
      plan_.conflict = conflict_of(scenario_, request_, options, memory_);
      return false;
    }
    analysis_ = analyse(scenario_, request_, options, &memory_);
    plan_.placements = placements(analysis_.problem);
    plan_.options = count_options();
    all_options_ = analysis_.options;
    const Options& all = all_options_;
    if (!drop_hopeless()) {
      plan_.conflict = conflict_of(scenario_, request_, all, memory_);
      return false;
    }
    drop_dominated();
    plan_.options_left = count_options();
    uncorrected_ = analysis_.problem;
    search();
    // Nobody waits in formulas: what is too much for a while is for the simulation to judge.
    if (const double over = best_appraisal().overflow; over > 0)
      plan_.notes.push_back(
          fmt::format("by formulas every choice asks for more than a quota or a pool holds at its "
                      "busiest, by {:.0f} % at least; jobs will wait",
                      100 * over));
    if (limits_.cost_usd && request_.objective == Objective::cost &&
        solved_.lower_bound > 1.5 * *limits_.cost_usd) {
      plan_.conflict = conflict_of(scenario_, request_, all, memory_);
      return false;
    }
    return true;
  }

  std::size_t count_options() const {
    std::size_t count = 0;
    for (const auto& list : analysis_.problem.workloads) count += list.size();
    return count;
  }
  const std::string& workload_name(std::size_t w) const {
    return w < scenario_.training.size() ? scenario_.training[w].name
                                         : scenario_.services[w - scenario_.training.size()].name;
  }
  std::string option_words(std::size_t w, std::size_t k) const {
    const std::size_t classes = scenario_.training.size();
    return w < classes ? in_words(scenario_, analysis_.options.training[w][k])
                       : in_words(scenario_, analysis_.options.services[w - classes][k]);
  }
  void remove_option(std::size_t w, std::size_t k) {
    const auto at = static_cast<std::ptrdiff_t>(k);
    const std::size_t classes = scenario_.training.size();
    auto& list = analysis_.problem.workloads[w];
    list.erase(list.begin() + at);
    if (w < classes) {
      analysis_.options.training[w].erase(analysis_.options.training[w].begin() + at);
      analysis_.training[w].erase(analysis_.training[w].begin() + at);
    } else {
      auto& homes = analysis_.options.services[w - classes];
      homes.erase(homes.begin() + at);
      auto& forecasts = analysis_.services[w - classes];
      forecasts.erase(forecasts.begin() + at);
    }
  }

  std::optional<Rejection> why_hopeless(std::size_t w, std::size_t k) const {
    const std::size_t classes = scenario_.training.size();
    return w < classes ? hopeless(limits_, w, analysis_.training[w][k])
                       : hopeless_service(limits_, w - classes, analysis_.services[w - classes][k]);
  }

  bool drop_hopeless() {
    for (std::size_t w = 0; w < analysis_.problem.workloads.size(); ++w)
      for (std::size_t k = analysis_.problem.workloads[w].size(); k-- > 0;) {
        auto why = why_hopeless(w, k);
        // What a placement names is simulated, whatever formulas say.
        if (!why || is_placed(w, k)) continue;
        why->workload = workload_name(w);
        why->option = option_words(w, k);
        plan_.rejections.push_back(std::move(*why));
        remove_option(w, k);
      }
    return std::ranges::none_of(analysis_.problem.workloads,
                                [](const auto& options) { return options.empty(); });
  }

  bool is_placed(std::size_t w, std::size_t k) const {
    const std::size_t classes = scenario_.training.size();
    return std::ranges::any_of(scenario_.placements, [&](const Placement& placement) {
      return w < classes ? same_home(placement.training[w], analysis_.options.training[w][k])
                         : same_home(placement.services[w - classes],
                                     analysis_.options.services[w - classes][k]);
    });
  }

  void drop_dominated() {
    // What the scenario's own placements chose stays, so that they are choices of the problem.
    PlacementProblem judged = analysis_.problem;
    // Who breaks a limit beats nobody.
    for (std::size_t w = 0; w < judged.workloads.size(); ++w)
      for (std::size_t k = 0; k < judged.workloads[w].size(); ++k)
        if (why_hopeless(w, k))
          judged.workloads[w][k].usd = std::numeric_limits<double>::infinity();
    std::vector<DominatedOption> gone = dominated_options(judged);
    std::erase_if(gone,
                  [&](const DominatedOption& one) { return is_placed(one.workload, one.option); });
    for (const DominatedOption& one : gone) {
      const PlacementOption &loser = analysis_.problem.workloads[one.workload][one.option],
                            &winner = analysis_.problem.workloads[one.workload][one.by];
      const double dearer = loser.usd - winner.usd;
      plan_.rejections.push_back(
          {.workload = workload_name(one.workload),
           .option = option_words(one.workload, one.option),
           .stage = "bound",
           .reason = fmt::format(
               "no better in anything than {}{}", option_words(one.workload, one.by),
               dearer > 0.5 ? fmt::format(", and {:.0f} $/month dearer", dearer) : std::string()),
           .missed_by = winner.usd > 0 ? std::optional(dearer / winner.usd) : std::nullopt});
    }
    std::vector<DominatedOption> last_first = gone;
    std::ranges::sort(last_first, [](const DominatedOption& a, const DominatedOption& b) {
      return std::pair(a.workload, a.option) > std::pair(b.workload, b.option);
    });
    for (const DominatedOption& one : last_first) remove_option(one.workload, one.option);
    for (std::size_t w = 0; w < analysis_.problem.workloads.size(); ++w)
      for (std::size_t k = 0; k < analysis_.problem.workloads[w].size(); ++k)
        if (why_hopeless(w, k)) barred_.insert({w, k});
  }

  // Among options that are not barred, wherever a workload has such: a home that a placement names
  // and that breaks a limit is simulated there, and led to nowhere else.
  Solved solve_open(const PlacementProblem& problem, const SearchRules& rules) const {
    PlacementProblem open = problem;
    std::vector<std::vector<std::size_t>> kept;
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
      std::vector<std::size_t>& list = kept.emplace_back();
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k)
        if (!barred_.contains({w, k})) list.push_back(k);
      if (list.empty())
        for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) list.push_back(k);
      open.workloads[w].clear();
      for (const std::size_t k : list) open.workloads[w].push_back(problem.workloads[w][k]);
    }
    Solved solved = solve(open, rules);
    for (Choice& choice : solved.best)
      for (std::size_t w = 0; w < choice.size(); ++w) choice[w] = kept[w][choice[w]];
    return solved;
  }

  // What a pilot shows of a home counts more than what formulas say of it.
  void bar_by_pilot(const Entry& entry) {
    for (std::size_t w = 0; entry.choice && came_back(entry) && w < entry.choice->size(); ++w) {
      const std::string& name = workload_name(w);
      const auto own = [&](const LimitCheck& check) { return check.workload == name; };
      const auto& limits = entry.candidate.limits;
      const bool broken = std::ranges::any_of(
          limits, [&](const LimitCheck& c) { return own(c) && clearly_broken(c); });
      const bool met =
          std::ranges::all_of(limits, [&](const LimitCheck& c) { return !own(c) || c.met; });
      if (broken) barred_.insert({w, (*entry.choice)[w]});
      if (met) barred_.erase({w, (*entry.choice)[w]});
    }
  }

  // The problem in the unit of the objective: a latency is sought with dollars as a tie-break only.
  PlacementProblem in_objective(const PlacementProblem& problem) const {
    PlacementProblem out = problem;
    if (request_.objective == Objective::cost || request_.objective == Objective::marginal_cost) {
      out.weights.clear();
      if (request_.objective == Objective::cost) return out;
      // People and what serves everybody are there anyway.
      out.constant = 0;
      for (SharedResource& resource : out.resources) resource.fixed = 0;
      return out;
    }
    constexpr double kTieBreak = 1e-6;
    out.constant *= kTieBreak;
    for (auto& options : out.workloads)
      for (PlacementOption& option : options) option.usd *= kTieBreak;
    for (SharedResource& resource : out.resources)
      resource.fixed *= kTieBreak, resource.slope *= kTieBreak;
    out.weights = request_.objective == Objective::start_latency ? std::vector{1.0, 0.0}
                                                                 : std::vector{0.0, 1.0};
    return out;
  }

  void search() {
    solved_ = solve_open(in_objective(analysis_.problem),
                         {.keep = rules_.candidates, .stop = rules_.out_of_time});
    plan_.search_nodes += solved_.nodes;
    plan_.lower_bound = solved_.lower_bound;
    if (request_.objective == Objective::cost)
      plan_.lower_bound = std::max(plan_.lower_bound,
                                   std::min(transport_bound(in_objective(analysis_.problem)),
                                            appraise(analysis_.problem, solved_.best.front()).usd));
  }
  Appraisal best_appraisal() const { return appraise(analysis_.problem, solved_.best.front()); }

  // Choices along the trade between dollars and latency.
  std::vector<Choice> along_the_front() {
    const std::size_t quality = scenario_.training.empty() ? 1 : 0;
    PlacementProblem problem = analysis_.problem;
    const auto best_at = [&](double weight) {
      problem.weights = {quality == 0 ? weight : 0, quality == 1 ? weight : 0};
      Solved solved =
          solve_open(problem, {.most_nodes = 60, .keep = 4, .stop = rules_.out_of_time});
      plan_.search_nodes += solved.nodes;
      return solved.best;
    };
    const Appraisal cheap = appraise(analysis_.problem, best_at(0).front());
    const double scale = std::max(cheap.qualities.at(quality), 1e-6);
    const std::vector<Choice> fast = best_at(1000 * (cheap.usd + 1) / scale);
    const Appraisal quick = appraise(analysis_.problem, fast.front());
    std::vector<Choice> list{fast.front()};
    const double seconds = cheap.qualities[quality] - quick.qualities[quality];
    const double dollars = quick.usd - cheap.usd;
    if (seconds <= 1e-9) return list;
    for (const double turn : {0.1, 0.3, 1.0, 3.0}) {
      const auto found = best_at(turn * std::max(dollars, 1.0) / seconds);
      for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 2); ++i)
        list.push_back(found[i]);
    }
    return list;
  }

  // ---- Simulation -------------------------------------------------------------------------------

  bool out_of_time() {
    if (!rules_.out_of_time || !rules_.out_of_time()) return false;
    return give_up("the time budget ended");
  }
  bool give_up(const std::string& why) {
    plan_.finished = false;
    if (plan_.unfinished.empty()) plan_.unfinished = why;
    return true;
  }
  void say(const std::string& what) const {
    if (rules_.say) rules_.say(what);
  }

  // Brings these entries to `to` replications; false when it was stopped.
  bool simulate(const Scenario& scenario, std::span<const std::size_t> which, int to) {
    std::map<int, std::vector<std::size_t>> by_done;
    // Each once, whoever asks twice: a replication that is repeated is no second one.
    for (const std::size_t e : std::set<std::size_t>(which.begin(), which.end()))
      if (std::ssize(entries_[e].measures) < to)
        by_done[static_cast<int>(entries_[e].measures.size())].push_back(e);
    for (const auto& [from, list] : by_done) {
      if (out_of_time()) return false;
      std::vector<Placement> placements;
      for (const std::size_t e : list) placements.push_back(entries_[e].candidate.placement);
      const Simulated simulated = simulate_(scenario, placements, from, to);
      if (simulated.interrupted) return give_up("it was interrupted"), false;
      plan_.failed += static_cast<int>(simulated.failures.size());
      for (const FailedReplication& failure : simulated.failures)
        plan_.notes.push_back(fmt::format("replication {} of {} failed: {}",
                                          failure.replication.number, failure.placement,
                                          failure.reason));
      for (std::size_t i = 0; i < list.size(); ++i) {
        Entry& entry = entries_[list[i]];
        for (const auto& outcome : simulated.outcomes[i])
          entry.measures.push_back(
              outcome ? std::optional(measure(scenario, entry.candidate.placement, *outcome))
                      : std::nullopt);
        plan_.replications += to - from;
        update(entry);
        if (!came_back(entry)) reject_failed(entry, simulated);
      }
    }
    return true;
  }

  static bool came_back(const Entry& entry) {
    return std::ranges::any_of(entry.measures, [](const auto& one) { return one.has_value(); });
  }
  // Nothing is known of it, so it can be no answer.
  void reject_failed(Entry& entry, const Simulated& simulated) {
    if (entry.out) return;
    entry.out = true;
    const auto why =
        std::ranges::find(simulated.failures, entry.candidate.name, &FailedReplication::placement);
    plan_.rejections.push_back(
        {.option = entry.candidate.name,
         .stage = "simulation",
         .reason = "no replication came back" +
                   (why == simulated.failures.end() ? "" : ": " + why->reason)});
  }

  Figure weighted(const Observations& measures, bool training) const {
    Figure figure;
    const std::vector<double>& weights =
        training ? analysis_.jobs_per_month : analysis_.requests_per_s;
    for (const auto& one : measures) {
      double sum = 0, total = 0;
      for (std::size_t i = 0; one && i < weights.size(); ++i) {
        const auto value = training ? one->training[i].start_p95_s : one->services[i].p99_s;
        if (value) sum += weights[i] * *value, total += weights[i];
      }
      figure.values.push_back(total > 0 ? std::optional(sum / total) : std::nullopt);
    }
    return figure;
  }

  void update(Entry& entry) {
    PlanCandidate& c = entry.candidate;
    c.replications = static_cast<int>(entry.measures.size());
    c.usd = figure_of(entry.measures, [](const Observation& m) { return m.usd; });
    c.marginal_usd = figure_of(entry.measures, [](const Observation& m) { return m.marginal_usd; });
    c.start_p95_s = weighted(entry.measures, true);
    c.serving_p99_s = weighted(entry.measures, false);
    c.portable_share = portable_share(entry);
    c.limits = check_limits(scenario_, limits_, c, entry.measures, rules_.confidence);
    c.meets_limits = came_back(entry) && std::ranges::all_of(c.limits, &LimitCheck::met);
  }

  // Spend of the workloads that could move within the stated effort, the dearest first.
  double portable_share(const Entry& entry) const {
    std::vector<double> movable;
    double whole = 0;
    const auto at_home_of = [&](std::size_t w) {
      const std::size_t classes = scenario_.training.size();
      return w < classes ? entry.candidate.placement.training[w].platform
                         : entry.candidate.placement.services[w - classes].platform;
    };
    const std::size_t classes = scenario_.training.size();
    for (std::size_t w = 0; w < classes + scenario_.services.size(); ++w) {
      double usd = 0;
      int n = 0;
      for (const auto& one : entry.measures)
        if (one) usd += w < classes ? one->training[w].usd : one->services[w - classes].usd, ++n;
      if (n > 0) usd /= n;
      whole += usd;
      const PlatformId home = at_home_of(w);
      const auto elsewhere = [home](const auto& list) {
        return std::ranges::any_of(list, [home](const auto& one) { return one.platform != home; });
      };
      if (w < classes ? elsewhere(all_options_.training[w])
                      : elsewhere(all_options_.services[w - classes]))
        movable.push_back(usd);
    }
    std::ranges::sort(movable, std::greater{});
    const double moves =
        request_.hours_per_move > 0 ? request_.most_hours_to_move / request_.hours_per_move : 1e9;
    double within = 0;
    for (std::size_t i = 0; i < movable.size() && double(i) + 1 <= moves; ++i) within += movable[i];
    return whole > 0 ? within / whole : 1;
  }

  std::optional<std::size_t> add_entry(const Choice& choice) {
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (entries_[e].choice == choice) return e;
    Entry entry{.choice = choice};
    entry.candidate.name = fmt::format("plan-{}", ++named_);
    entry.candidate.placement =
        placement_of(scenario_, analysis_.options, choice, request_, entry.candidate.name);
    entry.candidate.people_hours = hours_of_people(entry.candidate.placement);
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
  }
  double hours_of_people(const Placement& placement) const {
    double hours = 0;
    for (const ToilLine& line :
         toil_lines(scenario_.people.activities, looked_after(scenario_, placement),
                    scenario_.people.hour))
      hours += line.hours_per_month;
    return hours;
  }

  // The scenario's own placements run as they are written, with the plans they name or those held.
  void add_own() {
    for (const Placement& placement : scenario_.placements) {
      Entry entry{.choice = choice_of(analysis_.options, placement)};
      entry.candidate.name = placement.name;
      entry.candidate.from_scenario = true;
      entry.candidate.placement = placement;
      if (placement.commitments.plans.empty())
        entry.candidate.placement.commitments = request_.held;
      entry.candidate.people_hours = hours_of_people(placement);
      entries_.push_back(std::move(entry));
    }
  }

  std::vector<std::size_t> in_race() const {
    std::vector<std::size_t> list;
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (!entries_[e].out) list.push_back(e);
    return list;
  }

  // ---- Pilot ------------------------------------------------------------------------------------

  bool pilot() {
    add_own();
    std::vector<std::size_t> pilots = in_race();
    // What is written first; a scenario with many placements need not pilot them all.
    if (pilots.size() > 6) pilots.resize(6);
    for (int round = 0; round < rules_.pilots; ++round) {
      const std::size_t before = entries_.size();
      const std::size_t best = *add_entry(solved_.best.front());
      if (best < before && round > 0) break;
      if (std::ranges::find(pilots, best) == pilots.end()) pilots.push_back(best);
      say(fmt::format("pilot {}", round + 1));
      if (!simulate(fluid_, pilots, rules_.pilot)) return false;
      correct(pilots);
      search();
    }
    return true;
  }

  void correct(std::span<const std::size_t> pilots) {
    std::vector<PilotRun> runs;
    for (const std::size_t e : pilots) {
      entries_[e].piloted = true;
      bar_by_pilot(entries_[e]);
    }
    for (const std::size_t e : pilots)
      if (entries_[e].choice) runs.push_back({*entries_[e].choice, &entries_[e].measures});
    analysis_.problem = corrected(scenario_, analysis_, uncorrected_, runs);
  }

  // ---- Screen -----------------------------------------------------------------------------------

  bool screen() {
    std::vector<Choice> choices = solved_.best;
    const std::size_t cheapest = rules_.candidates * 2 / 3;
    if (choices.size() > cheapest) choices.resize(cheapest);
    for (const Choice& choice : along_the_front())
      if (choices.size() < rules_.candidates) choices.push_back(choice);
    for (const Choice& choice : choices)
      if (appraise(analysis_.problem, choice).overflow <= most_overflow()) add_entry(choice);
    say(fmt::format("screening {} placements", in_race().size()));
    if (!simulate(fluid_, in_race(), rules_.screen)) return false;
    for (const std::size_t e : in_race()) {
      const auto& limits = entries_[e].candidate.limits;
      const auto broken = std::ranges::find_if(limits, clearly_broken);
      if (broken != limits.end()) reject(e, *broken, "screen");
    }
    return true;
  }

  // Nothing goes beyond a room by formulas, unless everything does.
  double most_overflow() const { return best_appraisal().overflow * (1 + 1e-9); }

  void reject(std::size_t e, const LimitCheck& broken, const std::string& stage) {
    Entry& entry = entries_[e];
    entry.out = true;
    plan_.rejections.push_back(
        {.workload = "",
         .option = entry.candidate.name,
         .stage = stage,
         .reason = fmt::format("{}{} is {:.4g}, {} {:.4g} is allowed", broken.name,
                               broken.workload.empty() ? "" : " of " + broken.workload,
                               broken.found->mean, broken.at_least ? "at least" : "at most",
                               broken.allowed),
         .limit = broken.name,
         .allowed = broken.allowed,
         .found = broken.found->mean,
         .missed_by = broken.missed_by});
  }

  // ---- Race -------------------------------------------------------------------------------------

  const Figure& objective_figure(const Entry& entry) const {
    const PlanCandidate& c = entry.candidate;
    switch (request_.objective) {
      case Objective::cost:
        return c.usd;
      case Objective::marginal_cost:
        return c.marginal_usd;
      case Objective::start_latency:
        return c.start_p95_s;
      case Objective::serving_p99:
        return c.serving_p99_s;
    }
    return c.usd;
  }
  double objective_mean(const Entry& entry) const {
    const auto value = objective_figure(entry).estimate();
    return value ? value->mean : std::numeric_limits<double>::infinity();
  }

  void race() {
    std::vector<std::size_t> runners = in_race();
    // What formulas of serving showed is kept until there is something better.
    if (scenario_.fidelity != Fidelity::fluid)
      for (Entry& entry : entries_) entry.screened = std::exchange(entry.measures, {});
    while (plan_.finished) {
      winner_ = improved(runners, choose(runners));
      // More replications may show that the winner breaks a limit after all: then the next one wins.
      if (!winner_ || !plan_.finished || top_up(runners, *winner_)) break;
    }
    const bool nothing =
        std::ranges::none_of(entries_, [](const Entry& e) { return came_back(e); });
    if (!nothing) return;
    for (Entry& entry : entries_)
      if (!entry.screened.empty()) entry.measures = std::move(entry.screened), update(entry);
    plan_.notes.push_back("time ended before the race: these are figures at fluid fidelity");
  }

  // One move away from the best there may be a better one: formulas do not decide close calls.
  std::optional<std::size_t> improved(std::vector<std::size_t>& runners,
                                      std::optional<std::size_t> winner) {
    for (int round = 0; winner && plan_.finished && round < kImprovements; ++round) {
      const std::vector<std::size_t> near = simulate_neighbours(*winner);
      if (near.empty()) break;
      for (const std::size_t e : near)
        if (std::ranges::find(runners, e) == runners.end()) runners.push_back(e);
      const std::optional<std::size_t> next = choose(runners);
      // Time that ends in a round takes nothing from the one before.
      if (next == winner || (!next && !plan_.finished)) break;
      winner = next;
    }
    return winner;
  }

  // The best of these by halving and KN++ that meets every limit; those that break one are thrown
  // out.
  std::optional<std::size_t> choose(std::vector<std::size_t>& runners) {
    while (plan_.finished) {
      std::erase_if(runners, [&](std::size_t e) { return entries_[e].out; });
      if (runners.empty()) break;
      double best = std::numeric_limits<double>::infinity();
      for (const std::size_t e : runners) best = std::min(best, expected_objective(e));
      plan_.indifference = request_.indifference * best;
      const Selection selection = run_race(runners);
      const std::size_t winner = runners[selection.best];
      if (!plan_.finished) return std::nullopt;
      // A limit that is met by a hair asks for more replications, up to the most.
      if (!settle_limits(winner)) return std::nullopt;
      if (entries_[winner].candidate.meets_limits) {
        plan_.selection_certain = selection.certain;
        return winner;
      }
      const auto& limits = entries_[winner].candidate.limits;
      reject(winner, *std::ranges::find_if(limits, [](const LimitCheck& c) { return !c.met; }),
             "limit");
      std::erase(runners, winner);
    }
    return std::nullopt;
  }

  struct Rival {
    std::size_t workload = 0, option = 0;
    double change = 0;  // of the objective, by formulas
  };
  // The best other home of each workload, the rest as chosen; the nearest first.
  std::vector<Rival> rivals_of(const Choice& choice) const {
    const PlacementProblem problem = in_objective(analysis_.problem);
    const double from = appraise(problem, choice).objective;
    std::vector<Rival> rivals;
    for (std::size_t w = 0; w < choice.size(); ++w) {
      std::optional<Rival> best;
      for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
        if (k == choice[w]) continue;
        Choice moved = choice;
        moved[w] = k;
        const double change = appraise(problem, moved).objective - from;
        if (!best || change < best->change) best = Rival{w, k, change};
      }
      if (best) rivals.push_back(*best);
    }
    std::ranges::stable_sort(rivals, {}, &Rival::change);
    return rivals;
  }

  // Single moves that formulas hold to be close, weighted by what is at stake, and all of those
  // together that prove cheaper.
  std::vector<std::size_t> simulate_neighbours(std::size_t winner) {
    if (!entries_[winner].choice) return {};
    const Choice choice = *entries_[winner].choice;
    std::vector<Rival> rivals = rivals_of(choice);
    // A small workload's move changes little whichever way it goes: the dearest near ones first.
    std::erase_if(rivals, [&](const Rival& r) {
      return r.change > 0.03 * std::abs(objective_mean(entries_[winner]));
    });
    std::ranges::stable_sort(rivals, std::greater{},
                             [&](const Rival& r) { return spend_on(winner, r.workload); });
    if (rivals.size() > rules_.runners_up) rivals.resize(rules_.runners_up);
    std::vector<std::size_t> near;
    for (const Rival& rival : rivals) {
      Choice moved = choice;
      moved[rival.workload] = rival.option;
      if (appraise(analysis_.problem, moved).overflow <= most_overflow())
        near.push_back(*add_entry(moved));
    }
    const int n = std::min(rules_.step, entries_[winner].candidate.replications);
    say(fmt::format("{} neighbours of {}", near.size(), entries_[winner].candidate.name));
    if (near.empty() || !simulate(scenario_, near, n)) return {};
    Choice all = choice;
    int better = 0;
    for (std::size_t i = 0; i < near.size(); ++i) {
      const auto gap =
          difference(objective_figure(entries_[winner]), objective_figure(entries_[near[i]]));
      if (!gap || gap->mean >= -0.1 * plan_.indifference) continue;
      const Choice& moved = *entries_[near[i]].choice;
      for (std::size_t w = 0; w < moved.size(); ++w)
        if (moved[w] != choice[w]) all[w] = moved[w];
      ++better;
    }
    if (better > 1 && appraise(analysis_.problem, all).overflow <= most_overflow()) {
      near.push_back(*add_entry(all));
      const std::size_t one[] = {near.back()};
      if (!simulate(scenario_, one, n)) return {};
    }
    std::erase_if(near, [&](std::size_t e) {
      return entries_[e].out || std::ranges::any_of(entries_[e].candidate.limits, clearly_broken);
    });
    return near;
  }

  double spend_on(std::size_t e, std::size_t w) const {
    const std::size_t classes = scenario_.training.size();
    double usd = 0;
    for (const auto& m : entries_[e].measures)
      if (m) usd += w < classes ? m->training[w].usd : m->services[w - classes].usd;
    return usd;
  }

  double expected_objective(std::size_t e) const {
    const Entry& entry = entries_[e];
    // The figures are those of the screen until the race has its own.
    return objective_mean(entry);
  }

  Selection run_race(const std::vector<std::size_t>& runners) {
    const Sample sample = [&](std::span<const std::size_t> asked, int from, int to) {
      std::vector<std::size_t> which;
      for (const std::size_t i : asked) which.push_back(runners[i]);
      say(fmt::format("race: {} placements, {} replications", which.size(), to));
      std::vector<Values> values;
      if (!simulate(scenario_, which, to)) return values;
      for (const std::size_t e : which) {
        const auto& all = objective_figure(entries_[e]).values;
        values.emplace_back(all.begin() + from, all.begin() + to);
      }
      return values;
    };
    return select_smallest(runners.size(), sample,
                           {.confidence = rules_.confidence,
                            .indifference = std::max(plan_.indifference, 1e-9),
                            .first = rules_.screen,
                            .step = rules_.step,
                            .most = rules_.most,
                            .finalists = rules_.finalists});
  }

  bool settle_limits(std::size_t e) {
    while (!entries_[e].candidate.meets_limits &&
           entries_[e].candidate.replications < rules_.most) {
      const auto& limits = entries_[e].candidate.limits;
      if (std::ranges::any_of(limits, clearly_broken)) return true;
      const std::size_t one[] = {e};
      if (!simulate(scenario_, one,
                    std::min(rules_.most, entries_[e].candidate.replications + rules_.step)))
        return false;
    }
    return true;
  }

  std::vector<Values> objectives(const std::vector<std::size_t>& of) const {
    std::vector<Values> values;
    for (const std::size_t e : of) values.push_back(objective_figure(entries_[e]).values);
    return values;
  }

  // Halving promises nothing about those it threw out: whoever leaves most doubt gets replications
  // until all of them together leave no more than the confidence allows.
  // Who breaks a limit is no rival. False: the winner does, by what it got to see.
  bool top_up(std::vector<std::size_t> runners, std::size_t winner) {
    while (true) {
      std::erase_if(runners, [&](std::size_t e) {
        return entries_[e].out || (e != winner && !entries_[e].candidate.meets_limits);
      });
      const auto at =
          static_cast<std::size_t>(std::ranges::find(runners, winner) - runners.begin());
      const auto values = objectives(runners);
      plan_.probability = probability_of_correct_selection(values, at, plan_.indifference);
      if (plan_.probability >= rules_.confidence) return true;
      std::optional<std::size_t> doubtful;
      double least = 2;
      for (std::size_t i = 0; i < runners.size(); ++i) {
        if (i == at) continue;
        const std::vector<Values> pair{values[at], values[i]};
        const double sure = probability_of_correct_selection(pair, 0, plan_.indifference);
        if (sure < least && std::ssize(values[i]) < rules_.most) least = sure, doubtful = i;
      }
      if (!doubtful) return true;
      const int to =
          std::min(rules_.most, entries_[runners[*doubtful]].candidate.replications + rules_.step);
      const std::size_t both[] = {runners[*doubtful], winner};
      if (!simulate(scenario_, both, to)) return true;
      if (!entries_[winner].candidate.meets_limits) return false;
    }
  }

  // ---- The plan ---------------------------------------------------------------------------------

  Plan finish() {
    std::vector<std::size_t> order;
    for (std::size_t e = 0; e < entries_.size(); ++e)
      if (came_back(entries_[e])) order.push_back(e);
    std::ranges::stable_sort(order, {}, [&](std::size_t e) {
      return std::tuple(!entries_[e].candidate.meets_limits, winner_ != e,
                        objective_mean(entries_[e]));
    });
    note_analytic_error(order);
    for (const std::size_t e : order) {
      if (entries_[e].choice) {
        entries_[e].candidate.analytic = true;
        entries_[e].candidate.analytic_usd = appraise(analysis_.problem, *entries_[e].choice).usd;
      }
      plan_.candidates.push_back(entries_[e].candidate);
    }
    if (!order.empty() && plan_.candidates.front().meets_limits)
      recommend(order);
    else if (!order.empty() && plan_.finished)
      plan_.conflict = conflict_of_simulated(plan_.candidates);
    return std::move(plan_);
  }

  void recommend(const std::vector<std::size_t>& order) {
    plan_.recommendation = 0;
    const Entry& chosen = entries_[order.front()];
    if (plan_.probability == 0) {
      std::vector<std::size_t> feasible;
      for (const std::size_t e : order)
        if (entries_[e].candidate.meets_limits) feasible.push_back(e);
      plan_.indifference = request_.indifference * objective_mean(chosen);
      plan_.probability =
          probability_of_correct_selection(objectives(feasible), 0, plan_.indifference);
    }
    if (chosen.choice) {
      const Appraisal value = appraise(in_objective(analysis_.problem), *chosen.choice);
      plan_.analytic_best = value.objective;
      if (plan_.lower_bound > 0)
        plan_.optimality_gap = std::max(0.0, value.objective / plan_.lower_bound - 1);
    }
    for (std::size_t i = 1; i < order.size(); ++i) {
      const Entry& other = entries_[order[i]];
      if (other.out || !other.candidate.meets_limits) continue;
      const auto gap = difference(objective_figure(chosen), objective_figure(other));
      if (!gap) continue;
      const bool tie = gap->mean == 0 &&
                       (!gap->interval || (gap->interval->low == 0 && gap->interval->high == 0));
      plan_.rejections.push_back(
          {.option = other.candidate.name,
           .stage = "race",
           .reason =
               tie ? fmt::format("{} the same in every replication; the first of them is taken",
                                 plan_.objective)
                   : fmt::format("{} more by {:.4g}{}", plan_.objective, gap->mean,
                                 gap->interval
                                     ? fmt::format(" (95 %: {:.4g} to {:.4g})", gap->interval->low,
                                                   gap->interval->high)
                                     : ""),
           .missed_by = !tie && objective_mean(chosen) != 0
                            ? std::optional(gap->mean / objective_mean(chosen))
                            : std::nullopt});
    }
    draw_front(order);
    tell_dominance();
    const Observations& measures = chosen.measures;
    plan_.commitments = advise_commitments(scenario_, measures);
    plan_.stranded =
        stranded_commitments(scenario_, chosen.candidate.placement.commitments, measures);
    describe_workloads(order.front());
    if (chosen.choice) look_at_worlds(order);
  }

  void note_analytic_error(const std::vector<std::size_t>& order) {
    // Placements the correction was fitted on say little about its error, when there are others.
    const auto others = std::ranges::count_if(
        order, [&](std::size_t e) { return entries_[e].choice && !entries_[e].piloted; });
    const PlacementProblem problem = in_objective(analysis_.problem);
    std::vector<double> errors;
    for (const std::size_t e : order) {
      if (!entries_[e].choice || (others >= 5 && entries_[e].piloted)) continue;
      const double formula = appraise(problem, *entries_[e].choice).objective;
      if (formula > 0) errors.push_back(std::abs(objective_mean(entries_[e]) / formula - 1));
    }
    if (errors.empty()) return;
    std::ranges::sort(errors);
    const auto at = static_cast<std::size_t>(std::ceil(0.95 * double(errors.size()))) - 1;
    plan_.analytic_error = errors[at];
  }

  const Figure& latency(const PlanCandidate& c) const {
    return scenario_.training.empty() ? c.serving_p99_s : c.start_p95_s;
  }

  void draw_front(const std::vector<std::size_t>& order) {
    std::vector<std::size_t> members;  // positions in candidates
    std::vector<Measured> measured;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (!plan_.candidates[i].meets_limits) continue;
      members.push_back(i);
      measured.push_back({plan_.candidates[i].usd, latency(plan_.candidates[i])});
    }
    std::vector<std::size_t> front;
    for (const std::size_t m : not_clearly_dominated(measured)) front.push_back(members[m]);
    const auto point = [&](std::size_t i) {
      return Point{mean_or_zero(plan_.candidates[i].usd),
                   mean_or_zero(latency(plan_.candidates[i]))};
    };
    std::ranges::stable_sort(front, {}, point);
    // Those that are the same within the indifference in both are one: the recommendation or the
    // first.
    std::vector<std::size_t> kept{0};
    for (const std::size_t i : front) {
      const bool alike = std::ranges::any_of(kept, [&](std::size_t k) {
        const Point a = point(i), b = point(k);
        return i == k || (std::abs(a[0] / b[0] - 1) <= request_.indifference &&
                          std::abs(a[1] - b[1]) <= request_.indifference * b[1] + 1e-9);
      });
      // Dearer and slower by means, if not clearly so, is no trade either.
      const bool beaten = std::ranges::any_of(
          kept, [&](std::size_t k) { return k != i && dominates(point(k), point(i)); });
      if (!alike && !beaten) kept.push_back(i);
    }
    std::ranges::stable_sort(kept, {}, point);
    plan_.pareto = kept;
    std::vector<Point> points;
    for (const std::size_t i : kept) points.push_back(point(i));
    if (const auto k = berth::knee(points)) plan_.knee = kept[*k];
  }

  void tell_dominance() {
    std::string text;
    for (const PlanCandidate& own : plan_.candidates) {
      if (!own.from_scenario) continue;
      const PlanCandidate* by = nullptr;
      for (const std::size_t i : plan_.pareto) {
        const PlanCandidate& front = plan_.candidates[i];
        if (&front != &own &&
            clearly_dominates({front.usd, latency(front)}, {own.usd, latency(own)}))
          by = by == nullptr ? &front : by;
      }
      if (!text.empty()) text += "; ";
      const PlanCandidate& best = by != nullptr ? *by : plan_.candidates[*plan_.recommendation];
      if (&best == &own) {
        text += own.name + " is the recommendation";
        continue;
      }
      const auto usd = difference(own.usd, best.usd),
                 late = difference(latency(own), latency(best));
      text += fmt::format("{} {} {}: {:+.0f} $/month, {:+.3g} s", best.name,
                          by != nullptr ? "clearly dominates" : "does not clearly dominate",
                          own.name, usd ? usd->mean : 0.0, late ? late->mean : 0.0);
      if (!own.meets_limits) text += " (which breaks limits)";
    }
    plan_.dominance = text;
  }

  template <class Read>
  std::optional<Estimate> estimate(const Observations& measures, Read read) const {
    Figure figure;
    for (const auto& one : measures)
      figure.values.push_back(one ? std::optional<double>(read(*one)) : std::nullopt);
    return figure.estimate();
  }

  void describe_workloads(std::size_t chosen_at) {
    const std::size_t classes = scenario_.training.size();
    const Placement& placement = entries_[chosen_at].candidate.placement;
    for (std::size_t i = 0; i < classes; ++i) {
      const Observations& m = entries_[chosen_at].measures;
      const TrainingHome& home = placement.training[i];
      PlannedWorkload w{.kind = "training",
                        .name = scenario_.training[i].name,
                        .home = in_words(scenario_, home)};
      w.at = home_summary(home.platform, home.pool, home.type, home.offering == Offering::spot,
                          home.keep_alive);
      w.usd = *estimate(m, [i](const Observation& x) { return x.training[i].usd; });
      w.start_p50_s = estimate(m, [i](const Observation& x) { return x.training[i].start_p50_s; });
      w.start_p95_s = estimate(m, [i](const Observation& x) { return x.training[i].start_p95_s; });
      w.start_within_share =
          estimate(m, [i](const Observation& x) { return x.training[i].start_within; });
      w.deadline_missed_share =
          estimate(m, [i](const Observation& x) { return x.training[i].deadline_missed; });
      w.bottleneck = slowest_phase(m, i);
      plan_.workloads.push_back(std::move(w));
    }
    for (std::size_t i = 0; i < scenario_.services.size(); ++i) {
      const Observations& m = entries_[chosen_at].measures;
      const ServiceHome& home = placement.services[i];
      PlannedWorkload w{
          .kind = "service", .name = scenario_.services[i].name, .home = in_words(scenario_, home)};
      w.at = home_summary(home.platform, home.pool, home.type, false, {});
      w.usd = *estimate(m, [i](const Observation& x) { return x.services[i].usd; });
      w.p99_s = estimate(m, [i](const Observation& x) { return x.services[i].p99_s; });
      w.slo_share = estimate(m, [i](const Observation& x) { return x.services[i].slo_share; });
      const auto used =
          estimate(m, [i](const Observation& x) { return x.services[i].utilisation; });
      const auto replicas =
          estimate(m, [i](const Observation& x) { return x.services[i].replicas; });
      w.bottleneck =
          replicas && replicas->mean <= home.replicas.min + 0.05
              ? fmt::format("replicas kept: {} at {:.0f} % of their slots", home.replicas.min,
                            used ? 100 * used->mean : 0.0)
              : fmt::format("slots: {:.0f} % busy on {:.1f} replicas",
                            used ? 100 * used->mean : 0.0, replicas ? replicas->mean : 0.0);
      plan_.workloads.push_back(std::move(w));
    }
    if (entries_[chosen_at].choice) find_runners_up(chosen_at);
  }

  HomeSummary home_summary(PlatformId platform, std::optional<PoolId> pool, TypeId type, bool spot,
                           Seconds keep_alive) const {
    HomeSummary at{.platform = name_of(scenario_.platforms[platform.index()]),
                   .instance_type = scenario_.catalogue.types[type.index()].name,
                   .offering = spot ? "spot" : "on_demand"};
    if (pool)
      at.pool = std::get<Cluster>(scenario_.platforms[platform.index()]).pools[pool->index()].name;
    at.keep_alive = keep_alive;
    return at;
  }

  std::string slowest_phase(const Observations& measures, std::size_t i) const {
    std::size_t slowest = 0;
    double most = -1, sum = 0;
    for (std::size_t p = 0; p < kPhaseCount; ++p) {
      const auto mean = estimate(
          measures, [i, p](const Observation& m) { return m.training[i].phase_means_s[p]; });
      if (!mean) continue;
      sum += mean->mean;
      if (mean->mean > most) slowest = p, most = mean->mean;
    }
    return fmt::format("{}: {:.0f} s of {:.0f} s to start, on average", to_text(kPhases[slowest]),
                       most, sum);
  }

  // The best other home of each workload, the rest as recommended; paired where it was simulated.
  void find_runners_up(std::size_t chosen_at) {
    const Choice choice = *entries_[chosen_at].choice;
    const double base = appraise(analysis_.problem, choice).usd;
    for (const Rival& rival : rivals_of(choice)) {
      Choice moved = choice;
      moved[rival.workload] = rival.option;
      PlannedWorkload& w = plan_.workloads[rival.workload];
      w.runner_up = option_words(rival.workload, rival.option);
      w.runner_up_usd = Estimate{appraise(analysis_.problem, moved).usd - base, std::nullopt, 0};
      for (std::size_t e = 0; e < entries_.size(); ++e)
        if (entries_[e].choice == moved && !entries_[e].measures.empty())
          pair_runner_up(w, rival.workload, chosen_at, e);
    }
  }

  void pair_runner_up(PlannedWorkload& w, std::size_t at, std::size_t chosen, std::size_t other) {
    const PlanCandidate &a = entries_[chosen].candidate, &b = entries_[other].candidate;
    const auto usd = difference(a.usd, b.usd);
    if (!usd) return;
    w.runner_up_usd = usd;
    w.runner_up_simulated = true;
    const std::size_t classes = scenario_.training.size();
    const auto read = [&](std::size_t e) {
      Figure figure;
      for (const auto& m : entries_[e].measures)
        figure.values.push_back(!m             ? std::nullopt
                                : at < classes ? m->training[at].start_p95_s
                                               : m->services[at - classes].p99_s);
      return figure;
    };
    (at < classes ? w.runner_up_start_s : w.runner_up_p99_s) =
        difference(read(chosen), read(other));
  }

  void look_at_worlds(const std::vector<std::size_t>& order) {
    std::vector<Contender> contenders;
    for (const std::size_t e : order)
      if (entries_[e].choice && entries_[e].candidate.meets_limits)
        contenders.push_back({entries_[e].candidate.name, *entries_[e].choice});
    if (rules_.worlds && !request_.uncertain.empty()) {
      const WorldStudy study =
          study_worlds(scenario_, request_, analysis_.options, contenders, limits_, memory_);
      plan_.worlds = study.risks;
      plan_.world_count = request_.worlds;
      plan_.value_of_information_usd = study.value_of_information;
    }
    if (rules_.sensitivity)
      plan_.sensitivity =
          rank_inputs(scenario_, request_, analysis_.options, contenders.front().choice, memory_);
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  const SimulateRange& simulate_;
  const PlanRules& rules_;
  Limits limits_;
  Scenario fluid_;
  AnalysisMemory memory_;
  Analysis analysis_;
  Options all_options_;
  PlacementProblem uncorrected_;
  Solved solved_;
  std::vector<Entry> entries_;
  std::set<std::pair<std::size_t, std::size_t>> barred_;  // workload, option
  std::optional<std::size_t> winner_;
  int named_ = 0;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Scenario& scenario, const PlanRequest& request, const SimulateRange& simulate,
               const PlanRules& rules) {
  return Planner(scenario, request, simulate, rules).run();
}

std::string claim_of(const Plan& plan) {
  if (!plan.recommendation) return "there is no placement to recommend";
  const std::string gap = plan.optimality_gap
                              ? fmt::format("within {:.1f} % of the analytic optimum (proven)",
                                            100 * *plan.optimality_gap)
                              : "not a choice of the analytic problem, so without a proven gap";
  const std::string error =
      plan.analytic_error
          ? fmt::format("analytic error at most {:.1f} % (95 %)", 100 * *plan.analytic_error)
          : "analytic error not measured";
  // Rounded down: a probability is not to be promised up.
  const double p = std::floor(plan.probability * 1000) / 1000;
  return fmt::format("{}, {}, best of the {} simulated with probability >= {:.3g}", gap, error,
                     plan.candidates.size(), p);
}

}  // namespace berth
