#include "reports/trace.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "models/model_version.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

double milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }
double in_s(Seconds time) { return milliseconds(time.count()); }
std::string text(Seconds time) { return duration(in_s(time)); }

// What one event says: its type, the chapter it belongs to, its fields and the words.
struct Said {
  const char* type;
  const char* about;
  Json fields;
  std::string words;
};

struct Names {
  const Scenario& scenario;

  const std::string& of(TrainingId id) const { return scenario.training[id.index()].name; }
  const std::string& of(ServiceId id) const { return scenario.services[id.index()].name; }
  const std::string& of(PlatformId id) const { return name_of(scenario.platforms[id.index()]); }
  const std::string& of(PlatformId platform, PoolId pool) const {
    return std::get<Cluster>(scenario.platforms[platform.index()]).pools[pool.index()].name;
  }
  const std::string& of(TypeId id) const { return scenario.catalogue.types[id.index()].name; }
  const Service& service(ServiceId id) const { return scenario.services[id.index()]; }
  Json pool(PlatformId platform, PoolId pool) const {
    return {{"platform", of(platform)}, {"pool", of(platform, pool)}};
  }
};

Json joined(Json first, const Json& second) {
  first.update(second);
  return first;
}

// ---- Jobs ---------------------------------------------------------------------------------------

Said say(const JobSubmitted& e, const Names& names) {
  return {"job_submitted",
          "jobs",
          {{"class", names.of(e.workload)}},
          fmt::format("a job of {} is submitted", names.of(e.workload))};
}

// "48 s provisioning, 20 s data": what a wait was made of, the longest first.
std::string made_of(const StartupLedger& ledger) {
  std::vector<Phase> phases(kPhases.begin(), kPhases.end());
  std::ranges::stable_sort(phases, std::greater<>{}, [&](Phase p) { return ledger[p]; });
  std::string words;
  for (const Phase phase : phases)
    if (ledger[phase] >= Seconds{0.05})
      words +=
          fmt::format("{}{} {}", words.empty() ? "" : ", ", text(ledger[phase]), to_text(phase));
  return words.empty() ? "no wait at all" : words;
}

Said say(const JobStarted& e, const Names& names) {
  Json phases = Json::object();
  for (const Phase phase : kPhases) phases[std::string(to_text(phase))] = in_s(e.ledger[phase]);
  return {"job_started",
          "jobs",
          {{"class", names.of(e.workload)},
           {"waited_s", in_s(e.at - e.submitted)},
           {"warm", e.warm},
           {"phases_s", phases}},
          fmt::format("a job of {} starts {} after it was submitted{}: {}", names.of(e.workload),
                      text(e.at - e.submitted), e.warm ? ", warm" : "", made_of(e.ledger))};
}

Json of_job(const std::string& name, Seconds at, Seconds submitted) {
  return {{"class", name}, {"submitted_ago_s", in_s(at - submitted)}};
}

const char* word(AttemptInterrupted::Why why) {
  switch (why) {
    case AttemptInterrupted::Why::reclaimed:
      return "reclaimed";
    case AttemptInterrupted::Why::preempted:
      return "preempted";
    case AttemptInterrupted::Why::moved:
      return "moved";
  }
  return "";
}

const char* sentence(AttemptInterrupted::Why why) {
  switch (why) {
    case AttemptInterrupted::Why::reclaimed:
      return "its spot machine is taken back";
    case AttemptInterrupted::Why::preempted:
      return "a pod of higher priority needs the room";
    case AttemptInterrupted::Why::moved:
      return "its node is given back";
  }
  return "";
}

Said say(const AttemptInterrupted& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"attempt_interrupted", "jobs",
          joined(of_job(name, e.at, e.submitted), {{"why", word(e.why)}}),
          fmt::format("an attempt of {} is interrupted: {}", name, sentence(e.why))};
}

Said say(const CapacityRefused& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"capacity_refused", "jobs", of_job(name, e.at, e.submitted),
          fmt::format("SageMaker has no capacity for a job of {}: it waits and tries again", name)};
}

Said say(const JobCompleted& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {
      "job_completed", "jobs", of_job(name, e.at, e.submitted),
      fmt::format("a job of {} is done {} after it was submitted", name, text(e.at - e.submitted))};
}

