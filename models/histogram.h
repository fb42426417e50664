// How often which value came up (latencies, waits, run times), without keeping the values.
//
// A bucket is all doubles that share their sign, exponent and first 7 mantissa bits, so finding it
// is a shift of the bits and its width is at most 1/128 = 0.8 % of its lower edge. Zero has a count
// of its own (many requests do not wait at all). Memory follows the range of values seen: 1 KiB an
// octave.
//
// Counts are integers and the sum is kept exactly (one wide integer per power of two), so merging
// the parts of a run gives the same bits in any order and for any number of workers.
//
// A WeightedHistogram is the same for fluid slices, which stand for fractions of requests and know
// their law instead of single values: weights are doubles, so parts must be merged in a fixed order.
//
// Values are finite and not negative; anything else throws. Tested by tests/models/histogram_test.cpp.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace berth {

// A point of a distribution function: P(X <= value) = probability.
struct CdfPoint {
  double value = 0, probability = 0;
};

// Bucket i counts values in [bucket_edge(offset + i), bucket_edge(offset + i + 1)).
template <class Weight>
struct Buckets {
  std::int64_t offset = 0;
  std::vector<Weight> counts;
  bool operator==(const Buckets&) const = default;
};
inline constexpr int kBucketMantissaBits = 7;
inline constexpr int kBucketShift = 52 - kBucketMantissaBits;
inline double bucket_edge(std::int64_t bucket) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(bucket) << kBucketShift);
}

class Histogram {
 public:
  void record(double value, std::uint64_t n = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t zeros() const { return zeros_; }
  double min() const { return min_; }  // 0 when empty
  double max() const { return max_; }
  double sum() const;
  double mean() const;  // 0 when empty
  // The value at rank ceil(p * count), spread evenly inside its bucket; within 0.8 %, never outside
  // [min, max]; 0 when empty.
  double quantile(double p) const;
  // The part of the values at or below the limit, spread evenly inside the limit's bucket.
  double share_at_most(double limit) const;

  const Buckets<std::uint64_t>& buckets() const { return buckets_; }

  // Everything, for writing to a pipe or a file and back.
  struct WideCount {
    std::uint64_t low = 0, high = 0;
    bool operator==(const WideCount&) const = default;
  };
  struct State {
    Buckets<std::uint64_t> buckets;
    std::uint64_t zeros = 0;
    double min = 0, max = 0;
    std::int64_t sums_offset = 0;
    std::vector<WideCount> sums;  // per power of two: the sum of 53-bit mantissas
    bool operator==(const State&) const = default;
  };
  State state() const;
  static Histogram from_state(const State& state);
  bool operator==(const Histogram& other) const { return state() == other.state(); }

 private:
  void add_to_sum(std::uint64_t bits, std::uint64_t n);

  Buckets<std::uint64_t> buckets_;
  std::int64_t sums_offset_ = 0;
  std::vector<WideCount> sums_;
  std::uint64_t count_ = 0, zeros_ = 0;
  double min_ = 0, max_ = 0;
};

class WeightedHistogram {
 public:
  // A weight below 0 takes back what was recorded, here or in a part that is merged with this one.
  void record(double value, double weight);
  // The weight spread over a law given as ascending points: evenly between two points, so that the
  // distribution function is a straight line there; at or before the first point it lies at the
  // first, after the last at the last. Between a point and one more than 1024 times as large, what
  // is below a 1024th of the larger lies at one value: no run of thousands of near-empty buckets.
  void record_curve(std::span<const CdfPoint> law, double weight);
  void merge(const WeightedHistogram& other);
  void clear();  // as new; its memory is kept

  double count() const { return state_.weight; }  // the weight of everything recorded
  double zeros() const { return state_.zeros; }
  double min() const { return state_.min; }  // 0 when empty
  double max() const { return state_.max; }
  double sum() const { return state_.sum; }
  double mean() const { return state_.weight > 0 ? state_.sum / state_.weight : 0; }
  double quantile(double p) const;
  double share_at_most(double limit) const;
  const Buckets<double>& buckets() const { return state_.buckets; }

  struct State {
    Buckets<double> buckets;
    double weight = 0, zeros = 0, sum = 0, min = 0, max = 0;
    bool operator==(const State&) const = default;
  };
  const State& state() const { return state_; }
  static WeightedHistogram from_state(State state);
  bool operator==(const WeightedHistogram&) const = default;

 private:
  bool has_range() const { return state_.max > 0 || state_.zeros > 0; }
  void count_in(double low, double high, double weight);
  void put(double value, double weight);
  void spread(double from, double to, double weight);

  State state_;
};

}  // namespace berth
