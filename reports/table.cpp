#include "reports/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/grid.h"
#include "reports/headline.h"
#include "reports/numbers.h"
#include "reports/sketch.h"

namespace berth {
namespace {

constexpr std::size_t kLinesShown = 8;
constexpr std::size_t kWorkloadsShown = 5;
using enum Column::Align;

std::string heading(std::string_view text, bool color) {
  return styled(text, Style::bold, color) + "\n";
}

// ---- Head --------------------------------------------------------------------------------------

// "simgrid 3.32, network/model CM02, ...": what decides how transfers share links.
std::string engine_text(const Provenance& from) {
  std::string text;
  for (const auto& [name, value] : from.engine)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string head(const Provenance& from, bool color) {
  std::string text = heading("Scenario " + from.scenario, color);
  text += fmt::format("{} of {} from {}, after {} of warm-up; seed {}\n",
                      replications_text(from.replications), duration(from.horizon_s),
                      from.starts_on, duration(from.warm_up_s), from.seed);
  text += fmt::format("prices {}, {}; berth {}, model {}; ± is the 95 % interval\n", from.catalogue,
                      from.price_date, from.tool_version, from.model_version);
  text += wrapped("", "  ", engine_text(from));
  return text;
}

std::string overview(const Result& result, bool color) {
  Grid grid({{"placement", left, 22},
             {"cost per month"},
             {"slowest start p95"},
             {"", left, 20},
             {"goals met"},
             {"notes"}});
  for (const Summary& placement : result.placements) {
    const Headline head = headline_of(placement);
    grid.add(
        {{placement.placement, Style::bold},
         {money(placement.cost.total_usd_per_month.estimate())},
         {duration(head.slowest_start_p95_s)},
         {head.slowest_class, Style::dim},
         {head.goals == 0 ? "-" : fmt::format("{} of {}", head.goals_met, head.goals),
          head.goals_met == head.goals ? Style::plain : Style::bad},
         {head.flags == 0 ? "" : std::to_string(head.flags), Style::bad}});
  }
  return grid.text("  ", color);
}

// Cost against the slowest start, a letter a placement: what is left and below is better.
std::string pareto(const Result& result) {
  std::vector<SketchPoint> points;
  std::string legend;
  double low_x = 0, high_x = 0, low_y = 0, high_y = 0;
  for (const Summary& placement : result.placements) {
    const auto cost = placement.cost.total_usd_per_month.estimate();
    const auto start = headline_of(placement).slowest_start_p95_s;
    if (!cost || !start) continue;
    const bool first = points.empty();
    low_x = first ? cost->mean : std::min(low_x, cost->mean);
    high_x = first ? cost->mean : std::max(high_x, cost->mean);
    low_y = first ? start->mean : std::min(low_y, start->mean);
    high_y = first ? start->mean : std::max(high_y, start->mean);
    legend += fmt::format("{}{} {}", points.empty() ? "" : ", ",
                          static_cast<char>('a' + points.size() % 26), placement.placement);
    points.push_back({cost->mean, start->mean});
  }
  if (points.size() < 3 || points.size() > 26 || low_x == high_x || low_y == high_y) return "";
  const std::string picture =
      scatter(points, {money(low_x), money(high_x), duration(low_y), duration(high_y),
                       "cost per month", "slowest start p95"});
  std::string text;
  for (std::size_t at = 0; at < picture.size();) {
    const std::size_t end = picture.find('\n', at);
    text += "  " + picture.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return "\n" + text + wrapped("  ", "  ", legend);
}

// ---- Cost --------------------------------------------------------------------------------------

std::string share_text(const Figure& part, const Figure& whole) {
  const auto a = part.estimate(), b = whole.estimate();
  return a && b && b->mean > 0 ? fmt::format("{:.0f} %", 100 * a->mean / b->mean) : "";
}

std::string cost_lines(const CostSummary& cost, bool color) {
  Grid grid({{"", right}, {"", right}, {"", left, 22}, {"", left, 50}});
  const std::size_t shown = std::min(kLinesShown, cost.lines.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const CostLine& line = cost.lines[i];
    grid.add({{money(line.usd_per_month.estimate())},
              {share_text(line.usd_per_month, cost.total_usd_per_month), Style::dim},
              {line.service},
              {line.item}});
  }
  std::string text = grid.text("    ", color);
  if (shown < cost.lines.size()) {
    double rest = 0;
    for (std::size_t i = shown; i < cost.lines.size(); ++i)
      rest += cost.lines[i].usd_per_month.estimate().value_or(Estimate{}).mean;
    text += fmt::format("    and {} for {} more lines\n", money(rest), cost.lines.size() - shown);
  }
  return text;
}

std::string whose(const CostSummary& cost) {
  double workloads = 0;
  std::vector<std::pair<double, std::string>> largest;
  for (const WorkloadCost& workload : cost.workloads) {
    const double usd = workload.usd_per_month.estimate().value_or(Estimate{}).mean;
    workloads += usd;
    largest.emplace_back(-usd, workload.name);
  }
  std::ranges::stable_sort(largest, {}, [](const auto& pair) { return pair.first; });
  std::string names;
  for (std::size_t i = 0; i < std::min(kWorkloadsShown, largest.size()); ++i)
    names +=
        fmt::format("{}{} {}", i == 0 ? "" : ", ", largest[i].second, money(-largest[i].first));
  const auto part = [](const Figure& figure) {
    return money(figure.estimate().value_or(Estimate{}).mean);
  };
  return wrapped("    ", "      ",
                 fmt::format("whose: workloads {} (most: {}), idle nodes {}, shared {}, people {}",
                             money(workloads), names, part(cost.idle_usd_per_month),
                             part(cost.shared_usd_per_month), part(cost.people_usd_per_month)));
}

std::string cost_section(const CostSummary& cost, bool color) {
  return "  " + styled("Cost per month", Style::bold, color) + "  " +
         money(cost.total_usd_per_month.estimate()) + "\n" + cost_lines(cost, color) + whose(cost);
}

// ---- Start latency -----------------------------------------------------------------------------

// Two digits, where columns are many: "0.0042", "1.3"; the row says that it is dollars.
std::string brief_money(double usd) {
  constexpr double kSmallest = 0.0001;
  if (usd > 0 && usd < kSmallest / 2) return "<0.0001";
  const int decimals =
      usd > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(usd))), 0, 4) : 0;
  return fmt::format("{:.{}f}", usd, decimals);
}

// Phases that took time in no class would only be columns of zeros.
std::vector<Phase> phases_in_use(const Summary& placement) {
  std::vector<Phase> used;
  for (const Phase phase : kPhases)
    if (std::ranges::any_of(placement.training, [&](const TrainingSummary& t) {
          return t.phases_s[static_cast<std::size_t>(phase)].p99.any_above(0);
        }))
      used.push_back(phase);
  return used;
}

// "eks/train-cpu m5.4xlarge spot, full pull", "sagemaker ml.m5.large, async endpoint"
std::string home_text(const HomeSummary& home) {
  std::string words = home.platform;
  if (!home.pool.empty()) words += "/" + home.pool;
  words += " " + home.instance_type;
  if (home.offering == "spot") words += " spot";
  if (!home.pull.empty()) words += ", " + home.pull + " pull";
  // What is serverless says so where others have a machine.
  if (!home.endpoint.empty() && home.endpoint != "serverless") words += ", " + home.endpoint + " endpoint";
  if (home.keep_alive.count() > 0) words += ", kept " + duration(home.keep_alive.count());
  return words;
}

std::string class_line(const TrainingSummary& t, bool color) {
  std::string words = home_text(t.home);
  words += fmt::format("; {} a day", count(t.submitted_per_day.estimate()));
  if (t.warm_start_share.any_above(0))
    words += fmt::format("; {} warm", percent(t.warm_start_share.estimate()));
  if (t.start_slo_s)
    words += fmt::format("; {} within {}", percent(t.start_slo_share.estimate()),
                         duration(*t.start_slo_s));
  if (t.chain && t.chain->turnaround_s.p50.estimate())
    words += fmt::format("; done {} after its chain began, p95 {}",
                         duration(t.chain->turnaround_s.p50.estimate()),
                         duration(t.chain->turnaround_s.p95.estimate()));
  if (t.deadline_missed_share.any_above(0))
    words += fmt::format("; {} miss their deadline", percent(t.deadline_missed_share.estimate()));
  const std::string name = "    " + t.name + ": ";
  return styled(name, Style::bold, color) +
         wrapped(std::string(width_of(name), ' '), "      ", words).substr(width_of(name));
}

std::vector<Cell> quantile_row(const TrainingSummary& t, const std::vector<Phase>& phases,
                               const char* name, Figure Quantiles::*which) {
  std::vector<Cell> row{{name, Style::dim}, {duration((t.start_latency_s.*which).estimate())}};
  for (const Phase phase : phases) {
    const auto value = (t.phases_s[static_cast<std::size_t>(phase)].*which).estimate();
    row.push_back({value ? brief_duration(value->mean) : "-",
                   value && value->mean == 0 ? Style::dim : Style::plain});
  }
  return row;
}

// What a start costs while it starts, and how much of that each phase is.
std::vector<Cell> cost_row(const TrainingSummary& t, const std::vector<Phase>& phases) {
  double sum = 0;
  std::vector<Cell> parts;
  for (const Figure& part : t.phases_usd_per_start)
    if (const auto e = part.estimate()) sum += e->mean;
  for (const Phase phase : phases) {
    const auto e = t.phases_usd_per_start[static_cast<std::size_t>(phase)].estimate();
    const bool free = !e || e->mean == 0;
    parts.push_back({free ? "free" : brief_money(e->mean), free ? Style::dim : Style::plain});
  }
  std::vector<Cell> row{{"$", Style::dim}, {brief_money(sum)}};
  row.insert(row.end(), parts.begin(), parts.end());
  return row;
}

std::string short_title(Phase phase) {
  switch (phase) {
    case Phase::throttled:
      return "thrott.";
    case Phase::provisioning:
      return "provis.";
    case Phase::container:
      return "contain.";
    case Phase::first_reads:
      return "reads";
    default:
      return std::string{to_text(phase)};
  }
}

std::string start_section(const Summary& placement, bool color) {
  if (placement.training.empty()) return "";
  const std::vector<Phase> phases = phases_in_use(placement);
  std::vector<Column> columns{{"", left}, {"start", right}};
  for (const Phase phase : phases) columns.push_back({short_title(phase)});
  std::string text = "  " + heading("Start latency, submitted to user code, by phase", color);
  for (const TrainingSummary& t : placement.training) {
    text += class_line(t, color);
    if (!t.start_latency_s.mean.estimate()) continue;
    Grid grid(columns);
    grid.add(quantile_row(t, phases, "p50", &Quantiles::p50));
    grid.add(quantile_row(t, phases, "p95", &Quantiles::p95));
    grid.add(quantile_row(t, phases, "p99", &Quantiles::p99));
    grid.add(cost_row(t, phases));
    text += grid.text("      ", color);
  }
  return text;
}

// ---- Serving -----------------------------------------------------------------------------------

std::string replicas_text(const ServiceSummary& s) {
  const auto mean = s.replicas_mean.estimate(), most = s.replicas_peak_slice.estimate();
  if (!mean || !most) return "-";
  const int decimals = most->mean == std::round(most->mean) ? 0 : 1;  // a mean over replications
  return fmt::format("{} ({:.{}f})", count(mean->mean), most->mean, decimals);
}

std::string mean_duration(const Figure& figure) {
  const auto estimate = figure.estimate();
  return estimate ? duration(estimate->mean) : "-";
}

std::string mean_percent(const Figure& figure) {
  const auto estimate = figure.estimate();
  return estimate ? percent(estimate->mean) : "-";
}

// A line a home, with those that live there: a column would be as wide as all others together.
std::string service_homes(const Summary& placement) {
  std::vector<std::pair<std::string, std::string>> homes;
  for (const ServiceSummary& s : placement.services) {
    const std::string home = home_text(s.home);
    const auto known = std::ranges::find(homes, home, &std::pair<std::string, std::string>::first);
    if (known == homes.end())
      homes.emplace_back(home, s.name);
    else
      known->second += ", " + s.name;
  }
  std::string text;
  for (const auto& [home, names] : homes)
    text += wrapped("    ", "      ", home + ": " + (homes.size() == 1 ? "all" : names));
  return text;
}

// What all services were asked for over the window, and when that was most.
std::string requests_line(const Summary& placement) {
  Series all;
  for (const ServiceSummary& s : placement.services) {
    all.resize(std::max(all.size(), s.series.requests_per_s.size()), 0);
    for (std::size_t i = 0; i < s.series.requests_per_s.size(); ++i)
      all[i] += s.series.requests_per_s[i];
  }
  if (all.empty()) return "";
  const auto most = std::ranges::max_element(all);
  const double at = static_cast<double>(most - all.begin()) * placement.series_step_s;
  return fmt::format("    requests {}  most {}/s, {} in\n", sparkline(all, 48),
                     count(*most), duration(at));
}

// From when to when a latency was above its goal: "above 500 ms from 30 min to 35.5 min", of several times the first.
std::string above_goal(const Series& p99, double goal_s, double step_s) {
  const auto is_above = [&](double value) { return value > goal_s; };
  const auto from = std::ranges::find_if(p99, is_above);
  if (from == p99.end()) return "never above " + duration(goal_s);
  const auto to = std::find_if_not(from, p99.end(), is_above);
  const auto at = [&](auto where) { return duration(static_cast<double>(where - p99.begin()) * step_s); };
  return fmt::format("above {} from {} {}{}", duration(goal_s), at(from),
                     to == p99.end() ? "on" : "to " + at(to),
                     std::find_if(to, p99.end(), is_above) == p99.end() ? "" : ", and again");
}

// Pods and latency over time of services that were overloaded, the longest first: how they came out of it.
std::string overload_lines(const Summary& placement) {
  constexpr std::size_t kMost = 3;
  std::vector<std::pair<double, const ServiceSummary*>> overloaded;
  for (const ServiceSummary& s : placement.services) {
    double seconds = 0;
    for (const Overload& span : s.overloads) seconds += span.to_s - span.from_s;
    if (seconds > 0 && !s.series.ready.empty()) overloaded.emplace_back(-seconds, &s);
  }
  std::ranges::stable_sort(overloaded, {}, &std::pair<double, const ServiceSummary*>::first);
  if (overloaded.size() > kMost) overloaded.resize(kMost);
  std::string text;
  for (const auto& [seconds, s] : overloaded) {
    Series p99 = s->series.latency_p99_s;
    std::ranges::replace_if(p99, [](double value) { return !std::isfinite(value); }, 0.0);  // nobody was served
    text += wrapped("    ", "      ",
                    fmt::format("{}: pods {}  most {}", s->name, sparkline(s->series.ready, 40),
                                count(std::ranges::max(s->series.ready))));
    if (!p99.empty())
      text += wrapped("    ", "      ",
                      fmt::format("{}: p99  {}  {}", s->name, sparkline(p99, 40),
                                  above_goal(p99, s->slo_latency_s, placement.series_step_s)));
  }
  return text;
}

std::string serving_section(const Summary& placement, bool color) {
  if (placement.services.empty()) return "";
  Grid grid({{"", left, 20},
             {"req/s"},
             {"pods (peak)"},
             {"busy"},
             {"p50"},
             {"p99"},
             {"p99.9"},
             {"limit"},
             {"within"}});
  for (const ServiceSummary& s : placement.services) {
    const auto requests = s.requests_per_s.estimate();
    grid.add({{s.name},
              {requests ? count(requests->mean) : "-"},
              {replicas_text(s)},
              {mean_percent(s.utilisation)},
              {mean_duration(s.latency_p50_s)},
              {duration(s.latency_p99_s.estimate())},
              {mean_duration(s.latency_p999_s)},
              {duration(s.slo_latency_s)},
              {mean_percent(s.slo_share), meets_slo(s) ? Style::good : Style::bad}});
  }
  std::string text = "  " + heading("Serving, latency of requests", color) +
                     service_homes(placement) + grid.text("    ", color);
  text += wrapped("    ", "      ", "fidelity " + looks_text(looks_of_time(placement)));
  for (const std::string& line : error_sentences(stated_errors(placement)))
    text += wrapped("    ", "      ", line);
  return text + requests_line(placement) + overload_lines(placement);
}

std::string pod_start_section(const Summary& placement, bool color) {
  if (placement.services.empty()) return "";
  Grid grid({{"", left, 20}, {"a day"}, {"container p50"}, {"ready p50"}, {"p95"}, {"p99"}, {"$/month"}});
  for (const ServiceSummary& s : placement.services) {
    const PodStartSummary& starts = s.pod_starts;
    grid.add({{s.name},
              {count(starts.per_day.estimate())},
              {mean_duration(starts.container_started_s.p50)},
              {mean_duration(starts.ready_s.p50)},
              {mean_duration(starts.ready_s.p95)},
              {mean_duration(starts.ready_s.p99)},
              {money(starts.usd_per_month.estimate())}});
  }
  return "  " + heading("Pod starts, asked for to serving", color) + grid.text("    ", color);
}

std::string pool_section(const Summary& placement, bool color) {
  if (placement.pools.empty()) return "";
  Grid grid({{"", left, 28},
             {"", left, 14},
             {"nodes"},
             {"over the window", left},
             {"peak slice"},
             {"launched a day"},
             {"reclaimed"}});
  for (const PoolSummary& p : placement.pools)
    grid.add({{p.platform + "/" + p.pool},
              {p.instance_type},
              {count(p.nodes_mean.estimate())},
              {sparkline(p.nodes, 15)},
              {count(p.nodes_peak_slice.estimate())},
              {count(p.launched_per_day.estimate())},
              {count(p.reclaimed_per_day.estimate())}});
  return "  " + heading("Node pools", color) + grid.text("    ", color);
}

std::string flag_section(const Summary& placement, bool color) {
  std::string text;
  for (const std::string& flag : placement.flags)
    text += styled("  ! ", Style::bad, color) + wrapped("    ", "    ", flag).substr(4);
  return text;
}

std::string placement_block(const Summary& placement, bool color) {
  std::string text = "\n" + heading("Placement " + placement.placement, color);
  if (!placement.description.empty()) text += wrapped("  ", "  ", placement.description);
  return text + flag_section(placement, color) + cost_section(placement.cost, color) +
         start_section(placement, color) + serving_section(placement, color) +
         pod_start_section(placement, color) + pool_section(placement, color);
}

// ---- Comparison --------------------------------------------------------------------------------

Style style_of(Verdict verdict) { return verdict == Verdict::clear ? Style::bold : Style::dim; }

constexpr std::size_t kTitleWidth = 36;

std::string comparison_block(const Comparison& comparison, bool color) {
  Grid grid({{"", left, kTitleWidth}, {"before"}, {"after"}, {"difference"}, {""}, {"", left}});
  const std::vector<Change> changes = headline_changes(comparison);
  for (const Change& change : changes)
    grid.add(
        {{change_title(change.name, kTitleWidth)},
         {value_in(change.name.unit, {.mean = change.before.mean})},
         {value_in(change.name.unit, {.mean = change.after.mean})},
         {difference_in(change.name.unit, change.difference), style_of(change.verdict)},
         {change.relative && change.name.unit != "share" ? percent_of_change(*change.relative) : "",
          Style::dim},
         {std::string{to_text(change.verdict)}, style_of(change.verdict)}});
  std::string text = "\n" + heading(comparison.base + " -> " + comparison.other, color);
  text += wrapped("  ", "  ", comparison_sentence(comparison));
  return text + grid.text("  ", color) + "  " + figures_note(comparison) + "\n";
}

}  // namespace

std::string table_report(const Result& result, bool color) {
  std::string text = head(result.from, color);
  if (result.placements.size() > 1) text += "\n" + overview(result, color) + pareto(result);
  for (const Summary& placement : result.placements) text += placement_block(placement, color);
  return text;
}

std::string table_report(const ComparisonReport& report, bool color) {
  std::string text;
  for (const Provenance& from : report.from) text += head(from, color);
  for (const Comparison& comparison : report.comparisons)
    text += comparison_block(comparison, color);
  for (const std::string& note : report.notes) text += wrapped("  ", "  ", note);
  return text;
}

}  // namespace berth
