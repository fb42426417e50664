// Limits as people read them: by the name that `plan: limits:` of a scenario has, shares as
// percentages, dollars as dollars. What is allowed has the digits it was typed with; what was found
// has as many as tell it from that, and never such that rounding takes it to the other side:
// 0.99995 of 99.999 % is 99.995 %, not 100 %. JSON keeps the names of its fields.
// Tested by tests/planner/limit_words_test.cpp.
#pragma once

#include <string>

#include "planner/plan.h"

namespace berth {

// "cost" of cost_usd_per_month; all others are typed as they are called.
std::string typed_name(const std::string& limit);
// Whether more is better.
bool asks_at_least(const std::string& limit);

// "99.999 %", "1500 $/month", "0.2"
std::string limit_value(const std::string& limit, double value);
struct LimitValues {
  std::string found, allowed;
};
LimitValues limit_values(const std::string& limit, double found, double allowed);

// "1.9 %, at least 95 % is asked for"
std::string found_words(const LimitCheck& check);
// "breaks slo_share of rank, 98.2 % for 99 %", or "not shown to keep ...": the workload only where it
// is another's.
std::string broken_words(const LimitCheck& check, const std::string& whose);

// A number in so many significant digits, never with an exponent: "12346" in four.
std::string in_digits(double value, int digits);

}  // namespace berth
