// Classes of jobs that share the nodes of a pool: how many nodes each takes in the company of which others,
// and how many of its jobs wait for one. All classes of a pool are walked together (planner/node_walk.h),
// each as its first home on that pool has it: pull modes and offerings change lengths by little, and what a
// company comes to must not depend on who looks at it.
//
// beyond_w(S) = (spread_w(S) - least_w) / unit_w, at least 0, with least_w = min(alone, with all who may come),
//               unit_w = alone - least_w, or least_w where all together are no fewer (kept nodes that others fill)
// Histories: one, or the mean of two where there are few jobs. Walks are remembered.
// Left out: lengths that differ by home, that a pool may have no more nodes, pods of services.
// Tested by tests/planner/shared_pools_test.cpp; against the simulation by tests/sim/formulas_test.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/scenario.h"
#include "planner/node_walk.h"
#include "planner/placement_problem.h"

namespace berth {

// What a class is on a pool by itself, at best and with everybody.
struct ShareOfPool {
  WalkedNodes alone, least;
  bool saves =
      false;  // together there are fewer nodes for it: `beyond` is what it has alone besides
};

class SharedPools {
 public:
  explicit SharedPools(const Scenario& scenario);

  // Once for each class and pool. work.held_s: ignored; held as constant + stretch x its duration.
  void add(std::size_t resource, const WalkedPool& pool, std::size_t workload, WalkedClass work,
           double constant, double stretch);
  // nullopt: nobody else may come there.
  std::optional<ShareOfPool> share(std::size_t resource, std::size_t workload);
  const std::vector<Sharing>& together(std::size_t resource,
                                       const std::vector<std::size_t>& members);
  std::size_t walked() const { return walks_; }

 private:
  struct Member {
    WalkedClass work;
    std::vector<double> held_s;
    std::optional<ShareOfPool> share;
  };
  struct Pool {
    WalkedPool pool;
    std::map<std::size_t, Member> members;  // by workload
    std::map<std::vector<std::size_t>, std::vector<Sharing>> known;
  };
  // By member, in their order.
  std::vector<WalkedNodes> walk(const Pool& pool, const std::vector<std::size_t>& members);
  void judge(Pool& pool);

  double from_s_, to_s_;
  std::vector<std::vector<Submission>> histories_;  // of all classes, by date
  std::vector<std::vector<double>> durations_;      // by class, job
  std::map<std::size_t, Pool> pools_;               // by resource
  std::size_t walks_ = 0;
};

}  // namespace berth
