#include "planner/node_walk.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <queue>
#include <utility>

namespace berth {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Node {
  Resources free;
  std::int64_t pods_free = 0;
  int used = 0;  // pods
  double since = 0, empty_since = 0, ready_at = 0;
  bool kept = false, there = false, fresh = false;
};

// Room of a node that is free again at a date; node -1: a pause pod is there again.
struct Ending {
  double at = 0;
  std::ptrdiff_t node = 0;
  std::uint32_t of = 0;
  int pods = 0;
  bool operator>(const Ending& other) const { return at > other.at; }
};

struct Taken {
  bool waits = false;  // for a node
  double queued_s = 0;
};

Resources times(Resources one, std::int64_t n) {
  return {one.cpu_milli * n, Bytes{one.memory.count * n}, one.gpus * static_cast<int>(n)};
}

class Walk {
 public:
  // Nodes are counted between these two.
  Walk(const WalkedPool& pool, std::span<const WalkedClass* const> classes, double from, double to)
      : pool_(pool),
        classes_(classes),
        from_(from),
        to_(to),
        paused_(pool.paused),
        fit_(classes.size(), 1),
        nodes_s_(classes.size(), 0),
        filled_s_(classes.size(), 0) {
    for (std::size_t c = 0; c < classes.size(); ++c)
      if (classes[c] != nullptr) fit_[c] = std::max(1, fitting(pool.room, pool.pods, *classes[c]));
    for (int n = 0; n < pool.kept; ++n) {
      nodes_.push_back({.free = pool.room, .pods_free = pool.pods, .kept = true, .there = true});
      grow();
    }
  }

  Taken take(std::uint32_t of, double at, double held) {
    const WalkedClass& work = *classes_[of];
    double now = std::max(at, front_);
    settle(now);
    int missing = work.instances;
    bool makes_one = false;
    taken_.clear();
    while (true) {
      while (missing > 0) {
        const auto n = preferred(work, now);
        if (!n) break;
        hold(*n, work, 1);
        taken_.emplace_back(*n, 1), --missing;
      }
      if (missing == 0) break;
      const bool is_hopeless = endings_.empty();
      if (nodes_there() >= pool_.most && paused_ == 0 && !is_hopeless) {
        front_ = now = std::max(now, endings_.top().at);
        settle(now);
        continue;
      }
      // Pause pods move to a node that is made for them; who finds none waits for it himself.
      const int given = std::min(missing, paused_);
      makes_one = makes_one || missing > given;
      paused_ -= given;
      if (given > 0) endings_.push({now + pool_.boot_s, -1, of, given});
      // The nodes of pause pods are beside those that are counted here.
      for (int spare = given;
           missing > 0 && (nodes_there() < pool_.most || spare > 0 || is_hopeless); --spare) {
        const int here = std::min(missing, fit_[of]);
        taken_.emplace_back(fresh(now), here);
        hold(taken_.back().first, work, here);
        missing -= here;
      }
    }
    // A node that somebody else made is waited for, too, until it is there.
    double begins = now;
    for (const auto& [n, pods] : taken_) {
      Node& node = nodes_[n];
      if (makes_one && node.fresh) node.ready_at = now + pool_.boot_s;
      node.fresh = false;
      begins = std::max(begins, node.ready_at);
    }
    const bool waits = makes_one || begins > now;
    const double end = begins + held + (waits ? work.pull_s : 0);
    for (const auto& [n, pods] : taken_) {
      Node& node = nodes_[n];
      if (node.kept && node.used == 0) node.since = now;
      node.used += pods;
      const double part = double(pods) / fit_[of];
      filled_s_[of] += part * within(end - held, end);
      used_by_[n * classes_.size() + of] += part * (end - begins);
      endings_.push({end, static_cast<std::ptrdiff_t>(n), of, pods});
    }
    return {waits, now - at};
  }

  // Everything ends, and the nodes go.
  void end() {
    settle(kNever);
    for (std::size_t n = 0; n < nodes_.size(); ++n)  // those that never go
      if (nodes_[n].there && !nodes_[n].kept) share_out(n, to_);
  }
  double spread(std::size_t of) const {
    return filled_s_[of] > 0 ? nodes_s_[of] / filled_s_[of] : 1;
  }

