// Where one way to start overtakes another, in short sentences: one a crossover, or one for all of
// them where ways take turns (models/break_even.h, zones). What the terminal, Markdown and the page say of
// a curve is this list, kept in the document; and a table of some of its values.
//
//   soci_lazy is fastest below 38 % read, soci_parallel above
//   kubernetes warm nodes is cheapest below one job every 3.36 min, karpenter above one job every
//   1.57 h; between, they take turns (47 crossovers)
//
// A pair is left out where the winners of all are of the pair: it would say the same again.
// Only for reports/*.cpp: it brings nlohmann/json along. Tested by tests/reports/break_even_words_test.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "planner/break_even_study.h"

namespace berth {

bool is_pull_curve(const std::string& axis);
// "78.1 MB", "38 %", "1,000", "2.27 min".
std::string axis_value(const std::string& axis, double value);
std::vector<std::string> crossover_sentences(const BreakEvenCurve& curve);

// Of a curve of a document (berth/breakeven/1): about six points, and the scenario's own.
struct ValueTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
ValueTable break_even_values(const nlohmann::json& curve);

}  // namespace berth
