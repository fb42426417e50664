#include "models/processor_sharing.h"

#include <algorithm>
#include <functional>

namespace berth {

void SharedLink::advance(Seconds now) {
  // An idle class starts its virtual time anew, so that rounding does not grow over a long history.
  for (Class& c : classes_)
    c.moved = c.ends.empty() ? 0 : c.moved + (now - now_).count() * c.rate;
  now_ = now;
}

// From the smallest cap up: whoever asks for less than an equal part of what is left gets his cap.
void SharedLink::share() {
  double left = capacity_.rate;
  auto waiting = static_cast<double>(transfers_);
  for (Class& c : classes_) {
    if (c.ends.empty()) continue;
    const auto own = static_cast<double>(c.ends.size());
    c.rate = std::min(c.cap, left / waiting);
    left -= c.rate * own;
    waiting -= own;
  }
}

SharedLink::Transfer SharedLink::begin(Seconds now, Bytes bytes, BytesPerSecond cap) {
  advance(now);
  auto place = std::ranges::lower_bound(classes_, cap.rate, {}, &Class::cap);
  if (place == classes_.end() || place->cap != cap.rate)
    place = classes_.insert(place, Class{.cap = cap.rate});
  place->ends.emplace_back(place->moved + static_cast<double>(bytes.count), next_);
  std::ranges::push_heap(place->ends, std::greater{});
  ++transfers_;
  share();
  return next_++;
}

const SharedLink::Class* SharedLink::next_class() const {
  const Class* next = nullptr;
  const auto rank = [this](const Class& c) {
    return std::pair(seconds_left(c), c.ends.front().second);
  };
  for (const Class& c : classes_)
    if (!c.ends.empty() && (next == nullptr || rank(c) < rank(*next))) next = &c;
  return next;
}

std::optional<Seconds> SharedLink::next_end() const {
  const Class* next = next_class();
  if (next == nullptr) return std::nullopt;
  return now_ + Seconds{std::max(seconds_left(*next), 0.0)};
}

SharedLink::Transfer SharedLink::end_next() {
  Class& next = classes_[static_cast<std::size_t>(next_class() - classes_.data())];
  const auto [end, transfer] = next.ends.front();
  advance(*next_end());
  next.moved = std::max(next.moved, end);
  std::ranges::pop_heap(next.ends, std::greater{});
  next.ends.pop_back();
  --transfers_;
  share();
  return transfer;
}

double SharedLink::left(Seconds now, Transfer transfer) const {
  for (const Class& c : classes_) {
    const auto found = std::ranges::find(c.ends, transfer, &End::second);
    if (found != c.ends.end())
      return std::max(found->first - c.moved - c.rate * (now - now_).count(), 0.0);
  }
  return 0;
}

bool SharedLink::cancel(Seconds now, Transfer transfer) {
  for (Class& c : classes_) {
    const auto found = std::ranges::find(c.ends, transfer, &End::second);
    if (found == c.ends.end()) continue;
    advance(now);
    c.ends.erase(found);
    std::ranges::make_heap(c.ends, std::greater{});
    --transfers_;
    share();
    return true;
  }
  return false;
}

}  // namespace berth
