#include "reports/break_even_words.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

using Json = nlohmann::json;
using Sentences = std::vector<std::string>;

BreakEvenCurve curve(const char* key, std::vector<Contest> contests) {
  return {key, "a title", {}, 0, {}, std::move(contests)};
}

// Stretches of a contest that change at `at`, by turns of the winners given.
std::vector<Stretch> stretches(std::vector<double> at, std::vector<std::size_t> winners) {
  std::vector<Stretch> list;
  for (std::size_t i = 0; i + 1 < at.size(); ++i) list.push_back({at[i], at[i + 1], winners[i]});
  return list;
}

TEST_CASE("values of an axis are plain numbers", "[break_even_words]") {
  CHECK(axis_value("pulls_at_once", 1000) == "1,000");
  CHECK(axis_value("pulls_at_once", 999.6) == "1,000");  // not 1e+03
  CHECK(axis_value("size_bytes", 999.6e6) == "1 GB");    // not 1e+03 MB
  CHECK(axis_value("size_bytes", 78.13e6) == "78.1 MB");
  CHECK(axis_value("read_share", 0.38) == "38 %");
  CHECK(axis_value("interval_s", 85.6) == "85.6 s");
}

TEST_CASE("one crossover is one sentence, and a pair that says the same is left out",
          "[break_even_words]") {
  const Contest all{{"full", "soci_parallel", "soci_lazy"}, stretches({0.01, 0.38, 1}, {2, 1})};
  const Contest lazy_full{{"soci_lazy", "full"}, stretches({0.01, 0.9, 1}, {0, 1})};
  const Contest lazy_parallel{{"soci_lazy", "soci_parallel"}, stretches({0.01, 0.38, 1}, {0, 1})};
  CHECK(crossover_sentences(curve("read_share", {all, lazy_full, lazy_parallel})) ==
        Sentences{"soci_lazy is fastest below 38 % read, soci_parallel above",
                  "soci_lazy is ready sooner than full below 90 % read, later above"});
}

TEST_CASE("who always wins is said once", "[break_even_words]") {
  const Contest all{{"full", "soci_lazy"}, stretches({1, 1000}, {1})};
  const Contest pair{{"soci_lazy", "full"}, stretches({1, 1000}, {0})};
  CHECK(crossover_sentences(curve("pulls_at_once", {all, pair})) ==
        Sentences{"soci_lazy is fastest everywhere from 1 to 1,000 nodes at once"});
}

TEST_CASE("fifty crossovers of a sawtooth are one sentence", "[break_even_words]") {
  // From 60 s to an hour warm nodes and karpenter change places every minute: 59 crossovers at 120 s,
  // 180 s ... 3600 s, warm nodes first and last.
  std::vector<double> at;
  std::vector<std::size_t> winners;
  for (int i = 0; i < 60; ++i) at.push_back(60.0 * (i + 1)), winners.push_back(i % 2 == 0 ? 0 : 1);
  at.push_back(86400);
  const Contest all{{"warm nodes", "karpenter"}, stretches(at, winners)};
  CHECK(crossover_sentences(curve("interval_s", {all})) ==
        Sentences{"warm nodes is cheapest below one job every 2 min, karpenter above one job "
                  "every 60 min; between, they take turns (59 crossovers)"});
}

TEST_CASE("three winners have a sentence each", "[break_even_words]") {
  const Contest all{{"cold", "pool", "nodes"}, stretches({60, 90, 130, 600}, {2, 1, 0})};
  const Contest pair{{"pool", "cold"}, stretches({60, 80, 130, 600}, {1, 0, 1})};
  CHECK(
      crossover_sentences(curve("run_s", {all, pair})) ==
      Sentences{
          "nodes is cheapest below runs of 90 s", "pool is cheapest for runs of 90 s to 2.17 min",
          "cold is cheapest above runs of 2.17 min",
          "cold costs less than pool below runs of 80 s and above runs of 2.17 min; more between"});
}

TEST_CASE("the table of values has the scenario's own among its columns", "[break_even_words]") {
  Json at = Json::array(), seconds = Json::array(), usd = Json::array();
  for (int i = 1; i <= 11; ++i) at.push_back(i * 1e9), seconds.push_back(10 * i), usd.push_back(1);
  const Json stored{
      {"axis", "size_bytes"},
      {"at", at},
      {"here", 4e9},
      {"series", {{{"name", "full"}, {"ready_s", seconds}, {"cost_usd_per_pull", usd}}}}};
  const ValueTable table = break_even_values(stored);
  // Every second point, but none right beside the scenario's own.
  CHECK(table.columns == Sentences{"Ready after", "1 GB", "4 GB (now)", "7 GB", "9 GB", "11 GB"});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0] ==
        Sentences{"full", "10 s", "40 s", "70 s", "90 s", "110 s"});
}

}  // namespace
}  // namespace berth
