// Images on a cluster's nodes: which layers are there, what a pull brings, what has to make room.
#include <algorithm>

#include "models/kubernetes/image_gc.h"
#include "sim/cluster.h"

namespace berth {

PullSite ClusterPlatform::pull_site(const KubeNode& node) const {
  return berth::pull_site(settings_, pool(node.pool), node.type);
}

ImagePull ClusterPlatform::begin_pull(KubeNode& node, ImageId image, PullMode mode, Holder by) {
  const Image& what = world_.scenario.images[image.index()];
  const LayerSet there = node.pulls.with_coming(node.cached);
  ImagePull pull{.plan = &world_.pull_plan(image, mode, pull_site(node), there, node.lazy.images(),
                                           node.pulls.being_read(image))};
  const bool brings = pull.plan->network_bytes.count > 0;
  if (pull.plan->lazy) {
    const bool mounts = !node.lazy.images().holds(image);
    pull.waits_for = node.pulls.reading(image);
    if (brings) pull.brings = node.pulls.begin_lazily(image);
    node.lazy.mount(image, *pull.plan, by);
    pull.ends = [this, &node, image, mounts](bool done) {
      if (done)
        node.lazy.note_read(image, world_.scenario.images[image.index()].read_before_ready);
      else if (mounts)
        node.lazy.forget(image);
    };
  } else if (mode != PullMode::preloaded) {
    pull.waits_for = node.pulls.bringing(missing(what, node.cached));
    if (brings) {
      pull.brings = node.pulls.begin(what, image, there);
      pull.ends = [&node, brought = pull.brings](bool done) {
        if (!done) return;
        node.cached.add(brought->layers);
        std::ranges::fill(node.present, std::nullopt);
      };
    }
  }
  return pull;
}

void ClusterPlatform::refresh_layers(KubeNode& node) {
  node.cached = {};
  for (const ImageOnNode& held : node.images)
    node.cached.add(world_.scenario.images[held.image.index()]);
  std::ranges::fill(node.present, std::nullopt);
}

Bytes ClusterPlatform::image_present(KubeNode& node, ImageId image) const {
  std::optional<Bytes>& known = node.present[image.index()];
  if (!known) {
    const Image& what = world_.scenario.images[image.index()];
    known = total_compressed(what.layers) - total_compressed(missing(what, node.cached));
  }
  return *known;
}

Bytes ClusterPlatform::image_disk(const KubeNode& node) const {
  if (settings_.image_disk.count > 0) return settings_.image_disk;
  const Bytes nvme = world_.type(node.type).nvme;
  return nvme.count > 0 ? nvme : pool(node.pool).volume;
}

void ClusterPlatform::keep_image(KubeNode& node, ImageId image, PullMode mode) {
  const auto held = std::ranges::find(node.images, image, &ImageOnNode::image);
  if (held != node.images.end()) {
    held->last_used = node.changes;
    return;
  }
  const Image& what = world_.scenario.images[image.index()];
  // Where a pull keeps what it downloaded, that lies beside what it unpacked.
  const PullSite site = pull_site(node);
  const bool blobs = default_path(mode, node_shape(world_.type(site.type), site)).blobs_kept;
  const Bytes compressed = blobs ? total_compressed(what.layers) : Bytes{};
  node.images.push_back({.image = image,
                         .on_disk = total_unpacked(what.layers) + compressed,
                         .last_used = node.changes});
  for (ImageOnNode& image_held : node.images)
    image_held.containers = static_cast<int>(
        std::ranges::count(node.pods, std::optional(image_held.image), &KubePod::image));
  const auto removed = images_to_remove(node.images, image_disk(node));
  std::erase_if(node.images, [&](const ImageOnNode& i) {
    return std::ranges::find(removed, i.image) != removed.end();
  });
  if (!removed.empty()) refresh_layers(node);
  node.cached.add(what);
  std::ranges::fill(node.present, std::nullopt);
}

}  // namespace berth
