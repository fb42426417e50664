// The kinds of case files, told apart by what they say about themselves, and how each is run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/simulated.h"
#include "tests/conformance/verdict.h"

namespace berth::conformance {

struct Schema {
  std::string name;
  std::function<bool(const Json& file)> recognises;
  std::function<std::vector<Verdict>(const Json& item)> run;  // one element of the file's `cases`
};

// A case that can also be simulated gets a second line, "id/simulated"; one that has no formula is
// judged by its simulation alone.
Schema validation_schema(std::vector<Family> families, std::vector<SimulatedFamily> simulated);
Schema kubernetes_schema(std::vector<Kind> kinds);
inline constexpr const char* kStartupSchema = "published-startup-cases/1";
Schema startup_schema();

}  // namespace berth::conformance
