#include "models/kubernetes/launch_failures.h"

#include <catch2/catch.hpp>

#include <array>
#include <optional>

namespace berth {
namespace {

constexpr TypeId kA{0}, kB{1};

TEST_CASE("a type found short is left out of plans for three minutes", "[launch]") {
  UnavailableOfferings known;
  CHECK_FALSE(known.any(0s));
  CHECK(known.mark(kA, Offering::spot, 11s) == 191s);
  CHECK(known.holds(kA, Offering::spot, 11s));
  CHECK(known.holds(kA, Offering::spot, 191s));  // a cache's entry is expired after its end
  CHECK_FALSE(known.holds(kA, Offering::spot, 191.001s));
  CHECK_FALSE(known.holds(kA, Offering::on_demand, 11s));
  CHECK_FALSE(known.holds(kB, Offering::spot, 11s));
  SECTION("found short again it begins anew") {
    known.mark(kA, Offering::spot, 100s);
    CHECK(known.holds(kA, Offering::spot, 280s));
  }
  SECTION("whoever waits for one of several waits for the first") {
    known.mark(kB, Offering::spot, 50s);
    const std::array both{kB, kA};
    CHECK(known.first_end(both, Offering::spot, 60s) == 191s);
    CHECK(known.first_end(both, Offering::spot, 200s) == 230s);
    CHECK(known.first_end(both, Offering::spot, 231s) == std::nullopt);
    CHECK(known.first_end(both, Offering::on_demand, 60s) == std::nullopt);
    CHECK(known.any(230s));
    CHECK_FALSE(known.any(231s));
  }
}

TEST_CASE("a pod that waits asks every ten seconds", "[launch]") {
  struct Row { const char* because; Seconds since, after, next; };
  const auto row = GENERATE(values<Row>({
      {"the first time, ten seconds after it came", 3s,   3s,    13s},
      {"after a pass one second later",             3s,   4s,    13s},
      {"its own beat, not the clock's",             3s,   100s,  103s},
      {"after, not at",                             3s,   103s,  113s},
      {"not before it came",                        300s, 100s,  310s},
  }));
  CAPTURE(row.because);
  CHECK(asks_again(row.since, row.after) == row.next);
}

TEST_CASE("a failing group backs off for 5, 10, 20 and 30 minutes", "[launch]") {
  std::optional<Backoff> group;
  CHECK_FALSE(is_backed_off(group, 0s));
  const std::array lengths{300s, 600s, 1200s, 1800s, 1800s};
  Seconds now{60};
  for (const auto length : lengths) {
    group = back_off(group, now);
    CHECK(group == Backoff{.length = length, .until = now + length, .failed = now});
    CHECK(is_backed_off(group, group->until - 1s));
    CHECK_FALSE(is_backed_off(group, group->until));  // it is an option again at that loop
    now = group->until + 60s;
  }
}

TEST_CASE("failures at one time count once, and old ones not at all", "[launch]") {
  struct Row { const char* because; Backoff earlier; Seconds now, length; };
  const Backoff second{.length = 600s, .until = 1000s, .failed = 400s};
  const auto row = GENERATE_COPY(values<Row>({
      {"while it is backed off the same time begins anew", second, 460s,           600s},
      {"at the very end it still is",                      second, 1000s,          600s},
      {"after it twice the time",                          second, 1001s,          1200s},
      {"three hours after the last failure it counts",     second, 400s + 10'800s, 1200s},
      {"later it is forgotten",                            second, 401s + 10'800s, 300s},
  }));
  CAPTURE(row.because);
  CHECK(back_off(row.earlier, row.now).length == row.length);
}

TEST_CASE("Cluster Autoscaler sees a failure at its next look at instances", "[launch]") {
  struct Row { const char* because; Seconds requested, interval, seen; };
  const auto row = GENERATE(values<Row>({
      {"once a minute",                                     5s,   10s, 60s},
      {"who is asked for in that loop waits for the next",  60s,  10s, 120s},
      {"in a loop: every 25 s the minute is over after 75", 5s,   25s, 75s},
      {"loops that are rarer than a minute look each time", 100s, 90s, 180s},
  }));
  CAPTURE(row.because);
  CHECK(failure_is_seen(row.requested, row.interval) == row.seen);
}

TEST_CASE("what does not register in time is given up, each clock by itself", "[launch]") {
  CHECK(registration_ends(1s, kRegistersWithin) == 901s);
  struct Row { const char* because; Seconds asked, limit, interval, scale_up, instance; };
  const auto row = GENERATE(values<Row>({
      {"after the limit and not at it; an instance from where it is first seen",
       0s, 900s, 10s, 910s, 970s},
      {"between two loops", 605s, 900s, 10s, 1510s, 1570s},
      {"seen in the loop after a minute", 60s, 900s, 10s, 970s, 1030s},
      {"in a loop: those of every 25 s", 5s, 100s, 25s, 125s, 200s},
  }));
  CAPTURE(row.because);
  CHECK(scale_up_times_out(row.asked, row.limit, row.interval) == row.scale_up);
  CHECK(instance_times_out(row.asked, row.limit, row.interval) == row.instance);
}

TEST_CASE("a node is of its cheapest type that is neither left out nor short", "[launch]") {
  static constexpr LaunchTry kHas{}, kShort{.is_short = true}, kLeftOut{.left_out = true};
  struct Row {
    const char* because;
    std::vector<LaunchTry> types;
    std::optional<std::size_t> taken;
    std::vector<std::size_t> found_short;
    int passed_over;
    bool told;
  };
  const auto row = GENERATE(values<Row>({
      {"the cheapest there is", {kHas, kHas}, 0, {}, 0, false},
      {"what is found short is told", {kShort, kHas, kShort}, 1, {0}, 1, true},
      {"what is known to be short is not told again", {kLeftOut, kHas}, 1, {}, 1, false},
      {"one known, one found out", {kLeftOut, kShort, kHas}, 2, {1}, 2, true},
      {"that none is left is told each time", {kLeftOut, kLeftOut}, std::nullopt, {}, 2, true},
      {"all found out", {kShort, kShort}, std::nullopt, {0, 1}, 2, true},
  }));
  INFO(row.because);
  const LaunchChoice choice = choose_launch(row.types);
  CHECK(choice.taken == row.taken);
  CHECK(choice.found_short == row.found_short);
  CHECK(choice.passed_over == row.passed_over);
  CHECK(choice.is_told() == row.told);
}

TEST_CASE("what did not come is taken off what a group was asked for", "[launch]") {
  const ScaleUpRequest asked{.nodes = 3, .asked = 70s};
  REQUIRE(after_failure(asked, 2));
  CHECK(after_failure(asked, 2)->nodes == 1);
  CHECK(after_failure(asked, 2)->asked == 70s);
  CHECK_FALSE(after_failure(asked, 3));
  CHECK_FALSE(after_failure(asked, 4));  // others of the group had been asked for before
}

TEST_CASE("an instance that does not register goes in its loop, if the minimum lets it", "[launch]") {
  // Asked for at 5 s, seen at 60 s, 900 s more: the loop after 960 s is that of 970 s.
  constexpr RegistrationRule kRule{.limit = 900s, .interval = 10s};
  const ComingInstance late{.requested = 5s, .registers = 2000s};
  CHECK(is_overdue(late, kRule));
  CHECK_FALSE(is_overdue({.requested = 5s, .registers = 970s}, kRule));
  CHECK(is_overdue({.requested = 5s, .registers = 970.5s}, kRule));
  CHECK_FALSE(is_overdue({.requested = 5s, .registers = 2000s, .never_comes = true}, kRule));
  CHECK_FALSE(is_given_back(late, kRule, 1, 960s));
  CHECK(is_given_back(late, kRule, 1, 970s));
  CHECK_FALSE(is_given_back(late, kRule, 0, 970s));   // the minimum keeps it
  CHECK_FALSE(is_given_back(late, kRule, 1, 2000s));  // it has come
}

}  // namespace
}  // namespace berth
