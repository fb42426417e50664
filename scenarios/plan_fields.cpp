#include "scenarios/plan_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/plan_request.h"
#include "scenarios/commitment_fields.h"
#include "scenarios/endpoint_fields.h"
#include "scenarios/placement_fields.h"
#include "scenarios/plan_levers.h"

namespace berth {
namespace {

const Absent& derived() {
  static const Absent absent = optional("derived; `berth plan` lists what from");
  return absent;
}

template <class Levers>
void add_places(Fields<Levers>& f) {
  f.add("platforms", &Levers::platforms, list_of(name_text("the name of a platform"), 1), derived(),
        "Platforms that may be tried.");
  f.add("pools", &Levers::pools, list_of(name_text("the name of a node pool"), 1), derived(),
        "Node pools that may be tried.");
  f.add("instance_types", &Levers::instance_types, list_of(type_name(), 1), derived(),
        "SageMaker instance types that may be tried.");
  f.add("pulls", &Levers::pulls, list_of(pull_mode(), 1), derived(), "Ways to pull the image.");
}

const Fields<TrainingLevers>& training_lever_fields() {
  static const Fields<TrainingLevers> fields = [] {
    Fields<TrainingLevers> f;
    add_places(f);
    f.add("offerings", &TrainingLevers::offerings, list_of(offering(), 1), derived(),
          "On demand, spot, or both.");
    f.add("keep_alives", &TrainingLevers::keep_alives,
          list_of(duration(Zero::allowed, Seconds{3600}), 1), derived(),
          "How long SageMaker instances may stay in a warm pool; 0s is none.");
    f.add("checkpoint_intervals", &TrainingLevers::checkpoint_intervals,
          list_of(duration(Zero::refused), 1), derived(), "Work between two checkpoints.");
    return f;
  }();
  return fields;
}

const Fields<ServiceLevers>& service_lever_fields() {
  static const Fields<ServiceLevers> fields = [] {
    Fields<ServiceLevers> f;
    add_places(f);
    f.add("targets", &ServiceLevers::targets, list_of(share(0.01, 1), 1), derived(),
          "Shares of busy slots the autoscaler may aim at; the rest is headroom.");
    constexpr int kMost = 100'000;
    f.add("minima", &ServiceLevers::minima, list_of(whole(1, kMost), 1),
          optional("as the placements say"), "Replicas that may be kept.");
    f.add("maxima", &ServiceLevers::maxima, list_of(whole(1, kMost), 1),
          optional("as the placements say"), "Most replicas there may be.");
    f.add("endpoints", &ServiceLevers::endpoints, list_of(endpoint_kind(), 1), derived(),
          "Kinds of SageMaker endpoint that may be tried. Who names async says that callers can "
          "fetch their answers later.");
    return f;
  }();
  return fields;
}

const Fields<PoolLevers>& pool_lever_fields() {
  static const Fields<PoolLevers> fields = [] {
    const Absent as_is = optional("as the scenario has it");
    constexpr int kMost = 100'000;
    Fields<PoolLevers> f;
    f.add("instance_types", &PoolLevers::instance_types, list_of(type_name(), 1), as_is,
          "Types its nodes may be of, one at a time.");
    f.add("min_nodes", &PoolLevers::min_nodes, list_of(whole(0, kMost), 1), as_is,
          "Nodes that may be kept warm.");
    f.add("max_nodes", &PoolLevers::max_nodes, list_of(whole(1, kMost), 1), as_is,
          "Most nodes there may be.");
    f.add("pause_pods", &PoolLevers::pause_pods, list_of(whole(0, kMost), 1), as_is,
          "Pods that may keep room in advance, each as large as the pool's own or else as the "
          "largest "
          "pod that may come to it.");
    return f;
  }();
  return fields;
}

const Fields<ClusterLevers>& cluster_lever_fields() {
  static const Fields<ClusterLevers> fields = [] {
    Fields<ClusterLevers> f;
    f.add(
        "autoscalers", &ClusterLevers::autoscalers,
        list_of(
            choice<NodeAutoscaler>({
                {{"none", "pools stay at min"}, NodeAutoscaler::none},
                {{"karpenter", "Karpenter"}, NodeAutoscaler::karpenter},
                {{"cluster_autoscaler", "Cluster Autoscaler"}, NodeAutoscaler::cluster_autoscaler},
            }),
            1),
        optional("as the scenario has it"), "Who may add and remove nodes.");
    f.add("pools", &ClusterLevers::pools,
          map_of(object(pool_lever_fields(), "levers of a node pool"), "the name of a node pool"),
          optional("as the scenario has them"), "What its node pools may be.");
    return f;
  }();
  return fields;
}

const Fields<LeversText>& lever_fields() {
  static const Fields<LeversText> fields = [] {
    const std::string keys = "\"*\", team:NAME or the name of a workload";
    Fields<LeversText> f;
    f.add("training", &LeversText::training,
          map_of(object(training_lever_fields(), "levers of training classes"), keys),
          optional("derived"), "What may be chosen for training classes.");
    f.add("services", &LeversText::services,
          map_of(object(service_lever_fields(), "levers of services"), keys), optional("derived"),
          "What may be chosen for services.");
    f.add("clusters", &LeversText::clusters,
          map_of(object(cluster_lever_fields(), "levers of a cluster"), "the name of a cluster"),
          optional("derived"),
          "What clusters may be as a whole: each as it is written, and in every combination of "
          "these.");
    f.add("savings_plans", &LeversText::savings_plans, list_of(savings_plan_term(), 1),
          optional("none: to commit for years is a business decision, and advised only"),
          "Terms of SageMaker and Compute Savings Plans that may be bought: each placement is judged "
          "with those that are best for it.");
    return f;
  }();
  return fields;
}

const Fields<PlanLimits>& limit_fields() {
  static const Fields<PlanLimits> fields = [] {
    const Absent none = optional("no limit");
    Fields<PlanLimits> f;
    f.add("cost", &PlanLimits::cost_usd_per_month, dollars_per("month"), none,
          "Dollars a month, people's hours included.");
    f.add("start_within_share", &PlanLimits::start_within_share, share(),
          optional("95 % of each class with start_within"),
          "Share of a class's start goals that must be met, at least.");
    f.add("deadline_missed_share", &PlanLimits::deadline_missed_share, share(),
          optional("5 % of each class with done_within"),
          "Share of a class's deadlines that may be missed, at most.");
    f.add("slo_share", &PlanLimits::slo_share, share(), optional("each service's own target"),
          "Share of a service's requests that must be good, at least.");
    f.add("interruptions_per_job", &PlanLimits::interruptions_per_job, number(0, 1e6), none,
          "Interruptions (spot reclaims, preemption, nodes given back) a job of any class may meet on average, "
          "at most. Formulas know of reclaims only.");
    f.add("unserved_share", &PlanLimits::unserved_share, share(),
          optional("1%: what a window that ends at a busy moment may show"),
          "By how much a class's backlog may grow over the window, of the jobs submitted.");
    f.add("failed_share", &PlanLimits::failed_share, share(),
          optional("1%: a job that is given up is no answer"),
          "Share of a class's jobs that may use up their attempts, at most.");
    f.add("portable_share", &PlanLimits::portable_share, share(), none,
          "Share of the spend that could move to another platform within the stated effort, at "
          "least.");
    f.add("people_hours_per_month", &PlanLimits::people_hours_per_month, number(0, 1e6), none,
          "People's hours a month, at most.");
    return f;
  }();
  return fields;
}

const Fields<UncertainInput>& uncertain_fields() {
  static const Fields<UncertainInput> fields = [] {
    Fields<UncertainInput> f;
    f.add("low", &UncertainInput::low, number(0.01, 100), required(),
          "A low factor on what the scenario says.");
    f.add("likely", &UncertainInput::likely, number(0.01, 100),
          otherwise("1", "what the scenario says"), "The likeliest factor.");
    f.add("high", &UncertainInput::high, number(0.01, 100), required(), "A high factor.");
    f.add("confidence", &UncertainInput::confidence, share(0.5, 0.999),
          otherwise("90%", "how sure people are who say low and high"),
          "How sure it is that the truth lies between low and high.");
    return f;
  }();
  return fields;
}

struct PlanText {
  PlanRequest request;
  LeversText levers;
};

Fields<PlanText> make_plan_fields() {
  Fields<PlanText> f;
  const auto add = [&f]<class M>(const char* name, M PlanRequest::*member, const Type<M>& type,
                                 Absent absent, const char* doc) {
    f.custom(name, type.shape, std::move(absent), doc,
             [member, type](Reading& in, const Node& node, PlanText& target) {
               return type.read(in, node, target.request.*member);
             });
  };
  add("objective", &PlanRequest::objective,
      choice<Objective>({
          {{"cost", "dollars a month, people's hours included"}, Objective::cost},
          {{"marginal_cost", "the bill without people and standing parts"},
           Objective::marginal_cost},
          {{"start_latency", "p95 of start latency, over all jobs"}, Objective::start_latency},
          {{"serving_p99", "p99 of serving latency, over all requests"}, Objective::serving_p99},
      }),
      otherwise("cost", "limits say what must hold; among those, money"), "What is best.");
  f.custom("confidence", share(0.5, 0.999).shape, optional("95 %, or --confidence"),
           "How sure the choice and its limits must be.",
           [](Reading& in, const Node& node, PlanText& target) {
             double value = 0;
             if (!share(0.5, 0.999).read(in, node, value)) return false;
             target.request.confidence = value;
             return true;
           });
  add("indifference", &PlanRequest::indifference, share(1e-6, 0.5),
      otherwise("1%", "no price list is known better"),
      "Share of the best within which another is as good.");
  f.custom("limits", object_shape(limit_fields().texts(), "limits"),
           optional("derived from the workloads' goals"), "What must hold.",
           [](Reading& in, const Node& node, PlanText& target) {
             return limit_fields().read(in, node, target.request.limits);
           });
  f.custom("levers", object_shape(lever_fields().texts(), "levers"), optional("all are derived"),
           "What may be chosen.", [](Reading& in, const Node& node, PlanText& target) {
             return lever_fields().read(in, node, target.levers);
           });
  Fields<PlanRequest> inputs;
  for (int i = 0; i < kWorldInputs; ++i) {
    const auto input = static_cast<WorldInput>(i);
    inputs.custom(std::string(name_of(input)), object_shape(uncertain_fields().texts(), "a range"),
                  optional("known"), "Low, likely and high factor.",
                  [input](Reading& in, const Node& node, PlanRequest& target) {
                    UncertainInput one{.input = input};
                    if (!uncertain_fields().read(in, node, one)) return false;
                    if (one.low > one.likely || one.likely > one.high) {
                      in.fail(node,
                              fmt::format("expected low <= likely <= high, got {:g}, {:g}, {:g}",
                                          one.low, one.likely, one.high));
                      return false;
                    }
                    target.uncertain.push_back(one);
                    return true;
                  });
  }
  f.custom("uncertain", object_shape(inputs.texts(), "uncertain inputs"),
           optional("the world is as it is written"), "Inputs that are not known for sure.",
           [inputs](Reading& in, const Node& node, PlanText& target) {
             return inputs.read(in, node, target.request);
           });
  add("worlds", &PlanRequest::worlds, whole(2, 1000),
      otherwise("20", "1 in 20 worlds is the worst 5 %"), "Worlds sampled from uncertain inputs.");
  add("under_provisioning", &PlanRequest::under_provisioning, number(0, 1000),
      otherwise("3", "assumed: lack of capacity hurts users, excess only the bill"),
      "How many times a share of lacking capacity weighs against the same share of cost.");
  add("commitments", &PlanRequest::held, commitments(), optional("none is held"),
      "Savings Plans that run on, whatever is chosen.");
  add("hours_per_move", &PlanRequest::hours_per_move, number(0, 1e6),
      otherwise("40", "assumed: a week to move one workload to another platform"),
      "People's hours to move one workload.");
  add("most_hours_to_move", &PlanRequest::most_hours_to_move, number(0, 1e9),
      otherwise("400", "assumed: what a team of four can spend within a month"),
      "Effort within which spend counts as portable.");
  return f;
}

const Fields<PlanText>& plan_fields() {
  static const Fields<PlanText> fields = make_plan_fields();
  return fields;
}

}  // namespace

ShapeRef plan_shape() { return object_shape(plan_fields().texts(), "what a plan is asked"); }

bool read_plan(Reading& in, const Node& node, const Scenario& scenario, PlanRequest& target) {
  PlanText text;
  const bool good = plan_fields().read(in, node, text);
  if (node.is_mapping()) {
    check_levers(in, node, scenario, text.levers);
    check_reach(in, node, scenario, text.request);
  }
  for (auto& [key, levers] : text.levers.training) text.request.training.push_back({key, levers});
  for (auto& [key, levers] : text.levers.services) text.request.services.push_back({key, levers});
  text.request.clusters = std::move(text.levers.clusters);
  text.request.savings_plans = std::move(text.levers.savings_plans);
  target = std::move(text.request);
  return good;
}

}  // namespace berth
