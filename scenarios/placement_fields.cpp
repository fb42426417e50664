#include "scenarios/placement_fields.h"

#include <algorithm>

namespace berth {
namespace {

// The type of a value that remembers where it was said.
template <class V>
Type<Said<V>> said(Type<V> type) {
  return {type.shape, [read = type.read](Reading& in, const Node& node, Said<V>& target) {
            target.at = node.at;
            target.path = in.path();
            return read(in, node, target.value);
          }};
}

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
    constexpr Seconds kLongestKeepAlive{3600};
    Fields<TrainingRule> f;
    add_home(f);
    f.add("offering", &TrainingRule::offering, said(offering()),
          optional("on_demand, or what the rules before it say"),
          "On SageMaker: how instances are bought. On Kubernetes it follows from the pool.");
    f.add("keep_alive", &TrainingRule::keep_alive, said(duration(Zero::allowed, kLongestKeepAlive)),
          optional("0s, or what the rules before it say"),
          "On SageMaker: how long instances stay in a warm pool after a job, up to 1h.");
    f.add("checkpoint_interval", &TrainingRule::checkpoint_interval, said(duration(Zero::refused)),
          optional("the class's own"), "Work between two checkpoints, instead of the class's own.");
    return f;
  }();
  return fields;
}

constexpr std::string_view kMin = "1", kTarget = "80%", kUpLag = "37.5s", kDownDelay = "5min";

Fields<ServiceRule> replica_fields() {
  Fields<ServiceRule> f;
  const auto or_before = [](std::string_view value, std::string source) {
    return computed(std::string(value), std::move(source));
  };
  f.add("min", &ServiceRule::min, said(whole(1, 100'000)),
        or_before(kMin, "HorizontalPodAutoscaler: minReplicas; SageMaker endpoints: 1 instance"),
        "Replicas at least.");
  f.add("max", &ServiceRule::max, said(whole(1, 100'000)), optional("must be said by some rule"),
        "Replicas at most.");
  f.add("target", &ServiceRule::target, said(share(0.01, 1)),
        or_before(kTarget, "HorizontalPodAutoscaler v2: 80 % CPU when no metric is given"),
        "Share of busy slots the autoscaler aims at.");
  f.add("scale_up_lag", &ServiceRule::scale_up_lag, said(duration()),
        or_before(kUpLag, "a metric 15 to 45 s old and a 15 s control period, in the middle"),
        "From a change of load to the decision that follows it.");
  f.add("scale_down_delay", &ServiceRule::scale_down_delay, said(duration()),
        or_before(kDownDelay, "HorizontalPodAutoscaler: downscale stabilisation 300 s"),
        "The highest wish of this long counts.");
  return f;
}

const Fields<ServiceRule>& service_rule_fields() {
  static const Fields<ServiceRule> fields = [] {
    Fields<ServiceRule> f;
    add_home(f);
    f.group("replicas", replica_fields(), from_before(), "How many pods or instances there are.");
    return f;
  }();
  return fields;
}

// ---- Commitments --------------------------------------------------------------------------------

Type<Commitment> commitment() {
  static const Fields<Commitment> fields = [] {
    Fields<Commitment> f;
    f.add("hourly", &Commitment::commit, dollars_per_hour(), required(),
          "Committed per hour, at plan rates.");
    f.add("term", &Commitment::term,
          choice<Commitment::Term>({
              {{"1y", "one year"},    Commitment::Term::one_year   },
              {{"3y", "three years"}, Commitment::Term::three_years},
    }),
          required(), "How long it runs.");
    return f;
  }();
  return object(fields, "a Savings Plan");
}

// One plan, or a list of plans.
Type<std::vector<Commitment>> plans() {
  const Type<Commitment> one = commitment();
  const Type<std::vector<Commitment>> several = list_of(one);
  return {any_of({one.shape, several.shape}, "a Savings Plan, or a list of them"),
          [one, several](Reading& in, const Node& node, std::vector<Commitment>& target) {
            return node.is_sequence() ? several.read(in, node, target)
                                      : one.read(in, node, target.emplace_back());
          }};
}

// Reads plans of one kind into the list of all.
std::function<bool(Reading&, const Node&, Commitments&)> plans_of(Commitment::Plan plan) {
  return [plan](Reading& in, const Node& node, Commitments& target) {
    std::vector<Commitment> list;
    const bool good = plans().read(in, node, list);
    for (Commitment& one : list) {
      one.plan = plan;
      target.plans.push_back(one);
    }
    return good;
  };
}

bool read_family_plans(Reading& in, const Node& node, Commitments& target) {
  Named<std::vector<Commitment>> families;
  bool good = map_of(plans(), "family").read(in, node, families);
  for (auto& [family, list] : families) {
    const bool known = in.catalogue == nullptr ||
                       std::ranges::find(in.catalogue->types, family, &InstanceType::family) !=
                           in.catalogue->types.end();
    if (!known) {
      const Entry& entry = *node.find_entry(family);
      in.fail_at(entry.at, "no instance family named " + in_quotes(family),
                 "examples: m5, g5, p4d");
      good = false;
    }
    for (Commitment& one : list) {
      one.plan = Commitment::Plan::ec2_instance;
      one.family = family;
      target.plans.push_back(one);
    }
  }
  return good;
}

Fields<Commitments> commitment_fields() {
  Fields<Commitments> f;
  const Absent none = optional("none is held");
  f.custom("compute_sp", plans().shape, none, "Compute Savings Plans: any EC2 usage.",
           plans_of(Commitment::Plan::compute));
  f.custom("ec2_instance_sp", map_shape(plans().shape, "instance family"), none,
           "EC2 Instance Savings Plans, by instance family.", read_family_plans);
  f.custom("sagemaker_sp", plans().shape, none, "SageMaker Savings Plans: any SageMaker usage.",
           plans_of(Commitment::Plan::sagemaker));
  return f;
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
    f.add("commitments", &PlacementText::commitments, object(commitment_fields(), "Savings Plans"),
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

const ReplicaDefaults& replica_defaults() {
  static const ReplicaDefaults defaults{1, *parse_share(kTarget).value,
                                        *parse_duration(kUpLag).value,
                                        *parse_duration(kDownDelay).value};
  return defaults;
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
  take_home(target, later);
  take(target.min, later.min);
  take(target.max, later.max);
  take(target.target, later.target);
  take(target.scale_up_lag, later.scale_up_lag);
  take(target.scale_down_delay, later.scale_down_delay);
}

}  // namespace berth
