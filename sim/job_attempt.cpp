#include "sim/job_attempt.h"

namespace berth {

Progress begin_progress(const World& world, const Job& job, TypeId type) {
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  RandomStream stream = world.stream(Purpose::training, job_entity(job.workload, job.number));
  return {.left = draw(work.duration, stream) / work.speed_on(type), .speed = work.speed_on(type)};
}

RandomStream attempt_stream(const World& world, Purpose purpose, const Job& job, int attempt) {
  return world.stream(purpose, job_entity(job.workload, job.number, attempt));
}

Seconds slowest(const Distribution& distribution, RandomStream stream, int instances) {
  Seconds longest{0};
  for (int i = 0; i < instances; ++i) longest = std::max(longest, draw(distribution, stream));
  return longest;
}

BytesPerSecond carried(BytesPerSecond connection, const InstanceType& machine) {
  return {std::min(connection.rate, machine.net_burst.rate)};
}

DataStep data_step(const TrainingClass& work, const Distribution& overhead, RandomStream stream,
                   BytesPerSecond connection, const InstanceType& machine) {
  const Bytes bytes = work.input_mode == InputMode::file ? work.input_data : Bytes{};
  return {.overhead = draw(overhead, stream),
          .bytes = bytes,
          .cap = carried(connection, machine),
          .passes = work.input_data};
}

Running run_on(const World& world, Seconds penalty, const Progress& progress, const Job& job,
               const TrainingHome& home, BytesPerSecond upload, Seconds began,
               std::optional<Seconds> reclaimed_at) {
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  std::optional<Seconds> reclaimed_after;
  if (reclaimed_at) reclaimed_after = *reclaimed_at - began;
  const AttemptRun run = run_attempt({.left = progress.left,
                                      .done = progress.done,
                                      .upload = work.output / upload,
                                      .lost = penalty},
                                     checkpointing_of(work, home), reclaimed_after);
  return {run, run.finished ? began + run.wall : *reclaimed_at};
}

StartupLedger waited(const StartupLedger& before, Seconds lost, const StartUp& start_up) {
  StartupLedger ledger = start_up.slowest;
  ledger[Phase::throttled] = before[Phase::throttled];
  ledger[Phase::queued] = before[Phase::queued] + lost;
  ledger[Phase::provisioning] = before[Phase::provisioning];
  return ledger;
}

void note_reads(LazyMounts& lazy, const Image& image, ImageId id, const PullPlan& plan,
                Seconds ran) {
  if (plan.lazy) lazy.note_read(id, read_after(image, LazyPath{}, std::max(ran, Seconds{0})));
}

}  // namespace berth
