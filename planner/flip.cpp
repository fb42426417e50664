#include "planner/flip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/image.h"
#include "planner/correction.h"
#include "planner/flip_look.h"
#include "planner/flip_points.h"
#include "planner/homes.h"
#include "planner/world_risk.h"

namespace berth {
namespace {

// Platform and pool.
using Place = std::pair<PlatformId, std::optional<PoolId>>;
Place place_of(const Options& options, std::size_t w, std::size_t k) {
  const std::size_t classes = options.training.size();
  const auto of = [](const auto& home) { return Place{home.platform, home.pool}; };
  return w < classes ? of(options.training[w][k]) : of(options.services[w - classes][k]);
}

// The recommended home is an option even when no lever made it.
Choice include(Options& options, const Placement& placement) {
  if (auto known = choice_of(options, placement)) return *known;
  Choice choice;
  for (std::size_t i = 0; i < options.training.size(); ++i) {
    options.training[i].insert(options.training[i].begin(), placement.training[i]);
    choice.push_back(0);
  }
  for (std::size_t i = 0; i < options.services.size(); ++i) {
    options.services[i].insert(options.services[i].begin(), placement.services[i]);
    choice.push_back(0);
  }
  return choice;
}

// The recommendation and its nearest rivals, by formulas.
Narrowed rivals_of(const Scenario& scenario, const PlanRequest& request, const Options& options,
                   const Choice& choice, const Correction& correction, AnalysisMemory& memory) {
  const Analysis analysis = analyse(scenario, request, options, &memory);
  const PlacementProblem problem =
      corrected(scenario, analysis.options, analysis.problem, correction);
  std::vector<std::vector<std::size_t>> kept;
  for (std::size_t w = 0; w < choice.size(); ++w) {
    std::vector<std::pair<double, std::size_t>> moves;
    for (std::size_t k = 0; k < problem.workloads[w].size(); ++k) {
      if (k == choice[w]) continue;
      Choice moved = choice;
      moved[w] = k;
      moves.emplace_back(appraise(problem, moved).objective, k);
    }
    std::ranges::sort(moves);
    std::vector<std::size_t>& list = kept.emplace_back(1, choice[w]);
    std::set<Place> places{place_of(options, w, choice[w])};
    for (std::size_t i = 0; i < moves.size(); ++i)
      if (places.insert(place_of(options, w, moves[i].second)).second || i < 2)
        list.push_back(moves[i].second);
  }
  // As choices, so that narrowed() keeps exactly these.
  std::size_t most = 0;
  for (const auto& list : kept) most = std::max(most, list.size());
  std::vector<Choice> choices;
  for (std::size_t n = 0; n < most; ++n) {
    Choice& one = choices.emplace_back();
    for (const auto& list : kept) one.push_back(list[std::min(n, list.size() - 1)]);
  }
  return narrowed(options, choices);
}

// Of all options, the recommendation's first.
Narrowed nearest(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
                 const Correction& correction, AnalysisMemory& memory) {
  Options all = options_of(scenario, request);
  const Choice choice = include(all, recommended);
  return rivals_of(scenario, request, all, choice, correction, memory);
}

// A factor of the input, as the table shows its values.
std::string value_words(const Flip& flip, double factor) {
  return flip.unit.empty() ? fmt::format("x{:.3g}", factor)
                           : fmt::format("{:.3g} {}", factor * flip.now, flip.unit);
}

class Table {
 public:
  Table(const Scenario& scenario, const PlanRequest& request, const Placement& recommended,
        const Correction& correction, const SimulateRange& simulate, const FlipTableRules& rules)
      : scenario_(scenario),
        request_(request),
        correction_(correction),
        rules_(rules),
        few_(nearest(scenario, request, recommended, correction, memory_)),
        simulator_(scenario, request, recommended, few_.options, simulate, rules) {}

