#include "planner/analytic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "models/image.h"
#include "models/node_shape.h"
#include "models/platform_startup.h"
#include "models/pull_plan.h"
#include "models/keep_alive.h"
#include "models/serving/fluid_service.h"
#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"
#include "models/spot.h"
#include "models/submissions.h"
#include "planner/people.h"

namespace berth {
namespace {

constexpr int kSamples = 256;       // of start latencies: p95 rests on the worst dozen
constexpr int kArrivalSamples = 4;  // replications over which submissions are averaged
constexpr double kHoursPerMonth = 730;

struct Grid {
  Seconds begin{}, step{};
  std::size_t before = 0, periods = 1;  // steps of warm-up, steps of the window

  Grid(const Scenario& scenario)
      : begin(scenario.warm_up),
        periods(static_cast<std::size_t>(
            std::clamp(std::ceil(scenario.horizon / Seconds{900.0}), 1.0, 168.0))) {
    step = scenario.horizon / double(periods);
    before = static_cast<std::size_t>(std::ceil(scenario.warm_up / step));
  }
  std::size_t all() const { return before + periods; }
  Seconds from() const { return begin - step * double(before); }
};

// ---- Demand of training classes -----------------------------------------------------------------

// Submissions of one history, jitter included, ascending; the first so many of a busy class.
std::vector<double> submitted_in(const Scenario& scenario, TrainingId id, std::uint32_t history) {
  constexpr std::size_t kMost = 20'000;
  std::vector<double> list;
  Submissions submissions(scenario, id, {scenario.seed, history});
  while (const auto next = submissions.next()) {
    if (next->due >= scenario.warm_up + scenario.horizon || list.size() == kMost) break;
    list.push_back((next->due + next->delay).count());
  }
  std::ranges::sort(list);
  return list;
}

// Expected submissions in each step, warm-up included.
std::vector<double> arrivals_of(const Scenario& scenario, TrainingId id, const Grid& grid) {
  std::vector<double> counts(grid.all(), 0.0);
  const TrainingClass& work = scenario.training[id.index()];
  if (const auto* poisson = std::get_if<Poisson>(&work.schedule)) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Seconds from = std::max(Seconds{0}, grid.from() + grid.step * double(i));
      const Seconds to = std::max(Seconds{0}, grid.from() + grid.step * double(i + 1));
      counts[i] = poisson->rate.expected_between(from, to);
    }
    return counts;
  }
  for (std::uint32_t r = 0; r < kArrivalSamples; ++r) {
    Submissions submissions(scenario, id, {scenario.seed, r});
    while (const auto next = submissions.next()) {
      if (next->due >= scenario.warm_up + scenario.horizon) break;
      const double at = (next->due + next->delay - grid.from()) / grid.step;
      if (at >= 0 && at < double(counts.size()))
        counts[static_cast<std::size_t>(at)] += 1.0 / kArrivalSamples;
    }
  }
  return counts;
}

double after_warm_up(const std::vector<double>& by_step, const Grid& grid) {
  return std::accumulate(by_step.begin() + static_cast<std::ptrdiff_t>(grid.before), by_step.end(),
                         0.0);
}

// A job's time: a constant part and the work on a machine of this speed.
struct Held {
  double constant = 0, stretch = 1;  // held = constant + stretch x duration
  Distribution duration;
  double mean() const { return constant + stretch * berth::mean(duration); }
  double quantile(double p) const { return constant + stretch * berth::quantile(duration, p); }
  double survival(double t) const {
    return t <= constant ? 1 : 1 - cdf(duration, (t - constant) / stretch);
  }
};

