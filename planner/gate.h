// The gate: does a change break a limit, paired replication by replication?
//
// A limit is about one figure of the side after the change, or about how it moved:
//   rise_by_share b   after - (1 + b) x before <= 0      "+2%"
//   rise_by b         after - before - b <= 0            "+50"
//   fall_by_share b   (1 - b) x before - after <= 0      "-1%"
//   fall_by b         before - after - b <= 0            "-0.005"
//   at_most b         after - b <= 0                     "60"
//   at_least b        b - after <= 0                     "60" of a metric of which more is better
// The excess on the left is taken in every replication both sides have, and its 95 % interval
// decides:
//   failed      the whole interval is above zero: larger than the limit and not by chance
//   passed      the whole interval is at or below zero, or no replication differs from the limit
//   undecided   the interval spans it; then the number of replications at which an interval of this
//               spread would no longer, were the mean to stay
// A failed limit that is only to be told is `warned`. Besides the limits given: a service that met
// its goal before and does not after, a backlog that grows now and did not.
//
// Intervals are of 95 % for each limit alone: a gate of twenty limits near their bounds will once
// in a while say failed where an endless run would not. A change that does not touch a figure has
// an excess without spread, because both sides see the same chance: it cannot fail by luck. Tested
// by tests/planner/gate_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"
#include "planner/figures.h"

namespace berth {

struct GateLimit {
  enum class Kind { rise_by_share, rise_by, fall_by_share, fall_by, at_most, at_least };
  std::string metric;  // with or without its unit: "start_latency_p95_s"
  std::string
      of;  // whose: "retrain", "retrain/image", "retrain-*"; "" is the whole, or everybody's
  Kind kind = Kind::at_most;
  double bound = 0;
  bool only_warn = false;
  std::string text;    // as it was written
  std::string reason;  // the user's words, shown when it is broken
};

// A share that must be reached, or not exceeded: of a service's requests within its latency limit, of a
// class's jobs that start within theirs (95 %), of jobs that miss their deadline (5 %); the latter two
// as a plan asks where nothing else is stated.
struct Goal {
  FigureName figure;
  double target = 0;
  bool at_least = true;
};
Goal service_goal(const std::string& service, double target);
Goal start_goal(const std::string& training);
Goal deadline_goal(const std::string& training);

// What one unit of a bill line costs.
struct UnitPrice {
  std::string line, unit;
  double usd = 0;
  bool operator==(const UnitPrice&) const = default;
};

// One placement on one side of the gate.
struct GateSide {
  std::string placement;
  std::vector<NamedFigure> figures;
  std::vector<Goal> goals;
  std::vector<std::string> growing;  // training classes whose backlog grows
  std::vector<UnitPrice> prices;
};
GateSide side_of(const Summary& summary);

// Its mean reaches the goal; so does one that nothing was measured of.
bool is_met(const GateSide& side, const Goal& goal);
// Share of a class's jobs that used up every attempt and failed, where it is above what a plan allows
// (1 %) and not by chance.
std::optional<double> failing_share(const GateSide& side, const std::string& training);
// The training classes of which there are figures.
std::vector<std::string> classes_of(const GateSide& side);
const Figure* find_figure(const GateSide& side, const FigureName& name);

enum class GateVerdict { passed, undecided, warned, failed };  // from best to worst
std::string_view to_text(GateVerdict verdict);

struct GateRow {
  FigureName name;
  std::string limit;  // as written, or "feasible"
  std::string reason;
  std::optional<Estimate> before, after, difference;  // over the pairs; only `after` without a base
  std::optional<double> relative;
  GateVerdict verdict = GateVerdict::passed;
  bool only_warn = false;  // of the limit: then neither broken nor undecided fails the gate
  std::optional<int>
      replications;  // that would decide, when undecided; absent: beyond kMostReplications
};
inline constexpr int kMostReplications = 100'000;

// `before` absent: the placement is new, only at_most and at_least can be judged. Limits in their
// order, figures in theirs; then what is no longer feasible.
std::vector<GateRow> judge(std::span<const GateLimit> limits, const GateSide* before,
                           const GateSide& after);
GateVerdict worst_of(std::span<const GateRow> rows);

// Whether a limit speaks of this figure.
bool matches(const GateLimit& limit, const FigureName& name);
// Of which more is better: a plain number is a floor then.
bool more_is_better(std::string_view metric);

// Every figure a scenario will have, before it is run; of bill lines only the metric.
std::vector<FigureName> figure_names(const Scenario& scenario);

// Replications at which the interval of values like these leaves zero out nine times in ten, were
// mean and spread what they seem: at fewer the mean of the next run decides as often as not.
std::optional<int> replications_to_decide(const Estimate& excess);

}  // namespace berth
