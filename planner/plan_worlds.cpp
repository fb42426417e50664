#include <fmt/format.h>

#include "planner/planner.h"
#include "planner/world_risk.h"

namespace berth {

// A stop ends the worlds, too: those that were judged by then count, in order, and the plan says how many.
void Planner::look_at_worlds(const std::vector<std::size_t>& order) {
  std::vector<Contender> contenders;
  for (const std::size_t e : order)
    if (entries_[e].choice && entries_[e].candidate.meets_limits)
      contenders.push_back({entries_[e].candidate.name, *entries_[e].choice});
  if (rules_.worlds && !request_.uncertain.empty()) {
    say(fmt::format("{} other worlds", request_.worlds));
    const WorldStudy study = study_worlds(scenario_, request_, analysis_.options, contenders,
                                          limits_, plan_.correction, memory_, rules_.workers, stop_);
    plan_.worlds = study.risks;
    plan_.world_count = study.worlds;
    plan_.worlds_asked = request_.worlds;
    plan_.under_provisioning = request_.under_provisioning;
    plan_.value_of_information_usd = study.value_of_information;
    plan_.hedge = study.hedge;
    for (const std::size_t e : order)
      if (plan_.hedge && entries_[e].candidate.name == plan_.hedge->candidate)
        plan_.hedge->usd = difference(entries_[order.front()].candidate.usd, entries_[e].candidate.usd);
  }
  const bool is_money =
      request_.objective == Objective::cost || request_.objective == Objective::marginal_cost;
  if (!is_money && !plan_.worlds.empty()) {
    plan_.hedge.reset();
    plan_.notes.push_back(fmt::format(
        "other worlds are judged by dollars: the recommendation is the best in {}, and no regret is meant to say otherwise",
        plan_.objective));
  }
  if (rules_.sensitivity)
    plan_.sensitivity = rank_inputs(scenario_, request_, analysis_.options,
                                    contenders.front().choice, plan_.correction, memory_,
                                    rules_.interrupted);
}

}  // namespace berth
