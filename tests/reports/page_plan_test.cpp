#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/focus.h"
#include "reports/json.h"
#include "reports/page.h"
#include "reports/plan_report.h"
#include "reports/read_result.h"
#include "reports/result_tables.h"
#include "reports/schema_check.h"
#include "tests/reports/canned_result.h"

using namespace berth;
using Json = nlohmann::json;

namespace {

Json estimate(double mean, double half) {
  return {{"mean", mean}, {"low", mean - half}, {"high", mean + half}, {"n", 10}};
}

Json candidate(const char* name, double usd, double start, bool meets) {
  Json broken = Json::array();
  if (!meets)
    broken.push_back({{"limit", "start_within_share"},
                      {"workload", "retrain"},
                      {"allowed", 0.9},
                      {"at_least", true},
                      {"found", nullptr},
                      {"met", false},
                      {"missed_by", 0.2}});
  return {{"name", name},
          {"from_scenario", false},
          {"replications", 10},
          {"usd_per_month", estimate(usd, 10)},
          {"marginal_usd_per_month", estimate(usd - 100, 10)},
          {"start_latency_p95_s", estimate(start, 2)},
          {"serving_latency_p99_s", nullptr},
          {"analytic_usd_per_month", usd},
          {"portable_share", 0.5},
          {"people_hours_per_month", 12},
          {"meets_limits", meets},
          {"limits_broken", broken},
          {"placement", {{"training", Json::object()}, {"services", Json::object()}}}};
}

Json plan() {
  const Json best = candidate("plan-1", 1000, 60, true),
             quick = candidate("plan-2", 1100, 20, true),
             broken = candidate("plan-3", 900, 300, false);
  return {{"schema", "berth/plan/1"},
          {"tool_version", "0.1.0"},
          {"model_version", "1"},
          {"engine", Json::object()},
          {"inputs", Json::array()},
          {"confidence", 0.95},
          {"unfinished_because", nullptr},
          {"pareto_axes", {"usd_per_month", "start_latency_p95_s"}},
          {"knee", nullptr},
          {"dominance", ""},
          {"analytic_recommended", 970.0},
          {"analytic_error", 0.05},
          {"selection_certified", true},
          {"indifference", 10.0},
          {"scenario",
           {{"name", "small"},
            {"description", "where to?"},
            {"starts_on", "2026-11-23"},
            {"warm_up_s", 0},
            {"horizon_s", 86400},
            {"assumptions", {"jobs are alike"}}}},
          {"prices", {{"catalogue", "aws"}, {"region", "us-east-1"}, {"date", "2026-08-21"}}},
          {"seed", 1},
          {"objective", "cost"},
          {"unit", "USD/month"},
          {"finished", true},
          {"claim", "within 2.1 % of the analytic optimum (proven)"},
          {"recommendation", best},
          {"pareto", {best, quick}},
          {"candidates", {best, quick, broken}},
          {"lower_bound", 950.0},
          {"optimality_gap", 0.021},
          {"correction",
           {{"pools", Json::array()},
            {"other_pools", 1},
            {"sagemaker_bills", Json::array()},
            {"starts", Json::array()}}},
          {"probability_of_correct_selection", 0.95},
          {"conflict", nullptr},
          {"search",
           {{"placements", 1e6},
            {"options", 12},
            {"options_left", 8},
            {"nodes", 3},
            {"replications", 300}}},
          {"workloads",
           {{{"kind", "training"},
             {"name", "retrain"},
             {"home", "sagemaker ml.m5.xlarge"},
             {"platform", "sagemaker"},
             {"pool", nullptr},
             {"instance_type", "m5.xlarge"},
             {"offering", "on_demand"},
             {"usd_per_month", estimate(400, 5)},
             {"start_latency_p50_s", estimate(50, 2)},
             {"start_latency_p95_s", estimate(60, 2)},
             {"start_within_share", nullptr},
             {"deadline_missed_share", nullptr},
             {"latency_p99_s", nullptr},
             {"slo_share", nullptr},
             {"bottleneck", "provisioning"},
             {"runner_up", nullptr}}}},
          {"rejections",
           {{{"workload", "retrain"},
             {"option", "eks"},
             {"stage", "bound"},
             {"reason", "dearer by formulas"},
             {"limit", nullptr},
             {"allowed", nullptr},
             {"found", nullptr},
             {"missed_by", nullptr}}}},
          {"commitments",
           {{{"plan", "SageMaker Savings Plan"},
             {"term", "1 year"},
             {"hourly_usd", 0.7814684744786111},
             {"eligible_usd_per_month", 815},
             {"saved_usd_per_month", 244},
             {"unused_usd_per_month", 0.08},
             {"at_20_percent_less_demand",
              {{"saved_usd_per_month", 81.7}, {"unused_usd_per_month", 114}}},
             {"at_20_percent_more_demand",
              {{"saved_usd_per_month", 244}, {"unused_usd_per_month", 0}}}}}},
          {"stranded_commitments", Json::array()},
          {"worlds",
           {{"count", 0},
            {"asked", 0},
            {"under_provisioning", 0},
            {"hedge", nullptr},
            {"risks", Json::array()},
            {"value_of_perfect_information_usd_per_month", nullptr}}},
          {"limits", {"start_within_share of retrain >= 0.9"}},
          {"cluster_variants", Json::array()},
          {"levers_derived", Json::array()},
          {"notes", Json::array()},
          {"simulated", nullptr},
          {"sensitivity",
           {{{"input", "demand"},
             {"low", 0.8},
             {"high", 1.2},
             {"swing_usd_per_month", 200},
             {"morris_mu_star_usd_per_month", 180},
             {"morris_sigma_usd_per_month", 20},
             {"sobol_total_share", nullptr}}}}};
}

// The plan as berth writes one: hybrid of the canned result is its plan-1, cheap its plan-3.
Json full_plan() {
  Json planned = plan();
  Result result = canned::result();
  result.placements[0].placement = "plan-1";
  result.placements[1].placement = "plan-3";
  result.failures.clear();
  planned["simulated"] = Json::parse(json_report(std::vector{result}));
  planned["candidates"][2]["from_scenario"] = true;
  return planned;
}

Json model(const std::vector<StoredText>& documents) { return Json::parse(page_model(documents)); }

}  // namespace

