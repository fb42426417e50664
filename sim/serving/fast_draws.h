// Random numbers for requests: hundreds of millions of them a simulated day.
//
//   bits     xoshiro256++ (Blackman & Vigna 2019), its state filled from one keyed RandomStream
//   a draw   a law's inverse cdf from a table: one number of 64 bits, one value, about 3 ns
//
// The table is fine where a law is steep: u is told apart by the side of the median and then by the
// distance w/2 from that side's end; every halving of w has 64 cells, straight lines inside them,
// down to w = 2^-36 (one draw in 10^11 is beyond). Smooth laws are within 0.1 % of quantile()
// everywhere but beyond that point, and within 0.005 % in the mean. A cell in which the law jumps
// or bends (atoms, clamps, empirical steps) asks quantile() itself. A mixture takes a second number
// to choose its part first. Values below 0 count as 0.
//
// One draw per request, so request i gets the same service time whatever is done with it.
// Tested by tests/sim/serving/fast_draws_test.cpp.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/distribution.h"
#include "models/random_stream.h"

namespace berth::serving {

class FastRandom {
 public:
  explicit FastRandom(RandomStream stream) {
    for (std::uint64_t& word : state_) word = stream.bits();
    if ((state_[0] | state_[1] | state_[2] | state_[3]) == 0) state_[0] = 1;
  }

  std::uint64_t bits() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  double uniform() { return unit_interval(bits()); }
  // 0 .. n-1, by one multiplication: no value is favoured by more than n / 2^32.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((bits() >> 32) * n) >> 32);
  }
  // Two such numbers from the two halves of one draw.
  std::array<std::uint32_t, 2> two_below(std::uint32_t n) {
    const std::uint64_t both = bits();
    return {static_cast<std::uint32_t>(((both >> 32) * n) >> 32),
            static_cast<std::uint32_t>(((both & 0xffff'ffff) * n) >> 32)};
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

class LawTable {
 public:
  explicit LawTable(const Distribution& law);

  double at(std::uint64_t bits) const {
    const double w = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;  // in (0, 1)
    const auto pattern = std::bit_cast<std::uint64_t>(w);
    const std::uint64_t key = pattern >> kShift;
    const std::uint64_t cell = key < kFirstKey ? 0 : key - kFirstKey;
    const std::uint64_t inside = (pattern << (12 + kCellBits)) >> 12;
    const double part = std::bit_cast<double>(inside | kOne) - 1;
    const Cell& line = cells_[(bits & 1) * kCells + cell];
    if (line.rise != line.rise) [[unlikely]]
      return exact(w, (bits & 1) != 0);
    return line.low + line.rise * part;
  }

 private:
  struct Cell {
    double low, rise;  // rise is NaN where a straight line will not do
  };
  static constexpr int kOctaves = 36, kCellBits = 6;
  static constexpr int kShift = 52 - kCellBits;
  static constexpr std::uint64_t kCells = std::uint64_t{kOctaves} << kCellBits;
  static constexpr std::uint64_t kFirstKey = std::uint64_t{1023 - kOctaves} << kCellBits;
  static constexpr std::uint64_t kOne = std::uint64_t{1023} << 52;

  double exact(double w, bool upper) const;
  void fill(bool upper);

  Distribution law_;
  std::vector<Cell> cells_;
};

// A law ready to be drawn from; copies share the tables.
class LawDraws {
 public:
  explicit LawDraws(const Distribution& law);

  double draw(FastRandom& random) const {
    const LawTable& table = parts_.size() == 1 ? *parts_.front().table : choose(random);
    const double x = shift_ + table.at(random.bits());
    return x < ceiling_ ? x : ceiling_;
  }
  void fill(std::span<double> out, FastRandom& random) const;

  const Distribution& law() const { return law_; }
  double mean() const { return mean_; }
  // The only table of a law that is no mixture; null else. A loop over it keeps its generator in
  // registers.
  const LawTable* plain() const {
    return parts_.size() == 1 ? parts_.front().table.get() : nullptr;
  }

 private:
  struct Part {
    double up_to;  // cumulative weight
    std::shared_ptr<const LawTable> table;
  };
  void add(const Distribution& law, double weight);
  const LawTable& choose(FastRandom& random) const;

  Distribution law_;
  double mean_, shift_ = 0, ceiling_;
  std::vector<Part> parts_;
};

}  // namespace berth::serving