Said say(const JobFailed& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"job_failed", "jobs", of_job(name, e.at, e.submitted),
          fmt::format("a job of {} has failed: its last attempt was interrupted", name)};
}

Said say(const JobCutOff& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  Json fields = of_job(name, e.at, e.submitted);
  fields["started"] = e.started;
  return {"job_cut_off", "jobs", fields,
          fmt::format("a job of {} {} when the window closes", name,
                      e.started ? "is under way" : "still waits for its first start")};
}

Said say(const WindowOpened&, const Names&) {
  return {"window_opened", "run", Json::object(), "the measured window opens"};
}

// ---- Pods ---------------------------------------------------------------------------------------

// The workload a pod belongs to, under the name that its kind has; nothing for pause pods.
Json holder(const Holder& who, const Names& names) {
  switch (who.kind) {
    case Holder::Kind::service:
      return {{"service", names.of(ServiceId{who.index})}};
    case Holder::Kind::training:
      return {{"class", names.of(TrainingId{who.index})}};
    case Holder::Kind::unattributed:
      return Json::object();
  }
  return Json::object();
}

std::string whose(const Holder& who, const Names& names) {
  switch (who.kind) {
    case Holder::Kind::service:
      return "of " + names.of(ServiceId{who.index});
    case Holder::Kind::training:
      return "of " + names.of(TrainingId{who.index});
    case Holder::Kind::unattributed:
      return "that keeps room";
  }
  return "";
}

constexpr std::array<const char*, kMisfits> kMisfitWords{"pods", "cpu", "memory", "gpus"};

std::string in_words(const Resources& needs) {
  std::string words = fmt::format("{} CPU, {:.1f} GiB", static_cast<double>(needs.cpu_milli) / 1000,
                                  gibibytes(needs.memory));
  if (needs.gpus > 0) words += fmt::format(", {} GPU", needs.gpus);
  return words;
}

Said say(const PodUnschedulable& e, const Names& names) {
  Json failed = Json::object();
  std::string why;
  for (std::size_t i = 0; i < kMisfits; ++i) {
    failed[kMisfitWords[i]] = e.failed[i];
    if (e.failed[i] > 0)
      why += fmt::format("{}{} lack {}", why.empty() ? "" : ", ", e.failed[i], kMisfitWords[i]);
  }
  if (why.empty()) why = e.nodes == 0 ? "there is none" : "they are for others";
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update({{"priority", e.priority},
                 {"pods", e.pods},
                 {"cpu_milli", e.needs.cpu_milli},
                 {"memory_bytes", e.needs.memory.count},
                 {"gpus", e.needs.gpus},
                 {"nodes", e.nodes},
                 {"failed", failed}});
  return {
      "pod_unschedulable", "pods", fields,
      fmt::format("{} {} find no room: each needs {}; of the {} ready nodes of {}, {}",
                  e.pods == 1 ? "a pod" : fmt::format("{} pods", e.pods), whose(e.holder, names),
                  in_words(e.needs), e.nodes, names.of(e.platform, e.pool), why)};
}

Said say(const PodBound& e, const Names& names) {
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update(
      {{"node", e.node}, {"zone", e.zone}, {"priority", e.priority}, {"waited_s", in_s(e.waited)}});
  return {"pod_bound", "pods", fields,
          fmt::format("a pod {} goes to node {} of {}{}", whose(e.holder, names), e.node,
                      names.of(e.platform, e.pool),
                      e.waited > Seconds{0.05} ? fmt::format(" after waiting {}", text(e.waited))
                                               : std::string(" at once"))};
}

const char* word(PodEvicted::Why why) {
  switch (why) {
    case PodEvicted::Why::preempted:
      return "preempted";
    case PodEvicted::Why::consolidated:
      return "consolidated";
    case PodEvicted::Why::scaled_down:
      return "scaled_down";
    case PodEvicted::Why::interrupted:
      return "interrupted";
  }
  return "";
}

std::string sentence(const PodEvicted& e, const Names& names) {
  switch (e.why) {
    case PodEvicted::Why::preempted:
      return fmt::format("a pod {} of priority {} needs the room", whose(e.by, names),
                         e.by_priority);
    case PodEvicted::Why::consolidated:
      return "its node is given back for a better packing";
    case PodEvicted::Why::scaled_down:
      return "its node is scaled down";
    case PodEvicted::Why::interrupted:
      return "AWS takes its node back";
  }
  return "";
}

