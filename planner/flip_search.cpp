#include "planner/flip_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "planner/homes.h"

namespace berth {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kHalvings = 3;          // of formulas, which only say where to look: a range of ten to a third
// What is tried at one point is bounded, so that a table takes minutes; where more would be found it is a flip
// nearer to now, or a cheaper choice at it, that is missed:
constexpr std::size_t kRivals = 2;      // that keep their limits as things are, and one that does not
constexpr std::size_t kMostParts = 6;   // the weightiest moves alone
constexpr std::size_t kMostUnions = 3;  // of those that prove good: two, three and four together
constexpr std::size_t kMostRoom = 6;    // moves of others that make room where a limit breaks
constexpr std::size_t kMostFitting = 4;  // that keep a limit of the whole by formulas
constexpr std::size_t kMostWithRoom = 2;  // of a choice that would do if others left the pool where a limit breaks
constexpr int kBars = 3;                // times that the formulas' best is followed by the next best

double distance(double factor) { return std::abs(std::log(factor)); }

// The last digit that a table shows is known, whichever of both it is.
bool is_settled(double stays, double flips) {
  const int digits = std::max(flip_digits(flips, 1), flip_digits(stays, 1));
  return std::abs(flips - stays) <= std::pow(10, std::floor(std::log10(flips)) + 1 - digits) * (1 + 1e-9);
}

Choice with(Choice choice, std::size_t w, std::size_t k) {
  choice[w] = k;
  return choice;
}

void add(std::vector<Choice>& list, Choice choice) {
  if (std::ranges::find(list, choice) == list.end()) list.push_back(std::move(choice));
}

FlipSeen alone(double factor, const Choice& choice, FlipLook look, std::size_t c) {
  look.challengers = {look.challengers[c]};
  return {factor, choice, std::move(look)};
}

double gap_of(const FlipLook& look, std::size_t c) {
  const auto& gap = look.challengers[c].difference;
  return gap ? gap->mean : kInfinity;
}

// Those that turned, the cheapest first.
std::vector<std::size_t> turned(const FlipLook& look) {
  std::vector<std::size_t> list;
  for (std::size_t c = 0; c < look.challengers.size(); ++c)
    if (look.turned(c)) list.push_back(c);
  std::ranges::stable_sort(list, {}, [&](std::size_t c) { return gap_of(look, c); });
  return list;
}

// The objective alone: how far the best is from turning; none where limits play a part.
std::optional<double> margin(const FlipLook& look) {
  if (!look.newly_broken.empty()) return std::nullopt;
  double least = kInfinity;
  for (std::size_t c = 0; c < look.challengers.size(); ++c)
    if (look.keeps(c)) least = std::min(least, gap_of(look, c) + look.tolerated);
  return least < kInfinity ? std::optional(least) : std::nullopt;
}

// By interpolation where the difference changes sign, kept off the ends; or else the middle.
double between(double stays, std::optional<double> before, double flips, std::optional<double> beyond) {
  double share = 0.5;
  if (before && beyond && *before > 0 && *beyond < 0)
    share = std::clamp(*before / (*before - *beyond), 0.1, 0.9);
  return stays * std::pow(flips / stays, share);
}

}  // namespace

FlipSought FlipSearch::seek(WorldInput input) {
  input_ = input;
  sought_ = {.input = input};
  std::vector<Side> sides{{rules_.high, {}}, {rules_.low, {}}};
  for (Side& side : sides) side.point = formulas_.point(input, side.end, kHalvings);
  std::ranges::stable_sort(sides, {}, [](const Side& side) {
    return side.point ? distance(side.point->factor) : kInfinity;
  });
  for (Side& side : sides) {
    // Who turns farther away than what was found is not the nearest.
    if (sought_.turn && distance(sought_.turn->factor) < distance(side.end))
      side.end = std::exp(std::copysign(distance(sought_.turn->factor), std::log(side.end)));
    if (side.point && distance(side.point->factor) >= distance(side.end)) side.point.reset();
    auto found = turn_on(side);
    if (!found || (sought_.turn && distance(found->seen.factor) >= distance(sought_.turn->factor))) continue;
    sought_.turn = std::move(found->seen);
    sought_.stays = found->stays;
  }
  return sought_;
}

