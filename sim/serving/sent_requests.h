// Requests that were sent to pods and may not have ended: who is cut off when a pod goes, and who
// waits, must be known; everything else is forgotten as soon as that may be.
//
// Requests come in blocks that are sent one after the other (an array a field: what is written for
// every request is read only if a pod goes or somebody looks, and it is forgotten by the block), or
// one by one.
// Tested by tests/sim/serving/pod_queues_test.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/serving/slot_tree.h"  // kNever

namespace berth::serving {

// Abandoned: start = kNever, and it leaves at `end`. Only a slot occupied: start = -kNever.
struct SentRequest {
  double arrival, start, end;
  std::uint32_t pod;
  bool recorded_late = false;
  bool told = false;  // by each_new
};

class SentRequests {
 public:
  // Rejected or cut off: start = kNever, end = -kNever.
  struct Block {
    std::size_t size = 0;
    std::size_t told = 0;  // so many of them, the first
    double last_end = -kNever;
    std::vector<double> arrivals, starts, ends;
    std::vector<std::uint32_t> pods;
  };

  // A block with room for `n` more behind its `size`, for the caller to fill.
  Block& room_for(std::size_t n, double now);
  // Later than all that were added before.
  void add(const SentRequest& one, double now);
  // f(pod, start, end) for all that were not told before; so each is told once, however many.
  template <class F>
  void each_new(F f);
  // Forgets those of the pod, and returns them if they have not ended and were not abandoned.
  std::vector<SentRequest> take(std::uint32_t pod, double now);

 private:
  void sweep(double now);
  void gather(double now);
  void tidy(double now);

  std::vector<SentRequest> singles_;           // one by one, and from before the blocks
  std::vector<Block> blocks_;                  // of which the first `used_` are in use
  std::size_t used_ = 0, most_used_ = 64;      // gathered when so many have not ended
  // Blocks are looked through when twice as many are in use as had not ended the last time: each
  // is looked at once or twice, however many an overload keeps.
  std::size_t sweep_at_ = 1;
  std::size_t tidy_at_ = 4096;  // forget what has ended when so many are kept
};

template <class F>
void SentRequests::each_new(F f) {
  for (std::size_t i = singles_.size(); i > 0 && !singles_[i - 1].told; --i) {
    singles_[i - 1].told = true;
    f(singles_[i - 1].pod, singles_[i - 1].start, singles_[i - 1].end);
  }
  for (std::size_t at = used_; at > 0; --at) {
    Block& block = blocks_[at - 1];
    if (block.told == block.size && block.size > 0) break;
    for (std::size_t i = std::exchange(block.told, block.size); i < block.size; ++i)
      f(block.pods[i], block.starts[i], block.ends[i]);
  }
}

}  // namespace berth::serving
