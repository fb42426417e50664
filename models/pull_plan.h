// One pull as the simulator needs it, whatever the mode: so many bytes, as one network flow that
// may go no faster than so much, and what is left to do when they have arrived.
//
//   ready(plan, took) = before + arrival and unpacking of every layer + after, its download stretched
//                       by took / (time of the flow alone on an idle network), its unpacking alone
//                       on the machine (with others: models/unpack_sharing.h)
//
// full and soci_parallel: every missing layer, unpacked as models/image_pull.h says. soci_lazy: the
// index, the small layers and the parts that are read before the container is ready, as
// models/lazy_pull.h says; an image without an index falls back to a one-by-one pull. preloaded, or
// nothing missing: no bytes.
//
// A container of a lazily loaded image that another one on the node has read before finds it mounted
// and its reads local: only what the first one did not read is left, and the hits.
//
// A plan depends on (image, mode, node shape, what is cached or read) only: make it once, ask it
// often; `ready` allocates nothing.
// Left out: a network that gets wider or narrower while a pull lasts stretches all its layers alike.
// Tested by tests/models/pull_plan_test.cpp.
#pragma once

#include <optional>

#include "models/lazy_pull.h"

namespace berth {

// Starting a container from a local image: the kubelet's presence check and the snapshot. Assumed:
// far below the 2-5 s of pod overhead, which is counted elsewhere.
inline constexpr Seconds kLocalImage{0.1};
// Resolving a name, authorising and fetching manifests before the first layer: the SOCI project's
// CI takes 1.2 s to pull a 2 MB image (median over 473 commits).
inline constexpr Seconds kResolve{1.2};

struct PullPlan {
  PullMode mode = PullMode::preloaded;  // what is asked for
  bool fallback = false;                // soci_lazy without an index
  Bytes network_bytes;
  BytesPerSecond alone_rate;  // the flow's cap; meaningless without bytes
  Seconds before{0};          // before the first byte moves
  Seconds after{0};           // after the last byte, on top of the unpacking
  UnpackPlan unpack;

  // soci_lazy only: how the flow and `after` divide into mounting the image and waiting for reads.
  std::optional<LazyWork> lazy;
  double mount_share = 1;  // of the flow's time
  Seconds mount_after{0};  // of `after`

  Seconds alone() const;  // the flow on an idle network
  // On a machine that stays: a lazily loaded image comes whole, by and by.
  Bytes bytes_in_the_end() const;
};

// What a node has of an image beyond whole layers.
struct LazilyHeld {
  bool mounted = false;
  double read = 0;  // of the unpacked bytes, by containers before this one
};

PullPlan plan_pull(const Image& image, const LayerSet& cached, PullMode mode, const NodeShape& node,
                   LazilyHeld held = {});
PullPlan plan_pull(const Image& image, const LayerSet& cached, PullMode mode, const PullPath& path,
                   const LazyPath& lazy, LazilyHeld held = {});

// From the start of the pull until the image serves as if it were local, when the flow took `took`.
Seconds ready(const PullPlan& plan, Seconds took);
// What is still to be waited when the flow ends: ready - before - took, never negative.
Seconds wait_after_flow(const PullPlan& plan, Seconds took);

// The same time for a startup ledger: until the image is there (or mounted), and then waiting for
// reads through the mount (0 unless lazy).
struct PullSplit {
  Seconds image{0}, reads{0};
};
PullSplit split_pull(const PullPlan& plan, Seconds took);
// The same when it was ready after `all`.
PullSplit split_until(const PullPlan& plan, Seconds took, Seconds all);

}  // namespace berth
