// The kubelet's image garbage collection: when a node's image disk is fuller than 85 %, images that
// no container uses go, least recently used first, until it is at 80 % or below.
//
// An image's size counts layers it shares with others, as the kubelet's bookkeeping does; what is
// freed is what no remaining image needs (the caller rebuilds the set of layers).
// Left out: the minimum age of two minutes, inode pressure, disk filled by pods.
// Defaults: kubelet imageGCHighThresholdPercent 85, imageGCLowThresholdPercent 80.
// Tested by tests/models/kubernetes/image_gc_test.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/ids.h"
#include "models/units.h"

namespace berth {

struct ImageOnNode {
  ImageId image;
  Bytes on_disk;
  std::int64_t last_used = 0;  // any increasing number
  int containers = 0;          // running from it
};

// The images to remove, in order of removal.
std::vector<ImageId> images_to_remove(std::span<const ImageOnNode> images, Bytes disk);

}  // namespace berth
