#include "planner/world.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/job_graph.h"
#include "models/overloaded.h"
#include "models/random_stream.h"
#include "planner/unit_costs.h"

namespace berth {
namespace {

Distribution stretched(const Distribution& d, double f);

Law stretched(const Law& law, double f) {
  return std::visit(
      Overloaded{[f](const Constant& x) -> Law { return Constant{x.value * f}; },
                 [f](const Uniform& x) -> Law {
                   return Uniform{x.low * f, x.high * f};
                 },
                 [f](const Exponential& x) -> Law { return Exponential{x.mean * f}; },
                 [f](const Normal& x) -> Law {
                   return Normal{x.mean * f, x.sd * f};
                 },
                 [f](const Lognormal& x) -> Law {
                   return Lognormal{x.mu + std::log(f), x.sigma};
                 },
                 [f](const Gamma& x) -> Law { return Gamma(x.shape(), x.scale() * f); },
                 [f](const Weibull& x) -> Law {
                   return Weibull{x.shape, x.scale * f};
                 },
                 [f](const LogLogistic& x) -> Law {
                   return LogLogistic{x.scale * f, x.shape};
                 },
                 [f](const Pareto& x) -> Law {
                   return Pareto{x.alpha, x.minimum * f};
                 },
                 [f](const Empirical& x) -> Law {
                   Empirical scaled = x;
                   for (double& value : scaled.sorted) value *= f;
                   return scaled;
                 },
                 [f](const Mixture& x) -> Law {
                   Mixture scaled = x;
                   for (MixtureComponent& one : scaled.components)
                     one.distribution = stretched(one.distribution, f);
                   return scaled;
                 }},
      law);
}

Distribution stretched(const Distribution& d, double f) {
  Distribution out{stretched(d.law, f), d.shift * f, d.at_most};
  if (out.at_most) *out.at_most *= f;
  return out;
}

void stretch(Distribution& d, double f) {
  if (f != 1) d = stretched(d, f);
}

void scale_price(std::optional<PriceTag>& tag, double f) {
  if (tag) tag->usd *= f;
}

// What happened, f times as often: each event stays or goes, or comes again before the next one, by a
// draw of its own, so that less is always a part of more.
std::vector<double> repeated(const std::vector<double>& at, double f, std::uint64_t seed,
                             std::uint64_t entity) {
  RandomStream stream(seed, 0, Purpose::resampling, entity);
  std::vector<double> out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double luck = stream.uniform(), place = stream.uniform();
    const auto whole = static_cast<int>(std::floor(f));
    const int copies = whole + (luck < f - whole);
    const double gap = i + 1 < at.size() ? at[i + 1] - at[i] : 0;
    for (int n = 0; n < copies; ++n)
      out.push_back(at[i] + gap * (n == 0 ? 0 : std::fmod(n * place, 1)));
  }
  std::ranges::sort(out);
  return out;
}

// A cron class gets more models. Those of a chain must fit together: where they differ there is no
// factor for all, and they stay.
void scale_models(std::vector<TrainingClass>& classes, double f) {
  const JobGraph graph(classes);
  const auto are_scaled = [&](TrainingId id) {
    const auto chain = graph.connected(id);
    return std::ranges::all_of(chain, [&](TrainingId one) {
      const TrainingClass& work = classes[one.index()];
      return work.models == classes[id.index()].models &&
             (graph.follows(one) || std::holds_alternative<Cron>(work.schedule));
    });
  };
  std::vector<TrainingId> scaled;
  for (const TrainingId id : graph.order())
    if (are_scaled(id)) scaled.push_back(id);
  for (const TrainingId id : scaled) {
    int& models = classes[id.index()].models;
    models = std::max(1, static_cast<int>(std::lround(models * f)));
  }
}

void scale_jobs(std::vector<TrainingClass>& classes, double f, std::uint64_t seed) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    std::visit(Overloaded{[f](Every& x) {
                            x.interval /= f;
                            x.offset /= f;
                            x.jitter = std::min(x.jitter, x.interval);
                          },
                          [f](Poisson& x) { x.rate = x.rate.scaled(f); },
                          [&](Trace& x) {
                            std::vector<double> at;
                            at.reserve(x.at.size());
                            for (const Seconds one : x.at) at.push_back(one.count());
                            x.at.clear();
                            for (const double one : repeated(at, f, seed, 3000 + i))
                              x.at.emplace_back(one);
                          },
                          [](auto&) {}},
               classes[i].schedule);
  scale_models(classes, f);
}

