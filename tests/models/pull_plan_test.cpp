#include "models/pull_plan.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Image image_of(double compressed, double unpacked, bool indexed = true) {
  return {.name = "image",
          .layers = synthesise_layers(
              {scaled(Bytes{1}, compressed), scaled(Bytes{1}, unpacked), 30, {0}}),
          .soci_index = indexed};
}

Seconds alone_ready(const Image& image, PullMode mode, const NodeShape& node) {
  const PullPlan plan = plan_pull(image, {}, mode, node);
  return ready(plan, plan.alone());
}

double megabytes_per_s(const Image& image, Seconds took) {
  return static_cast<double>(total_compressed(image.layers).count) / 1e6 / took.count();
}

// The node of the Karpenter blueprint: more than 8 Gbit/s of network and of EBS, gp3 at 1000 MiB/s.
const NodeShape kBlueprintNode{gigabits_per_second(10), kGp3Maximum, 48};
// vLLM 0.9 container, 10.78 GB; unpacked with the ratio of its successor (22.98 / 9.72 = 2.36).
const Image kVllm = image_of(10.778e9, 25.48e9);

TEST_CASE("default pulls of a large image come out at the published rates", "[pull_plan]") {
  // containerd: 72-96 MB/s of compressed bytes over 8-12 GB images, 96 for this one (112 s).
  const double full = megabytes_per_s(kVllm, alone_ready(kVllm, PullMode::full, kBlueprintNode));
  CHECK(full > 72);
  CHECK(full < 96);
  // SOCI parallel: 145-240 MB/s with EBS (AL2023), where one gzip stream bounds the largest layer.
  const double parallel =
      megabytes_per_s(kVllm, alone_ready(kVllm, PullMode::soci_parallel, kBlueprintNode));
  CHECK(parallel > 145);
  CHECK(parallel < 240);
  // Bottlerocket 240-403, set by the blueprint to AL2023's ranges and unpackers.
  NodeShape bottlerocket = kBlueprintNode;
  bottlerocket.system = NodeSystem::bottlerocket;
  PullPath tuned = default_path(PullMode::soci_parallel, kBlueprintNode);
  tuned.unpack_rate = default_path(PullMode::soci_parallel, bottlerocket).unpack_rate;
  const double faster = megabytes_per_s(kVllm, pull_timeline(kVllm.layers, tuned).ready);
  CHECK(faster > 240);
  CHECK(faster < 403);
  // As it comes, one stream unpacks all 25.48 GB at 430 MB/s: 59 s, about AL2023's time.
  CHECK(alone_ready(kVllm, PullMode::soci_parallel, bottlerocket).count() ==
        Approx(25.48e9 / 430e6).epsilon(0.05));
}

TEST_CASE("a 10 GB container starts lazily in about 21 seconds", "[pull_plan]") {
  // AWS, SOCI on deep-learning AMIs: vLLM 0.19 (9.72 GB, 22.98 GB unpacked) on g5.2xlarge with gp3
  // at 125 MB/s: 21.1 s against 419 s. Ours: 2.5 s + 0.9 s of index and 351 faults of 60 ms. The
  // whole pull from public ECR with docker is among the published cases (docs/validation.md); here at
  // least the disk's (9.72 + 22.98 GB) / 131 MB/s = 249 s.
  const Image image = image_of(9.72e9, 22.98e9);
  const NodeShape node{gigabits_per_second(5), kGp3Baseline, 8};
  CHECK(alone_ready(image, PullMode::soci_lazy, node).count() == Approx(21.1).epsilon(0.25));
  CHECK(alone_ready(image, PullMode::full, node) > 240s);
}

