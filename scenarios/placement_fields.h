// Placements as users write them: rules of who runs where, from the general to the particular.
//
//   "*" for every workload, then `team:NAME`, then the workload's own name; a placement that
//   extends another applies its own three after all of the other's. What a later rule says replaces
//   what an earlier one said, field by field; but a rule that names another platform drops the
//   pool, instance type, offering, pull mode, keep-alive and endpoint said for the old one. An
//   endpoint is replaced as a whole.
//
// Every field of a rule remembers where it was said, so a mistake that shows only once a rule meets
// a workload points at the words that made it.
// Tested by tests/scenarios/placement_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "models/placement.h"
#include "scenarios/fields.h"
#include "scenarios/said.h"

namespace berth {

struct TrainingRule {
  Maybe<std::string> platform, pool, instance_type;
  Maybe<Offering> offering;
  Maybe<PullMode> pull;
  Maybe<Seconds> keep_alive, checkpoint_interval;
};

enum class AutoscalerName { none, hpa, knative, keda };

// What a behavior block says of one direction; the rest is Kubernetes' default.
struct ScalingRulesText {
  std::optional<PolicyChoice> select;
  std::optional<Seconds> window;
  std::optional<std::vector<ScalingPolicy>> policies;
  std::optional<double> tolerance;
};
struct BehaviourText {
  std::optional<ScalingRulesText> up, down;
};

// What is absent was not said; which kind of endpoint knows what is checked when it meets a service.
struct EndpointText {
  using Kind = EndpointKind;
  Kind kind{};
  std::optional<int> min_instances, max_instances;
  std::optional<double> invocations, concurrency, backlog;  // targets, per instance
  std::optional<Seconds> scale_out_cooldown, scale_in_cooldown;
  std::optional<bool> scale_in;
  std::optional<Routing> routing;
  std::optional<int> max_concurrent;
  std::optional<Seconds> request_ttl;
  std::optional<int> memory_gb, max_concurrency, provisioned;
  std::optional<Seconds> keep_warm;
  std::optional<Distribution> cold_start;
};

struct ServiceRule {
  Maybe<std::string> platform, pool, instance_type;
  Maybe<PullMode> pull;
  Maybe<int> min, max, start;
  Maybe<double> target;
  Maybe<Seconds> scale_up_lag, scale_down_delay;
  Maybe<AutoscalerName> autoscaler;
  Maybe<EndpointText> endpoint;
  Maybe<std::vector<ServiceMetric>> metrics;
  Maybe<BehaviourText> behaviour;
  struct Hpa {
    Maybe<double> tolerance;
    Maybe<Seconds> sync_period, cpu_initialization, readiness_delay;
    Maybe<Seconds> metric_resolution, metric_window, metric_delay;
  } hpa;
  struct Knative {
    Maybe<Seconds> stable_window, retention;
    Maybe<double> panic_window, panic_threshold, target_burst, scale_up_rate, scale_down_rate;
    Maybe<int> activation_scale;
  } knative;
  struct Keda {
    Maybe<Seconds> polling_interval, cooldown, initial_cooldown;
    Maybe<int> idle_replicas, fallback_replicas, fallback_failures;
  } keda;
};

struct PlacementText {
  std::string description;
  std::optional<std::string> extends;
  Named<TrainingRule> training;
  Named<ServiceRule> services;
  Commitments commitments;
};

Type<Named<PlacementText>> placement_texts();
// Parts of a placement that other sections use.
Type<PullMode> pull_mode();
Type<Offering> offering();

// What `later` says over what was said before it.
void apply_rule(TrainingRule& target, const TrainingRule& later);
void apply_rule(ServiceRule& target, const ServiceRule& later);

}  // namespace berth
