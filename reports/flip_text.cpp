#include <fmt/format.h>

#include <algorithm>

#include "planner/objective.h"
#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"
#include "reports/plan_report.h"
#include "reports/plan_words.h"

namespace berth {
namespace {

using Align = Column::Align;

std::string flip_value(const Flip& flip, double value) {
  return berth::flip_value(flip.unit, value);
}
std::string flip_now(const Flip& flip) {
  return flip_value(flip, flip.now) + (flip.of.empty() ? "" : " (" + flip.of + ")");
}
std::string flip_words(const Flip& flip) {
  if (flip.moves.empty() || (!flip.at && !flip.near_tie))
    return fmt::format("no change of choice from {} to {}", flip_value(flip, flip.searched_low),
                       flip_value(flip, flip.searched_high));
  const FlipMove& first = flip.moves.front();
  const std::size_t others = flip.moves.size() - 1;
  if (!flip.at)
    return fmt::format("near-tie, not decided by it: {}{} at {}", first.workload,
                       others > 0 ? fmt::format(" (and {} more)", others) : "", first.to);
  return moves_in_short(flip.moves);
}

Objective objective_of(const Plan& plan) { return objective_named(plan.objective).value_or(Objective::cost); }

std::string difference_words(const Flip& flip, Objective objective) {
  if (!flip.difference_beyond) return "-";
  return is_latency(objective) ? signed_duration(*flip.difference_beyond) : signed_money(*flip.difference_beyond);
}

// What to know before reading it: that it is unfinished, and the notes.
std::vector<std::string> warnings(const Plan& plan) {
  std::vector<std::string> list;
  if (!plan.finished)
    list.push_back(fmt::format("UNFINISHED: {}; inputs that are missing were not looked at.", plan.unfinished));
  for (const std::string& note : plan.notes) list.push_back("Note: " + note + ".");
  return list;
}

}  // namespace

std::string flip_text(const PlanReport& report, const std::vector<Flip>& flips, bool color) {
  const Objective objective = objective_of(report.plan);
  Grid grid({{"input", Align::left},
             {"now"},
             {"flips at"},
             {"what then", Align::left, 70},
             {beyond_words(objective)},
             {"", Align::left}});
  for (const Flip& flip : flips)
    grid.add({{flip.input},
              {flip_now(flip)},
              {flip.at ? flip_value(flip, settled(*flip.at, flip.now)) : "-"},
              {flip_words(flip)},
              {difference_words(flip, objective)},
              {flip.how}});
  std::string out;
  for (const std::string& line : warnings(report.plan)) out += line + "\n";
  out += flips_title(objective) + "\n" + grid.text("  ", color);
  if (std::ranges::any_of(flips, [](const Flip& flip) { return !flip.of.empty(); }))
    out += "A figure with a name is that one's and stands for all, which are scaled alike.\n";
  if (!flips.empty()) out += flip_rule(objective, flips.front().indifference) + "\n";
  return out;
}

std::string flip_csv(const PlanReport& report, const std::vector<Flip>& flips) {
  const Objective objective = objective_of(report.plan);
  const auto beyond = [&](const Flip& flip, bool in_seconds) {
    return flip.difference_beyond && is_latency(objective) == in_seconds ? shortest(flip.difference_beyond->mean)
                                                                         : "";
  };
  std::string text =
      "input,unit,now,flips_at,searched_low,searched_high,workload,to,moves,near_tie,how,usd_"
      "beyond,of,stays_at,objective,s_beyond\n";
  for (const Flip& flip : flips)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(flip.input),
                        csv_field(flip.unit), shortest(flip.now), flip.at ? shortest(*flip.at) : "",
                        shortest(flip.searched_low), shortest(flip.searched_high),
                        csv_field(flip.moves.empty() ? "" : flip.moves.front().workload),
                        csv_field(flip.moves.empty() ? "" : flip.moves.front().to),
                        flip.moves.size(), flip.near_tie, csv_field(flip.how),
                        beyond(flip, false), csv_field(flip.of), flip.stays_at ? shortest(*flip.stays_at) : "",
                        name_of(objective), beyond(flip, true));
  return text;
}

std::string flip_markdown(const PlanReport& report, const std::vector<Flip>& flips) {
  std::string out;
  for (const std::string& line : warnings(report.plan)) out += "**" + markdown_text(line) + "**\n\n";
  const Objective objective = objective_of(report.plan);
  out += markdown_header({"input", "now", "flips at", "what then", beyond_words(objective), "how"});
  for (const Flip& flip : flips)
    out += markdown_row(
        {markdown_text(flip.input), markdown_text(flip_now(flip)),
         flip.at ? flip_value(flip, settled(*flip.at, flip.now)) : "-", markdown_text(flip_words(flip)),
         difference_words(flip, objective), flip.how});
  return out;
}

}  // namespace berth
