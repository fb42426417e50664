#include "planner/world.h"

#include <algorithm>
#include <cmath>

#include "models/job_graph.h"
#include "models/overloaded.h"
#include "models/random_stream.h"

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

void scale_jobs(std::vector<TrainingClass>& classes, double f) {
  for (TrainingClass& work : classes)
    std::visit(Overloaded{[f](Every& x) {
                            x.interval /= f;
                            x.offset /= f;
                            x.jitter = std::min(x.jitter, x.interval);
                          },
                          [f](Poisson& x) { x.rate = x.rate.scaled(f); }, [](auto&) {}},
               work.schedule);
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

void stretch_startup(SageMaker& platform, double f) {
  for (Distribution* law :
       {&platform.launch_cpu, &platform.launch_gpu, &platform.capacity_retry_cpu,
        &platform.capacity_retry_gpu, &platform.data_overhead_cpu, &platform.data_overhead_gpu,
        &platform.endpoint_creation_cpu, &platform.endpoint_creation_gpu})
    stretch(*law, f);
}

void stretch_startup(Cluster& cluster, double f) {
  for (Distribution* law : {&cluster.node_boot_cpu, &cluster.node_boot_gpu, &cluster.pod_overhead})
    stretch(*law, f);
}

}  // namespace

Scenario in_world(const Scenario& scenario, const PlanWorld& world) {
  Scenario out = scenario;
  if (const double f = world[WorldInput::demand]; f != 1)
    for (Service& service : out.services) service.demand = service.demand.scaled(f);
  if (const double f = world[WorldInput::jobs]; f != 1) scale_jobs(out.training, f);
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
  for (ToilActivity& activity : out.people.activities)
    activity.hours_per_month *= world[WorldInput::toil];
  out.people.hour.rate *= world[WorldInput::hour_price];
  return out;
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

PlanWorld sampled_world(std::span<const UncertainInput> inputs, std::uint64_t seed, int number) {
  PlanWorld world;
  for (const UncertainInput& input : inputs) {
    RandomStream stream(seed, static_cast<std::uint32_t>(number), Purpose::resampling,
                        1000 + static_cast<std::uint64_t>(input.input));
    world[input.input] = triangular_quantile(input, stream.uniform());
  }
  return world;
}

}  // namespace berth
