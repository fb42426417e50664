// Why each placement that was simulated is not the answer, and what dominates the scenario's own, in words.
// Tested by tests/planner/plan_reasons_test.cpp and plan_front_test.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "planner/commitment_advice.h"
#include "planner/homes.h"
#include "planner/limit_words.h"
#include "planner/pareto.h"
#include "planner/planner.h"

namespace berth {
namespace {

std::string dearer_in_words(double usd) {
  if (usd == 0) return "as dear";
  return std::abs(usd) < 10 ? fmt::format("{:+.2g} $/month", usd)
                            : fmt::format("{:+.0f} $/month", usd);
}

std::string later_in_words(double seconds) {
  if (seconds == 0) return "the same";
  return std::abs(seconds) < 1 ? fmt::format("{:+.3g} ms", 1000 * seconds)
                               : fmt::format("{:+.3g} s", seconds);
}

const LimitCheck* first_open(const PlanCandidate& candidate) {
  const auto open =
      std::ranges::find_if(candidate.limits, [](const LimitCheck& check) { return !check.met; });
  return open == candidate.limits.end() ? nullptr : &*open;
}

// "start_within_share of retrain is 1.9 %, at least 95 % is asked for", or what few replications leave open.
std::string open_words(const LimitCheck& check, int replications, double confidence) {
  if (shown_to_break(check)) return fmt::format("{} is {}", limit_words(check), found_words(check));
  const auto [found, allowed] = limit_values(check.name, check.found->mean, check.allowed);
  return fmt::format(
      "{} is {} as seen, not shown to be {} {} with {:.4g} % confidence after {} replication{}",
      limit_words(check), found, check.at_least ? "at least" : "at most", allowed, 100 * confidence,
      replications, replications == 1 ? "" : "s");
}

}  // namespace

// Growth of a backlog and failures break their limit when that is shown, all others until they are shown to hold.
bool shown_to_break(const LimitCheck& check) {
  if (!check.found || clearly_broken(check)) return true;
  if (!check.found->interval)
    return check.at_least ? check.found->mean < check.allowed : check.found->mean > check.allowed;
  return check.name == "unserved_share" || check.name == "failed_share";
}

void Planner::reject(std::size_t e, const LimitCheck& broken, const std::string& stage) {
  CandidateEntry& entry = entries_[e];
  throw_out(entry);
  plan_.rejections.push_back(
      {.workload = "",
       .option = entry.candidate.name,
       .stage = stage,
       .reason = open_words(broken, entry.candidate.replications, rules_.confidence),
       .limit = broken.name,
       .allowed = broken.allowed,
       .found = broken.found->mean,
       .missed_by = broken.missed_by});
}

// Of the replications that both have seen.
std::string Planner::dearer_words(const CandidateEntry& chosen, const CandidateEntry& other) const {
  const auto gap = difference(objective_figure(chosen), objective_figure(other));
  if (!gap) return "no replication is known of both it and the recommendation";
  if (gap->mean == 0 && (!gap->interval || (gap->interval->low == 0 && gap->interval->high == 0))) {
    const auto usd = difference(front_usd(chosen.candidate), front_usd(other.candidate));
    const bool is_dearer = plan_.unit == "s" && usd && usd->mean > 0;
    return fmt::format("{} the same in every replication; {}", plan_.objective,
                       is_dearer ? "it is dearer, " + dearer_in_words(usd->mean)
                                 : "the first of them is taken");
  }
  const bool is_less = gap->mean < 0;
  const std::string more = plan_.unit == "s" ? plan_.objective + (is_less ? " shorter" : " longer")
                           : is_less         ? "cheaper"
                                             : "dearer";
  const double sign = is_less ? -1 : 1;
  std::string interval;
  if (gap->interval)
    interval =
        fmt::format(" (95 %: {} to {})",
                    in_digits(sign * (is_less ? gap->interval->high : gap->interval->low), 4),
                    in_digits(sign * (is_less ? gap->interval->low : gap->interval->high), 4));
  return fmt::format("{}{} by {} {}{}",
                     std::abs(gap->mean) < plan_.indifference ? "as good as the same: " : "", more,
                     in_digits(sign * gap->mean, 4), plan_.unit, interval);
}

// Of plans that are held: what it leaves unused beyond what the recommendation does.
std::string Planner::stranded_words(const std::vector<std::size_t>& order, std::size_t i) const {
  if (!plan_.recommendation) return "";
  const auto unused = [&](std::size_t at) {
    const CandidateEntry& entry = entries_[order[at]];
    double usd = 0;
    for (const StrandedCommitment& one : stranded_commitments(
             scenario_, entry.candidate.placement.commitments, entry.measures))
      usd += one.unused_usd;
    return usd;
  };
  const double more = unused(i) - unused(*plan_.recommendation);
  if (more < 0.5) return "";
  return fmt::format("; {:.0f} $/month of the Savings Plans that are held are stranded by it", more);
}

// Those that a limit threw out have their reason already.
void Planner::explain_others(const std::vector<std::size_t>& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    const CandidateEntry& other = entries_[order[i]];
    if (other.out || (plan_.recommendation && i == *plan_.recommendation)) continue;
    const LimitCheck* open = other.candidate.meets_limits ? nullptr : first_open(other.candidate);
    const bool may_be_taken = other.candidate.within_levers;
    Rejection rejection{.option = other.candidate.name,
                        .stage = !may_be_taken ? "levers" : open ? "limit" : "race"};
    if (plan_.recommendation) {
      const CandidateEntry& chosen = entries_[order[*plan_.recommendation]];
      rejection.reason = dearer_words(chosen, other);
      const auto gap = difference(objective_figure(chosen), objective_figure(other));
      if (gap && gap->mean > 0 && may_be_taken) rejection.stage = "race";
      if (gap && gap->mean != 0 && objective_mean(chosen) != 0 && rejection.stage == "race")
        rejection.missed_by = gap->mean / objective_mean(chosen);
    }
    if (open != nullptr) {
      const std::string words = open_words(*open, other.candidate.replications, rules_.confidence);
      rejection.reason += (rejection.reason.empty() ? "" : "; ") + words;
      if (rejection.stage == "limit") {
        rejection.limit = open->name;
        rejection.allowed = open->allowed;
        rejection.found = open->found->mean;
        rejection.missed_by = open->missed_by;
      }
    }
    rejection.reason += stranded_words(order, i);
    if (!may_be_taken)
      rejection.reason = "the levers that are stated do not allow it" +
                         (rejection.reason.empty() ? "" : "; " + rejection.reason);
    if (!rejection.reason.empty()) plan_.rejections.push_back(std::move(rejection));
  }
}

