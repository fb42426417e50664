#include "models/random_stream.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

namespace berth {
namespace {

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

TEST_CASE("the generator gives the words its authors published", "[random]") {
  // Random123, kat_vectors, lines "philox4x32 10".
  struct Row {
    const char* because;
    Counter counter;
    Key key;
    Counter expected;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing but zeros", {}, {}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {"every carry and wrap",
       {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {"digits of pi, so a swapped word shows",
       {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  }));
  CAPTURE(row.because);
  CHECK(philox4x32(row.counter, row.key) == row.expected);
}

TEST_CASE("splitmix64 gives its published first number", "[random]") {
  // Vigna's splitmix64.c started at 0 gives e220a8397b1dcdaf, then 6e789e6aa1b965f4; the second
  // is the first step from 0x9e3779b97f4a7c15.
  CHECK(splitmix64(0) == 0xe220a8397b1dcdaf);
  CHECK(splitmix64(0x9E3779B97F4A7C15) == 0x6e789e6aa1b965f4);
}

TEST_CASE("a stream's draws are the generator's words in order", "[random]") {
  const std::uint64_t key = splitmix64(7 ^ splitmix64(static_cast<std::uint64_t>(Purpose::image)));
  const Key words{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  const Counter first = philox4x32({0, 5, 9, 3}, words), second = philox4x32({1, 5, 9, 3}, words);

  RandomStream stream(7, 3, Purpose::image, (std::uint64_t{9} << 32) | 5);
  CHECK(stream.bits() == ((std::uint64_t{first[0]} << 32) | first[1]));
  CHECK(stream.bits() == ((std::uint64_t{first[2]} << 32) | first[3]));
  CHECK(stream.bits() == ((std::uint64_t{second[0]} << 32) | second[1]));
}

TEST_CASE("a uniform is never 0 and never 1", "[random]") {
  CHECK(unit_interval(0) == 0x1p-54);
  CHECK(unit_interval(~std::uint64_t{0}) == 1 - 0x1p-53);
}

TEST_CASE("seed, replication, purpose and entity each make another stream", "[random]") {
  const std::vector<RandomStream> streams = {
      {1, 0, Purpose::arrival, 0}, {2, 0, Purpose::arrival, 0}, {1, 1, Purpose::arrival, 0},
      {1, 0, Purpose::service, 0}, {1, 0, Purpose::arrival, 1},
  };
  std::set<std::uint64_t> firsts;
  for (RandomStream stream : streams) firsts.insert(stream.bits());
  CHECK(firsts.size() == streams.size());
}

TEST_CASE("uniforms of many short streams have the moments of a uniform law", "[random]") {
  // 200,000 draws: the mean has standard error sqrt(1/12/n) = 0.00065, the variance
  // sqrt((1/80 - 1/144)/n) = 0.00017; 4.5 of each allowed.
  const int n = 100'000;
  double sum = 0, squares = 0;
  for (int entity = 0; entity < n; ++entity) {
    RandomStream stream(42, 0, Purpose::training, static_cast<std::uint64_t>(entity));
    for (int draw = 0; draw < 2; ++draw) {
      const double u = stream.uniform();
      sum += u - 0.5, squares += (u - 0.5) * (u - 0.5);
    }
  }
  CHECK(sum / (2 * n) == Approx(0).margin(4.5 * 0.00065));
  CHECK(squares / (2 * n) == Approx(1.0 / 12).margin(4.5 * 0.00017));
}

}  // namespace
}  // namespace berth
