#include "models/backtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace berth {
namespace {

constexpr double kZ975 = 1.959963984540054;

struct Group {
  std::vector<double> seconds;
  std::map<const CalibratedLaw*, double> laws;  // how many jobs got each
};
// Classes sort before families.
using GroupKey = std::tuple<StartupPhase, bool, std::string>;

QuantileError compare(const Distribution& actual, std::size_t n, const Distribution& predicted,
                      double p) {
  const double spread = kZ975 * std::sqrt(p * (1 - p) / static_cast<double>(n));
  const auto at = [&](double u) { return quantile(actual, std::clamp(u, 1e-9, 1 - 1e-9)); };
  QuantileError q{at(p), at(p - spread), at(p + spread), quantile(predicted, p)};
  q.error = q.predicted / q.actual - 1;
  q.error_low = q.predicted / q.actual_high - 1;
  q.error_high = q.predicted / q.actual_low - 1;
  return q;
}

// The laws in the calibration's order: the sum of a mixture must not depend on where they lie.
Distribution mixed(const Group& group) {
  std::vector<std::pair<const CalibratedLaw*, double>> laws(group.laws.begin(), group.laws.end());
  std::ranges::sort(laws, {}, [](const auto& one) {
    return std::tuple(one.first->phase, one.first->scope, one.first->year);
  });
  std::vector<MixtureComponent> parts;
  for (const auto& [law, jobs] : laws) parts.push_back({jobs, law->law()});
  return parts.size() == 1 ? parts.front().distribution : mixture(std::move(parts));
}

BacktestRow row_of(const GroupKey& key, const Group& group) {
  const Distribution actual = empirical(group.seconds), predicted = mixed(group);
  BacktestRow row{std::get<0>(key), std::get<2>(key), group.seconds.size()};
  row.p10 = compare(actual, row.n, predicted, 0.1);
  row.p50 = compare(actual, row.n, predicted, 0.5);
  row.p90 = compare(actual, row.n, predicted, 0.9);
  const auto inside = std::ranges::count_if(group.seconds, [&](double seconds) {
    return seconds >= row.p10.predicted && seconds <= row.p90.predicted;
  });
  row.inside = static_cast<double>(inside) / static_cast<double>(row.n);
  return row;
}

}  // namespace

double cut_in_time(std::span<const double> created_s, double fraction) {
  const auto n = static_cast<double>(created_s.size());
  const auto train = static_cast<std::size_t>(std::floor(fraction * n + 1e-9));
  if (train >= created_s.size()) return std::numeric_limits<double>::infinity();
  return created_s[train];
}

Backtest backtest(std::span<const TimedPhase> held_back, const Calibration& calibration) {
  Backtest result;
  std::map<GroupKey, Group> groups;
  for (const TimedPhase& one : held_back) {
    if (one.at_least || one.seconds <= 0) {
      ++(one.at_least ? result.lower_bounds : result.instant);
      continue;
    }
    const CalibratedLaw* law = law_for(calibration, one);
    if (law == nullptr) {
      ++result.unpredicted;
      continue;
    }
    const auto put = [&](bool is_family, std::string name) {
      Group& group = groups[{one.phase, is_family, std::move(name)}];
      group.seconds.push_back(one.seconds);
      ++group.laws[law];
    };
    put(false, std::string(class_name(one.accelerator)));
    if (!one.family.empty()) put(true, one.family);
  }
  for (const auto& [key, group] : groups) result.rows.push_back(row_of(key, group));
  return result;
}

std::optional<double> median_error(const Backtest& result, QuantileError BacktestRow::* at) {
  std::vector<double> errors;
  for (const BacktestRow& row : result.rows)
    if (row.n >= kLeastJudged) errors.push_back(std::abs((row.*at).error));
  if (errors.empty()) return {};
  return quantile(empirical(std::move(errors)), 0.5);
}

}  // namespace berth
