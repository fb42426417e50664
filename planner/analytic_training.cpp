#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/node_shape.h"
#include "models/platform_startup.h"
#include "models/spot.h"
#include "planner/analyst.h"
#include "planner/node_walk.h"
#include "planner/submission_times.h"

namespace berth {
namespace {

constexpr int kSamples = 256;  // of start latencies: p95 rests on the worst dozen
constexpr auto kP95 = static_cast<std::ptrdiff_t>(0.95 * kSamples);

}  // namespace

PullPlan Analyst::pull_of(ImageId image, PullMode mode, const PullSite& site) const {
  return plan_pull(scenario_.images[image.index()], {}, mode, node_shape(type(site.type), site));
}

double Analyst::copy_s(const TrainingClass& work, BytesPerSecond connection, TypeId machine) const {
  if (work.input_mode != InputMode::file) return 0;
  const BytesPerSecond cap{std::min(connection.rate, type(machine).net_burst.rate)};
  return (work.input_data / cap).count();
}

Analyst::Reclaims Analyst::reclaims_of(const TrainingClass& work, const TrainingHome& home,
                                       double start_s) const {
  const double mean_work = mean(work.duration) / work.speed_on(home.type);
  const auto checkpoint = checkpointing_of(work, home);
  const Seconds interval = checkpoint ? checkpoint->interval : Seconds{mean_work};
  const Seconds cost = checkpoint ? checkpoint->cost : Seconds{0};
  const double written =
      checkpoint ? std::max(0.0, std::ceil(mean_work / interval.count()) - 1) : 0;
  const double plain = mean_work + written * cost.count();
  if (home.offering != Offering::spot) return {plain / mean_work, 0};
  const double per_month = type(home.type).spot_reclaim_per_month.value();
  const CheckpointedRun run{
      .work = Seconds{mean_work},
      .interval = std::min(interval, Seconds{mean_work}),
      .checkpoint = cost,
      .restart = Seconds{start_s} + (checkpoint ? checkpoint->restart : Seconds{0}),
      .mtbf = mean_time_between_interruptions(per_month, work.instances)};
  return {std::max(expected_wall(run).count(), plain) / mean_work, expected_interruptions(run)};
}

void Analyst::note_busy(const std::vector<double>& busy, TrainingForecast& forecast) {
  forecast.busy_peak = *std::ranges::max_element(busy);
  forecast.busy_mean =
      std::accumulate(busy.begin(), busy.end(), 0.0) / static_cast<double>(busy.size());
}

// The same draws for every option of a class, so that options differ by what they are. draw_start: the
// draw of "does it wait for a node", and the start without and with that wait.
template <class Draw>
std::vector<Analyst::DrawnStart> Analyst::draw_starts(std::size_t i, const TrainingClass& work,
                                                      Draw draw_start, const Held& held,
                                                      double upload) const {
  std::vector<DrawnStart> starts;
  starts.reserve(kSamples);
  for (int n = 0; n < kSamples; ++n) {
    RandomStream stream(scenario_.seed, static_cast<std::uint32_t>(n), Purpose::resampling, i);
    const double length = held.stretch * sample(work.duration, stream) + upload;
    DrawnStart start = draw_start(stream);
    start.length = length;
    starts.push_back(start);
  }
  return starts;
}

// When the share `cold` waits for a node.
void Analyst::judge_starts(const TrainingClass& work, const std::vector<DrawnStart>& drawn,
                           double cold, TrainingForecast& forecast) {
  std::vector<double> starts;
  starts.reserve(drawn.size());
  int met = 0, missed = 0;
  for (const DrawnStart& one : drawn) {
    const double start = one.luck < cold ? one.cold : one.warm;
    starts.push_back(start);
    if (work.start_slo && start <= work.start_slo->count()) ++met;
    if (work.deadline && start + one.length > work.deadline->count()) ++missed;
    forecast.start_mean_s += start / kSamples;
  }
  std::ranges::sort(starts);
  forecast.start_p50_s = starts[kSamples / 2];
  forecast.start_p95_s = starts[std::size_t{kP95}];
  if (work.start_slo) forecast.start_within_share = double(met) / kSamples;
  if (work.deadline) forecast.deadline_missed_share = double(missed) / kSamples;
}

// By which p95 is beyond `least_s` when so many wait: for ResourceLoad::waits. `apart`: by how much more of
// the option's jobs wait than of the home that stands for its class.
std::vector<double> Analyst::starts_by_waiting(const std::vector<DrawnStart>& drawn, double apart,
                                               double least_s, double weight) {
  std::vector<double> table, starts(drawn.size());
  table.reserve(kWaitSteps);
  for (std::size_t step = 0; step < kWaitSteps; ++step) {
    const double cold = waiting_at(step) + apart;
    for (std::size_t n = 0; n < drawn.size(); ++n)
      starts[n] = drawn[n].luck < cold ? drawn[n].cold : drawn[n].warm;
    std::ranges::nth_element(starts, starts.begin() + kP95);
    table.push_back(weight * std::max(0.0, starts[kP95] - least_s));
  }
  return table;
}

// What a warm pool does for the class, over the histories that its arrivals are counted in. Lengths are
// spread evenly over their law.
WalkedUse Analyst::kept_use(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                            const SageMaker& platform, const Held& cold, const Held& warm) const {
  const auto room =
      static_cast<std::size_t>(quota_room(platform, home.type, true) / std::max(work.instances, 1));
  const auto held = [&](std::size_t n, bool is_warm) {
    return (is_warm ? warm : cold).quantile(spread_evenly(n));
  };
  WalkedUse sum;
  for (std::uint32_t r = 0; r < kArrivalSamples; ++r) {
    const WalkedUse one =
        walk_kept_pool(submission_times(scenario_, {static_cast<std::int32_t>(i)}, r, kMostWalked),
                       scenario_.warm_up.count(), home.keep_alive.count(), room, held);
    sum.warm += one.warm / kArrivalSamples;
    sum.idle_s_per_job += one.idle_s_per_job / kArrivalSamples;
  }
  return sum;
}

void Analyst::train_on_sagemaker(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                                 double share_of_jobs, PlacementOption& option,
                                 TrainingForecast& forecast) {
  const auto& platform = std::get<SageMaker>(scenario_.platforms[home.platform.index()]);
  const InstanceType& machine = type(home.type);
  const bool gpu = machine.gpus > 0;
  const PullMode mode = honoured_pull(platform, work, home.pull);
  const PullPlan plan = pull_of(work.image, mode, pull_site(platform, home.type));
  const PullSplit pull = split_pull(plan, plan.alone());
  const double image_s = (pull.image + pull.reads).count();
  const Distribution& overhead = gpu ? platform.data_overhead_gpu : platform.data_overhead_cpu;
  const double copied = copy_s(work, platform.s3_per_connection, home.type);
  const double container = mean(platform.container_create);
  const double upload = (work.output / platform.s3_per_connection).count();
  const double billed_start = mean(overhead) + copied + image_s + container + work.init.count();
  const double rate = after_warm_up(arrivals_[i], grid_) / scenario_.horizon.count();
  const double warm_image = kLocalImage.count();
  const double warm_start = copied + warm_image + container + work.init.count();
  const Reclaims reclaims = reclaims_of(work, home, billed_start);
  const auto [launch, error] = launch_law(platform, machine);

  WalkedUse use;
  if (home.keep_alive > Seconds{0}) {
    const auto held_as = [&](double start) {
      return Held{start + upload, reclaims.stretch / work.speed_on(home.type), work.duration};
    };
    use = kept_use(i, work, home, platform, held_as(berth::mean(launch) + billed_start),
                   held_as(mean(platform.warm_start) + warm_start));
  }
  const double warm = use.warm;
  const double start_s = (1 - warm) * billed_start + warm * warm_start;
  const Held held{start_s + upload, reclaims.stretch / work.speed_on(home.type), work.duration};

  std::vector<double> busy = window_of(busy_of(arrivals_[i], held, grid_), grid_);
  const double idle = rate * use.idle_s_per_job * work.instances;
  const double jobs = rate * kMonth.count();
  double usd = machine.sagemaker_training.value().usd;
  if (home.offering == Offering::spot) usd *= machine.spot_ratio().value();
  const double hours = jobs * held.mean() / 3600 * work.instances;
  const double idle_hours = idle * kHoursPerMonth;
  option.usd = hours * usd + idle_hours * machine.sagemaker_training->usd;
  if (machine.nvme.count == 0)
    option.usd += (hours + idle_hours) / kHoursPerMonth * gibibytes(work.volume) *
                  price_or_zero(scenario_.catalogue, SimplePrice::sagemaker_storage_gb_month);
  if (platform.egress.nat_gateways > 0)
    option.usd += jobs * work.instances *
                  gibibytes(work.input_data + work.output + scaled(plan.network_bytes, 1 - warm)) *
                  price_or_zero(scenario_.catalogue, SimplePrice::nat_gb);

  std::vector<double> asked = busy;
  for (double& one : asked) one = one * work.instances + idle;
  option.loads = {{platform_resource_[home.platform.index()], {}},
                  {quota_resource(home.platform, home.type), std::move(asked)}};
  forecast.usd_per_month = option.usd;
  if (home.offering != Offering::spot)
    cover_by_plans(option, hours * usd + idle_hours * machine.sagemaker_training->usd,
                   option.loads.back().by_period, machine, machine.sagemaker_training);
  forecast.interruptions_per_job = reclaims.per_job;
  note_busy(busy, forecast);

  const Distribution& retry = gpu ? platform.capacity_retry_gpu : platform.capacity_retry_cpu;
  const auto drawn = draw_starts(
      i, work,
      [&, &law = launch, error = error](RandomStream& stream) {
        const bool is_warm = stream.uniform() < warm;
        double wait = 0;
        const double luck = stream.uniform();
        // Each failed attempt waits once: their number is geometric, from one draw.
        const int failures =
            error > 0 ? static_cast<int>(std::floor(std::log(luck) / std::log(error))) : 0;
        for (int f = 0; f < std::min(failures, 20); ++f) wait += sample(retry, stream);
        double longest = 0;
        for (int n = 0; n < work.instances; ++n) longest = std::max(longest, sample(law, stream));
        const double data = sample(overhead, stream);
        const double created = sample(platform.container_create, stream);
        const double start =
            is_warm ? sample(platform.warm_start, stream) + copied + warm_image + created
                    : wait + longest + data + copied + image_s + created;
        return DrawnStart{.luck = 1, .warm = start + work.init.count()};
      },
      held, upload);
  judge_starts(work, drawn, 0, forecast);
  option.qualities = {forecast.start_p95_s * share_of_jobs, 0};
}

// Nodes over time, so that their mean is `spread` times that of nodes filled by pods: they outlive the
// pods, and a peak is no higher for it; what is missing then goes with the load.
std::vector<double> Analyst::outlived(std::vector<double> filled, const std::vector<double>& held,
                                      double spread) const {
  const auto mean = [&](const std::vector<double>& values) {
    return after_warm_up(values, grid_) / double(grid_.periods);
  };
  const double least = mean(filled), most = mean(held), wanted = spread * least;
  const double share = most > least ? std::clamp((wanted - least) / (most - least), 0.0, 1.0) : 0.0;
  for (std::size_t t = 0; t < filled.size(); ++t) filled[t] += share * (held[t] - filled[t]);
  const double reached = mean(filled);
  if (reached > 0)
    for (double& one : filled) one *= wanted / reached;
  return filled;
}

// A class's stay on a pool.
Analyst::OnPool Analyst::on_pool(const TrainingClass& work, const TrainingHome& home) const {
  const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
  const NodePool& pool = cluster.pools[home.pool->index()];
  const InstanceType& machine = type(pool.types.front());
  OnPool there;
  there.gpu = type(home.type).gpus > 0;
  there.plan = pull_of(work.image, home.pull, pull_site(cluster, pool, home.type));
  const PullSplit pull = split_pull(there.plan, there.plan.alone());
  there.image_s = (pull.image + pull.reads).count();
  there.copied = copy_s(work, cluster.s3_per_connection, home.type);
  there.upload = (work.output / cluster.s3_per_connection).count();
  const double warm_start =
      mean(cluster.pod_overhead) + mean(cluster.data_overhead) + there.copied + work.init.count();
  there.reclaims = reclaims_of(work, home, warm_start + there.image_s);
  there.held = {warm_start + there.upload, there.reclaims.stretch / work.speed_on(home.type),
                work.duration};
  there.fit = pods_on(scenario_, cluster, pool, work.needs);
  const Distribution& boot = there.gpu ? cluster.node_boot_gpu : cluster.node_boot_cpu;
  there.pool = {.room = machine.allocatable - cluster.daemonsets,
                .pods = machine.max_pods - cluster.daemonset_pods,
                .kept = pool.min_nodes,
                .most = cluster.autoscaler == NodeAutoscaler::none ? pool.min_nodes : pool.max_nodes,
                .paused = cluster.autoscaler == NodeAutoscaler::none ? 0 : pool.pause.pods,
                .spreads = cluster.scoring.strategy != FitStrategy::most_allocated,
                .boot_s = mean(boot) + (there.gpu ? mean(cluster.gpu_driver) : 0),
                .stay_s = empty_stay(cluster, pool).count()};
  there.work = {
      .instances = std::max(work.instances, 1), .needs = work.needs, .pull_s = there.image_s};
  return there;
}

void Analyst::gather_pools() {
  for (std::size_t i = 0; i < scenario_.training.size(); ++i)
    for (const TrainingHome& home : result_.options.training[i]) {
      if (!home.pool) continue;
      const std::size_t resource = pool_resource(home.platform, *home.pool);
      if (!gathered_.insert({resource, i}).second) continue;
      OnPool there = on_pool(scenario_.training[i], home);
      // Everybody at once in a pool too small for all of them fills its nodes as no choice within its room does: the
      // least that a bound knows would be of that.
      there.pool.most = std::numeric_limits<int>::max();
      pools_->add(resource, there.pool, i, there.work, there.held.constant, there.held.stretch);
    }
  result_.problem.together =
      [pools = pools_](std::size_t resource,
                       const std::vector<std::size_t>& members) -> const std::vector<Sharing>& {
    return pools->together(resource, members);
  };
}

// Who waits for a node and how many there are, over two histories of the class's submissions.
WalkedNodes Analyst::nodes_for(std::size_t i, std::size_t resource, const OnPool& there) {
  constexpr std::uint32_t kHistories = 2;
  constexpr std::size_t kMostJobs = 4000;
  const auto key = std::tuple(i, resource, there.held.constant, there.held.stretch, there.image_s);
  if (const auto known = walked_.find(key); known != walked_.end()) return known->second;
  WalkedNodes mean{.spread = 0};
  for (std::uint32_t r = 0; r < kHistories; ++r) {
    std::vector<double> times =
        submission_times(scenario_, {static_cast<std::int32_t>(i)}, r, kMostWalked);
    // The end of a long history stands for all of it.
    if (times.size() > kMostJobs) times.erase(times.begin(), times.end() - kMostJobs);
    std::vector<Submission> submitted;
    std::vector<double> held;
    submitted.reserve(times.size());
    held.reserve(times.size());
    for (std::uint32_t n = 0; n < times.size(); ++n) {
      submitted.push_back({times[n], 0, n});
      held.push_back(there.held.quantile(spread_evenly(n)));
    }
    WalkedClass work = there.work;
    work.held_s = held;
    const WalkedClass* const only[] = {&work};
    const WalkedNodes one =
        walk_nodes(submitted, scenario_.warm_up.count(),
                   (scenario_.warm_up + scenario_.horizon).count(), there.pool, only)
            .front();
    mean.waiting += one.waiting / kHistories;
    mean.spread += one.spread / kHistories;
    for (std::size_t q = 0; q < mean.queued_s.size(); ++q)
      mean.queued_s[q] += one.queued_s[q] / kHistories;
  }
  return walked_[key] = mean;
}

void Analyst::train_on_cluster(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                               double share_of_jobs, PlacementOption& option,
                               TrainingForecast& forecast) {
  const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
  const NodePool& pool = cluster.pools[home.pool->index()];
  const std::size_t resource = pool_resource(home.platform, *home.pool);
  const OnPool there = on_pool(work, home);
  const bool gpu = there.gpu;
  const int fit = there.fit;
  const Held& held = there.held;

  const std::vector<double> busy = busy_of(arrivals_[i], held, grid_);
  const WalkedNodes walked = nodes_for(i, resource, there);
  const std::optional<ShareOfPool> share = pools_->share(resource, i);
  // By how much more or less of its jobs wait than of the home that stands for the class there.
  const double apart = share ? walked.waiting - share->alone.waiting : 0;
  const double cold = share ? std::clamp(share->least.waiting + apart, 0.0, 1.0) : walked.waiting;
  // Pools of a fixed size are paid for whoever is there.
  const bool is_fixed = cluster.autoscaler == NodeAutoscaler::none;
  const double spread = is_fixed ? 1 : walked.spread;
  const auto memory = static_cast<std::size_t>(
      std::ceil((held.quantile(0.95) + there.pool.stay_s) / grid_.step.count()));
  std::vector<double> filled = busy;
  for (double& one : filled) one = one * work.instances / fit;
  const std::vector<double> kept_up = held_up(filled, std::min(memory, grid_.all()));
  const std::vector<double> load = window_of(outlived(filled, kept_up, spread), grid_);
  const double jobs_in_window = std::max(after_warm_up(arrivals_[i], grid_), 1e-9);

  const double node_hour = node_usd_per_hour(scenario_, cluster, pool);
  forecast.usd_per_month = std::accumulate(load.begin(), load.end(), 0.0) / double(grid_.periods) *
                           node_hour * kHoursPerMonth;
  ResourceLoad on_nodes{.resource = resource, .by_period = load};
  if (share && !is_fixed && share->saves)
    on_nodes.by_period = window_of(
        outlived(filled, kept_up, spread * share->least.spread / share->alone.spread), grid_);
  if (share) {
    on_nodes.beyond.assign(load.size(), 0);
    for (std::size_t t = 0; t < load.size() && !is_fixed; ++t)
      on_nodes.beyond[t] = share->saves ? std::max(0.0, load[t] - on_nodes.by_period[t]) : load[t];
  }
  const double jobs = jobs_in_window / months_;
  if (cluster.egress.nat_gateways > 0)
    option.usd +=
        jobs * work.instances *
        gibibytes(work.input_data + work.output + scaled(there.plan.network_bytes, cold)) *
        price_or_zero(scenario_.catalogue, SimplePrice::nat_gb);
  forecast.interruptions_per_job = there.reclaims.per_job;
  note_busy(window_of(busy, grid_), forecast);

  // A pod that comes alone closes Karpenter's batch by the quiet after it; the other autoscaler
  // scans at once, or at its next interval.
  const bool scans = cluster.autoscaler == NodeAutoscaler::cluster_autoscaler;
  const double quiet = scans ? 0 : cluster.batch_idle.count();
  const double interval = scans && !cluster.scaling.at_once ? cluster.scan_interval.count() : 0;
  const Distribution& boot = gpu ? cluster.node_boot_gpu : cluster.node_boot_cpu;
  const auto drawn = draw_starts(
      i, work,
      [&](RandomStream& stream) {
        DrawnStart start{.luck = stream.uniform()};
        const double batched = quiet + stream.uniform() * interval;
        // The job is there when the last of its new nodes is.
        double booted = 0;
        for (int n = 0; n < (work.instances + fit - 1) / fit; ++n)
          booted = std::max(booted,
                            sample(boot, stream) + (gpu ? sample(cluster.gpu_driver, stream) : 0));
        double longest = 0, data = 0;
        for (int n = 0; n < work.instances; ++n) {
          longest = std::max(longest, sample(cluster.pod_overhead, stream));
          data = std::max(data, sample(cluster.data_overhead, stream));
        }
        // In any company those of the same class are there, too.
        const double queued = walked.queued_at(stream.uniform());
        start.warm = queued + longest + data + there.copied + work.init.count();
        start.cold = start.warm + batched + booted + there.image_s;
        return start;
      },
      held, there.upload);
  judge_starts(work, drawn, cold, forecast);
  option.qualities = {forecast.start_p95_s * share_of_jobs, 0};
  if (share) on_nodes.waits = starts_by_waiting(drawn, apart, forecast.start_p95_s, share_of_jobs);
  option.loads = {std::move(on_nodes)};
  use_node_plans(option, home.platform, *home.pool);
}

void Analyst::train(std::size_t i, double share_of_jobs) {
  const TrainingClass& work = scenario_.training[i];
  std::vector<PlacementOption>& list = result_.problem.workloads.emplace_back();
  std::vector<TrainingForecast>& forecasts = result_.training.emplace_back();
  for (const TrainingHome& home : result_.options.training[i]) {
    PlacementOption option;
    TrainingForecast forecast;
    if (home.pool)
      train_on_cluster(i, work, home, share_of_jobs, option, forecast);
    else
      train_on_sagemaker(i, work, home, share_of_jobs, option, forecast);
    list.push_back(std::move(option));
    forecasts.push_back(forecast);
  }
}

}  // namespace berth