Said say(const PodEvicted& e, const Names& names) {
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update({{"node", e.node},
                 {"priority", e.priority},
                 {"why", word(e.why)},
                 {"grace_s", in_s(e.gone_by - e.at)}});
  if (e.why == PodEvicted::Why::preempted) fields["by_priority"] = e.by_priority;
  return {
      "pod_evicted", "pods", fields,
      fmt::format("a pod {} must leave node {} of {} within {}: {}", whose(e.holder, names), e.node,
                  names.of(e.platform, e.pool), text(e.gone_by - e.at), sentence(e, names))};
}

// ---- Nodes --------------------------------------------------------------------------------------

template <class Event>
Json of_node(const Event& e, const Names& names) {
  return joined(names.pool(e.platform, e.pool), {{"node", e.node}});
}

const char* word(NodeRequested::By by) {
  switch (by) {
    case NodeRequested::By::minimum:
      return "minimum";
    case NodeRequested::By::karpenter:
      return "karpenter";
    case NodeRequested::By::consolidation:
      return "consolidation";
    case NodeRequested::By::cluster_autoscaler:
      return "cluster_autoscaler";
  }
  return "";
}

std::string sentence(const NodeRequested& e) {
  const std::string pods = e.pods == 1 ? "1 pod" : fmt::format("{} pods", e.pods);
  switch (e.by) {
    case NodeRequested::By::minimum:
      return "the pool keeps so many";
    case NodeRequested::By::karpenter:
      return fmt::format("by Karpenter for {}", pods);
    case NodeRequested::By::consolidation:
      return fmt::format("by Karpenter, to replace dearer ones, for {}", pods);
    case NodeRequested::By::cluster_autoscaler:
      return fmt::format("by Cluster Autoscaler for {}", pods);
  }
  return "";
}

Said say(const NodeRequested& e, const Names& names) {
  Json fields = of_node(e, names);
  const bool spot = e.offering == Offering::spot;
  fields.update({{"instance_type", names.of(e.type)},
                 {"offering", spot ? "spot" : "on_demand"},
                 {"usd_per_hour", e.price.rate},
                 {"zone", e.zone},
                 {"pods", e.pods},
                 {"by", word(e.by)}});
  return {"node_requested", "nodes", fields,
          fmt::format("node {} of {} is asked for: {}{} at {} $/h, {}", e.node,
                      names.of(e.platform, e.pool), names.of(e.type), spot ? " spot" : "",
                      shortest(e.price.rate), sentence(e))};
}

Said say(const NodeReady& e, const Names& names) {
  Json fields = of_node(e, names);
  fields.update({{"instance_type", names.of(e.type)},
                 {"zone", e.zone},
                 {"took_s", in_s(e.at - e.requested)}});
  return {"node_ready", "nodes", fields,
          fmt::format("node {} of {} is ready, {} after it was asked for", e.node,
                      names.of(e.platform, e.pool), text(e.at - e.requested))};
}

Said say(const NodeInterrupted& e, const Names& names) {
  return {"node_interrupted", "nodes",
          joined(of_node(e, names), {{"notice_s", in_s(e.reclaimed_at - e.at)}}),
          fmt::format("AWS announces that it takes node {} of {} back in {}", e.node,
                      names.of(e.platform, e.pool), text(e.reclaimed_at - e.at))};
}

Said say(const NodeUnneeded& e, const Names& names) {
  return {
      "node_unneeded", "nodes",
      joined(of_node(e, names), {{"utilisation", e.utilisation}, {"pods", e.pods}}),
      fmt::format("Cluster Autoscaler could do without node {} of {}: {} requested, its {} pods "
                  "have room elsewhere",
                  e.node, names.of(e.platform, e.pool), percent(e.utilisation), e.pods)};
}

