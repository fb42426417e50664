#include "reports/page_plan.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "planner/plan.h"
#include "reports/break_even_words.h"
#include "reports/charts.h"
#include "reports/numbers.h"
#include "reports/read_result.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

Json triple(const Stored& e) {
  if (e.is_null()) return nullptr;
  return Json::array({e.at("mean"), e.at("low"), e.at("high")});
}

std::optional<Estimate> estimate_of(const Stored& e) {
  if (e.is_null()) return std::nullopt;
  Estimate estimate{.mean = e.at("mean"), .n = e.at("n")};
  if (e.at("low").is_number()) estimate.interval = Interval{e.at("low"), e.at("high")};
  return estimate;
}

std::string text_of(const Stored& value) { return value.is_null() ? "" : value.get<std::string>(); }
std::string money_of(const Stored& value) {
  return value.is_null() ? "-" : money(value.get<double>());
}
std::string share_of(const Stored& value) {
  return value.is_null() ? "-" : percent(value.get<double>());
}

Json block(const char* title, const std::string& text, Json columns, Json rows) {
  return {
      {"title", title}, {"text", text}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
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

std::string broken_words(const Stored& limit) {
  const std::string workload = text_of(limit.at("workload"));
  std::string text =
      limit.at("limit").get<std::string>() + (workload.empty() ? "" : " of " + workload);
  if (limit.at("missed_by").is_number())
    text += ", missed by " + percent(limit.at("missed_by").get<double>());
  return text;
}

Json candidate_json(const Stored& c, std::size_t source, const std::string& state,
                    const FigureIndex& figure) {
  Json missed = Json::array();
  for (const Stored& limit : c.at("limits_broken")) missed.push_back(broken_words(limit));
  Json latency = Json::object();
  for (const char* axis : {"start_latency_p95_s", "serving_latency_p99_s"})
    if (!c.at(axis).is_null()) latency[std::string{"plan:"} + axis] = triple(c.at(axis));
  const std::string note =
      c.at("from_scenario").get<bool>() ? "the scenario's own" : "found by the search";
  return {{"name", c.at("name")},
          {"label", c.at("name")},
          {"source", source},
          {"note",
           fmt::format("{}; {} portable, {} people's hours", note, share_of(c.at("portable_share")),
                       count(c.at("people_hours_per_month").get<double>()))},
          {"cost", triple(c.at("usd_per_month"))},
          {"latency", latency},
          {"goals", missed.empty() ? Json("met") : Json(fmt::format("{} broken", missed.size()))},
          {"missed", missed},
          {"own", c.at("from_scenario")},
          {"state", state},
          {"flags", Json::array()},
          {"numbers", numbers_of(c, figure)},
          {"twin", nullptr},
          {"detail", nullptr}};
}

Json candidates_json(const Stored& plan, std::size_t source, const FigureIndex& figure) {
  std::set<std::string> front;
  for (const Stored& c : plan.at("pareto")) front.insert(c.at("name").get<std::string>());
  const Stored& recommended = plan.at("recommendation");
  const std::string best = recommended.is_null() ? "" : recommended.at("name").get<std::string>();
  Json list = Json::array();
  for (const Stored& c : plan.at("candidates")) {
    const auto name = c.at("name").get<std::string>();
    const char* state = name == best                        ? "recommended"
                        : !c.at("meets_limits").get<bool>() ? "missed"
                        : front.contains(name)              ? "front"
                                                            : "feasible";
    list.push_back(candidate_json(c, source, state, figure));
  }
  return list;
}

// ---- Tables ------------------------------------------------------------------------------------

std::string runner_up_words(const Stored& runner_up) {
  if (runner_up.is_null()) return "";
  const auto more = estimate_of(runner_up.at("usd_per_month_more"));
  return runner_up.at("home").get<std::string>() + (more ? ", " + signed_money(*more) : "") +
         (runner_up.at("simulated").get<bool>() ? "" : " (by formulas)") +
         (runner_up.at("limits_broken").empty()
              ? ""
              : "; breaks " + text_of(runner_up.at("limits_broken").at(0).at("limit")));
}

Json workloads_block(const Stored& plan) {
  Json rows = Json::array();
  for (const Stored& w : plan.at("workloads")) {
    const bool training = w.at("kind") == "training";
    const auto latency = estimate_of(w.at(training ? "start_latency_p95_s" : "latency_p99_s"));
    rows.push_back({w.at("name"), w.at("home"), money(estimate_of(w.at("usd_per_month"))),
                    duration(latency), w.at("bottleneck"), runner_up_words(w.at("runner_up"))});
  }
  return block("Where each workload goes",
               "Start p95 of training, p99 of services; the runner-up with what it costs more.",
               {"Workload", "Home", "Cost a month", "Latency", "Most goes to", "Runner-up"}, rows);
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
Json conflict_block(const Stored& plan) {
  Json rows = Json::array();
  if (!plan.at("conflict").is_null())
    for (const Stored& r : plan.at("conflict").at("relaxations"))
      rows.push_back({r.at("limit"), text_of(r.at("workload")), shortest(r.at("allowed")),
                      r.at("nearest").is_null() ? "-" : shortest(r.at("nearest")),
                      money_of(r.at("usd_per_month")),
                      r.contains("placement") ? text_of(r.at("placement")) : ""});
  return block("Limits that cannot all be kept",
               "What each would have to allow, the others kept, and what a month then costs.",
               {"Limit", "Workload", "Allowed", "Nearest", "Cost a month", "Placement"}, rows);
}

Json commitments_block(const Stored& plan) {
  Json rows = Json::array();
  for (const Stored& c : plan.at("commitments"))
    rows.push_back({c.at("plan").get<std::string>() + ", " + c.at("term").get<std::string>() +
                        (c.contains("to_buy") ? " (to buy: its figures have it)" : ""),
                    fmt::format("{:.2f} $/h", c.at("hourly_usd").get<double>()),
                    money_of(c.at("saved_usd_per_month")), money_of(c.at("unused_usd_per_month")),
                    money_of(c.at("at_20_percent_less_demand").at("unused_usd_per_month"))});
  for (const Stored& s : plan.at("stranded_commitments"))
    rows.push_back(
        {s.at("plan").get<std::string>() + ", " + s.at("term").get<std::string>() + " (held)", "",
         "", money_of(s.at("unused_usd_per_month")), ""});
  return block("Savings Plans", "",
               {"Plan", "Commit", "Saves a month", "Unused", "Unused at 20 % less demand"}, rows);
}

Json worlds_block(const Stored& plan) {
  Json rows = Json::array();
  const Stored &worlds = plan.at("worlds"), &hedge = worlds.at("hedge");
  for (const Stored& r : worlds.at("risks"))
    rows.push_back({r.at("candidate"), money_of(r.at("expected_usd_per_month")),
                    money_of(r.at("cvar90_usd_per_month")),
                    money_of(r.at("expected_lack_usd_per_month")), share_of(r.at("regret_share_95")),
                    share_of(r.at("worlds_broken_share"))});
  return block(
      "In other worlds",
      fmt::format("{} sampled worlds: cost on average and in the worst tenth, what the capacity that lacks "
                  "would cost, how much worse than the best choice in 95 % of them (there what lacks "
                  "counts {:g} times), and in how many a limit breaks.{}",
                  worlds.at("count").get<int>(), worlds.at("under_provisioning").get<double>(),
                  hedge.is_null() ? ""
                                  : fmt::format(" {} stands better there than the recommendation.",
                                                hedge.at("candidate").get<std::string>())),
      {"Candidate", "Expected", "Worst tenth", "Lacks", "Regret at most", "Limits break in"}, rows);
}

Json list_block(const char* title, const Stored& sentences) {
  Json rows = Json::array();
  for (const Stored& sentence : sentences) rows.push_back({sentence});
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

std::string value_words(const Stored& value, const std::string& unit) {
  return value.is_null()
             ? "-"
             : fmt::format("{:.4g}", value.get<double>()) + (unit.empty() ? "" : " " + unit);
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

std::string answer_of(const Stored& plan) {
  const Stored& best = plan.at("recommendation");
  if (best.is_null()) {
    std::string text = "Nothing meets every limit";
    const char* between = ": ";
    if (!plan.at("conflict").is_null())
      for (const Stored& limit : plan.at("conflict").at("limits"))
        text += std::exchange(between, "; ") + limit.get<std::string>();
    return text + ".";
  }
  std::string text = fmt::format("{} costs {} a month", best.at("name").get<std::string>(),
                                 money(estimate_of(best.at("usd_per_month"))));
  const auto claim = plan.at("claim").get<std::string>();
  if (!claim.empty()) text += ": " + claim;
  if (!plan.at("finished").get<bool>()) text += " (the search was not finished)";
  return text + ".";
}

PagePart read_plan(const Stored& plan, const std::string& file, std::size_t source,
                   const FigureIndex& figure) {
  PagePart part{.placements = candidates_json(plan, source, figure), .answer = answer_of(plan)};
  part.axes = Json::array({{{"id", "plan:start_latency_p95_s"},
                            {"label", "start p95, mean over jobs' classes"},
                            {"unit", "s"}},
                           {{"id", "plan:serving_latency_p99_s"},
                            {"label", "serving p99, mean over requests"},
                            {"unit", "s"}}});
  part.facts = {fmt::format("{} candidates simulated", plan.at("candidates").size())};
  if (!plan.at("recommendation").is_null()) {  // both are of it
    const Stored &gap = plan.at("optimality_gap"),
                 &sure = plan.at("probability_of_correct_selection");
    const std::string probability =
        sure.is_null() ? "no known probability" : selection_words(sure.get<double>());
    part.facts.insert(
        part.facts.begin(),
        {"gap to the proven bound " + (gap.is_null() ? "-" : gap_words(gap.get<double>())),
         "best of those simulated with " + probability});
  }
  const Stored& search = plan.at("search");
  part.provenance = provenance_of(
      plan, file,
      Json::array(
          {Json::array({"objective", plan.at("objective")}),
           Json::array({"lower bound", value_in(plan.at("unit").get<std::string>(),
                                                {.mean = plan.at("lower_bound").get<double>()})}),
           Json::array(
               {"searched", fmt::format("{:.3g} possible placements, {} replications simulated",
                                        search.at("placements").get<double>(),
                                        search.at("replications").get<long>())})}));
  part.blocks = Json::array({conflict_block(plan), workloads_block(plan), rejections_block(plan),
                             commitments_block(plan), worlds_block(plan),
                             list_block("Limits", plan.at("limits")),
                             list_block("Levers derived", plan.at("levers_derived")),
                             list_block("Notes", plan.at("notes"))});
  for (std::size_t i = part.blocks.size(); i-- > 0;)
    if (part.blocks[i].at("rows").empty()) part.blocks.erase(i);
  if (!plan.at("sensitivity").empty()) part.turns.push_back(sensitivity_turn(plan));
  return part;
}

PagePart read_flips(const Stored& document) {
  Json rows = Json::array(), drawn = Json::array(), turned = Json::array();
  for (const Stored& flip : document.at("flips")) {
    const auto unit = flip.at("unit").get<std::string>();
    const std::string moves = flip.at("workload").is_null()
                                  ? ""
                                  : text_of(flip.at("workload")) + " to " + text_of(flip.at("to"));
    const double now = flip.at("now");
    const Stored at =
        flip.at("flips_at").is_null() ? Stored() : Stored(settled(flip.at("flips_at").get<double>(), now));
    rows.push_back(
        {flip.at("input"),
         value_words(flip.at("now"), unit) +
             (flip.at("of").is_null() ? "" : " (" + text_of(flip.at("of")) + ")"),
         flip.at("flips_at").is_null()
             ? fmt::format("not between {} and {}", value_words(flip.at("searched_low"), unit),
                           value_words(flip.at("searched_high"), unit))
             : value_words(at, unit),
         moves, flip.at("how")});
    if (now <= 0) continue;  // no factor leads away from nothing
    Json row{{"input", flip.at("input")},
             {"now", 1},
             {"low", flip.at("searched_low").get<double>() / now},
             {"high", flip.at("searched_high").get<double>() / now},
             {"Now", value_words(flip.at("now"), unit)},
             {"Turns", value_words(at, unit)},
             {"Searched", value_words(flip.at("searched_low"), unit) + " to " +
                              value_words(flip.at("searched_high"), unit)},
             {"Moves", moves}};
    drawn.push_back(row);
    if (flip.at("flips_at").is_null() || flip.at("flips_at").get<double>() <= 0) continue;
    row["factor"] = flip.at("flips_at").get<double>() / now;
    turned.push_back(std::move(row));
  }
  std::string text = "The smallest change of each input that changes the choice.";
  if (!document.at("finished").get<bool>())
    text += fmt::format(" UNFINISHED: {}; inputs that are missing were not looked at.",
                        document.at("unfinished_because").get<std::string>());
  PagePart part;
  part.turns.push_back({{"title", "What would turn the answer"},
                        {"text", text},
                        {"spec", drawn.empty() ? Json() : flips_spec()},
                        {"data", {{"rows", drawn}, {"flips", turned}}},
                        {"columns", {"Input", "Now", "Turns at", "Then moves", "How"}},
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

PagePart plan_part(const Stored& plan, const std::string& file, std::size_t source,
                   const FigureIndex& figure) {
  return strictly(file, [&] { return read_plan(plan, file, source, figure); });
}

PagePart break_even_part(const Stored& curves, const std::string& file) {
  return strictly(file, [&] { return read_curves(curves); });
}

PagePart flip_part(const Stored& flips, const std::string& file) {
  return strictly(file, [&] { return read_flips(flips); });
}

}  // namespace berth
