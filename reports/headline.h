// What to show first when there is room for little: a placement in one row, a comparison in the
// changes that matter. Shared by the table and the Markdown report, so they choose alike.
// Tested by tests/reports/table_test.cpp.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/compare.h"
#include "planner/summary.h"

namespace berth {

struct Headline {
  std::string slowest_class;  // the training class with the largest start p95; "" without classes
  std::optional<Estimate> slowest_start_p95_s;
  std::size_t goals = 0, goals_met = 0;  // as reports/answer.h counts them
  std::size_t flags = 0;
};
Headline headline_of(const Summary& placement);

// The mean share of requests within the limit reaches the target.
bool meets_slo(const ServiceSummary& service);

// How far a service's p99 may be off for how it was looked at, beyond what ± says.
struct StatedError {
  std::string fidelity;
  double share = 0;  // of the p99
};
// "p99 by fluid fidelity: within 30 % of what every request to the same pods would show (28 services)": a
// line a fidelity, of the largest error, and one for those without a bound; nothing where every request was
// looked at.
std::vector<std::string> error_sentences(const std::vector<StatedError>& errors);
std::vector<StatedError> stated_errors(const Summary& placement);

// How services were looked at: shares of time, summed up over them.
struct LooksOfTime {
  std::set<std::string> fidelities;
  double whole = 0, window = 0, formula = 0;
  int services = 0;
};
// "auto; of the time 41 % every request, 59 % by formula"; empty without services.
std::string looks_text(const LooksOfTime& looks);
LooksOfTime looks_of_time(const Summary& placement);

// Cost, its five lines that change most, and of what differs enough to be seen: every class's start quantiles
// with the phases that clearly move, every service's p99 and share within its limit. The long formats
// have everything.
std::vector<Change> headline_changes(const Comparison& comparison);
std::string change_title(const FigureName& name, std::size_t width);  // the workload's name cut short
std::string change_title(const FigureName& name);  // "retrain-15min: start p95, image"
// "Of 210 figures compared 34 differ clearly, 80 are the same in every replication."
std::string figures_note(const Comparison& comparison);
// "hybrid-soci costs 1.20 k$ ±0.10 a month less than hybrid (-1.0 %): clear at 95 %."
std::string comparison_sentence(const Comparison& comparison);

}  // namespace berth
