#include "scenarios/plan_levers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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
    const Node* map = levers_ == nullptr ? nullptr : levers_->find(kind);
    if (map == nullptr) return;  // then there are no rules
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
            std::ranges::none_of(workloads, [&whom = key](const Workload& one) {
              return one.checkpoint && is_for(whom, one);
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

}  // namespace

void check_levers(Reading& in, const Node& plan, const Scenario& scenario, const LeversText& levers) {
  NameCheck names(in, scenario, plan);
  names.check("training", levers.training, scenario.training);
  names.check("services", levers.services, scenario.services);
  names.check_clusters(levers.clusters, scenario);
}

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

}  // namespace berth
