#include "planner/submission_times.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "models/job_graph.h"
#include "models/submissions.h"

namespace berth {
namespace {

using ByNumber = std::unordered_map<std::uint64_t, double>;

ByNumber by_clock(const Scenario& scenario, TrainingId id, std::uint32_t history,
                  std::size_t most) {
  ByNumber times;
  Submissions submissions(scenario, id, {scenario.seed, history});
  while (const auto next = submissions.next()) {
    if (next->due >= scenario.warm_up + scenario.horizon || times.size() == most) break;
    times.emplace(next->number, (next->due + next->delay).count());
  }
  return times;
}

class Chain {
 public:
  Chain(const Scenario& scenario, const JobGraph& graph) : scenario_(scenario), graph_(graph) {}

  void add(TrainingId id, ByNumber times) { times_.emplace(id.value, std::move(times)); }

  // Of a class whose predecessors are there.
  void follow(TrainingId id) {
    const TrainingId before = graph_.needs(id, 0).front().workload;
    ByNumber times;
    for (const auto& [number, time] : times_.at(before.value)) {
      const JobRange range = graph_.waiting(id, before, number);
      for (std::uint64_t n = range.first; n < range.first + range.count; ++n)
        if (!times.contains(n))
          if (const auto at = when(id, n)) times.emplace(n, *at);
    }
    add(id, std::move(times));
  }

  std::vector<double> sorted(TrainingId id) const {
    const double end = (scenario_.warm_up + scenario_.horizon).count();
    std::vector<double> list;
    for (const auto& [number, time] : times_.at(id.value))
      if (time < end) list.push_back(time);
    std::ranges::sort(list);
    return list;
  }

 private:
  double length(TrainingId id) const {
    const TrainingClass& work = scenario_.training[id.index()];
    return work.init.count() + mean(work.duration);
  }

  // nullopt: one that it waits for never comes.
  std::optional<double> when(TrainingId id, std::uint64_t number) const {
    double latest = 0;
    for (const JobRange& range : graph_.needs(id, number)) {
      const ByNumber& before = times_.at(range.workload.value);
      for (std::uint64_t n = range.first; n < range.first + range.count; ++n) {
        const auto at = before.find(n);
        if (at == before.end()) return std::nullopt;
        latest = std::max(latest, at->second + length(range.workload));
      }
    }
    return latest;
  }

  const Scenario& scenario_;
  const JobGraph& graph_;
  std::unordered_map<std::int32_t, ByNumber> times_;
};

}  // namespace

std::vector<double> submission_times(const Scenario& scenario, TrainingId id, std::uint32_t history,
                                     std::size_t most) {
  const JobGraph graph(scenario.training);
  Chain chain(scenario, graph);
  for (const TrainingId one : graph.before(id))
    if (graph.follows(one))
      chain.follow(one);
    else
      chain.add(one, by_clock(scenario, one, history, most));
  return chain.sorted(id);
}

}  // namespace berth
