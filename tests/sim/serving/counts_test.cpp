#include "sim/serving/counts.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::serving {
namespace {

TEST_CASE("times are counted, summed and taken back", "[counts]") {
  TimeCounts times;
  for (double time : {0.0, 1e-12, 0.5, 2.0}) times.add(time);
  CHECK(times.count() == 4);
  CHECK(times.zeros() == 2);  // 1e-12 s is no time
  CHECK(times.sum() == Approx(2.5));
  times.remove(2.0);
  CHECK(times.mean() == Approx(0.5 / 3));
  times.add(1e9);  // beyond the last bucket: counted in it
  CHECK(times.count() == 4);
}

TEST_CASE("a bucket holds its time within 0.8 %", "[counts]") {
  for (double time : {1e-8, 3.3e-5, 0.0123, 1.0, 59.0, 86'400.0}) {
    TimeCounts times;
    times.add(time);
    times.for_each([&](double low, double high, std::int64_t n) {
      CHECK(n == 1);
      CHECK(low <= time);
      CHECK(time < high);
      CHECK(high - low <= low / 128 * (1 + 1e-12));
    });
  }
}

TEST_CASE("latency is wait plus service where waits were recorded", "[counts]") {
  // Half wait nothing, half 1 s; service exponential with mean 1:
  // P(latency <= 2) = ((1 - e^-2) + (1 - e^-1)) / 2.
  ServingCounts counts;
  for (int i = 0; i < 100; ++i) counts.waits.add(i % 2 == 0 ? 0 : 1);
  const double expected = (2 - std::exp(-2) - std::exp(-1)) / 2;
  CHECK(share_within(counts, exponential(1), 2) == Approx(expected).epsilon(2e-3));
  const WeightedHistogram law = latency_law(counts, exponential(1));
  CHECK(law.count() == Approx(100));
  CHECK(law.mean() == Approx(1.5).epsilon(5e-3));
  CHECK(law.share_at_most(2) == Approx(expected).epsilon(5e-3));
  // P(latency > t) = e^-t (1 + e) / 2 beyond 1: the 99th percentile is ln((1 + e) / 0.02) = 5.2247.
  CHECK(law.quantile(0.99) == Approx(std::log((1 + std::exp(1)) / 0.02)).epsilon(0.01));
}

TEST_CASE("recorded latencies stand for themselves", "[counts]") {
  ServingCounts counts;
  counts.latencies.add(3);
  counts.late_waits.add(1);
  counts.waits.add(0);
  CHECK(counts.served() == 2);
  CHECK(share_within(counts, constant(2), 2.5) == Approx(0.5));
  CHECK(wait_share_within(counts, 0.5) == Approx(0.5));
  CHECK(latency_law(counts, constant(2)).max() == Approx(3).epsilon(0.01));
}

TEST_CASE("two periods together are one", "[counts]") {
  ServingCounts one, other;
  one.waits.add(1);
  one.rejected = 2;
  other.waits.remove(1);  // its pod died in the next period
  other.latencies.add(4);
  one.merge(other);
  CHECK(one.served() == 1);
  CHECK(one.rejected == 2);
  CHECK(share_within(one, constant(1), 3) == 0);
}

TEST_CASE("quantiles of a law without waits are within 1 %, the median too", "[counts][oracle]") {
  ServingCounts counts;
  for (int i = 0; i < 1000; ++i) counts.waits.add(0);
  for (const Distribution& law :
       {exponential(1), lognormal_from_mean_cv(1, 1), lognormal_from_mean_cv(1, 3), lognormal_from_mean_cv(1, 10),
        gamma_from_mean_cv(1, 0.3)}) {
    const WeightedHistogram latency = latency_law(counts, law);
    for (const double p : {0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999}) {
      CAPTURE(p, quantile(law, p));
      CHECK(latency.quantile(p) == Approx(quantile(law, p)).epsilon(0.01));
    }
  }
}

}  // namespace
}  // namespace berth::serving
