#include "scenarios/placement_fields.h"

#include "models/sagemaker.h"
#include "scenarios/commitment_fields.h"
#include "scenarios/endpoint_fields.h"
#include "scenarios/replica_fields.h"

namespace berth {
namespace {

const Absent& from_before() {
  static const Absent absent = optional("what the rules before it say");
  return absent;
}

template <class Rule>
void add_home(Fields<Rule>& f) {
  f.add(
      "platform", &Rule::platform, said(name_text("the name of a platform")), from_before(),
      "The platform it runs on. Another than before drops what the rules before said of the old.");
  f.add("pool", &Rule::pool, said(name_text("the name of a node pool")), from_before(),
        "On Kubernetes: the node pool. Not needed where there is only one.");
  f.add("instance_type", &Rule::instance_type, said(type_name()), from_before(),
        "On SageMaker: the instance type. On Kubernetes it follows from the pool.");
  f.add("pull", &Rule::pull, said(pull_mode()), optional("full, or what the rules before it say"),
        "How the image is pulled.");
}

const Fields<TrainingRule>& training_rule_fields() {
  static const Fields<TrainingRule> fields = [] {
    Fields<TrainingRule> f;
    add_home(f);
    f.add("offering", &TrainingRule::offering, said(offering()),
          optional("on_demand, or what the rules before it say"),
          "On SageMaker: how instances are bought. On Kubernetes it follows from the pool.");
    f.add("keep_alive", &TrainingRule::keep_alive, said(duration(Zero::allowed, kKeepAliveMax)),
          optional("0s, or what the rules before it say"),
          "On SageMaker: how long instances stay in a warm pool after a job, up to 1h.");
    f.add("checkpoint_interval", &TrainingRule::checkpoint_interval, said(duration(Zero::refused)),
          optional("the class's own"), "Work between two checkpoints, instead of the class's own.");
    return f;
  }();
  return fields;
}

const Fields<ServiceRule>& service_rule_fields() {
  static const Fields<ServiceRule> fields = [] {
    Fields<ServiceRule> f;
    add_home(f);
    f.group("replicas", replica_fields(), from_before(), "How many pods or instances there are.");
    f.add("endpoint", &ServiceRule::endpoint, said(object(endpoint_fields(), "an endpoint")),
          optional("instances scaled as replicas says"),
          "On SageMaker: the kind of endpoint and its settings, which count instead of replicas. "
          "Another rule's endpoint replaces it as a whole.");
    return f;
  }();
  return fields;
}

const Fields<PlacementText>& placement_fields() {
  static const Fields<PlacementText> fields = [] {
    const std::string keys = "\"*\", team:NAME or the name of a workload";
    Fields<PlacementText> f;
    f.add("description", &PlacementText::description, text("a sentence"), otherwise("", "none"),
          "What it is, for tables and reports.");
    f.add("extends", &PlacementText::extends, text("the name of a placement"),
          optional("it stands alone"), "The placement whose rules come before its own.");
    f.add("training", &PlacementText::training,
          map_of(object(training_rule_fields(), "a rule"), keys),
          optional("the rules of the placement it extends"), "Where training classes run.");
    f.add("services", &PlacementText::services,
          map_of(object(service_rule_fields(), "a rule"), keys),
          optional("the rules of the placement it extends"), "Where services run.");
    f.add("commitments", &PlacementText::commitments, commitments(),
          optional("none is held"), "Savings Plans that are paid for, used or not. Not inherited.");
    return f;
  }();
  return fields;
}

template <class V>
void take(Maybe<V>& target, const Maybe<V>& later) {
  if (later) target = later;
}

template <class Rule>
void take_home(Rule& target, const Rule& later) {
  const bool moves =
      later.platform && target.platform && later.platform->value != target.platform->value;
  if (moves) target.pool.reset(), target.instance_type.reset(), target.pull.reset();
  take(target.platform, later.platform);
  take(target.pool, later.pool);
  take(target.instance_type, later.instance_type);
  take(target.pull, later.pull);
}

}  // namespace

Type<PullMode> pull_mode() {
  return choice<PullMode>({
      {{"full", "containerd as it comes"},                  PullMode::full         },
      {{"soci_lazy", "mounted at once, read on demand"},    PullMode::soci_lazy    },
      {{"soci_parallel", "in ranges, unpacked by many"},    PullMode::soci_parallel},
      {{"preloaded", "on the node's disk before it joins"}, PullMode::preloaded    },
  });
}

Type<Offering> offering() {
  return choice<Offering>({
      {{"on_demand", "kept until given back"}, Offering::on_demand},
      {{"spot", "managed spot training"},      Offering::spot     },
  });
}

Type<Named<PlacementText>> placement_texts() {
  return map_of(object(placement_fields(), "a placement"), "name of the placement");
}

void apply_rule(TrainingRule& target, const TrainingRule& later) {
  const bool moves =
      later.platform && target.platform && later.platform->value != target.platform->value;
  if (moves) target.offering.reset(), target.keep_alive.reset();
  take_home(target, later);
  take(target.offering, later.offering);
  take(target.keep_alive, later.keep_alive);
  take(target.checkpoint_interval, later.checkpoint_interval);
}

void apply_rule(ServiceRule& target, const ServiceRule& later) {
  const bool moves =
      later.platform && target.platform && later.platform->value != target.platform->value;
  if (moves) {
    // What another platform's autoscaler was told.
    target.autoscaler.reset(), target.metrics.reset(), target.behaviour.reset();
    target.scale_up_lag.reset();
    target.endpoint.reset();
    target.hpa = {}, target.knative = {}, target.keda = {};
  }
  take_home(target, later);
  take(target.min, later.min);
  take(target.max, later.max);
  take(target.start, later.start);
  take(target.target, later.target);
  take(target.scale_up_lag, later.scale_up_lag);
  take(target.scale_down_delay, later.scale_down_delay);
  take(target.autoscaler, later.autoscaler);
  take(target.endpoint, later.endpoint);
  take(target.metrics, later.metrics);
  take(target.behaviour, later.behaviour);
  take(target.hpa.tolerance, later.hpa.tolerance);
  take(target.hpa.sync_period, later.hpa.sync_period);
  take(target.hpa.cpu_initialization, later.hpa.cpu_initialization);
  take(target.hpa.readiness_delay, later.hpa.readiness_delay);
  take(target.hpa.metric_resolution, later.hpa.metric_resolution);
  take(target.hpa.metric_window, later.hpa.metric_window);
  take(target.hpa.metric_delay, later.hpa.metric_delay);
  take(target.knative.stable_window, later.knative.stable_window);
  take(target.knative.retention, later.knative.retention);
  take(target.knative.panic_window, later.knative.panic_window);
  take(target.knative.panic_threshold, later.knative.panic_threshold);
  take(target.knative.target_burst, later.knative.target_burst);
  take(target.knative.scale_up_rate, later.knative.scale_up_rate);
  take(target.knative.scale_down_rate, later.knative.scale_down_rate);
  take(target.knative.activation_scale, later.knative.activation_scale);
  take(target.keda.polling_interval, later.keda.polling_interval);
  take(target.keda.cooldown, later.keda.cooldown);
  take(target.keda.initial_cooldown, later.keda.initial_cooldown);
  take(target.keda.idle_replicas, later.keda.idle_replicas);
  take(target.keda.fallback_replicas, later.keda.fallback_replicas);
  take(target.keda.fallback_failures, later.keda.fallback_failures);
}

}  // namespace berth