// P(held > u), averaged over arrivals and instants inside their steps: weight of each lag in steps.
std::vector<double> lag_weights(const Held& held, const Grid& grid) {
  constexpr int kFine = 8;
  const double fine = grid.step.count() / kFine;
  std::vector<double> survival;  // in the middle of each eighth
  double total = 0;
  for (std::size_t j = 0; j < kFine * (grid.all() + 1); ++j) {
    survival.push_back(held.survival((double(j) + 0.5) * fine));
    total += survival.back() * fine;
    if (survival.back() < 1e-6) break;
  }
  // Eighths are coarse for short jobs: the mean is known, and it is what is paid for.
  const bool whole = survival.back() < 1e-6 && total > 0;
  const double scale = whole ? held.mean() / total : 1;
  const auto at = [&](std::ptrdiff_t j) {
    return j < 0 || j >= std::ssize(survival) ? 0.0 : survival[static_cast<std::size_t>(j)];
  };
  std::vector<double> weights(grid.all(), 0.0);
  if (total <= 0) {  // over before the first eighth is half over
    weights[0] = held.mean() / grid.step.count();
    return weights;
  }
  for (std::size_t lag = 0; lag < weights.size(); ++lag) {
    double sum = 0;
    // Two eighths that are j apart: what lies between their instants is spread around j of them.
    for (int apart = 1 - kFine; apart < kFine; ++apart) {
      const auto j = static_cast<std::ptrdiff_t>(lag) * kFine + apart;
      sum += (kFine - std::abs(apart)) * (at(j - 1) + at(j)) / 2;
    }
    weights[lag] = scale * sum / (kFine * kFine);
    if (lag > 0 && weights[lag] <= 0) break;
  }
  return weights;
}

std::vector<double> busy_of(const std::vector<double>& arrivals, const Held& held,
                            const Grid& grid) {
  const std::vector<double> weights = lag_weights(held, grid);
  std::vector<double> busy(grid.all(), 0.0);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (arrivals[i] == 0) continue;
    for (std::size_t lag = 0; i + lag < busy.size() && weights[lag] > 0; ++lag)
      busy[i + lag] += arrivals[i] * weights[lag];
  }
  return busy;
}

// The largest of the steps in the `memory` before each one.
std::vector<double> held_up(const std::vector<double>& values, std::size_t memory) {
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i >= memory ? i - memory : 0; j <= i; ++j)
      out[i] = std::max(out[i], values[j]);
  return out;
}

std::vector<double> window_of(const std::vector<double>& values, const Grid& grid) {
  return {values.begin() + static_cast<std::ptrdiff_t>(grid.before), values.end()};
}

// ---- Prices -------------------------------------------------------------------------------------

double price_or_zero(const Catalogue& catalogue, SimplePrice what) {
  const auto& tag = catalogue.price(what);
  return tag ? tag->usd : 0;
}

double node_usd_per_hour(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  const auto& tag = pool.offering == Offering::spot ? machine.ec2_spot : machine.ec2_on_demand;
  double usd = tag ? tag->usd : 0;
  usd += gibibytes(pool.volume) * price_or_zero(scenario.catalogue, SimplePrice::gp3_gb_month) /
         kHoursPerMonth;
  if (cluster.auto_mode)
    if (const auto fee = eks_auto_fee(scenario.catalogue, machine)) usd += fee->usd;
  return usd;
}

// Dollars a month of people for one more of what an activity multiplies with.
double toil_usd(const Scenario& scenario, ToilActivity::Per per) {
  double hours = 0;
  for (const ToilActivity& one : scenario.people.activities)
    if (one.per == per) hours += one.hours_per_month;
  return hours * scenario.people.hour.rate;
}

double standing_toil_usd(const Scenario& scenario) {
  double usd = 0;
  for (const ToilLine& line :
       toil_lines(scenario.people.activities,
                  {.training_classes = static_cast<int>(scenario.training.size()),
                  .services = static_cast<int>(scenario.services.size())},
                  scenario.people.hour))
    usd += line.per_month.dollars();
  return usd;
}

