#include "scenarios/resolve_placements.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/needed_prices.h"
#include "scenarios/home_rules.h"

namespace berth {
namespace {

class Resolver {
 public:
  Resolver(Reading& in, const Scenario& scenario, const Named<PlacementText>& texts,
           const Node& node)
      : in_(in), scenario_(scenario), texts_(texts), node_(node), rules_(in, scenario) {
    training_names_.reserve(scenario.training.size());
    service_names_.reserve(scenario.services.size());
    placement_names_.reserve(texts.size());
    for (const TrainingClass& one : scenario.training) training_names_.push_back(one.name);
    for (const Service& one : scenario.services) service_names_.push_back(one.name);
    for (const auto& [name, text] : texts) placement_names_.push_back(name);
  }

  std::vector<Placement> resolve() {
    std::vector<Placement> placements;
    for (std::size_t i = 0; i < texts_.size(); ++i) placements.push_back(resolve_one(i));
    check_other_prices(placements);
    return placements;
  }

 private:
  // Homes say which prices are needed, so they must be right first. A price is told once, with the
  // first placement that needs it.
  void check_other_prices(const std::vector<Placement>& placements) {
    for (const char* part : {"/platforms", "/training", "/services", "/placements"})
      if (!in_.clean(part)) return;
    std::set<SimplePrice> told;
    for (std::size_t i = 0; i < placements.size(); ++i)
      for (const SimplePrice price : needed_prices(scenario_, placements[i]))
        if (!scenario_.catalogue.price(price) && told.insert(price).second)
          in_.fail_path(
              entry_of(i).at, path_of(i),
              fmt::format("no price is known for {}, which this placement pays", name_of(price)),
              "set " + other_price(price));
  }

  std::string path_of(std::size_t i) const {
    return "/placements/" + pointer_token(texts_[i].first);
  }
  const Entry& entry_of(std::size_t i) const { return *node_.find_entry(texts_[i].first); }

  Placement resolve_one(std::size_t i) {
    const PlacementText& text = texts_[i].second;
    Placement placement{
        .name = texts_[i].first, .description = text.description, .commitments = text.commitments};
    check_keys(i, "training", text.training, training_names_, teams(scenario_.training));
    check_keys(i, "services", text.services, service_names_, teams(scenario_.services));
    const std::vector<std::size_t> chain = chain_of(i);
    const auto unclean = [&](std::size_t at) { return !in_.clean(path_of(at)); };
    if (chain.empty() || std::ranges::any_of(chain, unclean)) return placement;
    std::vector<std::string> homeless;
    for (const TrainingClass& one : scenario_.training) {
      const auto rule = rule_for<TrainingRule>(chain, &PlacementText::training, one);
      if (!rule.platform) homeless.push_back(one.name);
      placement.training.push_back(rule.platform ? training_home(rules_, one, rule)
                                                 : TrainingHome{});
    }
    tell_homeless(i, "training", homeless);
    homeless.clear();
    for (const Service& one : scenario_.services) {
      const auto rule = rule_for<ServiceRule>(chain, &PlacementText::services, one);
      if (!rule.platform) homeless.push_back(one.name);
      placement.services.push_back(rule.platform ? service_home(rules_, one, rule) : ServiceHome{});
    }
    tell_homeless(i, "services", homeless);
    return placement;
  }

  template <class Workload>
  static std::vector<std::string> teams(const std::vector<Workload>& workloads) {
    std::vector<std::string> names;
    for (const Workload& one : workloads)
      if (!one.team.empty() && std::ranges::find(names, one.team) == names.end())
        names.push_back(one.team);
    return names;
  }

  template <class Rule>
  void check_keys(std::size_t i, std::string_view kind, const Named<Rule>& rules,
                  const std::vector<std::string>& names,
                  const std::vector<std::string>& team_names) {
    for (const auto& [key, rule] : rules) {
      const bool by_team = key.starts_with("team:");
      const std::string name = by_team ? key.substr(5) : key;
      const std::vector<std::string>& known = by_team ? team_names : names;
      if (key == "*" || std::ranges::find(known, name) != known.end()) continue;
      const Node& map = *entry_of(i).value.find(kind);
      const std::string what = by_team ? "team" : kind == "training" ? "training class" : "service";
      in_.fail_path(
          map.find_entry(key)->at, fmt::format("{}/{}/{}", path_of(i), kind, pointer_token(key)),
          fmt::format("no {} named {}", what, in_quotes(name)), nearest_hint(name, known));
    }
  }

  // The placement and those it extends, the most basic first; empty after an issue.
  std::vector<std::size_t> chain_of(std::size_t i) {
    std::vector<std::size_t> chain{i};
    while (texts_[chain.back()].second.extends) {
      const std::size_t at = chain.back();
      const std::string& base = *texts_[at].second.extends;
      const Position where = entry_of(at).value.find("extends")->at;
      const auto found = std::ranges::find(placement_names_, base);
      if (found == placement_names_.end()) {
        if (at == i)
          in_.fail_path(where, path_of(i) + "/extends", "no placement named " + in_quotes(base),
                        nearest_hint(base, placement_names_));
        return {};
      }
      const auto next = static_cast<std::size_t>(found - placement_names_.begin());
      if (std::ranges::find(chain, next) != chain.end()) {
        if (next == i) tell_cycle(chain, where);
        return {};
      }
      chain.push_back(next);
    }
    std::ranges::reverse(chain);
    return chain;
  }

  void tell_cycle(const std::vector<std::size_t>& chain, const Position& where) {
    std::string names;
    for (const std::size_t at : chain) names += texts_[at].first + " -> ";
    in_.fail_path(
        where, path_of(chain.front()) + "/extends",
        "placements extend each other in a circle: " + names + texts_[chain.front()].first);
  }

  template <class Rule, class Workload>
  static void apply_named(Rule& rule, const Named<Rule>& rules, const Workload& workload) {
    for (const std::string& key : {std::string("*"), "team:" + workload.team, workload.name})
      for (const auto& [name, one] : rules)
        if (name == key && (key != "team:")) apply_rule(rule, one);
  }

  template <class Rule, class Workload>
  Rule rule_for(const std::vector<std::size_t>& chain, Named<Rule> PlacementText::*rules,
                const Workload& workload) const {
    Rule rule;
    for (const std::size_t at : chain) apply_named(rule, texts_[at].second.*rules, workload);
    return rule;
  }

  void tell_homeless(std::size_t i, const std::string& kind,
                     const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string list = in_quotes(names.front());
    if (names.size() > 1) list += fmt::format(" and {} more", names.size() - 1);
    in_.fail_path(
        entry_of(i).at, path_of(i),
        fmt::format("no rule under {} says the platform of {}", kind, list),
        fmt::format("a rule \"*\" holds for all: {}: {{\"*\": {{platform: ...}}}}", kind));
  }

  // ---- Training ---------------------------------------------------------------------------------

  // ---- Services ---------------------------------------------------------------------------------

  // ---- Endpoints --------------------------------------------------------------------------------

  // ---- Both -------------------------------------------------------------------------------------

  Reading& in_;
  const Scenario& scenario_;
  const Named<PlacementText>& texts_;
  const Node& node_;
  HomeRules rules_;
  std::vector<std::string> training_names_, service_names_, placement_names_;
};

}  // namespace

std::vector<Placement> resolve_placements(Reading& in, const Scenario& scenario,
                                          const Named<PlacementText>& texts,
                                          const Node& placements_node) {
  return Resolver(in, scenario, texts, placements_node).resolve();
}

}  // namespace berth
