#include <fmt/format.h>

#include <vector>

#include "reports/numbers.h"
#include "reports/trace_words.h"

namespace berth::trace {
namespace {

std::string number_of(std::int64_t milli) {
  return fmt::format("{:g}", static_cast<double>(milli) / 1000);
}

// Kubernetes asks another API for what is no pod's CPU.
std::string problem_of(const MetricRead& read) {
  if (read.problem == MetricProblem::no_samples && !is_cpu(read.what))
    return "no metrics returned from custom metrics API";
  return std::string(text(*read.problem));
}

Json json_of(const MetricRead& read) {
  const auto maybe = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  Json json{{"metric", name_of(read.what)},
            {"target", read.target},
            {"value",
             read.value_milli ? Json(static_cast<double>(*read.value_milli) / 1000) : Json(nullptr)},
            {"percent", maybe(read.percent)},
            {"value_filled", maybe(read.filled)},
            {"proposal", maybe(read.proposal)},
            {"within_tolerance", read.tolerated},
            {"problem", read.problem ? Json(problem_of(read)) : Json(nullptr)}};
  if (read.by_value) json["by_value"] = true;
  if (read.fallback) json["fallback"] = true;
  return json;
}

// "cpu 82 % of 50 % asks for 14", "cpu 52 % of 50 % is within the tolerance", "concurrency 1.4 of 1 asks for 7", "cpu: no metrics returned";
// "cpu 100 % of 50 %, with the others filled in 50 %, is within the tolerance".
std::string words_of(const MetricRead& read) {
  const std::string name(name_of(read.what));
  if (read.problem) return name + ": " + problem_of(read);
  const std::string seen =
      read.percent
          ? fmt::format("{} % of {:.0f} %", *read.percent, read.target * 100)
          : fmt::format("{} of {:g}{}", number_of(read.value_milli.value_or(0)), read.target,
                        read.by_value ? " in all" : "");
  std::string filled;
  if (read.filled)
    filled = read.percent ? fmt::format(", with the others filled in {:.0f} %,", *read.filled * 100)
                          : fmt::format(", with the others filled in {:.3g},", *read.filled);
  const std::string asks = read.tolerated  ? " is within the tolerance"
                           : read.proposal ? fmt::format(" asks for {}", *read.proposal)
                                           : "";
  return fmt::format("{} {}{}{}{}", name, seen, read.fallback ? " by KEDA's fallback, as its trigger fails," : "",
                     filled, asks);
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

}  // namespace

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
           {"overloaded", slice.overloaded},
           {"rejected", slice.rejected},
           {"timed_out", slice.timed_out},
           {"cut_off", slice.cut_off}},
          fmt::format("{}: {} requests/s on {} ready of {} desired{}, {} busy, p99 {}{}{}",
                      service.name, count(slice.request_rate), count(slice.ready),
                      count(slice.desired), names.has_instances(e.service) ? " copies" : "",
                      percent(slice.utilisation), duration(slice.p99_s),
                      slice.overloaded ? ", overloaded" : "",
                      slice.lost() > 0 ? fmt::format(", {} lost", count(slice.lost())) : "")};
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
  if (why.empty() && e.active == ScalingActive::disabled)
    why = "it is switched off (" + std::string(text(e.active)) + ")";
  if (why.empty() && e.replicas != e.current)
    why = e.replicas < e.current ? "there are more than its maximum" : "there are fewer than its minimum";
  if (e.unready + e.missing > 0)
    why += fmt::format("; {} not ready, {} without a sample", counted(e.unready, "pod"), e.missing);
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
          fmt::format("{} {} of {} serves, {} after it was asked for: {}",
                      names.one_of(e.service), e.replica, names.of(e.service),
                      text(e.at - e.asked), made_of(e.ledger))};
}

Said say(const ReplicaStopped& e, const Names& names) {
  return {"replica_stopped",
          "pods",
          {{"service", names.of(e.service)},
           {"replica", e.replica},
           {"was_ready", e.was_ready},
           {"drains_s", in_s(e.gone - e.at)}},
          fmt::format("{} {} of {} is told to stop{}", names.one_of(e.service), e.replica,
                      names.of(e.service),
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
           {"lasted_s", in_s(e.at - e.began)},
           {"waiting", e.waiting}},
          fmt::format("{} is no longer overloaded, after {}: work for {:.3g} slots, {} are ready{}",
                      names.of(e.service), text(e.at - e.began), e.offered, e.slots,
                      e.waiting > e.slots ? fmt::format("; {:.0f} requests wait", e.waiting) : "")};
}

Said say(const QueueGone& e, const Names& names) {
  return {"queue_gone",
          "requests",
          {{"service", names.of(e.service)}, {"after_overload_s", in_s(e.at - e.ended)}},
          fmt::format("the queue that overload left to {} is gone, {} after it", names.of(e.service),
                      text(e.at - e.ended))};
}

}  // namespace berth::trace
