#include "scenarios/placement_fields.h"

#include <algorithm>

#include "models/sagemaker.h"

namespace berth {
namespace {

// The type of a value that remembers where it was said.
template <class V>
Type<Said<V>> said(const Type<V>& type) {
  return {type.shape, [read = type.read](Reading& in, const Node& node, Said<V>& target) {
            target.at = node.at;
            target.path = in.path();
            return read(in, node, target.value);
          }};
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

// ---- Replicas -----------------------------------------------------------------------------------

struct MetricText {
  std::optional<double> cpu, concurrency, requests_per_second, queue_length, outstanding,
      total_rate;
  double activation = 0;
};

const Fields<MetricText>& metric_fields() {
  static const Fields<MetricText> fields = [] {
    Fields<MetricText> f;
    const Absent no = optional("another metric is named");
    f.add("cpu", &MetricText::cpu, share(0.01, 10), no,
          "CPU a pod uses, as a share of its request.");
    f.add("concurrency", &MetricText::concurrency, positive_number(), no,
          "Requests in a pod, served or queued there, on average over the window.");
    f.add("requests_per_second", &MetricText::requests_per_second, positive_number(), no,
          "Requests a pod is given.");
    f.add("queue_length", &MetricText::queue_length, positive_number(), no,
          "Requests of the whole service that wait at this moment, per replica.");
    f.add("outstanding", &MetricText::outstanding, positive_number(), no,
          "Requests of the whole service that wait or are served at this moment, per replica.");
    f.add(
        "total_rate", &MetricText::total_rate, positive_number(), no,
        "Requests per second of the whole service, those that found no pod included, per replica.");
    f.add("activation", &MetricText::activation, number(0, 1e12),
          otherwise("0", "KEDA: activationThreshold 0"),
          "KEDA: the service is started from zero when the total is above this.");
    return f;
  }();
  return fields;
}

Type<ServiceMetric> metric() {
  const Type<MetricText> words = object(metric_fields(), "a metric");
  return {words.shape, [words](Reading& in, const Node& node, ServiceMetric& target) {
            MetricText text;
            if (!words.read(in, node, text)) return false;
            const std::pair<const std::optional<double>&, Measure> said[] = {
                {text.cpu,                 Measure::cpu                },
                {text.concurrency,         Measure::concurrency        },
                {text.requests_per_second, Measure::requests_per_second},
                {text.queue_length,        Measure::queue_length       },
                {text.outstanding,         Measure::outstanding        },
                {text.total_rate,          Measure::total_rate         },
            };
            int found = 0;
            for (const auto& [value, what] : said) {
              if (!value) continue;
              ++found;
              target = {.what = what, .target = *value, .activation = text.activation};
            }
            if (found == 1) return true;
            in.fail(node,
                    found == 0 ? "a metric needs a name and a target"
                               : "one item of the list is one metric",
                    "example: metrics: [{cpu: 60%}, {concurrency: 1.5}]");
            return false;
          }};
}

struct PolicyText {
  std::optional<int> pods, percent;
  Seconds period{15};
};

Type<ScalingPolicy> scaling_policy() {
  static const Fields<PolicyText> fields = [] {
    Fields<PolicyText> f;
    f.add("pods", &PolicyText::pods, whole(1, 100'000), optional("percent says it"),
          "So many replicas more or fewer in a period.");
    f.add("percent", &PolicyText::percent, whole(1, 100'000), optional("pods says it"),
          "So many per cent of those at the period's begin.");
    f.add("period", &PolicyText::period, duration(Zero::refused, Seconds{1800}), required(),
          "How long a change counts; at most 30 min.");
    return f;
  }();
  const Type<PolicyText> words = object(fields, "a scaling policy");
  return {words.shape, [words](Reading& in, const Node& node, ScalingPolicy& target) {
            PolicyText text;
            if (!words.read(in, node, text)) return false;
            if (text.pods.has_value() == text.percent.has_value()) {
              in.fail(node, "a policy is either pods or percent",
                      "example: {percent: 100, period: 15s}");
              return false;
            }
            target = {text.pods ? PolicyUnit::pods : PolicyUnit::percent,
                      text.pods ? *text.pods : *text.percent, text.period};
            return true;
          }};
}

Type<BehaviourText> behaviour() {
  static const Fields<ScalingRulesText> rules = [] {
    Fields<ScalingRulesText> f;
    f.add("select", &ScalingRulesText::select,
          choice<PolicyChoice>({
              {{"max", "the policy that changes most"},  PolicyChoice::greatest_change},
              {{"min", "the policy that changes least"}, PolicyChoice::least_change   },
              {{"disabled", "never in this direction"},  PolicyChoice::disabled       },
    }),
          optional("max"), "Which of several policies holds.");
    f.add("window", &ScalingRulesText::window, duration(Zero::allowed, Seconds{3600}),
          optional("0s up; down what scale_down_delay says"), "Stabilisation window; at most 1 h.");
    f.add("policies", &ScalingRulesText::policies, list_of(scaling_policy(), 1),
          optional("4 pods or 100 % in 15 s up, 100 % in 15 s down"), "How fast it may go.");
    f.add("tolerance", &ScalingRulesText::tolerance, share(0, 1), optional("what hpa: tolerance says"),
          "A ratio this close to 1 changes nothing in this direction.");
    return f;
  }();
  static const Fields<BehaviourText> both = [] {
    Fields<BehaviourText> f;
    f.add("scale_up", &BehaviourText::up, object(rules, "scaling rules"),
          optional("Kubernetes' default"), "Rules for growing.");
    f.add("scale_down", &BehaviourText::down, object(rules, "scaling rules"),
          optional("Kubernetes' default"), "Rules for shrinking.");
    return f;
  }();
  return object(both, "a behavior");
}

// A member of a member: ServiceRule::hpa and the like.
template <class Part, class V>
void add_part(Fields<ServiceRule>& f, std::string name, Part ServiceRule::*part,
              Maybe<V> Part::*member, const Type<V>& type, Absent absent, std::string doc) {
  const Type<Said<V>> with_place = said(type);
  f.custom(std::move(name), with_place.shape, std::move(absent), std::move(doc),
           [=](Reading& in, const Node& node, ServiceRule& target) {
             Said<V> value;
             if (!with_place.read(in, node, value)) return false;
             target.*part.*member = std::move(value);
             return true;
           });
}

Fields<ServiceRule> hpa_fields() {
  using Hpa = ServiceRule::Hpa;
  Fields<ServiceRule> f;
  const auto add = [&](std::string name, auto member, const auto& type, std::string value,
                       std::string source, std::string doc) {
    add_part(f, std::move(name), &ServiceRule::hpa, member, std::move(type),
             computed(std::move(value), std::move(source)), std::move(doc));
  };
  const std::string flag = "kube-controller-manager's default";
  add("tolerance", &Hpa::tolerance, share(0, 1), "10%", flag,
      "A ratio of reading to target this close to 1 changes nothing.");
  add("sync_period", &Hpa::sync_period, duration(Zero::refused), "15s", flag,
      "How often it looks.");
  add("cpu_initialization", &Hpa::cpu_initialization, duration(), "5min", flag,
      "CPU of a pod younger than this counts only once it is ready.");
  add("readiness_delay", &Hpa::readiness_delay, duration(), "30s", flag,
      "A pod that was never ready this long after its start counts as unready.");
  add("metric_resolution", &Hpa::metric_resolution, duration(Zero::refused), "15s",
      "metrics-server's manifest: --metric-resolution=15s", "How often usage is scraped.");
  add("metric_window", &Hpa::metric_window, duration(Zero::refused), "15s",
      "metrics-server: a rate between two scrapes", "What a reading is averaged over.");
  add("metric_delay", &Hpa::metric_delay, duration(), "10s", "cAdvisor's housekeeping interval",
      "From a scrape until it can be read.");
  return f;
}

Fields<ServiceRule> knative_fields() {
  using Knative = ServiceRule::Knative;
  Fields<ServiceRule> f;
  const auto add = [&](std::string name, auto member, const auto& type, std::string value,
                       std::string doc) {
    add_part(f, std::move(name), &ServiceRule::knative, member, std::move(type),
             computed(std::move(value), "config-autoscaler's default"), std::move(doc));
  };
  add("stable_window", &Knative::stable_window, duration(Zero::refused, Seconds{3600}), "60s",
      "Window of the average that counts in quiet times.");
  add("panic_window", &Knative::panic_window, share(0.01, 1), "10%", "Share of the stable window.");
  add("panic_threshold", &Knative::panic_threshold, number(1.1, 100), "2",
      "Panic when the panic window asks for so many times the ready pods.");
  add("target_burst", &Knative::target_burst, number(-1, 1e9), "211",
      "Requests that may come at once before the activator has to buffer.");
  add("max_scale_up_rate", &Knative::scale_up_rate, number(1.01, 1e6), "1000",
      "At most so many times the ready pods.");
  add("max_scale_down_rate", &Knative::scale_down_rate, number(1.01, 1e6), "2",
      "At least the ready pods divided by this.");
  add("retention", &Knative::retention, duration(), "0s", "The last pod stays this much longer.");
  add("activation_scale", &Knative::activation_scale, whole(1, 100'000), "1",
      "Pods at least, when it is not zero.");
  return f;
}

Fields<ServiceRule> keda_fields() {
  using Keda = ServiceRule::Keda;
  Fields<ServiceRule> f;
  const auto add = [&](std::string name, auto member, const auto& type, std::string value,
                       std::string doc) {
    add_part(f, std::move(name), &ServiceRule::keda, member, std::move(type),
             computed(std::move(value), "KEDA's default"), std::move(doc));
  };
  add("polling_interval", &Keda::polling_interval, duration(Zero::refused), "30s",
      "How often triggers are looked at.");
  add("cooldown", &Keda::cooldown, duration(), "5min",
      "Without an active trigger for longer than this: zero.");
  add("initial_cooldown", &Keda::initial_cooldown, duration(), "0s",
      "The same for a service that has never been active.");
  add_part(f, "idle_replicas", &ServiceRule::keda, &Keda::idle_replicas, whole(0, 100'000),
           computed("min", "KEDA's idleReplicaCount, not set"),
           "0: without an active trigger for the cooldown no replica stays, though min is above 0.");
  return f;
}

Fields<ServiceRule> replica_fields() {
  Fields<ServiceRule> f;
  f.add("min", &ServiceRule::min, said(whole(0, 100'000)),
        computed("1", "HorizontalPodAutoscaler: minReplicas; SageMaker endpoints: 1 instance"),
        "Replicas at least; 0 goes with knative and keda.");
  f.add("max", &ServiceRule::max, said(whole(1, 100'000)),
        optional("must be said by some rule, unless autoscaler is none"), "Replicas at most.");
  f.add("start", &ServiceRule::start, said(whole(0, 100'000)),
        computed("what the target asks for at the first instant's rate",
                 "a service that has been there before"),
        "Replicas at the first instant.");
  f.add("autoscaler", &ServiceRule::autoscaler,
        said(choice<AutoscalerName>({
            {{"none", "as many as min says"},                       AutoscalerName::none   },
            {{"hpa", "HorizontalPodAutoscaler"},                    AutoscalerName::hpa    },
            {{"knative", "Knative's pod autoscaler, also to zero"}, AutoscalerName::knative},
            {{"keda", "KEDA to and from zero, an HPA above"},       AutoscalerName::keda   },
  })),
        computed("hpa on Kubernetes", "what a Deployment is scaled with unless something is added"),
        "Who decides how many replicas there are.");
  f.add("target", &ServiceRule::target, said(share(0.01, 1)),
        computed("80%; knative: 70%",
                 "HorizontalPodAutoscaler v2 when no metric is given; Knative's utilisation"),
        "hpa: CPU used, as a share of the request. knative: busy slots. endpoints: busy slots.");
  f.add(
      "metrics", &ServiceRule::metrics, said(list_of(metric(), 1, 20)),
      optional("what target says"),
      "hpa: the greatest proposal wins. knative: one of concurrency and requests_per_second. keda: "
      "its triggers, totals of the service.");
  f.add("scale_up_lag", &ServiceRule::scale_up_lag, said(duration()),
        computed("37.5s", "a metric 15 to 45 s old and a 15 s control period, in the middle"),
        "Endpoints: from a change of load to the decision that follows it.");
  f.add("scale_down_delay", &ServiceRule::scale_down_delay,
        said(duration(Zero::allowed, Seconds{3600})),
        computed("5min; knative: 0s",
                 "HorizontalPodAutoscaler: downscale stabilisation; Knative: scale-down-delay"),
        "The highest proposal of this long counts.");
  f.add("behavior", &ServiceRule::behaviour, said(behaviour()),
        optional("the path without behavior: at most max(2 x current, 4) at once"),
        "hpa: windows and policies, as in autoscaling/v2.");
  const Absent defaults = optional("the defaults of its fields");
  f.group("hpa", hpa_fields(), defaults, "What the HorizontalPodAutoscaler is started with.");
  f.group("knative", knative_fields(), defaults, "Knative's settings.");
  f.group("keda", keda_fields(), defaults, "KEDA's settings.");
  return f;
}

// ---- Endpoints ----------------------------------------------------------------------------------

const Fields<EndpointText>& endpoint_fields() {
  static const Fields<EndpointText> fields = [] {
    using Text = EndpointText;
    Fields<Text> f;
    f.add("kind", &Text::kind, endpoint_kind(), required(), "what kind of endpoint");
    f.add("min_instances", &Text::min_instances, whole(0, 1000),
          computed("1; async: 0", "endpoints have an instance; an asynchronous one may have none"),
          "realtime, async: instances at least.");
    f.add("max_instances", &Text::max_instances, whole(1, 1000),
          optional("must be said unless serverless"), "realtime, async: instances at most.");
    f.add("invocations_per_instance", &Text::invocations, positive_number(),
          optional("another target is named, or min and max are equal"),
          "realtime: target of SageMakerVariantInvocationsPerInstance, a minute.");
    f.add("concurrent_requests", &Text::concurrency, positive_number(),
          optional("another target is named, or min and max are equal"),
          "realtime: target of ConcurrentRequestsPerModel, read every 10 s.");
    f.add("backlog_per_instance", &Text::backlog, positive_number(),
          optional("min and max are equal"),
          "async: target of ApproximateBacklogSizePerInstance, read every minute.");
    f.add("scale_out_cooldown", &Text::scale_out_cooldown, duration(Zero::allowed, Seconds{3600}),
          computed("300s", "Application Auto Scaling's default for endpoint variants"),
          "realtime, async: after more instances are there.");
    f.add("scale_in_cooldown", &Text::scale_in_cooldown, duration(Zero::allowed, Seconds{3600}),
          computed("300s", "Application Auto Scaling's default for endpoint variants"),
          "realtime, async: after instances went, before more go.");
    f.add("scale_in", &Text::scale_in, boolean(), computed("true", "DisableScaleIn: false"),
          "realtime, async: whether instances are given back.");
    f.add(
        "routing", &Text::routing,
        choice<Routing>({
            {{"random", "any instance"},                                Routing::random           },
            {{"least_outstanding", "the one with the fewest requests"}, Routing::least_outstanding},
    }),
        computed("random", "SageMaker: RoutingStrategy RANDOM"),
        "realtime: which instance a request goes to.");
    f.add("max_concurrent_invocations", &Text::max_concurrent, whole(1, 1000),
          computed("1", "assumed: SageMaker chooses a number that it does not publish"),
          "async: requests an instance takes at once.");
    f.add("request_ttl", &Text::request_ttl, duration(Zero::refused, Seconds{21'600}),
          computed("6h", "SageMaker: RequestTTLSeconds 21600"),
          "async: a request that waits longer is dropped.");
    f.add("memory_gb", &Text::memory_gb, whole(1, kServerlessMemoryGb), optional("must be said of serverless"),
          "serverless: memory of a container, in whole GB up to 6.");
    f.add("max_concurrency", &Text::max_concurrency, whole(1, kServerlessConcurrency),
          optional("must be said of serverless"),
          "serverless: requests in service at once, cold starts included; more are throttled.");
    f.add("provisioned_concurrency", &Text::provisioned, whole(0, 200),
          computed("0", "none is bought"), "serverless: containers that are always warm.");
    f.add("keep_warm", &Text::keep_warm, duration(), computed("5min", "assumed: not published"),
          "serverless: how long an idle container stays.");
    f.add("cold_start", &Text::cold_start, duration_law(),
          computed(
              "container_create of the platform, then what is read of the image before it serves, "
              "then the service's init",
              "lazily loaded images; see docs/model.md"),
          "serverless: what a request waits for that finds no warm container.");
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

Type<EndpointKind> endpoint_kind() {
  return choice<EndpointKind>({
      {{"realtime", "instances that answer at once"},              EndpointKind::realtime  },
      {{"serverless", "a container a request, kept warm a while"}, EndpointKind::serverless},
      {{"async", "a queue before instances, also to zero"},        EndpointKind::async     },
  });
}

Type<Offering> offering() {
  return choice<Offering>({
      {{"on_demand", "kept until given back"}, Offering::on_demand},
      {{"spot", "managed spot training"},      Offering::spot     },
  });
}

Type<Commitments> commitments() { return object(commitment_fields(), "Savings Plans"); }

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
}

}  // namespace berth
