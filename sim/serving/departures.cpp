#include "sim/serving/departures.h"

#include <functional>
#include <utility>

namespace berth::serving {

void Departures::spread(double service, std::size_t slots) {
  constexpr std::size_t kServices = 8;  // mean service times that lie in the ring
  const std::vector<Departure> kept = all();
  const double now = static_cast<double>(cursor_) / per_second_;
  slots = std::bit_ceil(std::clamp<std::size_t>(slots, 8, std::size_t{1} << 16));
  per_second_ = static_cast<double>(slots) / std::max(service, 1e-9);
  heads_.assign(kServices * slots, kNone);
  nodes_.clear();
  far_.clear();
  unused_ = kNone;
  near_ = 0;
  first_far_ = kNoTick;
  cursor_ = tick_of(now);
  for (const auto& [at, pod] : kept) add(at, pod);
}

std::vector<Departures::Departure> Departures::all() const {
  std::vector<Departure> found = far_;
  for (const std::uint32_t head : heads_)
    for (std::uint32_t i = head; i != kNone; i = nodes_[i].next)
      found.push_back({nodes_[i].at, nodes_[i].pod});
  return found;
}

void Departures::forget(std::uint32_t pod) {
  for (std::uint32_t& head : heads_)
    for (std::uint32_t* place = &head; *place != kNone;) {
      Node& node = nodes_[*place];
      if (node.pod != pod) {
        place = &node.next;
        continue;
      }
      const std::uint32_t gone = *place;
      *place = node.next;
      node.next = std::exchange(unused_, gone);
      --near_;
    }
  std::erase_if(far_, [&](const Departure& one) { return one.pod == pod; });
  std::ranges::make_heap(far_, std::greater{}, &Departure::at);
  first_far_ = far_.empty() ? kNoTick : tick_of(far_.front().at);
}

void Departures::more_nodes() {
  unused_ = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({0, 0, kNone});
}

void Departures::put_far(const Departure& departure) {
  far_.push_back(departure);
  std::ranges::push_heap(far_, std::greater{}, &Departure::at);
  first_far_ = tick_of(far_.front().at);
}

void Departures::bring_near() {
  while (!far_.empty()) {
    const Departure next = far_.front();
    const std::uint64_t tick = std::max(tick_of(next.at), cursor_);
    if (tick - cursor_ >= heads_.size()) break;
    std::ranges::pop_heap(far_, std::greater{}, &Departure::at);
    far_.pop_back();
    put(tick, next.at, next.pod);
  }
  first_far_ = far_.empty() ? kNoTick : tick_of(far_.front().at);
}

}  // namespace berth::serving
