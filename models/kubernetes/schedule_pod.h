// One attempt of kube-scheduler to place one pod: which of a pool's nodes it takes.
//
//   found   the nodes it fits on, looked at from `start` on until nodes_to_find() are there
//   score   fit (weight 1) + balanced (1) + 2 x spread, each a whole number from 0 to 100
//   taken   the highest score; ties: more bytes of the pod's image if asked to, then the lower
//           position in the list, where kube-scheduler draws lots
//   found at most: all below 100 nodes; else max(100, nodes x p / 100), p = max(5, 50 - nodes /
//   125)
//
// Spread is the cluster's default constraint (topology_spread.h): over hosts with a skew of 3 and
// zones with 5, among pods of the same owner. It is left out of the sum for pods that have none, as
// kube-scheduler skips the plugin for them.
// The next attempt starts where this one stopped looking, so that large clusters are used evenly.
//
// Source: kube-scheduler 1.34. Left out: affinities and taints (a pool stands for them), volumes,
// the score for images (bytes present break ties only), the order by zone in which upstream walks
// (here by position). Tested by tests/models/kubernetes/schedule_pod_test.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "models/kubernetes/fit_and_score.h"

namespace berth {

struct SchedulingNode {
  NodeView view;
  int zone = 0;
  int alike = 0;  // pods of the same owner on it
};
struct SchedulingRule {
  Scoring scoring;
  bool spread = false;
  bool prefer_image = false;
};
struct NodeChoice {
  std::size_t node = 0;       // position
  std::size_t looked_at = 0;  // nodes, until enough were found
};
// Absent: it fits on none. `find`: how many fitting nodes are enough, at least 1.
std::optional<NodeChoice> schedule_pod(const PodRequest& pod, std::span<const SchedulingNode> nodes,
                                       const SchedulingRule& rule, std::size_t start,
                                       std::size_t find);
// A group of alike pods that start together or not at all: one after another, each from where the
// last one stopped looking. `nodes` then has them on it. Absent: not all of them have room.
struct GroupChoice {
  std::vector<std::size_t> nodes = {};  // of each pod
  std::size_t next_start = 0;
};
std::optional<GroupChoice> schedule_group(const PodRequest& pod, int count,
                                          std::span<SchedulingNode> nodes,
                                          const SchedulingRule& rule, std::size_t start,
                                          std::size_t find);
// In a cluster of so many nodes.
std::size_t nodes_to_find(std::size_t nodes);

// How many nodes fail for which first reason.
std::array<int, kMisfits> count_misfits(const PodRequest& pod,
                                        std::span<const SchedulingNode> nodes);

}  // namespace berth
