#include "reports/read_result.h"

#include <nlohmann/json.hpp>

#include "reports/stored.h"

namespace berth {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* key) {
  const Json& value = object.at(key);
  return value.is_null() ? "" : value.get<std::string>();
}

Provenance read_provenance(const Json& document) {
  Provenance from;
  from.tool_version = document.at("tool_version");
  from.model_version = document.at("model_version");
  for (const auto& [name, value] : document.at("engine").items())
    from.engine.emplace_back(name, value);
  const Json& scenario = document.at("scenario");
  from.scenario = scenario.at("name");
  from.description = scenario.at("description");
  from.starts_on = scenario.at("starts_on");
  from.warm_up_s = scenario.at("warm_up_s");
  from.horizon_s = scenario.at("horizon_s");
  from.assumptions = scenario.at("assumptions").get<std::vector<std::string>>();
  for (const Json& input : document.at("inputs"))
    from.inputs.push_back({input.at("name"), input.at("sha256")});
  const Json& prices = document.at("prices");
  from.catalogue = prices.at("catalogue");
  from.region = prices.at("region");
  from.price_date = prices.at("date");
  from.seed = document.at("seed");
  from.replications = document.at("replications");
  return from;
}

NamedFigure read_figure(const Json& entry) {
  NamedFigure figure{
      .name = {entry.at("metric"), text_at(entry, "workload"), text_at(entry, "part"),
               entry.at("unit")}
  };
  for (const Json& value : entry.at("values"))
    figure.figure.values.push_back(value.is_null() ? std::nullopt
                                                   : std::optional(value.get<double>()));
  return figure;
}

GateSide read_placement(const Json& placement) {
  GateSide side{.placement = placement.at("name")};
  for (const Json& entry : placement.at("figures")) side.figures.push_back(read_figure(entry));
  for (const Json& service : placement.at("services"))
    side.goals.push_back(service_goal(service.at("name"), service.at("slo_target_share")));
  for (const Json& training : placement.at("training"))
    if (training.at("start_slo_s").is_number()) side.goals.push_back(start_goal(training.at("name")));
  for (const Json& training : placement.at("training"))
    if (training.at("deadline_s").is_number()) side.goals.push_back(deadline_goal(training.at("name")));
  for (const Json& training : placement.at("training"))
    if (training.at("backlog_grows")) side.growing.push_back(training.at("name"));
  for (const Json& line : placement.at("cost_lines"))
    if (line.at("usd_per_unit").is_number())
      side.prices.push_back(
          {line.at("service").get<std::string>() + ": " + line.at("item").get<std::string>(),
           line.at("unit"), line.at("usd_per_unit")});
  return side;
}

}  // namespace

StoredResult read_result(const Json& document) {
  StoredResult result{.from = read_provenance(document),
                      .failures = document.at("failures").size()};
  for (const Json& placement : document.at("placements"))
    result.placements.push_back(read_placement(placement));
  return result;
}

std::vector<StoredResult> read_results(std::string_view text, const std::string& name) {
  std::vector<StoredResult> results;
  for (const Json& document : stored_documents(text, name, {std::string{kResultSchema}}))
    results.push_back(read_result(document));
  return results;
}

}  // namespace berth
