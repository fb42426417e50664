#include "scenarios/plan_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/plan_request.h"
#include "scenarios/placement_fields.h"

namespace berth {
namespace {

template <class T>
std::vector<std::string> distinct_teams(const std::vector<T>& list) {
  std::vector<std::string> teams;
  for (const T& one : list)
    if (!one.team.empty() && std::ranges::find(teams, one.team) == teams.end())
      teams.push_back(one.team);
  return teams;
}

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

struct LeversText {
  Named<TrainingLevers> training;
  Named<ServiceLevers> services;
  Named<ClusterLevers> clusters;
};

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

// ---- Names --------------------------------------------------------------------------------------

class NameCheck {
 public:
  NameCheck(Reading& in, const Scenario& scenario, const Node& plan)
      : in_(in), scenario_(scenario), levers_(plan.find("levers")) {
    for (const Platform& platform : scenario.platforms) {
      platforms_.push_back(name_of(platform));
      (std::holds_alternative<Cluster>(platform) ? clusters_ : sagemakers_)
          .push_back(name_of(platform));
      if (const auto* cluster = std::get_if<Cluster>(&platform))
        for (const NodePool& pool : cluster->pools) pools_.push_back(pool.name);
    }
  }

  template <class Levers, class Workload>
  void check(const char* kind, const Named<Levers>& rules, const std::vector<Workload>& workloads) {
    if (levers_ == nullptr) return;
    const Node* map = levers_->find(kind);
    std::vector<std::string> names;
    names.reserve(workloads.size());
    for (const Workload& one : workloads) names.push_back(one.name);
    const std::vector<std::string> teams = distinct_teams(workloads);
    for (const auto& [key, levers] : rules) {
      const Entry& entry = *map->find_entry(key);
      const std::string path = fmt::format("/plan/levers/{}/{}", kind, pointer_token(key));
      const bool team = key.starts_with("team:");
      const std::string name = team ? key.substr(5) : key;
      const std::vector<std::string>& known = team ? teams : names;
      if (workloads.empty())
        in_.fail_path(entry.at, path, fmt::format("the scenario has no {} to choose for", kind),
                      "leave it out");
      else if (key != "*" && std::ranges::find(known, name) == known.end())
        in_.fail_path(entry.at, path,
                      fmt::format("a lever for {}, which names nothing", in_quotes(key)),
                      nearest_hint(name, known));
      check_list(entry, path, "platforms", levers.platforms, platforms_, "platform");
      check_list(entry, path, "pools", levers.pools, pools_, "node pool");
      check_effect(entry, path, levers);
      if constexpr (requires { levers.minima; })
        check_bounds(entry, path, key, levers, rules);
      if constexpr (requires { levers.checkpoint_intervals; })
        if (!levers.checkpoint_intervals.empty() &&
            std::ranges::none_of(workloads, [&](const Workload& one) {
              return one.checkpoint && is_for(key, one);
            }))
          warn(entry, path, "checkpoint_intervals", "nothing it is for writes checkpoints");
    }
  }

  void check_clusters(const Named<ClusterLevers>& rules, const Scenario& scenario) {
    if (levers_ == nullptr) return;
    for (const auto& [name, levers] : rules) {
      const Entry& entry = *levers_->find("clusters")->find_entry(name);
      const std::string path = "/plan/levers/clusters/" + pointer_token(name);
      const auto at = std::ranges::find_if(scenario.platforms, [&](const Platform& platform) {
        return std::holds_alternative<Cluster>(platform) && name_of(platform) == name;
      });
      if (at == scenario.platforms.end()) {
        std::vector<std::string> known;
        for (const Platform& platform : scenario.platforms)
          if (std::holds_alternative<Cluster>(platform)) known.push_back(name_of(platform));
        in_.fail_path(entry.at, path, fmt::format("no cluster named {}", in_quotes(name)),
                      nearest_hint(name, known));
        continue;
      }
      check_pools(entry, path, levers, std::get<Cluster>(*at), scenario);
      if (const std::size_t count = combinations(levers); count >= kMostVariants)
        in_.fail_path(entry.at, path,
                      fmt::format("{} combinations of levers, at most {} shapes of a cluster are "
                                  "compared, its own among them",
                                  count, kMostVariants),
                      "vary fewer at once");
    }
  }