double registry_usd(const Scenario& scenario) {
  std::map<LayerId, Bytes> layers;
  const auto add = [&](ImageId image) {
    for (const Layer& layer : scenario.images[image.index()].layers)
      layers[layer.id] = layer.compressed;
  };
  for (const TrainingClass& work : scenario.training) add(work.image);
  for (const Service& service : scenario.services) add(service.image);
  double gib = 0;
  for (const auto& [id, bytes] : layers) gib += gibibytes(bytes);
  return gib * price_or_zero(scenario.catalogue, SimplePrice::ecr_gb_month);
}

double egress_usd(const Scenario& scenario, const Egress& egress) {
  return egress.nat_gateways * price_or_zero(scenario.catalogue, SimplePrice::nat_hour) *
         kHoursPerMonth;
}

// Plans that are held: paid whatever is used, and at best all of it is used.
double held_plans_usd(const Scenario& scenario, const Commitments& held) {
  double usd = 0;
  for (const Commitment& plan : held.plans) {
    double best = 0;  // saving per dollar committed
    for (const InstanceType& type : scenario.catalogue.types) {
      const bool year = plan.term == Commitment::Term::one_year;
      const auto rate = plan.plan == Commitment::Plan::sagemaker
                            ? (year ? type.sagemaker_sp_1y : type.sagemaker_sp_3y)
                        : plan.plan == Commitment::Plan::compute
                            ? (year ? type.compute_sp_1y : type.compute_sp_3y)
                            : (year ? type.ec2_sp_1y : type.ec2_sp_3y);
      const auto& list =
          plan.plan == Commitment::Plan::sagemaker ? type.sagemaker_training : type.ec2_on_demand;
      if (plan.plan == Commitment::Plan::ec2_instance && type.family != plan.family) continue;
      if (rate && list && rate->usd > 0) best = std::max(best, list->usd / rate->usd - 1);
    }
    usd -= plan.commit.rate * best * kHoursPerMonth;
  }
  return usd;
}

double quota_room(const SageMaker& sagemaker, TypeId type, bool warm) {
  const auto& list = warm ? sagemaker.warm_pool_quotas : sagemaker.training_quotas;
  for (const Quota& quota : list)
    if (quota.type == type) return quota.instances;
  return warm ? sagemaker.default_warm_pool_quota : sagemaker.default_training_quota;
}

int pods_on(const Scenario& scenario, const Cluster& cluster, const NodePool& pool,
            const Resources& needs) {
  const InstanceType& machine = scenario.catalogue.types[pool.types.front().index()];
  const Resources room = machine.allocatable - cluster.daemonsets;
  std::int64_t count = machine.max_pods - cluster.daemonset_pods;
  if (needs.cpu_milli > 0) count = std::min(count, room.cpu_milli / needs.cpu_milli);
  if (needs.memory.count > 0) count = std::min(count, room.memory.count / needs.memory.count);
  if (needs.gpus > 0) count = std::min<std::int64_t>(count, room.gpus / needs.gpus);
  return static_cast<int>(std::max<std::int64_t>(count, 1));
}

// ---- The analysis -------------------------------------------------------------------------------

class Analyst {
 public:
  Analyst(const Scenario& scenario, const PlanRequest& request, Options options,
          AnalysisMemory& memory)
      : scenario_(scenario), request_(request), grid_(scenario), memory_(memory) {
    result_.options = std::move(options);
    result_.problem.periods = grid_.periods;
    result_.problem.constant = standing_toil_usd(scenario) + registry_usd(scenario) +
                               held_plans_usd(scenario, request.held);
    months_ = scenario.horizon.count() / kMonth.count();
  }

