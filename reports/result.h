// A result as a document: where it came from, then what each placement of one scenario gave. All
// four formats are made from this value and nothing else, so they cannot disagree.
//
// Nothing in it depends on when, where or by whom it was made (no clock, no host, no directory, no
// number of workers): the same inputs give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/scenario.h"
#include "planner/study.h"

namespace berth {

struct InputFile {
  std::string name;  // without its directory
  std::string sha256;
};

struct Provenance {
  std::string tool_version, model_version;
  std::vector<std::pair<std::string, std::string>> engine;  // SimGrid's version and settings
  std::string scenario, description, starts_on;             // starts_on: ISO date
  std::vector<InputFile> inputs;
  std::string catalogue, region, price_date;
  std::uint64_t seed = 1;
  int replications = 0;  // asked for
  double warm_up_s = 0, horizon_s = 0;
  std::vector<std::string> assumptions;
};

struct Result {
  Provenance from;
  std::vector<Summary> placements;
  std::vector<FailedReplication> failures;
};

// Of a scenario as it was run (its seed and replications already replaced by options).
Provenance provenance_of(const Scenario& scenario,
                         std::vector<std::pair<std::string, std::string>> engine);

std::string replications_text(int count);  // "1 replication", "10 replications"
std::string iso_date(std::int64_t seconds_since_1970);

inline constexpr std::string_view kResultSchema = "berth/result/1";
inline constexpr std::string_view kComparisonSchema = "berth/comparison/1";

}  // namespace berth
