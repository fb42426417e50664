#include "models/break_even.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("where winners take turns is one zone", "[break_even]") {
  const auto of = [](std::vector<std::size_t> winners) {
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < winners.size(); ++i)
      stretches.push_back({static_cast<double>(i), static_cast<double>(i + 1), winners[i]});
    std::vector<std::vector<std::size_t>> found;
    for (const Zone& zone : zones(stretches)) found.push_back(zone.winners);
    return found;
  };
  using List = std::vector<std::vector<std::size_t>>;
  CHECK(of({0}) == List{{0}});
  CHECK(of({0, 1, 2}) == List{{0}, {1}, {2}});
  CHECK(of({0, 1, 0}) == List{{0}, {1}, {0}});  // once there and back is no turn
  CHECK(of({0, 1, 0, 1}) == List{{0}, {1, 0}, {1}});
  CHECK(of({0, 1, 0, 1, 0, 2}) == List{{0}, {1, 0}, {0}, {2}});
  CHECK(of({0, 1, 2, 0, 2, 1, 3}) == List{{0}, {1, 2, 0}, {1}, {3}});

  // A sawtooth of ten teeth: from 0.5 to 9.5 there are 19 crossovers, two of them at the zone's ends.
  std::vector<Stretch> teeth;
  for (int i = 0; i < 20; ++i) teeth.push_back({i / 2.0, (i + 1) / 2.0, i % 2 == 0 ? 0U : 1U});
  const auto list = zones(teeth);
  REQUIRE(list.size() == 3);
  CHECK(list[1].from == 0.5);
  CHECK(list[1].to == 9.5);
  CHECK(list[1].crossovers == 17);
}

TEST_CASE("winners change where the lines cross", "[break_even]") {
  // 10, 2x and 40 - x: 2x below 5, then 10 until 30, then 40 - x.
  const auto lines = [](std::size_t i, double x) {
    return i == 0 ? 10.0 : i == 1 ? 2 * x : 40 - x;
  };
  for (const Axis axis : {Axis::linear, Axis::logarithmic}) {
    const auto got = winners(lines, 3, 1, 100, axis);
    REQUIRE(got.size() == 3);
    CHECK(got[0].winner == 1);
    CHECK(got[0].to == Approx(5).epsilon(2e-6));
    CHECK(got[1].winner == 0);
    CHECK(got[1].to == Approx(30).epsilon(2e-6));
    CHECK(got[2].winner == 2);
    CHECK(got[2].to == 100);
  }
}

TEST_CASE("one winner is one stretch, the first of equals", "[break_even]") {
  const auto got = winners([](std::size_t, double) { return 1.0; }, 2, 0, 1, Axis::linear);
  REQUIRE(got.size() == 1);
  CHECK(got[0].winner == 0);
}

TEST_CASE("an axis has both of its ends", "[break_even]") {
  CHECK(points(1, 100, Axis::logarithmic, 3)[1] == Approx(10));
  CHECK(points(0, 1, Axis::linear, 5).back() == 1);
}

Image image_of(double gb, double read) {
  Image image{.name = "i", .soci_index = true, .read_before_ready = read};
  image.layers =
      synthesise_layers({Bytes{static_cast<std::int64_t>(gb * 1e9)},
                         Bytes{static_cast<std::int64_t>(2.5 * gb * 1e9)}, 10, LayerId{0}});
  return image;
}
const NodeShape kNode{.network = gigabits_per_second(10), .disk = kGp3Maximum, .vcpus = 16};

TEST_CASE("nodes that share a link wait for all of their bytes", "[break_even]") {
  // 100 nodes x 4 GB over 1 GB/s: the last byte of each comes after 400 s, far beyond 4 GB alone. The
  // whole image inflates in 50 s at 200 MB/s, most of it before that.
  PullCase pull{image_of(4, 0.064), kNode, 100, BytesPerSecond{1e9}};
  CHECK(time_to_ready(pull, PullMode::full).count() >= 400);
  CHECK(time_to_ready(pull, PullMode::full).count() < 400 + 1.2 + 55);
  pull.at_once = 1;
  CHECK(time_to_ready(pull, PullMode::full).count() < 100);
  CHECK(time_to_ready(pull, PullMode::preloaded) == kLocalImage);
}

