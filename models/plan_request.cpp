#include "models/plan_request.h"

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

}  // namespace berth
