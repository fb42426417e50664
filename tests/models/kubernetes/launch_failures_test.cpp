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

}  // namespace
}  // namespace berth
