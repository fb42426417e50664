// Placements on the report page: of results, and of a plan's candidates those that it has simulated in
// full; what each can be drawn against, and which two the reader sees first. Only for reports/*.cpp: it
// brings nlohmann/json along. Tested by tests/reports/page_test.cpp and page_plan_test.cpp.
#pragma once

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/document_values.h"

namespace berth {

// A latency that placements can be drawn against.
struct Axis {
  std::string id, label, unit;
};

// Results, and what plans have simulated in full.
using Sources = std::vector<const ResultDocument*>;

std::vector<Axis> axes_of(const Sources& sources);  // each once, in the order of the figures

// Names of figures once for the whole page; placements refer to them by position.
class FigureList {
 public:
  std::size_t index_of(const std::string& metric, const std::string& of, const std::string& unit);
  nlohmann::ordered_json take() { return std::move(list_); }

 private:
  std::map<std::array<std::string, 3>, std::size_t> index_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
};

// Placement i of the result, which is document number `source_index` of the page.
nlohmann::ordered_json placement_json(const ResultDocument& source, std::size_t source_index,
                                      std::size_t i, const std::vector<Axis>& axes,
                                      bool many_sources, FigureList& figures);

// SOCI on and off side by side. `where`: position on the page of each placement of `result`.
void add_twins(nlohmann::ordered_json& placements, const nlohmann::json& result,
               const std::vector<std::size_t>& where);

// Bills, starts and series of the candidates that the plan keeps in full; its candidates begin at
// `first`. Unreadable (reports/read_result.h) for one that it does not list.
void add_simulated(nlohmann::ordered_json& placements, std::size_t first, const PlanDocument& plan,
                   std::size_t source, const std::vector<Axis>& axes, FigureList& figures);

// A candidate that is the scenario's own placement has its details in a result of the same files, where
// one stands on the page.
void lend_details(nlohmann::ordered_json& placements, const nlohmann::json& plan,
                  std::size_t first_candidate, const nlohmann::json& result,
                  std::size_t first_result);

// Positions of what is chosen and what stands beside it, -1: nothing. The best beside its twin in pull
// mode, else beside another: a result's (from `planned` on) before a plan's, one with details before one
// without, the best of the scenario's own before what the search found.
std::pair<int, int> first_choice(const nlohmann::ordered_json& placements,
                                 std::optional<std::size_t> best, std::size_t planned);

}  // namespace berth