  FlipTable run() {
    FlipTable table;
    const auto points = flip_points(scenario_, request_, few_.options, home(), correction_, memory_,
                                    {.low = rules_.low, .high = rules_.high});
    for (const FlipPoint& point : points) {
      // A factor of nothing is nothing: a scenario without people has no price of their hours to turn.
      if (point.input == WorldInput::hour_price && scenario_.people.hour.rate == 0) continue;
      Flip flip{.input = std::string(name_of(point.input)),
                .indifference = request_.indifference,
                .how = "formulas"};
      if (!unreached(scenario_, request_, point.input).empty()) flip.how = "reaches nothing here";
      describe(point, flip);
      if (point.factor) {
        FlipPoint challenger = point;
        if (!confirm(challenger, flip)) return {std::move(table.flips), true};
      }
      if (!point.factor && !point.moves.empty()) {
        flip.near_tie = true;
        flip.how = fmt::format("near-tie: formulas, at most {:.2g} % cheaper, at {}",
                               100 * point.near_gain, value_words(flip, point.near_factor));
      }
      table.flips.push_back(std::move(flip));
    }
    return table;
  }

 private:
  const Choice& home() const { return few_.choices.front(); }
  const std::string& name_of_workload(std::size_t w) const {
    const std::size_t classes = scenario_.training.size();
    return w < classes ? scenario_.training[w].name : scenario_.services[w - classes].name;
  }

  // Who moves, and what the factor multiplies, in the unit people know it by.
  void describe(const FlipPoint& point, Flip& flip) const {
    flip.now = 1;
    flip.unit.clear(), flip.of.clear(), flip.moves.clear();
    const std::size_t classes = scenario_.training.size();
    for (const auto& [w, k] : point.moves)
      flip.moves.push_back({name_of_workload(w),
                            w < classes
                                ? in_words(scenario_, few_.options.training[w][k])
                                : in_words(scenario_, few_.options.services[w - classes][k])});
    // The weightiest mover's image or demand stands for all, which are scaled alike.
    if (!point.moves.empty()) {
      const std::size_t w = point.moves.front().first;
      const ImageId image =
          w < classes ? scenario_.training[w].image : scenario_.services[w - classes].image;
      if (point.input == WorldInput::image_size) {
        flip.now = double(total_compressed(scenario_.images[image.index()].layers).count) / 1e9;
        flip.unit = "GB";
        flip.of = scenario_.images[image.index()].name;
      }
      if (point.input == WorldInput::demand && w >= classes) {
        flip.now = scenario_.services[w - classes].demand.mean_rate();
        flip.unit = "requests/s";
        flip.of = scenario_.services[w - classes].name;
      }
    }
    if (point.input == WorldInput::hour_price) {
      flip.now = scenario_.people.hour.rate;
      flip.unit = "$/h";
    }
    if (point.factor) flip.at = *point.factor * flip.now;
    flip.searched_low = rules_.low * flip.now;
    flip.searched_high = rules_.high * flip.now;
  }

  // nullopt: interrupted.
  std::optional<FlipLook> look(const FlipPoint& point, double factor) {
    return simulator_.look(point.input, factor, std::span(&point.better, 1), rules_.most);
  }

  // Moves of workloads whose limits break there are taken back, and those to where somebody else's then break;
  // false: there are none.
  bool without(const std::set<std::string>& broken, FlipPoint& point, std::set<std::string>& stayed) const {
    const std::size_t before = point.moves.size();
    std::set<Place> crowded;
    for (std::size_t w = 0; w < home().size(); ++w)
      if (point.better[w] == home()[w] && broken.contains(name_of_workload(w)))
        crowded.insert(place_of(few_.options, w, home()[w]));
    std::erase_if(point.moves, [&](const auto& move) {
      const std::string& name = name_of_workload(move.first);
      if (!broken.contains(name) && !crowded.contains(place_of(few_.options, move.first, move.second)))
        return false;
      point.better[move.first] = home()[move.first];
      stayed.insert(name);
      return true;
    });
    return point.moves.size() < before && !point.moves.empty();
  }

  // Everybody who moves breaks a limit there.
  bool all_of(const FlipPoint& point, const std::set<std::string>& broken) const {
    return std::ranges::all_of(
        point.moves, [&](const auto& move) { return broken.contains(name_of_workload(move.first)); });
  }

