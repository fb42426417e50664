#include <algorithm>
#include <memory>
#include <utility>

#include "sim/cluster.h"
#include "sim/job_attempt.h"

namespace berth {
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
  Seconds lost{0};

  while (true) {
    const Seconds asked = world.now();
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
      ledger[Phase::queued] = room.queued;
      ledger[Phase::provisioning] = room.provisioning;
      if (!fate.started()) {
        StartupLedger first = waited(ledger, lost, *start_up);
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
    lost += world.now() - asked;
    if (progress.attempt >= work.max_attempts) {
      fate.fail();
      co_return;
    }
  }
}

}  // namespace berth
