#include "reports/document_head.h"

namespace berth {

using Json = nlohmann::ordered_json;

Json made_with(std::string_view schema, const Provenance& from) {
  Json engine = Json::object();
  for (const auto& [name, value] : from.engine) engine[name] = value;
  return {{"schema", schema},
          {"tool_version", from.tool_version},
          {"model_version", from.model_version},
          {"engine", std::move(engine)}};
}

void add_source(Json& document, const Provenance& from) {
  Json inputs = Json::array();
  for (const InputFile& input : from.inputs)
    inputs.push_back({{"name", input.name}, {"sha256", input.sha256}});
  document["scenario"] = {{"name", from.scenario},       {"description", from.description},
                          {"starts_on", from.starts_on}, {"warm_up_s", from.warm_up_s},
                          {"horizon_s", from.horizon_s}, {"assumptions", from.assumptions}};
  document["inputs"] = std::move(inputs);
  document["prices"] = {
      {"catalogue", from.catalogue}, {"region", from.region}, {"date", from.price_date}};
  document["seed"] = from.seed;
}

Json document_head(std::string_view schema, const Provenance& from) {
  Json document = made_with(schema, from);
  add_source(document, from);
  return document;
}

}  // namespace berth
