// Which images share which layers, by digest: a graph with an edge from every image to every one of
// its layers (Boost.Graph). Images that hang together through layers are a family: built on one base.
//
//   stored = sum over distinct layers          separate = sum over images of their layers
//
// What a registry stores and bills is `stored`: a layer once, however many images name it.
// Left out: layers that repositories keep apart (a registry may store one digest per repository), the
// order in which a family was built. Tested by tests/models/layer_sharing_test.cpp.
#pragma once

#include <span>
#include <vector>

#include "models/image.h"

namespace berth {

struct LayerSharing {
  Bytes separate, stored;                     // compressed
  std::vector<std::vector<ImageId>> families; // each sorted; in the order of their first image
};

// `images`: by ImageId; only those in `used` count, each once.
LayerSharing layer_sharing(std::span<const Image> images, std::span<const ImageId> used);

// Compressed bytes of the layers that both have.
Bytes shared_bytes(const Image& a, const Image& b);

}  // namespace berth