TEST_CASE("the plan of these tests is one that berth could have written") {
  CHECK(schema_errors(plan_schema(), plan()) == std::vector<std::string>{});
}

TEST_CASE("a plan that is not as its schema says is no page") {
  Json wrong = plan();
  wrong["candidates"][0]["usd_per_month"]["mean"] = "x";
  CHECK_THROWS_WITH(model({{"plan.json", wrong.dump()}}),
                    Catch::Contains("/candidates/0/usd_per_month"));
}

TEST_CASE("a plan is a page: its claim, its candidates, its front and what it left out") {
  const Json m = model({{"plan.json", plan().dump()}});
  CHECK(m.at("answer").get<std::string>().starts_with("plan-1 costs 1.00 k$"));
  CHECK(m.at("answer").get<std::string>().find("within 2.1 % of the analytic optimum (proven)") !=
        std::string::npos);
  CHECK(m.at("facts")[0] == "gap to the proven bound 2.1 %");
  CHECK(m.at("facts")[1] == "best of those simulated with probability >= 0.95");
  CHECK(m.at("placements").size() == 3);
  CHECK(m.at("placements")[0].at("state") == "recommended");
  CHECK(m.at("placements")[1].at("state") == "front");
  CHECK(m.at("placements")[2].at("state") == "missed");
  CHECK(m.at("placements")[2].at("missed")[0] == "start_within_share of retrain, missed by 20.0 %");
  CHECK(m.at("axes")[0].at("id") == "plan:start_latency_p95_s");
  CHECK(m.at("chosen") == Json::array({0, 1}));
  CHECK(m.at("turns")[0].at("data").at("rows").size() == 1);
  CHECK(m.at("blocks")[0].at("title") == "Where each workload goes");
  CHECK(m.at("blocks")[0].at("rows")[0][1] == "sagemaker ml.m5.xlarge");
  CHECK(m.at("blocks")[2].at("rows")[0][1] == "0.78 $/h");
  CHECK(m.at("blocks")[2].at("rows")[0][0] == "SageMaker Savings Plan, 1 year");
  CHECK(m.at("blocks")[2].at("rows")[0][6] == "244 $ saved, 0 $ unused");  // at more demand
  Json bought = plan();
  bought["commitments"][0]["to_buy"] = true;
  CHECK(model({{"plan.json", bought.dump()}}).at("blocks")[2].at("rows")[0][0] ==
        "SageMaker Savings Plan, 1 year (to buy: its figures have it)");
}