  Analysis run() {
    add_platforms();
    for (std::size_t i = 0; i < scenario_.training.size(); ++i)
      arrivals_.push_back(arrivals_of(scenario_, {static_cast<std::int32_t>(i)}, grid_));
    double jobs = 0, requests = 0;
    for (const auto& one : arrivals_) {
      result_.jobs_per_month.push_back(after_warm_up(one, grid_) / months_);
      jobs += result_.jobs_per_month.back();
    }
    for (const Service& service : scenario_.services) {
      result_.requests_per_s.push_back(
          service.demand.expected_between(scenario_.warm_up,
                                          scenario_.warm_up + scenario_.horizon) /
          scenario_.horizon.count());
      requests += result_.requests_per_s.back();
    }
    for (std::size_t i = 0; i < scenario_.training.size(); ++i)
      train(i, jobs > 0 ? result_.jobs_per_month[i] / jobs : 0);
    for (std::size_t i = 0; i < scenario_.services.size(); ++i)
      serve(i, requests > 0 ? result_.requests_per_s[i] / requests : 0);
    return std::move(result_);
  }

 private:
  const InstanceType& type(TypeId id) const { return scenario_.catalogue.types[id.index()]; }

  void add_platforms() {
    using Per = ToilActivity::Per;
    bool first_sagemaker = true;
    for (std::size_t p = 0; p < scenario_.platforms.size(); ++p) {
      const Platform& platform = scenario_.platforms[p];
      const std::size_t whole = result_.problem.resources.size();
      platform_resource_.push_back(whole);
      if (const auto* cluster = std::get_if<Cluster>(&platform)) {
        const SimplePrice hours = cluster->extended_support ? SimplePrice::eks_cluster_extended_hour
                                                            : SimplePrice::eks_cluster_hour;
        result_.problem.resources.push_back(
            {.name = cluster->name,
             .fixed = price_or_zero(scenario_.catalogue, hours) * kHoursPerMonth +
                      egress_usd(scenario_, cluster->egress) + toil_usd(scenario_, Per::cluster),
             .room = std::numeric_limits<double>::infinity()});
        for (const NodePool& pool : cluster->pools) {
          const bool fixed_size = cluster->autoscaler == NodeAutoscaler::none;
          const double paused = pause_nodes(scenario_, *cluster, pool);
          const double node = node_usd_per_hour(scenario_, *cluster, pool) * kHoursPerMonth;
          // max(kept, load + paused) = paused + max(kept - paused, load)
          result_.problem.resources.push_back(
              {.name = cluster->name + "/" + pool.name,
               .fixed = toil_usd(scenario_, Per::node_pool) + paused * node,
               .slope = node,
               .floor = std::max(0.0, double(pool.min_nodes) - paused),
               .room = double(fixed_size ? pool.min_nodes : pool.max_nodes),
               .needs = {whole}});
        }
      } else {
        // One account, however many platforms the scenario makes of it.
        const auto& sagemaker = std::get<SageMaker>(platform);
        result_.problem.resources.push_back(
            {.name = sagemaker.name,
             .fixed = egress_usd(scenario_, sagemaker.egress) +
                      (first_sagemaker ? toil_usd(scenario_, Per::sagemaker_account) : 0),
             .room = std::numeric_limits<double>::infinity()});
        first_sagemaker = false;
      }
    }
    result_.platform_resource = platform_resource_;
    for (const std::vector<PlatformId>& variants : request_.variants) {
      std::vector<std::size_t>& group = result_.problem.either.emplace_back();
      for (const PlatformId id : variants) group.push_back(platform_resource_[id.index()]);
    }
  }
  std::size_t pool_resource(PlatformId platform, PoolId pool) const {
    return platform_resource_[platform.index()] + 1 + pool.index();
  }
  std::size_t quota_resource(PlatformId platform, TypeId id) {
    const auto key = std::pair(platform, id);
    const auto found = quotas_.find(key);
    if (found != quotas_.end()) return found->second;
    const auto& sagemaker = std::get<SageMaker>(scenario_.platforms[platform.index()]);
    result_.problem.resources.push_back({.name = "quota of ml." + type(id).name,
                                         .room = quota_room(sagemaker, id, false),
                                         .needs = {platform_resource_[platform.index()]}});
    return quotas_[key] = result_.problem.resources.size() - 1;
  }

  // ---- Training ---------------------------------------------------------------------------------

