#include "models/submissions.h"

#include <cmath>

#include "models/overloaded.h"

namespace berth {
namespace {

constexpr int kNumberBits = 40;
constexpr int kAttemptShift = 56;

double unit_exponential(RandomStream& stream) { return -std::log(stream.uniform()); }

}  // namespace

std::uint64_t job_entity(TrainingId workload, std::uint64_t number, int attempt) {
  return std::uint64_t(attempt) << kAttemptShift | std::uint64_t(workload.value) << kNumberBits |
         number;
}

Submissions::Submissions(const Scenario& scenario, TrainingId workload, Replication replication)
    : scenario_(scenario),
      work_(scenario.training[workload.index()]),
      workload_(workload),
      replication_(replication),
      gaps_(replication.seed, replication.number, Purpose::arrival, job_entity(workload, 0)) {}

Seconds Submissions::jitter(Seconds width, std::uint64_t number) const {
  if (width <= 0s) return 0s;
  RandomStream stream(replication_.seed, replication_.number, Purpose::schedule_jitter,
                      job_entity(workload_, number));
  return width * stream.uniform();
}

std::optional<Submission> Submissions::next() {
  return std::visit(
      Overloaded{[this](const Every& every) { return next_every(every); },
                 [this](const Cron& cron) { return next_cron(cron); },
                 [this](const Poisson& poisson) { return next_poisson(poisson); },
                 [this](const Trace& trace) { return next_trace(trace); },
                 [](const After&) { return std::optional<Submission>{}; }},
      work_.schedule);
}

// The schedule is aligned with the window: without a warm-up the first submission is at `offset`.
// The warm-up is filled backwards with whole intervals.
std::optional<Submission> Submissions::next_every(const Every& every) {
  const auto models = static_cast<std::uint64_t>(work_.models);
  const std::uint64_t number = count_++;
  const std::uint64_t round = number / models;
  const double phase = every.spread ? double(number % models) / double(models) : 0.0;
  const double before = std::floor((scenario_.warm_up + every.offset) / every.interval);
  const Seconds first = scenario_.warm_up + every.offset - every.interval * before;
  const Seconds due = first + every.interval * (double(round) + phase);
  return Submission{number, due, jitter(every.jitter, number)};
}

std::optional<Submission> Submissions::next_cron(const Cron& cron) {
  const auto models = static_cast<std::uint64_t>(work_.models);
  const std::uint64_t number = count_++;
  const double begin = double(scenario_.starts_at) - scenario_.warm_up.count();
  if (number % models == 0)
    cron_at_ = next_cron_time(cron, cron_at_.value_or(std::int64_t(std::ceil(begin)) - 1));
  if (!cron_at_) return std::nullopt;
  return Submission{number, Seconds{double(*cron_at_) - begin}, jitter(cron.jitter, number)};
}

std::optional<Submission> Submissions::next_poisson(const Poisson& poisson) {
  passed_ += unit_exponential(gaps_);
  const auto at = poisson.rate.time_of(passed_);
  if (!at) return std::nullopt;
  return Submission{count_++, *at, 0s};
}

// An instant before the warm-up begins is not simulated, but keeps its number: the jobs after it
// are the same ones however long the warm-up is.
std::optional<Submission> Submissions::next_trace(const Trace& trace) {
  while (count_ < trace.at.size() && scenario_.warm_up + trace.at[count_] < 0s) ++count_;
  if (count_ >= trace.at.size()) return std::nullopt;
  const Seconds at = scenario_.warm_up + trace.at[count_];
  return Submission{count_++, at, 0s};
}

}  // namespace berth
