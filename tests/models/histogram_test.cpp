#include "models/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "models/distribution.h"
#include "models/queueing/stationary.h"

namespace berth {
namespace {

std::vector<double> lognormal_values(int n) {
  const Distribution law = lognormal_from_mean_cv(0.05, 2);
  RandomStream stream(5, 0, Purpose::service, 0);
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(sample(law, stream));
  return values;
}

TEST_CASE("a quantile is within 0.8 % of the one of the sorted values", "[histogram]") {
  std::vector<double> values = lognormal_values(20'000);
  Histogram histogram;
  for (double value : values) histogram.record(value);
  std::ranges::sort(values);
  for (double p : {0.001, 0.5, 0.95, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p * 20'000));
    CHECK(histogram.quantile(p) == Approx(values[rank - 1]).epsilon(1.0 / 128));
  }
  CHECK(histogram.quantile(0) == Approx(values.front()).epsilon(1.0 / 128));
  CHECK(histogram.quantile(1) == Approx(values.back()).epsilon(1.0 / 128));
  CHECK(histogram.min() == values.front());
  CHECK(histogram.max() == values.back());
}

TEST_CASE("parts merge to the whole, bit for bit, in any order", "[histogram]") {
  const std::vector<double> values = lognormal_values(3'000);
  Histogram whole, first, second;
  for (std::size_t i = 0; i < values.size(); ++i) {
    whole.record(values[i]);
    (i % 3 == 0 ? first : second).record(values[i]);
  }
  Histogram forward = first, backward = second;
  forward.merge(second);
  backward.merge(first);
  CHECK(forward == whole);
  CHECK(backward == whole);
  CHECK(forward.sum() == whole.sum());
  CHECK(Histogram::from_state(whole.state()) == whole);
  CHECK(Histogram::from_state(whole.state()).count() == 3'000);
}

TEST_CASE("the sum is exact where adding doubles is not", "[histogram]") {
  Histogram histogram;
  histogram.record(0x1p60);
  for (int i = 0; i < 1024; ++i) histogram.record(0.125);  // each is lost when added to 2^60
  CHECK(histogram.sum() == 0x1p60 + 128);                  // representable: 2^60 has steps of 256
  histogram.record(128);
  CHECK(histogram.sum() == 0x1p60 + 256);
}

TEST_CASE("zeros are counted apart", "[histogram]") {
  Histogram histogram;
  histogram.record(0, 90);
  histogram.record(2, 10);
  CHECK(histogram.zeros() == 90);
  CHECK(histogram.quantile(0.9) == 0);
  CHECK(histogram.quantile(0.91) == Approx(2).epsilon(1.0 / 128));
  CHECK(histogram.mean() == 0.2);
  CHECK(histogram.share_at_most(0) == 0.9);
  CHECK(histogram.share_at_most(1.9) == 0.9);
  CHECK(histogram.share_at_most(2) == 1);
}

TEST_CASE("memory follows the range of values", "[histogram]") {
  Histogram histogram;
  for (int i = 0; i < 1000; ++i) histogram.record(1.0 + i / 1000.0);
  CHECK(histogram.buckets().counts.size() == 128);  // one octave
  histogram.record(0.5);
  CHECK(histogram.buckets().counts.size() == 256);
  CHECK(bucket_edge(histogram.buckets().offset) == 0.5);
}

TEST_CASE("a law carries a weight instead of values", "[histogram]") {
  // Exponential of mean 1, the weight of 5000.5 requests, 400 points.
  std::vector<CdfPoint> law;
  for (int i = 0; i <= 400; ++i) law.push_back({i * 0.03, -std::expm1(-i * 0.03)});
  WeightedHistogram histogram;
  histogram.record_curve(law, 5'000.5);
  CHECK(histogram.count() == Approx(5'000.5));
  CHECK(histogram.mean() == Approx(1).epsilon(0.002));
  CHECK(histogram.quantile(0.5) == Approx(std::log(2.0)).epsilon(0.03));
  CHECK(histogram.share_at_most(3) == Approx(1 - std::exp(-3.0)).epsilon(0.01));

  WeightedHistogram waits;  // three in four do not wait
  waits.record_curve(std::vector<CdfPoint>{{0, 0.75}, {2, 1}}, 8);
  CHECK(waits.zeros() == 6);
  CHECK(waits.mean() == 0.25);
  CHECK(waits.quantile(0.75) == 0);
  // 0.01 of 0.25 into the quarter that lies evenly on (0, 2].
  CHECK(waits.quantile(0.76) == Approx(0.08).epsilon(1.0 / 128));
  CHECK(waits.share_at_most(1) == Approx(0.875).epsilon(1e-3));
}

TEST_CASE("a recorded law gives its quantiles and shares back", "[histogram]") {
  // Points as far apart as the stationary laws have them: 160 evenly in z over +-5.2.
  const double cv = GENERATE(0.1, 0.5, 1.0, 3.0);
  CAPTURE(cv);
  const Distribution lognormal = lognormal_from_mean_cv(0.05, cv);
  WeightedHistogram histogram;
  histogram.record_curve(queueing::service_law(lognormal).points, 250);
  for (const double p : {0.01, 0.5, 0.95, 0.99, 0.999}) {
    CHECK(histogram.quantile(p) == Approx(quantile(lognormal, p)).epsilon(0.01));
    CHECK(histogram.share_at_most(histogram.quantile(p)) == Approx(p).epsilon(1e-9));
  }
  CHECK(histogram.mean() == Approx(0.05).epsilon(0.01));
}

TEST_CASE("between two points a law is a straight line, however far apart they are", "[histogram]") {
  WeightedHistogram histogram;
  histogram.record_curve(std::vector<CdfPoint>{{1, 0}, {5, 1}}, 8);  // even on [1, 5]
  CHECK(histogram.count() == 8);
  CHECK(histogram.mean() == 3);
  CHECK(histogram.min() == 1);
  CHECK(histogram.max() == 5);
  for (const double p : {0.1, 0.25, 0.5, 0.99}) {
    CHECK(histogram.quantile(p) == Approx(1 + 4 * p).epsilon(1e-9));
    CHECK(histogram.share_at_most(1 + 4 * p) == Approx(p).epsilon(1e-9));
  }
}

TEST_CASE("a jump of a law stays a jump", "[histogram]") {
  WeightedHistogram histogram;
  histogram.record_curve(std::vector<CdfPoint>{{2, 0}, {2, 0.5}, {2, 1}}, 4);
  CHECK(histogram.quantile(0.01) == 2);
  CHECK(histogram.quantile(0.99) == 2);
  CHECK(histogram.share_at_most(2) == 1);
  CHECK(histogram.share_at_most(1.999) == 0);
}

TEST_CASE("weights merge as counts do", "[histogram]") {
  WeightedHistogram whole, first, second;
  for (double value : lognormal_values(500)) {
    whole.record(value, 0.5);
    first.record(value, 0.25);
    second.record(value, 0.25);
  }
  first.merge(second);
  CHECK(first.count() == whole.count());
  CHECK(first.buckets() == whole.buckets());
  CHECK(first.sum() == Approx(whole.sum()));
  CHECK(first.quantile(0.95) == whole.quantile(0.95));
  CHECK(WeightedHistogram::from_state(first.state()) == first);
}

TEST_CASE("what is taken back in a later part is gone from the whole", "[histogram]") {
  WeightedHistogram first, later, whole;
  first.record(1, 2);
  first.record(0, 1);
  later.record(1, -1);
  later.record(0, -1);
  later.record(5, 3);
  whole.merge(first);
  whole.merge(later);
  CHECK(whole.count() == Approx(4));
  CHECK(whole.zeros() == 0);
  CHECK(whole.mean() == Approx(4));
  CHECK(whole.quantile(0.2) == Approx(1).epsilon(0.01));
  CHECK(whole.quantile(0.3) == Approx(5).epsilon(0.01));
}

TEST_CASE("an empty histogram and a bad value", "[histogram]") {
  Histogram histogram;
  CHECK(histogram.mean() == 0);
  CHECK(histogram.quantile(0.99) == 0);
  CHECK_THROWS(histogram.record(-1));
  CHECK_THROWS(histogram.record(std::nan("")));
  CHECK_THROWS(histogram.record(INFINITY));
  CHECK(histogram.count() == 0);
}

}  // namespace
}  // namespace berth
