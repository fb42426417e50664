// Who finds a node and who waits for one: a walk over one history of the jobs of all classes on a node pool.
//
// A job's pods need room; a node has so much of it. Kept nodes are always there; another is
// made when a job finds too little room, and goes `stay_s` after the last pod on it ended. A job that
// makes one waits `boot_s` for it, and the room is its own from the start; who takes room beside it
// waits until it is there. Pause pods are places for one pod each that
// give way at once and are there again after a boot, on a node made for them.
// Where the pool has as many nodes as it may, a job waits until enough pods have ended, and who comes after it
// waits behind it; one that is larger than all of the pool is not waited for.
// Pods go to the node with most room or least, as kube-scheduler is told, else to one that is on its way.
// Nodes are counted from the moment they are asked for until they go; kept ones while they are used. What
// a node is there for is shared out among the classes that used it, by pods times seconds times the part
// of a node that a pod takes.
// Left out: pods of services, consolidation of nodes in use, smaller pods that pass a larger one.
// Tested by tests/planner/node_walk_test.cpp; against the simulation by tests/sim/formulas_test.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "models/units.h"

namespace berth {

struct WalkedPool {
  Resources room{.cpu_milli = 1};                       // of a node, for pods
  std::int64_t pods = std::numeric_limits<int>::max();  // that a node takes at most
  int kept = 0;                                         // nodes
  int most = std::numeric_limits<int>::max();           // nodes that there may be
  int paused = 0;                                       // pause pods
  bool spreads = true;  // pods: to the node with most room, else to the fullest that has some
  double boot_s = 0, stay_s = 0;
};
struct WalkedClass {
  int instances = 1;  // pods of a job
  Resources needs{.cpu_milli = 1};
  double pull_s = 0;  // by which who waits for a node is there longer: images are pulled
  std::span<const double> held_s;  // by job: from its pods being there until they end
};
struct Submission {
  double at = 0;
  std::uint32_t of = 0, number = 0;  // class, and its how manyth job: in held_s
};
struct WalkedNodes {
  double waiting = 0;  // share of the jobs that wait for a node; 0 without any
  // Node-seconds for each that the pods would take if they filled whole nodes and those came and went with
  // them; 1 without any.
  double spread = 1;
  std::size_t jobs = 0;
  // Quantiles, evenly apart from the least to the most, of how long jobs wait for others to end.
  std::array<double, 41> queued_s{};
  double queued_at(double probability) const;
};
// Of the jobs submitted from `from_s` on, and of the nodes up to `to_s`. By class; nullptr: not on this
// pool. submissions: by date.
std::vector<WalkedNodes> walk_nodes(std::span<const Submission> submissions, double from_s,
                                    double to_s, const WalkedPool& pool,
                                    std::span<const WalkedClass* const> classes);

}  // namespace berth
