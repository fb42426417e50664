#include "sim/serving/counts.h"

#include <algorithm>
#include <cmath>

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
  double sum = 0;
  for (std::size_t i = 0; i < later.size(); ++i) {
    const double time = later[i] - earlier[i];
    ++counts[bucket(time)];
    sum += time;
  }
  sum_ += sum;
  n_ += std::ssize(later);
}

void TimeCounts::merge(const TimeCounts& other) {
  if (!other.counts_.empty()) reserve();
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  sum_ += other.sum_;
  n_ += other.n_;
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

std::vector<CdfPoint> weighted_points(const Distribution& law, int parts) {
  constexpr int kOctaves = 24;
  std::vector<double> edges{0};
  for (int octave = kOctaves; octave >= 1; --octave)
    for (int i = 0; i < parts; ++i) edges.push_back(std::ldexp(1 + double(i) / parts, -octave - 1));
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

WeightedHistogram with_service(const WeightedHistogram& waits, std::span<const CdfPoint> service) {
  WeightedHistogram law;
  const auto add = [&](double wait, double weight) {
    for (const auto& [value, probability] : service) law.record(wait + value, weight * probability);
  };
  add(0, waits.zeros());
  const auto& [offset, weights] = waits.buckets();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t bucket = offset + static_cast<std::int64_t>(i);
    if (weights[i] > 0) add(middle(bucket_edge(bucket), bucket_edge(bucket + 1)), weights[i]);
  }
  return law;
}

WeightedHistogram with_service_roughly(const WeightedHistogram& waits,
                                       std::span<const CdfPoint> service) {
  constexpr std::size_t kTogether = 4;
  WeightedHistogram law;
  const auto add = [&](double wait, double weight) {
    for (const auto& [value, probability] : service) law.record(wait + value, weight * probability);
  };
  if (waits.zeros() > 0) add(0, waits.zeros());
  const auto& [offset, weights] = waits.buckets();
  for (std::size_t i = 0; i < weights.size(); i += kTogether) {
    const std::size_t end = std::min(i + kTogether, weights.size());
    double weight = 0, sum = 0;
    for (std::size_t j = i; j < end; ++j) {
      const std::int64_t bucket = offset + static_cast<std::int64_t>(j);
      weight += weights[j];
      sum += weights[j] * middle(bucket_edge(bucket), bucket_edge(bucket + 1));
    }
    if (weight > 0) add(sum / weight, weight);
  }
  return law;
}

WeightedHistogram latency_law(const ServingCounts& counts, const Distribution& service) {
  WeightedHistogram waits, latencies;
  add_weighted(waits, counts.waits, 1);
  add_weighted(latencies, counts.latencies, 1);
  WeightedHistogram law = with_service(waits, weighted_points(service));
  law.merge(latencies);
  return law;
}

double share_within(const ServingCounts& counts, const Distribution& service, double limit) {
  if (counts.served() == 0) return 1;
  double within = share_of(counts.latencies, limit);
  // Inside a bucket of waits the mean of F(limit - w), by Simpson's rule.
  counts.waits.for_each([&](double low, double high, std::int64_t n) {
    const double sum =
        high > 0 ? (cdf(service, limit - low) + 4 * cdf(service, limit - (low + high) / 2) +
                    cdf(service, limit - high)) /
                       6
                 : cdf(service, limit);
    within += static_cast<double>(n) * sum;
  });
  return within / static_cast<double>(counts.served());
}

double wait_share_within(const ServingCounts& counts, double limit) {
  if (counts.served() == 0) return 1;
  return (share_of(counts.waits, limit) + share_of(counts.late_waits, limit)) /
         static_cast<double>(counts.served());
}

}  // namespace berth::serving
