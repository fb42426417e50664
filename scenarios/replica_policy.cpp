// How many replicas a service has, and who decides: bounds and one of the autoscalers.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/home_rules.h"

namespace berth {
namespace {

template <class V>
V said_or(const Maybe<V>& said, V otherwise) {
  return said ? said->value : otherwise;
}
template <class V, class T>
void set(const Maybe<V>& said, T& target) {
  if (said) target = static_cast<T>(said->value);
}

ScalingRules rules_of(const std::optional<ScalingRulesText>& said, ScalingRules rules) {
  if (!said) return rules;
  if (said->select) rules.choice = *said->select;
  if (said->window) rules.window = *said->window;
  if (said->policies) rules.policies = *said->policies;
  return rules;
}

// A scrape a millisecond is millions of events an hour, and nobody's scraper.
constexpr Seconds kFastestScrape{1};
constexpr Seconds kMetricsServerMinimum{10};  // it does not start with a shorter --metric-resolution

// Of settings that are said: readings nobody can take, or that come too late for the whole window.
void check_pipeline(HomeRules& r, const ServiceRule::Hpa& said, const HpaPolicy& policy) {
  const Seconds horizon = r.scenario.horizon, delay = policy.pipeline.delay,
                resolution = policy.pipeline.resolution;
  if (said.metric_delay && delay >= horizon)
    r.warn(*said.metric_delay,
           fmt::format("readings that are {} old say nothing of a horizon of {} while it lasts",
                       write_duration(delay), write_duration(horizon)),
           "a scrape can be read after seconds; the default is 10s");
  if (!said.metric_resolution) return;
  const bool of_cpu = std::ranges::any_of(
      policy.metrics, [](const ServiceMetric& m) { return is_cpu(m.what); });
  if (resolution < kFastestScrape)
    r.fail(*said.metric_resolution,
           fmt::format("usage is scraped every {}; once a second is the most",
                       write_duration(resolution)),
           "metrics-server: 10s or more, 15s in its manifest");
  else if (resolution < kMetricsServerMinimum && of_cpu)
    r.warn(*said.metric_resolution,
           fmt::format("CPU comes from metrics-server, which scrapes every 10s at most, not every {}",
                       write_duration(resolution)),
           "10s or more; 15s in its manifest");
  else if (resolution >= horizon)
    r.warn(*said.metric_resolution,
           fmt::format("with a scrape every {} a horizon of {} sees one at most",
                       write_duration(resolution), write_duration(horizon)),
           "metrics-server's manifest: 15s");
}

// What the service has: a share of a CPU request, a sidecar to be left out.
void check_metrics(HomeRules& r, const Service& workload, const ServiceRule& rule,
                   const HpaPolicy& policy, bool for_keda) {
  if (for_keda || !r.in.clean("/services/" + pointer_token(workload.name))) return;
  const auto fail = [&](std::string message, std::string hint) {
    r.fail(rule.metrics ? Said<std::string>{"", rule.metrics->at, rule.metrics->path}
                        : *rule.platform,
           std::move(message), std::move(hint));
  };
  for (const ServiceMetric& metric : policy.metrics) {
    if (is_cpu(metric.what) && workload.needs.cpu_milli == 0)
      fail(fmt::format("{} asks for no CPU, so no share of it can be read", in_quotes(workload.name)),
           "give it needs: {cpu: ...}, or another metric");
    if (metric.what == Measure::container_cpu && !workload.sidecar)
      fail(fmt::format("{} has one container: container_cpu is its cpu", in_quotes(workload.name)),
           "take cpu, or give the service a sidecar");
  }
}

HpaPolicy hpa_of(HomeRules& r, const Service& workload, const ServiceRule& rule,
                 const Cluster& cluster, bool for_keda) {
  HpaPolicy policy;
  for (MetricsOutage outage : cluster.metrics_outages) {
    outage.from += r.scenario.warm_up;
    policy.outages.push_back(outage);
  }
  if (rule.metrics) {
    policy.metrics = rule.metrics->value;
  } else {
    set(rule.target, policy.metrics.front().target);
  }
  check_metrics(r, workload, rule, policy, for_keda);
  set(rule.scale_down_delay, policy.downscale_window);
  if (rule.behaviour)
    policy.behaviour = ScalingBehaviour{
        rules_of(rule.behaviour->value.up, default_scale_up()),
        rules_of(rule.behaviour->value.down, default_scale_down(policy.downscale_window))};
  set(rule.hpa.tolerance, policy.tolerance.up);
  set(rule.hpa.tolerance, policy.tolerance.down);
  if (rule.behaviour) {
    const auto& [up, down] = rule.behaviour->value;
    if (up && up->tolerance) policy.tolerance.up = *up->tolerance;
    if (down && down->tolerance) policy.tolerance.down = *down->tolerance;
  }
  set(rule.hpa.sync_period, policy.sync_period);
  set(rule.hpa.cpu_initialization, policy.readiness.cpu_initialisation);
  set(rule.hpa.readiness_delay, policy.readiness.readiness_delay);
  set(rule.hpa.metric_resolution, policy.pipeline.resolution);
  set(rule.hpa.metric_delay, policy.pipeline.delay);
  policy.pipeline.window = std::max(policy.pipeline.window, policy.pipeline.resolution);
  set(rule.hpa.metric_window, policy.pipeline.window);
  if (policy.pipeline.window < policy.pipeline.resolution)
    r.fail(*rule.hpa.metric_window,
           fmt::format("a window of {} is shorter than the {} between two scrapes",
                       write_duration(policy.pipeline.window),
                       write_duration(policy.pipeline.resolution)));
  check_pipeline(r, rule.hpa, policy);
  return policy;
}

KnativePolicy knative_of(HomeRules& r, const ServiceRule& rule) {
  KnativePolicy policy;
  set(rule.target, policy.target);
  if (rule.metrics) {
    const std::vector<ServiceMetric>& metrics = rule.metrics->value;
    const bool known = metrics.size() == 1 && (metrics[0].what == Measure::concurrency ||
                                               metrics[0].what == Measure::requests_per_second);
    if (!known)
      r.fail(*rule.metrics, "Knative scales by one of concurrency and requests_per_second",
             "example: metrics: [{requests_per_second: 140}]");
    policy.what = metrics[0].what;
    policy.target = metrics[0].target;
    policy.absolute = true;
  }
  set(rule.scale_down_delay, policy.scale_down_delay);
  set(rule.knative.stable_window, policy.stable_window);
  set(rule.knative.retention, policy.retention);
  set(rule.knative.panic_window, policy.panic_window);
  set(rule.knative.panic_threshold, policy.panic_threshold);
  set(rule.knative.target_burst, policy.target_burst);
  set(rule.knative.scale_up_rate, policy.scale_up_rate);
  set(rule.knative.scale_down_rate, policy.scale_down_rate);
  set(rule.knative.activation_scale, policy.activation_scale);
  return policy;
}

// Of triggers that can fail, and that have an average per replica to make up.
void check_fallback(HomeRules& r, const ServiceRule& rule, const KedaPolicy& policy) {
  const Maybe<int>&replicas = rule.keda.fallback_replicas, &failures = rule.keda.fallback_failures;
  if (failures && !replicas)
    r.fail(*failures, "a fallback has no replicas", "add fallback_replicas");
  if (!replicas) return;
  if (rule.max && replicas->value > rule.max->value)
    r.fail(*replicas,
           fmt::format("a fallback to {} replicas is above max, {}: the autoscaler would take them back at once",
                       replicas->value, rule.max->value),
           "lower fallback_replicas, or raise max");
  if (std::ranges::any_of(policy.hpa.metrics, &ServiceMetric::by_value))
    r.fail(*replicas, "KEDA falls back only where a target is an average over the replicas",
           "leave out type: value");
  if (std::ranges::none_of(policy.hpa.outages, &MetricsOutage::custom))
    r.warn(*replicas, "triggers never fail here, so there is nothing to fall back from",
           "metrics_outages of the platform say when they do");
}

KedaPolicy keda_of(HomeRules& r, const Service& workload, const ServiceRule& rule,
                   const Cluster& cluster) {
  KedaPolicy policy{.hpa = hpa_of(r, workload, rule, cluster, true)};
  const auto of_pods = [](const ServiceMetric& m) { return !is_total(m.what); };
  if (!rule.metrics)
    r.fail(*rule.autoscaler, "KEDA scales by triggers, and none is named",
           "add metrics: [{outstanding: 2}], queue_length or total_rate");
  else if (std::ranges::any_of(policy.hpa.metrics, of_pods))
    r.fail(*rule.metrics, "KEDA's triggers are totals of the service",
           "queue_length, outstanding or total_rate");
  set(rule.keda.polling_interval, policy.polling_interval);
  set(rule.keda.cooldown, policy.cooldown);
  set(rule.keda.initial_cooldown, policy.initial_cooldown);
  policy.idles = rule.keda.idle_replicas.has_value();
  if (rule.keda.fallback_replicas) {
    policy.fallback = KedaFallback{.replicas = rule.keda.fallback_replicas->value};
    set(rule.keda.fallback_failures, policy.fallback->failure_threshold);
  }
  check_fallback(r, rule, policy);
  return policy;
}

// Of replicas below its minimum the autoscaler beside KEDA leaves only none at all as they are.
void check_idle(HomeRules& r, const ServiceRule& rule, const ReplicaPolicy& policy) {
  if (!rule.keda.idle_replicas) return;
  const int idle = rule.keda.idle_replicas->value;
  if (idle > 0)
    r.fail(*rule.keda.idle_replicas,
           fmt::format("{} idle replicas cannot stay: the autoscaler would raise them to min", idle),
           "KEDA supports only 0 here");
  else if (policy.min == 0)
    r.fail(*rule.keda.idle_replicas, "idle_replicas must be less than min, which is 0",
           "leave it out: with min: 0 no replica stays anyway");
}

Autoscaler autoscaler_of(HomeRules& r, const Service& workload, const ServiceRule& rule,
                         const Cluster& cluster, AutoscalerName name) {
  if (rule.behaviour && name != AutoscalerName::hpa && name != AutoscalerName::keda)
    r.fail(*rule.behaviour, "behavior goes with hpa and keda");
  switch (name) {
    case AutoscalerName::none:
      if (rule.metrics) r.fail(*rule.metrics, "nobody reads metrics without an autoscaler");
      return FixedReplicas{};
    case AutoscalerName::hpa:
      return hpa_of(r, workload, rule, cluster, false);
    case AutoscalerName::knative:
      return knative_of(r, rule);
    case AutoscalerName::keda:
      return keda_of(r, workload, rule, cluster);
  }
  return FixedReplicas{};
}

Autoscaler endpoint_autoscaler(HomeRules& r, const ServiceRule& rule, AutoscalerName name) {
  if (rule.autoscaler && name != AutoscalerName::none)
    r.fail(*rule.autoscaler, "SageMaker endpoints have no such autoscaler",
           "leave it out, or none");
  if (rule.metrics) r.fail(*rule.metrics, "metrics are for Kubernetes", "target says it here");
  if (rule.behaviour) r.fail(*rule.behaviour, "behavior is for Kubernetes");
  if (rule.autoscaler && name == AutoscalerName::none) return FixedReplicas{};
  UtilisationPolicy policy;
  set(rule.target, policy.target);
  set(rule.scale_up_lag, policy.scale_up_lag);
  set(rule.scale_down_delay, policy.scale_down_delay);
  return policy;
}

void check_bounds(HomeRules& r, const Service& workload, const ServiceRule& rule, bool fixed,
                  ReplicaPolicy& policy) {
  if (fixed) {
    policy.max = std::max(policy.min, 1);
    if (rule.max && rule.max->value != policy.min)
      r.fail(*rule.max,
             fmt::format("without an autoscaler there are min = {} replicas, not up to {}",
                         policy.min, rule.max->value),
             "leave max out, or make it min");
    return;
  }
  if (!rule.max) {
    r.fail(*rule.platform,
           fmt::format("no rule says the most replicas of {}", in_quotes(workload.name)),
           "add replicas: {max: ...}");
    policy.max = std::max(policy.min, 1);
    return;
  }
  policy.max = rule.max->value;
  if (policy.min > policy.max)
    r.fail(rule.min ? *rule.min : *rule.max,
           fmt::format("min {} is more than max {}", policy.min, policy.max));
}

// What the chosen autoscaler never reads. A rule may inherit such settings from one that chose
// another; written beside the choice, or where nobody chose, they are a mistake.
void refuse_unread(HomeRules& r, const ServiceRule& rule, bool on_cluster, AutoscalerName name) {
  const auto rule_text = [](const std::string& path) {
    return path.substr(0, path.find("/replicas"));
  };
  const auto unread = [&](const auto& said, bool read, const char* field, const char* whose) {
    if (!said || read) return;
    if (rule.autoscaler && rule_text(rule.autoscaler->path) != rule_text(said->path)) return;
    r.fail(*said, fmt::format("{} does nothing here: it is for {}", field, whose), "leave it out");
  };
  const bool none = name == AutoscalerName::none && (on_cluster || rule.autoscaler);
  const bool knative = on_cluster && name == AutoscalerName::knative;
  const bool keda = on_cluster && name == AutoscalerName::keda;
  const bool hpa = on_cluster && (name == AutoscalerName::hpa || keda);
  const auto group = [&](bool read, const char* whose, const auto&... fields) {
    (unread(fields.first, read, fields.second, whose), ...);
  };
  using std::pair;
  group(hpa, "hpa and keda", pair{rule.hpa.tolerance, "hpa: tolerance"},
        pair{rule.hpa.sync_period, "hpa: sync_period"},
        pair{rule.hpa.cpu_initialization, "hpa: cpu_initialization"},
        pair{rule.hpa.readiness_delay, "hpa: readiness_delay"},
        pair{rule.hpa.metric_resolution, "hpa: metric_resolution"},
        pair{rule.hpa.metric_window, "hpa: metric_window"},
        pair{rule.hpa.metric_delay, "hpa: metric_delay"});
  group(knative, "knative", pair{rule.knative.stable_window, "knative: stable_window"},
        pair{rule.knative.retention, "knative: retention"},
        pair{rule.knative.panic_window, "knative: panic_window"},
        pair{rule.knative.panic_threshold, "knative: panic_threshold"},
        pair{rule.knative.target_burst, "knative: target_burst"},
        pair{rule.knative.scale_up_rate, "knative: scale_up_rate"},
        pair{rule.knative.scale_down_rate, "knative: scale_down_rate"},
        pair{rule.knative.activation_scale, "knative: activation_scale"});
  group(keda, "keda", pair{rule.keda.polling_interval, "keda: polling_interval"},
        pair{rule.keda.cooldown, "keda: cooldown"},
        pair{rule.keda.initial_cooldown, "keda: initial_cooldown"},
        pair{rule.keda.idle_replicas, "keda: idle_replicas"},
        pair{rule.keda.fallback_replicas, "keda: fallback_replicas"},
        pair{rule.keda.fallback_failures, "keda: fallback_failures"});
  unread(rule.target, !none && !keda, "target", "hpa, knative and endpoints");
  unread(rule.scale_down_delay, !none, "scale_down_delay", "autoscalers");
  if (rule.target && rule.metrics && on_cluster && !none && !keda &&
      rule_text(rule.target->path) == rule_text(rule.metrics->path))
    r.fail(*rule.target, "target and metrics say the same thing twice", "leave one of them out");
  if (rule.metrics && hpa && !keda &&
      std::ranges::any_of(rule.metrics->value,
                          [](const ServiceMetric& m) { return m.activation > 0; }))
    r.fail(*rule.metrics, "activation does nothing here: it is for keda", "leave it out");
}

}  // namespace

ReplicaPolicy replica_policy(HomeRules& r, const Service& workload, const ServiceRule& rule,
                             const Cluster* cluster) {
  ReplicaPolicy policy;
  const bool on_cluster = cluster != nullptr;
  const AutoscalerName name = said_or(rule.autoscaler, AutoscalerName::hpa);
  if (on_cluster) {
    policy.autoscaler = autoscaler_of(r, workload, rule, *cluster, name);
    if (rule.scale_up_lag)
      r.fail(*rule.scale_up_lag, "scale_up_lag is for SageMaker endpoints",
             "on Kubernetes the lag follows from hpa: {metric_resolution, metric_window, "
             "metric_delay, sync_period}; leave it out");
  } else {
    policy.autoscaler = endpoint_autoscaler(r, rule, name);
  }
  refuse_unread(r, rule, on_cluster, name);
  policy.min = said_or(rule.min, 1);
  check_bounds(r, workload, rule, on_cluster && name == AutoscalerName::none, policy);
  if (rule.start) {
    policy.start = rule.start->value;
    if (policy.start > policy.max)
      r.fail(*rule.start, fmt::format("start {} is more than max {}", *policy.start, policy.max));
  }
  const auto* knative = std::get_if<KnativePolicy>(&policy.autoscaler);
  if (knative != nullptr && knative->activation_scale > policy.max)
    r.warn(*rule.knative.activation_scale,
           fmt::format("activation_scale {} is more than max {}, which is where it ends",
                       knative->activation_scale, policy.max),
           "make max at least as much");
  if (std::holds_alternative<KedaPolicy>(policy.autoscaler)) check_idle(r, rule, policy);
  const bool to_zero =
      on_cluster && (name == AutoscalerName::knative || name == AutoscalerName::keda);
  if (policy.min == 0 && !to_zero)
    r.fail(*rule.min, "min must be at least 1 with this autoscaler",
           "knative and keda scale to zero");
  return policy;
}

}  // namespace berth
