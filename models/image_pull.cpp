#include "models/image_pull.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace berth {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Download {
  std::size_t layer = 0;
  double bytes = 0;
};

std::vector<Download> split_into_downloads(std::span<const Layer> layers, const PullPath& path) {
  std::vector<Download> downloads;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::int64_t left = layers[i].compressed.count;
    const std::int64_t chunk = path.chunk ? std::max<std::int64_t>(path.chunk->count, 1) : left;
    do {
      const std::int64_t part = std::min(left, chunk);
      downloads.push_back({i, static_cast<double>(part)});
      left -= part;
    } while (left > 0);
  }
  return downloads;
}

// Downloads that hold a slot: first they wait for their first byte, then they share the link.
class Downloading {
 public:
  Downloading(std::vector<Download> downloads, const PullPath& path, std::size_t layers)
      : path_(path),
        queue_(std::move(downloads)),
        first_(layers, Seconds{kNever}),
        done_(layers, Seconds{0}) {}

  PullTimeline run() {
    fill_slots();
    while (!active_.empty()) {
      step();
      fill_slots();
    }
    PullTimeline timeline{.first_byte = first_, .download_done = done_};
    for (const Seconds done : done_)
      timeline.download_makespan = std::max(timeline.download_makespan, done);
    return timeline;
  }

 private:
  struct Active {
    std::size_t layer;
    double first_byte_at, bytes_left;
  };

  bool transfers(const Active& a) const { return a.first_byte_at <= now_; }

  void fill_slots() {
    const auto slots = static_cast<std::size_t>(std::max(path_.download_slots, 1));
    for (; next_ < queue_.size() && active_.size() < slots; ++next_) {
      const std::size_t layer = queue_[next_].layer;
      const double first_byte_at = now_ + path_.time_to_first_byte.count();
      active_.push_back({layer, first_byte_at, queue_[next_].bytes});
      first_[layer] = std::min(first_[layer], Seconds{first_byte_at});
    }
  }

  // To the next first byte or the next end, whichever comes first.
  void step() {
    const auto sharing =
        std::ranges::count_if(active_, [this](const Active& a) { return transfers(a); });
    const double rate = std::min(path_.connection_cap.rate,
                                 path_.node_bandwidth.rate / static_cast<double>(sharing));
    double least = kNever, first_byte = kNever;
    for (const Active& a : active_) {
      if (transfers(a))
        least = std::min(least, a.bytes_left);
      else
        first_byte = std::min(first_byte, a.first_byte_at);
    }
    const double end = least < kNever ? now_ + least / rate : kNever;
    if (end <= first_byte)
      finish(end, least);
    else
      advance(first_byte, (first_byte - now_) * rate);
  }

  void advance(double to, double bytes) {
    for (Active& a : active_)
      if (transfers(a)) a.bytes_left -= bytes;
    now_ = to;
  }

  void finish(double at, double bytes) {
    std::erase_if(active_, [&](Active& a) {
      if (!transfers(a)) return false;
      a.bytes_left -= bytes;
      if (a.bytes_left > 0) return false;
      done_[a.layer] = std::max(done_[a.layer], Seconds{at});
      return true;
    });
    now_ = at;
  }

  const PullPath& path_;
  std::vector<Download> queue_;
  std::vector<Seconds> first_, done_;
  std::vector<Active> active_;
  std::size_t next_ = 0;
  double now_ = 0;
};

Seconds unpack_in_turn(std::span<const UnpackStep> steps, const Unpackers& unpackers,
                       double stretch, std::span<Seconds> done) {
  const double rate = std::min(unpackers.stream_rate, unpackers.disk_rate);
  double until = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double arrived = stretch * steps[i].downloaded.count();
    const double begins = unpackers.streamed ? stretch * steps[i].first_byte.count() : arrived;
    until = std::max(std::max(begins, until) + steps[i].work / rate, arrived);
    if (!done.empty()) done[i] = Seconds{until};
  }
  return Seconds{until};
}

// Several unpackers at one common rate: in virtual time (work done by each since the start) a layer
// that begins at v ends at v + work, so the next to end is a minimum over at most `slots` numbers.
class Unpacking {
 public:
  Unpacking(const Unpackers& unpackers, std::span<Seconds> done)
      : unpackers_(unpackers), done_(done) {}

  void begin(std::size_t step, double work) {
    ends_[active_] = virtual_ + work;
    step_[active_++] = step;
  }
  bool full() const { return active_ == slots(); }
  bool idle() const { return active_ == 0; }
  double now() const { return now_; }
  void wait_until(double at) { now_ = std::max(now_, at); }

  // Runs until `at`, or until the first unpacker is free when that comes before.
  bool run_to_first_end_before(double at) {
    const std::size_t first = next_end();
    const double end = now_ + (ends_[first] - virtual_) / rate();
    if (end > at) {
      virtual_ += (at - now_) * rate();
      now_ = at;
      return false;
    }
    virtual_ = ends_[first];
    now_ = end;
    if (!done_.empty()) done_[step_[first]] = Seconds{end};
    --active_;
    ends_[first] = ends_[active_];
    step_[first] = step_[active_];
    return true;
  }

 private:
  std::size_t slots() const {
    return static_cast<std::size_t>(std::clamp(unpackers_.slots, 1, kMostUnpackers));
  }
  double rate() const {
    return std::min(unpackers_.stream_rate, unpackers_.disk_rate / static_cast<double>(active_));
  }
  std::size_t next_end() const {
    return static_cast<std::size_t>(
        std::min_element(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(active_)) -
        ends_.begin());
  }

