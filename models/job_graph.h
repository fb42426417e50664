// Which Jobs wait for which. Training classes are vertices; an edge leads from every class to those
// that name it in `after` (models/schedule.h). Jobs come in rounds: the submissions of a class with a
// clock of its own that belong to one instant of it, one for each of its `models`; job n of a class
// of m models belongs to round n / m. Over an edge,
//
//   as many models on both sides   job n waits for job n
//   one model before, c after      all c jobs of a round wait for the round's one job (fan-out)
//   p models before, one after     the round's one job waits for all p of its jobs (fan-in)
//
// as Airflow's and Argo's graphs do: a job is submitted at the instant the last one it waits for is
// done, and never when one of them has failed or was never submitted itself.
// Tested by tests/models/job_graph_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "models/scenario.h"

namespace berth {

// Classes that wait for each other: the first names the second, ..., the last names the first. Empty
// when there are none.
std::vector<TrainingId> circle_of(std::span<const TrainingClass> classes);

// The schedule that a class's jobs come by in the end: its own, or that of the first of the classes
// with a clock that its chains begin with.
const Schedule& clock_of(std::span<const TrainingClass> classes, TrainingId id);

// Jobs first, first + 1, ... of a class.
struct JobRange {
  TrainingId workload;
  std::uint64_t first = 0, count = 0;
};

class JobGraph {
 public:
  // Precondition: no circle, and over each edge models are equal or one (check_scenario says so).
  // Keeps no reference to the classes.
  explicit JobGraph(std::span<const TrainingClass> classes);

  // Every class after those it waits for.
  std::span<const TrainingId> order() const { return order_; }
  // The classes that name this one.
  std::span<const TrainingId> followers(TrainingId id) const { return followers_[id.index()]; }
  bool follows(TrainingId id) const { return !before_[id.index()].empty(); }
  // A class and all that it waits for, each after those it waits for itself.
  std::vector<TrainingId> before(TrainingId id) const;
  // The classes with a clock of their own that a class's chains begin with: itself when it has one.
  std::vector<TrainingId> clocks_of(TrainingId id) const;
  // Itself and every class that edges lead to from it, forwards or backwards. Ascending.
  std::vector<TrainingId> connected(TrainingId id) const;

  // What job `number` waits for, one range for each class named.
  std::vector<JobRange> needs(TrainingId id, std::uint64_t number) const;
  // Jobs of `follower` that wait for job `number` of `before`.
  JobRange waiting(TrainingId follower, TrainingId before, std::uint64_t number) const;

 private:
  std::vector<TrainingId> reached(TrainingId id, bool before, bool followers) const;
  std::uint64_t models(TrainingId id) const { return models_[id.index()]; }

  std::vector<std::uint64_t> models_;
  std::vector<std::vector<TrainingId>> before_, followers_;
  std::vector<TrainingId> order_;
};

// The jobs that wait for others, as one simulation goes on.
class JobChains {
 public:
  explicit JobChains(JobGraph graph) : graph_(std::move(graph)) {}

  struct Next {
    TrainingId workload;
    std::uint64_t number = 0;
    bool runs = true;  // false: skipped, what it waits for has failed
    Seconds began{};   // the first submission of its chain
  };
  // A job is over, completed or failed for good; its chain began at `began`. What comes of it: jobs
  // to submit now, and jobs that are skipped with all that follow them. By class and number.
  std::vector<Next> over(TrainingId workload, std::uint64_t number, bool completed, Seconds began);

 private:
  struct Waiting {
    std::uint64_t left = 0;
    bool runs = true;
    Seconds began{};
  };
  void pass_on(const Next& done, std::vector<Next>& out);

  JobGraph graph_;
  std::map<std::pair<TrainingId, std::uint64_t>, Waiting> waiting_;
};

}  // namespace berth