TEST_CASE(
    "a page has what the plan's text has: dominance, knee, shapes, worlds, commitments held and "
    "the other term") {
  Json p = plan();
  p["knee"] = "plan-2";
  p["dominance"] = "plan-1 clearly dominates kube";
  p["analytic_error"] = 0.05;
  p["cluster_variants"] = {{{"cluster", "eks"},
                            {"platform", "eks (karpenter)"},
                            {"autoscaler", "karpenter"},
                            {"pools", Json::array()},
                            {"analytic", nullptr},
                            {"chosen", false},
                            {"limits_broken", Json::array()}}};
  p["commitments"].push_back(p["commitments"][0]);
  p["commitments"][1]["term"] = "3 years";
  p["stranded_commitments"] = {{{"plan", "Compute Savings Plan"},
                                {"term", "1 year"},
                                {"committed_usd_per_month", 219},
                                {"unused_usd_per_month", 3e-13}}};
  p["worlds"] = {{"count", 20},
                 {"asked", 20},
                 {"under_provisioning", 3},
                 {"hedge", nullptr},
                 {"risks",
                  {{{"candidate", "plan-1"},
                    {"expected_usd_per_month", 1100},
                    {"cvar90_usd_per_month", 1300},
                    {"expected_lack_usd_per_month", 0},
                    {"expected_regret_share", 0},
                    {"regret_share_95", 0},
                    {"largest_regret_share", 0},
                    {"weighted_regret_usd_per_month", 0},
                    {"worlds_broken_share", 0}}}},
                 {"value_of_perfect_information_usd_per_month", 17}};
  p["workloads"][0]["runner_up"] = {
      {"home", "eks/cpu"},
      {"usd_per_month_more", {{"mean", 40}, {"low", nullptr}, {"high", nullptr}, {"n", 0}}},
      {"start_latency_p95_s_more", nullptr},
      {"latency_p99_s_more", nullptr},
      {"simulated", false},
      {"limits_broken",
       {{{"limit", "slo_share"},
         {"workload", "eta"},
         {"allowed", 0.9998999999999999},
         {"at_least", true},
         {"found", {{"mean", 0.99995}, {"low", 0.9997}, {"high", 1}, {"n", 6}}},
         {"met", false},
         {"missed_by", nullptr}}}}};
  p["candidates"][2]["limits_broken"].push_back(p["workloads"][0]["runner_up"]["limits_broken"][0]);
  REQUIRE(schema_errors(plan_schema(), p) == std::vector<std::string>{});
  const Json m = model({{"plan.json", p.dump()}});
  const auto block = [&](const std::string& title) -> const Json& {
    for (const Json& one : m.at("blocks"))
      if (one.at("title") == title) return one;
    FAIL("no block " + title);
    return m;
  };
  CHECK(m.at("answer").get<std::string>().starts_with(
      "plan-1 costs 1.00 k$ ±0.01 a month and was chosen for the lowest "
      "cost: within"));
  CHECK(m.at("facts").back() == "knee of the front plan-2");
  CHECK(m.at("placements")[1].at("note").get<std::string>().find("the knee of the front") !=
        std::string::npos);
  CHECK(block("Against the scenario's own placements").at("text") ==
        "plan-1 clearly dominates kube.");
  CHECK(block("Shapes of clusters").at("rows")[0][0] ==
        "eks (karpenter): nothing goes there, even as the only shape");
  const Json& plans = block("Savings Plans").at("rows");
  CHECK(plans[1][0] == "SageMaker Savings Plan, 3 years instead");
  CHECK(plans[2] == Json::array({"Compute Savings Plan, 1 year (held)", "219 $ a month", "", "",
                                 "0 $", "", ""}));
  CHECK(block("In other worlds").at("sentences").back() ==
        "Knowing the world before choosing would be worth 17.0 $ a month to plan-1.");
  // Whose limit it is, and that nobody saw it broken.
  CHECK(block("Where each workload goes").at("rows")[0][5] ==
        "eks/cpu, +40.0 $ *; not shown to keep slo_share of eta, 99.995 % for 99.99 %");
  CHECK(block("Where each workload goes")
            .at("text")
            .get<std::string>()
            .find("within the formulas' error") != std::string::npos);
  CHECK(m.at("placements")[2].at("missed")[1] == "slo_share of eta, not shown to be kept");
  CHECK(m.at("placements")[2].at("goals") == "1 broken, 1 not shown");
}

