#include "models/random_stream.h"

#include <limits>
#include <stdexcept>

namespace berth {
namespace {

// The multipliers and key increments of Philox4x32 (SC11, section 3.3).
constexpr std::uint64_t kMultiply0 = 0xD2511F53;
constexpr std::uint64_t kMultiply1 = 0xCD9E8D57;
constexpr std::uint32_t kBump0 = 0x9E3779B9;
constexpr std::uint32_t kBump1 = 0xBB67AE85;

constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }

constexpr std::array<std::uint32_t, 4> rounds(std::array<std::uint32_t, 4> c,
                                              std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = kMultiply0 * c[0], b = kMultiply1 * c[2];
    c = {high(b) ^ c[1] ^ k[0], low(b), high(a) ^ c[3] ^ k[1], low(a)};
    k = {k[0] + kBump0, k[1] + kBump1};
  }
  return c;
}

constexpr std::uint64_t joined(std::uint32_t first, std::uint32_t second) {
  return (std::uint64_t{first} << 32) | second;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  return rounds(counter, key);
}

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

RandomStream::RandomStream(std::uint64_t seed, std::uint32_t replication, Purpose purpose,
                           std::uint64_t entity)
    : key_(splitmix64(seed ^ splitmix64(static_cast<std::uint64_t>(purpose)))),
      entity_(entity),
      replication_(replication) {}

std::uint64_t RandomStream::bits() {
  const std::uint64_t draw = draw_++;
  if (draw % 2 == 1) return second_;
  if (draw / 2 > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error("a random stream ended after 2^33 draws");
  const auto words = rounds({low(draw / 2), low(entity_), high(entity_), replication_},
                            {low(key_), high(key_)});
  second_ = joined(words[2], words[3]);
  return joined(words[0], words[1]);
}

}  // namespace berth
