#include "models/backtest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace berth {
namespace {

constexpr double kZ975 = 1.959963984540054;
constexpr std::array<std::string_view, kSplits> kSplitNames{"interleaved", "walk-forward", "time"};
constexpr std::array<std::string_view, kSplits> kQuestions{
    "does the law fit comparable jobs of the same days?",
    "how good is a calibration that is kept up to date?",
    "how good is a calibration from before the cut?"};

using StepLaw = std::pair<std::size_t, ChosenLaw>;  // which step, which of its laws

// Jobs that were met before, by position.
class Met {
 public:
  bool is_first(std::size_t job) {
    if (job >= seen_.size()) seen_.resize(std::max(job + 1, 2 * seen_.size()));
    const bool first = !seen_[job];
    seen_[job] = true;
    return first;
  }

 private:
  std::vector<bool> seen_;
};

struct Group {
  std::vector<double> seconds;
  Met jobs;
  std::map<StepLaw, double> laws;  // how many jobs got each
};
enum class GroupKind { of_class, of_year, of_family };
using GroupKey = std::tuple<StartupPhase, GroupKind, std::string>;

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

Distribution mixed(const Group& group, std::span<const BacktestStep> steps) {
  std::vector<MixtureComponent> parts;
  parts.reserve(group.laws.size());
  for (const auto& [law, jobs] : group.laws)
    parts.push_back({jobs, distribution_of(steps[law.first].calibration, law.second)});
  return parts.size() == 1 ? parts.front().distribution : mixture(std::move(parts));
}

BacktestRow row_of(const GroupKey& key, const Group& group, std::span<const BacktestStep> steps) {
  const Distribution actual = empirical(group.seconds), predicted = mixed(group, steps);
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

// Comparable jobs lie beside each other; ties keep the order of the log.
std::vector<std::size_t> by_type_and_time(std::span<const SplitJob> jobs) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    return std::tie(jobs[i].accelerator, jobs[i].family, jobs[i].created_s);
  });
  return order;
}

HeldBack every_so_many(const std::vector<std::size_t>& order, double fraction, double offset) {
  HeldBack split;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto at = [&](std::size_t k) {
      return std::floor(static_cast<double>(k) * fraction + offset + 1e-9);
    };
    (at(i + 1) > at(i) ? split.training : split.held_back).push_back(order[i]);
  }
  std::ranges::sort(split.training);
  std::ranges::sort(split.held_back);
  return split;
}

std::vector<Part> interleaved(std::span<const SplitJob> jobs, double fraction) {
  const std::vector<std::size_t> order = by_type_and_time(jobs);
  std::vector<Part> parts;
  parts.reserve(kInterleavedParts);
  for (int part = 0; part < kInterleavedParts; ++part)
    parts.push_back({every_so_many(order, fraction, (part + 0.5) / kInterleavedParts)});
  return parts;
}

// Where the last part of the jobs begins; a moment is never divided.
std::size_t first_held_back(std::span<const SplitJob> jobs, double fraction) {
  std::vector<double> created;
  for (const SplitJob& job : jobs) created.push_back(job.created_s);
  const double cut = cut_in_time(created, fraction);
  return static_cast<std::size_t>(std::ranges::lower_bound(created, cut) - created.begin());
}

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> positions(to - from);
  std::iota(positions.begin(), positions.end(), from);
  return positions;
}

// All jobs whose phases were known before `moment`.
std::vector<std::size_t> known_before(std::span<const SplitJob> jobs, double moment) {
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < jobs.size() && jobs[i].created_s < moment; ++i)
    if (jobs[i].known_s < moment) known.push_back(i);
  return known;
}

Part walk(std::span<const SplitJob> jobs, double fraction) {
  const std::size_t first = first_held_back(jobs, fraction);
  const std::size_t length =
      std::max<std::size_t>(1, (jobs.size() - first + kMostBlocks - 1) / kMostBlocks);
  Part blocks;
  for (std::size_t from = first; from < jobs.size();) {
    std::size_t to = std::min(jobs.size(), from + length);
    while (to < jobs.size() && jobs[to].created_s == jobs[to - 1].created_s) ++to;
    blocks.push_back({known_before(jobs, jobs[from].created_s), range(from, to)});
    from = to;
  }
  return blocks;
}

}  // namespace

