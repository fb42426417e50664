#include "reports/page_placements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "reports/answer.h"
#include "reports/page_parts.h"
#include "reports/pull_twins.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

Json triple(const std::optional<Estimate>& e) {
  if (!e) return nullptr;
  return Json::array({rounded(e->mean), e->interval ? Json(rounded(e->interval->low)) : Json(),
                      e->interval ? Json(rounded(e->interval->high)) : Json()});
}

// ---- Latencies a placement can be drawn against ------------------------------------------------

std::optional<Estimate> latency_of(const GateSide& side, const Axis& axis) {
  if (axis.id == "slowest") return slowest_start(side);
  for (const NamedFigure& figure : side.figures)
    if (id_of(figure.name) == axis.id) return figure.figure.estimate();
  return std::nullopt;
}

bool is_latency(const std::string& metric) {
  return metric == "start_latency_p95" || metric == "latency_p99";
}

Json numbers_of(const GateSide& side, FigureList& figures) {
  Json rows = Json::array();
  for (const NamedFigure& figure : side.figures) {
    const auto e = figure.figure.estimate();
    if (!e) continue;
    const Json value = triple(e);
    rows.push_back(
        {figures.index_of(metric_with_unit(figure.name), whose(figure.name), figure.name.unit),
         value[0], value[1], value[2], e->n});
  }
  return rows;
}

// What the charts need and nothing else: replication values stay in the result.
Stored detail_of(Stored placement) {
  placement.erase("figures");
  for (Stored& line : placement["cost_lines"]) {
    line.erase("shares");
    line.erase("quantity_per_month");
  }
  return placement;
}

// To the plan's own figures those that a result has, each once.
void add_numbers(Json& numbers, const Json& more) {
  std::set<std::size_t> known;
  for (const Json& row : numbers) known.insert(row[0].get<std::size_t>());
  for (const Json& row : more)
    if (!known.contains(row[0].get<std::size_t>())) numbers.push_back(row);
}

}  // namespace

std::vector<Axis> axes_of(const Sources& sources) {
  std::vector<Axis> axes;
  std::set<std::string> seen;
  const auto add = [&](Axis axis) {
    if (seen.insert(axis.id).second) axes.push_back(std::move(axis));
  };
  for (const ResultDocument* source : sources)
    for (const GateSide& side : source->result.placements) {
      if (slowest_start(side)) add({"slowest", "slowest class, start p95", "s"});
      for (const NamedFigure& figure : side.figures)
        if (is_latency(figure.name.metric) && figure.figure.estimate())
          add({id_of(figure.name),
               figure.name.workload +
                   (figure.name.metric == "latency_p99" ? ", latency p99" : ", start p95"),
               "s"});
    }
  return axes;
}

std::size_t FigureList::index_of(const std::string& metric, const std::string& of,
                                 const std::string& unit) {
  const auto [at, fresh] = index_.try_emplace({metric, of, unit}, list_.size());
  if (fresh) list_.push_back({metric, of, unit});
  return at->second;
}

Json placement_json(const ResultDocument& source, std::size_t source_index, std::size_t i,
                    const std::vector<Axis>& axes, bool many_sources, FigureList& figures) {
  const GateSide& side = source.result.placements[i];
  const Stored& placement = source.json.at("placements")[i];
  const auto missed = missed_goals(side);
  Json latency = Json::object();
  for (const Axis& axis : axes)
    if (const auto e = latency_of(side, axis)) latency[axis.id] = triple(e);
  return {{"name", side.placement},
          {"label",
           many_sources ? source.result.from.scenario + ": " + side.placement : side.placement},
          {"source", source_index},
          {"note", placement.at("description")},
          {"cost", triple(estimate_of(side, {"cost", "", "", "USD/month"}))},
          {"latency", latency},
          {"goals", goals_text(side, missed)},
          {"missed", missed},
          {"state", missed.empty() ? "feasible" : "missed"},
          {"flags", placement.at("flags")},
          {"numbers", numbers_of(side, figures)},
          {"twin", nullptr},
          {"detail", detail_of(placement)}};
}

void add_twins(Json& placements, const Stored& result, const std::vector<std::size_t>& where) {
  std::vector<std::string> names;
  names.reserve(where.size());
  for (const std::size_t at : where) names.push_back(placements[at].at("label"));
  std::size_t i = 0;
  for (const auto& [index, words] : pull_twins(result, names))
    placements[where[i++]]["twin"] = {{"index", index ? Json(where[*index]) : Json()},
                                      {"words", words}};
}

void add_simulated(Json& placements, std::size_t first, const PlanDocument& plan,
                   std::size_t source, const std::vector<Axis>& axes, FigureList& figures) {
  const ResultDocument& simulated = *plan.simulated;
  const Stored& candidates = plan.json.at("candidates");
  std::vector<std::size_t> where;
  for (std::size_t i = 0; i < simulated.result.placements.size(); ++i) {
    const std::string& name = simulated.result.placements[i].placement;
    const auto same = [&](const Stored& c) { return c.at("name") == name; };
    const auto at = std::ranges::find_if(candidates, same);
    if (at == candidates.end())
      throw Unreadable(fmt::format("{}: error: /simulated/placements/{}: \"{}\" is no candidate of this "
                                   "plan\n  hint: it was changed by hand: make it anew",
                                   plan.file, i, name));
    where.push_back(first + static_cast<std::size_t>(at - candidates.begin()));
    Json full = placement_json(simulated, source, i, axes, false, figures);
    Json& candidate = placements[where.back()];
    candidate["detail"] = std::move(full["detail"]);
    candidate["flags"] = std::move(full["flags"]);
    candidate["latency"].update(full["latency"]);
    add_numbers(candidate["numbers"], full["numbers"]);
  }
  add_twins(placements, simulated.json.at("placements"), where);
}

void lend_details(Json& placements, const Stored& plan, std::size_t first_candidate,
                  const Stored& result, std::size_t first_result) {
  if (plan.at("inputs") != result.at("inputs") ||
      plan.at("scenario").at("name") != result.at("scenario").at("name"))
    return;
  const Stored &candidates = plan.at("candidates"), &own = result.at("placements");
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    Json& candidate = placements[first_candidate + c];
    if (!candidates[c].at("from_scenario").get<bool>() || candidate.contains("detail_of") ||
        !candidate.at("detail").is_null())
      continue;
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i].at("name") != candidates[c].at("name")) continue;
      candidate["detail_of"] = first_result + i;
      candidate["twin"] = placements[first_result + i].at("twin");
    }
  }
}

std::pair<int, int> first_choice(const Json& placements, std::optional<std::size_t> best,
                                 std::size_t planned) {
  const int n = static_cast<int>(placements.size());
  if (n == 0) return {-1, -1};  // a plan that found nothing feasible
  const int a = best ? static_cast<int>(*best) : 0;
  const Json& twin = placements[a].at("twin");
  if (!twin.is_null() && !twin.at("index").is_null()) return {a, twin.at("index").get<int>()};
  const int same = placements[a].value("detail_of", -1);
  for (int i = static_cast<int>(planned); planned > 0 && i < n; ++i)
    if (i != same) return {a, i};
  for (const bool own : {true, false})
    for (int i = 0; i < n; ++i)
      if (i != a && !placements[i].at("detail").is_null() && placements[i].value("own", own) == own)
        return {a, i};
  return {a, n < 2 ? -1 : a == 0 ? 1 : 0};
}

}  // namespace berth
