// Every random number of a run: a stream of draws per (seed, replication, purpose, entity).
//
//   key     = splitmix64(seed xor splitmix64(purpose))                   64 bits
//   counter = {block, entity low, entity high, replication}              4 x 32 bits
//   words   = Philox4x32-10(counter, key); words 0,1 are draw 2*block, words 2,3 draw 2*block + 1
//   uniform = ((bits >> 11) + 0.5) * 2^-53, strictly between 0 and 1
//
// Because a draw is a function of these five numbers, job 17 meets the same fate whatever the
// placement, the order of events or the number of workers; two placements differ by what they do
// and not by luck (common random numbers). Never share a stream between two consumers, never let
// one consumer's number of draws depend on another's. An entity is a stable number from the input
// (class index << 40 | sequence number), never an address or an event count.
//
// A stream is made per job and purpose: construction is a few multiplications, the object 40 bytes.
// A stream ends after 2^33 draws with an exception; nothing here comes near.
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
// Tested by tests/models/random_stream_test.cpp (the generator's published vectors).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace berth {

// What a draw decides. The numbers are part of every result: append, never renumber.
enum class Purpose : std::uint32_t {
  arrival = 1,
  service = 2,
  launch = 3,
  capacity = 4,
  image = 5,
  data = 6,
  training = 7,
  upload = 8,
  boot = 9,
  interruption = 10,
  pod_overhead = 11,
  retry = 12,
  toil = 13,
  dispatch = 14,
  failure = 15,
  schedule_jitter = 16,
  checkpoint = 17,
  session = 18,
  resampling = 19,
  routing = 20,
  expander = 21,
  shortage = 22,
};

// The bare generator: ten rounds over a counter, no state.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// Steele, Lea & Flood (2014): spreads neighbouring numbers over all 64 bits.
std::uint64_t splitmix64(std::uint64_t x);

// 53 bits, never 0 and never 1, so log(u), log(1 - u) and every inverse cdf are finite. The largest
// of the 2^53 values would round to 1 and is kept just below.
constexpr double unit_interval(std::uint64_t bits) {
  const double u = (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
  return u < 1 ? u : 1 - 0x1p-53;
}

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint32_t replication, Purpose purpose,
               std::uint64_t entity);

  double uniform() { return unit_interval(bits()); }
  std::uint64_t bits();

 private:
  std::uint64_t key_;
  std::uint64_t entity_;
  std::uint64_t second_ = 0;  // the block's other half, waiting for an odd draw
  std::uint64_t draw_ = 0;
  std::uint32_t replication_;
};
static_assert(sizeof(RandomStream) <= 48);

}  // namespace berth
