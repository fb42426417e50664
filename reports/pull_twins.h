// SOCI on and off side by side: for each placement of a result the one that runs every workload on
// the same machines and pulls some images otherwise.
//
//   twin of p = of the placements with the homes of p (platform, pool, machine) and another pull mode
//   for some workload: the one that differs least in what else a home has (offering, keep-alive);
//   of equals the one that pulls most workloads otherwise, then the first
//
// A placement on other machines is none: what its starts differ in would not be the pull. Not looked at,
// as no result holds it: replica policies, checkpoint intervals, commitments.
// Only for reports/*.cpp: it brings nlohmann/json along. Tested by tests/reports/pull_twins_test.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace berth {

struct PullTwin {
  std::optional<std::size_t> index;  // absent: no placement is such a twin
  std::string words;                 // what differs, or that there is none
};

// `placements` of one result document, `names` as people are shown them; a twin for each.
std::vector<PullTwin> pull_twins(const nlohmann::json& placements,
                                 const std::vector<std::string>& names);

}  // namespace berth
