#include "tests/conformance/schemas.h"

#include <algorithm>
#include <cmath>

#include "tests/conformance/published_starts.h"

namespace berth::conformance {
namespace {

bool has_cases(const Json& file) {
  return file.is_object() && file.contains("cases") && file["cases"].is_array();
}

bool says(const Json& file, const char* schema) {
  return has_cases(file) && file.value("schema", Json()) == schema;
}

Json expected_values(const Json& item) {
  Json values = Json::object();
  for (const auto& [key, quantity] : item.at("expected").items())
    values[key] = quantity.at("value");
  return values;
}

Tolerance analytic_tolerance(const Json& item) {
  const Json& stated = item.at("tolerance").at("analytic");
  return {stated.at("rel").get<double>(), stated.at("abs").get<double>()};
}

// A case that is a sequence has one expectation per step, or per point.
Json kubernetes_expected(const Json& item) {
  if (item.contains("expect"))
    return item["expect"].is_array() ? Json{{"", item["expect"]}} : item["expect"];
  Json expected = Json::object();
  for (const char* list : {"steps", "points"})
    for (const Json& step : item.value(list, Json::array())) {
      Json wanted = Json::object();
      for (const auto& [key, value] : step.items())
        if (key.starts_with("expect")) wanted[key] = value;
      expected[list].push_back(wanted);
    }
  return expected;
}

// Whole numbers are compared exactly; fractions to the last digits, or as the case says.
Tolerance kubernetes_tolerance(const Json& expected) {
  if (!expected.is_object()) return {.rel = 1e-12};
  return {.rel = expected.value("tolerance_rel", 1e-12)};
}

template <class Entry>
const Entry* find(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Schema validation_schema(std::vector<Family> families, std::vector<SimulatedFamily> simulated) {
  const auto run = [families = std::move(families), simulated = std::move(simulated)](
                       const Json& item) -> std::vector<Verdict> {
    const std::string id = item.at("id");
    const Parameters in(item.at("parameters"));
    const Json expected = expected_values(item);
    const Family* family = find(families, item.at("family"));
    const SimulatedFamily* simulation = find(simulated, item.at("family"));
    std::vector<Verdict> verdicts;
    if (family)
      verdicts.push_back(
          judge(id, expected, analytic_tolerance(item), [&] { return family->compute(in); }));
    if (simulation)
      verdicts.push_back(judge_simulation(family ? id + "/simulated" : id, expected,
                                          item.at("tolerance").at("simulation"),
                                          [&] { return simulation->simulate(in, expected); }));
    if (verdicts.empty()) verdicts.push_back(skipped(id));
    return verdicts;
  };
  return {"validation-cases/1", [](const Json& file) { return says(file, "validation-cases/1"); },
          run};
}

Schema kubernetes_schema(std::vector<Kind> kinds) {
  const auto recognises = [](const Json& file) {
    return has_cases(file) && file.value("schema_version", Json()) == 1;
  };
  const auto run = [kinds = std::move(kinds)](const Json& item) -> std::vector<Verdict> {
    const std::string id = item.at("id");
    const Kind* kind = find(kinds, item.at("kind"));
    if (!kind) return {skipped(id)};
    const Json expected = kubernetes_expected(item);
    return {judge(id, expected, kubernetes_tolerance(expected),
                  [&] { return kind->compute(item); })};
  };
  return {"Kubernetes cases, schema_version 1", recognises, run};
}

namespace {

// A figure passes within kLargestStartError of the published one.
Verdict judge_start(const PublishedStart& start) {
  Json got = Json::object(), expected = Json::object();
  std::string because;
  bool good = true;
  for (const StartFigure& figure : start.figures) {
    if (!figure.counts()) {
      because += (because.empty() ? "" : "; ") + figure.key + ": " + figure.because;
      continue;
    }
    good &= std::abs(figure.error()) <= kLargestStartError;
    got[figure.key] = std::round(*figure.simulated * 1e3) / 1e3;
    expected[figure.key] = figure.published;
  }
  if (got.empty()) return skipped(start.id, because.empty() ? "no figure in it" : because);
  return {good ? Verdict::Kind::pass : Verdict::Kind::fail, start.id, got, expected, because, true};
}

}  // namespace

Schema startup_schema() {
  return {kStartupSchema,
          [](const Json& file) { return says(file, kStartupSchema); },
          [](const Json& item) { return std::vector{judge_start(simulate_published_start(item))}; }};
}

}  // namespace berth::conformance
