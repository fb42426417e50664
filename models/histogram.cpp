#include "models/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace berth {
namespace {

__extension__ using Wide = unsigned __int128;

Wide wide(Histogram::WideCount x) { return (Wide{x.high} << 64) | x.low; }
Histogram::WideCount narrow(Wide x) {
  return {static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(x >> 64)};
}

template <class Slot>
void grow_to(std::int64_t key, std::int64_t& offset, std::vector<Slot>& slots) {
  if (slots.empty()) offset = key;
  if (key < offset) {
    slots.insert(slots.begin(), static_cast<std::size_t>(offset - key), Slot{});
    offset = key;
  }
  const auto index = static_cast<std::size_t>(key - offset);
  if (index >= slots.size()) slots.resize(index + 1);
}

// The slot of `key` in a run of slots that starts at `offset`, which grows to reach it.
template <class Slot>
inline Slot& reach(std::int64_t key, std::int64_t& offset, std::vector<Slot>& slots) {
  // A key before the offset is an index beyond everything.
  if (static_cast<std::uint64_t>(key - offset) >= slots.size()) [[unlikely]]
    grow_to(key, offset, slots);
  return slots[static_cast<std::size_t>(key - offset)];
}

std::int64_t bucket_of(std::uint64_t bits) { return static_cast<std::int64_t>(bits >> kBucketShift); }

void check_value(double value) {
  if (!(value >= 0) || !std::isfinite(value))
    throw std::invalid_argument("a histogram counts finite values of at least 0");
}

template <class Weight>
void add(Buckets<Weight>& to, const Buckets<Weight>& from) {
  if (from.counts.empty()) return;
  reach(from.offset + std::ssize(from.counts) - 1, to.offset, to.counts);
  Weight* slot = &reach(from.offset, to.offset, to.counts);
  for (const Weight& count : from.counts) *slot++ += count;
}

// The value `wanted` lies at, counting from the lowest bucket; `last` when it lies behind all.
template <class Weight>
double value_at(const Buckets<Weight>& buckets, double wanted, double last) {
  for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
    const double here = static_cast<double>(buckets.counts[i]);
    if (wanted > here) {
      wanted -= here;
      continue;
    }
    if (here <= 0) continue;
    const std::int64_t bucket = buckets.offset + static_cast<std::int64_t>(i);
    const double low = bucket_edge(bucket), high = bucket_edge(bucket + 1);
    return low + wanted / here * (high - low);
  }
  return last;
}

template <class Weight>
double amount_at_most(const Buckets<Weight>& buckets, double limit) {
  double below = 0;
  for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
    const std::int64_t bucket = buckets.offset + static_cast<std::int64_t>(i);
    const double low = bucket_edge(bucket), high = bucket_edge(bucket + 1);
    if (limit < low) break;
    below += std::min(1.0, (limit - low) / (high - low)) * static_cast<double>(buckets.counts[i]);
  }
  return below;
}

constexpr double kSpreadRange = 1024;

constexpr std::uint64_t kHiddenBit = std::uint64_t{1} << 52;

}  // namespace

// A double is mantissa * 2^(exponent - 1075); a subnormal has exponent 1 and no hidden bit.
void Histogram::add_to_sum(std::uint64_t bits, std::uint64_t n) {
  const std::uint64_t exponent = bits >> 52, fraction = bits & (kHiddenBit - 1);
  const std::uint64_t mantissa = exponent == 0 ? fraction : fraction | kHiddenBit;
  const auto key = static_cast<std::int64_t>(std::max<std::uint64_t>(exponent, 1));
  WideCount& slot = reach(key, sums_offset_, sums_);
  slot = narrow(wide(slot) + Wide{mantissa} * n);
}

