#include "sim/serving/count_order.h"

namespace berth::serving {

void CountOrder::move(std::uint32_t pod, std::size_t place) {
  const std::uint32_t other = order_[place];
  const std::size_t from = place_[pod];
  order_[from] = other;
  place_[other] = from;
  order_[place] = pod;
  place_[pod] = place;
}

std::size_t CountOrder::end_of(std::uint32_t count) const {
  return count + 1 < begin_of_.size() ? begin_of_[count + 1] : order_.size();
}

// A newcomer goes last and then down, one count at a time.
void CountOrder::insert(std::uint32_t pod) {
  if (pod >= place_.size()) place_.resize(pod + 1), count_.resize(pod + 1);
  if (begin_of_.empty()) begin_of_.push_back(0);
  place_[pod] = order_.size();
  order_.push_back(pod);
  count_[pod] = static_cast<std::uint32_t>(begin_of_.size()) - 1;
  while (count_[pod] > 0) decrement(pod);
}

void CountOrder::remove(std::uint32_t pod) {
  while (count_[pod] + 1 < begin_of_.size()) increment(pod);
  move(pod, order_.size() - 1);
  order_.pop_back();
}

void CountOrder::increment(std::uint32_t pod) {
  const std::uint32_t count = count_[pod]++;
  if (count + 1 == begin_of_.size()) begin_of_.push_back(order_.size());
  move(pod, --begin_of_[count + 1]);
}

void CountOrder::decrement(std::uint32_t pod) {
  move(pod, begin_of_[count_[pod]]++);
  --count_[pod];
}

std::uint32_t CountOrder::any_of_fewest(FastRandom& random) const {
  const std::uint32_t fewest = count_[order_.front()];
  return order_[random.below(static_cast<std::uint32_t>(end_of(fewest)))];
}

}  // namespace berth::serving
