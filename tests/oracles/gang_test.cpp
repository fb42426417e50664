#include "tests/oracles/gang.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

TEST_CASE("a gang waits for its slowest instance", "[gang]") {
  const Distribution one = exponential(60);
  // The largest of n exponentials: mean times the n-th harmonic number; median ln(1/(1-2^(-1/n))).
  CHECK(slowest_mean(one, 4) == Approx(60 * (1 + 0.5 + 1.0 / 3 + 0.25)).epsilon(1e-6));
  CHECK(slowest_quantile(one, 4, 0.5) == Approx(-60 * std::log(1 - std::pow(0.5, 0.25))));
}

TEST_CASE("a gang of one is one instance", "[gang]") {
  const Distribution one = lognormal_from_mean_cv(150, 0.35);
  CHECK(slowest_mean(one, 1) == Approx(150).epsilon(1e-11));
  CHECK(slowest_quantile(one, 1, 0.9) == Approx(quantile(one, 0.9)));
}

TEST_CASE("backfill never delays the head, and fills what it leaves", "[gang]") {
  struct Row {
    const char* because;
    std::vector<GangJob> jobs;
    GangPolicy policy;
    std::vector<Seconds> expected;
  };
  const GangJob wide{0s, 3, 10s}, head{1s, 4, 10s}, brief{2s, 1, 8s}, lengthy{2s, 1, 9s};
  const auto row = GENERATE_COPY(values<Row>({
      {"first come, first served: the head blocks", {wide, head, brief},
       GangPolicy::first_come_first_served, {0s, 10s, 20s}},
      {"a brief job ends when the head starts", {wide, head, brief}, GangPolicy::easy_backfill,
       {0s, 10s, 2s}},
      {"a second longer would delay the head", {wide, head, lengthy}, GangPolicy::easy_backfill,
       {0s, 10s, 20s}},
      {"unless the head leaves a slot over", {wide, {1s, 3, 10s}, lengthy},
       GangPolicy::easy_backfill, {0s, 10s, 2s}},
      {"ends come before arrivals", {{0s, 4, 5s}, {5s, 4, 1s}}, GangPolicy::first_come_first_served,
       {0s, 5s}},
      {"nothing to do", {}, GangPolicy::easy_backfill, {}},
  }));
  CAPTURE(row.because);
  CHECK(gang_starts(row.jobs, 4, row.policy) == row.expected);
}

TEST_CASE("a gang wider than the cluster is refused", "[gang]") {
  const std::vector<GangJob> jobs{{0s, 5, 1s}};
  CHECK_THROWS(gang_starts(jobs, 4, GangPolicy::easy_backfill));
}

}  // namespace
}  // namespace berth
