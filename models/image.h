// Container images: their layers in manifest order, what a node already holds of them, and a
// plausible layer list where only an image's totals are known.
//
// Synthetic layers: the largest carries two fifths of the bytes, the next two fifths of the rest, and
// so on down to a small floor. It matters because a gzip layer is inflated by one core: however many
// are unpacked at once, the largest one is the bound. Two fifths is read off the Karpenter
// blueprint's pull of a 10.8 GB image by AL2023's twelve unpackers, 60 s: a largest layer of half the
// image would take 59 s to inflate alone and 70 s with its download. (The largest of the tensorflow
// 2.21 GPU image is 2.7 GiB, containerd issue 13559, June 2026.)
// The largest sits at 60 % of the manifest: a small system below it, packages and code above.
// Every layer has the image's ratio of unpacked to compressed bytes; shares are whole bytes and
// add up to the totals exactly.
//
// Left out: files inside a layer, whiteouts, media types other than gzip, manifests' own bytes.
// Tested by tests/models/image_test.cpp.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/ids.h"
#include "models/units.h"

namespace berth {

struct Layer {
  LayerId id;
  Bytes compressed, unpacked;
  bool operator==(const Layer&) const = default;
};

struct Image {
  std::string name;
  std::vector<Layer> layers;  // manifest order: the first one is the lowest
  bool soci_index = false;    // an index was built and pushed (soci create or soci convert)
  // Fraction of the unpacked bytes that is read through the lazy mount before the container is
  // ready: 6.4 % (Slacker, FAST 2016, 57 applications; 4-13 % is typical, ML inference that loads
  // a model out of its image comes near 100 %).
  double read_before_ready = 0.064;
  // What a run reads beyond that, as a fraction of the unpacked bytes. Assumed as much again: the
  // same study's figure covers start-up only, and no source separates the rest.
  double read_during_run = 0.064;
};

Bytes total_compressed(std::span<const Layer> layers);
Bytes total_unpacked(std::span<const Layer> layers);

// Unpacked bytes of one compressed byte, where an image's are not known: 2.4, between 1.9 (a CUDA
// layer), 2.4 (vLLM 0.19, ai-cat-or-dog) and 3.4 (a Python service) of published images.
inline constexpr double kUnpackedRatio = 2.4;

struct LayerTotals {
  Bytes compressed, unpacked;
  int count = 1;     // >= 1
  LayerId first_id;  // the layers are numbered upwards from here
};
std::vector<Layer> synthesise_layers(const LayerTotals& totals);

// The layers a node holds, as bits over the scenario's layer ids. Equal sets compare equal whatever
// was added and removed before, so a set can be the key of a map.
class LayerSet {
 public:
  bool contains(LayerId layer) const {
    const std::size_t word = layer.index() / 64;
    return word < words_.size() && (words_[word] >> (layer.index() % 64) & 1U) != 0;
  }
  void add(LayerId layer);
  void add(const Image& image);
  void add(const LayerSet& other);
  void remove(LayerId layer);
  bool empty() const { return words_.empty(); }
  int size() const;
  auto operator<=>(const LayerSet&) const = default;

 private:
  std::vector<std::uint64_t> words_;  // the last word is never zero
};

// What a node must still pull, in manifest order; a digest listed twice is pulled once.
std::vector<Layer> missing(const Image& image, const LayerSet& cached);
bool holds(const LayerSet& cached, const Image& image);

}  // namespace berth