  // Those who move and what they gain together; farther on where that is not enough.
  struct Walk {
    double stays = 1, flips = 1;
    FlipLook look;
    std::set<std::string> stayed;  // workloads: where they would move to breaks a limit
    bool turned() const { return look.turned(0); }
  };
  std::optional<Walk> walk(FlipPoint& point) {
    Walk found{.flips = *point.factor};
    const double step = found.flips > 1 ? 1.6 : 1 / 1.6;
    const auto farther = [&] {
      const double next = std::clamp(found.flips * step, rules_.low, rules_.high);
      if (next == found.flips) return false;
      found.stays = found.flips, found.flips = next;
      return true;
    };
    auto beyond = look(point, found.flips);
    // Formulas do not see every limit that breaks: a home that breaks one as things are keeps it farther on.
    for (int i = 0; beyond && i < 3 && all_of(point, beyond->breaks(0)) && farther(); ++i)
      beyond = look(point, found.flips);
    for (int i = 0; beyond && i < 4; ++i) {
      for (int taken = 0; beyond && taken < 5 && without(beyond->breaks(0), point, found.stayed); ++taken)
        beyond = look(point, found.flips);
      if (!beyond || point.moves.empty() || !beyond->challengers[0].difference || beyond->turned(0) ||
          !beyond->newly_broken.empty() || i == 3 || !farther())
        break;
      beyond = look(point, found.flips);
    }
    if (!beyond) return std::nullopt;
    found.look = *std::move(beyond);
    return found;
  }

  // What may be better where all who move by formulas together are not: each of them alone, and other homes for
  // who breaks a limit, by moving or by staying.
  std::vector<Choice> parts(const FlipPoint& point, const std::set<std::string>& elsewhere) const {
    constexpr std::size_t kMostParts = 6, kMostHomes = 4, kMost = 16;
    std::vector<Choice> list;
    const auto add = [&](std::size_t w, std::size_t k) {
      Choice one = home();
      one[w] = k;
      if (std::ranges::find(list, one) == list.end()) list.push_back(std::move(one));
    };
    if (point.moves.size() > 1)
      for (std::size_t i = 0; i < std::min(point.moves.size(), kMostParts); ++i)
        add(point.moves[i].first, point.moves[i].second);
    for (std::size_t w = 0; w < home().size(); ++w) {
      if (!elsewhere.contains(name_of_workload(w))) continue;
      const std::size_t classes = scenario_.training.size();
      const std::size_t homes = w < classes ? few_.options.training[w].size()
                                            : few_.options.services[w - classes].size();
      for (std::size_t k = 0, n = 0; k < homes && n < kMostHomes && list.size() < kMost; ++k)
        if (k != home()[w]) add(w, k), ++n;
    }
    return list;
  }

  // False: interrupted. Where a part is better, the point and the walk are of it.
  bool try_parts(FlipPoint& point, Walk& found, double factor) {
    std::set<std::string> elsewhere = found.stayed;
    elsewhere.insert(found.look.newly_broken.begin(), found.look.newly_broken.end());
    const std::vector<Choice> tried = parts(point, elsewhere);
    if (tried.empty()) return true;
    const auto seen = simulator_.look(point.input, factor, tried, rules_.replications);
    if (!seen) return false;
    std::vector<std::pair<double, std::size_t>> good;
    for (std::size_t c = 0; c < tried.size(); ++c)
      if (seen->challengers[c].difference && seen->keeps(c))
        good.emplace_back(seen->challengers[c].difference->mean, c);
    if (good.empty()) return true;
    std::ranges::sort(good);
    // The best alone, and all together that pay alone.
    std::vector<Choice> last{tried[good.front().second]};
    Choice together = last.front();
    for (const auto& [usd, c] : good)
      for (std::size_t w = 0; w < together.size() && usd < 0; ++w)
        if (together[w] == home()[w]) together[w] = tried[c][w];
    if (together != last.front() && together != point.better) last.push_back(together);
    const auto sure = simulator_.look(point.input, factor, last, rules_.most);
    if (!sure) return false;
    // The most that pays, of those that turn.
    std::optional<std::size_t> taken;
    for (std::size_t c = 0; c < last.size(); ++c)
      if (sure->turned(c) && (!taken || sure->challengers[c].difference->mean <
                                            sure->challengers[*taken].difference->mean))
        taken = c;
    if (!taken) return true;
    point.better = last[*taken];
    std::vector<std::pair<std::size_t, std::size_t>> moves;
    for (const auto& [w, k] : point.moves)  // in their order
      if (point.better[w] == k) moves.emplace_back(w, k);
    for (std::size_t w = 0; w < home().size(); ++w)
      if (point.better[w] != home()[w] &&
          std::ranges::find(moves, w, &std::pair<std::size_t, std::size_t>::first) == moves.end())
        moves.emplace_back(w, point.better[w]);
    point.moves = std::move(moves);
    found = {.stays = 1, .flips = factor, .look = *sure, .stayed = {}};
    found.look.challengers = {sure->challengers[*taken]};
    return true;
  }

