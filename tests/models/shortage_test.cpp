#include "models/shortage.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace berth {
namespace {

RandomStream stream(std::uint32_t replication = 0) {
  return {1, replication, Purpose::shortage, 7};
}

TEST_CASE("a shortage is of some types, bought one way or either", "[shortage]") {
  const Shortage spot{.types = {{1}, {3}}, .offering = Offering::spot};
  CHECK(spot.concerns({3}, Offering::spot));
  CHECK_FALSE(spot.concerns({3}, Offering::on_demand));
  CHECK_FALSE(spot.concerns({2}, Offering::spot));
  const Shortage any{.types = {{1}}};
  CHECK(any.concerns({1}, Offering::spot));
  CHECK(any.concerns({1}, Offering::on_demand));
}

TEST_CASE("chance is of the types and how they are bought, whoever says so", "[shortage]") {
  Catalogue catalogue;
  for (const char* name : {"m5.xlarge", "m5a.xlarge", "c5.xlarge"})
    catalogue.types.push_back({.name = name});
  const auto of = [&](std::vector<TypeId> types, std::optional<Offering> offering = {}) {
    return entity_of({.types = std::move(types), .offering = offering}, catalogue);
  };
  CHECK(of({{0}, {1}}) == of({{1}, {0}}));
  CHECK(of({{0}, {1}}) != of({{0}, {2}}));
  CHECK(of({{0}}) != of({{0}, {1}}));
  CHECK(of({{0}}) != of({{0}}, Offering::spot));
  CHECK(of({{0}}, Offering::on_demand) != of({{0}}, Offering::spot));
  const Shortage rare{.types = {{0}}, .when = AtRandom{12h}, .lasts = 1h};
  const Shortage often{.types = {{0}}, .when = AtRandom{6h}, .lasts = 2h};
  CHECK(entity_of(rare, catalogue) == entity_of(often, catalogue));
}

TEST_CASE("at a time it holds from its begin up to its end", "[shortage]") {
  // An hour of warm-up: 17:00 of a window that begins at midnight is 18 h on the simulated clock.
  const Shortage once{.types = {{0}}, .when = Seconds{17 * 3600}, .lasts = 3h};
  ShortageSpans spans(once, {.starts_at = 0, .warm_up = 1h}, stream());
  CHECK_FALSE(spans.holds(0s));
  CHECK_FALSE(spans.holds(18h - 1s));
  CHECK(spans.holds(18h));
  CHECK(spans.holds(21h - 1s));
  CHECK_FALSE(spans.holds(21h));
  CHECK_FALSE(spans.holds(18h + 24h));
}

TEST_CASE("one that began before the simulated time reaches into it", "[shortage]") {
  // The window begins on Saturday 2026-11-28 at midnight UTC, 1795824000 s after 1970; Friday's
  // three hours from 22:00 on last until 01:00.
  std::string why;
  const Shortage fridays{.types = {{0}}, .when = *parse_cron("0 22 * * 5", &why), .lasts = 3h};
  ShortageSpans spans(fridays, {.starts_at = 1'795'824'000, .warm_up = 0s}, stream());
  CHECK(spans.holds(0s));
  CHECK(spans.holds(1h - 1s));
  CHECK_FALSE(spans.holds(1h));
  const Seconds week = 7 * 24h;
  CHECK_FALSE(spans.holds(week - 2h - 1s));
  CHECK(spans.holds(week - 2h));
  CHECK_FALSE(spans.holds(week + 1h));
  CHECK(spans.holds(2 * week));
  SECTION("with a warm-up the clock begins earlier") {
    ShortageSpans earlier(fridays, {.starts_at = 1'795'824'000, .warm_up = 6h}, stream());
    CHECK_FALSE(earlier.holds(4h - 1s));
    CHECK(earlier.holds(4h));
    CHECK_FALSE(earlier.holds(7h));
  }
}

// Begins and ends to the second, of `days` days.
std::vector<std::pair<int, int>> spans_of(const Shortage& shortage, std::uint32_t replication,
                                          int days) {
  ShortageSpans spans(shortage, {}, stream(replication));
  std::vector<std::pair<int, int>> found;
  bool before = false;
  for (int s = 0; s < days * 86'400; ++s) {
    const bool holds = spans.holds(Seconds{double(s)});
    if (holds && !before) found.emplace_back(s, s);
    if (holds) found.back().second = s + 1;
    before = holds;
  }
  return found;
}

TEST_CASE("at random its share of time and its number are those said", "[shortage]") {
  // Every 2 h for 30 min, up for a = 1.5 h and down for b = 0.5 h: a quarter of the time. In a time
  // T begin N = T / 2 h, with variance N (a^2 + b^2) / (a + b)^2 = 0.625 N; the share has the
  // variance 2 (a b)^2 / (a + b)^3 / T = 0.1406 h / T. Four standard errors each. Spans that held
  // at once began before.
  const Shortage random{.types = {{0}}, .when = AtRandom{2h}, .lasts = 30min};
  double number = 0, time = 0;
  int at_once = 0;
  const int replications = 400, days = 4;
  for (int r = 0; r < replications; ++r) {
    const auto spans = spans_of(random, static_cast<std::uint32_t>(r), days);
    for (const auto& [from, to] : spans) {
      ++number;
      time += to - from;
    }
    at_once += !spans.empty() && spans.front().first == 0;
  }
  const double hours = replications * days * 24.0;
  CHECK(number - at_once == Approx(hours / 2).margin(4 * std::sqrt(0.625 * hours / 2)));
  CHECK(time / 3600 / hours == Approx(0.25).margin(4 * std::sqrt(0.1406 / hours)));
  // Stationary from the start: short at once in a quarter of histories, 400 x 0.25 +- 4 x 8.7.
  CHECK(at_once == Approx(100).margin(35));
}

TEST_CASE("a history of shortages belongs to its replication", "[shortage]") {
  const Shortage random{.types = {{0}}, .when = AtRandom{2h}, .lasts = 30min};
  CHECK(spans_of(random, 0, 1) == spans_of(random, 0, 1));
  CHECK(spans_of(random, 0, 1) != spans_of(random, 1, 1));
  // Whoever asks seldom meets the same.
  ShortageSpans often(random, {}, stream()), seldom(random, {}, stream());
  for (int s = 0; s < 40 * 3600; ++s) {
    const bool holds = often.holds(Seconds{double(s)});
    if (s % 977 == 0) CHECK(seldom.holds(Seconds{double(s)}) == holds);
  }
}

}  // namespace
}  // namespace berth