  PullPlan pull_of(ImageId image, PullMode mode, const PullSite& site) const {
    return plan_pull(scenario_.images[image.index()], {}, mode, node_shape(type(site.type), site));
  }

  double copy_s(const TrainingClass& work, BytesPerSecond connection, TypeId machine) const {
    if (work.input_mode != InputMode::file) return 0;
    const BytesPerSecond cap{std::min(connection.rate, type(machine).net_burst.rate)};
    return (work.input_data / cap).count();
  }

  // How much longer reclaims make the work, and how often they come.
  struct Reclaims {
    double stretch = 1, per_job = 0;
  };
  Reclaims reclaims_of(const TrainingClass& work, const TrainingHome& home, double start_s) const {
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

  void train(std::size_t i, double share_of_jobs) {
    const TrainingClass& work = scenario_.training[i];
    std::vector<PlacementOption>& list = result_.problem.workloads.emplace_back();
    std::vector<TrainingForecast>& forecasts = result_.training.emplace_back();
    for (const TrainingHome& home : result_.options.training[i]) {
      PlacementOption option;
      TrainingForecast forecast;
      if (home.pool)
        train_on_cluster(i, work, home, option, forecast);
      else
        train_on_sagemaker(i, work, home, option, forecast);
      option.qualities = {forecast.start_p95_s * share_of_jobs, 0};
      list.push_back(std::move(option));
      forecasts.push_back(forecast);
    }
  }

  // What a warm pool does for the class, over the histories that its arrivals are counted in. Lengths are
  // spread evenly over their law, in an order that is far from sorted (the golden ratio's multiples).
  WalkedUse kept_use(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                     const SageMaker& platform, const Held& cold, const Held& warm) const {
    constexpr double kGolden = 0.6180339887498949;
    const auto room = static_cast<std::size_t>(
        quota_room(platform, home.type, true) / std::max(work.instances, 1));
    const auto held = [&](std::size_t n, bool is_warm) {
      const double turn = kGolden * static_cast<double>(n + 1);
      const double share = std::clamp(turn - std::floor(turn), 1e-6, 1 - 1e-6);
      return (is_warm ? warm : cold).quantile(share);
    };
    WalkedUse sum;
    for (std::uint32_t r = 0; r < kArrivalSamples; ++r) {
      const WalkedUse one =
          walk_kept_pool(submitted_in(scenario_, {static_cast<std::int32_t>(i)}, r),
                         scenario_.warm_up.count(), home.keep_alive.count(), room, held);
      sum.warm += one.warm / kArrivalSamples;
      sum.idle_s_per_job += one.idle_s_per_job / kArrivalSamples;
    }
    return sum;
  }

  void train_on_sagemaker(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                          PlacementOption& option, TrainingForecast& forecast) {
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
      use = kept_use(i, work, home, platform,
                     held_as(berth::mean(launch) + billed_start),
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
      option.usd +=
          jobs * work.instances *
          gibibytes(work.input_data + work.output + scaled(plan.network_bytes, 1 - warm)) *
          price_or_zero(scenario_.catalogue, SimplePrice::nat_gb);

    std::vector<double> asked = busy;
    for (double& one : asked) one = one * work.instances + idle;
    option.loads = {{platform_resource_[home.platform.index()], {}},
                    {quota_resource(home.platform, home.type), std::move(asked)}};
    forecast.usd_per_month = option.usd;
    forecast.interruptions_per_job = reclaims.per_job;
    note_busy(busy, forecast);

    const Distribution& retry = gpu ? platform.capacity_retry_gpu : platform.capacity_retry_cpu;
    sample_starts(
        i, work, forecast,
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
          if (is_warm)
            return sample(platform.warm_start, stream) + copied + warm_image + created +
                   work.init.count();
          return wait + longest + data + copied + image_s + created + work.init.count();
        },
        held, upload);
  }

  void train_on_cluster(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                        PlacementOption& option, TrainingForecast& forecast) {
    const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
    const NodePool& pool = cluster.pools[home.pool->index()];
    const bool gpu = type(home.type).gpus > 0;
    const PullPlan plan = pull_of(work.image, home.pull, pull_site(cluster, pool, home.type));
    const PullSplit pull = split_pull(plan, plan.alone());
    const double image_s = (pull.image + pull.reads).count();
    const double copied = copy_s(work, cluster.s3_per_connection, home.type);
    const double upload = (work.output / cluster.s3_per_connection).count();
    const double warm_start =
        mean(cluster.pod_overhead) + mean(cluster.data_overhead) + copied + work.init.count();
    const Reclaims reclaims = reclaims_of(work, home, warm_start + image_s);
    const Held held{warm_start + upload, reclaims.stretch / work.speed_on(home.type),
                    work.duration};
    const int fit = pods_on(scenario_, cluster, pool, work.needs);

    const std::vector<double> busy = busy_of(arrivals_[i], held, grid_);
    const auto memory = static_cast<std::size_t>(
        std::ceil((held.quantile(0.95) + empty_stay(cluster, pool).count()) / grid_.step.count()));
    std::vector<double> load = held_up(busy, std::min(memory, grid_.all()));
    // A job that needs several nodes at once takes whole ones while it runs.
    for (double& one : load) one = one * work.instances / fit;
    double grown = 0, before = pool.min_nodes;
    const double paused = pause_nodes(scenario_, cluster, pool);
    const double kept = std::max(double(pool.min_nodes), paused);
    for (std::size_t t = 0; t < load.size(); ++t) {
      if (t >= grid_.before)
        grown += std::max(0.0, load[t] - std::max(before + paused, kept));
      before = load[t];
    }
    const double jobs_in_window = std::max(after_warm_up(arrivals_[i], grid_), 1e-9);
    const double cold = std::clamp(grown * fit / (jobs_in_window * work.instances), 0.0, 1.0);

    const double node_hour = node_usd_per_hour(scenario_, cluster, pool);
    std::vector<double> in_window = window_of(load, grid_);
    forecast.usd_per_month = std::accumulate(in_window.begin(), in_window.end(), 0.0) /
                             double(grid_.periods) * node_hour * kHoursPerMonth;
    const double jobs = jobs_in_window / months_;
    if (cluster.egress.nat_gateways > 0)
      option.usd += jobs * work.instances *
                    gibibytes(work.input_data + work.output + scaled(plan.network_bytes, cold)) *
                    price_or_zero(scenario_.catalogue, SimplePrice::nat_gb);
    option.loads = {{pool_resource(home.platform, *home.pool), std::move(in_window)}};
    forecast.interruptions_per_job = reclaims.per_job;
    note_busy(window_of(busy, grid_), forecast);

    const Distribution& boot = gpu ? cluster.node_boot_gpu : cluster.node_boot_cpu;
    // A pod that comes alone closes Karpenter's batch by the quiet after it; the other autoscaler
    // scans at once, or at its next interval.
    const bool scans = cluster.autoscaler == NodeAutoscaler::cluster_autoscaler;
    const double quiet = scans ? 0 : cluster.batch_idle.count();
    const double interval = scans && !cluster.scaling.at_once ? cluster.scan_interval.count() : 0;
    sample_starts(
        i, work, forecast,
        [&](RandomStream& stream) {
          const bool is_cold = stream.uniform() < cold;
          const double batched = quiet + stream.uniform() * interval;
          const double booted =
              sample(boot, stream) + (gpu ? sample(cluster.gpu_driver, stream) : 0);
          double longest = 0, data = 0;
          for (int n = 0; n < work.instances; ++n) {
            longest = std::max(longest, sample(cluster.pod_overhead, stream));
            data = std::max(data, sample(cluster.data_overhead, stream));
          }
          return longest + data + copied + work.init.count() +
                 (is_cold ? batched + booted + image_s : 0);
        },
        held, upload);
  }

  static void note_busy(const std::vector<double>& busy, TrainingForecast& forecast) {
    forecast.busy_peak = *std::ranges::max_element(busy);
    forecast.busy_mean =
        std::accumulate(busy.begin(), busy.end(), 0.0) / static_cast<double>(busy.size());
  }

  // The same draws for every option of a class, so that options differ by what they are.
  template <class Draw>
  void sample_starts(std::size_t i, const TrainingClass& work, TrainingForecast& forecast,
                     Draw draw_start, const Held& held, double upload) const {
    std::vector<double> starts;
    int met = 0, missed = 0;
    for (int n = 0; n < kSamples; ++n) {
      RandomStream stream(scenario_.seed, static_cast<std::uint32_t>(n), Purpose::resampling, i);
      const double length = held.stretch * sample(work.duration, stream) + upload;
      const double start = draw_start(stream);
      starts.push_back(start);
      if (work.start_slo && start <= work.start_slo->count()) ++met;
      if (work.deadline && start + length > work.deadline->count()) ++missed;
      forecast.start_mean_s += start / kSamples;
    }
    std::ranges::sort(starts);
    forecast.start_p50_s = starts[kSamples / 2];
    forecast.start_p95_s = starts[static_cast<std::size_t>(0.95 * kSamples)];
    if (work.start_slo) forecast.start_within_share = double(met) / kSamples;
    if (work.deadline) forecast.deadline_missed_share = double(missed) / kSamples;
  }

  // ---- Services ---------------------------------------------------------------------------------

  // Depends on the policy alone: whatever the platform, a slot is a slot.
  const Served& served(std::size_t i, const ReplicaPolicy& policy, int copies) {
    const Seconds lag = lag_of(policy), delay = delay_of(policy);
    const Service& work = scenario_.services[i];
    const ServedKey key{i,   policy.min, policy.max, policy.autoscaler.index(), target_of(policy),
                        lag, delay,      copies,     work.demand.mean_rate()};
    const auto known = memory_.services.find(key);
    if (known != memory_.services.end()) return known->second;
    ReplicaForecast controller(work, policy, copies);
    FluidService fluid(work, scenario_.warm_up);
    Served result;
    constexpr Seconds kLook{60};
    const Seconds start = std::max(Seconds{0}, scenario_.warm_up - delay - kLook);
    for (Seconds t = start; t < scenario_.warm_up; t += kLook)
      controller.desired(t, work.demand.rate_at(std::max(Seconds{0}, t - lag)));
    for (std::size_t period = 0; period < grid_.periods; ++period) {
      const Seconds from = scenario_.warm_up + grid_.step * double(period), to = from + grid_.step;
      double sum = 0;
      int looks = 0, largest = 0;
      for (Seconds t = from; t < to; t += kLook, ++looks) {
        const int wish = controller.desired(t, work.demand.rate_at(std::max(Seconds{0}, t - lag)));
        const int whole = (wish + copies - 1) / copies * copies;
        sum += whole;
        largest = std::max(largest, whole);
      }
      result.replicas.push_back(sum / looks);
      fluid.advance({.from = from,
                     .to = to,
                     .requests = work.demand.expected_between(from, to),
                     .ready = static_cast<int>(std::lround(sum / looks)),
                     .desired = largest});
      fluid.end_slice();
    }
    const ServiceOutcome outcome = fluid.take();
    if (outcome.latency.count() > 0) result.p99_s = outcome.latency.quantile(0.99);
    if (outcome.requests > 0) result.slo_share = outcome.good / outcome.requests;
    return memory_.services[key] = std::move(result);
  }

  void serve(std::size_t i, double share_of_requests) {
    const Service& work = scenario_.services[i];
    std::vector<PlacementOption>& list = result_.problem.workloads.emplace_back();
    std::vector<ServiceForecast>& forecasts = result_.services.emplace_back();
    for (const ServiceHome& home : result_.options.services[i]) {
      const InstanceType& machine = type(home.type);
      const int copies = home.pool ? 1 : std::max(1, replicas_on(machine, work));
      const Served& what = served(i, home.replicas, copies);
      PlacementOption option;
      ServiceForecast forecast{.p99_s = what.p99_s, .slo_share = what.slo_share};
      forecast.replicas_mean =
          std::accumulate(what.replicas.begin(), what.replicas.end(), 0.0) / double(grid_.periods);
      const double gib = result_.requests_per_s[i] * kMonth.count() *
                         gibibytes(work.request_bytes + work.response_bytes);
      if (home.pool) {
        const auto& cluster = std::get<Cluster>(scenario_.platforms[home.platform.index()]);
        const NodePool& pool = cluster.pools[home.pool->index()];
        const int fit = pods_on(scenario_, cluster, pool, work.needs);
        std::vector<double> load = what.replicas;
        for (double& one : load) one /= fit;
        option.usd = 2 * gib * cluster.cross_zone_share *
                     price_or_zero(scenario_.catalogue, SimplePrice::cross_az_gb);
        forecast.usd_per_month = option.usd + forecast.replicas_mean / fit *
                                                  node_usd_per_hour(scenario_, cluster, pool) *
                                                  kHoursPerMonth;
        option.loads = {{pool_resource(home.platform, *home.pool), std::move(load)}};
      } else {
        option.usd =
            forecast.replicas_mean / copies * machine.sagemaker_hosting.value().usd *
                kHoursPerMonth +
            gib * price_or_zero(scenario_.catalogue, SimplePrice::sagemaker_endpoint_data_gb);
        forecast.usd_per_month = option.usd;
        option.loads = {{platform_resource_[home.platform.index()], {}}};
      }
      option.qualities = {0, forecast.p99_s * share_of_requests};
      list.push_back(std::move(option));
      forecasts.push_back(forecast);
    }
  }

  const Scenario& scenario_;
  const PlanRequest& request_;
  Grid grid_;
  Analysis result_;
  double months_ = 1;
  std::vector<std::vector<double>> arrivals_;
  std::vector<std::size_t> platform_resource_;
  std::map<std::pair<PlatformId, TypeId>, std::size_t> quotas_;
  AnalysisMemory& memory_;
};

}  // namespace