Said say(const ScaleUpChosen& e, const Names& names) {
  return {
      "scale_up_chosen", "nodes",
      joined(names.pool(e.platform, e.pool), {{"instance_type", names.of(e.type)},
                                              {"options", e.options},
                                              {"ties", e.ties},
                                              {"nodes", e.nodes},
                                              {"pods", e.pods}}),
      fmt::format("Cluster Autoscaler chooses {} among {} groups that would help{}: {} nodes for "
                  "{} pods",
                  names.of(e.platform, e.pool), e.options,
                  e.ties > 1 ? fmt::format(" ({} are as good)", e.ties) : std::string(), e.nodes,
                  e.pods)};
}

const char* word(DisruptionDecided::Method method) {
  switch (method) {
    case DisruptionDecided::Method::empty:
      return "empty";
    case DisruptionDecided::Method::several_nodes:
      return "several_nodes";
    case DisruptionDecided::Method::one_node:
      return "one_node";
    case DisruptionDecided::Method::underutilised:
      return "underutilised";
  }
  return "";
}

const char* sentence(DisruptionDecided::Method method) {
  switch (method) {
    case DisruptionDecided::Method::empty:
      return "nobody is on them";
    case DisruptionDecided::Method::several_nodes:
      return "their pods fit on fewer";
    case DisruptionDecided::Method::one_node:
      return "its pods have room elsewhere or on a cheaper one";
    case DisruptionDecided::Method::underutilised:
      return "little of them is requested";
  }
  return "";
}

Said say(const DisruptionDecided& e, const Names& names) {
  Json fields = names.pool(e.platform, e.pool);
  fields.update({{"command", e.command},
                 {"method", word(e.method)},
                 {"nodes", e.nodes},
                 {"pods", e.pods},
                 {"replacement", e.replacement ? Json(names.of(*e.replacement)) : Json(nullptr)},
                 {"usd_per_hour_before", e.before.rate},
                 {"usd_per_hour_after", e.after.rate}});
  return {"disruption_decided", "nodes", fields,
          fmt::format("{} nodes of {} are to be given back, {}: {} pods move, {} $/h become {}{}",
                      e.nodes, names.of(e.platform, e.pool), sentence(e.method), e.pods,
                      shortest(e.before.rate), shortest(e.after.rate),
                      e.replacement ? " on a new " + names.of(*e.replacement) : std::string())};
}

Said say(const DisruptionDropped& e, const Names& names) {
  return {"disruption_dropped", "nodes",
          joined(names.pool(e.platform, e.pool), {{"command", e.command}}),
          fmt::format("nodes of {} stay after all: what was decided (command {}) no longer held",
                      names.of(e.platform, e.pool), e.command)};
}

Said say(const NodeCordoned& e, const Names& names) {
  return {"node_cordoned", "nodes",
          joined(of_node(e, names),
                 {{"command", e.command ? Json(*e.command) : Json(nullptr)}, {"pods", e.pods}}),
          fmt::format("node {} of {} takes no more pods; its {} pods are told to leave", e.node,
                      names.of(e.platform, e.pool), e.pods)};
}

const char* word(NodeGone::Why why) {
  switch (why) {
    case NodeGone::Why::empty:
      return "empty";
    case NodeGone::Why::consolidated:
      return "consolidated";
    case NodeGone::Why::replaced:
      return "replaced";
    case NodeGone::Why::reclaimed:
      return "reclaimed";
    case NodeGone::Why::cut_off:
      return "cut_off";
    case NodeGone::Why::drained:
      return "drained";
  }
  return "";
}

const char* sentence(NodeGone::Why why) {
  switch (why) {
    case NodeGone::Why::empty:
      return "nobody was on it";
    case NodeGone::Why::consolidated:
      return "its pods found room elsewhere";
    case NodeGone::Why::replaced:
      return "a cheaper one took over";
    case NodeGone::Why::reclaimed:
      return "AWS took it back";
    case NodeGone::Why::cut_off:
      return "the window closed";
    case NodeGone::Why::drained:
      return "AWS was about to take it and its pods had left";
  }
  return "";
}

Said say(const NodeGone& e, const Names& names) {
  Json fields = of_node(e, names);
  fields.update({{"instance_type", names.of(e.type)},
                 {"why", word(e.why)},
                 {"usd_per_hour", e.price.rate},
                 {"lived_s", in_s(e.at - e.requested)}});
  return {"node_gone", "nodes", fields,
          fmt::format("node {} of {} is gone after {}: {}", e.node, names.of(e.platform, e.pool),
                      text(e.at - e.requested), sentence(e.why))};
}