TEST_CASE("a plan for a latency of serving is drawn against that latency first") {
  Json p = plan();
  p["objective"] = "serving_p99";
  CHECK(model({{"plan.json", p.dump()}}).at("axes")[0].at("id") == "plan:serving_latency_p99_s");
}

TEST_CASE("the homes of a plan's page and what is beside them add up to its cost") {
  const Json p = full_plan();
  const Json m = model({{"plan.json", p.dump()}});
  const Json& rows = m.at("blocks")[0].at("rows");
  const Json& placement = p.at("simulated").at("placements")[0];
  REQUIRE(rows.back()[0] == "in all");
  CHECK(rows.back()[2] == "1.00 k$ ±0.01");
  const auto has = [&](const char* name, const char* key) {
    const bool is = std::ranges::any_of(rows, [&](const Json& row) { return row[0] == name; });
    CHECK(is == (placement.at(key).at("mean").get<double>() != 0));
  };
  has("idle", "cost_idle_usd_per_month");
  has("shared", "cost_shared_usd_per_month");
  has("people", "cost_people_usd_per_month");
  CHECK(rows.size() > 2);
}

TEST_CASE("a plan alone has the bill, the starts and the series of what it simulated in full") {
  CHECK(schema_errors(plan_schema(), full_plan()) == std::vector<std::string>{});
  const Json m = model({{"plan.json", full_plan().dump()}});
  REQUIRE(m.at("placements").size() == 3);
  const Json &best = m.at("placements")[0], &other = m.at("placements")[1];
  CHECK(best.at("state") == "recommended");
  CHECK(best.at("detail").at("name") == "plan-1");
  CHECK_FALSE(best.at("detail").at("cost_lines").empty());
  CHECK(other.at("detail").is_null());
  // Beside it what the scenario has today, not what comes next in the list.
  CHECK(m.at("chosen") == Json::array({0, 2}));
  // The plan's own figure of the cost stands, the result's others come to it, each once.
  std::map<std::string, std::vector<double>> means;
  for (const Json& row : best.at("numbers")) {
    const Json& name = m.at("figures")[row[0].get<std::size_t>()];
    means[name[0].get<std::string>() + " " + name[1].get<std::string>()].push_back(row[1]);
  }
  CHECK(means.at("cost_usd_per_month ") == std::vector<double>{1000});
  CHECK(means.at("start_latency_p95_s retrain").size() == 1);
  // Classes can be drawn against one by one.
  CHECK(m.at("axes").size() > 2);
  CHECK(best.at("latency").contains("slowest"));
  CHECK_FALSE(other.at("latency").contains("slowest"));
  const Json& rows = m.at("provenance")[0].at("rows");
  CHECK(std::ranges::any_of(rows, [](const Json& row) { return row[0] == "fidelity of serving"; }));
  Json strange = full_plan();
  strange["simulated"]["placements"][1]["name"] = "elsewhere";
  CHECK_THROWS_WITH(model({{"plan.json", strange.dump()}}),
                    Catch::Contains("\"elsewhere\" is no candidate of this plan"));
}

