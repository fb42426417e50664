#include "sim/serving/sent_requests.h"

#include <algorithm>

namespace berth::serving {
namespace {

constexpr std::size_t kTogether = 512;  // requests of a block at least

}  // namespace

SentRequests::Block& SentRequests::room_for(std::size_t n, double now) {
  if (used_ > 0 && blocks_[used_ - 1].size + n <= blocks_[used_ - 1].arrivals.size())
    return blocks_[used_ - 1];
  if (used_ >= sweep_at_) sweep(now);
  if (used_ == blocks_.size()) blocks_.emplace_back();
  Block& block = blocks_[used_++];
  const std::size_t length = std::max(n, kTogether);
  if (block.arrivals.size() < length) {
    for (auto* field : {&block.arrivals, &block.starts, &block.ends}) field->resize(length);
    block.pods.resize(length);
  }
  block.size = block.told = 0;
  block.last_end = -kNever;
  return block;
}

// Forgets the blocks that have ended.
void SentRequests::sweep(double now) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < used_; ++i)
    if (blocks_[i].last_end > now) std::swap(blocks_[kept++], blocks_[i]);
  used_ = kept;
  if (used_ >= most_used_) gather(now);
  sweep_at_ = 2 * used_ + 1;
}

// Those of the blocks that have not ended go to the others, in order; a few long ones would keep
// many blocks.
void SentRequests::gather(double now) {
  if (used_ == 0) return;
  tidy(now);
  for (const Block& block : std::span(blocks_).first(std::exchange(used_, 0)))
    for (std::size_t i = 0; i < block.size; ++i)
      if (block.ends[i] > now)
        singles_.push_back({.arrival = block.arrivals[i],
                            .start = block.starts[i],
                            .end = block.ends[i],
                            .pod = block.pods[i],
                            .told = i < block.told});
  tidy_at_ = 2 * singles_.size() + 4096;
  most_used_ = 64 + 2 * singles_.size() / kTogether;
}

void SentRequests::tidy(double now) {
  std::erase_if(singles_, [&](const SentRequest& one) { return one.end <= now; });
  tidy_at_ = 2 * singles_.size() + 4096;
}

void SentRequests::add(const SentRequest& one, double now) {
  gather(now);
  if (singles_.size() >= tidy_at_) [[unlikely]]
    tidy(now);
  singles_.push_back(one);
}

std::vector<SentRequest> SentRequests::take(std::uint32_t pod, double now) {
  std::vector<SentRequest> taken;
  std::erase_if(singles_, [&](const SentRequest& one) {
    if (one.pod != pod) return one.end <= now;
    if (one.end > now && one.start != kNever) taken.push_back(one);
    return true;
  });
  for (Block& block : std::span(blocks_).first(used_))
    for (std::size_t i = 0; block.last_end > now && i < block.size; ++i) {
      if (block.pods[i] != pod) continue;
      if (block.ends[i] > now)
        taken.push_back({block.arrivals[i], block.starts[i], block.ends[i], pod});
      block.starts[i] = kNever;
      block.ends[i] = -kNever;
    }
  return taken;
}

}  // namespace berth::serving