// ---- Services -----------------------------------------------------------------------------------

Said say(const ServiceObserved& e, const Names& names) {
  const ServiceSlice& slice = e.slice;
  const Service& service = names.service(e.service);
  return {"service_observed",
          "load",
          {{"service", service.name},
           {"length_s", in_s(e.at - e.from)},
           {"request_rate", slice.request_rate},
           {"ready", slice.ready},
           {"desired", slice.desired},
           {"utilisation", slice.utilisation},
           {"p99_s", slice.p99_s},
           {"overloaded", slice.overloaded}},
          fmt::format("{}: {} requests/s on {} ready of {} desired, {} busy, p99 {}{}",
                      service.name, count(slice.request_rate), count(slice.ready),
                      count(slice.desired), percent(slice.utilisation), duration(slice.p99_s),
                      slice.overloaded ? ", overloaded" : "")};
}

std::string number_of(std::int64_t milli) {
  return fmt::format("{:g}", static_cast<double>(milli) / 1000);
}

Json json_of(const MetricRead& read) {
  const auto maybe = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"metric", name_of(read.what)},
          {"target", read.target},
          {"value",
           read.value_milli ? Json(static_cast<double>(*read.value_milli) / 1000) : Json(nullptr)},
          {"percent", maybe(read.percent)},
          {"proposal", maybe(read.proposal)},
          {"problem", read.problem ? Json(text(*read.problem)) : Json(nullptr)}};
}

// "cpu 82 % of 50 % asks for 14", "concurrency 1.4 of 1 asks for 7", "cpu: no metrics returned".
std::string words_of(const MetricRead& read) {
  const std::string name(name_of(read.what));
  if (read.problem) return name + ": " + std::string(text(*read.problem));
  const std::string seen =
      read.percent
          ? fmt::format("{} % of {:.0f} %", *read.percent, read.target * 100)
          : fmt::format("{} of {:g}", number_of(read.value_milli.value_or(0)), read.target);
  const std::string asks = read.proposal ? fmt::format(" asks for {}", *read.proposal) : "";
  return fmt::format("{} {}{}", name, seen, asks);
}

std::string words_of(const std::vector<MetricRead>& metrics) {
  std::string words;
  for (const MetricRead& read : metrics) words += (words.empty() ? "" : "; ") + words_of(read);
  return words;
}

std::string changed_to(std::int32_t current, std::int32_t replicas) {
  return current == replicas ? fmt::format("stays at {} replicas", current)
                             : fmt::format("{} -> {} replicas", current, replicas);
}

Said say(const HpaDecided& e, const Names& names) {
  const auto maybe = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  Json metrics = Json::array();
  for (const MetricRead& read : e.metrics) metrics.push_back(json_of(read));
  std::string why = words_of(e.metrics);
  if (e.stabilised && e.stabilised != e.proposed)
    why += fmt::format("; held at {} by earlier proposals", *e.stabilised);
  if (e.limited && *e.limited != Limit::desired_within_range)
    why += fmt::format("; {}", text(*e.limited));
  if (e.unready + e.missing > 0)
    why += fmt::format("; {} pods unready, {} without a sample", e.unready, e.missing);
  return {"hpa_decided",
          "decision",
          {{"service", names.of(e.service)},
           {"changed", e.replicas != e.current},
           {"current", e.current},
           {"replicas", e.replicas},
           {"pods", e.pods},
           {"ready", e.ready},
           {"unready", e.unready},
           {"missing", e.missing},
           {"metrics", metrics},
           {"winner", e.winner ? Json(name_of(e.metrics[*e.winner].what)) : Json(nullptr)},
           {"proposed", maybe(e.proposed)},
           {"stabilised", maybe(e.stabilised)},
           {"able_to_scale", text(e.able)},
           {"scaling_active", text(e.active)},
           {"scaling_limited", e.limited ? Json(text(*e.limited)) : Json(nullptr)}},
          fmt::format("the autoscaler of {} {}{}{}", names.of(e.service),
                      changed_to(e.current, e.replicas), why.empty() ? "" : ": ", why)};
}

