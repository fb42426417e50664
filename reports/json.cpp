#include "reports/json.h"

#include <cmath>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "planner/figures.h"
#include "reports/document_head.h"
#include "reports/result_json.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

// What list_json is asked for before it is defined.
Json json_of(const TrainingSummary& training);
Json json_of(const ServiceSummary& service);
Json json_of(const PoolSummary& pool);
Json json_of(const LineShare& share);
Json json_of(const Summary& summary);
Json json_of(const Result& result);
Json json_of(const FigureName& name);
Json json_of(const Change& change);
Json json_of(const Comparison& comparison);

Json json_of(const Estimate& estimate) {
  const auto& interval = estimate.interval;
  return {{"mean", estimate.mean},
          {"low", interval ? Json(interval->low) : Json()},
          {"high", interval ? Json(interval->high) : Json()},
          {"n", estimate.n}};
}

Json json_of(const Figure& figure) {
  const auto estimate = figure.estimate();
  return estimate ? json_of(*estimate) : Json();
}

Json json_of(const Quantiles& q) {
  return {{"mean", json_of(q.mean)},
          {"p50", json_of(q.p50)},
          {"p95", json_of(q.p95)},
          {"p99", json_of(q.p99)}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json number_or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

template <class List>
Json list_json(const List& list) {
  Json array = Json::array();
  for (const auto& element : list) array.push_back(json_of(element));
  return array;
}

// Four digits are more than a picture shows.
double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

Json series_json(const Series& series) {
  Json list = Json::array();
  for (const double value : series) list.push_back(rounded(value));
  return list;
}

Json json_of(const std::vector<FailedReplication>& failures) {
  Json list = Json::array();
  for (const FailedReplication& failure : failures)
    list.push_back({{"placement", failure.placement},
                    {"seed", failure.replication.seed},
                    {"replication", failure.replication.number},
                    {"reason", failure.reason}});
  return list;
}

// ---- Cost --------------------------------------------------------------------------------------

Json json_of(const LineShare& share) {
  return {{"kind", share.kind},
          {"workload", text_or_null(share.workload)},
          {"quantity_per_month", json_of(share.quantity_per_month)},
          {"usd_per_month", json_of(share.usd_per_month)},
          {"list_usd_per_month", json_of(share.list_usd_per_month)}};
}

Json json_of(const CostLine& line) {
  Json price;
  if (!line.price_source.empty())
    price = {{"as_of", line.price_as_of},
             {"source", line.price_source},
             {"status", line.price_status}};
  return {{"service", line.service},
          {"item", line.item},
          {"charge", line.charge},
          {"unit", line.unit},
          {"usd_per_unit", number_or_null(line.usd_per_unit)},
          {"price", price},
          {"quantity_per_month", json_of(line.quantity_per_month)},
          {"usd_per_month", json_of(line.usd_per_month)},
          {"shares", list_json(line.shares)}};
}

void add_cost(Json& placement, const CostSummary& cost) {
  placement["cost_usd_per_month"] = json_of(cost.total_usd_per_month);
  placement["cost_at_list_price_usd_per_month"] = json_of(cost.list_usd_per_month);
  placement["cost_idle_usd_per_month"] = json_of(cost.idle_usd_per_month);
  placement["cost_shared_usd_per_month"] = json_of(cost.shared_usd_per_month);
  placement["cost_people_usd_per_month"] = json_of(cost.people_usd_per_month);
  placement["cost_workloads"] = Json::array();
  for (const WorkloadCost& workload : cost.workloads)
    placement["cost_workloads"].push_back({{"kind", workload.kind},
                                           {"name", workload.name},
                                           {"usd_per_month", json_of(workload.usd_per_month)}});
  placement["cost_lines"] = Json::array();
  for (const CostLine& line : cost.lines) placement["cost_lines"].push_back(json_of(line));
}

Json distribution_json(const std::vector<CdfPoint>& points) {
  Json share = Json::array(), seconds = Json::array();
  for (const CdfPoint& point : points) {
    share.push_back(point.probability);
    seconds.push_back(rounded(point.value));
  }
  return {
      {"share",           share  },
      {"start_latency_s", seconds}
  };
}

// ---- Workloads ---------------------------------------------------------------------------------

Json json_of(const HomeSummary& home) {
  return {{"platform", home.platform},
          {"pool", text_or_null(home.pool)},
          {"instance_type", home.instance_type},
          {"offering", home.offering},
          {"pull", text_or_null(home.pull)},
          {"endpoint", text_or_null(home.endpoint)},
          {"keep_alive_s", home.keep_alive.count()}};
}

template <class Value>
Json by_phase(const std::array<Value, kPhaseCount>& values) {
  Json phases = Json::object();
  for (const Phase phase : kPhases)
    phases[std::string{to_text(phase)}] = json_of(values[static_cast<std::size_t>(phase)]);
  return phases;
}

Json json_of(const PodStartSummary& starts) {
  return {{"per_day", json_of(starts.per_day)},
          {"container_started_s", json_of(starts.container_started_s)},
          {"ready_s", json_of(starts.ready_s)},
          {"phases_s", by_phase(starts.phases_s)},
          {"phases_usd_per_start", by_phase(starts.phases_usd_per_start)},
          {"usd_per_month", json_of(starts.usd_per_month)}};
}

Json json_of(const ChainSummary& chain) {
  return {{"skipped_per_day", json_of(chain.skipped_per_day)},
          {"turnaround_s", json_of(chain.turnaround_s)}};
}

// Without what only followers have.
Json common_json(const TrainingSummary& t) {
  return {{"name", t.name},
          {"team", t.team},
          {"home", json_of(t.home)},
          {"start_latency_s", json_of(t.start_latency_s)},
          {"phases_s", by_phase(t.phases_s)},
          {"container_started_s", json_of(t.container_started_s)},
          {"phases_usd_per_start", by_phase(t.phases_usd_per_start)},
          {"start_usd_per_month", json_of(t.start_usd_per_month)},
          {"turnaround_s", json_of(t.turnaround_s)},
          {"start_slo_s", number_or_null(t.start_slo_s)},
          {"start_slo_met_share", json_of(t.start_slo_share)},
          {"deadline_s", number_or_null(t.deadline_s)},
          {"deadline_missed_share", json_of(t.deadline_missed_share)},
          {"warm_start_share", json_of(t.warm_start_share)},
          {"submitted_per_day", json_of(t.submitted_per_day)},
          {"started_per_day", json_of(t.started_per_day)},
          {"completed_per_day", json_of(t.completed_per_day)},
          {"failed_per_day", json_of(t.failed_per_day)},
          {"interruptions_per_day", json_of(t.interruptions_per_day)},
          {"capacity_errors_per_day", json_of(t.capacity_errors_per_day)},
          {"waiting_at_end", json_of(t.waiting_at_end)},
          {"running_at_end", json_of(t.running_at_end)},
          {"backlog_at_begin", json_of(t.backlog_at_begin)},
          {"backlog_at_end", json_of(t.backlog_at_end)},
          {"backlog_grows", t.backlog_grows},
          {"start_distribution", distribution_json(t.start_distribution)}};
}

Json json_of(const TrainingSummary& t) {
  Json out = common_json(t);
  if (t.chain) out["chain"] = json_of(*t.chain);
  return out;
}

Json json_of(const std::vector<Overload>& overloads) {
  Json list = Json::array();
  for (const Overload& one : overloads)
    list.push_back({{"from_s", one.from_s},
                    {"to_s", one.to_s},
                    {"queue_gone_s", std::isfinite(one.queue_gone_s) ? Json(one.queue_gone_s) : Json(nullptr)}});
  return list;
}

Json json_of(const ServiceSummary& s) {
  const Json latency{{"mean", json_of(s.latency_mean_s)},
                     {"p50", json_of(s.latency_p50_s)},
                     {"p95", json_of(s.latency_p95_s)},
                     {"p99", json_of(s.latency_p99_s)},
                     {"p999", json_of(s.latency_p999_s)}};
  const Json looked_at{{"whole_share", json_of(s.whole_share)},
                       {"window_share", json_of(s.window_share)},
                       {"formula_share", json_of(s.formula_share)}};
  return {{"name", s.name},
          {"team", s.team},
          {"home", json_of(s.home)},
          {"fidelity", s.fidelity},
          {"requests_per_s", json_of(s.requests_per_s)},
          {"latency_s", latency},
          {"slo_latency_s", s.slo_latency_s},
          {"slo_target_share", s.slo_target},
          {"slo_met_share", json_of(s.slo_share)},
          {"utilisation_share", json_of(s.utilisation)},
          {"replicas_mean", json_of(s.replicas_mean)},
          {"replicas_peak_slice", json_of(s.replicas_peak_slice)},
          {"pod_starts", json_of(s.pod_starts)},
          {"overloaded_s", json_of(s.overloaded_s)},
          {"overloads", json_of(s.overloads)},
          {"waiting_at_end", json_of(s.waiting_at_end)},
          {"rejected_share", json_of(s.rejected_share)},
          {"timed_out_share", json_of(s.timed_out_share)},
          {"cut_off_share", json_of(s.cut_off_share)},
          {"cold_start_share", json_of(s.cold_start_share)},
          {"looked_at", looked_at},
          {"latency_p99_error_share", json_of(s.error_share)},
          {"doubtful_s", json_of(s.doubtful_s)}};
}

// Of launches that failed and of nodes that did not register only where there are any.
Json json_of(const PoolSummary& p) {
  Json json{{"platform", p.platform},
          {"pool", p.pool},
          {"instance_type", p.instance_type},
          {"nodes_mean", json_of(p.nodes_mean)},
          {"nodes_peak_slice", json_of(p.nodes_peak_slice)},
          {"launched_per_day", json_of(p.launched_per_day)},
          {"removed_per_day", json_of(p.removed_per_day)},
          {"reclaimed_per_day", json_of(p.reclaimed_per_day)}};
  if (p.launches_failed_per_day.any_above(0))
    json["launches_failed_per_day"] = json_of(p.launches_failed_per_day);
  if (p.unregistered_per_day.any_above(0))
    json["unregistered_per_day"] = json_of(p.unregistered_per_day);
  return json;
}

Json series_of(const Summary& summary) {
  Json services = Json::array(), training = Json::array(), pools = Json::array();
  for (const ServiceSummary& s : summary.services)
    services.push_back({
        {"name",              s.name                              },
        {"requests_per_s",    series_json(s.series.requests_per_s)},
        {"ready",             series_json(s.series.ready)         },
        {"desired",           series_json(s.series.desired)       },
        {"utilisation_share", series_json(s.series.utilisation)   },
        {"latency_p99_s",     series_json(s.series.latency_p99_s) },
        {"overloaded_share",  series_json(s.series.overloaded)    }
    });
  for (const TrainingSummary& t : summary.training)
    training.push_back({
        {"name",    t.name                },
        {"waiting", series_json(t.waiting)}
    });
  for (const PoolSummary& p : summary.pools)
    pools.push_back({
        {"platform", p.platform             },
        {"pool",     p.pool                 },
        {"nodes",    series_json(p.nodes)   },
        {"reclaims", series_json(p.reclaims)}
    });
  return {
      {"step_s",   summary.series_step_s},
      {"services", services             },
      {"training", training             },
      {"pools",    pools                }
  };
}

Json figures_of(const Summary& summary) {
  Json list = Json::array();
  for (const NamedFigure& figure : figures(summary)) {
    Json values = Json::array();
    for (const auto& value : figure.figure.values) values.push_back(number_or_null(value));
    Json entry = json_of(figure.name);
    entry["values"] = std::move(values);
    list.push_back(std::move(entry));
  }
  return list;
}

Json json_of(const Summary& summary) {
  Json placement{{"name", summary.placement},
                 {"description", summary.description},
                 {"replications", summary.replications},
                 {"flags", summary.flags}};
  add_cost(placement, summary.cost);
  placement["training"] = list_json(summary.training);
  placement["services"] = list_json(summary.services);
  placement["pools"] = list_json(summary.pools);
  placement["events"] = json_of(summary.events);
  placement["series"] = series_of(summary);
  placement["figures"] = figures_of(summary);
  return placement;
}

Json json_of(const Result& result) {
  Json document = document_head(kResultSchema, result.from);
  document["replications"] = result.from.replications;
  document["placements"] = list_json(result.placements);
  document["failures"] = json_of(result.failures);
  return document;
}

// ---- Comparisons -------------------------------------------------------------------------------

Json json_of(const FigureName& name) {
  return {{"metric", name.metric},
          {"workload", text_or_null(name.workload)},
          {"part", text_or_null(name.part)},
          {"unit", name.unit}};
}

Json json_of(const Change& change) {
  Json json = json_of(change.name);
  json["before"] = json_of(change.before);
  json["after"] = json_of(change.after);
  json["difference"] = json_of(change.difference);
  json["relative"] = number_or_null(change.relative);
  json["verdict"] = to_text(change.verdict);
  return json;
}

Json json_of(const Comparison& comparison) {
  return {{"base", comparison.base},
          {"other", comparison.other},
          {"changes", list_json(comparison.changes)},
          {"only_base", list_json(comparison.only_base)},
          {"only_other", list_json(comparison.only_other)}};
}

bool is_flat(const Json& value) {
  if (value.is_array())
    return std::ranges::all_of(value, [](const Json& item) { return !item.is_structured(); });
  return std::ranges::all_of(value, [](const Json& item) {
    return !item.is_structured() || (item.is_array() && is_flat(item));
  });
}

void write_flat(const Json& value, std::string& out) {
  if (!value.is_structured()) {
    out += value.dump();
    return;
  }
  out += value.is_array() ? '[' : '{';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += Json(key).dump() + ": ";
    write_flat(item, out);
  }
  out += value.is_array() ? ']' : '}';
}

// Indented, but an object of plain values or a list of numbers stands on one line: a figure a line
// reads well and diffs well, and a list of a hundred numbers is no page.
void write(const Json& value, std::size_t depth, std::string& out) {
  if (!value.is_structured() || value.empty() || (depth > 0 && is_flat(value)))
    return write_flat(value, out);
  const std::string indent(2 * depth + 2, ' ');
  out += value.is_array() ? "[\n" : "{\n";
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += ",\n";
    first = false;
    out += indent;
    if (value.is_object()) out += Json(key).dump() + ": ";
    write(item, depth + 1, out);
  }
  out += "\n" + std::string(2 * depth, ' ') + (value.is_array() ? "]" : "}");
}

}  // namespace

Json result_document(const Result& result) { return json_of(result); }

std::string json_text(const Json& document) {
  std::string text;
  write(document, 0, text);
  return text + "\n";
}

std::string json_report(std::span<const Result> results) {
  if (results.size() == 1) return json_text(json_of(results.front()));
  return json_text(list_json(results));
}

std::string json_report(const ComparisonReport& report) {
  Json document = made_with(kComparisonSchema, report.from.front());
  document["sources"] = Json::array();
  for (const Provenance& from : report.from) {
    Json source = Json::object();
    add_source(source, from);
    source["replications"] = from.replications;
    document["sources"].push_back(std::move(source));
  }
  document["comparisons"] = list_json(report.comparisons);
  document["notes"] = report.notes;
  document["failures"] = json_of(report.failures);
  return json_text(document);
}

}  // namespace berth