std::string_view name_of(Split split) { return kSplitNames[static_cast<std::size_t>(split)]; }

std::optional<Split> split_named(std::string_view name) {
  const auto found = std::ranges::find(kSplitNames, name);
  if (found == kSplitNames.end()) return {};
  return static_cast<Split>(found - kSplitNames.begin());
}

std::string_view question_of(Split split) { return kQuestions[static_cast<std::size_t>(split)]; }

std::vector<Part> split_jobs(std::span<const SplitJob> jobs, Split split, double train_fraction) {
  std::vector<Part> parts;
  switch (split) {
    case Split::interleaved:
      parts = interleaved(jobs, train_fraction);
      break;
    case Split::walk_forward:
      parts = {walk(jobs, train_fraction)};
      break;
    case Split::time: {
      const std::size_t first = first_held_back(jobs, train_fraction);
      // A job that was still waiting at the cut was not known then.
      if (first < jobs.size())
        parts = {{{known_before(jobs, jobs[first].created_s), range(first, jobs.size())}}};
      break;
    }
  }
  std::erase_if(parts, [](const Part& part) {
    return std::ranges::all_of(part, [](const HeldBack& h) { return h.held_back.empty(); });
  });
  return parts;
}

double cut_in_time(std::span<const double> created_s, double fraction) {
  const auto n = static_cast<double>(created_s.size());
  const auto train = static_cast<std::size_t>(std::floor(fraction * n + 1e-9));
  if (train >= created_s.size()) return std::numeric_limits<double>::infinity();
  return created_s[train];
}

Backtest backtest(std::span<const BacktestStep> steps) {
  Backtest result;
  std::map<GroupKey, Group> groups;
  std::array<Met, kStartupPhases> met;
  for (std::size_t i = 0; i < steps.size(); ++i)
    for (const TimedPhase& one : steps[i].held_back) {
      const bool first = !one.job || met[static_cast<std::size_t>(one.phase)].is_first(*one.job);
      if (one.at_least || one.seconds <= 0) {
        (one.at_least ? result.lower_bounds : result.instant) += first;
        continue;
      }
      const auto law = law_for(steps[i].calibration, one);
      if (!law) {
        result.unpredicted += first;
        continue;
      }
      const auto put = [&](GroupKind kind, std::string name) {
        Group& group = groups[{one.phase, kind, std::move(name)}];
        if (!one.job || group.jobs.is_first(*one.job)) group.seconds.push_back(one.seconds);
        ++group.laws[{i, *law}];
      };
      const std::string class_of_job(class_name(one.accelerator));
      put(GroupKind::of_class, class_of_job);
      if (one.year != 0) put(GroupKind::of_year, class_of_job + " " + std::to_string(one.year));
      if (!one.family.empty()) put(GroupKind::of_family, one.family);
    }
  for (const auto& [key, group] : groups) result.rows.push_back(row_of(key, group, steps));
  return result;
}

Backtest backtest(std::span<const TimedPhase> held_back, const Calibration& calibration) {
  const BacktestStep step{{held_back.begin(), held_back.end()}, calibration};
  return backtest(std::span(&step, 1));
}

std::optional<double> median_error(std::span<const Backtest> parts,
                                   QuantileError BacktestRow::*at) {
  std::vector<double> errors;
  for (const Backtest& part : parts)
    for (const BacktestRow& row : part.rows)
      if (row.n >= kLeastJudged) errors.push_back(std::abs((row.*at).error));
  if (errors.empty()) return {};
  return quantile(empirical(std::move(errors)), 0.5);
}

std::optional<double> median_error(const Backtest& result, QuantileError BacktestRow::*at) {
  return median_error(std::span(&result, 1), at);
}

}  // namespace berth
