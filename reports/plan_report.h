// A plan as a document: `berth/plan/1` and its JSON Schema, the same as text, and an explanation
// read back from a plan's file. Pure. Tested by tests/reports/plan_report_test.cpp.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/scenario.h"
#include "planner/plan.h"
#include "reports/result.h"

namespace berth {

inline constexpr std::string_view kPlanSchema = "berth/plan/1";
inline constexpr std::string_view kFlipSchema = "berth/flip/1";

struct PlanReport {
  Provenance from;
  Plan plan;
};

// Homes are named by the scenario they are of.
std::string plan_json(const PlanReport& report, const Scenario& scenario);
std::string plan_schema();
std::string plan_text(const PlanReport& report, bool color);  // a table for a terminal
std::string plan_markdown(const PlanReport& report);
std::string plan_csv(const PlanReport& report);  // candidate, metric, mean, low, high, n

// A plan file that cannot be what it says.
struct NoPlan : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Why this home, what was rejected and by how much, what would flip it; of one workload or of all.
// `flips`: what `berth flip` wrote of the plan, or "". NoPlan names the nearest workload.
std::string explain_plan(const std::string& json, const std::string& workload, bool color,
                         const std::string& flips = "");
// A plan's file, parsed and held against its schema once: it has a few MB. NoPlan tells what is wrong.
class PlanFile {
 public:
  explicit PlanFile(const std::string& json);

  // The recommended placement in the scenario it was planned for. A service's home that no placement names
  // is looked for among those that may be chosen. NoPlan when they do not match.
  Placement recommended(const Scenario& scenario,
                        const std::vector<std::vector<ServiceHome>>& may_be_chosen = {}) const;
  // The other placements that it simulated, of those that cost the same in every replication one.
  std::vector<FlipRival> rivals(const Scenario& scenario,
                                const std::vector<std::vector<ServiceHome>>& may_be_chosen = {}) const;
  // How its pilots corrected the formulas. NoPlan when it speaks of what the scenario has not.
  Correction correction(const Scenario& scenario) const;
  // What the plan was made of and is not the same here, in words: files that differ or are missing.
  std::vector<std::string> inputs_changed(const std::vector<InputFile>& here) const;
  // By how much its corrected formulas err, as a share; none where nothing that was simulated told.
  std::optional<double> analytic_error() const;
  Objective objective() const;  // NoPlan when it is none that this berth knows
  // Which plan it is: objective, unit, the recommendation's name and where it puts whom. Nothing else.
  Plan recommends() const;
  // Why the plan is unfinished; "" when it is not.
  std::string unfinished_because() const;

 private:
  std::shared_ptr<const nlohmann::json> document_;
};

std::string flip_csv(const PlanReport& report, const std::vector<Flip>& flips);  // a line an input
// Of the report it has where from, whether it is finished, notes, and which plan it is of (PlanFile::recommends).
std::string flip_json(const PlanReport& report, const std::vector<Flip>& flips);
std::string flip_text(const PlanReport& report, const std::vector<Flip>& flips, bool color);
std::string flip_markdown(const PlanReport& report, const std::vector<Flip>& flips);

}  // namespace berth