void Histogram::record(double value, std::uint64_t n) {
  check_value(value);
  if (n == 0) return;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  count_ += n;
  if (value == 0) {
    zeros_ += n;
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(value);
  reach(bucket_of(bits), buckets_.offset, buckets_.counts) += n;
  add_to_sum(bits, n);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  count_ += other.count_;
  zeros_ += other.zeros_;
  add(buckets_, other.buckets_);
  for (std::size_t i = 0; i < other.sums_.size(); ++i) {
    WideCount& slot =
        reach(other.sums_offset_ + static_cast<std::int64_t>(i), sums_offset_, sums_);
    slot = narrow(wide(slot) + wide(other.sums_[i]));
  }
}

double Histogram::sum() const {
  double total = 0;  // smallest powers first, always in this order
  for (std::size_t i = 0; i < sums_.size(); ++i)
    total += std::ldexp(static_cast<double>(wide(sums_[i])),
                        static_cast<int>(sums_offset_ + static_cast<std::int64_t>(i)) - 1075);
  return total;
}

double Histogram::mean() const { return count_ == 0 ? 0 : sum() / static_cast<double>(count_); }

double Histogram::quantile(double p) const {
  if (count_ == 0) return 0;
  const double exact_rank = std::ceil(std::clamp(p, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, count_);
  if (rank <= zeros_) return 0;
  const double wanted = static_cast<double>(rank - zeros_) - 0.5;
  return std::clamp(value_at(buckets_, wanted, max_), min_, max_);
}

double Histogram::share_at_most(double limit) const {
  if (count_ == 0 || limit >= max_) return 1;
  if (limit < min_) return 0;
  return (static_cast<double>(zeros_) + amount_at_most(buckets_, limit)) /
         static_cast<double>(count_);
}

Histogram::State Histogram::state() const {
  return {buckets_, zeros_, min_, max_, sums_offset_, sums_};
}

Histogram Histogram::from_state(const State& state) {
  Histogram result;
  result.buckets_ = state.buckets;
  result.zeros_ = state.zeros;
  result.min_ = state.min;
  result.max_ = state.max;
  result.sums_offset_ = state.sums_offset;
  result.sums_ = state.sums;
  result.count_ = std::accumulate(state.buckets.counts.begin(), state.buckets.counts.end(),
                                  state.zeros);
  return result;
}

// The weight of something between low and high, evenly: its part in everything but the buckets.
void WeightedHistogram::count_in(double low, double high, double weight) {
  if (weight > 0) {
    state_.min = has_range() ? std::min(state_.min, low) : low;
    state_.max = std::max(state_.max, high);
  }
  state_.weight += weight;
  state_.sum += weight * (low + (high - low) / 2);
}

void WeightedHistogram::record(double value, double weight) {
  check_value(value);
  if (weight == 0) return;
  count_in(value, value, weight);
  put(value, weight);
}

void WeightedHistogram::put(double value, double weight) {
  if (value == 0)
    state_.zeros += weight;
  else
    reach(bucket_of(std::bit_cast<std::uint64_t>(value)), state_.buckets.offset,
          state_.buckets.counts) += weight;
}

// The buckets between are reached once and then walked: a law is some thousand of them.
void WeightedHistogram::spread(double from, double to, double weight) {
  check_value(from);
  check_value(to);
  count_in(from, to, weight);
  const double start = std::max(from, to / kSpreadRange);
  const double density = weight / (to - from);
  if (start > from) put(from + (start - from) / 2, density * (start - from));
  auto& [offset, counts] = state_.buckets;
  const std::int64_t first = bucket_of(std::bit_cast<std::uint64_t>(start));
  const std::int64_t last = bucket_of(std::bit_cast<std::uint64_t>(to));
  reach(last, offset, counts);
  double* slot = &reach(first, offset, counts);
  double low = start;
  for (std::int64_t bucket = first; bucket < last; ++bucket) {
    const double high = bucket_edge(bucket + 1);
    *slot++ += density * (high - low);
    low = high;
  }
  *slot += density * (to - low);
}

void WeightedHistogram::record_curve(std::span<const CdfPoint> law, double weight) {
  if (law.empty()) throw std::invalid_argument("a law needs at least one point");
  double last = law.front().value, reached = 0;
  for (const auto& [value, probability] : law) {
    if (probability > reached) {
      const double mass = (probability - reached) * weight;
      if (value > last && mass > 0)
        spread(last, value, mass);
      else
        record(value, mass);
      reached = probability;
    }
    last = value;
  }
  if (reached < 1) record(last, (1 - reached) * weight);
}

void WeightedHistogram::merge(const WeightedHistogram& other) {
  if (other.has_range()) {
    state_.min = has_range() ? std::min(state_.min, other.state_.min) : other.state_.min;
    state_.max = std::max(state_.max, other.state_.max);
  }
  state_.weight += other.state_.weight;
  state_.zeros += other.state_.zeros;
  state_.sum += other.state_.sum;
  add(state_.buckets, other.state_.buckets);
}

void WeightedHistogram::clear() {
  Buckets<double> buckets = std::move(state_.buckets);
  buckets.counts.clear();
  state_ = {.buckets = std::move(buckets)};
}

double WeightedHistogram::quantile(double p) const {
  const double wanted = std::clamp(p, 0.0, 1.0) * state_.weight - state_.zeros;
  if (!(state_.weight > 0) || wanted <= 0) return state_.zeros > 0 ? 0 : state_.min;
  return std::clamp(value_at(state_.buckets, wanted, state_.max), state_.min, state_.max);
}

double WeightedHistogram::share_at_most(double limit) const {
  if (!(state_.weight > 0) || limit >= state_.max) return 1;
  if (limit < state_.min) return 0;
  return std::min(1.0, (state_.zeros + amount_at_most(state_.buckets, limit)) / state_.weight);
}

WeightedHistogram WeightedHistogram::from_state(State state) {
  WeightedHistogram result;
  result.state_ = std::move(state);
  return result;
}

}  // namespace berth