 private:
  void check_pools(const Entry& entry, const std::string& path, const ClusterLevers& levers,
                   const Cluster& cluster, const Scenario& scenario) {
    std::vector<std::string> known;
    known.reserve(cluster.pools.size());
    for (const NodePool& pool : cluster.pools) known.push_back(pool.name);
    for (const auto& [name, pool] : levers.pools) {
      const Entry* where = entry.value.find("pools")->find_entry(name);
      const Position at = where != nullptr ? where->at : entry.at;
      const std::string inner = fmt::format("{}/pools/{}", path, pointer_token(name));
      const auto own = std::ranges::find(cluster.pools, name, &NodePool::name);
      if (own == cluster.pools.end()) {
        in_.fail_path(at, inner, fmt::format("no node pool named {}", in_quotes(name)),
                      nearest_hint(name, known));
        continue;
      }
      for (const std::string& type : pool.instance_types)
        if (!type.empty() && !scenario.catalogue.index_of(type))  // empty: refused where it was read
          in_.fail_path(at, inner + "/instance_types",
                        fmt::format("the catalogue has no type {}", in_quotes(type)), "");
      const auto most = [](const std::vector<int>& list, int otherwise) {
        return list.empty() ? otherwise : *std::ranges::max_element(list);
      };
      const auto least = [](const std::vector<int>& list, int otherwise) {
        return list.empty() ? otherwise : *std::ranges::min_element(list);
      };
      if (least(pool.min_nodes, own->min_nodes) > most(pool.max_nodes, own->max_nodes))
        in_.fail_path(at, inner,
                      fmt::format("{} nodes at least and {} at most leave no shape of the pool",
                                  least(pool.min_nodes, own->min_nodes),
                                  most(pool.max_nodes, own->max_nodes)),
                      "");
    }
  }

  template <class Workload>
  static bool is_for(const std::string& key, const Workload& one) {
    return key == "*" || key == one.name || (!one.team.empty() && key == "team:" + one.team);
  }

  // What is chosen on one kind of platform does nothing where only the other may be.
  template <class Levers>
  void check_effect(const Entry& entry, const std::string& path, const Levers& levers) {
    if (levers.platforms.empty()) return;
    const auto has = [&](const std::vector<std::string>& kind) {
      return std::ranges::any_of(levers.platforms, [&](const std::string& name) {
        return std::ranges::find(kind, name) != kind.end();
      });
    };
    if (!levers.pools.empty() && !has(clusters_))
      warn(entry, path, "pools", "none of its platforms is a cluster");
    if (has(sagemakers_)) return;
    const char* why = "none of its platforms is SageMaker";
    if (!levers.instance_types.empty()) warn(entry, path, "instance_types", why);
    if constexpr (requires { levers.keep_alives; })
      if (!levers.keep_alives.empty()) warn(entry, path, "keep_alives", why);
    if constexpr (requires { levers.endpoints; })
      if (!levers.endpoints.empty()) warn(entry, path, "endpoints", why);
  }

  // A least number above every most one leaves nothing to choose. Bounds may come of several rules, so
  // only what none of them allows is refused.
  void check_bounds(const Entry& entry, const std::string& path, const std::string& key,
                    const ServiceLevers& levers, const Named<ServiceLevers>& rules) {
    std::vector<int> least, most;
    for (std::size_t i = 0; i < scenario_.services.size(); ++i)
      if (is_for(key, scenario_.services[i])) add_bounds(i, rules, least, most);
    if (least.empty() || most.empty()) return;
    const int bottom = std::ranges::min(least), top = std::ranges::max(most);
    const auto refuse = [&](const char* field, const std::string& why, const char* hint) {
      in_.fail_path(entry.value.find(field)->at, fmt::format("{}/{}", path, field), why, hint);
    };
    for (const int one : levers.minima)
      if (one > top)
        return refuse("minima",
                      fmt::format("at least {} replicas, where there may be at most {}", one, top),
                      "name as many in maxima, or fewer here");
    for (const int one : levers.maxima)
      if (one < bottom)
        return refuse("maxima",
                      fmt::format("at most {} replicas, where at least {} are kept", one, bottom),
                      "name as few in minima, or more here");
  }