TEST_CASE("tables, bill and Markdown of a plan are those of what it simulated") {
  const StoredText planned{"plan.json", full_plan().dump()};
  const std::string text = page_markdown(std::vector{planned});
  CHECK(text.find("### plan-1\n") != std::string::npos);
  CHECK(text.find("### plan-3\n") == std::string::npos);
  const auto tables = result_tables(std::vector{planned});
  REQUIRE(tables.size() == 9);
  CHECK(tables[0].file == "placements.csv");
  CHECK(std::ranges::count(tables[0].text, '\n') == 1 + 2);
  // The bill is the recommendation's: as that of a result which has nothing else.
  Result alone = canned::result();
  alone.placements.resize(1);
  alone.placements[0].placement = "plan-1";
  const std::string bill = focus_csv(std::vector{planned});
  const std::string same = focus_csv(
      std::vector<StoredText>{{"r.json", json_report(std::vector{alone})}});
  CHECK(std::ranges::count(bill, '\n') == std::ranges::count(same, '\n'));
  CHECK(bill.find("plan-3") == std::string::npos);
  CHECK(focus_metadata(std::vector{planned}) ==
        focus_metadata(std::vector<StoredText>{{"r.json", json_report(std::vector{alone})}}));
  // What a result beside it tells is told once.
  Result own = canned::result();
  own.placements[1].placement = "plan-3";
  const auto both = result_tables(
      std::vector<StoredText>{planned, {"r.json", json_report(std::vector{own})}});
  CHECK(std::ranges::count(both[0].text, '\n') == 1 + 3);  // hybrid, plan-3 of the result; plan-1
}

TEST_CASE(
    "a service that stands in many placements is one whose p99 may be off, by the largest of "
    "them") {
  Json result = Json::parse(json_report(std::vector{canned::result()}));
  REQUIRE(result.at("placements").size() == 2);
  double error = 0.1;
  for (Json& placement : result["placements"])
    for (Json& service : placement["services"]) {
      service["fidelity"] = "fluid";
      service["latency_p99_error_share"] = estimate(error += 0.1, 0);
    }
  REQUIRE(result["placements"][0]["services"].size() == 1);
  const Json m = model({{"r.json", result.dump()}});
  std::string words;
  for (const Json& row : m.at("provenance")[0].at("rows"))
    if (row[0] == "fidelity of serving") words = row[1];
  CHECK(
      words.find(
          "within 30 % of what every request to the same pods would show, beyond ± (1 service)") !=
      std::string::npos);
}

TEST_CASE("a plan and a result of its placements stand on one page") {
  const Json m =
      model({{"plan.json", plan().dump()}, {"r.json", json_report(std::vector{canned::result()})}});
  CHECK(m.at("placements").size() == 5);
  CHECK(m.at("chosen") == Json::array({0, 3}));  // the recommendation, beside one that has details
  CHECK(m.at("provenance").size() == 2);
}

TEST_CASE("the bound of a latency is a time") {
  const auto bound = [](const Json& plan) {
    const Json page = model({{"plan.json", plan.dump()}});
    for (const Json& fact : page.at("provenance")[0].at("rows"))
      if (fact[0] == "lower bound") return fact[1].get<std::string>();
    return std::string{};
  };
  Json late = plan();
  late["lower_bound"] = 90;
  CHECK(bound(late) == "90.0 $");
  late["unit"] = "s";
  CHECK(bound(late) == "90 s");
}

TEST_CASE("a plan in which nothing is feasible is a page that says which limits are in the way") {
  Json none = plan();
  none["recommendation"] = nullptr;
  none["pareto"] = none["candidates"] = none["workloads"] = Json::array();
  none["conflict"] = {{"limits", {"deploy_s of api <= 5"}},
                      {"undecided", Json::array()},
                      {"nearest", "eks-only"},
                      {"relaxations",
                       {{{"limit", "deploy_s"},
                         {"workload", "api"},
                         {"allowed", 5},
                         {"nearest", 9.5},
                         {"usd_per_month", 40},
                         {"placement", "eks-only"}}}}};
  const Json m = model({{"plan.json", none.dump()}});
  CHECK(m.at("placements").empty());
  CHECK(m.at("chosen") == Json::array({-1, -1}));
  CHECK(m.at("answer") == "Nothing meets every limit: deploy_s of api <= 5.");
  // No gap and no probability of what is not there.
  CHECK(m.at("facts") == Json::array({"0 candidates simulated"}));
  CHECK(m.at("blocks")[0].at("rows")[0] == Json::array({"deploy_s", "api", "5", "9.5", "40.0 $", "eks-only"}));
  CHECK(m.at("blocks")[0].at("sentences")[0] ==
        "No placement that was simulated meets every limit for sure: each breaks deploy_s of api "
        "<= 5. Nearest to all "
        "is eks-only.");
  CHECK(m.at("blocks")[0].at("text").get<std::string>().find("the others kept") !=
        std::string::npos);
  none["conflict"]["relaxed_together"] = true;
  none["conflict"]["relaxations"][0]["limit"] = "cost_usd_per_month";
  none["conflict"]["relaxations"][0]["workload"] = nullptr;
  const Json t = model({{"plan.json", none.dump()}});
  CHECK(t.at("blocks")[0].at("text").get<std::string>().find(
            "all of these would have to allow together") != std::string::npos);
  CHECK(t.at("blocks")[0].at("rows")[0] ==
        Json::array({"cost", "", "5 $/month", "9.5 $/month", "40.0 $", "eks-only"}));
}