Said say(const KnativeDecided& e, const Names& names) {
  return {
      "knative_decided",
      "decision",
      {{"service", names.of(e.service)},
       {"changed", e.replicas != e.current},
       {"current", e.current},
       {"replicas", e.replicas},
       {"ready", e.ready},
       {"metric", name_of(e.what)},
       {"target", e.target},
       {"stable", e.stable},
       {"panic", e.panic},
       {"stable_pods", e.stable_pods},
       {"panic_pods", e.panic_pods},
       {"in_panic", e.in_panic},
       {"excess_burst_capacity", e.excess_burst_capacity}},
      fmt::format("Knative's autoscaler of {} {}: {} {:.3g} over the stable window asks for {}, "
                  "{:.3g} over the panic window for {}{}",
                  names.of(e.service), changed_to(e.current, e.replicas), name_of(e.what), e.stable,
                  e.stable_pods, e.panic, e.panic_pods, e.in_panic ? "; panic" : "")};
}

Said say(const KedaDecided& e, const Names& names) {
  Json triggers = Json::array();
  for (const MetricRead& read : e.triggers) triggers.push_back(json_of(read));
  return {"keda_decided",
          "decision",
          {{"service", names.of(e.service)},
           {"changed", e.replicas != e.current},
           {"current", e.current},
           {"replicas", e.replicas},
           {"triggers", triggers},
           {"reason", text(e.reason)}},
          fmt::format("KEDA: {} {}: {} ({})", names.of(e.service),
                      changed_to(e.current, e.replicas), text(e.reason), words_of(e.triggers))};
}

Said say(const TrackingDecided& e, const Names& names) {
  Json fields{{"service", names.of(e.service)},
              {"changed", e.current != e.instances},
              {"instances_before", e.current},
              {"instances", e.instances}};
  fields.update({{"metric", name_of(e.metric)},
                 {"target", e.target},
                 {"per_instance", e.per_instance ? Json(*e.per_instance) : Json(nullptr)},
                 {"active", e.active},
                 {"backlog", e.backlog},
                 {"wish", e.wish ? Json(*e.wish) : Json(nullptr)},
                 {"reason", name_of(e.reason)}});
  std::string words = fmt::format(
      "target tracking: {} is {} on {} instances in service, {} wanted", name_of(e.metric),
      e.per_instance ? count(*e.per_instance) : std::string("without a point"), e.active,
      count(e.target));
  if (e.wish) words += fmt::format(": asks for {}", *e.wish);
  return {"tracking_decided", "decision", fields,
          fmt::format("{} ({}); {}", words, name_of(e.reason),
                      e.current == e.instances
                          ? fmt::format("stays at {} instances", e.instances)
                          : fmt::format("{} -> {} instances", e.current, e.instances))};
}

Said say(const ServerlessObserved& e, const Names& names) {
  return {"serverless_observed",
          "requests",
          {{"service", names.of(e.service)},
           {"length_s", in_s(e.at - e.from)},
           {"requests", e.requests},
           {"cold_starts", e.cold},
           {"throttled", e.throttled},
           {"most_at_once", e.most},
           {"changed", e.cold > 0 || e.throttled > 0}},
          fmt::format("{}: {} of {} requests met a cold start, {} were throttled",
                      names.of(e.service), count(e.cold), count(e.requests), count(e.throttled))};
}

Said say(const ReplicaReady& e, const Names& names) {
  Json phases = Json::object();
  for (const Phase phase : kPhases) phases[std::string(to_text(phase))] = in_s(e.ledger[phase]);
  return {"replica_ready",
          "pods",
          {{"service", names.of(e.service)},
           {"platform", names.of(e.platform)},
           {"pool", e.pool ? Json(names.of(e.platform, *e.pool)) : Json("")},
           {"replica", e.replica},
           {"node", e.node ? Json(*e.node) : Json(nullptr)},
           {"took_s", in_s(e.at - e.asked)},
           {"queued_s", in_s(e.queued)},
           {"provisioning_s", in_s(e.provisioning)},
           {"phases_s", phases}},
          fmt::format("replica {} of {} serves, {} after it was asked for: {}", e.replica,
                      names.of(e.service), text(e.at - e.asked), made_of(e.ledger))};
}