TEST_CASE("mounting takes the same few seconds whatever the size", "[pull_plan]") {
  // SOCI paper: 2.8 s for a Python service of 1.3 GB that takes 20 s to pull whole.
  const Image image = image_of(1.3e9, 3.07e9);
  const PullPlan plan = plan_pull(image, {}, PullMode::soci_lazy, kBlueprintNode);
  CHECK(split_pull(plan, plan.alone()).image.count() == Approx(2.8).margin(0.5));
  CHECK(alone_ready(image, PullMode::full, kBlueprintNode).count() == Approx(20).epsilon(0.25));
}

TEST_CASE("a lazy plan takes what a lazy start takes", "[pull_plan]") {
  // Two ways to the same time: one flow and what is left after it, or one stage after the other.
  const double size = GENERATE(0.2e9, 1.3e9, 9.72e9);
  const double share = GENERATE(0.0, 0.064, 0.5, 1.0);
  const double read = GENERATE(0.0, 0.03, 0.3);
  Image image = image_of(size, 2.4 * size);
  image.read_before_ready = share;
  image.read_during_run = 0;
  for (const NodeShape& node :
       {kBlueprintNode,
        NodeShape{gigabits_per_second(1), kGp3Baseline, 2, NodeSystem::oss,
                  Registry{BytesPerSecond{30e6}, Seconds{0.25}}, BytesPerSecond{100e6}}}) {
    CAPTURE(size, share, read, node.vcpus);
    const LazyPath path = default_lazy_path(node);
    const PullPlan plan = plan_pull(image, {}, PullMode::soci_lazy, node, {.read = read});
    const LazyStart start = lazy_start(lazy_work(image, {}, path, read), path, 0s);
    CHECK(ready(plan, plan.alone()).count() == Approx(start.ready.count()));
    CHECK(split_pull(plan, plan.alone()).image.count() == Approx(start.mounted.count()));
  }
}

TEST_CASE("the parts of a pull add up to the whole", "[pull_plan]") {
  const auto mode =
      GENERATE(PullMode::full, PullMode::soci_lazy, PullMode::soci_parallel, PullMode::preloaded);
  const double stretch = GENERATE(1.0, 3.0);
  const PullPlan plan = plan_pull(kVllm, {}, mode, kBlueprintNode);
  const Seconds took = stretch * plan.alone();
  const PullSplit split = split_pull(plan, took);
  CHECK((split.image + split.reads).count() == Approx(ready(plan, took).count()));
  CHECK((plan.before + took + wait_after_flow(plan, took)).count() ==
        Approx(ready(plan, took).count()));
  CHECK((split.reads > 0s) == (mode == PullMode::soci_lazy));
}

TEST_CASE(
    "a lazy image of which nothing is read before ready waits for no reads, whatever the rounding",
    "[pull_plan]") {
  // 3 MB in one layer are too little to be indexed; of the other nothing is read.
  Image unread = image_of(250e6, 930e6);
  unread.read_before_ready = 0;
  const Image small{
      .name = "small",
      .layers = synthesise_layers({scaled(Bytes{1}, 3e6), scaled(Bytes{1}, 8e6), 1, {0}}),
      .soci_index = true};
  const PullPlan plan =
      plan_pull(GENERATE_COPY(unread, small), {}, PullMode::soci_lazy, kBlueprintNode);
  for (int i = 1; i <= 1000; ++i) {
    const Seconds took = plan.alone() * (1 + i / 300.0);
    const PullSplit split = split_until(plan, took, took + (plan.before + plan.after));
    REQUIRE(split.reads >= 0s);
    REQUIRE((split.image + split.reads).count() ==
            Approx((plan.before + took + plan.after).count()));
  }
}

TEST_CASE("a slower flow never makes an image ready earlier", "[pull_plan]") {
  const auto mode = GENERATE(PullMode::full, PullMode::soci_lazy, PullMode::soci_parallel);
  const PullPlan plan = plan_pull(kVllm, {}, mode, kBlueprintNode);
  Seconds before{0};
  for (const double stretch : {1.0, 1.5, 2.0, 5.0, 20.0}) {
    const Seconds now = ready(plan, stretch * plan.alone());
    CHECK(now >= before);
    before = now;
  }
  // Far beyond the unpacking, the network is all there is to wait for but the last layers' unpacking.
  CHECK(before >= 20 * plan.alone());
}

