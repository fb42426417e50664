// What requests met: counts, and times in buckets 0.8 % wide (models/histogram.h's buckets, in a
// fixed array, so recording is a shift and an addition; memory does not grow with the requests).
//
//   wait     arrival to start of service
//   latency  arrival to end of service
//
// Where a request's wait does not depend on its own service time (FIFO, whatever the balancer),
// only the wait is recorded and P(latency <= x) = sum over waits w of n_w F_service(x - w) / n:
// exact, and far less noisy in the tail than counting latencies. Requests for which that does not
// hold (served by a pod that is still warming up, served again after their pod died, served in
// batches) are recorded by their latency. A request belongs to the period in which its service
// begins, or it is given up.
//
// A request that is taken back (its pod died under it) leaves a -1 at the latency that it would have had, or at
// its wait if it had not begun; periods that are merged add up.
//
// Times below 2^-27 s (7.5 ns) count as 0, those above 2^24 s (194 days) as that.
// Tested by tests/sim/serving/counts_test.cpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/histogram.h"

namespace berth::serving {

class TimeCounts {
 public:
  void add(double time) {
    ++counts_[use(bucket(time))];
    sum_ += time;
    ++n_;
  }
  void remove(double time) {
    --counts_[use(bucket(time))];
    sum_ -= time;
    --n_;
  }
  void add_differences(std::span<const double> later, std::span<const double> earlier);
  void merge(const TimeCounts& other);
  void clear();  // keeps its memory

  std::int64_t count() const { return n_; }
  std::int64_t zeros() const { return counts_.empty() ? 0 : counts_[0]; }
  double sum() const { return sum_; }
  double mean() const { return n_ == 0 ? 0 : sum_ / static_cast<double>(n_); }

  // Every bucket that holds something, in order: f(low, high, count); times of 0 as (0, 0, count).
  template <class F>
  void for_each(F f) const {
    if (counts_.empty()) return;
    if (counts_[0] != 0) f(0.0, 0.0, counts_[0]);
    for (std::size_t i = 1; i < used_; ++i)
      if (counts_[i] != 0) f(edge(i), edge(i + 1), counts_[i]);
  }

 private:
  static constexpr std::int64_t kFirst = std::int64_t{1023 - 27} << kBucketMantissaBits;
  static constexpr std::int64_t kBuckets = (std::int64_t{27 + 24} << kBucketMantissaBits) + 1;
  static double edge(std::size_t i) {
    return bucket_edge(kFirst - 1 + static_cast<std::int64_t>(i));
  }
  static std::size_t bucket(double time) {
    const auto key = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(time) >> kBucketShift);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(key - kFirst + 1, 0, kBuckets - 1));
  }

  void reserve() {
    if (counts_.empty()) [[unlikely]]
      counts_.resize(kBuckets);
  }
  std::size_t use(std::size_t bucket) {
    reserve();
    used_ = std::max(used_, bucket + 1);
    return bucket;
  }

  friend class WithinGoal;
  std::vector<std::int64_t> counts_;  // none before the first time: most kinds are never used
  std::size_t used_ = 0;              // the buckets from here on hold nothing
  double sum_ = 0;
  std::int64_t n_ = 0;
};

struct ServingCounts {
  std::int64_t arrived = 0;
  std::int64_t rejected = 0;   // the queue was full, or there was no pod to queue at
  std::int64_t abandoned = 0;  // the client's time-out ran out while waiting
  std::int64_t failed = 0;     // cut off with their pod and not tried again
  std::int64_t retried = 0;    // cut off with their pod and put back at the head of the queue
  double abandoned_wait = 0;   // seconds, all together
  double busy = 0;             // slot-seconds of the services begun
  TimeCounts waits;            // of those served, latency = wait + service
  TimeCounts latencies;        // of those served for which that is not so: latency itself
  TimeCounts late_waits;       // and their waits, up to the start of the service that ended
  std::int64_t batches = 0;    // where requests are served in batches

  std::int64_t served() const { return waits.count() + latencies.count(); }
  void merge(const ServingCounts& other);
  void clear();
};

// A law as points with weights that add up to 1, finer towards both ends: every halving of the
// distance to an end in so many parts, the first in `finer` times as many, the second in half of that, and so
// on: there parts are most of the probability, and a median would be a point. A convolution's time goes with
// their number.
std::vector<CdfPoint> weighted_points(const Distribution& law, int parts = 16, int finer = 8);

// Times in buckets as weights, each time counting `weight`.
void add_weighted(WeightedHistogram& to, const TimeCounts& times, double weight);
// The law of wait + service where the two are independent.
WeightedHistogram with_service(const WeightedHistogram& waits, std::span<const CdfPoint> service);
// The same with waits in buckets four times as wide: for a figure of a slice.
WeightedHistogram with_service_roughly(const WeightedHistogram& waits,
                                       std::span<const CdfPoint> service);
// The served requests' law of latency, and of it P(latency <= limit) without buckets in between.
WeightedHistogram latency_law(const ServingCounts& counts, const Distribution& service);
double share_within(const ServingCounts& counts, const Distribution& service, double limit);

// share_within for one law and limit again and again: what a bucket of waits contributes is worked
// out once. Waits below a 1024th of the limit count as one, at their mean.
class WithinGoal {
 public:
  WithinGoal(const Distribution& service, double limit);
  double share_of(const ServingCounts& counts);

 private:
  double of_bucket(double low, double high) const;

  Distribution service_;
  double limit_, at_once_;
  std::size_t first_ = 0;      // the bucket of limit / 1024
  std::vector<double> parts_;  // by bucket from `first_` on up to the limit; NaN: not asked for yet
};
// P(wait <= limit) of the served; spread evenly inside limit's bucket.
double wait_share_within(const ServingCounts& counts, double limit);

}  // namespace berth::serving
