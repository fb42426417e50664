// Who finds a node and who waits for one: a walk over one history of a class's jobs on a node pool.
//
// A job needs `instances` places; a node has `places` of them. Kept nodes are always there; another is
// made when a job finds too little room, and goes `stay_s` after the last pod on it ended. A job that
// makes one waits `boot_s` for it, and the places are its own from the start; who takes places beside it
// waits until it is there. Pause pods are places that
// give way at once and are there again after a boot, on a node made for them.
// Pods go to the first node with room, so later nodes empty.
// Nodes are counted from the moment they are asked for until they go; kept ones while they are used.
// Left out: other classes on the pool, the pool's most nodes, consolidation of nodes in use.
// Tested by tests/planner/node_walk_test.cpp; against the simulation by tests/sim/formulas_test.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace berth {

struct WalkedPool {
  int places = 1;     // of a node
  int kept = 0;       // nodes
  int paused = 0;     // places that pause pods keep
  int instances = 1;  // places of a job
  double boot_s = 0, stay_s = 0;
  double pull_s = 0;  // by which who waits for a node is there longer: images are pulled
};
struct WalkedNodes {
  double waiting = 0;  // share of the jobs that wait for a node; 0 without any
  // Node-seconds for each that the pods would take if they filled whole nodes and those came and went with
  // them; 1 without any.
  double spread = 1;
};
// Of the jobs submitted from `from_s` on, and of the nodes up to `to_s`. submitted_s: ascending.
// held_s(n): from the n-th job's pods being there until they end.
WalkedNodes walk_nodes(std::span<const double> submitted_s, double from_s, double to_s,
                       const WalkedPool& pool, const std::function<double(std::size_t)>& held_s);

}  // namespace berth
