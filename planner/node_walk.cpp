#include "planner/node_walk.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <vector>

namespace berth {
namespace {

struct Node {
  int used = 0;
  double since = 0, empty_since = 0, ready_at = 0;
  bool kept = false, there = false, fresh = false;
};

// Places of a node that are free again at a date; node -1: a pause pod is there again.
struct Ending {
  double at = 0;
  std::ptrdiff_t node = 0;
  int places = 0;
  bool operator>(const Ending& other) const { return at > other.at; }
};

class Walk {
 public:
  // Nodes are counted between these two.
  Walk(const WalkedPool& pool, double from, double to)
      : pool_(pool), from_(from), to_(to), paused_(pool.paused) {
    nodes_.assign(static_cast<std::size_t>(pool.kept), {.kept = true, .there = true});
  }

  // True: it waits for a node.
  bool take(double now, double held) {
    settle(now);
    int missing = pool_.instances;
    const auto wanted = [&] { return missing > 0; };
    std::vector<std::pair<std::size_t, int>> taken;
    for (std::size_t n = 0; n < nodes_.size() && wanted(); ++n) {
      if (!nodes_[n].there) continue;
      const int here = std::min(missing, pool_.places - nodes_[n].used);
      if (here > 0) taken.emplace_back(n, here), missing -= here;
    }
    const int given = std::min(missing, paused_);
    const bool makes_one = missing > given;
    if (missing > 0) {
      // Pause pods move to a node that is made for them; who finds none waits for it himself.
      paused_ -= given;
      if (given > 0) endings_.push({now + pool_.boot_s, -1, given});
      while (missing > 0) {
        const int here = std::min(missing, pool_.places);
        taken.emplace_back(fresh(now), here);
        missing -= here;
      }
    }
    // A node that somebody else made is waited for, too, until it is there.
    double begins = now;
    for (const auto& [n, places] : taken) {
      if (makes_one && nodes_[n].used == 0 && nodes_[n].fresh)
        nodes_[n].ready_at = now + pool_.boot_s;
      nodes_[n].fresh = false;
      begins = std::max(begins, nodes_[n].ready_at);
    }
    const bool waits = makes_one || begins > now;
    const double end = begins + held + (waits ? pool_.pull_s : 0);
    for (const auto& [n, places] : taken) {
      if (nodes_[n].kept && nodes_[n].used == 0) nodes_[n].since = now;
      nodes_[n].used += places;
      pods_s_ += places * within(end - held, end);
      endings_.push({end, static_cast<std::ptrdiff_t>(n), places});
    }
    return waits;
  }

  // Everything ends, and the nodes go.
  double spread() {
    settle(std::numeric_limits<double>::infinity());
    for (const Node& node : nodes_)  // those that never go
      if (node.there && !node.kept) nodes_s_ += within(node.since, to_);
    return pods_s_ > 0 ? nodes_s_ * pool_.places / pods_s_ : 1;
  }

 private:
  double within(double begin, double end) const {
    return std::max(0.0, std::min(end, to_) - std::max(begin, from_));
  }
  void settle(double now) {
    while (!endings_.empty() && endings_.top().at <= now) {
      const Ending ending = endings_.top();
      endings_.pop();
      if (ending.node < 0) {
        paused_ += ending.places;
        continue;
      }
      Node& node = nodes_[static_cast<std::size_t>(ending.node)];
      node.used -= ending.places;
      node.empty_since = ending.at;
      if (node.kept && node.used == 0) nodes_s_ += within(node.since, ending.at);
    }
    for (Node& node : nodes_)
      if (node.there && !node.kept && node.used == 0 && now - node.empty_since > pool_.stay_s) {
        node.there = false;
        nodes_s_ += within(node.since, node.empty_since + pool_.stay_s);
      }
  }
  std::size_t fresh(double now) {
    const auto gone = std::ranges::find(nodes_, false, &Node::there);
    if (gone != nodes_.end()) {
      *gone = {.since = now, .there = true, .fresh = true};
      return static_cast<std::size_t>(gone - nodes_.begin());
    }
    nodes_.push_back({.since = now, .there = true, .fresh = true});
    return nodes_.size() - 1;
  }

  const WalkedPool& pool_;
  double from_ = 0, to_ = 0, nodes_s_ = 0, pods_s_ = 0;
  int paused_ = 0;
  std::vector<Node> nodes_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
};

}  // namespace

WalkedNodes walk_nodes(std::span<const double> submitted_s, double from_s, double to_s,
                       const WalkedPool& pool, const std::function<double(std::size_t)>& held_s) {
  Walk walk(pool, from_s, to_s);
  std::size_t jobs = 0, waited = 0;
  for (std::size_t n = 0; n < submitted_s.size(); ++n) {
    const bool waits = walk.take(submitted_s[n], held_s(n));
    if (submitted_s[n] < from_s) continue;
    ++jobs;
    waited += waits;
  }
  return {.waiting = jobs > 0 ? static_cast<double>(waited) / static_cast<double>(jobs) : 0,
          .spread = walk.spread()};
}

}  // namespace berth
