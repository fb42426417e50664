#include "models/image_pull.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Layer layer(int id, double compressed_mb, double unpacked_mb) {
  return {{id}, scaled(Bytes{1'000'000}, compressed_mb), scaled(Bytes{1'000'000}, unpacked_mb)};
}

PullPath path_of(double node_mb, double connection_mb, int slots, double unpack_mb) {
  return {.node_bandwidth = megabytes_per_second(node_mb),
          .connection_cap = megabytes_per_second(connection_mb),
          .download_slots = slots,
          .unpack_rate = megabytes_per_second(unpack_mb)};
}

TEST_CASE("layers are downloaded together and unpacked one after the other", "[image_pull]") {
  // Two downloads share 100 MB/s. 100 MB each: both at 50 MB/s until 2 s. Then the third alone:
  // 60 MB at its cap of 60 MB/s, 3 s. Unpacked at 200 MB/s in order: 2 + 1.5, 3.5 + 1, 4.5 + 0.5.
  const std::vector<Layer> layers{layer(0, 100, 300), layer(1, 100, 200), layer(2, 60, 100)};
  const PullTimeline t = pull_timeline(layers, path_of(100, 60, 2, 200));
  CHECK(t.download_done == std::vector<Seconds>{2s, 2s, 3s});
  CHECK(t.unpack_done == std::vector<Seconds>{3.5s, 4.5s, 5s});
  CHECK(t.download_makespan == 3s);
  CHECK(t.ready == 5s);
}

TEST_CASE("waiting for the first byte holds a slot but no bandwidth", "[image_pull]") {
  // One slot: 0.5 s, 1 s for 100 MB, 0.5 s, 1 s.
  PullPath path = path_of(100, 100, 1, 1e6);
  path.time_to_first_byte = 0.5s;
  const PullTimeline t = pull_timeline(std::vector{layer(0, 100, 0), layer(1, 100, 0)}, path);
  CHECK(t.download_done[0].count() == Approx(1.5));
  CHECK(t.download_done[1].count() == Approx(3.0));
}

TEST_CASE("ranges let one layer use every connection", "[image_pull]") {
  struct Row { const char* because; std::optional<Bytes> chunk; double expected_s; };
  const auto row = GENERATE(values<Row>({
      {"a whole layer is one connection of 50 MB/s",     std::nullopt,         8.0},
      {"four ranges of 100 MB fill the 200 MB/s",        Bytes{100'000'000},   2.0},
      {"two ranges of 200 MB use two connections",       Bytes{200'000'000},   4.0},
  }));
  CAPTURE(row.because);
  PullPath path = path_of(200, 50, 4, 1e6);
  path.chunk = row.chunk;
  CHECK(pull_timeline(std::vector{layer(0, 400, 0)}, path).download_makespan.count() ==
        Approx(row.expected_s));
}

TEST_CASE("unpackers share the disk and start in order of arrival", "[image_pull]") {
  // One download at a time, 100 MB/s: arrivals at 1, 2, 3 s. Streams of 100 MB/s, disk 150 MB/s,
  // two unpackers. Layer 0 (300 MB) alone until 2 s: 200 left. Then both at 75 MB/s: layer 1
  // (150 MB) ends at 4 s, layer 0 has 50 left. Layer 2 (75 MB) waited since 3 s, starts at 4 s;
  // layer 0 ends at 4 + 50/75 s; layer 2 has 25 left and is alone at 100 MB/s: 0.25 s more.
  PullPath path = path_of(100, 100, 1, 100);
  path.unpack_slots = 2;
  path.unpack_order = UnpackOrder::arrival;
  path.disk_rate = megabytes_per_second(150);
  const std::vector<Layer> layers{layer(0, 100, 300), layer(1, 100, 150), layer(2, 100, 75)};
  const PullTimeline t = pull_timeline(layers, path);
  CHECK(t.unpack_done[0].count() == Approx(4 + 50.0 / 75));
  CHECK(t.unpack_done[1].count() == Approx(4.0));
  CHECK(t.unpack_done[2].count() == Approx(4 + 50.0 / 75 + 0.25));
}

TEST_CASE("a kept blob takes its part of the disk", "[image_pull]") {
  // 100 MB compressed and 300 MB unpacked through a disk of 200 MB/s: 400 MB take 2 s after the
  // download's 1 s; without the blob 1.5 s.
  PullPath path = path_of(100, 100, 1, 1000);
  path.disk_rate = megabytes_per_second(200);
  CHECK(pull_timeline(std::vector{layer(0, 100, 300)}, path).ready.count() == Approx(2.5));
  path.blobs_kept = true;
  CHECK(pull_timeline(std::vector{layer(0, 100, 300)}, path).ready.count() == Approx(3.0));
}

