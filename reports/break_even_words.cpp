#include "reports/break_even_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::json;

// Three significant digits without trailing noughts: an axis has round ends.
std::string plain(double value) {
  return value >= 1e-3 && value < 999.5 ? fmt::format("{:.3g}", value) : count(value);
}
std::string size_text(double bytes) {
  return bytes < 999.5e6 ? plain(bytes / 1e6) + " MB" : plain(bytes / 1e9) + " GB";
}
std::string time_text(double s) {
  if (s < 120) return plain(s) + " s";
  return s < 7200 ? plain(s / 60) + " min" : plain(s / 3600) + " h";
}

std::string point(const std::string& axis, double value) {
  std::string text = axis_value(axis, value);
  if (axis == "read_share") return text + " read";
  if (axis == "pulls_at_once") return text + " nodes at once";
  if (axis == "interval_s") return "one job every " + text;
  if (axis == "run_s") return "runs of " + text;
  return text;
}

std::string range(const std::string& axis, double low, double high) {
  if (axis == "interval_s")
    return fmt::format("from {} to one every {}", point(axis, low), axis_value(axis, high));
  if (axis == "run_s") return fmt::format("for {} to {}", point(axis, low), axis_value(axis, high));
  return fmt::format("from {} to {}", axis_value(axis, low), point(axis, high));
}

// "a, b and c"
std::string all_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// One contest of a curve, put into words. `verb` of the winner, `otherwise` of the loser of a pair.
struct Words {
  const BreakEvenCurve& curve;
  const Contest& contest;
  std::string verb, otherwise;

  bool is_pair() const { return !otherwise.empty(); }
  std::string at(double value) const { return point(curve.key, value); }
  const std::string& name(const Zone& zone) const { return contest.candidates[zone.winners[0]]; }
  // "a is fastest", or of a pair "a costs less than b"
  std::string leads(const Zone& zone) const {
    const std::string text = name(zone) + " " + verb;
    return is_pair() ? text + " than " + contest.candidates[1 - zone.winners[0]] : text;
  }
  std::string turns(const Zone& zone, int crossovers, const std::string& who) const {
    std::vector<std::string> names;
    names.reserve(zone.winners.size());
    for (const std::size_t winner : zone.winners) names.push_back(contest.candidates[winner]);
    return fmt::format("{} take turns ({} crossovers)", who.empty() ? all_of(names) : who,
                       crossovers);
  }
  // What is between two zones: one other winner, or several by turns.
  std::string between(const Zone& before, const Zone& zone, const Zone& after) const {
    if (zone.winners.size() == 1) return (is_pair() ? otherwise : name(zone)) + " between";
    const std::set<std::size_t> ends{before.winners[0], after.winners[0]},
        inside(zone.winners.begin(), zone.winners.end());
    return "between, " +
           turns(zone, zone.crossovers + 2, inside == ends || is_pair() ? "they" : "");
  }

  std::vector<std::string> sentences() const {
    const std::vector<Zone> list = zones(contest.best);
    const auto single = [](const Zone& zone) { return zone.winners.size() == 1; };
    const bool ends = single(list.front()) && single(list.back());
    const Zone &first = list.front(), &last = list.back();
    if (list.size() == 1)
      return {(ends ? leads(first) : turns(first, first.crossovers, "")) + " everywhere " +
              range(curve.key, first.from, first.to)};
    if (list.size() == 2 && ends)
      return {fmt::format("{} below {}, {} above", leads(first), at(first.to),
                          is_pair() ? otherwise : name(last))};
    if (list.size() == 3 && ends && name(first) == name(last))
      return {fmt::format("{} below {} and above {}; {}", leads(first), at(first.to), at(last.from),
                          between(first, list[1], last))};
    if (list.size() == 3 && ends && !single(list[1]))
      return {fmt::format("{} below {}, {} above {}; {}", leads(first), at(first.to),
                          is_pair() ? otherwise : name(last), at(last.from),
                          between(first, list[1], last))};
    std::vector<std::string> one_each;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Zone& zone = list[i];
      const int edges = (i > 0 ? 1 : 0) + (i + 1 < list.size() ? 1 : 0);
      const std::string who = single(zone) ? leads(zone) : turns(zone, zone.crossovers + edges, "");
      one_each.push_back(who + " " +
                         (i == 0                ? "below " + at(zone.to)
                          : i + 1 < list.size() ? range(curve.key, zone.from, zone.to)
                                                : "above " + at(zone.from)));
    }
    return one_each;
  }
};

bool says_the_same(const Contest& all, const Contest& pair) {
  return std::ranges::all_of(all.best, [&](const Stretch& stretch) {
    return std::ranges::find(pair.candidates, all.candidates[stretch.winner]) !=
           pair.candidates.end();
  });
}

}  // namespace

bool is_pull_curve(const std::string& axis) { return axis != "interval_s" && axis != "run_s"; }

std::string axis_value(const std::string& axis, double value) {
  if (axis == "size_bytes") return size_text(value);
  if (axis == "read_share") return plain(100 * value) + " %";
  if (axis == "pulls_at_once") return plain(value);
  return time_text(value);
}

std::vector<std::string> crossover_sentences(const BreakEvenCurve& curve) {
  const bool pull = is_pull_curve(curve.key);
  std::vector<std::string> list;
  for (std::size_t i = 0; i < curve.contests.size(); ++i) {
    if (i > 0 && says_the_same(curve.contests[0], curve.contests[i])) continue;
    const Words words{curve, curve.contests[i],
                      i == 0 ? pull ? "is fastest" : "is cheapest"
                      : pull ? "is ready sooner"
                             : "costs less",
                      i == 0 ? ""
                      : pull ? "later"
                             : "more"};
    for (std::string& sentence : words.sentences()) list.push_back(std::move(sentence));
  }
  return list;
}

ValueTable break_even_values(const Json& curve) {
  const auto axis = curve.at("axis").get<std::string>();
  const bool pull = is_pull_curve(axis);
  const Json& at = curve.at("at");
  std::set<std::size_t> shown;
  for (std::size_t i = 0; i < at.size(); i += std::max<std::size_t>(1, (at.size() - 1) / 5))
    shown.insert(i);
  if (!at.empty()) shown.insert(at.size() - 1);
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (at[i] != curve.at("here")) continue;
    shown.insert(i);
    for (const std::size_t beside : {i - 1, i + 1})  // hardly another value
      if (beside > 0 && beside < at.size() - 1) shown.erase(beside);
  }
  ValueTable table{{pull ? "Ready after" : "$ a job"}, {}};
  for (const std::size_t i : shown)
    table.columns.push_back(axis_value(axis, at[i]) + (at[i] == curve.at("here") ? " (now)" : ""));
  for (const Json& series : curve.at("series")) {
    std::vector<std::string> row{series.at("name")};
    const Json& values = series.at(pull ? "ready_s" : "cost_usd_per_job");
    for (const std::size_t i : shown)
      row.push_back(pull ? brief_duration(values.at(i)) : money(values.at(i).get<double>()));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace berth
