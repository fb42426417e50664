#include "models/kubernetes/image_gc.h"

#include <algorithm>

namespace berth {

std::vector<ImageId> images_to_remove(std::span<const ImageOnNode> images, Bytes disk) {
  constexpr double kHigh = 0.85, kLow = 0.80;
  Bytes used;
  for (const ImageOnNode& image : images) used += image.on_disk;
  if (used <= scaled(disk, kHigh)) return {};
  std::vector<ImageOnNode> idle;
  std::ranges::copy_if(images, std::back_inserter(idle),
                       [](const ImageOnNode& image) { return image.containers == 0; });
  std::ranges::sort(idle, {}, [](const ImageOnNode& image) {
    return std::pair(image.last_used, image.image);
  });
  std::vector<ImageId> removed;
  for (const ImageOnNode& image : idle) {
    if (used <= scaled(disk, kLow)) break;
    used = used - image.on_disk;
    removed.push_back(image.image);
  }
  return removed;
}

}  // namespace berth
