#include "planner/flip_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace berth {
namespace {

std::set<std::string> without(const std::set<std::string>& all, const std::set<std::string>& those) {
  std::set<std::string> rest;
  std::ranges::set_difference(all, those, std::inserter(rest, rest.end()));
  return rest;
}

std::string words(const FlipLook& look, int replications) {
  std::string text = fmt::format("{} replications", replications);
  if (!look.newly_broken.empty())
    text += fmt::format(", breaks limits of {}", fmt::join(look.newly_broken, ", "));
  for (std::size_t c = 0; c < look.challengers.size(); ++c) {
    const auto& gap = look.challengers[c].difference;
    text += gap ? fmt::format("; {:+.4g} $", gap->mean) : "; no pair came back";
    if (gap && gap->interval) text += fmt::format(" ±{:.3g}", gap->interval->half_width());
    if (const auto broken = look.breaks(c); !broken.empty())
      text += fmt::format(", breaks limits of {}", fmt::join(broken, ", "));
  }
  return text;
}

}  // namespace

std::set<std::string> FlipLook::breaks(std::size_t challenger) const {
  return without(challengers[challenger].broken, excused);
}

bool FlipLook::unclear(std::size_t challenger) const {
  const auto& gap = challengers[challenger].difference;
  return gap && gap->mean < -tolerated && gap->interval && gap->interval->high >= 0;
}

bool FlipLook::turned(std::size_t challenger) const {
  if (!keeps(challenger)) return false;
  const auto& gap = challengers[challenger].difference;
  return gap && (!newly_broken.empty() || (gap->mean < -tolerated && !unclear(challenger)));
}

bool FlipLook::tied(std::size_t challenger) const {
  const auto& gap = challengers[challenger].difference;
  return keeps(challenger) && gap && std::abs(gap->mean) <= tolerated;
}

// Replications [from, to) of all; false: interrupted.
bool FlipSimulator::add(const Scenario& there, std::vector<Seen>& seen, int from, int to) const {
  std::vector<Placement> placements;
  placements.reserve(seen.size());
  for (const Seen& one : seen) placements.push_back(one.placement);
  const Simulated simulated = simulate_(there, placements, from, to);
  if (simulated.interrupted) return false;
  for (std::size_t p = 0; p < seen.size(); ++p) {
    for (const auto& outcome : simulated.outcomes[p]) {
      auto& one = seen[p].measures.emplace_back();
      if (outcome) one = measure(there, placements[p], *outcome);
    }
    seen[p].missed.clear();
    for (LimitCheck& check : check_limits(there, limits_, {}, seen[p].measures, {})) {
      if (check.workload.empty() || !check.found) continue;
      const double mean = check.found->mean;
      if (check.at_least ? mean < check.allowed : mean > check.allowed)
        seen[p].missed.push_back(std::move(check));
    }
  }
  return true;
}

FlipLook FlipSimulator::judged(const std::vector<Seen>& seen) const {
  FlipLook look;
  for (std::size_t p = 0; p < seen.size(); ++p) {
    FlipSide side;
    for (const auto& one : seen[p].measures)
      side.usd.values.push_back(one ? std::optional(one->usd) : std::nullopt);
    for (const LimitCheck& check : seen[p].missed) side.broken.insert(check.workload);
    if (p == 0) {
      look.recommended = std::move(side);
      continue;
    }
    side.difference = difference(look.recommended.usd, side.usd);
    look.challengers.push_back(std::move(side));
  }
  look.tolerated = request_.indifference * mean_or_zero(look.recommended.usd);
  if (excused_) look.excused = *excused_;
  look.newly_broken = without(look.recommended.broken, look.excused);
  return look;
}

bool FlipSimulator::enough(const FlipLook& look, const std::vector<Seen>& seen) const {
  // Where the recommendation breaks a limit dollars decide nothing.
  for (std::size_t c = 0; c < look.challengers.size() && look.newly_broken.empty(); ++c)
    if (look.keeps(c) && look.unclear(c)) return false;
  return std::ranges::all_of(seen, [&](const Seen& one) {
    return std::ranges::all_of(one.missed, [&](const LimitCheck& check) {
      return look.excused.contains(check.workload) || clearly_broken(check);
    });
  });
}

bool FlipSimulator::see_as_things_are() {
  std::vector<Seen> seen{{recommended_, {}, {}}};
  if (!add(scenario_, seen, 0, rules_.most)) return false;
  excused_.emplace();
  for (const LimitCheck& check : seen[0].missed) excused_->insert(check.workload);
  return true;
}

std::optional<FlipLook> FlipSimulator::look(WorldInput input, double factor,
                                            std::span<const Choice> challengers, int most) {
  PlanWorld world;
  world[input] = factor;
  const Scenario there = in_world(scenario_, world);
  std::vector<Seen> seen{{in_world(recommended_, world), {}, {}}};
  for (const Choice& choice : challengers)
    seen.push_back({in_world(placement_of(there, options_, choice, request_, "challenger"), world), {}, {}});
  for (int done = 0, next = std::min(rules_.replications, most);; next = std::min(2 * done, most)) {
    if (!add(there, seen, done, next)) return std::nullopt;
    done = next;
    const bool missed = std::ranges::any_of(seen, [](const Seen& one) { return !one.missed.empty(); });
    if (missed && !excused_ && !see_as_things_are()) return std::nullopt;
    FlipLook look = judged(seen);
    if (done < most && !enough(look, seen)) continue;
    if (rules_.say) rules_.say(fmt::format("flip: {} x{:.3g}: {}", name_of(input), factor, words(look, done)));
    return look;
  }
}

}  // namespace berth