// Who turns here may have turned already as things are, for a limit that a few replications leave open.
FlipLook FlipSearch::look_at(double factor, const std::vector<Choice>& list, std::size_t screened) {
  FlipLook look = simulator_.look(input_, factor, list, screened);
  for (bool again = true; again;) {
    again = false;
    for (const std::size_t c : turned(look))
      if (seen_now_.insert(list[c]).second && simulator_.must_be_shown(list[c])) again = true;
    if (again) look = simulator_.look(input_, factor, list, screened);
  }
  return look;
}

FlipSearch::Tried FlipSearch::challengers_at(double factor) {
  std::vector<Choice> list = best_by_formulas(factor);
  std::vector<std::pair<double, std::size_t>> near;
  for (std::size_t r = 0; r < rivals_.size(); ++r) {
    const double more = rivals_[r].more + formulas_.drift(input_, factor, rivals_[r].choice);
    if (more < rules_.formula_error * formulas_.value_at(input_, factor, home_)) near.emplace_back(more, r);
  }
  std::ranges::sort(near);
  const std::size_t others = list.size();
  std::size_t keep = kRivals, break_one = 1;
  for (const auto& [more, r] : near) {
    std::size_t& left = rivals_[r].keeps_limits ? keep : break_one;
    if (left == 0) continue;
    --left;
    add(list, rivals_[r].choice);
  }
  const std::size_t rivals = list.size() - others;
  return {std::move(list), rivals};
}

std::vector<double> FlipSearch::points_of(const Side& side) const {
  if (!side.point) return {side.end};
  const double first = side.point->factor;
  if (distance(side.end) - distance(first) < std::log(1.2)) return {first, side.end};
  return {first, std::sqrt(first * side.end), side.end};
}

std::optional<FlipSearch::Turn> FlipSearch::turn_on(const Side& side) {
  barred_.clear();
  double stays = 1;
  for (const double factor : points_of(side)) {
    // Challengers are worth their time only where the recommendation keeps its limits.
    if (!simulator_.look(input_, factor, {}).newly_broken.empty()) return limit_turn(stays, factor);
    if (auto turn = tried(stays, factor, challengers_at(factor))) return turn;
    if (const auto best = formulas_.best_at(input_, factor); formulas_.turns(best))
      if (auto turn = in_parts(stays, factor, best.choice)) return turn;
    stays = factor;
  }
  return std::nullopt;
}

std::optional<FlipSearch::Turn> FlipSearch::tried(double stays, double factor, const Tried& those) {
  if (those.list.empty()) return std::nullopt;
  sought_.simulated_others = true;
  const FlipLook look = look_at(factor, those.list, those.rivals);
  if (!turned(look).empty()) return settled(stays, factor, those.list, look);
  note(factor, those.list, look);
  return std::nullopt;
}

// A home that broke a limit may keep it nearer to now.
FlipFormulas::Barred FlipSearch::barred_at(double factor) const {
  FlipFormulas::Barred there;
  for (const auto& [home, from] : barred_)
    if (distance(factor) >= from) there.insert(home);
  return there;
}

bool FlipSearch::breaks_its_own(const Breakers& broken, std::size_t w) const {
  return broken.contains({.workload = name_of_workload(scenario_, w), .limit = {}});
}

