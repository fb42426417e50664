#include "planner/compare.h"

#include <algorithm>
#include <map>

namespace berth {
namespace {

using ByName = std::map<FigureName, const NamedFigure*>;

ByName by_name(std::span<const NamedFigure> list) {
  ByName map;
  for (const NamedFigure& figure : list) map.emplace(figure.name, &figure);
  return map;
}

// Zero in every replication in which the model has spoken.
Figure zeros_like(const Figure& figure) {
  Figure zeros = figure;
  for (auto& value : zeros.values)
    if (value) value = 0;
  return zeros;
}

// Both sides over the replications both have, so that after - before is the difference shown.
Estimate over_pairs(const Figure& of, const Figure& with) {
  Figure paired = of;
  for (std::size_t i = 0; i < paired.values.size(); ++i)
    if (i >= with.values.size() || !with.values[i]) paired.values[i].reset();
  return paired.estimate().value();
}

std::optional<Change> change_of(const FigureName& name, const Figure& before, const Figure& after) {
  const auto paired = difference(before, after);
  if (!paired) return std::nullopt;
  Change change{.name = name,
                .before = over_pairs(before, after),
                .after = over_pairs(after, before),
                .difference = *paired,
                .verdict = verdict_of(*paired)};
  if (change.before.mean != 0) change.relative = paired->mean / change.before.mean;
  return change;
}

bool speaks(const Figure& figure) { return figure.estimate().has_value(); }

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::clear:
      return "clear";
    case Verdict::not_clear:
      return "not clear";
    case Verdict::cannot_tell:
      return "cannot tell";
  }
  return "";
}

Verdict verdict_of(const Estimate& difference) {
  const auto& interval = difference.interval;
  if (difference.mean == 0 && (!interval || interval->low == interval->high)) return Verdict::same;
  if (!interval) return Verdict::cannot_tell;
  return interval->low > 0 || interval->high < 0 ? Verdict::clear : Verdict::not_clear;
}

Comparison compare(const std::string& base_label, std::span<const NamedFigure> before,
                   const std::string& other_label, std::span<const NamedFigure> after) {
  const ByName base_by_name = by_name(before), other_by_name = by_name(after);
  Comparison comparison{.base = base_label, .other = other_label};
  const auto add = [&](const FigureName& name, const Figure& from, const Figure& to) {
    if (auto change = change_of(name, from, to))
      comparison.changes.push_back(std::move(*change));
    else if (speaks(from))
      comparison.only_base.push_back(name);
    else if (speaks(to))
      comparison.only_other.push_back(name);
  };
  for (const NamedFigure& figure : before) {
    const auto match = other_by_name.find(figure.name);
    if (match != other_by_name.end())
      add(figure.name, figure.figure, match->second->figure);
    else
      add(figure.name, figure.figure,
          is_zero_where_absent(figure.name) ? zeros_like(figure.figure) : Figure{});
  }
  for (const NamedFigure& figure : after) {
    if (base_by_name.contains(figure.name)) continue;
    add(figure.name, is_zero_where_absent(figure.name) ? zeros_like(figure.figure) : Figure{},
        figure.figure);
  }
  return comparison;
}

Comparison compare(const std::string& base_label, const Summary& base,
                   const std::string& other_label, const Summary& other) {
  return compare(base_label, figures(base), other_label, figures(other));
}

}  // namespace berth