 private:
  static int fitting(const Resources& room, std::int64_t pods, const WalkedClass& work) {
    std::int64_t n = pods;
    const Resources& needs = work.needs;
    if (needs.cpu_milli > 0) n = std::min(n, room.cpu_milli / needs.cpu_milli);
    if (needs.memory.count > 0) n = std::min(n, room.memory.count / needs.memory.count);
    if (needs.gpus > 0) n = std::min<std::int64_t>(n, room.gpus / needs.gpus);
    return static_cast<int>(std::clamp<std::int64_t>(n, 0, std::numeric_limits<int>::max()));
  }
  void hold(std::size_t n, const WalkedClass& work, int pods) {
    nodes_[n].free = nodes_[n].free - times(work.needs, pods);
    nodes_[n].pods_free -= pods;
  }
  // Of the nodes that are there by their free processors and memory, else the first that is still to come.
  std::optional<std::size_t> preferred(const WalkedClass& work, double now) const {
    std::optional<std::size_t> best;
    double most = -1;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      if (!node.there || fitting(node.free, node.pods_free, work) < 1) continue;
      const double free = free_share(node.free);
      const double score = node.ready_at > now ? 0 : pool_.spreads ? 1 + free : 3 - free;
      if (score > most) best = n, most = score;
    }
    return best;
  }
  double free_share(const Resources& free) const {
    const auto of = [](std::int64_t part, std::int64_t whole) {
      return whole > 0 ? double(part) / double(whole) : 0.0;
    };
    return of(free.cpu_milli, pool_.room.cpu_milli) +
           of(free.memory.count, pool_.room.memory.count);
  }
  double within(double begin, double end) const {
    return std::max(0.0, std::min(end, to_) - std::max(begin, from_));
  }
  // A node's time, among those that used it.
  void share_out(std::size_t n, double until) {
    const double life = within(nodes_[n].since, until);
    const auto used = std::span(used_by_).subspan(n * classes_.size(), classes_.size());
    double sum = 0;
    for (const double one : used) sum += one;
    for (std::size_t c = 0; c < used.size(); ++c) {
      if (sum > 0) nodes_s_[c] += life * used[c] / sum;
      used[c] = 0;
    }
  }
  void settle(double now) {
    while (!endings_.empty() && endings_.top().at <= now) {
      const Ending ending = endings_.top();
      endings_.pop();
      if (ending.node < 0) {
        paused_ += ending.pods;
        continue;
      }
      const auto n = static_cast<std::size_t>(ending.node);
      Node& node = nodes_[n];
      node.used -= ending.pods;
      node.free = node.free + times(classes_[ending.of]->needs, ending.pods);
      node.pods_free += ending.pods;
      node.empty_since = ending.at;
      if (node.used > 0) continue;
      if (node.kept)
        share_out(n, ending.at);
      else
        next_leaving_ = std::min(next_leaving_, ending.at + pool_.stay_s);
    }
    if (now < next_leaving_) return;
    next_leaving_ = kNever;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      Node& node = nodes_[n];
      if (!node.there || node.kept || node.used > 0) continue;
      if (now - node.empty_since > pool_.stay_s) {
        node.there = false;
        share_out(n, node.empty_since + pool_.stay_s);
      } else {
        next_leaving_ = std::min(next_leaving_, node.empty_since + pool_.stay_s);
      }
    }
  }
  int nodes_there() const {
    if (pool_.most == std::numeric_limits<int>::max()) return 0;
    return static_cast<int>(std::ranges::count(nodes_, true, &Node::there));
  }
  void grow() { used_by_.resize(nodes_.size() * classes_.size(), 0.0); }
  std::size_t fresh(double now) {
    const Node made{
        .free = pool_.room, .pods_free = pool_.pods, .since = now, .there = true, .fresh = true};
    const auto gone = std::ranges::find(nodes_, false, &Node::there);
    if (gone != nodes_.end()) {
      *gone = made;
      return static_cast<std::size_t>(gone - nodes_.begin());
    }
    nodes_.push_back(made);
    grow();
    return nodes_.size() - 1;
  }

  const WalkedPool& pool_;
  std::span<const WalkedClass* const> classes_;
  double from_ = 0, to_ = 0, next_leaving_ = kNever;
  double front_ = 0;  // when the first who waited for room had it
  int paused_ = 0;
  std::vector<int> fit_;                    // pods of a class that an empty node takes
  std::vector<double> nodes_s_, filled_s_;  // by class
  std::vector<Node> nodes_;
  std::vector<double> used_by_;  // by node, then class: of the pods in this life of the node
  std::vector<std::pair<std::size_t, int>> taken_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> endings_;
};

decltype(WalkedNodes::queued_s) quantiles(std::vector<double> values) {
  decltype(WalkedNodes::queued_s) table{};
  if (values.empty()) return table;
  std::ranges::sort(values);
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = values[(values.size() - 1) * i / (table.size() - 1)];
  return table;
}

}  // namespace

double WalkedNodes::queued_at(double probability) const {
  const double at = probability * double(queued_s.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), queued_s.size() - 2);
  return queued_s[i] + (at - double(i)) * (queued_s[i + 1] - queued_s[i]);
}

std::vector<WalkedNodes> walk_nodes(std::span<const Submission> submissions, double from_s,
                                    double to_s, const WalkedPool& pool,
                                    std::span<const WalkedClass* const> classes) {
  Walk walk(pool, classes, from_s, to_s);
  std::vector<WalkedNodes> result(classes.size());
  std::vector<std::vector<double>> queued(classes.size());
  for (const Submission& one : submissions) {
    if (classes[one.of] == nullptr) continue;
    const Taken taken = walk.take(one.of, one.at, classes[one.of]->held_s[one.number]);
    if (one.at < from_s) continue;
    ++result[one.of].jobs;
    result[one.of].waiting += taken.waits;
    queued[one.of].push_back(taken.queued_s);
  }
  walk.end();
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (result[c].jobs > 0) result[c].waiting /= static_cast<double>(result[c].jobs);
    result[c].spread = walk.spread(c);
    result[c].queued_s = quantiles(std::move(queued[c]));
  }
  return result;
}

}  // namespace berth