void scale_prices(Catalogue& catalogue, const PlanWorld& world) {
  for (InstanceType& type : catalogue.types) {
    scale_price(type.ec2_on_demand, world[WorldInput::ec2_price]);
    scale_price(type.compute_sp_1y, world[WorldInput::ec2_price]);
    scale_price(type.compute_sp_3y, world[WorldInput::ec2_price]);
    scale_price(type.ec2_sp_1y, world[WorldInput::ec2_price]);
    scale_price(type.ec2_sp_3y, world[WorldInput::ec2_price]);
    // Managed spot takes the ratio of spot to on-demand prices: both move with EC2.
    scale_price(type.ec2_spot, world[WorldInput::spot_price] * world[WorldInput::ec2_price]);
    for (auto* tag : {&type.sagemaker_training, &type.sagemaker_hosting, &type.sagemaker_sp_1y,
                      &type.sagemaker_sp_3y})
      scale_price(*tag, world[WorldInput::sagemaker_price]);
    if (type.spot_reclaim_per_month)
      type.spot_reclaim_per_month =
          std::min(0.99, *type.spot_reclaim_per_month * world[WorldInput::spot_reclaims]);
  }
}

// What SageMaker bills besides instances.
void scale_sagemaker(Catalogue& catalogue, double f) {
  for (const SimplePrice price :
       {SimplePrice::sagemaker_storage_gb_month, SimplePrice::sagemaker_endpoint_data_gb,
        SimplePrice::sagemaker_serverless_gb_s, SimplePrice::sagemaker_serverless_provisioned_gb_s,
        SimplePrice::sagemaker_serverless_provisioned_use_gb_s})
    scale_price(catalogue.price(price), f);
}

void stretch_startup(SageMaker& platform, double f) {
  for (FamilyLaunch& family : platform.launch_families) stretch(family.law, f);
  for (Distribution* law :
       {&platform.launch_cpu, &platform.launch_gpu, &platform.capacity_retry_cpu,
        &platform.capacity_retry_gpu, &platform.data_overhead_cpu, &platform.data_overhead_gpu,
        &platform.endpoint_creation_cpu, &platform.endpoint_creation_gpu, &platform.warm_start,
        &platform.container_create})
    stretch(*law, f);
}

void stretch_startup(Cluster& cluster, double f) {
  for (Distribution* law : {&cluster.node_boot_cpu, &cluster.node_boot_gpu, &cluster.gpu_driver,
                            &cluster.pod_overhead, &cluster.data_overhead})
    stretch(*law, f);
}

}  // namespace

Scenario in_world(const Scenario& scenario, const PlanWorld& world) {
  Scenario out = scenario;
  if (const double f = world[WorldInput::demand]; f != 1)
    for (std::size_t i = 0; i < out.services.size(); ++i) {
      Service& service = out.services[i];
      service.demand = service.demand.scaled(f);
      service.recorded = repeated(service.recorded, f, scenario.seed, 2000 + i);
    }
  if (const double f = world[WorldInput::jobs]; f != 1) scale_jobs(out.training, f, scenario.seed);
  if (const double f = world[WorldInput::image_size]; f != 1)
    for (Image& image : out.images)
      for (Layer& layer : image.layers) {
        layer.compressed = scaled(layer.compressed, f);
        layer.unpacked = scaled(layer.unpacked, f);
      }
  for (Platform& platform : out.platforms)
    std::visit(
        Overloaded{[&](SageMaker& p) { stretch_startup(p, world[WorldInput::sagemaker_startup]); },
                   [&](Cluster& c) { stretch_startup(c, world[WorldInput::kubernetes_startup]); }},
        platform);
  scale_prices(out.catalogue, world);
  scale_sagemaker(out.catalogue, world[WorldInput::sagemaker_price]);
  for (ToilActivity& activity : out.people.activities)
    activity.hours_per_month *= world[WorldInput::toil];
  out.people.hour.rate *= world[WorldInput::hour_price];
  for (Placement& placement : out.placements) placement = in_world(std::move(placement), world);
  return out;
}

namespace {

void stretch_cold_starts(std::vector<ServiceHome>& homes, const PlanWorld& world) {
  for (ServiceHome& home : homes)
    if (home.is_serverless())
      stretch(std::get<ServerlessEndpoint>(*home.endpoint).cold_start,
              world[WorldInput::sagemaker_startup]);
}

}  // namespace

