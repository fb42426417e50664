// Why a plan chose as it did, told from its file: of each workload what it costs, the runner-up, what would
// flip the choice and what was rejected.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "planner/limit_words.h"
#include "reports/flip_schema.h"
#include "reports/grid.h"
#include "reports/numbers.h"
#include "reports/plan_report.h"
#include "reports/plan_values.h"
#include "reports/plan_words.h"
#include "reports/read_plan.h"
#include "reports/schema_check.h"

namespace berth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBeaten = 3;  // homes of a workload that are beaten in everything

const Json* member(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::optional<Estimate> estimate_in(const Json& object, const char* key) {
  const Json* e = member(object, key);
  return e == nullptr ? std::nullopt : estimate_value(*e);
}

// Where a latency was asked for: how much longer its own would have to become, if it has a part in that.
std::string latency_flip_words(const Plan& plan, const Json& w, const Json& next) {
  const std::string start = "  what would flip it: ", objective = plan.objective;
  const bool training = w.at("kind") == "training";
  if (training != (objective == "start_latency"))
    return fmt::format("{}nothing of its own: the plan is for {}\n", start, objective);
  const auto more =
      estimate_in(next, training ? "start_latency_p95_s_more" : "latency_p99_s_more");
  const bool breaks = !next.at("limits_broken").empty();
  if (!more) return fmt::format("{}not known: the runner-up's latency was not simulated\n", start);
  if (more->mean <= 0)
    return breaks ? start + "where the runner-up keeps its limits, it is taken\n"
                  : start + "next to nothing: the runner-up is no slower\n";
  return fmt::format("{}{} {} more than it has now, and the runner-up is taken{}\n", start, duration(more),
                     training ? "start p95" : "p99", breaks ? ", where it keeps its limits" : "");
}

// How much dearer it would have to become before the runner-up is taken.
std::string flip_words(const Json& document, const Plan& plan, const Json& w) {
  const Json* next = member(w, "runner_up");
  if (next == nullptr) return "";
  if (document.at("unit") == "s") return latency_flip_words(plan, w, *next);
  const auto more = estimate_in(*next, "usd_per_month_more"), own = estimate_in(w, "usd_per_month");
  if (!more || !own) return "";
  const bool breaks = !next->at("limits_broken").empty();
  const std::string start = "  what would flip it: ";
  const std::string kept = "the runner-up keeps its limits";
  if (more->mean <= 0 && breaks) return fmt::format("{}where {}, it is taken\n", start, kept);
  const bool same = std::abs(more->mean) <= document.at("indifference").get<double>();
  const bool noise = more->interval && more->interval->low <= 0 && more->interval->high >= 0;
  const bool guess =
      next->at("simulated") == false && std::abs(more->mean) <= formulas_off_by(plan).value_or(0);
  if (more->mean <= 0 || ((same || noise || guess) && !breaks))
    return fmt::format("{}next to nothing: the two {}\n", start,
                       same    ? "are as good as the same"
                       : guess ? "differ by less than the formulas' error"
                               : "differ by less than the noise");
  return fmt::format("{}{} a month more than it costs now{}{}, and the runner-up is taken\n", start,
                     money(more),
                     own->mean > 0 ? fmt::format(" ({} of it)", percent(more->mean / own->mean)) : "",
                     breaks ? fmt::format(", where {}", kept) : "");
}

std::string more_move(std::size_t others) {
  return others == 0 ? "" : fmt::format(" (and {} more move{})", others, others == 1 ? "s" : "");
}

// Of a table of flips those that move this one.
std::string moves_words(const Json& flips, const Json& name) {
  if (flips.is_null()) return "";
  std::string out;
  for (const Json& flip : flips.at("flips")) {
    if (flip.at("flips_at").is_null()) continue;
    const double now = flip.at("now"), turns = settled(flip.at("flips_at").get<double>(), now);
    const Json& moves = flip.at("moves");
    const auto at = std::ranges::find_if(moves, [&](const Json& m) { return m.at("workload") == name; });
    if (at == moves.end()) continue;
    out += fmt::format("    {} at {} (now {}): it moves to {}{}; {}\n",
                       flip.at("input").get<std::string>(), flip_value(flip.at("unit"), turns),
                       flip_value(flip.at("unit"), now), at->at("to").get<std::string>(),
                       more_move(moves.size() - 1), flip.at("how").get<std::string>());
  }
  if (out.empty()) out = "    no input that was looked at moves it\n";
  if (flips.at("finished") == false) out += "    (that table is unfinished)\n";
  return out;
}

// Why a table of flips is not of this plan, whose inputs are the same; "" where it is.
std::string other_plan_words(const Json& plan, const nlohmann::json& flips) {
  const auto of_plan = flips.find("of_plan");
  if (of_plan == flips.end() || !flips.contains("objective"))
    return "does not say which plan it is of: an earlier berth made it";
  if (flips.at("objective") != plan.at("objective"))
    return fmt::format("was made of a plan for {}, and this one is for {}", flips.at("objective").get<std::string>(),
                       plan.at("objective").get<std::string>());
  const auto home_of = [&](const std::string& name) -> std::string {
    for (const auto& one : of_plan->at("homes"))
      if (one.at("workload") == name) return one.at("home");
    return "nowhere";
  };
  for (const Json& w : plan.at("workloads")) {
    const std::string name = w.at("name"), home = w.at("home"), there = home_of(name);
    if (there != home)
      return fmt::format("was made of a plan that has {} at {}, and this one has it at {}", name, there, home);
  }
  return "";
}

Json flips_of(const Json& plan, const std::string& json) {
  const nlohmann::json flips = nlohmann::json::parse(json, nullptr, false);
  if (flips.is_discarded() || !flips.is_object() || flips.value("schema", "") != kFlipSchema)
    throw NoPlan("what --flips names is no table of flips (berth/flip/1)\n"
                 "  hint: berth flip SCENARIO plan.json -o flips.json writes one");
  if (const auto errors = schema_errors(flip_schema(), flips, 3); !errors.empty())
    throw NoPlan(fmt::format("what --flips names is not as berth writes it: {}", fmt::join(errors, "; ")));
  if (Json(flips.at("inputs")) != plan.at("inputs"))
    throw NoPlan("what --flips names was made of other inputs than this plan\n"
                 "  hint: berth flip SCENARIO plan.json -o flips.json, with the files of the plan");
  if (const std::string why = other_plan_words(plan, flips); !why.empty())
    throw NoPlan(fmt::format("what --flips names {}\n"
                             "  hint: berth flip SCENARIO plan.json -o flips.json, with this plan, writes its own", why));
  return flips;
}

void explain_one(const Json& document, const Plan& plan, const Json& w, const Json& flips,
                 bool color, std::string& out) {
  out += styled(fmt::format("{}: {}\n", w.at("name").get<std::string>(),
                            w.at("home").get<std::string>()),
                Style::bold, color);
  out += fmt::format("  costs {} a month", money(estimate_in(w, "usd_per_month")));
  if (const auto start = estimate_in(w, "start_latency_p95_s"))
    out += fmt::format("; starts within {} in 95 %", duration(start));
  if (const auto share = estimate_in(w, "start_within_share"))
    out += fmt::format("; {} in time", percent(share));
  if (const auto late = estimate_in(w, "deadline_missed_share"))
    out += fmt::format("; {} late", percent(late));
  if (const auto p99 = estimate_in(w, "latency_p99_s"))
    out += fmt::format("; p99 {}", duration(p99));
  if (const auto slo = estimate_in(w, "slo_share")) out += fmt::format("; {} good", percent(slo));
  out += "\n";
  out += fmt::format("  bottleneck: {}\n", w.at("bottleneck").get<std::string>());
  if (const Json* next = member(w, "runner_up")) {
    out += fmt::format("  runner-up: {}", next->at("home").get<std::string>());
    if (const auto usd = estimate_in(*next, "usd_per_month_more"))
      out += fmt::format(", {} a month", signed_money(*usd));
    if (const auto start = estimate_in(*next, "start_latency_p95_s_more"))
      out += fmt::format(", start p95 {}", signed_duration(*start));
    if (const auto p99 = estimate_in(*next, "latency_p99_s_more"))
      out += fmt::format(", p99 {}", signed_duration(*p99));
    if (const auto all = estimate_in(*next, "objective_s_more"))
      out += fmt::format(", {} {}", plan.objective, signed_duration(*all));
    if (next->at("simulated").get<bool>())
      out += " (simulated, paired)\n";
    else if (const Json& error = document.at("analytic_error"); error.is_number())
      // Less than they are off by decides nothing.
      out += fmt::format(" (by formulas, which are off by up to {} of all)\n",
                         gap_words(error.get<double>()));
    else
      out += " (by formulas)\n";
    for (const Json& broken : next->at("limits_broken")) {
      const LimitCheck check = limit_check(broken);
      const bool own = check.workload.empty() || check.workload == w.at("name");
      out += fmt::format("    {} {}{}{}\n",
                         shown_to_break(check) ? "it breaks" : "it was not shown to keep",
                         typed_name(check.name), own ? "" : " of " + check.workload,
                         check.found ? ": " + found_words(check) : "");
    }
  }
  out += flip_words(document, plan, w) + moves_words(flips, w.at("name"));
  std::size_t named = 0, beaten = 0;
  for (const Json& r : document.at("rejections")) {
    if (!r.at("workload").is_string() || r.at("workload") != w.at("name")) continue;
    if (r.at("limit").is_null() && named++ >= kBeaten) {
      ++beaten;
      continue;
    }
    out += fmt::format("  not {}: {}",
                       r.at("option").is_null() ? "elsewhere" : r.at("option").get<std::string>(),
                       r.at("reason").get<std::string>());
    if (r.at("limit").is_string() && r.at("allowed").is_number())
      out +=
          fmt::format(" ({}: limit {}, missed by {})", typed_name(r.at("limit")),
                      limit_value(r.at("limit"), r.at("allowed")),
                      r.at("missed_by").is_null() ? "-" : percent(r.at("missed_by").get<double>()));
    out += "\n";
  }
  if (beaten > 0) out += fmt::format("  and {} more that are beaten in everything\n", beaten);
}

std::string conflict_lines(const Plan& plan) {
  const auto [before, give_ups] = conflict_words(plan);
  std::string out;
  for (const std::string& line : before) out += line + "\n";
  for (const std::string& line : give_ups) out += line + "\n";
  return out;
}

// Savings Plans that are part of the answer.
std::string bought_words(const Json& document) {
  std::string out;
  for (const Json& c : document.at("commitments"))
    if (c.contains("to_buy"))
      out += fmt::format("buy with it: {}, {}: {:.2f} $/h; saves {} a month of {} eligible, {} of it unused\n",
                         c.at("plan").get<std::string>(), c.at("term").get<std::string>(),
                         c.at("hourly_usd").get<double>(), money(c.at("saved_usd_per_month").get<double>()),
                         money(c.at("eligible_usd_per_month").get<double>()),
                         money(c.at("unused_usd_per_month").get<double>()));
  return out;
}

}  // namespace

