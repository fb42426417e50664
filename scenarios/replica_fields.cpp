#include "scenarios/replica_fields.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth {
namespace {

struct MetricText {
  std::optional<double> cpu, container_cpu, concurrency, requests_per_second, queue_length,
      outstanding, total_rate;
  std::optional<bool> by_value;
  double activation = 0;
};

const Fields<MetricText>& metric_fields() {
  static const Fields<MetricText> fields = [] {
    Fields<MetricText> f;
    const Absent no = optional("another metric is named");
    f.add("cpu", &MetricText::cpu, share(0.01, 10), no,
          "CPU a pod uses, as a share of its request.");
    f.add("container_cpu", &MetricText::container_cpu, share(0.01, 10), no,
          "CPU the main container uses, as a share of its request: of a service with a sidecar, which is "
          "left out (ContainerResource).");
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
    f.add("type", &MetricText::by_value,
          choice<bool>({
              {{"average_value", "the target is of the total over the replicas"}, false},
              {{"value", "the target is of the total itself: twice as much asks for twice the replicas"}, true},
          }),
          optional("average_value"), "Of a total: what its target is compared with.");
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
                {text.container_cpu,       Measure::container_cpu      },
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
              target = {.what = what,
                        .target = *value,
                        .activation = text.activation,
                        .by_value = text.by_value.value_or(false)};
            }
            if (found == 1 && text.by_value && !is_total(target.what)) {
              in.fail(node, "type is of totals: queue_length, outstanding and total_rate",
                      "leave it out");
              return false;
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
      "Requests that may come at once before the activator has to buffer: told in traces as excess burst "
      "capacity. It moves no figure: here the activator takes no time, and holds requests without a pod only.");
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
  add_part(f, "fallback_replicas", &ServiceRule::keda, &Keda::fallback_replicas, whole(0, 100'000),
           optional("while triggers fail the replicas stay as they are"),
           "KEDA's fallback: so many replicas while triggers keep failing.");
  add_part(f, "fallback_failures", &ServiceRule::keda, &Keda::fallback_failures, whole(0, 100'000),
           computed("3", "the example of KEDA's reference; it has no default"),
           "After more failures in a row than this (failureThreshold).");
  return f;
}

}  // namespace

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

}  // namespace berth
