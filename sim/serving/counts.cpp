#include "sim/serving/counts.h"

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

// A law as points of equal or finer weight: every halving of the distance to either end in 16 parts,
// down to 2^-24. Ascending in value; a point stands for the values around it.
std::vector<CdfPoint> points_of(const Distribution& law) {
  constexpr int kOctaves = 24, kParts = 16;
  std::vector<double> edges{0};
  for (int octave = kOctaves; octave >= 1; --octave)
    for (int i = 0; i < kParts; ++i)
      edges.push_back(std::ldexp(1 + double(i) / kParts, -octave - 1));
  std::vector<CdfPoint> points;
  const auto add = [&](double from, double to) {
    points.push_back({std::max(0.0, quantile(law, (from + to) / 2)), to - from});
  };
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) add(edges[i], edges[i + 1]);
  add(edges.back(), 0.5);
  add(0.5, 1 - edges.back());
  for (std::size_t i = edges.size() - 1; i > 0; --i) add(1 - edges[i], 1 - edges[i - 1]);
  return points;
}

// Where the density of a law gets thin, few values lie in a wide bucket: times are spread evenly.
double middle(double low, double high) { return high > 0 ? (low + high) / 2 : 0; }

}  // namespace

void TimeCounts::add_differences(std::span<const double> later, std::span<const double> earlier) {
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
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
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

WeightedHistogram latency_law(const ServingCounts& counts, const Distribution& service) {
  const std::vector<CdfPoint> points = points_of(service);
  WeightedHistogram law;
  counts.waits.for_each([&](double low, double high, std::int64_t n) {
    for (const auto& [value, probability] : points)
      law.record(middle(low, high) + value, static_cast<double>(n) * probability);
  });
  counts.latencies.for_each([&](double low, double high, std::int64_t n) {
    law.record(middle(low, high), static_cast<double>(n));
  });
  return law;
}

double share_within(const ServingCounts& counts, const Distribution& service, double limit) {
  if (counts.served() == 0) return 1;
  double within = share_of(counts.latencies, limit);
  // Inside a bucket of waits the mean of F(limit - w), by Simpson's rule.
  counts.waits.for_each([&](double low, double high, std::int64_t n) {
    const double sum = high > 0 ? (cdf(service, limit - low) +
                                   4 * cdf(service, limit - (low + high) / 2) +
                                   cdf(service, limit - high)) / 6
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
