// Where one way to start overtakes another: a sentence a crossover, every curve as a line of bars a
// series (terminal), all points in JSON (berth/breakeven/1), CSV and Markdown tables.
//
// Bars share one logarithmic scale a curve, so lines can be compared; numbers stand at both ends
// and at the scenario's own value. Tested by tests/reports/break_even_report_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "planner/break_even_study.h"
#include "reports/catalogue_report.h"
#include "reports/result.h"

namespace berth {

std::string break_even_report(const std::vector<BreakEvenSubject>& subjects,
                              const Provenance& from, Format format, bool color);

// Values between `low` and `high` as characters of eight heights, on a logarithmic scale.
std::string bars(const std::vector<double>& values, double low, double high);

}  // namespace berth
