#include "planner/node_walk.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "models/random_stream.h"

using namespace berth;

namespace {

double waiting(const std::vector<double>& submitted, const WalkedPool& pool, double held,
               double from = 0) {
  return walk_nodes(submitted, from, std::numeric_limits<double>::infinity(), pool,
                    [held](std::size_t) { return held; })
      .waiting;
}

double spread(const std::vector<double>& submitted, const WalkedPool& pool, double held,
              double from = 0, double to = std::numeric_limits<double>::infinity()) {
  return walk_nodes(submitted, from, to, pool, [held](std::size_t) { return held; }).spread;
}

}  // namespace

TEST_CASE("a node is found as long as it stays, and no longer") {
  // A job every 900 s, 240 s long, after a boot of 60 s the first time: its node is empty at 300 s.
  const std::vector<double> every{0, 900, 1800, 2700};
  CHECK(waiting(every, {.boot_s = 60, .stay_s = 30}, 240) == 1);
  CHECK(waiting(every, {.boot_s = 60, .stay_s = 700}, 240) == 0.25);
  // What came before the window is walked, not counted.
  CHECK(waiting(every, {.boot_s = 60, .stay_s = 700}, 240, 1) == 0);
}

TEST_CASE("nodes are whole, boot before their pods and stay after them") {
  const std::vector<double> every{0, 900, 1800, 2700};
  // One node a job: 60 s of boot, 240 s of work, 30 s empty.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 30}, 240) == Approx(330.0 / 240));
  // An image that is pulled on each new node keeps it for longer.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 30, .pull_s = 20}, 240) == Approx(350.0 / 240));
  // One node for all: from 0 to 700 s after the last has ended at 2940.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 700}, 240) == Approx(3640.0 / 960));
  // Between 900 s and 1800 s it is there all the time, and a pod for 240 s.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 700}, 240, 900, 1800) == Approx(900.0 / 240));
  // Two places: the second pod shares the node, which is there from 0 to 170 s; 200 s of pods fill it for 100.
  CHECK(spread({0, 70}, {.places = 2, .boot_s = 60}, 100) == Approx(1.7));
  // Kept ones count while they are used: the pool pays for the rest.
  CHECK(spread(every, {.kept = 1}, 240) == Approx(1));
  CHECK(spread({}, {}, 100) == 1);
}

TEST_CASE("kept nodes and pause pods are found, others are made") {
  // Three at once, each for 100 s, on nodes of one place.
  const std::vector<double> at_once{0, 0, 0};
  CHECK(waiting(at_once, {.kept = 1, .boot_s = 60}, 100) == Approx(2 / 3.0));
  CHECK(waiting(at_once, {.kept = 1, .paused = 1, .boot_s = 60}, 100) == Approx(1 / 3.0));
  // A pause pod is back after a boot of 60 s, not before.
  CHECK(waiting({0, 70}, {.paused = 1, .boot_s = 60}, 100) == 0);
  CHECK(waiting({0, 50}, {.paused = 1, .boot_s = 60}, 100) == 0.5);
  // Two places on a node: the second finds the first one's, once it is there.
  CHECK(waiting({0, 70}, {.places = 2, .boot_s = 60}, 100) == 0.5);
  CHECK(waiting({0, 10}, {.places = 2, .boot_s = 60}, 100) == 1);
}

TEST_CASE("a job of several pods waits when one of them does") {
  // Kept: two places; three are needed.
  CHECK(waiting({0}, {.kept = 2, .instances = 3, .boot_s = 60}, 100) == 1);
  CHECK(waiting({0}, {.kept = 3, .instances = 3, .boot_s = 60}, 100) == 0);
}

TEST_CASE("with Poisson arrivals, one place a node and no time to hold it, the share is 1 - e^(-lT)") {
  // A node that stays T after a job of no length is found by who comes within T: models/keep_alive.h. A
  // second one within T finds the node that the first one made.
  constexpr double kRate = 1 / 600.0, kStay = 300;
  RandomStream stream(1, 0, Purpose::arrival, 0);
  std::vector<double> submitted;
  double t = 0;
  while (submitted.size() < 20'000) submitted.push_back(t += -std::log(stream.uniform()) / kRate);
  // 20,000 draws: a standard error of 0.0035.
  CHECK(waiting(submitted, {.stay_s = kStay}, 0) == Approx(std::exp(-kRate * kStay)).margin(0.012));
}
