#include "models/kubernetes/replica_set.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

// Ready for an hour on a node of its own.
ReplicaPod pod(int id) {
  return {.id = {id}, .node = NodeId{id}, .ready_since = Seconds{-3600},
          .created = Seconds{-7200}};
}

TEST_CASE("the pod that is worth least goes first", "[replica_set]") {
  ReplicaPod unassigned = pod(1), pending = pod(2), unready = pod(3), cheap = pod(4),
             crowded = pod(5), recent = pod(6), restarted = pod(7), young = pod(8), plain = pod(9),
             neighbour = pod(10);
  unassigned.node.reset();
  pending.phase = PodPhase::pending;
  unready.ready_since.reset();
  cheap.deletion_cost = -1;
  crowded.node = neighbour.node;
  recent.ready_since = Seconds{-60};
  restarted.restarts = 2;
  young.created = Seconds{-60};
  struct Row { const char* because; ReplicaPod victim, other; };
  const auto row = GENERATE_COPY(values<Row>({
      {"not on a node before pending",            unassigned, pending},
      {"pending before not ready",                pending,    unready},
      {"not ready before cheap",                  unready,    cheap},
      {"cheap before recently ready",             cheap,      recent},
      {"recently ready before restarted",         recent,     restarted},
      {"restarted before young",                  restarted,  young},
      {"young before old",                        young,      plain},
  }));
  CAPTURE(row.because);
  // Given the other way round, so that the order of the list does not help.
  const std::vector pods{row.other, row.victim};
  CHECK(scale_down_victims(pods, 1, Seconds{0}) == std::vector{row.victim.id});
  const std::vector three{recent, crowded, neighbour};
  CHECK(scale_down_victims(three, 1, Seconds{0}) == std::vector{crowded.id});
}

TEST_CASE("ages in one power of two are alike", "[replica_set]") {
  // 3600 s and 4300 s in nanoseconds: log2 = 41.71 and 41.97. 4500 s: 42.03.
  ReplicaPod older = pod(1), newer = pod(2);
  older.ready_since = Seconds{-4300};
  CHECK(scale_down_victims(std::vector{newer, older}, 1, Seconds{0}) == std::vector{older.id});
  older.ready_since = Seconds{-4500};
  CHECK(scale_down_victims(std::vector{newer, older}, 1, Seconds{0}) == std::vector{newer.id});
}

TEST_CASE("pods are made in doubling batches, five hundred a sync", "[replica_set]") {
  CHECK(creation_batches(0).empty());
  CHECK(creation_batches(10) == std::vector{1, 2, 4, 3});
  int sum = 0;
  for (const int batch : creation_batches(2000)) sum += batch;
  CHECK(sum == 500);
}

}  // namespace
}  // namespace berth