TEST_CASE("a lazy start wins for little of a large image and loses for all of it", "[break_even]") {
  const auto better = [](double gb, double read) {
    const PullCase pull{image_of(gb, read), kNode};
    return time_to_ready(pull, PullMode::soci_lazy) < time_to_ready(pull, PullMode::full);
  };
  CHECK(better(8, 0.06));
  CHECK_FALSE(better(8, 1.0));
  CHECK_FALSE(better(0.01, 0.06));  // a mount costs more than 10 MB
}

TEST_CASE("another size keeps the ratio, another share keeps the layers", "[break_even]") {
  const Image image = image_of(4, 0.064);
  const Image half = resized(image, 2e9);
  CHECK(total_compressed(half.layers).count == 2'000'000'000);
  CHECK(total_unpacked(half.layers).count == 5'000'000'000);
  CHECK(half.layers.size() == 10);
  CHECK(read_share(image, 0.99).read_during_run == Approx(0.01));
}

// Round figures: a cold start of 90 + 60 s of which 60 are paid, a warm one of 25,
// 5 of them for the same input.
StartFigures round_figures() {
  return {.launch = Seconds{90},
          .warm_start = Seconds{20},
          .sagemaker_overhead = Seconds{25},
          .sagemaker_input = Seconds{5},
          .sagemaker_image = Seconds{30},
          .batch = Seconds{1},
          .boot = Seconds{60},
          .pod = Seconds{5},
          .node_data = Seconds{10},
          .node_image = Seconds{25},
          .kept_empty = Seconds{15},
          .sagemaker = UsdPerHour{3.6},
          .node = UsdPerHour{3.0}};
}

TEST_CASE("what a job costs each way", "[break_even]") {
  const StartFigures f = round_figures();
  const Seconds interval{900}, run{240};
  struct Row {
    StartWay way;
    double wait, paid;
  };
  const Row rows[] = {
      {StartWay::sagemaker_cold, 150, 3.6 * 300 / 3600},  // 30 + 30 + 240
      {StartWay::sagemaker_warm, 25, 3.6 * 880 / 3600},   // the interval but the warm start
      {StartWay::kubernetes_warm, 15, 3.0 * 900 / 3600},  // likewise
      {StartWay::karpenter, 101, 3.0 * 343 / 3600},       // 60 - 12 + 5 + 10 + 25 + 240 + 15
  };
  for (const Row& row : rows) {
    CAPTURE(name_of(row.way));
    const WayCost got = cost_of(row.way, f, interval, run);
    CHECK(got.wait.count() == Approx(row.wait));
    CHECK(got.paid == Approx(row.paid));
    CHECK(got.usd == got.paid);  // waiting is free here
  }
}

TEST_CASE("a warm pool pays below the interval that waiting is worth", "[break_even]") {
  StartFigures f = round_figures();
  f.wait = UsdPerHour{7.2};
  // Cold: 300 s paid and 150 s waited: 0.30 + 0.30 $. Warm: all but 20 s of the
  // interval at 0.001 $/s and 25 s at 0.002: equal at 0.60 - 0.05 = 0.55 $, an interval of 570 s.
  const auto value = [&](std::size_t i, double x) {
    return cost_of(i == 0 ? StartWay::sagemaker_warm : StartWay::sagemaker_cold, f, Seconds{x},
                   Seconds{240})
        .usd;
  };
  const auto got = winners(value, 2, 300, 3600, Axis::logarithmic);
  REQUIRE(got.size() == 2);
  CHECK(got[0].winner == 0);
  CHECK(got[0].to == Approx(570).epsilon(1e-5));
}

TEST_CASE("jobs longer than their interval need several machines", "[break_even]") {
  // Busy 25 + 975 = 1000 s every 400 s: three instances, 1200 s a job, of which 20 are a warm start.
  CHECK(cost_of(StartWay::sagemaker_warm, round_figures(), Seconds{400}, Seconds{975}).paid ==
        Approx(3.6 * 1180 / 3600));
}

TEST_CASE("a pool ends after an hour, a node Karpenter has just emptied is still warm",
          "[break_even]") {
  const StartFigures f = round_figures();
  const WayCost rare = cost_of(StartWay::sagemaker_warm, f, Seconds{7200}, Seconds{240});
  CHECK(rare.wait.count() == 150);                // cold again
  CHECK(rare.paid == Approx(3.6 * 3900 / 3600));  // and an hour for nothing
  // Busy 255 of 265 s: the gap of 10 s is within the 15 s.
  CHECK(cost_of(StartWay::karpenter, f, Seconds{265}, Seconds{240}).wait.count() == 15);
}

}  // namespace
}  // namespace berth