// The limits of this workload for which placements with it there were turned down, doubt or none: of the one
// that was seen most often.
std::vector<LimitCheck> Planner::turned_down_for(std::size_t w, std::size_t k) const {
  std::vector<LimitCheck> list;
  int most = 0;
  for (const CandidateEntry& entry : entries_) {
    if (!entry.choice || (*entry.choice)[w] != k || !came_back(entry)) continue;
    if (!entry.out && entry.candidate.replications < rules_.most) continue;
    if (entry.candidate.replications <= most) continue;
    std::vector<LimitCheck> open = entry.candidate.limits;
    std::erase_if(open, [&](const LimitCheck& check) {
      return check.met || check.workload != name_of_workload(scenario_, w);
    });
    if (open.empty()) continue;
    list = std::move(open), most = entry.candidate.replications;
  }
  return list;
}

// "-6660 $/month, start p95 -18.8 s (serving p99 worse: +4.81 ms)": that is no axis of the front.
std::string Planner::trade_words(const PlanCandidate& own, const PlanCandidate& other) const {
  const auto usd = difference(front_usd(own), front_usd(other)), late = difference(latency(own), latency(other));
  const bool has_jobs = front_quality() == 0;
  std::string text =
      fmt::format("{}, {} {}", dearer_in_words(usd ? usd->mean : 0),
                  has_jobs ? "start p95" : "serving p99", later_in_words(late ? late->mean : 0));
  if (!has_jobs) return text;
  if (const auto p99 = difference(own.serving_p99_s, other.serving_p99_s); p99 && p99->mean != 0)
    text += fmt::format(" (serving p99 {}: {})", p99->mean > 0 ? "worse" : "better",
                        later_in_words(p99->mean));
  return text;
}

