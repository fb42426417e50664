#include "models/serving/held_requests.h"

#include <catch2/catch.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

HeldRequests thirty() {
  HeldRequests held;
  held.add(0s, 10s, 10);
  held.add(10s, 20s, 20);
  return held;
}

}  // namespace

TEST_CASE("the oldest go first, by when they came", "[serving]") {
  HeldRequests held = thirty();
  CHECK(held.came_since(5s) == Approx(25));
  CHECK(held.came_since(15s) == Approx(10));
  CHECK(held.drop_before(15s) == Approx(20));
  CHECK(held.count() == Approx(10));
  CHECK(held.drop_before(15s) == 0);
  CHECK(held.drop_before(20s) == Approx(10));
  CHECK(held.count() == 0);
}

TEST_CASE("what has no room are the newest", "[serving]") {
  HeldRequests held = thirty();
  CHECK(held.drop_newest(25) == Approx(25));
  CHECK(held.count() == Approx(5));
  CHECK(held.came_since(2500ms) == Approx(2.5));
  CHECK(held.drop_newest(100) == Approx(5));
}

TEST_CASE("all are released, spread over the time in which they came", "[serving]") {
  HeldRequests held = thirty();
  const auto pieces = held.release();
  REQUIRE(pieces.size() == 20);
  CHECK(pieces[0] == std::pair{Seconds{0.5}, 1.0});
  CHECK(pieces[19] == std::pair{Seconds{19.5}, 2.0});
  CHECK(held.count() == 0);
  CHECK(held.release().empty());
}

TEST_CASE("a long wait is kept in bounded room", "[serving]") {
  HeldRequests held;
  for (int i = 0; i < 10'000; ++i) held.add(Seconds{15.0 * i}, Seconds{15.0 * (i + 1)}, 3);
  CHECK(held.count() == 30'000);
  CHECK(held.came_since(Seconds{75'000}) == Approx(15'000));
  const auto pieces = held.release();
  CHECK(pieces.size() <= 512 * 16);
  double sum = 0;
  for (const auto& [when, requests] : pieces) sum += requests;
  CHECK(sum == Approx(30'000));
}
