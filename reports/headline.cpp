#include "reports/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "planner/gate.h"
#include "reports/answer.h"
#include "reports/grid.h"
#include "reports/numbers.h"

namespace berth {
namespace {

constexpr std::size_t kCostLinesShown = 5;
// The largest error that is stated is 60 %: a mean above it has replications without a bound.
constexpr double kNoBound = 0.605;

// A difference that would be printed as none: 0.05 % of a time or a count, 0.01 points of a share.
bool is_visible(const Change& change) {
  if (change.verdict == Verdict::same) return false;
  if (change.name.unit == "share") return std::abs(change.difference.mean) >= 1e-4;
  return !change.relative || std::abs(*change.relative) >= 5e-4;
}
bool is_start_quantile(const Change& change) {
  return change.name.metric.starts_with("start_latency_");
}
bool is_clear_phase(const Change& change) {
  return change.name.metric == "start_phase_p95" && change.verdict == Verdict::clear;
}
bool is_service_headline(const Change& change) {
  return change.name.metric == "latency_p99" || change.name.metric == "slo_met";
}

std::vector<Change> largest_cost_lines(const Comparison& comparison) {
  std::vector<Change> lines;
  for (const Change& change : comparison.changes)
    if (change.name.metric == "cost_line" && is_visible(change))
      lines.push_back(change);
  // Stable: equal changes stay in the order of the bill.
  std::ranges::stable_sort(lines, std::greater{},
                           [](const Change& change) { return std::abs(change.difference.mean); });
  if (lines.size() > kCostLinesShown) lines.resize(kCostLinesShown);
  return lines;
}

// "start_latency" reads better without its underscore, "slo_met" as what it is.
std::string metric_words(const std::string& metric) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kWords{{
      {"cost",             "cost per month"     },
      {"cost_line",        ""                   },
      {"cost_workload",    "cost per month"     },
      {"latency_p99",      "latency p99"        },
      {"slo_met",          "requests in limit"  },
      {"start_slo_met",    "starts in time"     },
      {"deadline_missed",  "jobs past their deadline"},
      {"start_phase_p95",  "start p95,"         },
      {"start_latency_mean", "start, mean"      },
      {"start_latency_p50", "start p50"         },
      {"start_latency_p95", "start p95"         },
      {"start_latency_p99", "start p99"         },
  }};
  for (const auto& [name, words] : kWords)
    if (name == metric) return std::string{words};
  return metric;
}

}  // namespace

bool meets_slo(const ServiceSummary& service) {
  const auto share = service.slo_share.estimate();
  return share && share->mean >= service.slo_target - 1e-12;  // a mean's rounding is no miss
}

Headline headline_of(const Summary& placement) {
  const GateSide side = side_of(placement);
  const std::size_t missed = missed_goals(side).size();
  Headline head{.goals = goals_of(side), .flags = placement.flags.size()};
  head.goals_met = head.goals - missed;
  for (const TrainingSummary& training : placement.training) {
    const auto p95 = training.start_latency_s.p95.estimate();
    if (!p95 || (head.slowest_start_p95_s && p95->mean <= head.slowest_start_p95_s->mean)) continue;
    head.slowest_class = training.name;
    head.slowest_start_p95_s = p95;
  }
  return head;
}

std::vector<std::string> error_sentences(const std::vector<StatedError>& errors) {
  struct Of {
    double largest = 0;
    std::size_t bounded = 0, others = 0;
  };
  std::map<std::string, Of> by_fidelity;
  for (const StatedError& error : errors) {
    Of& of = by_fidelity[error.fidelity];
    if (error.share > kNoBound) {
      ++of.others;
      continue;
    }
    of.largest = std::max(of.largest, error.share);
    ++of.bounded;
  }
  std::vector<std::string> lines;
  for (const auto& [fidelity, of] : by_fidelity) {
    if (of.largest > 0)  // rounded up: a promise
      lines.push_back(fmt::format(
          "p99 by {} fidelity: within {:.0f} % of what every request to the same pods would show, beyond ±{} ({})",
          fidelity, std::ceil(100 * of.largest - 1e-9),
          // Of one replication no ± tells it.
          fidelity == "fluid" ? "" : " and the chance of its windows", counted(static_cast<std::int64_t>(of.bounded), "service")));
    if (of.others > 0)
      lines.push_back(fmt::format("p99 by {} fidelity: no bound is stated, for overload, bursts, recorded "
                                  "requests, batches or sleep ({})",
                                  fidelity, counted(static_cast<std::int64_t>(of.others), "service")));
  }
  return lines;
}