TEST_CASE("a candidate that is the scenario's own has the details of its result") {
  Json planned = plan();
  const Json result = Json::parse(json_report(std::vector{canned::result()}));
  planned["inputs"] = result.at("inputs");
  planned["scenario"]["name"] = result.at("scenario").at("name");
  planned["candidates"][0]["name"] = "cheap";
  planned["candidates"][0]["from_scenario"] = true;
  planned["recommendation"]["name"] = "cheap";
  const auto page = [&] {
    return model({{"plan.json", planned.dump()}, {"r.json", result.dump()}});
  };
  Json m = page();
  // Three candidates, then hybrid and cheap of the result; beside it the other of them.
  CHECK(m.at("placements")[0].at("detail_of") == 4);
  CHECK(m.at("placements")[0].at("twin") == m.at("placements")[4].at("twin"));
  CHECK_FALSE(m.at("placements")[1].contains("detail_of"));
  CHECK(m.at("chosen") == Json::array({0, 3}));
  // Of other files it would be another's bill.
  planned["inputs"] = Json::array();
  m = page();
  CHECK_FALSE(m.at("placements")[0].contains("detail_of"));
}

TEST_CASE("a table of flips says what would turn the answer") {
  Json flips{{"schema", "berth/flip/1"},
             {"finished", true},
             {"unfinished_because", nullptr},
             {"notes", Json::array()},
             {"flips",
              {{{"input", "image of notebooks"},
                {"unit", "GB"},
                {"now", 4.0},
                {"flips_at", 6.1000000001},
                {"searched_low", 1},
                {"searched_high", 40},
                {"workload", "notebooks"},
                {"to", "eks"},
                {"how", "simulated"}},
               {{"input", "hour"},
                {"unit", "$"},
                {"now", 87},
                {"flips_at", nullptr},
                {"searched_low", 20},
                {"searched_high", 300},
                {"workload", nullptr},
                {"to", nullptr},
                {"how", "analytic"}}}}};
  for (const char* key :
       {"tool_version", "model_version", "engine", "scenario", "inputs", "prices", "seed"})
    flips[key] = plan().at(key);
  for (Json& flip : flips["flips"]) {
    flip["difference_beyond_usd_per_month"] = nullptr;
    flip["moves"] = Json::array();
    if (flip["workload"].is_string())
      flip["moves"] = {{{"workload", "notebooks"}, {"to", "eks"}},
                       {{"workload", "rank"}, {"to", "west"}},
                       {{"workload", "batch"}, {"to", "eks"}}};
    flip["near_tie"] = false;
    flip["stays_at"] = nullptr;
    flip["of"] = flip["flips_at"].is_null() ? Json() : Json("notebook");
    flip["indifference_share"] = 0.01;
  }
  const Json m = model({{"plan.json", plan().dump()}, {"flips.json", flips.dump()}});
  const Json& rows = m.at("turns")[1].at("rows");
  CHECK(rows[0][1] == "4 GB (notebook)");
  CHECK(rows[0][2] == "6.1 GB");
  CHECK(rows[0][3] == "notebooks, batch to eks; rank to west");
  CHECK(rows[1][2] == "not between 20 $ and 300 $");
  // The chart has both inputs, each in times its own now: 6.1 of 4 GB, 20 to 300 of 87 $.
  const Json& data = m.at("turns")[1].at("data");
  REQUIRE(data.at("rows").size() == 2);
  REQUIRE(data.at("flips").size() == 1);
  CHECK(data.at("flips")[0].at("factor") == Approx(6.1 / 4));
  CHECK(data.at("flips")[0].at("Turns") == "6.1 GB");
  CHECK(data.at("flips")[0].at("Moves") == "3 workloads move: notebooks to eks");
  Json factor = flips;
  factor["flips"][0]["unit"] = "";
  factor["flips"][0]["of"] = nullptr;
  factor["flips"][1]["near_tie"] = true;
  const Json f =
      model({{"plan.json", plan().dump()}, {"flips.json", factor.dump()}}).at("turns")[1];
  CHECK(f.at("rows")[0][1] == "x4");
  CHECK(f.at("rows")[0][2] == "x6.1");
  CHECK(f.at("data").at("rows")[0].at("Now") == "x4");
  CHECK(f.at("rows")[1][2] == "a near-tie that decides nothing; not between 20 $ and 300 $");
  CHECK(data.at("rows")[1].at("low") == Approx(20.0 / 87));
  CHECK(m.at("turns")[1].at("spec").at("layer").size() == 5);
  CHECK(m.at("turns")[1].at("text").get<std::string>().find(
            "A choice changes where another is cheaper by more than 1.0 % of the cost, or where it breaks a limit.") !=
        std::string::npos);
  Json soon = flips;  // of a plan for a latency
  soon["objective"] = "start_latency";
  soon["objective_unit"] = "s";
  soon["flips"][0]["difference_beyond_s"] = {{"mean", -4}, {"low", -5}, {"high", -3}, {"n", 6}};
  const Json s = model({{"plan.json", plan().dump()}, {"flips.json", soon.dump()}}).at("turns")[1];
  CHECK(s.at("text").get<std::string>().find("which is the best by start_latency") != std::string::npos);
  CHECK(s.at("columns")[4] == "Start latency just beyond");
  CHECK(s.at("rows")[0][4] == "-4.00 s ±1.00");
  CHECK(s.at("rows")[1][4] == "-");
  CHECK(result_tables(std::vector<StoredText>{{"flips.json", soon.dump()}})[0].text.find(",start_latency\n") !=
        std::string::npos);
  CHECK_THROWS_AS(model({{"flips.json", flips.dump()}}), Unreadable);  // of what?
  const std::vector<StoredText> alone{{"flips.json", flips.dump()}};
  CHECK(page_markdown(alone).find("6.1 GB | notebooks, batch to eks; rank to west |") !=
        std::string::npos);
  REQUIRE(result_tables(alone).size() == 1);
  CHECK(result_tables(alone)[0].text.find(
            "image of notebooks,GB,4,6.1000000001,1,40,notebooks,eks,simulated,\n") !=
        std::string::npos);
  CHECK(page_markdown(alone).find("UNFINISHED") == std::string::npos);
  Json cut = flips;
  cut["finished"] = false;
  cut["unfinished_because"] = "it was interrupted";
  const std::vector<StoredText> only_cut{{"flips.json", cut.dump()}};
  CHECK(page_markdown(only_cut).find("UNFINISHED: it was interrupted") != std::string::npos);
  Json old = flips;  // of a berth that did not say whose figure it is
  old["flips"][0].erase("of");
  CHECK_THROWS_WITH(model({{"plan.json", plan().dump()}, {"flips.json", old.dump()}}),
                    Catch::Contains("flips.json: error: /flips/0: lacks \"of\"") &&
                        Catch::Contains("make it anew"));
  flips["flips"][0]["now"] = "much";
  CHECK_THROWS_AS(model({{"plan.json", plan().dump()}, {"flips.json", flips.dump()}}), Unreadable);
  flips["schema"] = "berth/flip/2";
  CHECK_THROWS_WITH(model({{"plan.json", plan().dump()}, {"flips.json", flips.dump()}}),
                    Catch::Contains("newer berth"));
}

