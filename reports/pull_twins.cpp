#include "reports/pull_twins.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace berth {
namespace {

using Json = nlohmann::json;

struct Work {
  std::string name, pull, otherwise;  // of its home: the pull, and what else may differ
};
struct Homes {
  std::string machines;  // alike in twins
  std::vector<Work> work;
};

std::string text_of(const Json& value) { return value.is_null() ? "" : value.get<std::string>(); }

Homes homes_of(const Json& placement) {
  Homes homes;
  Json machines = Json::array();
  for (const char* kind : {"training", "services"})
    for (const Json& workload : placement.at(kind)) {
      const Json& home = workload.at("home");
      machines.push_back({kind, workload.at("name"), home.at("platform"), home.at("pool"),
                          home.at("instance_type"), home.at("endpoint")});
      std::string otherwise = text_of(home.at("offering")) + home.at("keep_alive_s").dump();
      homes.work.push_back({workload.at("name"), text_of(home.at("pull")), std::move(otherwise)});
    }
  homes.machines = machines.dump();
  return homes;
}

// "eta, route-time, match-score and 25 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kShown) return text + fmt::format(" and {} more", names.size() - kShown);
    const bool last = i + 1 == names.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
  }
  return text;
}

std::string words_of(const Homes& a, const Homes& b, const std::string& name_a,
                     const std::string& name_b) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> pulls;
  std::vector<std::string> others;
  bool soci = false;
  for (std::size_t i = 0; i < a.work.size(); ++i) {
    const Work &x = a.work[i], &y = b.work[i];
    if (x.pull != y.pull) pulls[{y.pull, x.pull}].push_back(x.name);
    if (x.otherwise != y.otherwise) others.push_back(x.name);
    soci = soci || (x.pull != y.pull && (x.pull.starts_with("soci") || y.pull.starts_with("soci")));
  }
  std::string text = fmt::format("{}: {} has the machines of {} and pulls otherwise: ",
                                 soci ? "SOCI on and off" : "Two ways to pull", name_b, name_a);
  const char* between = "";
  for (const auto& [modes, names] : pulls) {
    text += fmt::format("{}{} instead of {} for {}", between, modes.first, modes.second,
                        some_of(names));
    between = "; ";
  }
  if (!others.empty())
    text += fmt::format(". Offering or keep-alive differ too for {}", some_of(others));
  return text + ".";
}

std::optional<std::size_t> twin_of(const std::vector<Homes>& homes,
                                   const std::vector<std::size_t>& alike, std::size_t self) {
  std::optional<std::size_t> best;
  std::pair<std::size_t, std::size_t> least;  // other differences, workloads pulled alike
  for (const std::size_t i : alike) {
    std::size_t others = 0, same_pull = 0;
    for (std::size_t w = 0; w < homes[i].work.size(); ++w) {
      others += homes[i].work[w].otherwise != homes[self].work[w].otherwise ? 1 : 0;
      same_pull += homes[i].work[w].pull == homes[self].work[w].pull ? 1 : 0;
    }
    if (same_pull == homes[i].work.size()) continue;  // the placement itself among them
    const std::pair distance{others, same_pull};
    if (best && distance >= least) continue;
    best = i;
    least = distance;
  }
  return best;
}

}  // namespace

std::vector<PullTwin> pull_twins(const Json& placements, const std::vector<std::string>& names) {
  std::vector<Homes> homes;
  std::map<std::string, std::vector<std::size_t>> on_machines;
  for (const Json& placement : placements) {
    homes.push_back(homes_of(placement));
    on_machines[homes.back().machines].push_back(homes.size() - 1);
  }
  std::vector<PullTwin> twins;
  for (std::size_t i = 0; i < homes.size(); ++i) {
    const auto twin = twin_of(homes, on_machines.at(homes[i].machines), i);
    twins.push_back(
        {twin, twin ? words_of(homes[i], homes[*twin], names[i], names[*twin])
                    : fmt::format("SOCI on and off: none of the placements has the machines of {} "
                                  "and pulls otherwise.",
                                  names[i])});
  }
  return twins;
}

}  // namespace berth
