#include "reports/charts.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace berth;
using Json = nlohmann::ordered_json;

namespace {

// Every name a specification takes rows from.
void data_names(const Json& value, std::set<std::string>& names) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.contains("data"))
    names.insert(value.at("data").at("name").get<std::string>());
  for (const Json& part : value) data_names(part, names);
}
std::set<std::string> names_in(const Json& spec) {
  std::set<std::string> names;
  data_names(spec, names);
  return names;
}

}  // namespace

TEST_CASE("a chart takes its rows by name and fills its container") {
  using Names = std::set<std::string>;
  CHECK(names_in(scatter_spec("p95", "s")) ==
        Names{"points", "front", "intervals", "above", "below"});
  CHECK(names_in(cost_spec()) == Names{"rows", "totals"});
  CHECK(names_in(starts_spec()) == Names{"rows"});
  CHECK(names_in(waterfall_spec()) == Names{"rows", "marks"});
  CHECK(names_in(distribution_spec()) == Names{"rows", "goals"});
  CHECK(names_in(flips_spec()) == Names{"rows", "flips"});
  CHECK(names_in(line_specs()) == Names{"rows", "events", "limits", "reclaims"});
  for (const Json& spec : {scatter_spec("p95", "s"), cost_spec(), starts_spec(), waterfall_spec(),
                           distribution_spec()}) {
    CHECK(spec.at("width") == "container");
    CHECK(spec.at("description").get<std::string>().size() >
          10);  // what a screen reader says first
    CHECK(spec.at("layer").is_array());
  }
  for (const char* name : {"requests", "replicas", "latency", "nodes", "queue"})
    CHECK(line_specs().at(name).at("width") == "container");
}

TEST_CASE("an axis speaks in the unit of its figure") {
  const auto label = [](const char* unit) {
    return scatter_spec("x", unit)
        .at("encoding")
        .at("y")
        .at("axis")
        .at("labelExpr")
        .get<std::string>();
  };
  CHECK(label("s").find(" min") != std::string::npos);
  CHECK(label("USD/month").find(" k$") != std::string::npos);
  CHECK(label("share").find('%') != std::string::npos);
}

TEST_CASE("colours are names that the page resolves, never values") {
  const std::string all = line_specs().dump() + scatter_spec("x", "s").dump() + cost_spec().dump();
  CHECK(all.find("\"#") == std::string::npos);
  CHECK(all.find("theme:a") != std::string::npos);
}
