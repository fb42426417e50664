#include "models/rate_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace berth {
namespace {

void require(bool holds, const char* sentence) {
  if (!holds) throw std::invalid_argument(sentence);
}

void check_points(const std::vector<Seconds>& times, const std::vector<double>& rates) {
  require(times.size() >= 2, "a rate curve needs at least two times");
  for (std::size_t i = 1; i < times.size(); ++i)
    require(times[i - 1] < times[i], "a rate curve needs ascending times");
  for (double rate : rates)
    require(rate >= 0 && std::isfinite(rate), "a rate curve needs rates of at least 0");
}

// Of pieces that ascend from their first start to `end`, the one that holds t. Most are of one length: the
// one that would be it then is looked at first.
template <class Pieces>
const auto& piece_at(const Pieces& pieces, double end, double t) {
  const double first = pieces.front().start;
  const std::size_t last = pieces.size() - 1;
  const double guess = (t - first) / (end - first) * static_cast<double>(pieces.size());
  const std::size_t i = std::min(static_cast<std::size_t>(guess), last);
  if (pieces[i].start <= t && (i == last || t < pieces[i + 1].start)) return pieces[i];
  using Piece = typename Pieces::value_type;
  return *(std::ranges::upper_bound(pieces, t, {}, &Piece::start) - 1);
}

}  // namespace

void RateCurve::add(double start, double end, double rate, double slope) {
  pieces_.push_back({start, rate, slope, total_});
  const double length = end - start;
  total_ += length * (rate + slope * length / 2);
  end_ = end;
}

RateCurve RateCurve::constant(double rate) { return steps({Seconds{0}, kDay}, {rate}, true); }

RateCurve RateCurve::steps(const std::vector<Seconds>& edges, const std::vector<double>& rates,
                           bool repeats) {
  check_points(edges, rates);
  require(edges.size() == rates.size() + 1, "a rate curve of steps needs one edge more than rates");
  RateCurve curve;
  curve.repeats_ = repeats;
  for (std::size_t i = 0; i < rates.size(); ++i)
    curve.add(edges[i].count(), edges[i + 1].count(), rates[i], 0);
  return curve;
}

RateCurve RateCurve::lines(const std::vector<Seconds>& times, const std::vector<double>& rates,
                           bool repeats) {
  check_points(times, rates);
  require(times.size() == rates.size(), "a rate curve of lines needs one rate for each time");
  RateCurve curve;
  curve.repeats_ = repeats;
  for (std::size_t i = 0; i + 1 < rates.size(); ++i) {
    const double length = (times[i + 1] - times[i]).count();
    curve.add(times[i].count(), times[i + 1].count(), rates[i], (rates[i + 1] - rates[i]) / length);
  }
  return curve;
}

RateCurve RateCurve::scaled(double factor) const {
  require(factor >= 0 && std::isfinite(factor), "a rate curve is scaled by at least 0");
  RateCurve result = *this;
  for (Piece& piece : result.pieces_)
    piece.rate *= factor, piece.slope *= factor, piece.before *= factor;
  result.total_ *= factor;
  return result;
}

RateCurve RateCurve::times(const std::vector<Seconds>& edges,
                           const std::vector<double>& factors) const {
  check_points(edges, factors);
  require(edges.size() == factors.size() + 1, "a rate curve is multiplied by one factor for each stretch");
  RateCurve result;
  for (std::size_t i = 0; i < factors.size(); ++i)
    for (Seconds t = edges[i]; t < edges[i + 1];) {
      const Straight straight = straight_from(t);
      const Seconds end = straight.to > t ? std::min(straight.to, edges[i + 1]) : edges[i + 1];
      result.add(t.count(), end.count(), straight.rate * factors[i], straight.slope * factors[i]);
      t = end;
    }
  return result;
}

double RateCurve::rate_at(Seconds t) const {
  if (pieces_.empty()) return 0;
  double x = t.count();
  const double first = pieces_.front().start;
  if (repeats_) x -= std::floor((x - first) / span()) * span();
  if (x < first || x >= end_) return 0;
  return piece_at(pieces_, end_, x).rate_at(x);
}

double RateCurve::within(double t) const {
  if (t >= end_) return total_;
  if (t <= pieces_.front().start) return 0;
  return piece_at(pieces_, end_, t).expected_by(t);
}

double RateCurve::expected_by(Seconds t) const {
  if (pieces_.empty()) return 0;
  const double first = pieces_.front().start;
  // By time 0 nothing is expected of a curve that begins then: no need to add that up.
  if (!repeats_) return within(t.count()) - (first == 0 ? 0 : within(0));
  const auto since_first = [&](double x) {
    const double rounds = std::floor((x - first) / span());
    return rounds * total_ + within(x - rounds * span());
  };
  return since_first(t.count()) - (first == 0 ? 0 : since_first(0));
}

// The earliest time: a stretch without arrivals is never entered.
double RateCurve::when(double expected) const {
  if (expected <= 0) return pieces_.front().start;
  const auto after = std::ranges::lower_bound(pieces_, expected, {}, &Piece::before);
  const Piece& piece = *(after - 1);  // before < expected; the first piece has before = 0
  const double missing = expected - piece.before;
  const double root = std::sqrt(std::max(0.0, piece.rate * piece.rate + 2 * piece.slope * missing));
  return piece.start + 2 * missing / (piece.rate + root);
}

