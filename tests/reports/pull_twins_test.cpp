#include "reports/pull_twins.h"

#include <catch2/catch.hpp>

using namespace berth;
using Json = nlohmann::json;

namespace {

Json workload(const char* name, const char* type, const char* pull, double keep_alive_s = 0) {
  return {{"name", name},
          {"home",
           {{"platform", "sagemaker"},
            {"pool", nullptr},
            {"instance_type", type},
            {"offering", "on_demand"},
            {"pull", pull == nullptr ? Json() : Json(pull)},
            {"endpoint", nullptr},
            {"keep_alive_s", keep_alive_s}}}};
}

Json placement(std::vector<Json> training, std::vector<Json> services = {}) {
  return {{"training", training}, {"services", services}};
}

}  // namespace

TEST_CASE("the twin has the same machines and another pull") {
  const Json placements = {
      placement({workload("a", "m5", "full"), workload("b", "m5", "full")},
                {workload("s", "c5", "full")}),
      // One workload on another machine: what its starts differ in is not the pull alone.
      placement({workload("a", "m5", "soci_lazy"), workload("b", "r5", "full")},
                {workload("s", "c5", "full")}),
      placement({workload("a", "m5", "soci_lazy"), workload("b", "m5", "full")},
                {workload("s", "c5", "soci_parallel")})};
  const auto twins = pull_twins(placements, {"on-m5", "on-r5", "soci"});
  CHECK(twins[0].index == 2);
  CHECK(twins[0].words ==
        "SOCI on and off: soci has the machines of on-m5 and pulls otherwise: soci_lazy instead of "
        "full for a; soci_parallel instead of full for s.");
  CHECK(twins[2].index == 0);
  CHECK_FALSE(twins[1].index);
  CHECK(twins[1].words ==
        "SOCI on and off: none of the placements has the machines of on-r5 and pulls otherwise.");
}

TEST_CASE("of several twins the one that differs least in other things, then in most pulls") {
  const Json kept = placement({workload("a", "m5", "full", 900), workload("b", "m5", "full")}),
             one = placement({workload("a", "m5", "soci_lazy"), workload("b", "m5", "full")}),
             both = placement({workload("a", "m5", "soci_lazy"), workload("b", "m5", "soci_lazy")}),
             plain = placement({workload("a", "m5", "full"), workload("b", "m5", "full")});
  const auto twins = pull_twins({kept, one, both, plain}, {"kept", "one", "both", "plain"});
  CHECK(twins[3].index ==
        2);  // nothing else differs in `one` and `both`; `both` pulls more otherwise
  CHECK(twins[0].index == 2);  // all differ in the keep-alive too
  CHECK(twins[0].words.ends_with("Offering or keep-alive differ too for a."));
  // b alone is pulled otherwise in `one`, a and b in `plain`: both have everything else alike.
  CHECK(twins[2].index == 3);
}

TEST_CASE("many workloads are counted, and without SOCI it is not spoken of") {
  std::vector<Json> full, baked;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    full.push_back(workload(name, "m5", "full"));
    baked.push_back(workload(name, "m5", "preloaded"));
  }
  const auto twins = pull_twins({placement(full), placement(baked)}, {"full", "baked"});
  CHECK(
      twins[0].words ==
      "Two ways to pull: baked has the machines of full and pulls otherwise: preloaded instead of "
      "full for a, b, c and 2 more.");
}

TEST_CASE("a home that pulls nothing has no twin in that") {
  const Json endpoint = placement({}, {workload("s", "c5", nullptr)});
  const auto twins = pull_twins({endpoint, endpoint}, {"x", "y"});
  CHECK_FALSE(twins[0].index);
}
