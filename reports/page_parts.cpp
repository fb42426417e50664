#include "reports/page_parts.h"

#include <fmt/format.h>

#include "reports/answer.h"

namespace berth {

std::optional<Estimate> estimate_of(const GateSide& side, const FigureName& name) {
  const Figure* figure = find_figure(side, name);
  return figure == nullptr ? std::nullopt : figure->estimate();
}

std::optional<Estimate> slowest_start(const GateSide& side) {
  std::optional<Estimate> slowest;
  for (const NamedFigure& figure : side.figures) {
    if (figure.name.metric != "start_latency_p95") continue;
    const auto p95 = figure.figure.estimate();
    if (p95 && (!slowest || p95->mean > slowest->mean)) slowest = p95;
  }
  return slowest;
}

std::string goals_text(const GateSide& side, const std::vector<std::string>& missed) {
  const std::size_t all = goals_of(side);
  if (!missed.empty()) return fmt::format("{} missed", missed.size());
  return all == 0 ? "met" : fmt::format("{} of {} met", all, all);
}

}  // namespace berth
