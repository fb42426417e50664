// When requests come: a block at a time, so that the loop over a block has nothing to ask.
//
//   PoissonArrivals  a rate curve by inversion: the k-th request at Lambda^-1(E_1 + .. + E_k),
//                    walking along the curve's straight stretches (constant or linear): one draw a
//                    request, and a slightly higher rate moves every request a little. With `gaps`
//                    other than exponential (mean 1) the same on Lambda's scale: regularity or
//                    bursts that keep their shape while the rate swings. With `bursts` the rate is
//                    multiplied by one of two factors, held for exponential times: MMPP(2).
//   TraceArrivals    recorded times, once.
//
// Times are seconds of the simulated clock, rates per second. `restart` begins anew at a time with
// a new stream. For exponential gaps without bursts that changes nothing (they have no memory), and
// a slice of a day gets the same requests whether or not the slices before it were simulated; what
// `has_memory` is restarted only after a jump: with a whole gap, or a phase by its long-run share.
// Left out: clients that wait for an answer before they ask again; retries.
// Tested by tests/sim/serving/arrivals_test.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "models/rate_curve.h"
#include "sim/serving/fast_draws.h"

namespace berth::serving {

class ArrivalSource {
 public:
  virtual ~ArrivalSource() = default;
  // Times of the next requests up to and including `until`, ascending; as many as fit.
  virtual std::size_t fill(std::span<double> out, double until) = 0;
  virtual void restart(double from, RandomStream stream) = 0;
  virtual bool has_memory() const = 0;
  // Requests that the rate let expect so far, where its phases are known: with them.
  virtual double expected() const = 0;
};

// The rate is multiplied by `factor` of the phase that holds; phases last exponential times.
struct Bursts {
  double factor[2] = {1, 1};
  double mean_stay[2] = {1, 1};  // seconds
};

class PoissonArrivals final : public ArrivalSource {
 public:
  PoissonArrivals(RateCurve curve, double from, RandomStream stream);
  PoissonArrivals(RateCurve curve, const Bursts& bursts, double from, RandomStream stream);
  // gaps: a law of mean 1.
  PoissonArrivals(RateCurve curve, const Distribution& gaps, double from, RandomStream stream);

  std::size_t fill(std::span<double> out, double until) override;
  void restart(double from, RandomStream stream) override;
  bool has_memory() const override { return bursts_ || other_gaps_; }
  double expected() const override { return expected_; }

 private:
  void enter_piece();
  void draw_phase();
  std::size_t walk_level(std::span<double> out, double until);  // a stretch of constant rate
  std::size_t walk_slope(std::span<double> out, double until);
  std::size_t walk_gently(std::span<double> out, double until);
  void move_to(double to);

  RateCurve curve_;
  std::optional<Bursts> bursts_;
  LawDraws gaps_;
  bool other_gaps_ = false;  // than exponential
  FastRandom random_;
  double now_ = 0;      // where the walk is
  double expected_ = 0;
  double missing_ = 0;  // expected requests from `now_` to the next one
  RateCurve::Straight piece_;
  int phase_ = 0;
  double phase_ends_ = 0;
};

class TraceArrivals final : public ArrivalSource {
 public:
  explicit TraceArrivals(std::vector<double> times);  // in any order
  std::size_t fill(std::span<double> out, double until) override;
  void restart(double from, RandomStream stream) override;
  bool has_memory() const override { return true; }
  double expected() const override { return static_cast<double>(next_); }

 private:
  std::vector<double> times_;
  std::size_t next_ = 0;
};

}  // namespace berth::serving
