#include "models/serving/scrapes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/fetch_ahead.h"

namespace berth {
namespace {
constexpr double kRounding = 1e-6;   // of a quotient of two durations
constexpr Seconds kDateError{1e-6};  // of a date that durations add up to
}  // namespace

Scrapes::Scrapes(const MetricPipeline& pipeline) : pipeline_(pipeline) {
  const auto scrapes = [&](Seconds s) {
    return static_cast<std::size_t>(std::ceil(s / pipeline.resolution - kRounding));
  };
  // The last one is younger than the delay by less than its own period.
  ring_.resize(scrapes(pipeline.delay) + scrapes(pipeline.window) + 1);
}

// Rows of all scrapes move apart.
void Scrapes::make_room(std::size_t pods) {
  const std::size_t room = std::max(pods, room_ + room_ / 2);
  std::vector<Pod> wider(ring_.size() * room);
  for (std::size_t i = 0; i < ring_.size(); ++i)
    std::ranges::copy(pods_of(i), wider.begin() + static_cast<std::ptrdiff_t>(i * room));
  pods_ = std::move(wider);
  room_ = room;
}

void Scrapes::take(const ServiceSeen& seen, Seconds now) {
  if (seen.pods.size() > room_) make_room(seen.pods.size());
  Scrape& scrape = ring_[next_];
  Pod* const row = pods_.data() + next_ * room_;
  next_ = next_ + 1 < ring_.size() ? next_ + 1 : 0;
  scrape.at = now;
  scrape.total = seen.total;
  Pod* known = row;
  for (const PodSeen& pod : seen.pods)
    if (pod.containers_since) *known++ = {pod.pod.id, *pod.containers_since, pod.use};
  scrape.pods = static_cast<std::size_t>(known - row);
}

std::size_t Scrapes::youngest_by(Seconds time) const {
  std::size_t place = next_;
  for (std::size_t age = 0; age < ring_.size(); ++age) {
    place = (place > 0 ? place : ring_.size()) - 1;
    if (ring_[place].at < Seconds{0}) break;  // not taken yet: nor were those before it
    if (ring_[place].at <= time) return place;
  }
  return ring_.size();
}

std::size_t Scrapes::before(std::size_t newest) const {
  return youngest_by(ring_[newest].at - pipeline_.window + kDateError);
}

void Scrapes::fetch() const {
  fetch_elements(ring_, 128);
  fetch_elements(pods_, 1024);
}

std::optional<Scrapes::Difference> Scrapes::total(Seconds now) const {
  const std::size_t last = newest(now);
  if (last == ring_.size()) return std::nullopt;
  const std::size_t first = before(last);
  if (first == ring_.size()) return std::nullopt;
  return Difference{ring_[last].total - ring_[first].total, ring_[last].at - ring_[first].at};
}

}  // namespace berth
