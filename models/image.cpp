#include "models/image.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace berth {
namespace {

// The smallest layers (a COPY, an ENV) are still a ten-thousandth of the image, not a millionth.
constexpr double kSmallestShare = 1e-4;
constexpr double kLargestAt = 0.6;
constexpr double kLargestShare = 0.4;  // of what the larger ones leave

// Manifest positions from the largest layer to the smallest: outwards from the largest one,
// above it and below it in turn.
std::vector<int> positions_by_size(int count) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  const int largest = static_cast<int>(kLargestAt * (count - 1));
  std::ranges::sort(
      order, {}, [&](int at) { return std::pair(std::abs(at - largest), at < largest ? 1 : 0); });
  return order;
}

std::vector<double> shares_in_manifest_order(int count) {
  std::vector<double> shares(static_cast<std::size_t>(count));
  double share = kLargestShare;
  for (const int at : positions_by_size(count)) {
    shares[static_cast<std::size_t>(at)] = std::max(share, kSmallestShare);
    share *= 1 - kLargestShare;
  }
  return shares;
}

// Whole bytes by cumulative rounding: what is rounded away from one layer reaches the next, so the
// parts add up to the total exactly.
std::vector<std::int64_t> split(Bytes total, std::span<const double> shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<std::int64_t> parts;
  double below = 0;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    below += shares[i];
    const std::int64_t upto =
        i + 1 == shares.size() ? total.count : scaled(total, below / sum).count;
    parts.push_back(upto - given);
    given = upto;
  }
  return parts;
}

}  // namespace

Bytes total_compressed(std::span<const Layer> layers) {
  Bytes sum;
  for (const Layer& layer : layers) sum += layer.compressed;
  return sum;
}

Bytes total_unpacked(std::span<const Layer> layers) {
  Bytes sum;
  for (const Layer& layer : layers) sum += layer.unpacked;
  return sum;
}

std::vector<Layer> synthesise_layers(const LayerTotals& totals) {
  const std::vector<double> shares = shares_in_manifest_order(std::max(totals.count, 1));
  const std::vector<std::int64_t> compressed = split(totals.compressed, shares);
  const std::vector<std::int64_t> unpacked = split(totals.unpacked, shares);
  std::vector<Layer> layers;
  layers.reserve(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    layers.push_back({.id = {totals.first_id.value + static_cast<std::int32_t>(i)},
                      .compressed = {compressed[i]},
                      .unpacked = {unpacked[i]}});
  return layers;
}

void LayerSet::add(LayerId layer) {
  const std::size_t word = layer.index() / 64;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << (layer.index() % 64);
}

void LayerSet::add(const Image& image) {
  for (const Layer& layer : image.layers) add(layer.id);
}

void LayerSet::add(const LayerSet& other) {
  if (other.words_.size() > words_.size()) words_.resize(other.words_.size());
  for (std::size_t word = 0; word < other.words_.size(); ++word) words_[word] |= other.words_[word];
}

void LayerSet::remove(LayerId layer) {
  if (!contains(layer)) return;
  words_[layer.index() / 64] &= ~(std::uint64_t{1} << (layer.index() % 64));
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

int LayerSet::size() const {
  int count = 0;
  for (const std::uint64_t word : words_) count += std::popcount(word);
  return count;
}

std::vector<Layer> missing(const Image& image, const LayerSet& cached) {
  std::vector<Layer> needed;
  LayerSet have = cached;
  for (const Layer& layer : image.layers) {
    if (have.contains(layer.id)) continue;
    have.add(layer.id);
    needed.push_back(layer);
  }
  return needed;
}

bool holds(const LayerSet& cached, const Image& image) {
  return std::ranges::all_of(image.layers,
                             [&](const Layer& layer) { return cached.contains(layer.id); });
}

}  // namespace berth
