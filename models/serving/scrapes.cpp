#include "models/serving/scrapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/fetch_ahead.h"

namespace berth {
namespace {
constexpr double kRounding = 1e-6;   // of a quotient of two durations
constexpr Seconds kDateError{1e-6};  // of a date that durations add up to
}  // namespace

Scrapes::Scrapes(const MetricPipeline& pipeline, std::span<const ServiceMetric> metrics,
                 bool all_counters)
    : pipeline_(pipeline) {
  const auto scrapes = [&](Seconds s) {
    return static_cast<std::size_t>(std::ceil(s / pipeline.resolution - kRounding));
  };
  // The last one is younger than the delay by less than its own period.
  ring_.resize(scrapes(pipeline.delay) + scrapes(pipeline.window) + 1);
  const auto any = [&](Measure what) {
    return std::ranges::find(metrics, what, &ServiceMetric::what) != metrics.end();
  };
  if (any(Measure::total_rate)) totals_.resize(ring_.size());
  if (all_counters || any(Measure::concurrency)) return;
  if (!any(Measure::requests_per_second)) only_ = &UseCounters::busy;
  if (!any(Measure::cpu) && !any(Measure::container_cpu)) only_ = &UseCounters::requests;
}

// Rows of all scrapes move apart.
void Scrapes::make_room(std::size_t pods) {
  const std::size_t room = std::max(pods, room_ + room_ / 2);
  const auto widen = [&](auto& rows, std::size_t each) {
    std::decay_t<decltype(rows)> wider(ring_.size() * room * each);
    for (std::size_t i = 0; i < ring_.size(); ++i)
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * room_ * each), ring_[i].pods * each,
                  wider.begin() + static_cast<std::ptrdiff_t>(i * room * each));
    rows = std::move(wider);
  };
  widen(pods_, 1);
  widen(counters_, width());
  room_ = room;
}

void Scrapes::take(const ServiceSeen& seen, Seconds now) {
  if (seen.pods.size() > room_) make_room(seen.pods.size());
  Scrape& scrape = ring_[next_];
  Pod* const row = pods_.data() + next_ * room_;
  double* kept = counters_.data() + next_ * room_ * width();
  if (!totals_.empty()) totals_[next_] = seen.total;
  next_ = next_ + 1 < ring_.size() ? next_ + 1 : 0;
  scrape.at = now;
  Pod* known = row;
  for (const PodSeen& pod : seen.pods) {
    if (!pod.containers_since) continue;
    *known++ = {pod.pod.id, *pod.containers_since};
    if (only_ != nullptr)
      *kept++ = pod.use.*only_;
    else
      kept = std::ranges::copy(std::array{pod.use.busy, pod.use.waiting, pod.use.requests}, kept).out;
  }
  scrape.pods = static_cast<std::uint32_t>(known - row);
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

void Scrapes::fetch_behind() const {
  fetch_elements(ring_, 64);
  fetch_elements(pods_, 512);
  fetch_elements(counters_, 512);
}

std::optional<Scrapes::Difference> Scrapes::total(Seconds now) const {
  if (totals_.empty()) return std::nullopt;
  const std::size_t last = newest(now);
  if (last == ring_.size()) return std::nullopt;
  const std::size_t first = before(last);
  if (first == ring_.size()) return std::nullopt;
  return Difference{totals_[last] - totals_[first], ring_[last].at - ring_[first].at};
}

}  // namespace berth