TEST_CASE("what need not be pulled costs next to nothing", "[pull_plan]") {
  LayerSet all;
  all.add(kVllm);
  for (const PullMode mode : {PullMode::full, PullMode::soci_lazy, PullMode::soci_parallel}) {
    const PullPlan plan = plan_pull(kVllm, all, mode, kBlueprintNode);
    CHECK(plan.network_bytes == Bytes{0});
    CHECK(ready(plan, 0s) == kLocalImage);
  }
  CHECK(plan_pull(kVllm, {}, PullMode::preloaded, kBlueprintNode).network_bytes == Bytes{0});
}

TEST_CASE("a shared base layer is pulled once a node", "[pull_plan]") {
  const Layer base{{0}, {800'000'000}, {2'000'000'000}};
  const Image first{.name = "a", .layers = {base, {{1}, {10'000'000}, {20'000'000}}}};
  const Image second{.name = "b", .layers = {base, {{2}, {30'000'000}, {60'000'000}}}};
  LayerSet node;
  node.add(first);
  const PullPlan plan = plan_pull(second, node, PullMode::full, kBlueprintNode);
  CHECK(plan.network_bytes == Bytes{30'000'000});
}

TEST_CASE("an image without an index is pulled one layer after the other", "[pull_plan]") {
  const Image plain = image_of(10.778e9, 25.48e9, false);
  const PullPlan plan = plan_pull(plain, {}, PullMode::soci_lazy, kBlueprintNode);
  CHECK(plan.fallback);
  CHECK(plan.network_bytes == total_compressed(plain.layers));
  CHECK(ready(plan, plan.alone()) >= alone_ready(plain, PullMode::full, kBlueprintNode));
}

TEST_CASE("a second container of a lazily loaded image starts in no time", "[pull_plan]") {
  const PullPlan first = plan_pull(kVllm, {}, PullMode::soci_lazy, kBlueprintNode);
  const PullPlan second = plan_pull(kVllm, {}, PullMode::soci_lazy, kBlueprintNode,
                                    {.mounted = true, .read = kVllm.read_before_ready});
  CHECK(second.network_bytes == Bytes{0});
  // 25.48 GB / 4 MiB x 6.4 % = 389 spans, each read through the mount in 4.6 ms.
  CHECK(ready(second, 0s).count() == Approx(kLocalImage.count() + 389 * 0.0046).epsilon(0.01));
  CHECK(ready(second, 0s) < 0.1 * ready(first, first.alone()));
  // One that comes while the first still reads finds the mount, not the reads.
  const PullPlan meanwhile =
      plan_pull(kVllm, {}, PullMode::soci_lazy, kBlueprintNode, {.mounted = true});
  CHECK(split_pull(meanwhile, meanwhile.alone()).image.count() == Approx(kLocalImage.count()));
  CHECK(split_pull(meanwhile, meanwhile.alone()).reads.count() ==
        Approx(split_pull(first, first.alone()).reads.count()).epsilon(1e-6));
}

TEST_CASE("in the end a lazily loaded image has come whole, and its index", "[pull_plan]") {
  const PullPlan lazy = plan_pull(kVllm, {}, PullMode::soci_lazy, kBlueprintNode);
  const PullPlan full = plan_pull(kVllm, {}, PullMode::full, kBlueprintNode);
  CHECK(lazy.network_bytes.count < full.network_bytes.count / 5);
  CHECK(double(lazy.bytes_in_the_end().count) ==
        Approx(double((full.network_bytes + lazy.lazy->index).count)));
  CHECK(full.bytes_in_the_end() == full.network_bytes);
}

}  // namespace
}  // namespace berth
