#include "sim/training_job.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "models/attempt.h"
#include "models/submissions.h"
#include "sim/cluster.h"
#include "sim/sagemaker_platform.h"
#include "sim/start_up.h"

namespace berth {
namespace {

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
    world_.tally.record(JobCompleted{world_.now(), job_.submitted, job_.workload});
  }
  void fail() {
    ended_ = true;
    world_.tally.record(JobFailed{world_.now(), job_.submitted, job_.workload});
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

Progress begin_progress(const World& world, const Job& job, TypeId type) {
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  RandomStream stream = world.stream(Purpose::training, job_entity(job.workload, job.number));
  return {.left = draw(work.duration, stream) / work.speed_on(type), .speed = work.speed_on(type)};
}

RandomStream attempt_stream(const World& world, Purpose purpose, const Job& job, int attempt) {
  return world.stream(purpose, job_entity(job.workload, job.number, attempt));
}

// The slowest of the job's instances.
Seconds slowest(const Distribution& distribution, RandomStream stream, int instances) {
  Seconds longest{0};
  for (int i = 0; i < instances; ++i) longest = std::max(longest, draw(distribution, stream));
  return longest;
}

// One connection, no faster than the machine's card.
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

// What user code and upload come to on a machine that is taken away at `reclaimed_at`, if ever.
struct Running {
  AttemptRun run;
  Seconds until{};
};
// `penalty`: what the run loses to a lazily loaded image until all it reads is there.
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

// The ledger of a first start: what the platform said, the start-up of the slowest machine, and as
// waiting whatever is left (attempts that were interrupted before user code ran included).
StartupLedger waited(const Job& job, const StartupLedger& before, const StartUp& start_up,
                     Seconds now) {
  StartupLedger ledger = start_up.slowest;
  ledger[Phase::throttled] = before[Phase::throttled];
  ledger[Phase::provisioning] = before[Phase::provisioning];
  // Sums of durations differ from differences of dates in their last bits: that is no wait.
  constexpr Seconds kClockError{1e-6};
  const Seconds queued = now - job.submitted - ledger.total();
  ledger[Phase::queued] = queued > kClockError ? queued : Seconds{0};
  return ledger;
}

// How far the run's reads of a lazily loaded image got on a machine.
void note_reads(LazyMounts& lazy, const Image& image, ImageId id, const PullPlan& plan,
                Seconds ran) {
  if (plan.lazy) lazy.note_read(id, read_after(image, LazyPath{}, std::max(ran, Seconds{0})));
}

// ---- SageMaker ---------------------------------------------------------------------------------

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

Life submit_jobs(World& world, TrainingId workload) {
  const TrainingHome& home = world.placement.training[workload.index()];
  SageMakerPlatform* sagemaker = world.sagemaker[home.platform.index()].get();
  ClusterPlatform* cluster = world.clusters[home.platform.index()].get();
  Submissions submissions(world.scenario, workload, world.replication);
  while (true) {
    const std::optional<Submission> next = submissions.next();
    if (!next || next->due >= world.window_end()) co_return;
    auto due = sleep_until(world.agenda, next->due, Instant::arrive);
    co_await due;
    const Job job{.workload = workload, .number = next->number, .delay = next->delay};
    if (sagemaker != nullptr)
      run_sagemaker_job(world, *sagemaker, job);
    else
      run_kubernetes_job(world, *cluster, job);
  }
}

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

  while (true) {
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
        StartupLedger first = waited(job, ledger, *start_up, world.now());
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

namespace {

UserCodeStart pod_start(const World& world, ClusterPlatform& cluster, const Job& job, int attempt,
                        int pod, KubeNode& node) {
  const Cluster& settings = cluster.settings();
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  const InstanceType& machine = world.type(node.type);
  const auto stream = [&](Purpose purpose) {
    const std::uint64_t entity = job_entity(job.workload, job.number, attempt);
    return world.stream(purpose,
                        pod == 0 ? entity : splitmix64(entity ^ splitmix64(std::uint64_t(pod))));
  };
  RandomStream overheads = stream(Purpose::pod_overhead);
  UserCodeStart start{
      .to = cluster.endpoint_of(node),
      .image = [&cluster, &node, image = work.image,
                mode = world.placement.training[job.workload.index()].pull,
                by =
                    Holder::of(job.workload)] { return cluster.begin_pull(node, image, mode, by); },
      .unpacking = node.unpacking,
      .container = draw(settings.pod_overhead, overheads),
      .init = work.init,
      .egress = &settings.egress,
      .holder = Holder::of(job.workload)};
  start.data = data_step(work, settings.data_overhead, stream(Purpose::data),
                         settings.s3_per_connection, machine);
  return start;
}

std::vector<UserCodeStart> pod_starts(World& world, ClusterPlatform& cluster, const Job& job,
                                      int attempt, const std::vector<KubeNode*>& nodes) {
  std::vector<UserCodeStart> starts;
  starts.reserve(nodes.size());
  for (std::size_t pod = 0; pod < nodes.size(); ++pod)
    starts.push_back(pod_start(world, cluster, job, attempt, int(pod), *nodes[pod]));
  return starts;
}

// The pod that loses most holds the job up.
Seconds run_penalty_on(const World& world, const ClusterPlatform& cluster,
                       const std::vector<KubeNode*>& nodes,
                       const std::vector<const PullPlan*>& plans, const TrainingClass& work,
                       Seconds length) {
  const Image& image = world.scenario.images[work.image.index()];
  Seconds worst{0};
  for (std::size_t pod = 0; pod < nodes.size(); ++pod) {
    note_reads(nodes[pod]->lazy, image, work.image, *plans[pod], 0s);
    worst =
        std::max(worst, world.lazy_penalty(work.image, *plans[pod], cluster.pull_site(*nodes[pod]),
                                           nodes[pod]->cached, nodes[pod]->lazy.images(), length));
  }
  return worst;
}

void note_run(const World& world, const std::vector<KubeNode*>& nodes,
              const std::vector<const PullPlan*>& plans, const TrainingClass& work, Seconds ran) {
  for (std::size_t pod = 0; pod < nodes.size(); ++pod)
    note_reads(nodes[pod]->lazy, world.scenario.images[work.image.index()], work.image, *plans[pod],
               ran);
}

// A nap that somebody may cut short.
struct Nap {
  std::coroutine_handle<> sleeper;
};
Life ring(World& world, Seconds date, std::shared_ptr<Nap> nap) {
  auto due = sleep_until(world.agenda, date);
  co_await due;
  if (nap->sleeper) world.agenda.resume_now(std::exchange(nap->sleeper, {}));
}
struct Napping {
  Nap& nap;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> life) { nap.sleeper = life; }
  void await_resume() const {}
};

// The room of one attempt, and the date by which it has to be left, if any: a node is taken away, or
// its pods were told to leave. They run on until they are killed.
class AttemptRoom final : public Resident {
 public:
  explicit AttemptRoom(World& world) : world_(world) {}

  void lose_node() override {}  // the date was known from the beginning
  void evict(PodEvicted::Why why, Seconds by) override {
    if (ends_at_ && *ends_at_ <= by) return;
    ends_at_ = by;
    why_ = why == PodEvicted::Why::preempted     ? AttemptInterrupted::Why::preempted
           : why == PodEvicted::Why::interrupted ? AttemptInterrupted::Why::reclaimed
                                                 : AttemptInterrupted::Why::moved;
    if (start_up_ && !start_up_->complete()) give_up_at(world_, by, start_up_);
    if (nap_) ring(world_, by, nap_);
  }

  void begin() {
    ends_at_.reset();
    why_ = AttemptInterrupted::Why::reclaimed;
    start_up_.reset();
    nap_.reset();
  }
  void reclaimed_at(std::optional<Seconds> date) {
    if (date && (!ends_at_ || *date < *ends_at_)) ends_at_ = date;
  }
  void starts(std::shared_ptr<StartUp> start_up) { start_up_ = std::move(start_up); }
  // co_await room.run_until(date): back then, or as soon as the room has to be left.
  Napping run_until(Seconds date) {
    nap_ = std::make_shared<Nap>();
    ring(world_, date, nap_);
    return {*nap_};
  }

  std::optional<Seconds> ends_at() const { return ends_at_; }
  AttemptInterrupted::Why why() const { return why_; }

 private:
  World& world_;
  std::optional<Seconds> ends_at_;
  AttemptInterrupted::Why why_{};
  std::shared_ptr<StartUp> start_up_;
  std::shared_ptr<Nap> nap_;
};

PodGroup pods_of(const ClusterPlatform& cluster, const TrainingClass& work,
                 const TrainingHome& home, TrainingId id, AttemptRoom& room) {
  return {.pool = *home.pool,
          .needs = work.needs,
          .pods = work.instances,
          .priority = work.priority,
          .preempts = work.preempts,
          .disruptable = work.disruptable,
          .spread = cluster.settings().spread == SpreadPods::everybodys,
          .grace = work.grace,
          .image = work.image,
          .holder = Holder::of(id),
          .resident = &room};
}

// All work at the pace of the slowest.
double slowest_speed(const TrainingClass& work, const std::vector<KubeNode*>& nodes) {
  double speed = work.speed_on(nodes.front()->type);
  for (const KubeNode* node : nodes) speed = std::min(speed, work.speed_on(node->type));
  return speed;
}

// The slowest card holds all up.
BytesPerSecond slowest_upload(const World& world, const ClusterPlatform& cluster,
                              const std::vector<KubeNode*>& nodes) {
  BytesPerSecond rate = cluster.settings().s3_per_connection;
  for (const KubeNode* node : nodes) rate = carried(rate, world.type(node->type));
  return rate;
}

}  // namespace

Life run_kubernetes_job(World& world, ClusterPlatform& cluster, Job job) {
  auto jitter = sleep(world.agenda, job.delay, Instant::arrive);
  co_await jitter;
  job.submitted = world.now();
  const TrainingClass& work = world.scenario.training[job.workload.index()];
  const TrainingHome& home = world.placement.training[job.workload.index()];
  JobFate fate(world, job);
  Progress progress = begin_progress(world, job, home.type);
  AttemptRoom attempt(world);

  while (true) {
    attempt.begin();
    auto room = cluster.request(pods_of(cluster, work, home, job.workload, attempt));
    co_await room;
    attempt.reclaimed_at(room.bound.reclaimed_at());
    progress.move_to_speed(slowest_speed(work, room.bound.nodes()));
    const auto starts = pod_starts(world, cluster, job, progress.attempt, room.bound.nodes());
    const auto start_up = start_together(world, starts, attempt.ends_at());
    attempt.starts(start_up);
    StartUpEnds ends{*start_up};
    co_await ends;
    if (!start_up->complete()) start_up->give_up();

    Running running;
    if (start_up->complete()) {
      StartupLedger ledger;
      ledger[Phase::provisioning] = room.provisioning;
      if (!fate.started()) {
        StartupLedger first = waited(job, ledger, *start_up, world.now());
        first.charge(cluster.rate_of(room.group, room.bound.nodes()),
                     cluster.billed_wait(room.provisioning));
        fate.start(first, start_up->all_local);
      }
      for (std::size_t pod = 0; pod < starts.size(); ++pod)
        if (!start_up->plans[pod]->lazy)
          cluster.keep_image(*room.bound.nodes()[pod], work.image, home.pull);
      const Seconds began = world.now();
      const BytesPerSecond upload = slowest_upload(world, cluster, room.bound.nodes());
      const Seconds penalty =
          run_penalty_on(world, cluster, room.bound.nodes(), start_up->plans, work, progress.left);
      running = run_on(world, penalty, progress, job, home, upload, began, attempt.ends_at());
      auto over = attempt.run_until(running.until);
      co_await over;
      running = run_on(world, penalty, progress, job, home, upload, began, attempt.ends_at());
      note_run(world, room.bound.nodes(), start_up->plans, work, world.now() - began);
    }
    room.bound.release();
    if (running.run.finished) {
      bill_egress(world, cluster.settings().egress, Holder::of(job.workload), work.output,
                  work.instances);
      fate.complete();
      co_return;
    }
    fate.interrupt(attempt.why());
    progress.keep(running.run);
    if (progress.attempt >= work.max_attempts) {
      fate.fail();
      co_return;
    }
  }
}

}  // namespace berth