Said say(const ReplicaStopped& e, const Names& names) {
  return {"replica_stopped",
          "pods",
          {{"service", names.of(e.service)},
           {"replica", e.replica},
           {"was_ready", e.was_ready},
           {"drains_s", in_s(e.gone - e.at)}},
          fmt::format("replica {} of {} is told to stop{}", e.replica, names.of(e.service),
                      e.gone > e.at ? "; it finishes its requests in " + text(e.gone - e.at) : "")};
}

Said say(const ReplicaLost& e, const Names& names) {
  return {"replica_lost",
          "pods",
          {{"service", names.of(e.service)}, {"replica", e.replica}, {"was_ready", e.was_ready}},
          fmt::format("replica {} of {} goes with its node", e.replica, names.of(e.service))};
}

Said say(const OverloadBegan& e, const Names& names) {
  return {
      "overload_began",
      "requests",
      {{"service", names.of(e.service)}, {"offered_slots", e.offered}, {"ready_slots", e.slots}},
      fmt::format("{} is overloaded: work for {:.3g} slots, {} are ready", names.of(e.service),
                  e.offered, e.slots)};
}

Said say(const OverloadEnded& e, const Names& names) {
  return {"overload_ended",
          "requests",
          {{"service", names.of(e.service)},
           {"offered_slots", e.offered},
           {"ready_slots", e.slots},
           {"lasted_s", in_s(e.at - e.began)}},
          fmt::format("{} is no longer overloaded, after {}: work for {:.3g} slots, {} are ready",
                      names.of(e.service), text(e.at - e.began), e.offered, e.slots)};
}

Json homes_of(const Scenario& scenario, const Placement& placement) {
  const Names names{scenario};
  Json list = Json::array();
  for (std::size_t i = 0; i < placement.services.size(); ++i) {
    const ServiceHome& home = placement.services[i];
    const Service& service = scenario.services[i];
    list.push_back({{"kind", "service"},
                    {"name", service.name},
                    {"platform", names.of(home.platform)},
                    {"pool", home.pool ? Json(names.of(home.platform, *home.pool)) : Json(nullptr)},
                    {"slo_latency_s", service.slo_latency.count()},
                    {"slo_target", service.slo_target}});
  }
  for (std::size_t i = 0; i < placement.training.size(); ++i) {
    const TrainingHome& home = placement.training[i];
    const TrainingClass& work = scenario.training[i];
    list.push_back(
        {{"kind", "training"},
         {"name", work.name},
         {"platform", names.of(home.platform)},
         {"pool", home.pool ? Json(names.of(home.platform, *home.pool)) : Json(nullptr)},
         {"start_slo_s", work.start_slo ? Json(work.start_slo->count()) : Json(nullptr)}});
  }
  return list;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string iso_time(double seconds_since_1970) {
  const auto ms = std::llround(seconds_since_1970 * 1000);
  const auto whole = static_cast<std::time_t>(std::floor(static_cast<double>(ms) / 1000));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), ms - whole * 1000);
}

std::string TraceWriter::head() const {
  const double starts = static_cast<double>(scenario_.starts_at);
  return line_of({{"schema", kTraceSchema},
                  {"tool_version", tool_version()},
                  {"model_version", model_version()},
                  {"scenario", scenario_.name},
                  {"placement", placement_.name},
                  {"seed", replication_.seed},
                  {"replication", replication_.number},
                  {"starts_at", iso_time(starts)},
                  {"warm_up_s", scenario_.warm_up.count()},
                  {"horizon_s", scenario_.horizon.count()},
                  {"workloads", homes_of(scenario_, placement_)}});
}

std::string TraceWriter::line(const Event& event) {
  ++events_;
  const Names names{scenario_};
  const auto [said, at] = std::visit(
      [&](const auto& e) { return std::pair(say(e, names), e.at - scenario_.warm_up); }, event);
  Json json{{"at_s", in_s(at)},
            {"at", iso_time(static_cast<double>(scenario_.starts_at) + at.count())},
            {"type", said.type},
            {"about", said.about}};
  json.update(said.fields);
  json["words"] = said.words;
  return line_of(json);
}

std::string TraceWriter::end() const { return line_of({{"type", "end"}, {"events", events_}}); }

}  // namespace berth
