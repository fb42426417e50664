// Kinds of the Kubernetes cases about the HorizontalPodAutoscaler, and the family hpa, which drives
// it sync by sync.
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "models/kubernetes/hpa.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

constexpr Seconds kNow{0};

bool is_given(const Json& item, const char* key) {
  return item.contains(key) && !item[key].is_null();
}
Seconds seconds(const Json& item, const char* key) { return Seconds{item.at(key).get<double>()}; }
std::int32_t replicas(const Json& item, const char* key) {
  return item.at(key).get<std::int32_t>();
}

// ---- Pods and metrics ---------------------------------------------------------------------------

// Pods by position; samples of pods that are not in the list come after them.
struct Cast {
  std::vector<HpaPod> pods;
  std::vector<std::map<std::string, std::int64_t>> requests;  // by container
  std::vector<std::string> names;

  PodId id_of(const std::string& name) {
    const auto found = std::ranges::find(names, name);
    const auto position = found - names.begin();
    if (found == names.end()) names.push_back(name);
    return {static_cast<std::int32_t>(position)};
  }
};

PodPhase phase_of(const std::string& name) {
  if (name == "Pending") return PodPhase::pending;
  if (name == "Running") return PodPhase::running;
  if (name == "Succeeded") return PodPhase::succeeded;
  if (name == "Failed") return PodPhase::failed;
  return PodPhase::unknown;
}

Cast read_pods(const Json& list) {
  Cast cast;
  for (const Json& item : list) {
    HpaPod pod{.id = cast.id_of(item.at("name")), .phase = phase_of(item.at("phase"))};
    pod.deleting = item.value("deleting", false);
    pod.ready.reset();
    if (item.value("has_ready_condition", true) && is_given(item, "ready"))
      pod.ready = item["ready"].get<bool>();
    if (is_given(item, "ready_transition_s")) pod.ready_since = seconds(item, "ready_transition_s");
    pod.started.reset();
    if (item.value("has_start_time", true) && is_given(item, "start_s"))
      pod.started = seconds(item, "start_s");
    cast.pods.push_back(pod);
    cast.requests.push_back(is_given(item, "requests_milli")
                                ? item["requests_milli"].get<std::map<std::string, std::int64_t>>()
                                : std::map<std::string, std::int64_t>{});
  }
  return cast;
}