TEST_CASE("break-even curves stand where the answer turns") {
  Json curves;
  for (const char* field :
       {"tool_version", "model_version", "engine", "scenario", "inputs", "prices", "seed"})
    curves[field] = plan().at(field);
  curves.update(
      {{"schema", "berth/breakeven/1"},
       {"subjects",
        {{{"what", "image trainer"},
          {"notes", Json::array()},
          {"curves",
           {{{"axis", "size_bytes"},
             {"title", "by compressed size"},
             {"at", {1e9, 2e9}},
             {"here", 1.5e9},
             {"series",
              {{{"name", "full"}, {"ready_s", {10.0, 20.0}}, {"cost_usd_per_pull", {0.1, 0.2}}},
               {{"name", "lazy"}, {"ready_s", {12.0, 0.0}}, {"cost_usd_per_pull", {0.1, 0.1}}}}},
             {"contests", Json::array()},
             {"crossovers", {"lazy wins above 1.2 GB", "full below"}}}}}}}}});
  const Json m = model({{"plan.json", plan().dump()}, {"curves.json", curves.dump()}});
  const Json& turn = m.at("turns")[1];
  CHECK(turn.at("title") == "image trainer: by compressed size");
  CHECK(turn.at("sentences") == Json::array({"lazy wins above 1.2 GB", "full below"}));
  CHECK(turn.at("columns") == Json::array({"Ready after", "1 GB", "2 GB"}));
  CHECK(turn.at("rows")[0] == Json::array({"full", "10 s", "20 s"}));
  CHECK(turn.at("data").at("rows").size() == 3);  // nothing has no place on a logarithmic scale
  CHECK(turn.at("data").at("here")[0].at("x") == 1.5e9);
  CHECK(turn.at("spec").at("width") == "container");
  const std::vector<StoredText> alone{{"curves.json", curves.dump()}};
  CHECK(page_markdown(alone).find("* lazy wins above 1.2 GB\n* full below\n") != std::string::npos);
  REQUIRE(result_tables(alone).size() == 1);
  CHECK(
      result_tables(alone)[0].text.starts_with("scenario,subject,axis,series,at,quantity,value\n"));
  CHECK(result_tables(alone)[0].text.find(
            "small,image trainer,size_bytes,lazy,1e+09,ready_s,12\n") != std::string::npos);
}

