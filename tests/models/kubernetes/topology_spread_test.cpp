#include "models/kubernetes/topology_spread.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("a hard constraint bounds the skew against the emptiest domain", "[topology_spread]") {
  struct Row { const char* because; int max_skew, min_domains, here, least, domains; bool allowed; };
  const auto row = GENERATE(values<Row>({
      {"level with the emptiest",                        1, 1, 4, 4, 3, true},
      {"one ahead already",                              1, 1, 5, 4, 3, false},
      {"a wider skew",                                   2, 1, 5, 4, 3, true},
      {"fewer domains than asked for: the least is 0",   1, 3, 1, 1, 2, false},
      {"as many as asked for",                           1, 3, 1, 1, 3, true},
  }));
  CAPTURE(row.because);
  const HardSpread spread{.max_skew = row.max_skew, .min_domains = row.min_domains};
  CHECK(spread_allows(spread, {row.here, row.least, row.domains}) == row.allowed);
}

TEST_CASE("nodes with fewer alike pods score higher", "[topology_spread]") {
  // One constraint over hosts, skew 1, four hosts: raw = pods ln 6, ln 6 = 1.79: 0, 2, 4, 5.
  // Score = 100 (5 + 0 - raw) / 5.
  const std::vector<SpreadNode> nodes{{.alike = 0}, {.alike = 1}, {.alike = 2}, {.alike = 3}};
  const std::vector<SoftSpread> hosts{{SpreadDomain::host, 1}};
  CHECK(spread_scores(nodes, hosts) == std::vector<std::int64_t>{100, 60, 20, 0});
}

TEST_CASE("without any alike pod all nodes score the same", "[topology_spread]") {
  const std::vector<SpreadNode> nodes{{.zone = 1}, {.zone = 2}};
  const std::vector<SoftSpread> hosts{{SpreadDomain::host, 1}};
  CHECK(spread_scores(nodes, hosts) == std::vector<std::int64_t>{100, 100});
  // The default's skews raise both alike: raw = 2 + 4 = 6.
  CHECK(spread_scores(nodes, kDefaultSpread) == std::vector<std::int64_t>{100, 100});
}

TEST_CASE("a zone counts its pods on nodes that are not feasible too", "[topology_spread]") {
  // Zones of feasible nodes: 1 and 2, ln 4 = 1.386. Zone 1 has 5 pods on the full node: raw 7;
  // zone 2 none: raw 0. Zone 3 has no feasible node and does not count as a domain.
  const std::vector<SpreadNode> nodes{{.zone = 1, .alike = 5, .feasible = false},
                                      {.zone = 1},
                                      {.zone = 2},
                                      {.zone = 3, .alike = 9, .feasible = false}};
  const std::vector<SoftSpread> zones{{SpreadDomain::zone, 1}};
  CHECK(spread_scores(nodes, zones) == std::vector<std::int64_t>{0, 0, 100, 0});
}

TEST_CASE("a larger skew waters differences down", "[topology_spread]") {
  // Two hosts, ln 4: raw 0 and 1; with a skew of 5: 4 and 5 -> 100 and 80.
  const std::vector<SpreadNode> nodes{{.alike = 0}, {.alike = 1}};
  CHECK(spread_scores(nodes, std::vector<SoftSpread>{{SpreadDomain::host, 1}}) ==
        std::vector<std::int64_t>{100, 0});
  CHECK(spread_scores(nodes, std::vector<SoftSpread>{{SpreadDomain::host, 5}}) ==
        std::vector<std::int64_t>{100, 80});
}

}  // namespace
}  // namespace berth
