// When EC2 has none of a type: what is read, and what is refused because it says nothing.
#include <catch2/catch.hpp>

#include "tests/scenarios/small_scenario.h"

namespace berth {
namespace {

constexpr const char* kPools = "      cpu: {instance_type: m5.xlarge, max: 4}\n";

std::string with_shortages(const std::string& list, std::string text = std::string(kSmall)) {
  return with(kPools, std::string(kPools) + "    shortages: " + list + "\n", std::move(text));
}
std::vector<Shortage> shortages_of(const std::string& list, std::string text = std::string(kSmall)) {
  const Scenario scenario = scenario_of(with_shortages(list, std::move(text)));
  return std::get<Cluster>(scenario.platforms[1]).shortages;
}

TEST_CASE("a shortage is read with its time", "[scenarios][shortage]") {
  CHECK(std::get<Cluster>(scenario_of(std::string(kSmall)).platforms[1]).shortages.empty());
  CHECK(shortages_of("[]").empty());
  SECTION("once, after the window's begin") {
    const auto read = shortages_of("[{instance_type: m5.xlarge, from: 17h, lasts: 3h}]");
    REQUIRE(read.size() == 1);
    CHECK(read[0].types.size() == 1);
    CHECK_FALSE(read[0].offering.has_value());
    CHECK(std::get<Seconds>(read[0].when) == 17h);
    CHECK(read[0].lasts == 3h);
  }
  SECTION("at an instant: the window begins at midnight of its day") {
    const auto read = shortages_of(
        "[{instance_type: m5.xlarge, from: 2026-11-27T17:00:00Z, lasts: 3h}]",
        with("horizon: 1d", "horizon: 1d\nstarts_on: 2026-11-27"));
    CHECK(std::get<Seconds>(read.at(0).when) == 17h);
  }
  SECTION("in the warm-up, which lies before the window") {
    const auto read = shortages_of(
        "[{instance_type: m5.xlarge, from: 2026-11-26T23:00:00Z, lasts: 30min}]",
        with("horizon: 1d", "horizon: 1d\nwarm_up: 2h\nstarts_on: 2026-11-27"));
    CHECK(std::get<Seconds>(read.at(0).when) == -1h);
  }
  SECTION("by cron and at random, one way of buying or either") {
    const auto read = shortages_of(
        "[{instance_type: m5.xlarge, cron: \"0 17 * * *\", lasts: 3h}, "
        "{instance_type: m5.xlarge, offering: on_demand, random_every: 12h, lasts: 40min}]");
    REQUIRE(read.size() == 2);
    CHECK(std::get<Cron>(read[0].when).hours == 1u << 17);
    CHECK(std::get<AtRandom>(read[1].when).every == 12h);
    CHECK(read[1].lasts == 40min);
    CHECK(read[1].offering == Offering::on_demand);
  }
  SECTION("one after the other they do not overlap") {
    CHECK(shortages_of("[{instance_type: m5.xlarge, from: 1h, lasts: 2h}, "
                       "{instance_type: m5.xlarge, from: 3h, lasts: 1h}]")
              .size() == 2);
  }
}

TEST_CASE("a shortage that says nothing or contradicts itself is refused",
          "[scenarios][shortage][bad_input]") {
  struct Row {
    const char *list, *issue;
  };
  const auto row = GENERATE(values<Row>({
      {"{instance_type: m5.xlarge}", "/platforms/eks/shortages: expected a list, got a mapping"},
      {"[{instance_type: m5.xlarg, from: 1h, lasts: 1h}]",
       "/platforms/eks/shortages/0/instance_type: no instance type named \"m5.xlarg\""},
      {"[{from: 1h, lasts: 1h}]", "/platforms/eks/shortages/0: an instance type is missing"},
      {"[{instance_type: c5.xlarge, from: 1h, lasts: 1h}]",
       "/platforms/eks/shortages/0: no node pool has \"c5.xlarge\""},
      {"[{instance_type: m5.xlarge, offering: spot, from: 1h, lasts: 1h}]",
       "/platforms/eks/shortages/0: no node pool buys \"m5.xlarge\" as spot"},
      {"[{instance_type: m5.xlarge, offering: reserved, from: 1h, lasts: 1h}]",
       "/platforms/eks/shortages/0/offering: expected on_demand or spot, got \"reserved\""},
      {"[{instance_type: m5.xlarge, from: 1h}]", "/platforms/eks/shortages/0: \"lasts\" is missing"},
      {"[{instance_type: m5.xlarge, from: 1h, lasts: 0s}]",
       "/platforms/eks/shortages/0/lasts: must be more than 0, got \"0s\""},
      {"[{instance_type: m5.xlarge, from: 1h, lasts: -3h}]",
       "/platforms/eks/shortages/0/lasts: must not be negative, got \"-3h\""},
      {"[{instance_type: m5.xlarge, lasts: 1h}]",
       "/platforms/eks/shortages/0: when there is none is missing: from, cron or random_every"},
      {"[{instance_type: m5.xlarge, from: 1h, random_every: 5h, lasts: 1h}]",
       "/platforms/eks/shortages/0: a shortage has one of from, cron and random_every, not several"},
      {"[{instance_type: m5.xlarge, from: noon, lasts: 1h}]",
       "/platforms/eks/shortages/0/from: expected a time, got \"noon\""},
      {"[{instance_type: m5.xlarge, from: 24h, lasts: 1h}]",
       "/platforms/eks/shortages/0/from: it never begins: the measured window is over after 1d"},
      {"[{instance_type: m5.xlarge, from: 1999-01-01T00:00:00Z, lasts: 1h}]",
       "/platforms/eks/shortages/0/from: it is over before the simulated time begins"},
      {"[{instance_type: m5.xlarge, cron: \"0 17 * *\", lasts: 1h}]",
       "/platforms/eks/shortages/0/cron: expected five fields (minute hour day-of-month month "
       "day-of-week), got 4"},
      {"[{instance_type: m5.xlarge, cron: \"0 17 31 2 *\", lasts: 1h}]",
       "/platforms/eks/shortages/0/cron: \"0 17 31 2 *\" never comes in the simulated time"},
      {"[{instance_type: m5.xlarge, cron: \"0 * * * *\", lasts: 1h}]",
       "/platforms/eks/shortages/0/lasts: it begins again before it is over: \"0 * * * *\" lies 1h "
       "after the last time"},
      {"[{instance_type: m5.xlarge, random_every: 1h, lasts: 1h}]",
       "/platforms/eks/shortages/0/lasts: shortages of 1h that begin every 1h on average never end"},
      {"[{instance_type: m5.xlarge, from: 1h, lasts: 2h}, {instance_type: m5.xlarge, from: 2h, lasts: 2h}]",
       "/platforms/eks/shortages/1: it overlaps with another shortage of the same type"},
      {"[{instance_type: m5.xlarge, random_every: 5h, lasts: 2h}, "
       "{instance_type: m5.xlarge, random_every: 6h, lasts: 2h}]",
       "/platforms/eks/shortages/1: shortages at random of one type twice: how often they come is open"},
      {"[{instance_type: m5.xlarge, from: 1h, lasts: 2h, zone: 1}]",
       "/platforms/eks/shortages/0/zone: unknown field \"zone\""},
  }));
  CAPTURE(row.list);
  const Loaded loaded = read_scenario_text(with_shortages(row.list), "x.yaml");
  CHECK_FALSE(loaded.scenario.has_value());
  REQUIRE_FALSE(loaded.issues.empty());
  const Issue& first = loaded.issues.front();
  CHECK(first.path + ": " + first.message == row.issue);
  CHECK(first.line > 1);
}

TEST_CASE("without an autoscaler only spot nodes are launched again", "[scenarios][shortage][bad_input]") {
  const auto issue = [](const std::string& pool) {
    const std::string text =
        with(kPools, "      cpu: {instance_type: m5.xlarge, min: 2, max: 4" + pool +
                         "}\n    autoscaler: none\n    shortages: [{instance_type: m5.xlarge, from: 1h, "
                         "lasts: 1h}]\n");
    const Loaded loaded = read_scenario_text(text, "x.yaml");
    return loaded.issues.empty() ? std::string() : loaded.issues.front().message;
  };
  CHECK(issue("") ==
        "nodes of \"m5.xlarge\" are never launched: without an autoscaler only spot nodes that AWS took "
        "back are replaced");
  CHECK(issue(", offering: spot") == "");
}

TEST_CASE("a pool that is wrong is told by itself", "[scenarios][shortage][bad_input]") {
  const std::string text = with("instance_type: m5.xlarge, max: 4", "instance_type: m5.xlarg, max: 4",
                                with_shortages("[{instance_type: m5.xlarge, from: 1h, lasts: 1h}]"));
  const Loaded loaded = read_scenario_text(text, "x.yaml");
  for (const Issue& issue : loaded.issues) CHECK(issue.path.find("/shortages") == std::string::npos);
}

}  // namespace
}  // namespace berth
