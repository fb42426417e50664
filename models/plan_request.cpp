#include "models/plan_request.h"

#include <algorithm>
#include <array>

namespace berth {

std::string_view name_of(Objective objective) {
  switch (objective) {
    case Objective::cost:
      return "cost";
    case Objective::marginal_cost:
      return "marginal_cost";
    case Objective::start_latency:
      return "start_latency";
    case Objective::serving_p99:
      return "serving_p99";
  }
  return "";
}

std::string_view name_of(WorldInput input) {
  static constexpr std::array<std::string_view, kWorldInputs> names{
      "demand",     "jobs",          "image_size",      "sagemaker_startup", "kubernetes_startup",
      "spot_price", "spot_reclaims", "sagemaker_price", "ec2_price",         "toil",
      "hour_price"};
  return names[static_cast<std::size_t>(input)];
}

namespace {

// A single model on cron cannot run one and a half times, and who comes after it comes as often.
bool is_fixed(const TrainingClass& work) {
  if (std::holds_alternative<After>(work.schedule)) return true;
  return std::holds_alternative<Cron>(work.schedule) && work.models < 2;
}

bool may_be_spot(const Scenario& scenario, const PlanRequest& request) {
  const auto spot = [](const auto& one) { return one.offering == Offering::spot; };
  const bool on_nodes = std::ranges::any_of(scenario.platforms, [&](const Platform& platform) {
    const auto* cluster = std::get_if<Cluster>(&platform);
    return cluster != nullptr && std::ranges::any_of(cluster->pools, spot);
  });
  const bool placed = std::ranges::any_of(scenario.placements, [&](const Placement& placement) {
    return std::ranges::any_of(placement.training, spot);
  });
  const bool free = std::ranges::any_of(request.training, [](const auto& rule) {
    const auto& offerings = rule.levers.offerings;
    return std::ranges::find(offerings, Offering::spot) != offerings.end();
  });
  return on_nodes || placed || free ||
         std::ranges::any_of(scenario.training,
                             [](const TrainingClass& work) { return work.checkpoint.has_value(); });
}

template <class Kind>
bool has(const Scenario& scenario) {
  return std::ranges::any_of(scenario.platforms, [](const Platform& platform) {
    return std::holds_alternative<Kind>(platform);
  });
}

}  // namespace

std::string unreached(const Scenario& scenario, const PlanRequest& request, WorldInput input) {
  switch (input) {
    case WorldInput::demand:
      return scenario.services.empty() ? "the scenario serves nothing" : "";
    case WorldInput::jobs:
      if (scenario.training.empty()) return "the scenario trains nothing";
      return std::ranges::all_of(scenario.training, is_fixed)
                 ? "every class is one model on cron, and models are whole"
                 : "";
    case WorldInput::image_size:
      return scenario.images.empty() ? "the scenario has no image" : "";
    case WorldInput::sagemaker_startup:
    case WorldInput::sagemaker_price:
      return has<SageMaker>(scenario) ? "" : "SageMaker is none of the platforms";
    case WorldInput::kubernetes_startup:
    case WorldInput::ec2_price:
      return has<Cluster>(scenario) ? "" : "no platform is a cluster";
    case WorldInput::spot_price:
    case WorldInput::spot_reclaims:
      return may_be_spot(scenario, request) ? "" : "nothing runs on spot machines, or may";
    case WorldInput::toil:
      return scenario.people.activities.empty() ? "the scenario lists no work of people" : "";
    case WorldInput::hour_price:
      return scenario.people.hour.rate == 0 ? "an hour of people costs nothing" : "";
  }
  return "";
}

}  // namespace berth
