// What the two platforms' jobs have in common: what becomes of a job, how much of it is done, and what
// one attempt draws, fetches, runs and loses.
#pragma once

#include <algorithm>
#include <optional>

#include "models/attempt.h"
#include "models/submissions.h"
#include "sim/lazy_mounts.h"
#include "sim/start_up.h"
#include "sim/training_job.h"
#include "sim/transfers.h"

namespace berth {

// What becomes of a job, told to the journal step by step; a job that is still under way when its
// life ends was cut off by the end of the window.
class JobFate {
 public:
  JobFate(World& world, const Job& job) : world_(world), job_(job) {
    world_.tally.record(JobSubmitted{job.submitted, job.workload});
  }
  JobFate(const JobFate&) = delete;
  JobFate& operator=(const JobFate&) = delete;
  ~JobFate() {
    if (!ended_) world_.tally.record(cut_off());
  }

  bool started() const { return started_; }
  void start(const StartupLedger& ledger, bool warm) {
    started_ = true;
    world_.tally.record(JobStarted{world_.now(), job_.submitted, job_.workload, ledger, warm});
  }
  void interrupt(AttemptInterrupted::Why why = AttemptInterrupted::Why::reclaimed) {
    world_.tally.record(AttemptInterrupted{world_.now(), job_.submitted, job_.workload, why});
  }
  void refuse() {
    world_.tally.record(CapacityRefused{world_.now(), job_.submitted, job_.workload});
  }
  void complete() {
    ended_ = true;
    world_.tally.record(JobCompleted{world_.now(), job_.submitted, job_.workload,
                                     job_.chain_began.value_or(job_.submitted)});
    let_followers_go(world_, job_, true);
  }
  void fail() {
    ended_ = true;
    world_.tally.record(JobFailed{world_.now(), job_.submitted, job_.workload});
    let_followers_go(world_, job_, false);
  }

 private:
  JobCutOff cut_off() const { return {world_.now(), job_.submitted, job_.workload, started_}; }

  World& world_;
  const Job& job_;
  bool started_ = false, ended_ = false;
};

// What an attempt does between start-up steps, and how much of the job is done.
struct Progress {
  Seconds left{};   // user code still to run, on this machine's speed
  Seconds done{0};  // kept by earlier attempts
  int attempt = 0;
  double speed = 1;  // of the machine that `left` and `done` are meant for

  void move_to_speed(double next) {
    if (next == speed) return;
    left *= speed / next;
    done *= speed / next;
    speed = next;
  }

  void keep(const AttemptRun& run) {
    left -= run.kept;
    done += run.kept;
    ++attempt;
  }
};

Progress begin_progress(const World& world, const Job& job, TypeId type);

RandomStream attempt_stream(const World& world, Purpose purpose, const Job& job, int attempt);

// The slowest of the job's instances.
Seconds slowest(const Distribution& distribution, RandomStream stream, int instances);

// One connection, no faster than the machine's card.
BytesPerSecond carried(BytesPerSecond connection, const InstanceType& machine);

DataStep data_step(const TrainingClass& work, const Distribution& overhead, RandomStream stream,
                   BytesPerSecond connection, const InstanceType& machine);

// What user code and upload come to on a machine that is taken away at `reclaimed_at`, if ever.
struct Running {
  AttemptRun run;
  Seconds until{};
};
// `penalty`: what the run loses to a lazily loaded image until all it reads is there.
Running run_on(const World& world, Seconds penalty, const Progress& progress, const Job& job,
               const TrainingHome& home, BytesPerSecond upload, Seconds began,
               std::optional<Seconds> reclaimed_at);

// The ledger of a first start: what this attempt waited for the platform, the start-up of the slowest
// machine, and as queued also what earlier attempts lost that were interrupted before user code ran.
StartupLedger waited(const StartupLedger& before, Seconds lost, const StartUp& start_up);

// How far the run's reads of a lazily loaded image got on a machine.
void note_reads(LazyMounts& lazy, const Image& image, ImageId id, const PullPlan& plan, Seconds ran);

}  // namespace berth