TEST_CASE("a plan in Markdown has its claim, its candidates and where each workload goes") {
  const std::string text = page_markdown(std::vector<StoredText>{{"plan.json", plan().dump()}});
  CHECK(text.starts_with("# Plan of "));
  CHECK(text.find("**plan-1 costs 1.00 k$") != std::string::npos);
  CHECK(text.find("| plan-1 | 1.00 k$") != std::string::npos);
  CHECK(text.find("missed by 20.0 % |\n") != std::string::npos);
  CHECK(text.find("| retrain | sagemaker ml.m5.xlarge |") != std::string::npos);
  CHECK(text.find("## Which inputs move the cost most") != std::string::npos);
  Json strange = plan();
  strange["candidates"][0]["name"] = "<script>";
  CHECK(page_markdown(std::vector<StoredText>{{"plan.json", strange.dump()}}).find("<script>") ==
        std::string::npos);
}

TEST_CASE("a plan's tables have a row a candidate and a row a workload") {
  const auto tables = result_tables(std::vector<StoredText>{{"plan.json", plan().dump()}});
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].file == "plan_candidates.csv");
  CHECK(std::ranges::count(tables[0].text, '\n') == 1 + 3);
  CHECK(tables[0].text.find(",plan-1,true,true,true,") != std::string::npos);
  CHECK(tables[1].file == "plan_homes.csv");
  CHECK(std::ranges::count(tables[1].text, '\n') == 1 + 1);
  CHECK(tables[1].text.find(",training,retrain,sagemaker ml.m5.xlarge,") != std::string::npos);
}

TEST_CASE("a bill is of results, also where a plan stands beside them") {
  const StoredText planned{"plan.json", plan().dump()},
      result{"r.json", json_report(std::vector{canned::result()})};
  CHECK(focus_csv(std::vector<StoredText>{planned, result}) ==
        focus_csv(std::vector<StoredText>{result}));
  CHECK_THROWS_WITH(focus_csv(std::vector<StoredText>{planned}),
                    Catch::Contains("a bill needs a result"));
}

TEST_CASE("a plan that lacks a field is refused, not half shown") {
  Json broken = plan();
  broken.erase("pareto");
  CHECK_THROWS_WITH(page_model(std::vector<StoredText>{{"plan.json", broken.dump()}}),
                    Catch::Contains("plan.json: error:") && Catch::Contains("pareto"));
}