  void add_bounds(std::size_t i, const Named<ServiceLevers>& rules, std::vector<int>& least,
                  std::vector<int>& most) const {
    const auto add = [&](std::vector<int>& list, std::vector<int> ServiceLevers::* stated,
                         int ReplicaPolicy::* placed) {
      const std::size_t before = list.size();
      for (const auto& [key, levers] : rules)
        if (is_for(key, scenario_.services[i]))
          std::ranges::copy(levers.*stated, std::back_inserter(list));
      if (list.size() > before) return;
      for (const Placement& placement : scenario_.placements)
        if (const ServiceHome& home = placement.services[i]; home.runs_replicas())
          list.push_back(home.replicas.*placed);
    };
    add(least, &ServiceLevers::minima, &ReplicaPolicy::min);
    add(most, &ServiceLevers::maxima, &ReplicaPolicy::max);
  }

  void warn(const Entry& entry, const std::string& path, const char* field, const char* why) {
    const Node* list = entry.value.find(field);
    in_.warn_path(list != nullptr ? list->at : entry.at, fmt::format("{}/{}", path, field),
                  fmt::format("this lever does nothing: {}", why), "leave it out");
  }

  void check_list(const Entry& entry, const std::string& path, const char* field,
                  const std::vector<std::string>& said, const std::vector<std::string>& known,
                  const char* what) {
    const Node* list = entry.value.find(field);
    for (std::size_t i = 0; i < said.size(); ++i)
      if (std::ranges::find(known, said[i]) == known.end())
        in_.fail_path(list != nullptr && i < list->items.size() ? list->items[i].at : entry.at,
                      fmt::format("{}/{}/{}", path, field, i),
                      fmt::format("no {} named {}", what, in_quotes(said[i])),
                      nearest_hint(said[i], known));
  }

  Reading& in_;
  const Scenario& scenario_;
  const Node* levers_;
  std::vector<std::string> platforms_, clusters_, sagemakers_, pools_;
};

// An uncertain input that nothing depends on would make every world the same, and look like a finding.
// Spot machines are for who has read the placements, too.
void check_reach(Reading& in, const Node& plan, const Scenario& scenario,
                 const PlanRequest& request) {
  for (const UncertainInput& one : request.uncertain) {
    if (one.input == WorldInput::spot_price || one.input == WorldInput::spot_reclaims) continue;
    const std::string why = unreached(scenario, request, one.input);
    if (why.empty()) continue;
    const std::string name(name_of(one.input));
    in.fail_path(plan.find("uncertain")->find_entry(name)->at, "/plan/uncertain/" + name,
                 "this input reaches nothing: " + why, "leave it out");
  }
}

}  // namespace

ShapeRef plan_shape() { return object_shape(plan_fields().texts(), "what a plan is asked"); }

bool read_plan(Reading& in, const Node& node, const Scenario& scenario, PlanRequest& target) {
  PlanText text;
  const bool good = plan_fields().read(in, node, text);
  if (node.is_mapping()) {
    NameCheck names(in, scenario, node);
    names.check("training", text.levers.training, scenario.training);
    names.check("services", text.levers.services, scenario.services);
    names.check_clusters(text.levers.clusters, scenario);
    check_reach(in, node, scenario, text.request);
  }
  for (auto& [key, levers] : text.levers.training) text.request.training.push_back({key, levers});
  for (auto& [key, levers] : text.levers.services) text.request.services.push_back({key, levers});
  text.request.clusters = std::move(text.levers.clusters);
  target = std::move(text.request);
  return good;
}

}  // namespace berth
