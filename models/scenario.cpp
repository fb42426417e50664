#include "models/scenario.h"

#include <algorithm>

namespace berth {

double TrainingClass::speed_on(TypeId type) const {
  const auto found = std::ranges::find(speeds, type, &TypeSpeed::type);
  return found == speeds.end() ? 1.0 : found->factor;
}

const std::string& name_of(const Platform& platform) {
  return std::visit([](const auto& p) -> const std::string& { return p.name; }, platform);
}

}  // namespace berth