std::vector<StatedError> stated_errors(const Summary& placement) {
  std::vector<StatedError> errors;
  errors.reserve(placement.services.size());
  for (const ServiceSummary& service : placement.services)
    if (service.error_share.estimate())
      errors.push_back(
          {service.fidelity,
           std::ranges::max(service.error_share.values, {}, [](const auto& error) {
             return error.value_or(0);
           }).value_or(0)});  // the worst replication is in the mean
  return errors;
}

std::string looks_text(const LooksOfTime& looks) {
  if (looks.services == 0) return "";
  std::string text = fmt::format("{}; of the time", fmt::join(looks.fidelities, ", "));
  const auto add = [&](double sum, const char* how) {
    if (sum <= 0) return;
    text += fmt::format("{} {} {}", text.ends_with("time") ? "" : ",", percent(sum / looks.services), how);
  };
  add(looks.whole, "every request");
  add(looks.window, "through windows");
  add(looks.formula, "by formula");
  return text;
}

LooksOfTime looks_of_time(const Summary& placement) {
  LooksOfTime looks;
  const auto mean = [](const Figure& figure) {
    const auto estimate = figure.estimate();
    return estimate ? estimate->mean : 0.0;
  };
  for (const ServiceSummary& service : placement.services) {
    looks.fidelities.insert(service.fidelity);
    looks.whole += mean(service.whole_share);
    looks.window += mean(service.window_share);
    looks.formula += mean(service.formula_share);
    ++looks.services;
  }
  return looks;
}

std::vector<Change> headline_changes(const Comparison& comparison) {
  std::vector<Change> shown;
  for (const Change& change : comparison.changes)
    if (change.name.metric == "cost") shown.push_back(change);
  for (Change& line : largest_cost_lines(comparison)) shown.push_back(std::move(line));
  for (const Change& change : comparison.changes)
    if (is_visible(change) &&
        (is_start_quantile(change) || is_clear_phase(change) || is_service_headline(change)))
      shown.push_back(change);
  return shown;
}

std::string figures_note(const Comparison& comparison) {
  const auto how_many = [&](Verdict verdict) {
    return std::ranges::count(comparison.changes, verdict, &Change::verdict);
  };
  return fmt::format("Of {} figures compared {} differ clearly, {} are the same in every replication.",
                     comparison.changes.size(), how_many(Verdict::clear), how_many(Verdict::same));
}

std::string change_title(const FigureName& name) {
  // The item says more than the service it is billed under: "ml.m5.xlarge training, spot".
  if (name.metric == "cost_line") return "  " + name.part.substr(name.part.find(": ") + 2);
  std::string title = name.workload.empty() ? "" : name.workload + ": ";
  title += metric_words(name.metric);
  if (!name.part.empty()) title += " " + name.part;
  return title;
}

// "a-very-lo…: start p95" and not "a-very-long-name: star…": what differs between rows stands last.
std::string change_title(const FigureName& name, std::size_t width) {
  std::string title = change_title(name);
  const std::size_t all = width_of(title), own = width_of(name.workload);
  if (all <= width || own < 2 || all - own + 2 > width) return title;
  FigureName brief = name;
  brief.workload = shortened(name.workload, width - (all - own));
  return change_title(brief);
}

std::string comparison_sentence(const Comparison& comparison) {
  const auto cost = std::ranges::find_if(
      comparison.changes, [](const Change& change) { return change.name.metric == "cost"; });
  if (cost == comparison.changes.end()) return comparison.other + " has no cost to compare.";
  const Estimate& by = cost->difference;
  if (cost->verdict == Verdict::same)
    return fmt::format("{} costs the same as {} in every replication.", comparison.other,
                       comparison.base);
  Estimate size = by;
  size.mean = std::abs(by.mean);
  const std::string relative =
      cost->relative ? fmt::format(" ({})", percent_of_change(*cost->relative)) : "";
  const std::string verdict = cost->verdict == Verdict::clear       ? "clear at 95 %"
                              : cost->verdict == Verdict::not_clear ? "not clear, more replications may tell"
                                                                    : "one replication cannot tell how sure";
  return fmt::format("{} costs {} a month {} than {}{}: {}.", comparison.other, money(size),
                     by.mean < 0 ? "less" : "more", comparison.base, relative, verdict);
}

}  // namespace berth