TEST_CASE("a streamed layer takes its slowest stage", "[image_pull]") {
  // tensorflow 2.21 GPU's largest layer (containerd issue 13559): 2.7 GiB fetched in about 15 s at 193
  // MB/s and inflated in 35 s: 35 s together, not 50.
  PullPath path = path_of(1250, 193, 3, 180);
  path.streamed = true;
  const std::vector<Layer> one{layer(0, 2899, 6300)};
  CHECK(pull_timeline(one, path).ready.count() == Approx(6300.0 / 180));
  // A link of 50 MB/s is the slower stage: 58 s.
  CHECK(pull_timeline(one, path_of(50, 50, 3, 180)).ready.count() == Approx(2899.0 / 50 + 35));
  path.node_bandwidth = path.connection_cap = megabytes_per_second(50);
  CHECK(pull_timeline(one, path).ready.count() == Approx(2899.0 / 50));
}

TEST_CASE("systems differ in how many download and unpack at once", "[image_pull]") {
  const NodeShape node{gigabits_per_second(25), kGp3Maximum, 8};
  NodeShape other = node;
  other.system = NodeSystem::bottlerocket;
  const PullPath fast = default_path(PullMode::soci_parallel, node);
  CHECK(fast.download_slots == 20);
  CHECK(fast.chunk == Bytes{16'000'000});
  CHECK(fast.unpack_slots == 8);  // twelve, but a stream needs a core
  CHECK_FALSE(fast.blobs_kept);
  const PullPath one = default_path(PullMode::soci_parallel, other);
  CHECK(one.download_slots == 3);
  CHECK_FALSE(one.chunk.has_value());
  CHECK(one.unpack_slots == 1);
  CHECK(one.unpack_rate > fast.unpack_rate);
  // The mode changes nothing for a plain pull.
  CHECK(default_path(PullMode::full, other).unpack_rate ==
        default_path(PullMode::full, node).unpack_rate);
}

TEST_CASE("a blob that is read back costs the disk twice", "[image_pull]") {
  // 100 MB compressed, 300 MB unpacked, disk 200 MB/s: 1 s of download, then (300 + 2 x 100) / 200.
  PullPath path = path_of(100, 100, 1, 1000);
  path.disk_rate = megabytes_per_second(200);
  path.blobs_kept = path.blobs_read_back = true;
  CHECK(pull_timeline(std::vector{layer(0, 100, 300)}, path).ready.count() == Approx(3.5));
}

TEST_CASE("slower downloads delay what waits for them and nothing else", "[image_pull]") {
  // Arrivals 1 s and 2 s alone, work 300 MB and 100 MB at 100 MB/s. Stretch 1: 1 + 3 + 1 = 5 s, the
  // second download is hidden. Stretch 3: 3 + 3 + 1 = 7 s, still hidden (6 s <= 6 s). Stretch 4:
  // layer 0 unpacked at 7 s, layer 1 arrives at 8 s: 9 s.
  const std::vector<UnpackStep> steps{{1s, 300e6}, {2s, 100e6}};
  const Unpackers one{.slots = 1, .stream_rate = 100e6, .disk_rate = 1e12};
  CHECK(unpacked_after(steps, one, 1).count() == Approx(5));
  CHECK(unpacked_after(steps, one, 3).count() == Approx(7));
  CHECK(unpacked_after(steps, one, 4).count() == Approx(9));
  // Many unpackers: 1 + 3 = 4 s and 2 + 1 = 3 s; stretched by 4: 7 s and 9 s.
  const Unpackers many{.slots = 8, .stream_rate = 100e6, .disk_rate = 1e12};
  CHECK(unpacked_after(steps, many, 1).count() == Approx(4));
  CHECK(unpacked_after(steps, many, 4).count() == Approx(9));
}

TEST_CASE("one unpacker is the same as several when layers arrive far apart", "[image_pull]") {
  const std::vector<UnpackStep> steps{{1s, 50e6}, {3s, 100e6}, {10s, 70e6}};
  for (const int slots : {1, 2, 5})
    CHECK(unpacked_after(steps, {.slots = slots, .stream_rate = 100e6, .disk_rate = 90e6}, 1)
              .count() == Approx(10 + 70.0 / 90));
}

TEST_CASE("an image without bytes is there at once", "[image_pull]") {
  CHECK(pull_timeline({}, path_of(100, 100, 3, 200)).ready == 0s);
  CHECK(pull_timeline(std::vector{layer(0, 0, 0)}, path_of(100, 100, 3, 200)).ready == 0s);
}

}  // namespace
}  // namespace berth