// Which of the two axes is worse at what comes nearest, and which would dominate if they kept their limits.
std::string Planner::undominated_words(const PlanCandidate& own) const {
  const PlanCandidate& best = plan_.candidates[*plan_.recommendation];
  const std::string axis = front_quality() == 1 ? "serving p99" : "start p95";
  const PlanCandidate *sooner = nullptr, *cheaper = nullptr;
  std::string broken;
  int breaking = 0;
  const auto more = [&](const PlanCandidate& c, bool dollars) {
    const auto gap = dollars ? difference(front_usd(own), front_usd(c)) : difference(latency(own), latency(c));
    return gap ? gap->mean : 0;
  };
  for (const PlanCandidate& c : plan_.candidates) {
    if (&c == &own || !c.within_levers) continue;
    const bool is_cheaper = more(c, true) < 0, is_sooner = more(c, false) < 0;
    if (!c.meets_limits) {
      const LimitCheck* open = first_open(c);
      if (is_cheaper && is_sooner && open != nullptr && ++breaking <= 2)
        broken += fmt::format("; {} would, {}, but {}", c.name, trade_words(own, c),
                              open_words(*open, c.replications, rules_.confidence));
      continue;
    }
    if (is_cheaper && (cheaper == nullptr || more(c, false) < more(*cheaper, false))) cheaper = &c;
    if (is_sooner && (sooner == nullptr || more(c, true) < more(*sooner, true))) sooner = &c;
  }
  std::string text = "nothing that was simulated clearly dominates " + own.name;
  if (cheaper != nullptr && more(*cheaper, false) < 0)
    return text +
           fmt::format(": {} does by means, and few replications leave a doubt: {}", cheaper->name,
                       trade_words(own, *cheaper)) +
           broken;
  if (cheaper != nullptr)
    text += fmt::format("; of the cheaper ones {} comes nearest in {}: {}", cheaper->name, axis,
                        trade_words(own, *cheaper));
  if (sooner != nullptr)
    text += fmt::format("; of those better in {} {} costs least: {}", axis, sooner->name,
                        trade_words(own, *sooner));
  if (&best != cheaper && &best != sooner)
    text += fmt::format("; {}: {}", best.name, trade_words(own, best));
  if (const auto sought = sought_.find(own.name); sought != sought_.end())
    text += sought->second == 0
                ? "; formulas know of none that is better in both"
                : fmt::format("; {} that formulas hold to be better in both {} simulated for it",
                              sought->second, sought->second == 1 ? "was" : "were");
  return text + broken;
}

void Planner::tell_dominance() {
  std::string text;
  const PlanCandidate& best = plan_.candidates[*plan_.recommendation];
  for (const PlanCandidate& own : plan_.candidates) {
    if (!own.from_scenario) continue;
    if (!text.empty()) text += "; ";
    if (&best == &own) {
      text += own.name + " is the recommendation";
      continue;
    }
    const auto by = std::ranges::find_if(plan_.pareto, [&](std::size_t i) {
      const PlanCandidate& front = plan_.candidates[i];
      return &front != &own &&
             clearly_dominates({front_usd(front), latency(front)}, {front_usd(own), latency(own)});
    });
    if (by == plan_.pareto.end()) {
      text += undominated_words(own);
    } else {
      const PlanCandidate& front = plan_.candidates[*by];
      text +=
          fmt::format("{} clearly dominates {}: {}", front.name, own.name, trade_words(own, front));
      const auto slight = [&](const Figure& a, const Figure& b) {
        const auto gap = difference(a, b);
        return !gap || std::abs(gap->mean) <= request_.indifference * mean_or_zero(a);
      };
      if (slight(front_usd(own), front_usd(front)) && slight(latency(own), latency(front)))
        text += ", which counts as the same";
    }
    if (const LimitCheck* open = first_open(own))
      text += fmt::format(" ({} {} {})", own.name,
                          shown_to_break(*open) ? "breaks" : "is not shown to keep", limit_words(*open));
    if (!own.within_levers) text += fmt::format(" ({} is outside the levers)", own.name);
  }
  plan_.dominance = text;
}

}  // namespace berth
