// Numbers as people read them (tables, Markdown) and as programs do (CSV).
//
// For people: at least three significant digits, the unit chosen by size, the interval in the unit
// of the mean and with its decimals; an interval too narrow to show reads "±<0.1". For programs: the
// shortest decimal that reads back as the same double. Tested by tests/reports/numbers_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/estimate.h"

namespace berth {

std::string shortest(double value);

// "12.3 k$ ±0.4"; without an interval "12.3 k$"; absent "-".
std::string money(const std::optional<Estimate>& estimate);
std::string money(double usd);
std::string signed_money(const Estimate& difference);  // "+1.20 k$ ±0.10"
// Seconds as "31.2 ms", "48 s", "2.5 min", "3.1 h".
std::string duration(const std::optional<Estimate>& estimate);
std::string duration(double seconds);
std::string brief_duration(double seconds);  // two digits, where columns are many: "3.4 min"
std::string signed_duration(const Estimate& difference);
// A share as a percentage: "99.7 %"; close to the ends it keeps the digits that matter: "99.98 %".
std::string percent(const std::optional<Estimate>& estimate);
std::string percent(double share);
std::string percent_of_change(double relative);  // "+7.7 %"
// Plain numbers with thousands apart: "3,840", "12.3", "0.04".
std::string count(const std::optional<Estimate>& estimate);
std::string count(double value);
std::string counted(std::int64_t number, std::string_view what);  // "1 pod", "3 pods"

// By the unit of a figure (planner/figures.h).
std::string value_in(std::string_view unit, const Estimate& estimate);
std::string difference_in(std::string_view unit, const Estimate& difference);  // shares in points

// Where a flip was found, to the digits that its search settles (planner/flip.h).
double settled(double at, double now);

}  // namespace berth