Placement in_world(Placement placement, const PlanWorld& world) {
  stretch_cold_starts(placement.services, world);
  placement.commitments = in_world(std::move(placement.commitments), world);
  return placement;
}

Commitments in_world(Commitments commitments, const PlanWorld& world) {
  for (Commitment& plan : commitments.plans) plan.commit.rate *= world[price_of(plan.plan)];
  return commitments;
}

double locked_usd_per_month(const Commitments& commitments, const PlanWorld& world) {
  double usd_per_hour = 0;
  for (const Commitment& plan : commitments.plans)
    usd_per_hour += plan.commit.rate * (world[price_of(plan.plan)] - 1);
  return usd_per_hour * kHoursPerMonth;
}

Bill at_locked_rates(Bill bill, const PlanWorld& world) {
  for (BillLine& line : bill.lines) {
    if (line.charge != Charge::commitment_used && line.charge != Charge::commitment_unused) continue;
    const bool is_of_sagemaker = line.item.find(name_of(Commitment::Plan::sagemaker)) != std::string::npos;
    const double f = world[price_of(is_of_sagemaker ? Commitment::Plan::sagemaker : Commitment::Plan::compute)];
    if (f == 1) continue;
    bill.total -= line.amount;
    line.amount = usd(line.amount.dollars() / f);
    bill.total += line.amount;
    // What is lost is counted in dollars, the rest in hours at a rate.
    (line.charge == Charge::commitment_unused ? line.quantity : line.unit_price) /= f;
  }
  return bill;
}

Options in_world(Options options, const PlanWorld& world) {
  for (std::vector<ServiceHome>& homes : options.services) stretch_cold_starts(homes, world);
  return options;
}

bool changes_bills_alone(const Scenario& scenario, WorldInput input) {
  const auto holds_against_fixed_prices = [](const Platform& platform) {
    const auto* cluster = std::get_if<Cluster>(&platform);
    return cluster != nullptr && cluster->scaling.expander == Expander::price;
  };
  switch (input) {
    case WorldInput::sagemaker_price:
    case WorldInput::toil:
    case WorldInput::hour_price:
      return true;
    case WorldInput::ec2_price:
    case WorldInput::spot_price:
      return std::ranges::none_of(scenario.platforms, holds_against_fixed_prices);
    default:
      return false;
  }
}

double triangular_quantile(const UncertainInput& input, double u) {
  if (input.high <= input.low) return input.likely;
  // The mass outside [low, high] is a small triangle at either end: with half the rest on each
  // side, an end lies beyond by the factor at which a triangle's tail has that mass.
  const double tail = (1 - input.confidence) / 2;
  const double grow = tail > 0 ? std::sqrt(2 * tail) / (1 - std::sqrt(2 * tail)) : 0;
  const double a = input.likely - (input.likely - input.low) * (1 + grow);
  const double b = input.likely + (input.high - input.likely) * (1 + grow);
  // Each side carries half when both are there, so that the tails are as stated.
  const double below = input.likely > input.low ? (input.high > input.likely ? 0.5 : 1.0) : 0.0;
  double value = input.likely;
  if (u < below)
    value = a + (input.likely - a) * std::sqrt(u / below);
  else if (below < 1)
    value = b - (b - input.likely) * std::sqrt((1 - u) / (1 - below));
  return std::max(value, 0.01);
}

PlanWorld sampled_world(std::span<const UncertainInput> inputs, std::uint64_t seed, int number, int of) {
  PlanWorld world;
  for (const UncertainInput& input : inputs) {
    const std::uint64_t entity = 1000 + static_cast<std::uint64_t>(input.input);
    RandomStream order(seed, 0, Purpose::resampling, 2000 + entity);
    std::vector<int> strata(static_cast<std::size_t>(of));
    std::iota(strata.begin(), strata.end(), 0);
    for (std::size_t i = strata.size(); i > 1; --i)
      std::swap(strata[i - 1], strata[static_cast<std::size_t>(order.uniform() * static_cast<double>(i))]);
    RandomStream within(seed, static_cast<std::uint32_t>(number), Purpose::resampling, entity);
    const double u = (strata[static_cast<std::size_t>(number)] + within.uniform()) / of;
    world[input.input] = triangular_quantile(input, u);
  }
  return world;
}

}  // namespace berth
