// The instants at which the Jobs of a TrainingClass are submitted, one after the other, as a Schedule
// says (models/schedule.h); none for a class without a clock of its own. Ascending up to jitter: an instant never comes before an earlier one's
// undelayed time.
//
// Job numbers depend on the schedule alone: submission k of model m is number k * models + m for
// periodic schedules, the line of a trace (also when lines before it are older than the simulation),
// and the count of arrivals for Poisson. Draws are keyed by the number, so a
// job's jitter, length and luck are the same in every placement.
// Tested by tests/models/submissions_test.cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "models/random_stream.h"
#include "models/replication.h"
#include "models/scenario.h"

namespace berth {

struct Submission {
  std::uint64_t number = 0;
  Seconds due{};    // without jitter: when the next one may be asked for
  Seconds delay{};  // jitter on top
};

// The top bit of an attempt keeps jobs apart from nodes and replicas, and no two attempts may share a name.
inline constexpr int kMostAttempts = 127;

// A stable name for (class, job, attempt) in a random stream: 8 bits attempt, 16 bits class, 40 bits
// number.
std::uint64_t job_entity(TrainingId workload, std::uint64_t number, int attempt = 0);

class Submissions {
 public:
  // Seconds of the simulated clock, which starts warm_up before the measured window.
  Submissions(const Scenario& scenario, TrainingId workload, Replication replication);
  std::optional<Submission> next();  // nullopt: none any more

 private:
  std::optional<Submission> next_every(const Every& every);
  std::optional<Submission> next_cron(const Cron& cron);
  std::optional<Submission> next_poisson(const Poisson& poisson);
  std::optional<Submission> next_trace(const Trace& trace);
  Seconds jitter(Seconds width, std::uint64_t number) const;

  const Scenario& scenario_;
  const TrainingClass& work_;
  TrainingId workload_;
  Replication replication_;
  RandomStream gaps_;
  std::uint64_t count_ = 0;
  double passed_ = 0;  // Poisson: unit exponentials summed up
  std::optional<std::int64_t> cron_at_;
};

}  // namespace berth
