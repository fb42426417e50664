#include "sim/serving/counts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace berth::serving {
namespace {

// The part of a bucket's times that are at or below the limit.
double part_within(double low, double high, double limit) {
  return limit >= high ? 1 : limit <= low ? 0 : (limit - low) / (high - low);
}

double share_of(const TimeCounts& times, double limit) {
  double within = 0;
  times.for_each([&](double low, double high, std::int64_t n) {
    within += static_cast<double>(n) * (high > 0 ? part_within(low, high, limit) : limit >= 0);
  });
  return within;
}

// Where the density of a law gets thin, few values lie in a wide bucket: times are spread evenly.
double middle(double low, double high) { return high > 0 ? (low + high) / 2 : 0; }

}  // namespace

void TimeCounts::add_differences(std::span<const double> later, std::span<const double> earlier) {
  reserve();
  std::int64_t* const counts = counts_.data();
  double sum = 0, most = 0;
  for (std::size_t i = 0; i < later.size(); ++i) {
    const double time = later[i] - earlier[i];
    ++counts[bucket(time)];
    sum += time;
    most = std::max(most, time);
  }
  if (!later.empty()) use(bucket(most));
  sum_ += sum;
  n_ += std::ssize(later);
}

void TimeCounts::merge(const TimeCounts& other) {
  if (!other.counts_.empty()) reserve();
  for (std::size_t i = 0; i < other.used_; ++i) counts_[i] += other.counts_[i];
  used_ = std::max(used_, other.used_);
  sum_ += other.sum_;
  n_ += other.n_;
}

void TimeCounts::clear() {
  std::ranges::fill(std::span(counts_).first(used_), 0);
  used_ = 0;
  sum_ = 0;
  n_ = 0;
}

void ServingCounts::clear() {
  arrived = rejected = abandoned = failed = retried = batches = 0;
  abandoned_wait = busy = 0;
  for (TimeCounts* times : {&waits, &latencies, &late_waits}) times->clear();
}

void ServingCounts::merge(const ServingCounts& other) {
  arrived += other.arrived;
  rejected += other.rejected;
  abandoned += other.abandoned;
  failed += other.failed;
  retried += other.retried;
  abandoned_wait += other.abandoned_wait;
  busy += other.busy;
  waits.merge(other.waits);
  latencies.merge(other.latencies);
  late_waits.merge(other.late_waits);
  batches += other.batches;
}

std::vector<CdfPoint> weighted_points(const Distribution& law, int parts, int finer) {
  constexpr int kOctaves = 24;
  std::vector<double> edges{0};
  for (int octave = kOctaves; octave >= 1; --octave) {
    const int here = parts * std::max(1, 2 * finer >> octave);
    for (int i = 0; i < here; ++i) edges.push_back(std::ldexp(1 + double(i) / here, -octave - 1));
  }
  edges.push_back(0.5);
  std::vector<CdfPoint> points;
  const auto add = [&](double from, double to) {
    points.push_back({std::max(0.0, quantile(law, (from + to) / 2)), to - from});
  };
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) add(edges[i], edges[i + 1]);
  for (std::size_t i = edges.size() - 1; i > 0; --i) add(1 - edges[i], 1 - edges[i - 1]);
  return points;
}

void add_weighted(WeightedHistogram& to, const TimeCounts& times, double weight) {
  times.for_each([&](double low, double high, std::int64_t n) {
    to.record(middle(low, high), static_cast<double>(n) * weight);
  });
}