// Homes at which a limit broke are barred, and those to where somebody else's broke; false: there is nobody.
// Who broke one at two homes of a place is kept out of it.
bool FlipSearch::bar(double factor, const Choice& choice, const Breakers& broken) {
  std::set<Place> crowded;
  for (std::size_t w = 0; w < home_.size(); ++w)
    if (choice[w] == home_[w] && breaks_its_own(broken, w))
      crowded.insert(place_of(options_, w, home_[w]));
  FlipFormulas::Barred barred = barred_at(factor);
  const std::size_t before = barred.size();
  for (std::size_t w = 0; w < home_.size(); ++w) {
    if (choice[w] == home_[w]) continue;
    const Place place = place_of(options_, w, choice[w]);
    if (!breaks_its_own(broken, w) && !crowded.contains(place)) continue;
    const auto same = [&](const auto& one) { return one.first == w && place_of(options_, w, one.second) == place; };
    const bool all = std::ranges::any_of(barred, same);
    for (std::size_t k = 0; k < count_homes(options_, w); ++k)
      if (k != home_[w] && (k == choice[w] || (all && place_of(options_, w, k) == place))) barred.insert({w, k});
  }
  for (const auto& home : barred) {
    double& from = barred_.try_emplace(home, distance(factor)).first->second;
    from = std::min(from, distance(factor));
  }
  return barred.size() > before;
}

// The same with one of those who share a pool with whoever breaks a limit at their cheapest home elsewhere.
std::vector<Choice> FlipSearch::with_room(double factor, const Choice& choice, const Breakers& broken) {
  std::set<Place> crowded;
  for (std::size_t w = 0; w < choice.size(); ++w)
    if (const Place place = place_of(options_, w, choice[w]); place.second && breaks_its_own(broken, w))
      crowded.insert(place);
  std::vector<std::pair<double, Choice>> room;
  for (std::size_t w = 0; w < choice.size(); ++w) {
    const Place place = place_of(options_, w, choice[w]);
    if (!crowded.contains(place) || breaks_its_own(broken, w)) continue;
    std::optional<std::pair<double, Choice>> cheapest;
    for (std::size_t k = 0; k < count_homes(options_, w); ++k) {
      if (place_of(options_, w, k) == place) continue;
      Choice one = with(choice, w, k);
      const double value = formulas_.value_at(input_, factor, one);
      if (one != home_ && (!cheapest || value < cheapest->first)) cheapest = {value, std::move(one)};
    }
    if (cheapest) room.push_back(*std::move(cheapest));
  }
  std::ranges::sort(room);
  if (room.size() > kMostWithRoom) room.resize(kMostWithRoom);
  std::vector<Choice> list;
  list.reserve(room.size());
  for (auto& [value, one] : room) list.push_back(std::move(one));
  return list;
}

// What formulas hold to be best there, and where that breaks a limit what they do without the homes where it broke (on
// this side of now), and the rest of its moves.
std::vector<Choice> FlipSearch::best_by_formulas(double factor) {
  std::vector<Choice> list;
  for (int i = 0; i <= kBars; ++i) {
    const auto best = formulas_.best_at(input_, factor, barred_at(factor));
    if (best.choice == home_ || std::ranges::find(list, best.choice) != list.end()) break;
    list.push_back(best.choice);
    if (i == kBars || !formulas_.turns(best)) break;
    const FlipLook look = simulator_.look(input_, factor, std::span(&best.choice, 1));
    if (i == 0 && look.saves(0))
      for (Choice& one : with_room(factor, best.choice, look.breaks(0))) add(list, std::move(one));
    if (!bar(factor, best.choice, look.breaks(0))) break;
    const FlipFormulas::Barred barred = barred_at(factor);
    Choice rest = best.choice;
    for (std::size_t w = 0; w < rest.size(); ++w)
      if (barred.contains({w, rest[w]})) rest[w] = home_[w];
    if (rest != home_) add(list, std::move(rest));
  }
  return list;
}