// The container's, or the sum of all when none is named.
std::optional<std::int64_t> amount_of(const std::map<std::string, std::int64_t>& by_container,
                                      const std::string& container) {
  if (!container.empty()) {
    const auto found = by_container.find(container);
    return found == by_container.end() ? std::nullopt : std::optional(found->second);
  }
  if (by_container.empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (const auto& [name, amount] : by_container) sum += amount;
  return sum;
}

// Absent: a container without a request. A pod without the named container asks for nothing.
std::optional<std::int64_t> request_of(const std::map<std::string, std::int64_t>& by_container,
                                       const std::string& container) {
  if (by_container.empty()) return std::nullopt;
  return amount_of(by_container, container).value_or(0);
}

std::optional<std::int64_t> sampled_value(const Json& item, const std::string& container) {
  if (is_given(item, "value_milli")) return item["value_milli"].get<std::int64_t>();
  return amount_of(item.at("containers_milli").get<std::map<std::string, std::int64_t>>(),
                   container);
}

std::vector<PodSample> read_samples(const Json& list, const std::string& container, Cast& cast) {
  std::vector<PodSample> samples;
  for (const Json& item : list) {
    const auto value = sampled_value(item, container);
    if (!value) continue;  // this pod has no such container
    PodSample sample{.pod = cast.id_of(item.at("pod")), .value_milli = *value};
    if (is_given(item, "timestamp_s")) sample.taken = seconds(item, "timestamp_s");
    if (is_given(item, "window_s")) sample.window = seconds(item, "window_s");
    samples.push_back(sample);
  }
  std::ranges::sort(samples, {}, &PodSample::pod);
  return samples;
}

std::string type_of(const Json& metric) {
  static const std::map<std::string, std::string> by_error{
      {"FailedGetResourceMetric",          "Resource"     },
      {"FailedGetContainerResourceMetric", "Resource"     },
      {"FailedGetPodsMetric",              "Pods"         },
      {"FailedGetObjectMetric",            "ObjectValue"  },
      {"FailedGetExternalMetric",          "ExternalValue"}
  };
  const auto found = by_error.find(metric.value("error", ""));
  return found == by_error.end() ? metric.value("type", "") : found->second;
}

MetricTarget target_of(const Json& metric) {
  const std::string type = type_of(metric);
  const bool is_cpu = metric.value("resource", "") == "cpu";
  const std::int64_t average = metric.value("target_average_milli", std::int64_t{1});
  const std::int64_t value = metric.value("target_value_milli", std::int64_t{1});
  if (type == "Resource" && is_given(metric, "target_average_milli"))
    return AverageTarget{.milli = average, .is_resource = true, .is_cpu = is_cpu};
  if (type == "Resource")
    return UtilisationTarget{
        .percent = metric.value("target_utilization_pct", std::int64_t{80}),
        .is_cpu = is_cpu,
        .one_container = !metric.value("container", "").empty() ||
                         metric.value("error", "") == "FailedGetContainerResourceMetric"};
  if (type == "Pods") return AverageTarget{.milli = average};
  if (type == "ObjectValue") return TotalTarget{value, MetricOrigin::object};
  if (type == "ExternalValue") return TotalTarget{value, MetricOrigin::external};
  if (type == "ObjectAverage") return TotalPerPodTarget{average, MetricOrigin::object};
  if (type == "ExternalAverage") return TotalPerPodTarget{average, MetricOrigin::external};
  return UnknownTarget{};
}

MetricReading reading_of(const Json& metric, Cast& cast) {
  MetricReading reading;
  reading.failed = is_given(metric, "error");
  const std::string container = metric.value("container", "");
  if (is_given(metric, "pod_metrics"))
    reading.samples = read_samples(metric["pod_metrics"], container, cast);
  for (const auto& requests : cast.requests)
    reading.requests_milli.push_back(request_of(requests, container));
  if (is_given(metric, "value_milli")) reading.total_milli = metric["value_milli"];
  if (is_given(metric, "values_milli"))
    reading.total_milli = saturating_sum(metric["values_milli"].get<std::vector<std::int64_t>>());
  return reading;
}

// The tests' controller, not the production one.
ReadinessRule readiness_of(const Json& item) {
  const Json& config = item.at("config");
  return {.cpu_initialisation = seconds(config, "cpu_initialization_period_s"),
          .readiness_delay = seconds(config, "initial_readiness_delay_s")};
}
Tolerance tolerance_of(const Json& item) {
  return {.down = item.at("config").at("tolerance_down").get<double>(),
          .up = item.at("config").at("tolerance_up").get<double>()};
}
LegacyLimit legacy_of(const Json& item) {
  const Json& config = item.at("config");
  return {.factor = config.at("legacy_scale_up_limit_factor").get<double>(),
          .minimum = config.at("legacy_scale_up_limit_minimum").get<double>()};
}

// ---- One metric ---------------------------------------------------------------------------------

std::string sentence(MetricProblem problem, const Json& metric) {
  const std::string what(text(problem));
  if (problem != MetricProblem::no_samples) return what;
  // There were samples, but of other containers: for upstream that is a set that emptied later.
  if (!metric.value("pod_metrics", Json::array()).empty())
    return std::string(text(MetricProblem::only_unready));
  if (type_of(metric) != "Resource")
    return "unable to get metric: no metrics returned from custom metrics API";
  return "unable to get metrics for resource " + metric.value("resource", "") + ": " + what;
}

// What the case does not know (null) is not compared.
Json or_null(const Json& expect, const char* key, std::optional<std::int64_t> got) {
  if (!is_given(expect, key) || !got) return nullptr;
  return *got;
}

Json replica_calc(const Json& item) {
  Cast cast = read_pods(item.at("pods"));
  const Json& metric = item.at("metric");
  const std::int32_t current = replicas(item, "current_replicas");
  const MetricReading reading = reading_of(metric, cast);
  const auto result = propose(target_of(metric), reading, cast.pods,
                              {current, item.value("status_replicas", current)}, tolerance_of(item),
                              readiness_of(item), kNow);
  const Json& expect = item.at("expect");
  if (const auto* problem = std::get_if<MetricProblem>(&result)) {
    const std::string got = sentence(*problem, metric);
    const std::string part = expect.value("error_contains", "");
    return {
        {"error_contains", got.find(part) != std::string::npos ? part : got}
    };
  }
  const auto& proposal = std::get<Proposal>(result);
  return {
      {"replicas",         proposal.replicas            },
      { "utilization_pct", or_null(expect, "utilization_pct", proposal.utilisation_percent)},
      { "raw_value_milli", or_null(expect,         "raw_value_milli", proposal.usage_milli)},
      { "usage_milli",     or_null(expect,             "usage_milli", proposal.usage_milli)}
  };
}

Json group_pods(const Json& item) {
  Cast cast = read_pods(item.at("pods"));
  const auto samples = read_samples(item.at("pod_metrics"), "", cast);
  const PodClasses classes =
      classify_pods(cast.pods, samples, item.at("resource") == "cpu", readiness_of(item), kNow);
  const auto names = [&](const std::vector<PodId>& ids) {
    std::vector<std::string> list;
    for (const PodId id : ids) list.push_back(cast.names.at(id.index()));
    std::ranges::sort(list);
    return list;
  };
  return {
      {"ready_count", classes.ready.size()  },
      {"unready",     names(classes.unready)},
      {"missing",     names(classes.missing)},
      {"ignored",     names(classes.ignored)}
  };
}

// ---- Behaviour ----------------------------------------------------------------------------------

ScalingRules read_rules(const Json& item, ScalingRules rules) {
  if (item.is_null()) return rules;
  const std::string choice = is_given(item, "select_policy") ? item["select_policy"] : Json("Max");
  rules.choice = choice == "Disabled" ? PolicyChoice::disabled
                 : choice == "Min"    ? PolicyChoice::least_change
                                      : PolicyChoice::greatest_change;
  if (is_given(item, "stabilization_window_s"))
    rules.window = seconds(item, "stabilization_window_s");
  if (!is_given(item, "policies")) return rules;
  rules.policies.clear();
  for (const Json& policy : item["policies"])
    rules.policies.push_back({policy.at("type") == "Pods" ? PolicyUnit::pods : PolicyUnit::percent,
                              policy.at("value").get<std::int32_t>(), seconds(policy, "period_s")});
  return rules;
}

ScalingBehaviour read_behaviour(const Json& item, Seconds downscale_window) {
  return {
      .up = read_rules(item.value("scale_up", Json()), default_scale_up()),
      .down = read_rules(item.value("scale_down", Json()), default_scale_down(downscale_window))};
}

std::vector<ScaleEvent> read_events(const Json& list) {
  std::vector<ScaleEvent> events;
  for (const Json& item : list)
    events.push_back({replicas(item, "replica_change"), kNow - seconds(item, "age_s")});
  return events;
}

std::vector<Recommendation> read_log(const Json& list) {
  std::vector<Recommendation> log;
  for (const Json& item : list)
    log.push_back({replicas(item, "replicas"), kNow - seconds(item, "age_s")});
  return log;
}

Json limited(const Limited& limit) {
  return {
      {"replicas", limit.replicas    },
      {"reason",   text(limit.reason)}
  };
}

HpaState read_scale_events(const Json& item) {
  HpaState state;
  state.ups = read_events(item.at("scale_up_events"));
  state.downs = read_events(item.at("scale_down_events"));
  return state;
}

Replicas range_of(const Json& item) {
  return {replicas(item, "min_replicas"), replicas(item, "max_replicas"),
          replicas(item, "current_replicas")};
}

Json behavior_rate(const Json& item) {
  return limited(limit_rate(range_of(item), replicas(item, "desired_replicas"),
                            read_behaviour(item, Seconds{300}), read_scale_events(item), kNow));
}

Json legacy_limits(const Json& item) {
  return limited(
      limit_without_behaviour(range_of(item), replicas(item, "desired_replicas"), legacy_of(item)));
}

Json policy_limit(const Json& item) {
  const bool up = item.at("direction") == "up";
  const ScalingRules rules =
      read_rules(item.at("rules"), up ? default_scale_up() : default_scale_down(Seconds{300}));
  const HpaState state = read_scale_events(item);
  const std::int32_t current = replicas(item, "current_replicas");
  return {
      {"limit", up ? scale_up_limit(rules, state, current, kNow)
                   : scale_down_limit(rules, state, current, kNow)}
  };
}

Json stabilize_behavior(const Json& item) {
  auto log = read_log(item.at("recommendations"));
  ScalingBehaviour behaviour;
  behaviour.up.window = seconds(item, "scale_up_stabilization_s");
  behaviour.down.window = seconds(item, "scale_down_stabilization_s");
  const std::int32_t stable = stabilise(log, replicas(item, "current_replicas"),
                                        replicas(item, "desired_replicas"), behaviour, kNow);
  Json entries = Json::array();
  for (const Recommendation& entry : log) entries.push_back(entry.replicas);
  return {
      {"replicas", stable },
      {"log",      entries}
  };
}

Json stabilize_legacy(const Json& item) {
  auto log = read_log(item.at("recommendations"));
  const std::int32_t stable = stabilise(log, replicas(item, "desired_replicas"),
                                        seconds(item, "downscale_stabilization_s"), kNow);
  return {
      {"replicas",   stable    },
      {"log_length", log.size()}
  };
}

// Without rules there is no behaviour, and nothing is noted.
Json store_scale_events(const Json& item) {
  auto events = read_events(item.at("events"));
  const std::int32_t before = changed_within(events, seconds(item, "period_s"), kNow);
  if (is_given(item, "rules"))
    note_scale_event(events, read_rules(item["rules"], {}), replicas(item, "replica_change"), kNow);
  Json after = Json::array();
  for (const ScaleEvent& event : events)
    after.push_back({
        {"replica_change", event.change  },
        {"outdated",       event.outdated}
    });
  return {
      {"replicas_change_before", before},
      {"events_after",           after }
  };
}

// ---- One sync -----------------------------------------------------------------------------------

Json conditions_of(const HpaDecision& decision) {
  Json conditions{
      {"AbleToScale", {"True", text(decision.able)}}
  };
  if (decision.active != ScalingActive::not_asked)
    conditions["ScalingActive"] = {
        decision.active == ScalingActive::valid_metric_found ? "True" : "False",
        text(decision.active)};
  if (decision.limited)
    conditions["ScalingLimited"] = {
        *decision.limited == Limit::desired_within_range ? "False" : "True",
        text(*decision.limited)};
  return conditions;
}

Json cpu_utilisation_of(const HpaDecision& decision) {
  for (const ProposalOrProblem& result : decision.proposals)
    if (const auto* proposal = std::get_if<Proposal>(&result);
        proposal && proposal->utilisation_percent)
      return *proposal->utilisation_percent;
  return nullptr;
}

Json hpa_reconcile(const Json& item) {
  Cast cast = read_pods(item.at("pods"));
  HpaSpec spec{.min_replicas = replicas(item, "min_replicas"),
               .max_replicas = replicas(item, "max_replicas"),
               .metrics = {},
               .tolerance = tolerance_of(item),
               .readiness = readiness_of(item),
               .downscale_window = seconds(item.at("config"), "downscale_stabilization_s"),
               .legacy = legacy_of(item)};
  if (is_given(item, "behavior"))
    spec.behaviour = read_behaviour(item["behavior"], spec.downscale_window);
  HpaInputs inputs;
  inputs.current = {replicas(item, "spec_replicas"), replicas(item, "status_replicas")};
  for (const Json& metric : item.at("metrics")) {
    spec.metrics.push_back(target_of(metric));
    inputs.readings.push_back(reading_of(metric, cast));
  }
  inputs.pods = cast.pods;
  HpaState state;
  state.seen = is_given(item, "recommendations");
  if (state.seen) state.recommendations = read_log(item["recommendations"]);
  const HpaDecision decision = sync(spec, state, inputs, kNow);
  return {
      {"desired_replicas",    decision.replicas           },
      {"conditions",          conditions_of(decision)     },
      {"cpu_utilization_pct", cpu_utilisation_of(decision)}
  };
}

// ---- The family: one autoscaler, one load, sync by sync -----------------------------------------

ScalingRules rules_of(const Json& item) {
  ScalingRules rules{.choice = item.at("select") == "Min"        ? PolicyChoice::least_change
                               : item.at("select") == "Disabled" ? PolicyChoice::disabled
                                                                 : PolicyChoice::greatest_change,
                     .window = seconds(item, "stabilization"),
                     .policies = {}};
  for (const Json& policy : item.at("policies"))
    rules.policies.push_back({policy.at("type") == "Pods" ? PolicyUnit::pods : PolicyUnit::percent,
                              policy.at("value").get<std::int32_t>(), seconds(policy, "period")});
  return rules;
}

double load_at(const Json& steps, Seconds now) {
  double load = 0;
  for (const Json& step : steps)
    if (Seconds{step.at(0).get<double>()} <= now) load = step.at(1).get<double>();
  return load;
}

// Pods in the order of their birth; a pod is pending until its delay is over.
struct Fleet {
  std::vector<Seconds> ready_at;

  void resize(std::int32_t count, Seconds ready) {
    ready_at.resize(static_cast<std::size_t>(count), ready);
  }
  std::vector<HpaPod> pods(Seconds now) const {
    std::vector<HpaPod> list;
    for (const Seconds ready : ready_at)
      list.push_back({.id = {static_cast<std::int32_t>(list.size())},
                      .phase = ready <= now ? PodPhase::running : PodPhase::pending,
                      .ready = ready <= now,
                      .ready_since = ready});
    return list;
  }
};

// The ready pods share the load; what does not divide goes to the first, so that the sum is exact.
MetricReading share(double load, std::span<const HpaPod> pods) {
  MetricReading reading;
  reading.total_milli = std::llround(load * 1000);
  for (const HpaPod& pod : pods)
    if (pod.phase == PodPhase::running) reading.samples.push_back({.pod = pod.id});
  const auto ready = static_cast<std::int64_t>(reading.samples.size());
  if (ready == 0) return reading;
  for (PodSample& sample : reading.samples) sample.value_milli = reading.total_milli / ready;
  reading.samples.front().value_milli += reading.total_milli % ready;
  return reading;
}

HpaSpec spec_of(const Parameters& in) {
  const auto target = std::llround(in.number("target_per_pod") * 1000);
  HpaSpec spec;
  spec.min_replicas = in.count("min_replicas");
  spec.max_replicas = in.count("max_replicas");
  spec.metrics = {in.text("metric") == "pods_metric"
                      ? MetricTarget{AverageTarget{.milli = target}}
                      : MetricTarget{TotalPerPodTarget{.milli = target}}};
  spec.behaviour = ScalingBehaviour{.up = rules_of(in.value("scale_up")),
                                    .down = rules_of(in.value("scale_down"))};
  spec.tolerance = {in.number("tolerance"), in.number("tolerance")};
  return spec;
}

Json hpa(const Parameters& in) {
  const HpaSpec spec = spec_of(in);
  HpaState state;
  Fleet fleet;
  fleet.resize(in.count("initial_replicas"), Seconds{0});
  Json after = Json::array(), raw = Json::array();
  for (int k = 0; k < in.count("n_syncs"); ++k) {
    const Seconds now{k * in.number("sync_period")};
    HpaInputs inputs{.current = {}, .pods = fleet.pods(now), .readings = {}};
    const auto count = static_cast<std::int32_t>(inputs.pods.size());
    inputs.current = {count, count};
    inputs.readings.push_back(share(load_at(in.value("load"), now), inputs.pods));
    const HpaDecision decision = sync(spec, state, inputs, now);
    fleet.resize(decision.replicas, now + Seconds{in.number("pod_ready_delay")});
    after.push_back(decision.replicas);
    raw.push_back(decision.proposed ? Json(*decision.proposed) : Json(decision.replicas));
  }
  return {
      {"replicas_after_sync", after},
      {"raw_desired",         raw  }
  };
}

}  // namespace

std::vector<Family> autoscaler_families() {
  return {
      {"hpa", hpa}
  };
}

std::vector<Kind> kubernetes_hpa_kinds() {
  return {
      {"replica_calc",       replica_calc      },
      {"group_pods",         group_pods        },
      {"hpa_reconcile",      hpa_reconcile     },
      {"behavior_rate",      behavior_rate     },
      {"legacy_limits",      legacy_limits     },
      {"policy_limit",       policy_limit      },
      {"stabilize_behavior", stabilize_behavior},
      {"stabilize_legacy",   stabilize_legacy  },
      {"store_scale_events", store_scale_events}
  };
}

}  // namespace berth::conformance
