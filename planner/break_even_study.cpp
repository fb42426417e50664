#include "planner/break_even_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "models/job_graph.h"
#include "models/node_shape.h"

namespace berth {
namespace {

constexpr double kSmallest = 10e6, kLargest = 50e9;  // bytes of an image
constexpr double kMostAtOnce = 1000;
constexpr double kShortestInterval = 60, kLongestInterval = 86400;
constexpr double kShortestRun = 10, kLongestRun = 4 * 3600;
// AWS, NAT gateway bandwidth (read August 2026): scales up to 100 Gbit/s.
constexpr BytesPerSecond kNatGateway = gigabits_per_second(100);
constexpr std::array kModes{PullMode::full, PullMode::soci_parallel, PullMode::soci_lazy,
                            PullMode::preloaded};
constexpr std::size_t kPulled = 3;  // of them; a preloaded image is always there first

std::string_view mode_name(PullMode mode) {
  constexpr std::array<std::string_view, 4> kNames{"full", "soci_lazy", "soci_parallel",
                                                   "preloaded"};
  return kNames[static_cast<std::size_t>(mode)];
}

// Three significant digits, as people say them.
std::string plain(double value) {
  return value < 999.5 ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", value);
}
std::string size_text(double bytes) {
  return bytes < 999.5e6 ? plain(bytes / 1e6) + " MB" : plain(bytes / 1e9) + " GB";
}
std::string time_text(double s) {
  if (s < 120) return plain(s) + " s";
  return s < 7200 ? plain(s / 60) + " min" : plain(s / 3600) + " h";
}

struct PullPrice {
  double usd_per_s = 0, usd_per_byte = 0;
};

double pull_usd(const PullCase& pull, PullMode mode, const PullPrice& price) {
  const PullPlan plan = plan_pull(pull.image, {}, mode, pull.node);
  return price.usd_per_s * time_to_ready(pull, mode).count() +
         price.usd_per_byte * static_cast<double>(plan.bytes_in_the_end().count);
}

// The points of a curve, the scenario's own value among them.
std::vector<double> points_with(double low, double high, Axis axis, int count, double here) {
  std::vector<double> list = points(low, high, axis, count);
  if (here > low && here < high && std::ranges::find(list, here) == list.end())
    list.insert(std::ranges::upper_bound(list, here), here);
  return list;
}

struct PullAxis {
  std::string key, title;
  double low = 0, high = 0, here = 0;
  Axis axis = Axis::logarithmic;
  std::function<PullCase(double)> at;
};

BreakEvenCurve pull_curve(const PullAxis& a, const PullPrice& price, int count) {
  BreakEvenCurve curve{a.key,  a.title, points_with(a.low, a.high, a.axis, count, a.here),
                       a.here, {},      {}};
  for (const PullMode mode : kModes) {
    BreakEvenSeries series{std::string(mode_name(mode)), {}, {}};
    for (const double x : curve.at) {
      const PullCase pull = a.at(x);
      series.seconds.push_back(time_to_ready(pull, mode).count());
      series.usd.push_back(pull_usd(pull, mode, price));
    }
    curve.series.push_back(std::move(series));
  }
  Contest all;
  for (std::size_t i = 0; i < kPulled; ++i) all.candidates.emplace_back(mode_name(kModes[i]));
  const auto time = [&](std::size_t i, double x) {
    return time_to_ready(a.at(x), kModes[i]).count();
  };
  all.best = winners(time, kPulled, a.low, a.high, a.axis);
  curve.contests.push_back(all);
  const auto lazy_or = [&](std::size_t other) {
    const auto value = [&](std::size_t i, double x) { return time(i == 0 ? 2 : other, x); };
    curve.contests.push_back(
        {{"soci_lazy", all.candidates[other]}, winners(value, 2, a.low, a.high, a.axis)});
  };
  lazy_or(0);
  lazy_or(1);
  return curve;
}

// Where a placement starts the image, or one class of it.
struct Machine {
  TypeId type;
  PlatformId platform;
  std::optional<PoolId> pool;  // on a cluster
  PullMode pull = PullMode::full;
  Offering offering = Offering::on_demand;
  bool endpoint = false;
};

Machine machine_of(const TrainingHome& home) {
  return {home.type, home.platform, home.pool, home.pull, home.offering};
}

const Cluster* cluster_at(const Scenario& scenario, const Machine& machine) {
  return std::get_if<Cluster>(&scenario.platforms[machine.platform.index()]);
}

std::optional<PoolId> pool_with(const Cluster& cluster, TypeId type) {
  for (std::size_t i = 0; i < cluster.pools.size(); ++i)
    if (std::ranges::find(cluster.pools[i].types, type) != cluster.pools[i].types.end())
      return PoolId{static_cast<int>(i)};
  return {};
}

// The same home on another type: the pool that has it, if there is one.
Machine on_type(const Scenario& scenario, Machine machine, TypeId type) {
  machine.type = type;
  const Cluster* cluster = cluster_at(scenario, machine);
  if (cluster == nullptr) return machine;
  const auto in_pool = [&](PoolId pool) {
    const std::vector<TypeId>& types = cluster->pools[pool.index()].types;
    return std::ranges::find(types, type) != types.end();
  };
  if (machine.pool && in_pool(*machine.pool)) return machine;
  machine.pool = pool_with(*cluster, type);
  machine.offering =
      machine.pool ? cluster->pools[machine.pool->index()].offering : Offering::on_demand;
  return machine;
}

std::optional<Machine> machine_of(const Scenario& scenario, ImageId image) {
  for (const Placement& placement : scenario.placements) {
    for (std::size_t i = 0; i < placement.training.size(); ++i)
      if (scenario.training[i].image == image) return machine_of(placement.training[i]);
    for (std::size_t i = 0; i < placement.services.size(); ++i)
      if (const ServiceHome& home = placement.services[i]; scenario.services[i].image == image)
        return Machine{home.type, home.platform, home.pool, home.pull, Offering::on_demand, true};
  }
  return {};
}

PullSite site_of(const Scenario& scenario, const Machine& machine) {
  const Cluster* cluster = cluster_at(scenario, machine);
  if (cluster == nullptr)
    return pull_site(std::get<SageMaker>(scenario.platforms[machine.platform.index()]),
                     machine.type);
  static const NodePool kPlain;
  return pull_site(*cluster, machine.pool ? cluster->pools[machine.pool->index()] : kPlain,
                   machine.type);
}

NodeShape shape_of(const Scenario& scenario, const Machine& machine) {
  return node_shape(scenario.catalogue.types[machine.type.index()], site_of(scenario, machine));
}

// What the machine costs where it stands; absent where nobody knows.
std::optional<UsdPerHour> price_of(const Scenario& scenario, const Machine& machine) {
  const InstanceType& type = scenario.catalogue.types[machine.type.index()];
  const auto hourly = [](const std::optional<PriceTag>& tag) {
    return tag ? std::optional(tag->per_hour()) : std::nullopt;
  };
  const bool spot = machine.offering == Offering::spot;
  if (const Cluster* cluster = cluster_at(scenario, machine)) {
    const bool pool_spot =
        machine.pool ? cluster->pools[machine.pool->index()].offering == Offering::spot : spot;
    return hourly(pool_spot ? type.ec2_spot : type.ec2_on_demand);
  }
  auto price = hourly(machine.endpoint ? type.sagemaker_hosting : type.sagemaker_training);
  if (!spot || !price) return price;
  const auto ratio = type.spot_ratio();
  return ratio ? std::optional(UsdPerHour{price->rate * *ratio}) : std::nullopt;
}

const Egress& egress_of(const Platform& platform) {
  return std::visit([](const auto& one) -> const Egress& { return one.egress; }, platform);
}

BreakEvenSubject image_subject(const Scenario& scenario, const BreakEvenOptions& options,
                               const Machine& machine) {
  const Image& image = scenario.images[options.image.index()];
  const InstanceType& type = scenario.catalogue.types[machine.type.index()];
  const Platform& platform = scenario.platforms[machine.platform.index()];
  const Egress& egress = egress_of(platform);
  const BytesPerSecond link = egress.shared_link.value_or(kNatGateway);
  const auto hourly = price_of(scenario, machine);
  PullPrice price{hourly ? hourly->rate / 3600 : 0, 0};
  if (const auto& gb = scenario.catalogue.price(SimplePrice::nat_gb); egress.nat_gateways > 0 && gb)
    price.usd_per_byte = gb->usd / static_cast<double>(kGiB);

  const PullCase here{image, shape_of(scenario, machine), 1, link};
  const auto bytes = static_cast<double>(total_compressed(image.layers).count);
  BreakEvenSubject subject{
      fmt::format("image {}: {} compressed, {:.3g} % read before ready, on {} of {} ({})",
                  image.name, size_text(bytes), 100 * image.read_before_ready, type.name,
                  name_of(platform),
                  hourly ? fmt::format("{:.3g} $/h", hourly->rate) : "its price is not known"),
      {},
      {}};
  subject.notes.push_back(
      fmt::format("shared by nodes that pull at once: {} Gbit/s, {}", plain(link.rate * 8e-9),
                  egress.shared_link ? "the platform's shared link" : "one NAT gateway's limit"));
  if (!image.soci_index)
    subject.notes.emplace_back(
        "the image has no SOCI index; soci_lazy falls back to a slow full pull");
  const std::vector<PullAxis> axes{
      {"size_bytes", "compressed size", kSmallest, kLargest, bytes, Axis::logarithmic,
       [=](double x) {
         return PullCase{resized(image, x), here.node, 1, link};
       }},
      {"read_share", "share read before ready", 0.01, 1, image.read_before_ready, Axis::linear,
       [=](double x) {
         return PullCase{read_share(image, x), here.node, 1, link};
       }},
      {"pulls_at_once", "nodes that pull at once", 1, kMostAtOnce, 1, Axis::logarithmic,
       [=](double x) {
         return PullCase{image, here.node, x, link};
       }}};
  for (const PullAxis& axis : axes)
    subject.curves.push_back(pull_curve(axis, price, options.curve_points));
  return subject;
}

// ---- Classes -----------------------------------------------------------------------------------

Seconds mean_s(const Distribution& law) { return Seconds{mean(law)}; }

Seconds input_time(const TrainingClass& work, BytesPerSecond per_connection,
                   const InstanceType& type) {
  if (work.input_mode != InputMode::file || work.input_data.count == 0) return Seconds{0};
  return work.input_data / BytesPerSecond{std::min(per_connection.rate, type.net_burst.rate)};
}

struct Ways {
  StartFigures figures;
  std::vector<StartWay> known;
};

void add_sagemaker(Ways& ways, const Scenario& scenario, const Machine& machine,
                   const TrainingClass& work, const Image& image) {
  const auto& platform = std::get<SageMaker>(scenario.platforms[machine.platform.index()]);
  const InstanceType& type = scenario.catalogue.types[machine.type.index()];
  const bool gpu = type.gpus > 0;
  const LaunchLaw launch = launch_law(platform, type);
  const Distribution& retry = gpu ? platform.capacity_retry_gpu : platform.capacity_retry_cpu;
  StartFigures& f = ways.figures;
  f.launch = mean_s(launch.law);
  if (launch.capacity_error > 0)
    f.launch += launch.capacity_error / (1 - launch.capacity_error) * mean_s(retry);
  f.warm_start = mean_s(platform.warm_start);
  f.sagemaker_overhead = mean_s(gpu ? platform.data_overhead_gpu : platform.data_overhead_cpu);
  f.sagemaker_input = input_time(work, platform.s3_per_connection, type);
  f.sagemaker_image = time_to_ready({image, shape_of(scenario, machine), 1, {}},
                                    honoured_pull(platform, work, machine.pull));
  f.container = mean_s(platform.container_create);
  f.sagemaker = *price_of(scenario, machine);
  ways.known.push_back(StartWay::sagemaker_cold);
  ways.known.push_back(StartWay::sagemaker_warm);
}

void add_cluster(Ways& ways, const Scenario& scenario, const Machine& machine,
                 const TrainingClass& work, const Image& image) {
  const Cluster& cluster = *cluster_at(scenario, machine);
  const InstanceType& type = scenario.catalogue.types[machine.type.index()];
  StartFigures& f = ways.figures;
  f.batch = cluster.batch_idle;
  f.boot = mean_s(type.gpus > 0 ? cluster.node_boot_gpu : cluster.node_boot_cpu);
  if (type.gpus > 0) f.boot += mean_s(cluster.gpu_driver);
  f.pod = mean_s(cluster.pod_overhead);
  f.node_data = mean_s(cluster.data_overhead) + input_time(work, cluster.s3_per_connection, type);
  f.node_image = time_to_ready({image, shape_of(scenario, machine), 1, {}}, machine.pull);
  if (machine.pool) f.kept_empty = empty_stay(cluster, cluster.pools[machine.pool->index()]);
  f.node = *price_of(scenario, machine);
  ways.known.push_back(StartWay::kubernetes_warm);
  if (cluster.autoscaler == NodeAutoscaler::karpenter) ways.known.push_back(StartWay::karpenter);
}

std::optional<double> even_interval(const Scenario& scenario, std::size_t work) {
  const Every* every =
      std::get_if<Every>(&clock_of(scenario.training, {static_cast<std::int32_t>(work)}));
  return every != nullptr ? std::optional(every->interval.count()) : std::nullopt;
}

BreakEvenCurve way_curve(const std::string& key, const std::string& title, double low, double high,
                         double here, const std::vector<StartWay>& ways,
                         const std::function<WayCost(StartWay, double)>& cost, int count) {
  BreakEvenCurve curve{key,  title, points_with(low, high, Axis::logarithmic, count, here),
                       here, {},    {}};
  Contest all;
  for (const StartWay way : ways) {
    BreakEvenSeries series{std::string(name_of(way)), {}, {}};
    for (const double x : curve.at) {
      const WayCost c = cost(way, x);
      series.seconds.push_back(c.wait.count());
      series.usd.push_back(c.usd);
    }
    curve.series.push_back(std::move(series));
    all.candidates.emplace_back(name_of(way));
  }
  const auto usd = [&](std::size_t i, double x) { return cost(ways[i], x).usd; };
  all.best = winners(usd, ways.size(), low, high, Axis::logarithmic);
  curve.contests.push_back(all);
  const auto has = [&](StartWay way) { return std::ranges::find(ways, way) != ways.end(); };
  const auto pair = [&](StartWay a, StartWay b) {
    if (!has(a) || !has(b)) return;
    const auto value = [&](std::size_t i, double x) { return cost(i == 0 ? a : b, x).usd; };
    curve.contests.push_back({{std::string(name_of(a)), std::string(name_of(b))},
                              winners(value, 2, low, high, Axis::logarithmic)});
  };
  pair(StartWay::sagemaker_warm, StartWay::sagemaker_cold);
  pair(StartWay::kubernetes_warm, StartWay::karpenter);
  pair(StartWay::karpenter, StartWay::sagemaker_cold);
  return curve;
}

// Where the class would run on a platform of a kind: its first home of a placement there, else the
// scenario's first such platform.
template <class T>
std::optional<Machine> home_on(const Scenario& scenario, std::size_t work, TypeId type) {
  const auto is_there = [&](PlatformId platform) {
    return std::holds_alternative<T>(scenario.platforms[platform.index()]);
  };
  for (const Placement& placement : scenario.placements)
    if (work < placement.training.size() && is_there(placement.training[work].platform))
      return on_type(scenario, machine_of(placement.training[work]), type);
  for (std::size_t i = 0; i < scenario.platforms.size(); ++i)
    if (const PlatformId platform{static_cast<int>(i)}; is_there(platform))
      return on_type(scenario, {.type = type, .platform = platform}, type);
  return {};
}

// "on eks: pool gpu, soci_lazy, spot".
std::string home_text(const Scenario& scenario, const Machine& machine, PullMode pull) {
  const Platform& platform = scenario.platforms[machine.platform.index()];
  const Cluster* cluster = cluster_at(scenario, machine);
  std::string text = fmt::format("on {}: {}", name_of(platform), mode_name(pull));
  bool spot = machine.offering == Offering::spot;
  if (cluster != nullptr && machine.pool) {
    const NodePool& pool = cluster->pools[machine.pool->index()];
    text += ", pool " + pool.name;
    spot = pool.offering == Offering::spot;
  } else if (cluster != nullptr) {
    text += ", no pool has this type: a plain node";
  }
  return text + (spot ? ", spot" : "");
}

BreakEvenSubject class_subject(const Scenario& scenario, const BreakEvenOptions& options,
                               std::size_t position, TypeId type_id) {
  const TrainingClass& work = scenario.training[position];
  const InstanceType& type = scenario.catalogue.types[type_id.index()];
  const Image& image = scenario.images[options.image.index()];
  Ways ways{{.init = work.init, .wait = options.wait}, {}};
  BreakEvenSubject subject;
  if (const auto home = home_on<SageMaker>(scenario, position, type_id);
      home && price_of(scenario, *home)) {
    add_sagemaker(ways, scenario, *home, work, image);
    const auto& platform = std::get<SageMaker>(scenario.platforms[home->platform.index()]);
    subject.notes.push_back(home_text(scenario, *home, honoured_pull(platform, work, home->pull)));
  }
  const auto on_cluster = home_on<Cluster>(scenario, position, type_id);
  if (on_cluster && price_of(scenario, *on_cluster)) {
    add_cluster(ways, scenario, *on_cluster, work, image);
    subject.notes.push_back(home_text(scenario, *on_cluster, on_cluster->pull));
  } else if (!on_cluster) {
    subject.notes.emplace_back("the scenario has no cluster: only SageMaker's ways are compared");
  }
  const double run = mean(work.duration) / work.speed_on(type_id);
  const std::optional<double> even = even_interval(scenario, position);
  const double interval = even.value_or(900);
  subject.what = fmt::format("class {} on {}: runs of {}, one job every {}", work.name, type.name,
                             time_text(run), time_text(interval));
  if (!even)
    subject.notes.emplace_back(
        "its schedule has no even interval; 15 min is assumed for the length's curve");
  if (options.wait.rate > 0)
    subject.notes.push_back(fmt::format("an hour of waiting counts {:.3g} $", options.wait.rate));
  else
    subject.notes.emplace_back(
        "waiting counts nothing: dollars to AWS alone (--wait-price changes that)");
  if (ways.known.empty()) {
    subject.notes.emplace_back(
        "no way is known: the type has no price on the scenario's platforms");
    return subject;
  }
  const StartFigures f = ways.figures;
  subject.curves.push_back(way_curve(
      "interval_s", "one job every", kShortestInterval, kLongestInterval, interval, ways.known,
      [=](StartWay way, double x) { return cost_of(way, f, Seconds{x}, Seconds{run}); },
      options.curve_points));
  subject.curves.push_back(way_curve(
      "run_s", "length of a run", kShortestRun, kLongestRun, run, ways.known,
      [=](StartWay way, double x) { return cost_of(way, f, Seconds{interval}, Seconds{x}); },
      options.curve_points));
  return subject;
}

TypeId type_for(const Scenario& scenario, std::size_t work, TypeId otherwise) {
  for (const Placement& placement : scenario.placements)
    if (work < placement.training.size()) return placement.training[work].type;
  return otherwise;
}

}  // namespace

BreakEvenStudy study_break_even(const Scenario& scenario, const BreakEvenOptions& options) {
  auto machine = machine_of(scenario, options.image);
  if (scenario.platforms.empty()) return {{}, "the scenario has no platform"};
  if (options.type) machine = on_type(scenario, machine.value_or(Machine{}), *options.type);
  if (!machine)
    return {{},
            "no placement starts this image, so its machine is not known; name one with --type"};
  BreakEvenStudy study;
  study.subjects.push_back(image_subject(scenario, options, *machine));
  for (std::size_t i = 0; i < scenario.training.size(); ++i) {
    if (scenario.training[i].image != options.image) continue;
    if (options.only_class && options.only_class->index() != i) continue;
    study.subjects.push_back(class_subject(
        scenario, options, i, options.type.value_or(type_for(scenario, i, machine->type))));
  }
  if (options.only_class && study.subjects.size() == 1)
    return {{}, "this class starts from another image"};
  return study;
}

}  // namespace berth