double pause_nodes(const Scenario& scenario, const Cluster& cluster, const NodePool& pool) {
  if (pool.pause.pods == 0 || cluster.autoscaler == NodeAutoscaler::none) return 0;
  return double(pool.pause.pods) / pods_on(scenario, cluster, pool, pool.pause.needs);
}

Analysis analyse(const Scenario& scenario, const PlanRequest& request, Options options,
                 AnalysisMemory* memory) {
  AnalysisMemory own;
  return Analyst(scenario, request, std::move(options), memory ? *memory : own).run();
}

Placement placement_of(const Scenario& scenario, const Options& options, const Choice& choice,
                       const PlanRequest& request, std::string name) {
  Placement placement{.name = std::move(name)};
  const std::size_t classes = scenario.training.size();
  for (std::size_t i = 0; i < classes; ++i)
    placement.training.push_back(options.training[i][choice[i]]);
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    placement.services.push_back(options.services[i][choice[classes + i]]);
  placement.commitments = request.held;
  return placement;
}

std::optional<Choice> choice_of(const Options& options, const Placement& placement) {
  Choice choice;
  const auto find = [&](const auto& list, const auto& home) {
    for (std::size_t k = 0; k < list.size(); ++k)
      if (same_home(list[k], home)) return choice.push_back(k), true;
    return false;
  };
  for (std::size_t i = 0; i < options.training.size(); ++i)
    if (!find(options.training[i], placement.training[i])) return std::nullopt;
  for (std::size_t i = 0; i < options.services.size(); ++i)
    if (!find(options.services[i], placement.services[i])) return std::nullopt;
  return choice;
}

}  // namespace berth
