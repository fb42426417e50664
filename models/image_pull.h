// How long a whole image takes to arrive on an idle node: every layer is downloaded, then unpacked.
//
// Downloads: at most `download_slots` at once, started in manifest order; each waits
// `time_to_first_byte` in its slot, then all that transfer share the node's bandwidth equally, none
// faster than `connection_cap`. With a chunk size, a layer is fetched as ranges of that size, each
// a download of its own. Unpacking: at most `unpack_slots` at once, in manifest order (containerd,
// whose snapshots stack) or in order of arrival (SOCI's parallel mode), each at
// min(unpack_rate, disk_rate / unpacking), where a layer also costs the disk its compressed bytes
// when the blob is kept. The image is ready when the last layer is unpacked.
//
//   layer i, one unpacker in manifest order: up_i = max(down_i, up_(i-1)) + unpacked_i / rate
//
// Left out: a layer's inflation while it still downloads (the published effective rates are met
// without), registry throttling, CPU shared with other pods, an in-order stop on a failed layer.
// Tested by tests/models/image_pull_test.cpp and the conformance family image_pull.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/image.h"

namespace berth {

enum class PullMode : std::uint8_t {
  full,           // containerd as it comes: three downloads, one unpacker
  soci_lazy,      // mount at once, read by ranges on demand
  soci_parallel,  // the whole image, in ranges, unpacked by many
  preloaded,      // on the node's disk before the node joins
};

enum class UnpackOrder : std::uint8_t { manifest, arrival };

struct PullPath {
  BytesPerSecond node_bandwidth;
  BytesPerSecond connection_cap;
  int download_slots = 3;
  std::optional<Bytes> chunk;  // absent: a whole layer is one download
  Seconds time_to_first_byte{0};
  BytesPerSecond unpack_rate;  // unpacked bytes, one stream
  int unpack_slots = 1;
  UnpackOrder unpack_order = UnpackOrder::manifest;
  std::optional<BytesPerSecond> disk_rate;  // absent: the disk is never the bound
  bool blobs_kept = false;  // the compressed layer is written as well as the unpacked one
};

struct PullTimeline {
  std::vector<Seconds> download_done, unpack_done;  // manifest order, from the start of the pull
  Seconds download_makespan{0};
  Seconds ready{0};
};

PullTimeline pull_timeline(std::span<const Layer> layers, const PullPath& path);

// The unpacking half alone, for downloads that ended at other times (a shared link). The order of
// the steps is the order of unpacking. Allocates nothing, about 5 ns a step with one unpacker.
struct UnpackStep {
  Seconds downloaded{0};  // from the start of the pull, alone on the network
  double work = 0;        // unpacked bytes
};
struct Unpackers {
  int slots = 1;           // at most kMostUnpackers are used
  double stream_rate = 0;  // unpacked bytes a second
  double disk_rate = 0;    // the same, all unpackers together
};
inline constexpr int kMostUnpackers = 64;
Seconds unpacked_after(std::span<const UnpackStep> steps, const Unpackers& unpackers,
                       double stretch, std::span<Seconds> done = {});

// Steps in the order of unpacking, and which layer each one is.
struct UnpackPlan {
  std::vector<UnpackStep> steps;
  std::vector<std::size_t> layer;
  Unpackers unpackers;
};
UnpackPlan plan_unpacking(std::span<const Layer> layers, std::span<const Seconds> downloaded,
                          const PullPath& path);

// A node as a pull sees it. Disk: what the volume that holds images writes.
struct NodeShape {
  BytesPerSecond network;
  BytesPerSecond disk;
  int vcpus = 4;
};
// gp3 as it is created, and as AWS advises for large images (SOCI parallel mode's documentation).
inline constexpr BytesPerSecond kGp3Baseline{125.0 * kMiB};
inline constexpr BytesPerSecond kGp3Advised{600.0 * kMiB};
inline constexpr BytesPerSecond kGp3Maximum{1000.0 * kMiB};

// The settings each mode has by default on EKS, with the rates measured for it (sources in the
// .cpp). For soci_lazy: how it pulls an image that has no index. For preloaded: as full.
PullPath default_path(PullMode mode, const NodeShape& node);

}  // namespace berth
