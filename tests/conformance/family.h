// What berth-conformance knows how to compute: a name and a function for every family of cases.
//
// A validation case ("validation-cases/1") has parameters and expected quantities; its family's
// function calls the code in models/ and returns the quantities it computed under the same keys. A
// quantity it does not return counts against it. A Kubernetes case ("schema_version": 1) has a kind
// instead of a family and an `expect` object; its function is given the whole case.
//
// To add families: one file a subject with a plain function returning its list, declared here and
// collected in main.cpp.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace berth::conformance {

using Json = nlohmann::json;

// A case's parameters. Asking for one that is not there throws, which fails the case by name.
class Parameters {
 public:
  explicit Parameters(const Json& block) : block_(block) {}
  const Json& value(const char* key) const { return block_.at(key).at("value"); }
  bool has(const char* key) const { return block_.contains(key); }
  double number(const char* key) const { return value(key).get<double>(); }
  int count(const char* key) const { return static_cast<int>(number(key)); }
  std::string text(const char* key) const { return value(key).get<std::string>(); }
  std::vector<double> numbers(const char* key) const {
    return value(key).get<std::vector<double>>();
  }

 private:
  const Json& block_;
};

struct Family {
  std::string name;
  std::function<Json(const Parameters&)> compute;
};
std::vector<Family> arrival_families();
std::vector<Family> queueing_families();
std::vector<Family> random_families();
std::vector<Family> statistics_families();
std::vector<Family> money_families();
std::vector<Family> startup_families();
std::vector<Family> autoscaler_families();
std::vector<Family> planning_families();

// The kinds of the Kubernetes cases; compute is given the whole case and returns what its `expect`
// holds.
struct Kind {
  std::string name;
  std::function<Json(const Json&)> compute;
};
std::vector<Kind> kubernetes_node_kinds();
std::vector<Kind> kubernetes_hpa_kinds();
std::vector<Kind> node_autoscaler_kinds();

}  // namespace berth::conformance
