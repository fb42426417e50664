#include "planner/node_walk.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "models/random_stream.h"

using namespace berth;

namespace {

constexpr double kEver = std::numeric_limits<double>::infinity();

WalkedNodes walked(const std::vector<double>& submitted, const WalkedPool& pool, double held,
                   double from = 0, double to = kEver, WalkedClass work = {}) {
  std::vector<Submission> all;
  for (std::uint32_t n = 0; n < submitted.size(); ++n) all.push_back({submitted[n], 0, n});
  const std::vector<double> lengths(submitted.size(), held);
  work.held_s = lengths;
  const WalkedClass* const only[] = {&work};
  return walk_nodes(all, from, to, pool, only).front();
}

double waiting(const std::vector<double>& submitted, const WalkedPool& pool, double held,
               double from = 0) {
  return walked(submitted, pool, held, from).waiting;
}

double spread(const std::vector<double>& submitted, const WalkedPool& pool, double held,
              double from = 0, double to = kEver, WalkedClass work = {}) {
  return walked(submitted, pool, held, from, to, work).spread;
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

TEST_CASE("where a pool has as many nodes as it may, jobs wait for those before them to end") {
  // One node, one pod: there at 60 s, so that the pods end at 160, 260 and 360 s.
  const std::vector<double> three{0, 10, 20};
  const WalkedNodes one = walked(three, {.most = 1, .boot_s = 60, .stay_s = 30}, 100);
  CHECK(one.queued_at(0) == 0);
  CHECK(one.queued_at(0.5) == 150);
  CHECK(one.queued_at(1) == 240);
  CHECK(one.waiting == Approx(1.0 / 3));
  // It is there from 0 to 390 s, for 300 s of pods.
  CHECK(one.spread == Approx(390.0 / 300));
  // Two nodes: the third has the place of the first, at 160 s.
  CHECK(walked(three, {.most = 2, .boot_s = 60, .stay_s = 30}, 100).queued_at(1) == 140);
  CHECK(walked(three, {.most = 3, .boot_s = 60, .stay_s = 30}, 100).queued_at(1) == 0);
  CHECK(walked(three, {.boot_s = 60, .stay_s = 30}, 100).queued_at(1) == 0);
  // Kept ones are among them; a pause pod gives its place, which is beside them, and is back at 70 s.
  CHECK(walked(three, {.kept = 1, .most = 1}, 100).queued_at(1) == 180);
  CHECK(walked(three, {.kept = 1, .most = 1, .paused = 1, .boot_s = 60}, 100).queued_at(1) == 50);
  // What no pool of that size could hold is for the room of the pool to judge.
  CHECK(walked(three, {.most = 1}, 100, 0, kEver, {.instances = 2}).queued_at(1) == 180);
  CHECK(walked({0}, {.most = 1}, 100, 0, kEver, {.instances = 2}).queued_at(1) == 0);
}

TEST_CASE("nodes are whole, boot before their pods and stay after them") {
  const std::vector<double> every{0, 900, 1800, 2700};
  // One node a job: 60 s of boot, 240 s of work, 30 s empty.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 30}, 240) == Approx(330.0 / 240));
  // An image that is pulled on each new node keeps it for longer.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 30}, 240, 0, kEver, {.pull_s = 20}) ==
        Approx(350.0 / 240));
  // One node for all: from 0 to 700 s after the last has ended at 2940.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 700}, 240) == Approx(3640.0 / 960));
  // Between 900 s and 1800 s it is there all the time, and a pod for 240 s.
  CHECK(spread(every, {.boot_s = 60, .stay_s = 700}, 240, 900, 1800) == Approx(900.0 / 240));
  // Two places: the second pod shares the node, which is there from 0 to 170 s; 200 s of pods fill it for 100.
  CHECK(spread({0, 70}, {.room = {.cpu_milli = 2}, .boot_s = 60}, 100) == Approx(1.7));
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
  CHECK(waiting({0, 70}, {.room = {.cpu_milli = 2}, .boot_s = 60}, 100) == 0.5);
  CHECK(waiting({0, 10}, {.room = {.cpu_milli = 2}, .boot_s = 60}, 100) == 1);
}

TEST_CASE("a job of several pods waits when one of them does") {
  // Kept: two places; three are needed.
  const WalkedClass three{.instances = 3};
  CHECK(walked({0}, {.kept = 2, .boot_s = 60}, 100, 0, kEver, three).waiting == 1);
  CHECK(walked({0}, {.kept = 3, .boot_s = 60}, 100, 0, kEver, three).waiting == 0);
}

TEST_CASE("classes share the nodes they meet, and each pays for what it used") {
  const std::vector<double> hundred{100}, two_hundred{200};
  // A node of four: three pods of the one class at 0 s, one of the other at 20 s, which waits till 60 s.
  const WalkedPool pool{.room = {.cpu_milli = 4}, .boot_s = 60, .stay_s = 40};
  const WalkedClass wide{.needs = {.cpu_milli = 3}, .held_s = hundred};
  const WalkedClass small{.needs = {.cpu_milli = 1}, .held_s = two_hundred};
  const WalkedClass* const both[] = {&wide, &small};
  const std::vector<Submission> submitted{{0, 0, 0}, {20, 1, 0}};
  const auto shared = walk_nodes(submitted, 0, kEver, pool, both);
  CHECK(shared[0].waiting == 1);
  CHECK(shared[1].waiting == 1);
  // It is there from 0 to 260 + 40 s. One pod of the first fills it for 100 s, four of the second would for 200 s,
  // one does for 50: 300 s are theirs by 100 to 50, twice of what each filled.
  CHECK(shared[0].spread == Approx(200.0 / 100));
  CHECK(shared[1].spread == Approx(100.0 / 50));
  // By itself the second has a node for 60 + 200 + 40 s.
  const WalkedClass* const second[] = {nullptr, &small};
  const auto alone = walk_nodes(submitted, 0, kEver, pool, second);
  CHECK(alone[1].spread == Approx(300.0 / 50));
  CHECK(alone[0].jobs == 0);
  // Where the memory of a node is gone its processors help nobody.
  WalkedClass greedy = small;
  greedy.needs = {.cpu_milli = 1, .memory = {8 * kGiB}};
  const WalkedPool with_memory{
      .room = {.cpu_milli = 4, .memory = {8 * kGiB}}, .boot_s = 60, .stay_s = 40};
  const WalkedClass* const apart[] = {&greedy, &greedy};
  const auto two = walk_nodes(submitted, 0, kEver, with_memory, apart);
  CHECK(two[0].spread + two[1].spread == Approx(2 * 300.0 / 200));
}

TEST_CASE("a scheduler that spreads keeps more nodes in use than one that packs") {
  // Two kept nodes of two places; jobs of 100 s at 0, 10 and 20 s.
  const std::vector<double> three{0, 10, 20};
  const WalkedPool spreads{.room = {.cpu_milli = 2}, .kept = 2};
  WalkedPool packs = spreads;
  packs.spreads = false;
  // Spread: one node from 0 to 120, one from 10 to 110; packed: 0 to 110, 20 to 120. Three pods fill 150 s.
  CHECK(spread(three, spreads, 100) == Approx((120.0 + 100) / 150));
  CHECK(spread(three, packs, 100) == Approx((110.0 + 100) / 150));
}

TEST_CASE(
    "with Poisson arrivals, one place a node and no time to hold it, the share is 1 - e^(-lT)") {
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
