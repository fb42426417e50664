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
      : path_(path), queue_(std::move(downloads)), done_(layers, Seconds{0}) {}

  std::vector<Seconds> run() {
    fill_slots();
    while (!active_.empty()) {
      step();
      fill_slots();
    }
    return done_;
  }

 private:
  struct Active {
    std::size_t layer;
    double first_byte_at, bytes_left;
  };

  bool transfers(const Active& a) const { return a.first_byte_at <= now_; }

  void fill_slots() {
    const auto slots = static_cast<std::size_t>(std::max(path_.download_slots, 1));
    for (; next_ < queue_.size() && active_.size() < slots; ++next_)
      active_.push_back(
          {queue_[next_].layer, now_ + path_.time_to_first_byte.count(), queue_[next_].bytes});
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
  std::vector<Seconds> done_;
  std::vector<Active> active_;
  std::size_t next_ = 0;
  double now_ = 0;
};

Seconds unpack_in_turn(std::span<const UnpackStep> steps, double rate, double stretch,
                       std::span<Seconds> done) {
  double until = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    until = std::max(stretch * steps[i].downloaded.count(), until) + steps[i].work / rate;
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
  if (unpackers.slots <= 1)
    return unpack_in_turn(steps, std::min(unpackers.stream_rate, unpackers.disk_rate), stretch,
                          done);
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

UnpackPlan plan_unpacking(std::span<const Layer> layers, std::span<const Seconds> downloaded,
                          const PullPath& path) {
  UnpackPlan plan;
  plan.layer.resize(layers.size());
  std::iota(plan.layer.begin(), plan.layer.end(), std::size_t{0});
  if (path.unpack_order == UnpackOrder::arrival)
    std::ranges::sort(plan.layer, {}, [&](std::size_t i) { return std::pair(downloaded[i], i); });
  for (const std::size_t i : plan.layer)
    plan.steps.push_back({downloaded[i], static_cast<double>(layers[i].unpacked.count)});
  plan.unpackers = {.slots = path.unpack_slots,
                    .stream_rate = path.unpack_rate.rate,
                    .disk_rate = path.disk_rate ? path.disk_rate->rate : kNever};
  // A kept blob takes its part of the disk for every unpacked byte.
  const double unpacked = static_cast<double>(total_unpacked(layers).count);
  if (path.blobs_kept && unpacked > 0)
    plan.unpackers.disk_rate *=
        unpacked / (unpacked + static_cast<double>(total_compressed(layers).count));
  return plan;
}

PullTimeline pull_timeline(std::span<const Layer> layers, const PullPath& path) {
  PullTimeline timeline;
  timeline.download_done =
      Downloading(split_into_downloads(layers, path), path, layers.size()).run();
  for (const Seconds done : timeline.download_done)
    timeline.download_makespan = std::max(timeline.download_makespan, done);
  const UnpackPlan plan = plan_unpacking(layers, timeline.download_done, path);
  std::vector<Seconds> by_step(layers.size());
  timeline.ready = unpacked_after(plan.steps, plan.unpackers, 1.0, by_step);
  timeline.unpack_done.resize(layers.size());
  for (std::size_t i = 0; i < by_step.size(); ++i) timeline.unpack_done[plan.layer[i]] = by_step[i];
  return timeline;
}

PullPath default_path(PullMode mode, const NodeShape& node) {
  PullPath path{
      .node_bandwidth = node.network,
      // One HTTP stream fetched 2.7 GiB in about 15 s (containerd issue 13559, June 2026): 193
      // MB/s.
      .connection_cap = megabytes_per_second(193),
      // containerd's max_concurrent_downloads and its serial apply (containerd issue 8881).
      .download_slots = 3,
      // First byte of a range request from S3 or ECR; assumed, with 62 ms for a whole cold SOCI
      // miss (its paper) as an upper bound.
      .time_to_first_byte = Seconds{0.03},
      // Go's gzip inflates 172-268 MiB/s of output a stream (containerd pull 13560): 200 MB/s.
      .unpack_rate = megabytes_per_second(200),
      .unpack_slots = 1,
      .unpack_order = UnpackOrder::manifest,
      .disk_rate = node.disk,
      .blobs_kept = true,  // containerd's discard_unpacked_layers is off by default
  };
  if (mode == PullMode::soci_parallel) {
    // EKS AL2023 FastImagePull: 20 downloads, 16 MB ranges, 12 unpackers, blobs discarded. A stream
    // that inflates needs a core.
    path.download_slots = 20;
    path.chunk = Bytes{16'000'000};
    path.unpack_slots = std::clamp(node.vcpus, 1, 12);
    path.unpack_order = UnpackOrder::arrival;
    path.blobs_kept = false;
  }
  // SOCI's documentation: an image without an index is pulled one layer after the other.
  if (mode == PullMode::soci_lazy) path.download_slots = 1;
  return path;
}

}  // namespace berth
