#include "models/tally.h"

#include <algorithm>
#include <limits>

namespace berth {
namespace {

// The parts of [from, to) that fall into each slice of the window.
void spread_over_slices(std::vector<double>& slices, Seconds from, Seconds to, Seconds begin,
                        Seconds slice) {
  const double width = slice.count();
  double at = std::max(0.0, (from - begin).count());
  const double last = std::min((to - begin).count(), width * static_cast<double>(slices.size()));
  for (auto i = static_cast<std::size_t>(at / width); i < slices.size() && at < last; ++i) {
    const double until = std::min(last, width * static_cast<double>(i + 1));
    slices[i] += (until - at) / width;
    at = until;
  }
}

// The parts of a start-up, into their histograms and sums.
void record_phases(const StartupLedger& ledger, std::array<Histogram, kPhaseCount>& phases,
                   std::array<Usd, kPhaseCount>& cost) {
  for (const Phase phase : kPhases) {
    const auto i = static_cast<std::size_t>(phase);
    phases[i].record(ledger[phase].count());
    cost[i] += ledger.cost[i];
  }
}

std::size_t slice_count(const Scenario& scenario) {
  return static_cast<std::size_t>(std::ceil(scenario.horizon / scenario.slice - 1e-9));
}

}  // namespace

Tally::Tally(const Scenario& scenario, const Placement& placement)
    : scenario_(scenario),
      begin_(scenario.warm_up),
      end_(scenario.warm_up + scenario.horizon),
      waiting_(scenario.training.size(), 0) {
  outcome_.training.resize(scenario.training.size());
  for (TrainingOutcome& training : outcome_.training)
    training.waiting.assign(slice_count(scenario), 0);
  outcome_.services.resize(scenario.services.size());
  for (const auto& home : placement.training)
    if (home.pool) pool(home.platform, *home.pool);
  for (const auto& home : placement.services)
    if (home.pool) pool(home.platform, *home.pool);
  std::ranges::sort(outcome_.pools, {},
                    [](const PoolOutcome& p) { return std::pair(p.platform, p.pool); });
}

PoolOutcome& Tally::pool(PlatformId platform, PoolId pool) {
  for (PoolOutcome& known : outcome_.pools)
    if (known.platform == platform && known.pool == pool) return known;
  return outcome_.pools.emplace_back(
      PoolOutcome{.platform = platform,
                  .pool = pool,
                  .nodes = std::vector<double>(slice_count(scenario_), 0),
                  .reclaims = std::vector<std::int64_t>(slice_count(scenario_), 0)});
}

void Tally::record(const Event& event) {
  ++outcome_.events;
  if (journal_) journal_->push_back(event);
  if (listener_) listener_(event);
  std::visit([this](const auto& e) { fold(e); }, event);
}

void Tally::fold(const JobSubmitted& event) {
  ++waiting_[event.workload.index()];
  if (!counts(event.at)) return;
  ++training(event.workload).submitted;
  training(event.workload).slo_due += slo_falls_due(event.workload, event.at);
}

void Tally::note_wait(TrainingId id, Seconds submitted, Seconds until) {
  spread_over_slices(training(id).waiting, submitted, until, begin_, scenario_.slice);
}

void Tally::fold(const JobStarted& event) {
  --waiting_[event.workload.index()];
  note_wait(event.workload, event.submitted, event.at);
  if (!counts(event.submitted)) return;
  TrainingOutcome& outcome = training(event.workload);
  const Seconds latency = event.at - event.submitted;
  ++outcome.started;
  outcome.warm_starts += event.warm;
  outcome.start_latency.record(latency.count());
  outcome.container_started.record(event.ledger.container_started().count());
  record_phases(event.ledger, outcome.phases, outcome.phase_cost);
  outcome.slo_met += slo_falls_due(event.workload, event.submitted) &&
                     latency <= *scenario_.training[event.workload.index()].start_slo;
}

// A start goal is due, like a deadline, when it falls before the window closes. It is counted at
// submission, so a job that still waits or has failed without a start has missed it.
bool Tally::slo_falls_due(TrainingId id, Seconds submitted) const {
  const auto& slo = scenario_.training[id.index()].start_slo;
  return slo && submitted + *slo < end_;
}

void Tally::fold(const AttemptInterrupted& event) {
  if (counts(event.submitted)) ++training(event.workload).interruptions;
}

void Tally::fold(const CapacityRefused& event) {
  if (counts(event.submitted)) ++training(event.workload).capacity_errors;
}

// A deadline is due when it falls before the window closes: a job that ends in time may end before
// its deadline, one that does not is late only once the deadline has passed.
void Tally::finish_turnaround(TrainingId id, Seconds at, Seconds submitted) {
  const auto& deadline = scenario_.training[id.index()].deadline;
  if (!deadline || submitted + *deadline >= end_) return;
  ++training(id).deadline_due;
  training(id).deadline_missed += at - submitted > *deadline;
}

void Tally::fold(const JobCompleted& event) {
  if (!counts(event.submitted)) return;
  ++training(event.workload).completed;
  training(event.workload).turnaround.record((event.at - event.submitted).count());
  if (std::holds_alternative<After>(scenario_.training[event.workload.index()].schedule))
    training(event.workload)
        .chain_turnaround.record((event.at - event.chain_began).count());
  finish_turnaround(event.workload, event.at, event.submitted);
}

void Tally::fold(const JobSkipped& event) {
  if (counts(event.at)) ++training(event.workload).skipped;
}

void Tally::fold(const JobFailed& event) {
  if (!counts(event.submitted)) return;
  ++training(event.workload).failed;
  finish_turnaround(event.workload, Seconds{std::numeric_limits<double>::infinity()},
                    event.submitted);
}

void Tally::fold(const JobCutOff& event) {
  if (!event.started) {
    ++training(event.workload).backlog_at_end;
    note_wait(event.workload, event.submitted, end_);
  }
  if (!counts(event.submitted)) return;
  ++(event.started ? training(event.workload).running_at_end
                   : training(event.workload).waiting_at_end);
  finish_turnaround(event.workload, Seconds{std::numeric_limits<double>::infinity()},
                    event.submitted);
}

void Tally::fold(const WindowOpened&) {
  for (std::size_t i = 0; i < waiting_.size(); ++i)
    outcome_.training[i].backlog_at_begin = waiting_[i];
}

void Tally::fold(const ReplicaReady& event) {
  if (!counts(event.asked)) return;
  PodStarts& starts = outcome_.services[event.service.index()].starts;
  ++starts.started;
  starts.ready.record((event.at - event.asked).count());
  starts.container_started.record(event.ledger.container_started().count());
  record_phases(event.ledger, starts.phases, starts.phase_cost);
}

void Tally::fold(const NodeRequested& event) {
  if (event.at >= begin_) ++pool(event.platform, event.pool).launched;
}

void Tally::fold(const LaunchFailed& event) {
  if (event.at >= begin_ && !event.instead)
    pool(event.platform, event.pool).launches_failed += event.nodes;
}

void Tally::fold(const NodeGone& event) {
  PoolOutcome& outcome = pool(event.platform, event.pool);
  if (event.at >= begin_) {
    const bool by_aws =
        event.why == NodeGone::Why::reclaimed || event.why == NodeGone::Why::drained;
    outcome.reclaimed += by_aws;
    outcome.unregistered += event.why == NodeGone::Why::unregistered;
    outcome.removed += !by_aws && event.why != NodeGone::Why::cut_off &&
                       event.why != NodeGone::Why::unregistered;
    const auto slice = static_cast<std::size_t>((event.at - begin_) / scenario_.slice);
    if (by_aws && slice < outcome.reclaims.size())
      ++outcome.reclaims[slice];
  }
  outcome.node_time +=
      std::max(Seconds{0}, std::min(event.at, end_) - std::max(event.requested, begin_));
  spread_over_slices(outcome.nodes, event.requested, event.at, begin_, scenario_.slice);
}

Outcome Tally::take() { return std::move(outcome_); }

}  // namespace berth