std::optional<Seconds> RateCurve::time_of(double expected) const {
  if (total_ <= 0) return std::nullopt;
  const double first = pieces_.front().start;
  if (!repeats_) {
    const double wanted = expected + within(0);
    if (wanted > total_) return std::nullopt;
    return Seconds{std::min(when(wanted), end_)};
  }
  const double rounds_before = std::floor(-first / span());
  const double wanted = expected + rounds_before * total_ + within(-rounds_before * span());
  const double rounds = std::floor(wanted / total_);
  return Seconds{std::min(when(wanted - rounds * total_), end_) + rounds * span()};
}

double RateCurve::peak_rate() const {
  double peak = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    const double end = i + 1 < pieces_.size() ? pieces_[i + 1].start : end_;
    peak = std::max({peak, piece.rate, piece.rate + piece.slope * (end - piece.start)});
  }
  return peak;
}

double RateCurve::mean_rate() const { return pieces_.empty() ? 0 : total_ / span(); }

RateCurve::Straight RateCurve::straight_from(Seconds t) const {
  const Seconds forever{std::numeric_limits<double>::infinity()};
  if (total_ <= 0) return {.to = forever};
  const double first = pieces_.front().start;
  double x = t.count(), rounds = 0;
  if (repeats_) {
    rounds = std::floor((x - first) / span()) * span();
    x = std::max(x - rounds, first);
    if (x >= end_) x = first, rounds += span();  // rounding put it on the period's edge
  }
  if (x < first) return {.to = Seconds{first}};
  if (x >= end_) return {.to = forever};
  const auto after = std::ranges::upper_bound(pieces_, x, {}, &Piece::start);
  const Piece& piece = *(after - 1);
  const double end = after == pieces_.end() ? end_ : after->start;
  const double rate = std::max(0.0, piece.rate + piece.slope * (x - piece.start));
  return {.to = Seconds{rounds + end}, .rate = rate, .slope = piece.slope};
}

// At an edge rounding decides which piece, or round, a time is in: there the curve itself is asked.
bool RateWalk::enter(const RateCurve& curve, Seconds t) {
  constexpr Seconds kEdge{1e-3};
  if (curve.pieces_.empty()) return false;
  const double first = curve.pieces_.front().start, span = curve.span();
  const double rounds = curve.repeats_ ? std::floor((t.count() - first) / span) : 0;
  const double shift = rounds * span, x = t.count() - shift;
  if (x < first || x >= curve.end_) return false;
  const auto after = std::ranges::upper_bound(curve.pieces_, x, {}, &RateCurve::Piece::start);
  const double end = after == curve.pieces_.end() ? curve.end_ : after->start;
  piece_ = *(after - 1);
  shift_ = shift;
  before_ = rounds * curve.total_;
  if (first == 0) {
    by_zero_ = 0;
  } else if (curve.repeats_) {
    const double rounds_by_zero = std::floor((0 - first) / span);
    by_zero_ = rounds_by_zero * curve.total_ + curve.within(0 - rounds_by_zero * span);
  } else {
    by_zero_ = curve.within(0);
  }
  from_ = Seconds{shift + piece_.start} + kEdge;
  to_ = Seconds{shift + end} - kEdge;
  return t >= from_ && t < to_;
}

double SinusoidalRate::rate_at(Seconds t) const {
  return base * (1 + beta * std::sin(2 * std::numbers::pi * (t / period)));
}

double SinusoidalRate::expected_by(Seconds t) const {
  const double turn = 2 * std::numbers::pi / period.count();
  return base * (t.count() + beta / turn * (1 - std::cos(turn * t.count())));
}

// Lambda never falls and base t <= Lambda(t) <= base (t + 2 |beta| / turn), up to the sign of beta.
Seconds SinusoidalRate::time_of(double expected) const {
  const double swing = std::abs(beta) * period.count() / std::numbers::pi;
  double low = expected / base - swing, high = expected / base + swing;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return Seconds{high};
    (expected_by(Seconds{middle}) < expected ? low : high) = middle;
  }
}

Arrivals::Arrivals(const RateCurve& curve, RandomStream stream, Seconds start)
    : curve_(&curve), stream_(stream), expected_(curve.expected_by(start)) {}

std::optional<Seconds> Arrivals::next() {
  expected_ -= std::log1p(-stream_.uniform());
  return curve_->time_of(expected_);
}

std::vector<std::pair<Seconds, Seconds>> spans_at_or_above(const RateCurve& curve, double rate,
                                                           Seconds from, Seconds to) {
  std::vector<std::pair<Seconds, Seconds>> spans;
  const auto add = [&](Seconds begin, Seconds end) {
    if (end <= begin) return;
    if (!spans.empty() && spans.back().second == begin)
      spans.back().second = end;
    else
      spans.emplace_back(begin, end);
  };
  while (from < to) {
    const RateCurve::Straight piece = curve.straight_from(from);
    const Seconds end = std::clamp(piece.to, Seconds{std::nextafter(from.count(), 1e300)}, to);
    const double last = piece.rate + piece.slope * (end - from).count();
    const auto is_above = [&](double r) { return r > 0 && r >= rate; };
    const bool at_first = is_above(piece.rate), at_last = is_above(last);
    // Where only one end of it is, a slope crosses the rate in between.
    const Seconds crosses =
        at_first == at_last ? end : from + Seconds{(std::max(rate, 0.0) - piece.rate) / piece.slope};
    if (at_first)
      add(from, crosses);
    else if (at_last)
      add(crosses, end);
    from = end;
  }
  return spans;
}

Seconds time_at_or_above(const RateCurve& curve, double rate, Seconds from, Seconds to) {
  Seconds sum{0};
  for (const auto& [begin, end] : spans_at_or_above(curve, rate, from, to)) sum += end - begin;
  return sum;
}

}  // namespace berth