namespace {

struct WeightedWait {
  double wait, weight;
};

// What lies far below the service times moves no quantile by being taken at its mean: all waits
// below a 512th of the median are one. The others `together` buckets at a time, at their mean.
std::vector<WeightedWait> waits_to_convolve(const WeightedHistogram& waits, double median,
                                            std::size_t together) {
  std::vector<WeightedWait> points;
  const auto& [offset, weights] = waits.buckets();
  const auto at = [&, from = offset](std::size_t i) {
    const std::int64_t bucket = from + static_cast<std::int64_t>(i);
    return middle(bucket_edge(bucket), bucket_edge(bucket + 1));
  };
  std::size_t begin = 0;
  while (begin < weights.size() && at(begin) < median / 512) ++begin;
  const auto add = [&](std::size_t from, std::size_t to) {
    double weight = 0, sum = 0;
    for (std::size_t i = from; i < to; ++i) weight += weights[i], sum += weights[i] * at(i);
    if (weight != 0) points.push_back({std::clamp(sum / weight, at(from), at(to - 1)), weight});
  };
  if (begin > 0) add(0, begin);
  for (std::size_t i = begin; i < weights.size(); i += together)
    add(i, std::min(i + together, weights.size()));
  return points;
}

WeightedHistogram convolved(const WeightedHistogram& waits, std::span<const CdfPoint> service,
                            std::size_t together) {
  WeightedHistogram law;
  if (waits.zeros() != 0)
    for (const auto& [value, probability] : service)
      law.record(value, waits.zeros() * probability);
  double reached = 0, median = service.back().value;
  for (const auto& [value, probability] : service)
    if ((reached += probability) >= 0.5) {
      median = value;
      break;
    }
  const std::vector<WeightedWait> points = waits_to_convolve(waits, median, together);
  if (points.empty()) return law;
  // One addition a pair, into buckets that are all there: every value is above 0 and known to lie
  // between the sums of the smallest and of the largest.
  const auto key = [](double x) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(x) >> kBucketShift);
  };
  const double least = points.front().wait + service.front().value;
  const double most = points.back().wait + service.back().value;
  WeightedHistogram::State state{.min = least, .max = most};
  state.buckets.offset = key(least);
  state.buckets.counts.resize(static_cast<std::size_t>(key(most) - key(least) + 1));
  double* const slots = state.buckets.counts.data();
  for (const auto& [wait, weight] : points)
    for (const auto& [value, probability] : service)
      slots[key(wait + value) - state.buckets.offset] += weight * probability;
  double whole = 0, mean = 0;
  for (const auto& [value, probability] : service)
    whole += probability, mean += probability * value;
  for (const auto& [wait, weight] : points) {
    state.weight += weight * whole;
    state.sum += weight * (wait * whole + mean);
  }
  law.merge(WeightedHistogram::from_state(std::move(state)));
  return law;
}

}  // namespace

WeightedHistogram with_service(const WeightedHistogram& waits, std::span<const CdfPoint> service) {
  return convolved(waits, service, 1);
}

WeightedHistogram with_service_roughly(const WeightedHistogram& waits,
                                       std::span<const CdfPoint> service) {
  return convolved(waits, service, 4);
}

WeightedHistogram latency_law(const ServingCounts& counts, const Distribution& service) {
  WeightedHistogram waits, latencies;
  add_weighted(waits, counts.waits, 1);
  add_weighted(latencies, counts.latencies, 1);
  WeightedHistogram law = with_service(waits, weighted_points(service));
  law.merge(latencies);
  return law;
}

WithinGoal::WithinGoal(const Distribution& service, double limit)
    : service_(service),
      limit_(limit),
      at_once_(cdf(service, limit)),
      first_(TimeCounts::bucket(limit / 1024)) {}

// Inside a bucket of waits the mean of F(limit - w), by Simpson's rule.
double WithinGoal::of_bucket(double low, double high) const {
  return (cdf(service_, limit_ - low) + 4 * cdf(service_, limit_ - (low + high) / 2) +
          cdf(service_, limit_ - high)) /
         6;
}

double WithinGoal::share_of(const ServingCounts& counts) {
  if (counts.served() == 0) return 1;
  double within = serving::share_of(counts.latencies, limit_);
  const auto& waits = counts.waits.counts_;
  if (waits.empty()) return within / static_cast<double>(counts.served());
  within += static_cast<double>(waits[0]) * at_once_;
  double short_waits = 0, short_sum = 0;
  for (std::size_t i = 1; i < first_; ++i) {
    const double n = static_cast<double>(waits[i]);
    short_waits += n;
    if (n != 0) short_sum += n * middle(TimeCounts::edge(i), TimeCounts::edge(i + 1));
  }
  if (short_waits != 0) within += short_waits * cdf(service_, limit_ - short_sum / short_waits);
  const std::size_t goal = TimeCounts::bucket(limit_) + 1;
  const std::size_t end = std::min(goal, counts.waits.used_);
  for (std::size_t i = std::max<std::size_t>(first_, 1); i < end; ++i) {
    if (waits[i] == 0) continue;
    if (parts_.empty()) parts_.assign(goal - first_, std::numeric_limits<double>::quiet_NaN());
    double& part = parts_[i - first_];
    if (std::isnan(part)) part = of_bucket(TimeCounts::edge(i), TimeCounts::edge(i + 1));
    within += static_cast<double>(waits[i]) * part;
  }
  return within / static_cast<double>(counts.served());
}

double share_within(const ServingCounts& counts, const Distribution& service, double limit) {
  return WithinGoal(service, limit).share_of(counts);
}

double wait_share_within(const ServingCounts& counts, double limit) {
  if (counts.served() == 0) return 1;
  return (share_of(counts.waits, limit) + share_of(counts.late_waits, limit)) /
         static_cast<double>(counts.served());
}

}  // namespace berth::serving
