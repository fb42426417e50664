// How long a whole image takes to arrive on an idle node: every layer is downloaded, then unpacked.
//
// Downloads: at most `download_slots` at once, started in manifest order; each waits
// `time_to_first_byte` in its slot, then all that transfer share the node's bandwidth equally, none
// faster than `connection_cap`. With a chunk size, a layer is fetched as ranges of that size, each
// a download of its own. Unpacking: at most `unpack_slots` at once, in manifest order (containerd,
// whose snapshots stack) or in order of arrival (SOCI's parallel mode), each at
// min(unpack_rate, disk_rate / unpacking), where a layer also costs the disk its compressed bytes
// when the blob is kept, and once more when it is read back. The image is ready when the last layer
// is unpacked.
//
//   layer i, one unpacker in manifest order:
//   stored first   up_i = max(down_i, up_(i-1)) + unpacked_i / rate
//   streamed       up_i = max(down_i, max(first byte_i, up_(i-1)) + unpacked_i / rate)
//
// Streamed, as containerd does it: download, inflate and write overlap, so a layer takes its slowest
// stage and not the sum (containerd issue 13559).
//
// Left out: registry throttling, an in-order stop on a failed layer, streaming into several
// unpackers (SOCI's parallel mode writes its ranges to disk first). CPU and disk shared with other
// pulls of the node: models/unpack_sharing.h.
// Tested by tests/models/image_pull_test.cpp and the conformance family image_pull.
#pragma once

#include <compare>
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
  bool blobs_read_back = false;  // and read again to be unpacked
  bool streamed = false;         // a layer is unpacked while it downloads; one unpacker only
};

struct PullTimeline {
  // Manifest order, from the start of the pull.
  std::vector<Seconds> first_byte, download_done, unpack_done;
  Seconds download_makespan{0};
  Seconds ready{0};
};

PullTimeline pull_timeline(std::span<const Layer> layers, const PullPath& path);

// The unpacking half alone, for downloads that ended at other times (a shared link). The order of
// the steps is the order of unpacking. Allocates nothing, about 5 ns a step with one unpacker.
struct UnpackStep {
  Seconds downloaded{0};  // from the start of the pull, alone on the network
  double work = 0;        // unpacked bytes
  Seconds first_byte{0};  // counts where layers are streamed
};
struct Unpackers {
  bool streamed = false;
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
UnpackPlan plan_unpacking(std::span<const Layer> layers, const PullTimeline& downloads,
                          const PullPath& path);

// Whose settings of the parallel mode a node has (soci-snapshotter's documentation, August 2026).
enum class NodeSystem : std::uint8_t {
  al2023,        // EKS's Amazon Linux, FastImagePull: 20 downloads of 16 MB, 12 unpackers
  bottlerocket,  // 3 downloads of whole layers, 1 unpacker, which inflates faster; blobs kept
  oss,           // the snapshotter as it is published: the same with Go's gzip
};
struct ParallelPull {
  int downloads = 3;
  std::optional<Bytes> chunk;
  int unpacks = 1;
  bool blobs_kept = true;
};
ParallelPull parallel_defaults(NodeSystem system);

// Go's gzip, one stream, of unpacked bytes: 172 to 256 MiB/s by image and processor (containerd issue
// 13559 and pull 13560), 220 MB/s in the geometric middle.
inline constexpr BytesPerSecond kInflate{220e6};

// A registry as one connection meets it. The default is private ECR, whose layers come from S3: one
// HTTP stream fetched 2.7 GiB in about 15 s (containerd issue 13559): 193 MB/s. First byte of a
// range: 30 ms is assumed, which makes a cold SOCI miss 60 ms, the low end of the published 62-290.
struct Registry {
  BytesPerSecond connection{193e6};
  Seconds first_byte{0.03};
  auto operator<=>(const Registry&) const = default;
};
// As services run by AWS meet it, over a network path of their own: misses are at the upper end of the
// published ones, without which Studio's and Fargate's lazy starts would be a third shorter.
inline constexpr Registry kManagedRegistry{.first_byte = Seconds{0.25}};

// A node as a pull sees it. Disk: what the volume that holds images moves.
struct NodeShape {
  BytesPerSecond network;
  BytesPerSecond disk;
  int vcpus = 4;
  NodeSystem system = NodeSystem::al2023;
  Registry registry{};
  BytesPerSecond inflate = kInflate;  // one stream
};
// gp3 as it is created, and as AWS advises for large images (SOCI parallel mode's documentation).
inline constexpr BytesPerSecond kGp3Baseline{125.0 * kMiB};
inline constexpr BytesPerSecond kGp3Advised{600.0 * kMiB};
inline constexpr BytesPerSecond kGp3Maximum{1000.0 * kMiB};

// The settings each mode has by default on EKS, with the rates measured for it (sources in the
// .cpp). For soci_lazy: how it pulls an image that has no index. For preloaded: as full.
PullPath default_path(PullMode mode, const NodeShape& node);

}  // namespace berth
