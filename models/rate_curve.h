// How often something arrives, as a function of time, and the arrivals themselves.
//
//   Lambda(t) = integral of the rate from 0 to t: the number of arrivals expected by t
//   the k-th arrival is at Lambda^-1(E_1 + .. + E_k), the E_i exponential with mean 1
//
// This inversion takes one draw per arrival and moves every arrival only a little when the rate
// moves a little, so two scenarios meet comparable traffic; thinning would do neither (theory:
// Cinlar 1975). Times are since the start of the simulation, rates per second.
//
// A curve is made of steps or of straight lines. It repeats with its period (a day, a week), or,
// without one, the rate is 0 before its first and after its last point.
// Tested by tests/models/rate_curve_test.cpp, families nhpp_inversion and mtginf of the validation
// cases.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "models/random_stream.h"
#include "models/units.h"

namespace berth {

class RateCurve {
 public:
  RateCurve() = default;  // nothing ever arrives
  static RateCurve constant(double rate);
  // rates[i] holds from edges[i] to edges[i+1]: one edge more than rates.
  static RateCurve steps(const std::vector<Seconds>& edges, const std::vector<double>& rates,
                         bool repeats = false);
  // The rate is rates[i] at times[i] and straight in between.
  static RateCurve lines(const std::vector<Seconds>& times, const std::vector<double>& rates,
                         bool repeats = false);
  RateCurve scaled(double factor) const;
  // This curve times factors[i] from edges[i] to edges[i+1], and nothing outside.
  RateCurve times(const std::vector<Seconds>& edges, const std::vector<double>& factors) const;

  double rate_at(Seconds t) const;
  double expected_by(Seconds t) const;  // Lambda(t)
  double expected_between(Seconds from, Seconds to) const {
    return expected_by(to) - expected_by(from);
  }
  // Lambda^-1; empty when the curve never reaches so many.
  std::optional<Seconds> time_of(double expected) const;
  double peak_rate() const;
  double mean_rate() const;  // over its period or from first to last point

  // From t on, up to `to`, the rate is rate + slope (time - t): for walking along the curve.
  struct Straight {
    Seconds to{};  // infinite when the rest is one line
    double rate = 0, slope = 0;
  };
  Straight straight_from(Seconds t) const;

  bool operator==(const RateCurve&) const = default;

 private:
  friend class RateWalk;
  struct Piece {
    double start = 0, rate = 0, slope = 0;
    double before = 0;  // expected since the curve's first point
    double rate_at(double x) const { return std::max(0.0, rate + slope * (x - start)); }
    double expected_by(double x) const {
      const double length = x - start;
      return before + length * (rate + slope * length / 2);
    }
    bool operator==(const Piece&) const = default;
  };
  void add(double start, double end, double rate, double slope);
  double within(double t) const;       // expected since the first point, t inside the curve
  double when(double expected) const;  // its inverse
  double span() const { return end_ - pieces_.front().start; }

  std::vector<Piece> pieces_;
  double end_ = 0, total_ = 0;
  bool repeats_ = false;
};

// Asks one curve at times that mostly lie in one piece of it, as a clock's do: the curve's own answers, to
// the bit, without a search for the piece and without the memory it lies in.
class RateWalk {
 public:
  double rate_at(const RateCurve& curve, Seconds t) {
    if (!knows(curve, t)) return curve.rate_at(t);
    return piece_.rate_at(t.count() - shift_);
  }
  double expected_by(const RateCurve& curve, Seconds t) {
    if (!knows(curve, t)) return curve.expected_by(t);
    return before_ + piece_.expected_by(t.count() - shift_) - by_zero_;
  }

 private:
  bool knows(const RateCurve& curve, Seconds t) {
    return (t >= from_ && t < to_) || enter(curve, t);
  }
  bool enter(const RateCurve& curve, Seconds t);

  Seconds from_{0}, to_{0};  // within the piece, away from its edges
  RateCurve::Piece piece_;
  // Begin of the round that the piece is in, what was expected until then, and until time 0.
  double shift_ = 0, before_ = 0, by_zero_ = 0;
};

// lambda(t) = base (1 + beta sin(2 pi t / period)), |beta| <= 1: the textbook's day.
struct SinusoidalRate {
  double base = 1, beta = 0;
  Seconds period = kDay;
  double rate_at(Seconds t) const;
  double expected_by(Seconds t) const;
  Seconds time_of(double expected) const;
};

// The arrivals of a curve from `start` on, one by one; empty after the last.
class Arrivals {
 public:
  Arrivals(const RateCurve& curve, RandomStream stream, Seconds start = {});
  std::optional<Seconds> next();

 private:
  const RateCurve* curve_;
  RandomStream stream_;
  double expected_;
};

// When in [from, to) the curve is above 0 and at `rate` or above it, from when to when, in order; and how long.
std::vector<std::pair<Seconds, Seconds>> spans_at_or_above(const RateCurve& curve, double rate,
                                                           Seconds from, Seconds to);
Seconds time_at_or_above(const RateCurve& curve, double rate, Seconds from, Seconds to);

}  // namespace berth