// Of single moves that prove good alone the first two, three, ...: where the recommendation breaks a limit by how many of
// those they mend that are still broken, else by what they save.
std::vector<Choice> FlipSearch::together(const std::vector<Choice>& list, const FlipLook& look) const {
  Breakers open = look.newly_broken;
  std::vector<std::size_t> left;
  for (std::size_t c = 0; c < list.size(); ++c) {
    std::size_t moves = 0;
    for (std::size_t w = 0; w < home_.size(); ++w) moves += list[c][w] != home_[w];
    if (moves == 1 && look.challengers[c].difference) left.push_back(c);
  }
  std::vector<Choice> unions;
  Choice all = home_;
  while (!left.empty() && unions.size() < kMostUnions) {
    const auto merit = [&](std::size_t c) {
      const auto still = look.breaks(c);
      const auto mended = std::ranges::count_if(open, [&](const auto& w) { return !still.contains(w); });
      return std::pair(-mended, gap_of(look, c));
    };
    const auto next = std::ranges::min_element(left, {}, merit);
    const std::size_t c = *next;
    left.erase(next);
    const bool mends = merit(c).first < 0;
    const bool harmless = std::ranges::includes(look.newly_broken, look.breaks(c));
    if (!mends && !(harmless && gap_of(look, c) < 0)) continue;
    const auto still = look.breaks(c);
    std::erase_if(open, [&](const auto& w) { return !still.contains(w); });
    Choice more = all;
    for (std::size_t w = 0; w < more.size(); ++w)
      if (more[w] == home_[w]) more[w] = list[c][w];
    if (more == all) continue;
    all = std::move(more);
    if (std::ranges::find(list, all) == list.end()) unions.push_back(all);
  }
  return unions;
}

std::optional<FlipSearch::Turn> FlipSearch::in_parts(double stays, double factor, const Choice& whole) {
  const auto moves = formulas_.moves_at(input_, factor, whole);
  if (moves.size() < 2) return std::nullopt;
  std::vector<Choice> parts;
  for (std::size_t i = 0; i < std::min(moves.size(), kMostParts); ++i)
    parts.push_back(with(home_, moves[i].first, moves[i].second));
  for (Choice& one : together(parts, look_at(factor, parts))) parts.push_back(std::move(one));
  return tried(stays, factor, {parts});
}

// Who may mend what the recommendation breaks there.
std::vector<Choice> FlipSearch::menders(double factor, const Breakers& broken) {
  std::vector<Choice> list;
  FlipFormulas::Barred barred;
  std::set<Place> crowded;
  std::vector<std::pair<double, Choice>> room;
  const auto others = [&](std::size_t w) {  // the cheapest first
    std::vector<std::pair<double, Choice>> moved;
    for (std::size_t k = 0; k < count_homes(options_, w); ++k)
      if (k != home_[w]) {
        Choice one = with(home_, w, k);
        const double value = formulas_.value_at(input_, factor, one);
        moved.emplace_back(value, std::move(one));
      }
    std::ranges::sort(moved);
    return moved;
  };
  for (std::size_t w = 0; w < home_.size(); ++w) {
    if (!breaks_its_own(broken, w)) continue;
    barred.insert({w, home_[w]});
    crowded.insert(place_of(options_, w, home_[w]));
    // Who breaks a limit at one home of a place breaks it at most of them: one home of each, which keeps its limits by
    // formulas if any does.
    std::set<Place> places;
    for (const bool by_formulas : {true, false})
      for (const auto& [value, choice] : others(w)) {
        const Place place = place_of(options_, w, choice[w]);
        if (by_formulas && !formulas_.keeps_limits(input_, factor, w, choice[w])) continue;
        if (places.insert(place).second) add(list, choice);
      }
  }
  for (std::size_t w = 0; w < home_.size(); ++w) {
    const Place place = place_of(options_, w, home_[w]);
    if (breaks_its_own(broken, w) || !place.second || !crowded.contains(place)) continue;
    const auto moved = others(w);
    const auto away = std::ranges::find_if(
        moved, [&](const auto& one) { return place_of(options_, w, one.second[w]) != place; });
    if (away != moved.end()) room.push_back(*away);
  }
  std::ranges::sort(room);
  if (room.size() > kMostRoom) room.resize(kMostRoom);
  for (const auto& [value, choice] : room) add(list, choice);
  if (auto joint = formulas_.best_at(input_, factor, barred); joint.choice != home_)
    add(list, std::move(joint.choice));
  if (std::ranges::any_of(broken, [](const Breaker& one) { return !one.limit.empty(); }))
    for (Choice& one : formulas_.fitting(input_, factor, kMostFitting)) add(list, std::move(one));
  return list;
}

