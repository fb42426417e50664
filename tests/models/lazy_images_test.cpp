#include "models/lazy_images.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

constexpr ImageId kFirst{0}, kSecond{1};

// So many spans to fetch in the background, in so many layers.
LazyWork work_of(double spans, int layers) {
  return {.total_spans = spans, .layers = layers};
}

double local_at(const LazyImages& node, ImageId image, Seconds at) {
  return node.forecast(image, at).front().share_from;
}

TEST_CASE("an image alone on a node is fetched span by span after a rest", "[lazy_images]") {
  // 100 spans at 2 a second, 30 s after the mount at 5 s: begins at 35 s, done at 85 s.
  LazyImages node;
  node.mount(5s, kFirst, work_of(100, 4));
  CHECK(node.holds(kFirst));
  CHECK(local_at(node, kFirst, 35s) == 0);
  CHECK(local_at(node, kFirst, 60s) == Approx(0.5));
  CHECK(local_at(node, kFirst, 85s) == Approx(1));
  const auto pieces = node.forecast(kFirst, 10s);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].from.count() == Approx(25));
  CHECK(pieces[0].to.count() == Approx(75));
}

TEST_CASE("images of one node share its fetcher by their layers, and every mount pauses it",
          "[lazy_images]") {
  // First: 100 spans from 30 s on. At 50 s it has 40; the second mount (3 layers to 1) stops the
  // fetcher until 80 s. Then 2 a second: 0.5 to the first, 1.5 to the second, whose 60 spans are
  // there at 120 s; the first then has 60, and the last 40 take 20 s: 140 s.
  LazyImages node;
  node.mount(0s, kFirst, work_of(100, 1));
  node.mount(50s, kSecond, work_of(60, 3));
  CHECK(local_at(node, kFirst, 79s) == Approx(0.4));
  CHECK(local_at(node, kSecond, 100s) == Approx(0.5));
  CHECK(local_at(node, kFirst, 120s) == Approx(0.6));
  CHECK(local_at(node, kSecond, 120s) == Approx(1));
  CHECK(local_at(node, kFirst, 140s) == Approx(1));
  CHECK(local_at(node, kFirst, 139s) < 1);
}

TEST_CASE("what is left of an image is fetched although it takes less than the clock can tell",
          "[lazy_images]") {
  // After 10^8 s the clock's last digit is 15 ns: one tick before an end less than that may be left, which ended
  // never. Each has one piece, until its end.
  for (int i = 1; i <= 200; ++i) {
    const double spans = 0.1 + 0.001 * i, mounted = 1e8;
    LazyImages node;
    node.mount(Seconds{mounted}, kFirst, work_of(spans, 1));
    const double end = mounted + 30 + spans / 2;
    const auto pieces = node.forecast(kFirst, Seconds{std::nextafter(end, 0)});
    REQUIRE(pieces.size() == 1);
    CHECK(pieces.front().share_to == 1);
  }
}

TEST_CASE("what comes of an image after ready is counted once, by whoever mounted it",
          "[lazy_images]") {
  // 100 spans of 1 kB, of which 20 were read before ready: 80 to fetch, from 30 s on, two a second.
  // At 50 s it has 40, half of them. Runs have then read 20 more, half of which it had: 50 kB in all.
  LazyWork work = work_of(100, 4);
  work.faults_before_ready = 20;
  work.span_compressed = {1000};
  const Holder who = Holder::of(TrainingId{3});
  LazyImages node;
  node.mount(0s, kFirst, work, who);
  CHECK(node.take_come(30s).empty());
  node.note_read(kFirst, 0.4);
  auto come = node.take_come(50s);
  REQUIRE(come.size() == 1);
  CHECK(come[0].bytes == Bytes{50'000});
  CHECK(come[0].by == who);
  CHECK(node.take_come(50s).empty());
  // Complete: all that was not there at the start, and no more.
  come = node.take_come(1000s);
  REQUIRE(come.size() == 1);
  CHECK(come[0].bytes == Bytes{30'000});
}

TEST_CASE("layers beyond the queue are never fetched", "[lazy_images]") {
  LazyImages node;
  node.mount(0s, kFirst, work_of(1000, 290));
  node.mount(0s, kSecond, work_of(100, 40));  // room for 10 of its 40
  CHECK(local_at(node, kSecond, 10000s) == Approx(0.25));
  CHECK(local_at(node, kFirst, 10000s) == Approx(1));
  // One that finds the queue full is never local at all.
  LazyImages full;
  full.mount(0s, kFirst, work_of(1000, 300));
  full.mount(0s, kSecond, work_of(100, 40));
  CHECK(local_at(full, kSecond, 10000s) == 0);
}

TEST_CASE("what a container has read is remembered until the image goes", "[lazy_images]") {
  LazyImages node;
  CHECK(node.read(kFirst) == 0);
  node.mount(0s, kFirst, work_of(100, 4));
  node.note_read(kFirst, 0.1);
  node.note_read(kFirst, 0.05);  // another container that has come less far
  CHECK(node.read(kFirst) == 0.1);
  node.mount(10s, kFirst, work_of(100, 4));  // a second container: no new mount, no pause
  CHECK(local_at(node, kFirst, 45s) == Approx(0.3));
  node.forget(50s, kFirst);
  CHECK_FALSE(node.holds(kFirst));
  CHECK(node.read(kFirst) == 0);
}

}  // namespace
}  // namespace berth