  bool confirm(FlipPoint& point, Flip& flip) {
    auto found = walk(point);
    if (!found) return false;
    const double end = *point.factor > 1 ? rules_.high : rules_.low;
    if (!found->turned() && !try_parts(point, *found, found->flips)) return false;
    if (!found->turned() && found->flips != end && !try_parts(point, *found, end)) return false;
    describe(point, flip);
    if (!found->turned()) {
      tell_no_flip(point, *found, flip);
      return true;
    }
    // Four halvings, and more where they leave more than a seventh between the two.
    for (int i = 0; i < 2 * rules_.bisections; ++i) {
      if (i >= rules_.bisections && std::abs(std::log(found->flips / found->stays)) < std::log(1.15))
        break;
      const double middle = std::sqrt(found->stays * found->flips);
      auto there = look(point, middle);
      if (!there) return false;
      if (there->turned(0))
        found->flips = middle, found->look = *std::move(there);
      else
        found->stays = middle;
    }
    flip.at = found->flips * flip.now;
    flip.difference_beyond = found->look.challengers[0].difference;
    flip.how = found->look.newly_broken.empty() ? "simulated, paired" : "simulated, breaks a limit";
    return true;
  }

  // Why nothing flips where formulas said so.
  void tell_no_flip(const FlipPoint& point, const Walk& found, Flip& flip) const {
    flip.at.reset();
    const std::string at = value_words(flip, found.flips);
    if (point.moves.empty()) {
      flip.how = fmt::format("simulated: who would move by formulas breaks a limit at {}", at);
      return;
    }
    const auto& gap = found.look.challengers[0].difference;
    const std::string& who = flip.moves.front().workload;
    if (!gap) {
      flip.at = *point.factor * flip.now;
      flip.how = "formulas; no replication came back";
      return;
    }
    flip.near_tie = found.look.tied(0) || (found.look.keeps(0) && found.look.unclear(0));
    if (found.look.tied(0))
      flip.how = fmt::format("near-tie: simulated, as dear within {:.2g} % at {}",
                             100 * request_.indifference, at);
    else if (flip.near_tie)
      flip.how = fmt::format("within noise: simulated, not clearly cheaper at {} after {} replications", at,
                             gap->n);
    else if (!found.look.newly_broken.empty())
      flip.how = fmt::format("simulated: {} breaks a limit at {}, and no home that was tried mends it",
                             *found.look.newly_broken.begin(), at);
    else if (found.look.keeps(0))
      flip.how = fmt::format("simulated: {} stays dearer at {}, where formulas had it move", who, at);
    else
      flip.how = fmt::format("simulated: {} breaks a limit at {}, where formulas had it move", who, at);
    flip.difference_beyond = gap;
    if (!flip.near_tie) flip.moves.clear(), flip.difference_beyond.reset();
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  const Correction& correction_;
  const FlipTableRules& rules_;
  AnalysisMemory memory_;
  Narrowed few_;
  FlipSimulator simulator_;
};

}  // namespace

FlipTable flip_table(const Scenario& scenario, const PlanRequest& request,
                     const Placement& recommended, const Correction& correction,
                     const SimulateRange& simulate, const FlipTableRules& rules) {
  return Table(scenario, request, recommended, correction, simulate, rules).run();
}

}  // namespace berth
