// What a plan (berth/plan/1), a flip table (berth/flip/1) and break-even curves (berth/breakeven/1)
// add to the model of the report page: candidates as points, the claim, where each workload goes
// and why, what was rejected, what would turn the answer. Only for reports/*.cpp: it brings
// nlohmann/json along. Tested by tests/reports/page_plan_test.cpp.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace berth {

struct PagePart {
  nlohmann::ordered_json placements = nlohmann::ordered_json::array();
  nlohmann::ordered_json axes = nlohmann::ordered_json::array();  // {id, label, unit}
  nlohmann::ordered_json provenance;
  nlohmann::ordered_json blocks = nlohmann::ordered_json::array();
  nlohmann::ordered_json turns = nlohmann::ordered_json::array();
  std::string answer;
  std::vector<std::string> facts;
};

// Position of a figure's name in the page's list.
using FigureIndex = std::function<std::size_t(const std::string& metric, const std::string& whose,
                                              const std::string& unit)>;

// `simulated`: what the plan simulated in full, or nullptr. `file` stands in messages; `source` is
// the document's position. Throws Unreadable when a field is missing.
PagePart plan_part(const nlohmann::json& plan, const nlohmann::json* simulated,
                   const std::string& file, std::size_t source, const FigureIndex& figure);
PagePart break_even_part(const nlohmann::json& curves, const std::string& file);
PagePart flip_part(const nlohmann::json& flips, const std::string& file);

}  // namespace berth
