#include "models/processor_sharing.h"

#include <algorithm>
#include <functional>

namespace berth {

BytesPerSecond SharedLink::rate() const {
  if (ends_.empty()) return {std::min(capacity_.rate, cap_.rate)};
  return {std::min(cap_.rate, capacity_.rate / static_cast<double>(ends_.size()))};
}

void SharedLink::advance(Seconds now) {
  // An idle link starts its virtual time anew, so that rounding does not grow over a long history.
  virtual_ = ends_.empty() ? 0 : virtual_ + (now - now_).count() * rate().rate;
  now_ = now;
}

SharedLink::Transfer SharedLink::begin(Seconds now, Bytes bytes) {
  advance(now);
  ends_.emplace_back(virtual_ + static_cast<double>(bytes.count), next_);
  std::ranges::push_heap(ends_, std::greater{});
  return next_++;
}

std::optional<Seconds> SharedLink::next_end() const {
  if (ends_.empty()) return std::nullopt;
  return now_ + Seconds{std::max(ends_.front().first - virtual_, 0.0) / rate().rate};
}

SharedLink::Transfer SharedLink::end_next() {
  const auto [end, transfer] = ends_.front();
  now_ = next_end().value_or(now_);
  virtual_ = std::max(virtual_, end);
  std::ranges::pop_heap(ends_, std::greater{});
  ends_.pop_back();
  return transfer;
}

bool SharedLink::cancel(Seconds now, Transfer transfer) {
  const auto found = std::ranges::find(ends_, transfer, &std::pair<double, Transfer>::second);
  if (found == ends_.end()) return false;
  advance(now);
  ends_.erase(found);
  std::ranges::make_heap(ends_, std::greater{});
  return true;
}

}  // namespace berth
