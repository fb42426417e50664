#include "models/kubernetes/spoken_for.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

OpenNode node(std::int32_t id, std::int64_t milli) { return {{id}, {milli, {8 * kGiB}, 0}, 10}; }
Resources cpu(std::int64_t milli) { return {milli, {kGiB}, 0}; }
PendingPod pod(std::int32_t id, std::int64_t milli) { return {{id}, cpu(milli), 0s}; }

TEST_CASE("room that somebody is nominated to is taken", "[spoken_for]") {
  // In the order given, which is not that of the ids; node 9 is not open.
  const SpokenFor spoken = spoken_for({node(5, 4000), node(2, 4000)},
                                      {.nominated = {{{2}, cpu(1500)}, {{2}, cpu(500)}, {{9}, cpu(1)}}}, {});
  REQUIRE(spoken.open.size() == 2);
  CHECK(spoken.open[0].id == NodeId{5});
  CHECK(spoken.open[0].free == Resources{4000, {8 * kGiB}, 0});
  CHECK(spoken.open[1].free == Resources{2000, {6 * kGiB}, 0});
  CHECK(spoken.open[1].free_pods == 8);
  CHECK(spoken.holds({2}));
  CHECK(spoken.holds({9}));
  CHECK_FALSE(spoken.holds({5}));
}

TEST_CASE("a node that is kept or awaited is somebody's, and its room is not taken twice", "[spoken_for]") {
  // What is kept is not open already.
  const SpokenFor spoken =
      spoken_for(without_claims({node(1, 4000), node(2, 4000)}, std::vector<RoomClaim>{{{1}, cpu(3000)}}),
                 {.kept = {{{1}, cpu(3000)}}, .awaited = {{2}}}, {});
  CHECK(spoken.open[0].free.cpu_milli == 1000);
  CHECK(spoken.open[1].free.cpu_milli == 4000);
  CHECK(spoken.holds({1}));
  CHECK(spoken.holds({2}));
}

TEST_CASE("pods that move take the room they will find, after those who are nominated", "[spoken_for]") {
  // Node 1 has 1 core left: the pod of 2 cores goes to node 2, the one of half a core to node 1, and the one of
  // 5 cores nowhere: it waits for a node that is to come.
  const SpokenFor spoken = spoken_for({node(1, 4000), node(2, 4000)},
                                      {.nominated = {{{1}, cpu(3000)}},
                                       .moving = {pod(7, 500), pod(8, 2000), pod(9, 5000)}},
                                      {});
  CHECK(spoken.open[0].free.cpu_milli == 500);
  CHECK(spoken.open[1].free.cpu_milli == 2000);
  CHECK(spoken.nodes == std::vector<NodeId>{{1}, {1}, {2}});
}

TEST_CASE("a pod of a leaving node moves until it has asked for another place", "[spoken_for]") {
  const std::vector<LeavingPod> pods{
      {.pod = pod(1, 100)},                                             // nobody told it yet
      {.pod = pod(2, 100), .told = true},                               // its successor waits
      {.pod = pod(3, 100), .told = true, .asks_when_it_ends = true}};  // a job: when its attempt has ended
  const std::vector<PendingPod> moving = pods_to_move(pods);
  REQUIRE(moving.size() == 2);
  CHECK(moving[0].id == PodId{1});
  CHECK(moving[1].id == PodId{3});
}

}  // namespace
}  // namespace berth
