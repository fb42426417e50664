#include "reports/page_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "planner/limit_words.h"
#include "planner/limits.h"
#include "planner/plan.h"
#include "reports/break_even_words.h"
#include "reports/charts.h"
#include "reports/numbers.h"
#include "reports/plan_values.h"
#include "reports/plan_words.h"
#include "reports/read_result.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

Json triple(const Stored& e) {
  if (e.is_null()) return nullptr;
  return Json::array({e.at("mean"), e.at("low"), e.at("high")});
}

std::string text_of(const Stored& value) { return value.is_null() ? "" : value.get<std::string>(); }
std::string money_of(const Stored& value) {
  return value.is_null() ? "-" : money(value.get<double>());
}
std::string share_of(const Stored& value) {
  return value.is_null() ? "-" : percent(value.get<double>());
}

Json block(const char* title, const std::string& text, Json columns, Json rows,
           const std::vector<std::string>& sentences = {}) {
  return {{"title", title},
          {"text", text},
          {"sentences", sentences},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

// ---- Candidates --------------------------------------------------------------------------------

Json numbers_of(const Stored& c, const FigureIndex& figure) {
  Json rows = Json::array();
  const auto add = [&](const char* metric, const char* unit, const Stored& value) {
    if (value.is_object())
      rows.push_back({figure(metric, "", unit), value.at("mean"), value.at("low"), value.at("high"),
                      value.at("n")});
    else if (value.is_number())
      rows.push_back({figure(metric, "", unit), value, nullptr, nullptr, 1});
  };
  add("cost_usd_per_month", "USD/month", c.at("usd_per_month"));
  add("marginal_cost_usd_per_month", "USD/month", c.at("marginal_usd_per_month"));
  add("analytic_cost_usd_per_month", "USD/month", c.at("analytic_usd_per_month"));
  add("start_latency_p95_s", "s", c.at("start_latency_p95_s"));
  add("serving_latency_p99_s", "s", c.at("serving_latency_p99_s"));
  add("portable_share", "share", c.at("portable_share"));
  add("people_hours_per_month", "count", c.at("people_hours_per_month"));
  return rows;
}

std::string missed_words(const LimitCheck& check) {
  if (!shown_to_break(check)) return limit_words(check) + ", not shown to be kept";
  return limit_words(check) + (check.missed_by ? ", missed by " + percent(*check.missed_by) : "");
}

std::string goals_words(const std::vector<LimitCheck>& open) {
  const auto broken = std::ranges::count_if(open, shown_to_break);
  const auto unsure = static_cast<std::ptrdiff_t>(open.size()) - broken;
  if (open.empty()) return "met";
  return (broken > 0 ? fmt::format("{} broken", broken) : "") +
         (broken > 0 && unsure > 0 ? ", " : "") +
         (unsure > 0 ? fmt::format("{} not shown", unsure) : "");
}

Json candidate_json(const Stored& c, const PlanCandidate& values, bool knee, std::size_t source,
                    const std::string& state, const FigureIndex& figure) {
  Json missed = Json::array();
  for (const LimitCheck& check : values.limits) missed.push_back(missed_words(check));
  Json latency = Json::object();
  for (const char* axis : {"start_latency_p95_s", "serving_latency_p99_s"})
    if (!c.at(axis).is_null()) latency[std::string{"plan:"} + axis] = triple(c.at(axis));
  const std::string note =
      std::string(values.from_scenario ? "the scenario's own" : "found by the search") +
      (values.within_levers ? "" : ", outside the levers") +
      (knee ? ", the knee of the front" : "");
  return {{"name", c.at("name")},
          {"label", c.at("name")},
          {"source", source},
          {"note",
           fmt::format("{}; {} portable, {} people's hours", note, share_of(c.at("portable_share")),
                       count(c.at("people_hours_per_month").get<double>()))},
          {"cost", triple(c.at("usd_per_month"))},
          {"latency", latency},
          {"goals", goals_words(values.limits)},
          {"missed", missed},
          {"own", c.at("from_scenario")},
          {"state", state},
          {"flags", Json::array()},
          {"numbers", numbers_of(c, figure)},
          {"twin", nullptr},
          {"detail", nullptr}};
}

Json candidates_json(const Stored& plan, const Plan& values, std::size_t source,
                     const FigureIndex& figure) {
  Json list = Json::array();
  for (std::size_t i = 0; i < values.candidates.size(); ++i) {
    const char* state = values.recommendation == i                 ? "recommended"
                        : !values.candidates[i].meets_limits       ? "missed"
                        : std::ranges::count(values.pareto, i) > 0 ? "front"
                                                                   : "feasible";
    list.push_back(candidate_json(plan.at("candidates")[i], values.candidates[i], values.knee == i,
                                  source, state, figure));
  }
  return list;
}

// ---- Tables ------------------------------------------------------------------------------------

std::string runner_up_words(const Plan& plan, const PlannedWorkload& w) {
  if (w.runner_up.empty()) return "";
  const std::string reason = runner_up_reason(plan, w);
  return w.runner_up + (w.runner_up_usd ? ", " + runner_up_cost(w) : "") +
         (reason.empty() ? "" : "; " + reason);
}

// What the homes leave of the cost, where the recommendation was simulated in full.
std::vector<CostRow> beside_the_homes(const Stored& plan, const Stored* simulated) {
  const Stored& best = plan.at("recommendation");
  if (best.is_null() || simulated == nullptr) return {};
  for (const Stored& placement : simulated->at("placements"))
    if (placement.at("name") == best.at("name"))
      return rest_of_cost(estimate_value(placement.at("cost_idle_usd_per_month")),
                          estimate_value(placement.at("cost_shared_usd_per_month")),
                          estimate_value(placement.at("cost_people_usd_per_month")),
                          estimate_value(best.at("usd_per_month")));
  return {};
}

Json workloads_block(const Stored& document, const Plan& plan, const Stored* simulated) {
  Json rows = Json::array();
  for (const PlannedWorkload& w : plan.workloads)
    rows.push_back({w.name, w.home, money(w.usd),
                    duration(w.kind == "training" ? w.start_p95_s : w.p99_s), w.bottleneck,
                    runner_up_words(plan, w)});
  for (const CostRow& row :
       rows.empty() ? std::vector<CostRow>{} : beside_the_homes(document, simulated))
    rows.push_back({row.name, row.words, money(row.usd), "", "", ""});
  const std::string star = star_words(plan);
  Json homes =
      block("Where each workload goes",
            rows.empty()
                ? ""
                : "Start p95 of training, p99 of services; the runner-up with what it costs more a "
                  "month, everything else as recommended." +
                      (star.empty() ? "" : " " + star + "."),
            {"Workload", "Home", "Cost a month", "Latency", "Most goes to", "Runner-up"}, rows);
  homes["tall"] = true;  // what it adds up to stands last
  return homes;
}

Json rejections_block(const Stored& plan) {
  Json rows = Json::array();
  for (const Stored& r : plan.at("rejections"))
    rows.push_back({text_of(r.at("workload")), text_of(r.at("option")), r.at("stage"),
                    r.at("reason"),
                    r.at("missed_by").is_null() ? "" : percent(r.at("missed_by").get<double>())});
  return block("What was not taken, and why", "", {"Workload", "Option", "Stage", "Reason", "By"},
               rows);
}

// Which limits cannot all be kept, and how far each would have to give way.
Json conflict_block(const Plan& plan) {
  const auto [before, give_ups] = conflict_words(plan);
  Json rows = Json::array();
  if (plan.conflict)
    for (const Relaxation& r : plan.conflict->relaxations)
      rows.push_back(
          {typed_name(r.limit.name), r.limit.workload, limit_value(r.limit.name, r.limit.allowed),
           nearest_words(r), r.usd ? money(*r.usd) : "-",
           r.placement.empty() ? r.usd ? "by formulas" : "" : r.placement});
  const bool together = plan.conflict && plan.conflict->together;
  return block(
      "Limits that cannot all be kept",
      rows.empty() ? ""
      : together
          ? "What all of these would have to allow together, and what a month then costs."
          : "What each alone would have to allow, the others kept, and what a month then costs.",
      {"Limit", "Workload", "Stated", "Would have to allow", "Cost a month", "Placement"}, rows,
      before);
}

Json dominance_block(const Plan& plan) {
  return block("Against the scenario's own placements",
               plan.dominance.empty() ? "" : plan.dominance + ".", Json::array(), Json::array());
}

Json commitments_block(const Plan& plan) {
  Json rows = Json::array();
  const auto at = [](double saved, double unused) {
    return fmt::format("{} saved, {} unused", money(saved), money(unused));
  };
  std::string before;
  for (const CommitmentAdvice& c : plan.commitments) {
    const bool instead = c.plan == before;
    before = c.plan;
    rows.push_back({fmt::format("{}, {}{}{}", c.plan, c.term, instead ? " instead" : "",
                                c.to_buy ? " (to buy: its figures have it)" : ""),
                    fmt::format("{:.2f} $/h", c.hourly_usd), money(c.eligible_usd),
                    money(c.saved_usd), money(c.unused_usd),
                    at(c.saved_usd_at_less, c.unused_usd_at_less),
                    at(c.saved_usd_at_more, c.unused_usd_at_more)});
  }
  for (const StrandedCommitment& s : plan.stranded)
    rows.push_back({fmt::format("{}, {} (held)", s.plan, s.term),
                    money(s.committed_usd) + " a month", "", "", money(s.unused_usd), "", ""});
  const bool any_instead =
      std::ranges::adjacent_find(plan.commitments, {}, &CommitmentAdvice::plan) !=
      plan.commitments.end();
  return block("Savings Plans",
               any_instead
                   ? "Dollars a month. Terms of one plan are reckoned from the same use: one instead of the other."
                   : "Dollars a month.",
               {"Plan", "Commit", "Eligible", "Saves", "Unused",
                "At 20 % less use", "At 20 % more use"},
               rows);
}

Json worlds_block(const Plan& plan) {
  Json rows = Json::array();
  for (const WorldRisk& r : plan.worlds)
    rows.push_back({r.candidate, money(r.expected_usd), money(r.cvar_usd),
                    money(r.expected_lack_usd), percent(r.regret_share_95),
                    percent(r.worlds_broken_share)});
  return block(
      "In other worlds",
      rows.empty()
          ? ""
          : fmt::format(
                "{} sampled worlds: cost on average and in the worst tenth, what the capacity that "
                "lacks would cost, how much worse than the best choice in 95 % of them (there what "
                "lacks counts {:g} times), and in how many a limit breaks.",
                plan.world_count, plan.under_provisioning),
      {"Candidate", "Expected", "Worst tenth", "Lacks", "Regret at most", "Limits break in"}, rows,
      world_sentences(plan));
}

Json list_block(const char* title, const std::vector<std::string>& sentences) {
  Json rows = Json::array();
  for (const std::string& sentence : sentences) rows.push_back({sentence});
  return block(title, "", Json::array({title}), rows);
}

// ---- What would turn the answer ----------------------------------------------------------------

// Bars by how far an input moves the cost when it alone goes from low to high.
Json sensitivity_turn(const Stored& plan) {
  Json rows = Json::array(), table = Json::array();
  for (const Stored& e : plan.at("sensitivity")) {
    const double swing = e.at("swing_usd_per_month");
    if (swing <= 0) continue;
    rows.push_back(
        {{"input", e.at("input")},
         {"usd", swing},
         {"Swing", money(swing)},
         {"Range", fmt::format("x{} to x{}", shortest(e.at("low")), shortest(e.at("high")))}});
    table.push_back({e.at("input"),
                     fmt::format("x{} to x{}", shortest(e.at("low")), shortest(e.at("high"))),
                     money(swing), money_of(e.at("morris_mu_star_usd_per_month")),
                     share_of(e.at("sobol_total_share"))});
  }
  return {
      {"title", "Which inputs move the cost most"},
      {"text", "One input at a time from low to high, of the recommendation's cost by formulas."},
      {"spec", rows.empty()
                   ? Json()
                   : bars_spec("Cost moved by each input alone", "input", "usd", "USD/month")},
      {"data", {{"rows", rows}}},
      {"columns", {"Input", "Range", "Alone", "Morris mu*", "Sobol total"}},
      {"rows", table}};
}

Json provenance_of(const Stored& document, const std::string& file, Json more) {
  const Stored &scenario = document.at("scenario"), &prices = document.at("prices");
  const Json rows = {
      {"file", file},
      {"model version", document.at("model_version").get<std::string>() + " (berth " +
                            document.at("tool_version").get<std::string>() + ")"},
      {"prices", prices.at("catalogue").get<std::string>() + ", " +
                     prices.at("region").get<std::string>() + ", " +
                     prices.at("date").get<std::string>()},
      {"simulated", fmt::format("{} from {}, after {} of warm-up; seed {}",
                                duration(scenario.at("horizon_s").get<double>()),
                                scenario.at("starts_on").get<std::string>(),
                                duration(scenario.at("warm_up_s").get<double>()),
                                document.at("seed").get<std::uint64_t>())}};
  Json list = Json::array();
  for (const auto& [name, value] : rows.items()) list.push_back(Json::array({name, value}));
  for (Json& row : more) list.push_back(std::move(row));
  return {{"title", "Plan of " + scenario.at("name").get<std::string>()},
          {"starts_on", scenario.at("starts_on")},
          {"rows", list},
          {"assumptions", scenario.at("assumptions")}};
}

std::string answer_of(const Stored& document, const Plan& plan) {
  if (!plan.recommendation) {
    std::string text = "Nothing meets every limit";
    const char* between = ": ";
    if (plan.conflict)
      for (const std::string& limit : plan.conflict->limits)
        text += std::exchange(between, "; ") + limit;
    return text + ".";
  }
  const Stored& best = document.at("recommendation");
  std::string text = fmt::format("{} costs {} a month and was chosen for the lowest {}",
                                 best.at("name").get<std::string>(),
                                 money(estimate_value(best.at("usd_per_month"))), plan.objective);
  const auto claim = document.at("claim").get<std::string>();
  if (!claim.empty()) text += ": " + claim;
  if (!plan.finished) text += fmt::format(" (the search was not finished: {})", plan.unfinished);
  return text + ".";
}

std::vector<std::string> facts_of(const Stored& document, const Plan& plan) {
  std::vector<std::string> facts;
  if (plan.recommendation) {  // both are of it
    const Stored& sure = document.at("probability_of_correct_selection");
    facts.push_back(plan.optimality_gap
                        ? "gap to the proven bound " + gap_words(*plan.optimality_gap)
                        : "no proven gap");
    facts.push_back("best of those simulated with " + (sure.is_null()
                                                           ? "no known probability"
                                                           : selection_words(sure.get<double>())));
  }
  facts.push_back(fmt::format("{} candidates simulated", plan.candidates.size()));
  if (plan.knee) facts.push_back("knee of the front " + plan.candidates[*plan.knee].name);
  return facts;
}

PagePart read_plan(const Stored& plan, const Stored* simulated, const std::string& file,
                   std::size_t source, const FigureIndex& figure) {
  const Plan values = plan_values(plan);
  PagePart part{.placements = candidates_json(plan, values, source, figure),
                .answer = answer_of(plan, values)};
  part.axes = Json::array({{{"id", "plan:start_latency_p95_s"},
                            {"label", "start p95, mean over jobs' classes"},
                            {"unit", "s"}},
                           {{"id", "plan:serving_latency_p99_s"},
                            {"label", "serving p99, mean over requests"},
                            {"unit", "s"}}});
  if (values.objective == "serving_p99")
    std::swap(part.axes[0], part.axes[1]);  // what was asked for comes first
  part.facts = facts_of(plan, values);
  const Stored& search = plan.at("search");
  part.provenance = provenance_of(
      plan, file,
      Json::array(
          {Json::array({"objective", fmt::format("{}, with {:.4g} % confidence", values.objective,
                                                 100 * values.confidence)}),
           Json::array({"lower bound",
                        value_in(values.unit, {.mean = plan.at("lower_bound").get<double>()})}),
           Json::array(
               {"searched", fmt::format("{:.3g} possible placements, {} replications simulated",
                                        search.at("placements").get<double>(),
                                        search.at("replications").get<long>())})}));
  part.blocks = Json::array(
      {conflict_block(values), dominance_block(values), workloads_block(plan, values, simulated),
       rejections_block(plan), list_block("Shapes of clusters", variant_sentences(values)),
       commitments_block(values), worlds_block(values), list_block("Limits", values.limits),
       list_block("Levers derived", values.levers), list_block("Notes", values.notes)});
  for (std::size_t i = part.blocks.size(); i-- > 0;) {
    const Json& one = part.blocks[i];
    if (one.at("rows").empty() && one.at("sentences").empty() && one.at("text").get<std::string>().empty())
      part.blocks.erase(i);
  }
  if (!plan.at("sensitivity").empty()) part.turns.push_back(sensitivity_turn(plan));
  return part;
}

// What turns at a value, or that nothing does in the range; and a tie that decides nothing.
std::string turns_at(const Stored& flip, const std::string& at) {
  if (!at.empty()) return at;
  const auto unit = flip.at("unit").get<std::string>();
  return fmt::format("{}not between {} and {}",
                     flip.at("near_tie") == true ? "a near-tie that decides nothing; " : "",
                     flip_value(unit, flip.at("searched_low")),
                     flip_value(unit, flip.at("searched_high")));
}

std::string beyond_of(const Stored& flip, Objective objective) {
  const Stored beyond = flip.value(
      is_latency(objective) ? "difference_beyond_s" : "difference_beyond_usd_per_month", Stored());
  const auto difference = estimate_value(beyond);
  if (!difference) return "-";
  return is_latency(objective) ? signed_duration(*difference) : signed_money(*difference);
}

PagePart read_flips(const Stored& document) {
  const Objective objective =
      objective_named(document.value("objective", "cost")).value_or(Objective::cost);
  Json rows = Json::array(), drawn = Json::array(), turned = Json::array();
  for (const Stored& flip : document.at("flips")) {
    const auto unit = flip.at("unit").get<std::string>();
    std::vector<FlipMove> moves;
    for (const Stored& move : flip.at("moves"))
      moves.push_back({move.at("workload"), move.at("to")});
    const double now = flip.at("now");
    const bool turns = !flip.at("flips_at").is_null();
    const std::string here = flip_value(unit, now) +
                             (flip.at("of").is_null() ? "" : " (" + text_of(flip.at("of")) + ")"),
                      at = turns ? flip_value(unit, settled(flip.at("flips_at").get<double>(), now))
                                 : "";
    rows.push_back(
        {flip.at("input"), here, turns_at(flip, at), moves_in_full(moves),
         beyond_of(flip, objective), flip.at("how")});
    if (now <= 0) continue;  // no factor leads away from nothing
    Json row{{"input", flip.at("input")},
             {"now", 1},
             {"low", flip.at("searched_low").get<double>() / now},
             {"high", flip.at("searched_high").get<double>() / now},
             {"Now", here},
             {"Turns", turns ? at : "-"},
             {"Searched", flip_value(unit, flip.at("searched_low")) + " to " +
                              flip_value(unit, flip.at("searched_high"))},
             {"Moves", moves.empty() ? "" : moves_in_short(moves)}};
    drawn.push_back(row);
    if (!turns || flip.at("flips_at").get<double>() <= 0) continue;
    row["factor"] = flip.at("flips_at").get<double>() / now;
    turned.push_back(std::move(row));
  }
  std::string beyond = beyond_words(objective);
  beyond[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(beyond[0])));
  std::string text = flips_title(objective) + ".";
  if (!document.at("flips").empty())
    text += " " + flip_rule(objective, document.at("flips")[0].at("indifference_share"));
  if (!document.at("finished").get<bool>())
    text += fmt::format(" UNFINISHED: {}; inputs that are missing were not looked at.",
                        document.at("unfinished_because").get<std::string>());
  PagePart part;
  part.turns.push_back({{"title", "What would turn the answer"},
                        {"text", text},
                        {"spec", drawn.empty() ? Json() : flips_spec()},
                        {"data", {{"rows", drawn}, {"flips", turned}}},
                        {"columns", {"Input", "Now", "Turns at", "Then moves", beyond, "How"}},
                        {"rows", rows}});
  return part;
}

struct Input {
  std::string words, unit;
};
Input input_of(const std::string& axis) {
  if (axis == "size_bytes") return {"compressed size of the image", "bytes"};
  if (axis == "read_share") return {"share of the image read before it is ready", "share"};
  if (axis == "pulls_at_once") return {"nodes that pull at once", "count"};
  if (axis == "interval_s") return {"time between jobs", "s"};
  if (axis == "run_s") return {"run time of a job", "s"};
  return {axis, "count"};
}

// A curve a way to start; a logarithmic scale has no place for nothing.
Json curve_turn(const std::string& subject, const Stored& curve) {
  const Input input = input_of(curve.at("axis").get<std::string>());
  const Stored& at = curve.at("at");
  bool pull = true;
  Json rows = Json::array();
  for (const Stored& series : curve.at("series")) {
    pull = series.contains("ready_s");
    const Stored& values = series.at(pull ? "ready_s" : "cost_usd_per_job");
    for (std::size_t i = 0; i < at.size(); ++i)
      if (at[i].get<double>() > 0 && values.at(i).get<double>() > 0)
        rows.push_back({{"series", series.at("name")}, {"x", at[i]}, {"y", values[i]}});
  }
  const ValueTable table = break_even_values(curve);
  const auto title = curve.at("title").get<std::string>();
  const Json here = Json::array({{{"x", curve.at("here")}, {"label", "now"}}});
  return {{"title", subject + ": " + title},
          {"text", ""},
          {"sentences", curve.at("crossovers")},
          {"spec", curves_spec(title, input.words, input.unit,
                               pull ? "ready after" : "dollars a job", pull ? "s" : "USD/month")},
          {"data", {{"rows", rows}, {"here", here}}},
          {"columns", table.columns},
          {"rows", table.rows}};
}

PagePart read_curves(const Stored& document) {
  PagePart part;
  for (const Stored& subject : document.at("subjects"))
    for (const Stored& curve : subject.at("curves"))
      part.turns.push_back(curve_turn(subject.at("what").get<std::string>(), curve));
  return part;
}

template <class Read>
PagePart strictly(const std::string& file, Read read) {
  try {
    return read();
  } catch (const Stored::exception& missing) {
    throw Unreadable(
        fmt::format("{}: error: a field is missing or of another kind ({})\n  hint: it was changed "
                    "by hand or by "
                    "another berth: make it anew",
                    file, missing.what()));
  }
}

}  // namespace

PagePart plan_part(const Stored& plan, const Stored* simulated, const std::string& file,
                   std::size_t source, const FigureIndex& figure) {
  return strictly(file, [&] { return read_plan(plan, simulated, file, source, figure); });
}

PagePart break_even_part(const Stored& curves, const std::string& file) {
  return strictly(file, [&] { return read_curves(curves); });
}

PagePart flip_part(const Stored& flips, const std::string& file) {
  return strictly(file, [&] { return read_flips(flips); });
}

}  // namespace berth
