#include <memory>
#include <utility>

#include "sim/job_attempt.h"
#include "sim/sagemaker_platform.h"

namespace berth {
namespace {

// What a job's instances cost an hour while it starts.
UsdPerHour instance_rate(const World& world, const TrainingHome& home, int instances) {
  const InstanceType& type = world.type(home.type);
  if (!type.sagemaker_training) return {};  // the bill names the missing price
  const double part = home.offering == Offering::spot ? type.spot_ratio().value_or(1) : 1;
  return {type.sagemaker_training->usd * part * instances};
}

WarmPoolKey warm_pool_key(const World& world, const TrainingClass& work, TypeId type) {
  return {.role = work.team.empty() ? work.name : work.team,
          .instance_type = world.type(type).name,
          .instance_count = work.instances,
          .volume_gib = static_cast<int>(work.volume.count / kGiB)};
}

// Instances are exposed from the moment they are held to the end of the upload.
std::optional<Seconds> reclaim_date(const World& world, const Job& job, const TrainingHome& home,
                                    int instances, int attempt) {
  if (home.offering != Offering::spot) return std::nullopt;
  const double per_month = world.type(home.type).spot_reclaim_per_month.value();
  const double hazard = reclaims_per_hour(per_month) * instances;
  RandomStream stream = attempt_stream(world, Purpose::interruption, job, attempt);
  return world.now() + Seconds{Hours{draw(exponential(1.0), stream).count() / hazard}};
}

// A job's instances and their volumes while they are billed. Types with local NVMe get no volume.
class HeldInstances {
 public:
  HeldInstances(World& world, TrainingId workload, const TrainingHome& home)
      : instances_(world, instances(world, workload, home)),
        volumes_(world, volumes(world, workload, home)) {}

 private:
  static UsageRecord instances(const World& world, TrainingId workload, const TrainingHome& home) {
    return {.kind = home.offering == Offering::spot ? UsageKind::sagemaker_training_spot
                                                    : UsageKind::sagemaker_training,
            .type = home.type,
            .holder = Holder::of(workload),
            .count = double(world.scenario.training[workload.index()].instances)};
  }
  static UsageRecord volumes(const World& world, TrainingId workload, const TrainingHome& home) {
    const TrainingClass& work = world.scenario.training[workload.index()];
    return {.kind = UsageKind::sagemaker_storage,
            .holder = Holder::of(workload),
            .count = work.instances * gibibytes(billed_volume(world, work, home))};
  }

 public:
  static Bytes billed_volume(const World& world, const TrainingClass& work,
                             const TrainingHome& home) {
    return world.type(home.type).nvme.count > 0 ? Bytes{} : work.volume;
  }

