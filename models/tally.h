// Folds the Journal into an Outcome, event by event, in constant memory.
//
// A Job counts when it was submitted in the measured window [begin, end); start latency, phases and
// turnaround are recorded for those only. Backlog counts every job that waits, whenever submitted.
// Node time is cut to the window; a slice's node count is node time divided by the slice, and so is
// its count of waiting jobs. Tested by tests/models/tally_test.cpp.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "models/journal.h"
#include "models/outcome.h"
#include "models/scenario.h"

namespace berth {

class Tally {
 public:
  Tally(const Scenario& scenario, const Placement& placement);

  void record(const Event& event);
  void keep_journal() { journal_.emplace(); }
  const std::vector<Event>& journal() const { return *journal_; }
  // Every event as it happens, instead of keeping them all.
  void tell(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

  // Jobs that waited for their first start when the window closed are those never started.
  Outcome take();

 private:
  void note_wait(TrainingId id, Seconds submitted, Seconds until);
  bool counts(Seconds submitted) const { return submitted >= begin_; }
  TrainingOutcome& training(TrainingId id) { return outcome_.training[id.index()]; }
  PoolOutcome& pool(PlatformId platform, PoolId pool);

  void fold(const JobSubmitted& event);
  void fold(const JobStarted& event);
  void fold(const AttemptInterrupted& event);
  void fold(const CapacityRefused& event);
  void fold(const JobCompleted& event);
  void fold(const JobFailed& event);
  void fold(const JobSkipped& event);
  void fold(const JobCutOff& event);
  void fold(const WindowOpened& event);
  void fold(const ReplicaReady& event);
  void fold(const NodeRequested& event);
  void fold(const LaunchFailed& event);
  template <class Told>
  void fold(const Told&) {}  // told to whoever keeps the journal
  void fold(const NodeGone& event);
  bool slo_falls_due(TrainingId id, Seconds submitted) const;
  void finish_turnaround(TrainingId id, Seconds at, Seconds submitted);

  const Scenario& scenario_;
  Seconds begin_, end_;
  Outcome outcome_;
  std::vector<std::int64_t> waiting_;  // by TrainingId, of any submission
  std::optional<std::vector<Event>> journal_;
  std::function<void(const Event&)> listener_;
};

}  // namespace berth
