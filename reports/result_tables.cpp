#include "reports/result_tables.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reports/answer.h"
#include "reports/csv.h"
#include "reports/document_values.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::json;

std::string field_of(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return csv_field(value.get<std::string>());
  if (value.is_number_float()) return shortest(value);
  return value.dump();
}

class Table {
 public:
  explicit Table(const char* header) : text_(std::string{header} + "\n") {}
  template <class... Values>
  void add(const Values&... values) {
    bool first = true;
    ((text_ += (std::exchange(first, false) ? "" : ",") + field_of(Json(values))), ...);
    text_ += "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

Json part(const Json& figure, const char* which) {
  return figure.is_null() ? Json() : figure.at(which);
}

struct Tables {
  Table placements{
      "scenario,placement,description,cost_usd_per_month,low,high,replications,goals_missed"};
  Table figures{"scenario,placement,metric,workload,part,unit,mean,low,high,n"};
  Table replications{"scenario,placement,replication,metric,workload,part,unit,value"};
  Table cost{
      "scenario,placement,service,item,charge,kind,workload,unit,quantity_per_month,usd_per_month,"
      "list_usd_per_month,usd_per_unit,price_as_of,price_status"};
  Table homes{
      "scenario,placement,kind,workload,team,platform,pool,instance_type,offering,pull,endpoint,"
      "keep_alive_s"};
  Table series{"scenario,placement,kind,name,quantity,hour,value"};
  Table distributions{"scenario,placement,workload,share,start_latency_s"};

  void add_figures(const std::string& scenario, const GateSide& side) {
    for (const NamedFigure& f : side.figures) {
      const auto& name = f.name;
      for (std::size_t i = 0; i < f.figure.values.size(); ++i)
        if (f.figure.values[i])
          replications.add(scenario, side.placement, i, name.metric, name.workload, name.part,
                           name.unit, *f.figure.values[i]);
      if (const auto e = f.figure.estimate())
        figures.add(scenario, side.placement, name.metric, name.workload, name.part, name.unit,
                    e->mean, e->interval ? Json(e->interval->low) : Json(),
                    e->interval ? Json(e->interval->high) : Json(), e->n);
    }
  }

  void add_cost(const std::string& scenario, const Json& placement) {
    for (const Json& line : placement.at("cost_lines"))
      for (const Json& share : line.at("shares"))
        cost.add(scenario, placement.at("name"), line.at("service"), line.at("item"),
                 line.at("charge"), share.at("kind"), share.at("workload"), line.at("unit"),
                 part(share.at("quantity_per_month"), "mean"),
                 part(share.at("usd_per_month"), "mean"),
                 part(share.at("list_usd_per_month"), "mean"), line.at("usd_per_unit"),
                 line.at("price").is_null()
                     ? Json()
                     : Json(first_day(line.at("price").at("as_of").get<std::string>())),
                 line.at("price").is_null() ? Json() : line.at("price").at("status"));
  }

  void add_homes(const std::string& scenario, const Json& placement) {
    for (const char* kind : {"training", "services"})
      for (const Json& workload : placement.at(kind)) {
        const Json& home = workload.at("home");
        homes.add(scenario, placement.at("name"),
                  kind == std::string{"services"} ? "service" : "training", workload.at("name"),
                  workload.at("team"), home.at("platform"), home.at("pool"),
                  home.at("instance_type"), home.at("offering"), home.at("pull"),
                  home.at("endpoint"), home.at("keep_alive_s"));
      }
    for (const Json& t : placement.at("training")) {
      const Json& points = t.at("start_distribution");
      for (std::size_t i = 0; i < points.at("share").size(); ++i)
        distributions.add(scenario, placement.at("name"), t.at("name"), points.at("share")[i],
                          points.at("start_latency_s")[i]);
    }
  }

  void add_series(const std::string& scenario, const Json& placement) {
    const Json& all = placement.at("series");
    const double step_h = all.at("step_s").get<double>() / 3600;
    const auto add = [&](const char* kind, const std::string& name, const Json& one) {
      for (const auto& [quantity, values] : one.items()) {
        if (!values.is_array()) continue;
        for (std::size_t i = 0; i < values.size(); ++i)
          series.add(scenario, placement.at("name"), kind, name, quantity,
                     static_cast<double>(i) * step_h, values[i]);
      }
    };
    for (const Json& one : all.at("services")) add("service", one.at("name"), one);
    for (const Json& one : all.at("training")) add("training", one.at("name"), one);
    for (const Json& one : all.at("pools"))
      add("pool", one.at("platform").get<std::string>() + "/" + one.at("pool").get<std::string>(),
          one);
  }

  std::set<std::pair<std::string, std::string>> told;  // scenario, placement

  void add_result(const ResultDocument& document) {
    for (std::size_t i = 0; i < document.result.placements.size(); ++i) add(document, i);
  }

  // What a plan has simulated in full, but for what a result beside it tells.
  void add_plan(const PlanDocument& plan) {
    if (!plan.simulated) return;
    const StoredResult& result = plan.simulated->result;
    for (std::size_t i = 0; i < result.placements.size(); ++i)
      if (!told.contains({result.from.scenario, result.placements[i].placement}))
        add(*plan.simulated, i);
  }

  void add(const ResultDocument& document, std::size_t i) {
    const StoredResult& result = document.result;
    const std::string& scenario = result.from.scenario;
    const Json& placement = document.json.at("placements")[i];
    const Json& usd = placement.at("cost_usd_per_month");
    placements.add(scenario, placement.at("name"), placement.at("description"), part(usd, "mean"),
                   part(usd, "low"), part(usd, "high"), placement.at("replications"),
                   missed_goals(result.placements[i]).size());
    add_figures(scenario, result.placements[i]);
    add_cost(scenario, placement);
    add_homes(scenario, placement);
    add_series(scenario, placement);
    told.emplace(scenario, result.placements[i].placement);
  }
};

// A plan's candidates, and where its recommendation puts each workload.
struct PlanTables {
  Table candidates{
      "scenario,candidate,recommended,on_front,meets_limits,from_scenario,replications,usd_per_"
      "month,"
      "low,high,marginal_usd_per_month,analytic_usd_per_month,start_latency_p95_s,"
      "serving_latency_p99_s,portable_share,people_hours_per_month,limits_broken"};
  Table homes{
      "scenario,kind,workload,home,platform,pool,instance_type,offering,usd_per_month,low,high,"
      "start_latency_p95_s,start_within_share,latency_p99_s,slo_share,bottleneck,runner_up,"
      "runner_up_usd_per_month_more"};

  void add(const Json& plan) {
    const Json &scenario = plan.at("scenario").at("name"), &best = plan.at("recommendation");
    std::set<std::string> front;
    for (const Json& c : plan.at("pareto")) front.insert(c.at("name").get<std::string>());
    for (const Json& c : plan.at("candidates")) {
      const Json& usd = c.at("usd_per_month");
      const auto name = c.at("name").get<std::string>();
      candidates.add(scenario, name, !best.is_null() && best.at("name") == name,
                     front.contains(name), c.at("meets_limits"), c.at("from_scenario"),
                     c.at("replications"), part(usd, "mean"), part(usd, "low"), part(usd, "high"),
                     part(c.at("marginal_usd_per_month"), "mean"), c.at("analytic_usd_per_month"),
                     part(c.at("start_latency_p95_s"), "mean"),
                     part(c.at("serving_latency_p99_s"), "mean"), c.at("portable_share"),
                     c.at("people_hours_per_month"), c.at("limits_broken").size());
    }
    for (const Json& w : plan.at("workloads")) {
      const Json &usd = w.at("usd_per_month"), &next = w.at("runner_up");
      homes.add(scenario, w.at("kind"), w.at("name"), w.at("home"), w.at("platform"), w.at("pool"),
                w.at("instance_type"), w.at("offering"), part(usd, "mean"), part(usd, "low"),
                part(usd, "high"), part(w.at("start_latency_p95_s"), "mean"),
                part(w.at("start_within_share"), "mean"), part(w.at("latency_p99_s"), "mean"),
                part(w.at("slo_share"), "mean"), w.at("bottleneck"),
                next.is_null() ? Json() : next.at("home"),
                next.is_null() ? Json() : part(next.at("usd_per_month_more"), "mean"));
    }
  }
};

Table flip_table(const std::vector<StoredDocument>& documents) {
  Table table{"scenario,input,unit,now,flips_at,searched_low,searched_high,workload,to,how,objective"};
  for (const StoredDocument& document : documents)
    for (const Json& flip : document.json.at("flips"))
      table.add(document.json.at("scenario").at("name"), flip.at("input"), flip.at("unit"),
                flip.at("now"), flip.at("flips_at"), flip.at("searched_low"),
                flip.at("searched_high"), flip.at("workload"), flip.at("to"), flip.at("how"),
                document.json.value("objective", Json()));
  return table;
}

Table curve_table(const std::vector<StoredDocument>& documents) {
  Table table{"scenario,subject,axis,series,at,quantity,value"};
  for (const StoredDocument& document : documents)
    for (const Json& subject : document.json.at("subjects"))
      for (const Json& curve : subject.at("curves"))
        for (const Json& series : curve.at("series"))
          for (const auto& [quantity, values] : series.items())
            for (std::size_t i = 0; values.is_array() && i < values.size(); ++i)
              table.add(document.json.at("scenario").at("name"), subject.at("what"), curve.at("axis"),
                        series.at("name"), curve.at("at").at(i), quantity, values[i]);
  return table;
}

}  // namespace

std::vector<NamedTable> result_tables(const Documents& documents) {
  const DocumentValues& values = documents.values();
  std::vector<NamedTable> list;
  const bool simulated = std::ranges::any_of(
      values.plans, [](const PlanDocument& plan) { return plan.simulated.has_value(); });
  if (!values.results.empty() || simulated) {
    Tables tables;
    for (const ResultDocument& one : values.results) tables.add_result(one);
    for (const PlanDocument& plan : values.plans) tables.add_plan(plan);
    list = {{"placements.csv", tables.placements.take()},
            {"figures.csv", tables.figures.take()},
            {"replications.csv", tables.replications.take()},
            {"cost.csv", tables.cost.take()},
            {"homes.csv", tables.homes.take()},
            {"series.csv", tables.series.take()},
            {"distributions.csv", tables.distributions.take()}};
  }
  if (!values.plans.empty()) {
    PlanTables tables;
    for (const PlanDocument& plan : values.plans) tables.add(plan.json);
    list.push_back({"plan_candidates.csv", tables.candidates.take()});
    list.push_back({"plan_homes.csv", tables.homes.take()});
  }
  if (!values.flips.empty()) list.push_back({"flips.csv", flip_table(values.flips).take()});
  if (!values.break_evens.empty())
    list.push_back({"breakevens.csv", curve_table(values.break_evens).take()});
  return list;
}

}  // namespace berth