  Unpackers unpackers_;
  std::span<Seconds> done_;
  std::array<double, kMostUnpackers> ends_;
  std::array<std::size_t, kMostUnpackers> step_;
  std::size_t active_ = 0;
  double now_ = 0, virtual_ = 0;
};

}  // namespace

Seconds unpacked_after(std::span<const UnpackStep> steps, const Unpackers& unpackers,
                       double stretch, std::span<Seconds> done) {
  if (unpackers.slots <= 1) return unpack_in_turn(steps, unpackers, stretch, done);
  Unpacking unpacking(unpackers, done);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double arrives = stretch * steps[i].downloaded.count();
    while (!unpacking.idle() && unpacking.run_to_first_end_before(arrives)) continue;
    unpacking.wait_until(arrives);
    if (unpacking.full()) unpacking.run_to_first_end_before(kNever);
    unpacking.begin(i, steps[i].work);
  }
  while (!unpacking.idle()) unpacking.run_to_first_end_before(kNever);
  return Seconds{unpacking.now()};
}

UnpackPlan plan_unpacking(std::span<const Layer> layers, const PullTimeline& downloads,
                          const PullPath& path) {
  const std::vector<Seconds>& downloaded = downloads.download_done;
  UnpackPlan plan;
  plan.layer.resize(layers.size());
  std::iota(plan.layer.begin(), plan.layer.end(), std::size_t{0});
  if (path.unpack_order == UnpackOrder::arrival)
    std::ranges::sort(plan.layer, {}, [&](std::size_t i) { return std::pair(downloaded[i], i); });
  for (const std::size_t i : plan.layer)
    plan.steps.push_back(
        {downloaded[i], static_cast<double>(layers[i].unpacked.count), downloads.first_byte[i]});
  plan.unpackers = {.streamed = path.streamed && path.unpack_slots <= 1,
                    .slots = path.unpack_slots,
                    .stream_rate = path.unpack_rate.rate,
                    .disk_rate = path.disk_rate ? path.disk_rate->rate : kNever};
  // A kept blob takes its part of the disk for every unpacked byte, and once more if it is read back.
  const double unpacked = static_cast<double>(total_unpacked(layers).count);
  const double blobs = static_cast<double>(total_compressed(layers).count) *
                       ((path.blobs_kept ? 1 : 0) + (path.blobs_read_back ? 1 : 0));
  if (unpacked > 0) plan.unpackers.disk_rate *= unpacked / (unpacked + blobs);
  return plan;
}

PullTimeline pull_timeline(std::span<const Layer> layers, const PullPath& path) {
  PullTimeline timeline =
      Downloading(split_into_downloads(layers, path), path, layers.size()).run();
  const UnpackPlan plan = plan_unpacking(layers, timeline, path);
  std::vector<Seconds> by_step(layers.size());
  timeline.ready = unpacked_after(plan.steps, plan.unpackers, 1.0, by_step);
  timeline.unpack_done.resize(layers.size());
  for (std::size_t i = 0; i < by_step.size(); ++i) timeline.unpack_done[plan.layer[i]] = by_step[i];
  return timeline;
}

ParallelPull parallel_defaults(NodeSystem system) {
  switch (system) {
    case NodeSystem::al2023:
      return {.downloads = 20, .chunk = Bytes{16'000'000}, .unpacks = 12, .blobs_kept = false};
    case NodeSystem::bottlerocket:
    case NodeSystem::oss:
      break;
  }
  return {};
}

namespace {

// What one of Bottlerocket's streams inflates. The Karpenter blueprint, which sets it to 20 ranges of 16 MB
// and 12 unpackers, measured 240 (2025) and 403 (2026) MB/s of compressed bytes for images of 10.8 GB:
// 45 and 27 s, of which the largest layer (two fifths of 25.9 GB unpacked) takes all but some 10 s. At
// 430 MB/s it is 35 s, the geometric middle.
constexpr BytesPerSecond kBottlerocketInflate{430e6};

PullPath parallel_path(PullPath path, const NodeShape& node) {
  const ParallelPull defaults = parallel_defaults(node.system);
  path.download_slots = defaults.downloads;
  path.chunk = defaults.chunk;
  path.unpack_slots = std::clamp(node.vcpus, 1, defaults.unpacks);  // a stream needs a core
  path.unpack_order = defaults.unpacks > 1 ? UnpackOrder::arrival : UnpackOrder::manifest;
  path.blobs_kept = defaults.blobs_kept;
  // One unpacker takes what arrives; ranges are put together on disk before they are unpacked.
  path.streamed = defaults.unpacks == 1;
  if (node.system == NodeSystem::bottlerocket)
    path.unpack_rate.rate = std::max(node.inflate.rate, kBottlerocketInflate.rate);
  return path;
}

}  // namespace

PullPath default_path(PullMode mode, const NodeShape& node) {
  PullPath path{
      .node_bandwidth = node.network,
      .connection_cap = node.registry.connection,
      // containerd's max_concurrent_downloads and its serial apply (containerd issue 8881).
      .download_slots = 3,
      .time_to_first_byte = node.registry.first_byte,
      .unpack_rate = node.inflate,
      .unpack_slots = 1,
      .unpack_order = UnpackOrder::manifest,
      .disk_rate = node.disk,
      .blobs_kept = true,  // containerd's discard_unpacked_layers is off by default
      .streamed = true,
  };
  if (mode == PullMode::soci_parallel) path = parallel_path(path, node);
  // SOCI's documentation: an image without an index is pulled one layer after the other.
  if (mode == PullMode::soci_lazy) path.download_slots = 1;
  return path;
}

}  // namespace berth
