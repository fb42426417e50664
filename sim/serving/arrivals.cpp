#include "sim/serving/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

namespace berth::serving {
namespace {

// A rate that changes by less than this part of itself is followed by a series.
constexpr double kGentle = 1e-4;

}  // namespace

PoissonArrivals::PoissonArrivals(RateCurve curve, const Distribution& gaps, double from,
                                 RandomStream stream)
    : curve_(std::move(curve)), gaps_(gaps), random_(stream) {
  other_gaps_ = !std::holds_alternative<Exponential>(gaps.law);
  restart(from, stream);
}

PoissonArrivals::PoissonArrivals(RateCurve curve, double from, RandomStream stream)
    : PoissonArrivals(std::move(curve), exponential(1), from, stream) {}

PoissonArrivals::PoissonArrivals(RateCurve curve, const Bursts& bursts, double from,
                                 RandomStream stream)
    : PoissonArrivals(std::move(curve), exponential(1), from, stream) {
  bursts_ = bursts;
  restart(from, stream);
}

void PoissonArrivals::restart(double from, RandomStream stream) {
  random_ = FastRandom(stream);
  now_ = from;
  if (bursts_) draw_phase();
  missing_ = gaps_.draw(random_);
  enter_piece();
}

void PoissonArrivals::draw_phase() {
  const auto& stay = bursts_->mean_stay;
  phase_ = random_.uniform() * (stay[0] + stay[1]) < stay[0] ? 0 : 1;
  phase_ends_ = now_ - stay[phase_] * std::log(random_.uniform());
}

// The straight stretch that holds at now_, cut where the phase ends.
void PoissonArrivals::enter_piece() {
  if (bursts_ && now_ >= phase_ends_) {
    phase_ = 1 - phase_;
    phase_ends_ = now_ - bursts_->mean_stay[phase_] * std::log(random_.uniform());
  }
  piece_ = curve_.straight_from(Seconds{now_});
  if (bursts_) {
    piece_.rate *= bursts_->factor[phase_];
    piece_.slope *= bursts_->factor[phase_];
    piece_.to = std::min(piece_.to, Seconds{phase_ends_});
  }
  // A stretch whose end rounds onto now_ would never be left.
  if (piece_.to.count() <= now_)
    piece_.to = Seconds{std::nextafter(now_, std::numeric_limits<double>::infinity())};
}

std::size_t PoissonArrivals::fill(std::span<double> out, double until) {
  std::size_t n = 0;
  while (n < out.size() && now_ < until) {
    const double to = std::min(piece_.to.count(), until);
    const auto rest = out.subspan(n);
    const double from = now_, rate = piece_.rate;
    n += piece_.slope == 0 ? walk_level(rest, to) : walk_slope(rest, to);
    expected_ += (now_ - from) * (rate + piece_.rate) / 2;
    if (now_ >= piece_.to.count()) enter_piece();
  }
  return n;
}

// Leaves now_ at `to` or, when `out` is full, at the last request.
std::size_t PoissonArrivals::walk_level(std::span<double> out, double to) {
  if (piece_.rate <= 0) {
    now_ = to;
    return 0;
  }
  const double gap = 1 / piece_.rate;
  double now = now_, next = now + missing_ * gap;
  std::size_t n = 0;
  // Exponential gaps have neither shift nor ceiling. The generator stays in registers where nobody
  // is given its address.
  if (const LawTable* const table = other_gaps_ ? nullptr : gaps_.plain()) {
    FastRandom random = random_;
    while (n < out.size() && next <= to) {
      out[n++] = now = next;
      next += table->at(random.bits()) * gap;
    }
    random_ = random;
  } else {
    while (n < out.size() && next <= to) {
      out[n++] = now = next;
      next += gaps_.draw(random_) * gap;
    }
  }
  now_ = n < out.size() ? to : now;
  missing_ = (next - now_) * piece_.rate;
  return n;
}

// The rate's straight line is rate + slope t from now_: t solves rate t + slope t^2 / 2 = missing.
std::size_t PoissonArrivals::walk_slope(std::span<double> out, double to) {
  std::size_t n = 0;
  while (n < out.size() && now_ < to) {
    const double rate = piece_.rate, slope = piece_.slope;
    if (missing_ * std::abs(slope) < kGentle * rate * rate) {
      n += walk_gently(out.subspan(n), to);
      continue;
    }
    const double square = rate * rate + 2 * slope * missing_;
    const double step = 2 * missing_ / (rate + std::sqrt(std::max(square, 0.0)));
    if (square < 0 || !(now_ + step <= to)) {
      move_to(to);
      break;
    }
    now_ += step;
    piece_.rate = std::max(0.0, rate + slope * step);
    out[n++] = now_;
    missing_ = gaps_.draw(random_);
  }
  return n;
}

// Without a request in between.
void PoissonArrivals::move_to(double to) {
  const double length = to - now_;
  missing_ = std::max(0.0, missing_ - length * (piece_.rate + piece_.slope * length / 2));
  piece_.rate = std::max(0.0, piece_.rate + piece_.slope * length);
  now_ = to;
}

// As long as the rate hardly changes, a root and a division a request are saved: with x = slope sum
// / rate^2, t = sum / rate (1 - x/2 + x^2/2 - 5 x^3/8 + ..), of which x^4 < 1e-16 is left out.
std::size_t PoissonArrivals::walk_gently(std::span<double> out, double to) {
  FastRandom random = random_;
  const double start = now_, rate = piece_.rate, slope = piece_.slope;
  const double gap = 1 / rate, bend = slope * gap * gap, reach = kGentle / std::abs(bend);
  double sum = missing_, reached = 0;  // expected requests since `start`: at the next, at the last
  std::size_t n = 0;
  bool done = false;
  // The caller's test and this one may part in the last bit: the first request is always walked.
  do {
    const double x = bend * sum;
    const double next = start + sum * gap * (1 - x / 2 * (1 - x * (1 - 1.25 * x)));
    done = next > to;
    if (done) break;
    out[n++] = now_ = next;
    reached = sum;
    sum += gaps_.draw(random);
  } while (n < out.size() && sum < reach);
  random_ = random;
  piece_.rate = std::max(0.0, rate + slope * (now_ - start));
  missing_ = sum - reached;
  if (done) move_to(to);
  return n;
}

TraceArrivals::TraceArrivals(std::vector<double> times) : times_(std::move(times)) {
  std::ranges::sort(times_);
}

std::size_t TraceArrivals::fill(std::span<double> out, double until) {
  std::size_t n = 0;
  while (n < out.size() && next_ < times_.size() && times_[next_] <= until)
    out[n++] = times_[next_++];
  return n;
}

void TraceArrivals::restart(double from, RandomStream) {
  next_ = static_cast<std::size_t>(std::ranges::lower_bound(times_, from) - times_.begin());
}

}  // namespace berth::serving