 private:
  Lease instances_, volumes_;
};

// "Starting": not billed. Capacity errors are waited out and tried again, as SageMaker does.
Step<Seconds> launch_instances(World& world, const SageMaker& settings, Job job, int attempt,
                               bool warm, JobFate& fate) {
  const Seconds begin = world.now();
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  const InstanceType& type = world.type(world.placement.training[job.workload.index()].type);
  const LaunchLaw attempts = launch_law(settings, type);
  RandomStream launches = attempt_stream(world, Purpose::launch, job, attempt);
  if (warm) {
    auto reuse = sleep(world.agenda, draw(settings.warm_start, launches));
    co_await reuse;
    co_return world.now() - begin;
  }
  RandomStream capacity = attempt_stream(world, Purpose::capacity, job, attempt);
  RandomStream retries = attempt_stream(world, Purpose::retry, job, attempt);
  while (capacity.uniform() < attempts.capacity_error) {
    fate.refuse();
    auto retry = sleep(
        world.agenda,
        draw(type.gpus > 0 ? settings.capacity_retry_gpu : settings.capacity_retry_cpu, retries));
    co_await retry;
  }
  auto launch = sleep(world.agenda, slowest(attempts.law, launches, work.instances));
  co_await launch;
  co_return world.now() - begin;
}

UserCodeStart sagemaker_start(World& world, const SageMakerPlatform& platform, const Job& job,
                              int attempt, const PullSite& site,
                              SageMakerPlatform::Admission& admission) {
  const SageMaker& settings = platform.settings();
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  const InstanceType& machine = world.type(world.placement.training[job.workload.index()].type);
  const Distribution& overhead =
      machine.gpus > 0 ? settings.data_overhead_gpu : settings.data_overhead_cpu;
  UserCodeStart start{.to = platform.endpoint(),
                      .machines = work.instances,
                      .init = work.init,
                      .egress = &settings.egress,
                      .holder = Holder::of(job.workload)};
  start.container =
      slowest(settings.container_create, attempt_stream(world, Purpose::pod_overhead, job, attempt),
              work.instances);
  start.data = data_step(work, overhead, attempt_stream(world, Purpose::data, job, attempt),
                         settings.s3_per_connection, machine);
  // A reused instance is set up already; only a job's own files are copied.
  if (admission.warm) start.data->overhead = 0s;
  const PullMode mode =
      honoured_pull(settings, work, world.placement.training[job.workload.index()].pull);
  start.image = [&world, &admission, image = work.image, mode, site, by = start.holder] {
    const PullPlan& plan =
        world.pull_plan(image, mode, site, admission.cached, admission.lazy.images());
    if (plan.lazy) admission.lazy.mount(image, plan, by);
    return ImagePull{.plan = &plan};
  };
  return start;
}

// What a finished job leaves for the next one: its instances, with the layers they hold.
SageMakerPlatform::Finished left_behind(const World& world, const Job& job,
                                        const TrainingHome& home, const PullPlan& plan,
                                        SageMakerPlatform::Admission& admission) {
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  if (!plan.lazy) admission.cached.add(world.scenario.images[work.image.index()]);
  return {.type = home.type,
          .workload = job.workload,
          .keep_alive = home.keep_alive,
          .began = admission.began,
          .volume = HeldInstances::billed_volume(world, work, home),
          .cached = std::move(admission.cached),
          .lazy = std::move(admission.lazy)};
}

}  // namespace

Life run_sagemaker_job(World& world, SageMakerPlatform& platform, Job job) {
  auto jitter = sleep(world.agenda, job.delay, Instant::arrive);
  co_await jitter;
  job.submitted = world.now();
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  const TrainingHome& home = world.placement.training[job.workload.index()];
  const WarmPoolKey key = warm_pool_key(world, work, home.type);
  JobFate fate(world, job);
  StartupLedger ledger;
  Progress progress = begin_progress(world, job, home.type);

  ledger[Phase::throttled] = platform.throttle();
  auto throttled = sleep(world.agenda, ledger[Phase::throttled]);
  co_await throttled;

  const Seconds asked = world.now();
  auto admission = platform.admit(home.type, key);
  co_await admission;
  ledger[Phase::queued] = world.now() - asked;
  Seconds lost{0};

  while (true) {
    const Seconds began = world.now();
    auto launch =
        launch_instances(world, platform.settings(), job, progress.attempt, admission.warm, fate);
    ledger[Phase::provisioning] = co_await launch;
    if (!admission.warm) {
      admission.began = world.now();
      admission.lazy = LazyMounts(world, platform.settings().egress, work.instances);
    }

    // "Downloading": from here on the instances are billed.
    auto held = std::make_unique<HeldInstances>(world, job.workload, home);
    const auto reclaimed_at = reclaim_date(world, job, home, work.instances, progress.attempt);
    const PullSite site = berth::pull_site(platform.settings(), home.type);
    const auto start_up = start_together(
        world, {sagemaker_start(world, platform, job, progress.attempt, site, admission)},
        reclaimed_at);
    StartUpEnds ends{*start_up};
    co_await ends;
    if (!start_up->complete()) start_up->give_up();

    Running running{.until = world.now()};
    if (start_up->complete()) {
      if (!fate.started()) {
        StartupLedger first = waited(ledger, lost, *start_up);
        first.charge(instance_rate(world, home, work.instances));
        fate.start(first, admission.warm);
      }
      const Image& image = world.scenario.images[work.image.index()];
      const PullPlan& plan = *start_up->plans.front();
      note_reads(admission.lazy, image, work.image, plan, 0s);
      running = run_on(world,
                       world.lazy_penalty(work.image, plan, site, admission.cached,
                                          admission.lazy.images(), progress.left),
                       progress, job, home,
                       carried(platform.settings().s3_per_connection, world.type(home.type)),
                       world.now(), reclaimed_at);
      note_reads(admission.lazy, image, work.image, plan, running.until - world.now());
    }
    auto over = sleep_until(world.agenda, running.until);
    co_await over;
    held.reset();
    if (running.run.finished) {
      bill_egress(world, platform.settings().egress, Holder::of(job.workload), work.output,
                  work.instances);
      platform.finish(key, left_behind(world, job, home, *start_up->plans.front(), admission));
      fate.complete();
      co_return;
    }
    fate.interrupt();
    progress.keep(running.run);
    lost += world.now() - began;
    if (progress.attempt >= work.max_attempts) {
      platform.finish(key, {.type = home.type, .workload = job.workload});
      fate.fail();
      co_return;
    }
    admission.warm = false;
    admission.cached = {};
    admission.lazy = {};
  }
}

}  // namespace berth
