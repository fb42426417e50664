// What a gate's rows say, alike in every place the report is read: a sentence a row, a verdict's mark,
// what moved besides, what besides the scenario differs. For reports/gate_*.cpp.
#pragma once

#include <string>
#include <vector>

#include "reports/gate_report.h"
#include "reports/grid.h"

namespace berth {

struct Seen {
  const GateScenario* scenario;
  const GatePlacement* placement;
  const GateRow* row;
};
std::vector<Seen> rows_with(const GateReport& report, GateVerdict verdict);  // over everything

// What keeps the gate shut: broken limits, and undecided ones where they count; never those that are
// only to be told.
bool fails(const GateReport& report, const GateRow& row);

std::string value_of(const GateRow& row, const std::optional<Estimate>& estimate,
                     bool with_interval);
std::string moved_by(const GateRow& row);
std::string replications_words(const GateRow& row);
std::string limit_words(const GateRow& row);
// "hybrid: cost per month +1.97 k$ ±0.03 (+3.0 %), limit +2%"
std::string row_sentence(const Seen& seen);
std::string mark_of(GateVerdict verdict);
Style style_of(GateVerdict verdict);
std::string limits_text(std::size_t n);

bool is_shown(const GateRow& row);
// Changes worth telling that no row above them tells already, and the limit that is on one.
std::vector<Change> other_changes(const GatePlacement& placement);
std::string limit_of(const GatePlacement& placement, const FigureName& name);

std::string provenance_line(const GateScenario& s);
// What besides the scenario differs: then a difference may not be the change's.
std::vector<std::string> surroundings_changed(const GateScenario& s);
std::string change_words(const ValueChange& change);
std::string price_words(const PriceChange& change);

}  // namespace berth
