#include "planner/figures.h"

namespace berth {
namespace {

class List {
 public:
  void add(std::string metric, std::string workload, std::string part, std::string unit,
           const Figure& figure) {
    list_.push_back({
        {std::move(metric), std::move(workload), std::move(part), std::move(unit)},
        figure
    });
  }
  void add_quantiles(const std::string& metric, const std::string& workload,
                     const std::string& part, const Quantiles& of) {
    add(metric + "_mean", workload, part, "s", of.mean);
    add(metric + "_p50", workload, part, "s", of.p50);
    add(metric + "_p95", workload, part, "s", of.p95);
    add(metric + "_p99", workload, part, "s", of.p99);
  }
  std::vector<NamedFigure> take() { return std::move(list_); }

 private:
  std::vector<NamedFigure> list_;
};

void add_cost(List& list, const CostSummary& cost) {
  list.add("cost", "", "", "USD/month", cost.total_usd_per_month);
  list.add("cost_idle", "", "", "USD/month", cost.idle_usd_per_month);
  list.add("cost_shared", "", "", "USD/month", cost.shared_usd_per_month);
  list.add("cost_people", "", "", "USD/month", cost.people_usd_per_month);
  list.add("cost_at_list_price", "", "", "USD/month", cost.list_usd_per_month);
  for (const WorkloadCost& workload : cost.workloads)
    list.add("cost_workload", workload.name, workload.kind, "USD/month", workload.usd_per_month);
  for (const CostLine& line : cost.lines)
    list.add("cost_line", "", line.service + ": " + line.item, "USD/month", line.usd_per_month);
}

void add_training(List& list, const TrainingSummary& t) {
  list.add_quantiles("start_latency", t.name, "", t.start_latency_s);
  for (const Phase phase : kPhases)
    list.add_quantiles("start_phase", t.name, std::string{to_text(phase)},
                       t.phases_s[static_cast<std::size_t>(phase)]);
  list.add_quantiles("container_started", t.name, "", t.container_started_s);
  for (const Phase phase : kPhases)
    list.add("start_phase_cost", t.name, std::string{to_text(phase)}, "USD/start",
             t.phases_usd_per_start[static_cast<std::size_t>(phase)]);
  list.add("start_cost", t.name, "", "USD/month", t.start_usd_per_month);
  list.add_quantiles("turnaround", t.name, "", t.turnaround_s);
  if (t.chain) {
    list.add_quantiles("chain_turnaround", t.name, "", t.chain->turnaround_s);
    list.add("skipped", t.name, "", "1/day", t.chain->skipped_per_day);
  }
  list.add("start_slo_met", t.name, "", "share", t.start_slo_share);
  list.add("deadline_missed", t.name, "", "share", t.deadline_missed_share);
  list.add("warm_starts", t.name, "", "share", t.warm_start_share);
  list.add("submitted", t.name, "", "1/day", t.submitted_per_day);
  list.add("started", t.name, "", "1/day", t.started_per_day);
  list.add("completed", t.name, "", "1/day", t.completed_per_day);
  list.add("failed", t.name, "", "1/day", t.failed_per_day);
  list.add("interruptions", t.name, "", "1/day", t.interruptions_per_day);
  list.add("capacity_errors", t.name, "", "1/day", t.capacity_errors_per_day);
  list.add("waiting_at_end", t.name, "", "count", t.waiting_at_end);
  list.add("running_at_end", t.name, "", "count", t.running_at_end);
  list.add("backlog_at_begin", t.name, "", "count", t.backlog_at_begin);
  list.add("backlog_at_end", t.name, "", "count", t.backlog_at_end);
}

void add_service(List& list, const ServiceSummary& s) {
  list.add("latency_mean", s.name, "", "s", s.latency_mean_s);
  list.add("latency_p50", s.name, "", "s", s.latency_p50_s);
  list.add("latency_p95", s.name, "", "s", s.latency_p95_s);
  list.add("latency_p99", s.name, "", "s", s.latency_p99_s);
  list.add("latency_p999", s.name, "", "s", s.latency_p999_s);
  list.add("slo_met", s.name, "", "share", s.slo_share);
  list.add("utilisation", s.name, "", "share", s.utilisation);
  list.add("overloaded", s.name, "", "s", s.overloaded_s);
  list.add("waiting_at_end", s.name, "", "count", s.waiting_at_end);
  list.add("rejected", s.name, "", "share", s.rejected_share);
  list.add("cold_starts", s.name, "", "share", s.cold_start_share);
  list.add("timed_out", s.name, "", "share", s.timed_out_share);
  list.add("cut_off", s.name, "", "share", s.cut_off_share);
  list.add("doubtful", s.name, "", "s", s.doubtful_s);
  list.add("requests", s.name, "", "1/s", s.requests_per_s);
  list.add("replicas_mean", s.name, "", "count", s.replicas_mean);
  list.add("replicas_peak_slice", s.name, "", "count", s.replicas_peak_slice);
  const PodStartSummary& starts = s.pod_starts;
  list.add("pod_starts", s.name, "", "1/day", starts.per_day);
  list.add_quantiles("pod_container_started", s.name, "", starts.container_started_s);
  list.add_quantiles("pod_ready", s.name, "", starts.ready_s);
  for (const Phase phase : kPhases) {
    const std::string name{to_text(phase)};
    const auto i = static_cast<std::size_t>(phase);
    list.add_quantiles("pod_phase", s.name, name, starts.phases_s[i]);
    list.add("pod_phase_cost", s.name, name, "USD/start", starts.phases_usd_per_start[i]);
  }
  list.add("pod_start_cost", s.name, "", "USD/month", starts.usd_per_month);
}

void add_pool(List& list, const PoolSummary& p) {
  const std::string name = p.platform + "/" + p.pool;
  list.add("nodes_mean", name, "", "count", p.nodes_mean);
  list.add("nodes_peak_slice", name, "", "count", p.nodes_peak_slice);
  list.add("nodes_launched", name, "", "1/day", p.launched_per_day);
  list.add("nodes_removed", name, "", "1/day", p.removed_per_day);
  list.add("nodes_reclaimed", name, "", "1/day", p.reclaimed_per_day);
  if (p.launches_failed_per_day.any_above(0))
    list.add("launches_failed", name, "", "1/day", p.launches_failed_per_day);
  if (p.unregistered_per_day.any_above(0))
    list.add("nodes_unregistered", name, "", "1/day", p.unregistered_per_day);
}

std::string_view unit_suffix(std::string_view unit) {
  if (unit == "USD/month") return "_usd_per_month";
  if (unit == "s") return "_s";
  if (unit == "share") return "_share";
  if (unit == "1/day") return "_per_day";
  if (unit == "1/s") return "_per_s";
  return "";
}

}  // namespace

bool is_zero_where_absent(const FigureName& name) {
  return name.metric == "cost_line" || name.metric == "launches_failed" ||
         name.metric.starts_with("nodes_");
}

std::string metric_with_unit(const FigureName& name) {
  return name.metric + std::string{unit_suffix(name.unit)};
}

std::string whose(const FigureName& name) {
  if (name.workload.empty() || name.part.empty()) return name.workload + name.part;
  return name.workload + "/" + name.part;
}

std::string id_of(const FigureName& name) {
  const std::string of = whose(name);
  return metric_with_unit(name) + (of.empty() ? "" : "[" + of + "]");
}

std::vector<NamedFigure> figures(const Summary& summary) {
  List list;
  add_cost(list, summary.cost);
  for (const TrainingSummary& training : summary.training) add_training(list, training);
  for (const ServiceSummary& service : summary.services) add_service(list, service);
  for (const PoolSummary& pool : summary.pools) add_pool(list, pool);
  return list.take();
}

}  // namespace berth