std::optional<FlipSearch::Turn> FlipSearch::limit_turn(double stays, double factor) {
  const double walked = stays;
  FlipLook look = simulator_.look(input_, factor, {});
  while (!is_settled(stays, factor)) {
    const double middle = std::sqrt(stays * factor);
    FlipLook there = simulator_.look(input_, middle, {});
    if (there.newly_broken.empty())
      stays = middle;
    else
      factor = middle, look = std::move(there);
  }
  if (stays != walked)  // nearer, dollars may turn
    if (auto turn = tried(walked, stays, challengers_at(stays))) return turn;
  std::vector<Choice> list = challengers_at(factor).list;
  for (Choice& one : menders(factor, look.newly_broken)) add(list, std::move(one));
  look = look_at(factor, list, list.size());
  const std::vector<Choice> unions = together(list, look);
  for (const Choice& one : unions) add(list, one);
  if (!unions.empty()) look = look_at(factor, list, list.size());
  const std::vector<std::size_t> good = turned(look);
  if (!good.empty()) return Turn{stays, alone(factor, list[good.front()], std::move(look), good.front())};
  if (!sought_.unmended || distance(factor) < distance(sought_.unmended_at)) {
    sought_.unmended = *look.newly_broken.begin();
    sought_.unmended_at = factor;
  }
  return std::nullopt;
}

FlipSearch::Turn FlipSearch::settled(double stays, double factor, const std::vector<Choice>& list,
                                     const FlipLook& look) {
  constexpr std::size_t kKept = 2;
  std::vector<Choice> kept;
  FlipSeen seen;
  const auto take = [&](double at, const std::vector<Choice>& of, const FlipLook& there) {
    const std::vector<std::size_t> good = turned(there);
    if (good.empty()) return false;
    seen = alone(at, of[good.front()], there, good.front());
    kept.clear();
    std::set<double> gaps;  // two that are as dear are the same
    for (const std::size_t c : good)
      if (kept.size() < kKept && gaps.insert(gap_of(there, c)).second) kept.push_back(of[c]);
    return true;
  };
  take(factor, list, look);
  std::optional<double> before, beyond = margin(look);
  // A limit turns at once: where the same end moves again and again no line leads there, and the middle is taken.
  int one_sided = 0;
  while (!is_settled(stays, seen.factor)) {
    const bool is_line = std::abs(one_sided) < 2;
    const double middle = between(stays, is_line ? before : std::nullopt, seen.factor, beyond);
    std::vector<Choice> tried_there = kept;
    for (Choice& best : best_by_formulas(middle)) add(tried_there, std::move(best));
    FlipLook there = look_at(middle, tried_there);
    if (turned(there).empty()) {  // who turned farther away may break a limit here that others make room for
      const std::size_t known = tried_there.size();
      for (std::size_t c = 0; c < kept.size(); ++c)
        if (there.saves(c))
          for (Choice& one : with_room(middle, kept[c], there.breaks(c))) add(tried_there, std::move(one));
      if (tried_there.size() > known) there = look_at(middle, tried_there);
    }
    if (take(middle, tried_there, there))
      beyond = margin(there), one_sided = std::max(one_sided, 0) + 1;
    else
      stays = middle, before = margin(there), one_sided = std::min(one_sided, 0) - 1;
  }
  return {stays, std::move(seen)};
}

// What is told where nothing turns: of what formulas hold to be better there.
void FlipSearch::note(double factor, const std::vector<Choice>& list, const FlipLook& look) {
  const auto best = formulas_.best_at(input_, factor);
  const auto at = std::ranges::find(list, best.choice);
  if (at == list.end() || best.gain <= 0) return;
  const auto c = static_cast<std::size_t>(at - list.begin());
  const bool better = gap_of(look, c) < 0;
  const bool is_near = look.keeps(c) && (look.unclear(c) || (look.tied(c) && (better || formulas_.turns(best))));
  if (is_near && !sought_.near) sought_.near = alone(factor, *at, look, c);
  if (!is_near && formulas_.turns(best) && !sought_.refuted) sought_.refuted = alone(factor, *at, look, c);
}

}  // namespace berth