std::string explain_plan(const std::string& json, const std::string& workload, bool color,
                         const std::string& flips_json) {
  const Json document = read_plan_document(json);
  const Plan plan = plan_values(document);
  const Json flips = flips_json.empty() ? Json() : flips_of(document, flips_json);
  std::string out;
  std::vector<std::string> names;
  for (const Json& w : document.at("workloads")) {
    names.push_back(w.at("name"));
    if (!workload.empty() && names.back() != workload) continue;
    explain_one(document, plan, w, flips, color, out);
  }
  if (workload.empty()) {
    out = document.at("claim").get<std::string>() + "\n" + bought_words(document) + "\n" + out;
    for (const Json& r : document.at("rejections"))
      if (r.at("workload").is_null() && r.at("option").is_string())
        out += fmt::format("not {}: {}\n", r.at("option").get<std::string>(),
                           r.at("reason").get<std::string>());
    for (const std::string& shape : variant_sentences(plan)) out += shape + "\n";
    out += conflict_lines(plan);
  } else if (out.empty()) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw NoPlan("the plan has no workload named \"" + workload + "\"\n  hint: it has " +
                 (known.empty() ? "none: nothing was recommended" : known));
  }
  if (document.at("finished") == false)
    out = fmt::format("UNFINISHED: {}\n", document.at("unfinished_because").get<std::string>()) + out;
  if (flips.is_null() && !document.at("workloads").empty())
    out += "berth flip SCENARIO plan.json finds which input changes a choice, and where\n";
  return out;
}

}  // namespace berth
