#include "models/lazy_pull.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth {
namespace {

// Round numbers: a fault is 0.02 + 2 MB / 100 MB/s + 4 MB / 200 MB/s = 0.06 s.
LazyPath round_path() {
  LazyPath path;
  path.mount = 3s;
  path.round_trip = 0.02s;
  path.connection = megabytes_per_second(100);
  path.node = megabytes_per_second(1000);
  path.inflate = megabytes_per_second(200);
  path.span = Bytes{4'000'000};
  path.min_layer = Bytes{10'000'000};
  path.index_fraction = 0.01;
  path.hit = 0s;
  return path;
}

Image round_image() {
  // 400 MB unpacked in indexed layers: 100 spans. The 5 MB layer is too small for an index.
  return {.name = "round",
          .layers = {{{0}, {150'000'000}, {300'000'000}},
                     {{1}, {5'000'000}, {20'000'000}},
                     {{2}, {50'000'000}, {100'000'000}}},
          .soci_index = true,
          .read_before_ready = 0.1,
          .read_during_run = 0.03};
}

TEST_CASE("a lazy start moves the index, the small layers and what is read", "[lazy_pull]") {
  const LazyWork work = lazy_work(round_image(), {}, round_path());
  CHECK(work.eager == Bytes{5'000'000});
  CHECK(work.eager_unpacked == Bytes{20'000'000});
  CHECK(work.index == Bytes{4'000'000});
  CHECK(work.total_spans == Approx(100));
  CHECK(work.faults_before_ready == Approx(10));
  CHECK(work.faults_during_run == Approx(3));
  CHECK(work.layers == 2);
  CHECK(work.span_compressed == Bytes{2'000'000});
}

TEST_CASE("layers a node already holds are not read through the mount", "[lazy_pull]") {
  LayerSet cached;
  cached.add(LayerId{0});
  const LazyWork work = lazy_work(round_image(), cached, round_path());
  CHECK(work.total_spans == Approx(25));  // the 100 MB of layer 2
  CHECK(work.faults_before_ready == Approx(2.5));
}

TEST_CASE("a lazy start mounts, creates the container, then reads one span after the other",
          "[lazy_pull]") {
  const LazyWork work = lazy_work(round_image(), {}, round_path());
  const LazyStart start = lazy_start(work, round_path(), 1s);
  // 3 + 4/100 + 5/1000 + 20/200 = 3.145 s; 10 faults of 0.06 s; 1 s of the container itself.
  CHECK(fault_time(work, round_path()).count() == Approx(0.06));
  CHECK(start.mounted.count() == Approx(3.145));
  CHECK(start.faults.count() == Approx(0.6));
  CHECK(start.ready.count() == Approx(4.745));
  // 90 spans from 33.145 s on, one per 0.5 s: the last is asked for after 89 periods.
  CHECK(start.last_background_fetch.count() == Approx(33.145 + 89 * 0.5));
  // A whole pull that is ready at 7.145 s leaves 3 s for faults: 50 of them.
  CHECK(break_even_faults(work, round_path(), 1s, 7.145s) == Approx(50));
}

TEST_CASE("a run pays for what it reads before the background has fetched it", "[lazy_pull]") {
  LazyWork work = lazy_work(round_image(), {}, round_path());
  work.faults_during_run = 20;
  LazyPath path = round_path();
  SECTION("a run that ends before the fetcher starts pays for every read of its time") {
    // A(30 s) = 20 (1 - e^(-30/60)), nothing local: the fetcher starts 30 s after the mount.
    CHECK(run_penalty(work, path, 0s, 30s).count() ==
          Approx(20 * (1 - std::exp(-0.5)) * 0.06));
  }
  SECTION("a run that begins when everything is local pays nothing") {
    // 30 s of silence and 90 spans at 0.5 s: all local 75 s after the mount.
    CHECK(run_penalty(work, path, 75s, 3600s) == 0s);
  }
  SECTION("in between the local share grows evenly") {
    // Numerical check of int (1 - b(t)) dA(t) by the midpoint rule, b from -30 s to 15 s.
    double faults = 0;
    const double step = 1e-3;
    for (double t = step / 2; t < 200; t += step) {
      const double local = std::clamp((t + 30) / 45, 0.0, 1.0);
      faults += (1 - local) * 20 * std::exp(-t / 60) / 60 * step;
    }
    CHECK(run_penalty(work, path, 60s, 200s).count() == Approx(faults * 0.06).epsilon(1e-6));
  }
  SECTION("a fetcher that takes for ever is no fetcher") {
    path.background_period = 1e9s;
    CHECK(run_penalty(work, path, 0s, 1e6s).count() == Approx(20 * 0.06));
  }
}

TEST_CASE("large files are read without waiting for every span", "[lazy_pull]") {
  // 10 % to 60 % of 100 spans: up to 13 % they come one fault at a time, the other 47 in long runs at
  // 1.45 times the slowest stage: max(2 MB / 100 MB/s, 4 MB / 200 MB/s) = 0.02 s.
  Image image = round_image();
  image.read_before_ready = 0.6;
  image.read_during_run = 0.2;
  const LazyWork work = lazy_work(image, {}, round_path());
  CHECK(work.faults_before_ready == Approx(13));
  CHECK(work.long_before_ready == Approx(47));
  CHECK(work.faults_during_run == Approx(0).margin(1e-9));
  CHECK(work.long_during_run == Approx(20));
  CHECK(lazy_start(work, round_path(), 0s).faults.count() == Approx(13 * 0.06 + 47 * 0.029));
}

TEST_CASE("a model read from end to end costs what was measured", "[lazy_pull]") {
  // 14 GB that do not compress: 72.4 s whole at one stream's 193 MB/s, 105.3 s through the mount.
  LazyPath path;
  path.node = gigabits_per_second(10);
  path.scattered = 0;
  const Image model{.name = "model",
                    .layers = {{{0}, {14'000'000'000}, {14'000'000'000}}},
                    .soci_index = true,
                    .read_before_ready = 1};
  CHECK(lazy_start(lazy_work(model, {}, path), path, 0s).faults.count() ==
        Approx(105.3).epsilon(0.01));
}

TEST_CASE("the next container finds what the first one has read", "[lazy_pull]") {
  LazyPath path = round_path();
  path.hit = 0.005s;
  const Image image = round_image();
  // 10 spans before ready, 3 more in the run, of which e^-1 is left after one settling time.
  const double read = read_after(image, path, path.settle);
  CHECK(read == Approx(0.1 + 0.03 * (1 - std::exp(-1.0))));
  const LazyWork work = lazy_work(image, {}, path, read);
  CHECK(work.faults_before_ready == 0);
  CHECK(work.hits_before_ready == Approx(10));
  CHECK(work.faults_during_run == Approx(3 * std::exp(-1.0)));
  CHECK(lazy_start(work, path, 0s).faults.count() == Approx(10 * 0.005));
  CHECK(lazy_work(image, {}, path, 0.04).faults_before_ready == Approx(6));
}

TEST_CASE("reads through the mount cost their part until the image is complete", "[lazy_pull]") {
  // Everything local from the start but for a hair: only hits. Complete: nothing.
  LazyWork work = lazy_work(round_image(), {}, round_path());
  work.faults_during_run = 20;
  LazyPath path = round_path();
  path.hit = 0.005s;
  const std::vector<LocalPiece> nearly{{.share_from = 1 - 1e-12, .share_to = 1 - 1e-12}};
  const std::vector<LocalPiece> complete{{.share_from = 1, .share_to = 1}};
  CHECK(run_penalty(work, path, nearly, 1e6s).count() == Approx(20 * 0.005));
  CHECK(run_penalty(work, path, complete, 1e6s).count() == 0);
  // Half local for ever: half of the reads are misses.
  const std::vector<LocalPiece> half{{.share_from = 0.5, .share_to = 0.5}};
  CHECK(run_penalty(work, path, half, 1e6s).count() == Approx(10 * 0.06 + 10 * 0.005));
}

TEST_CASE("random reads touch each span at most once", "[lazy_pull]") {
  // M (1 - (1 - 1/M)^w): 1 read touches 1; two reads over two spans touch 1.5.
  CHECK(distinct_spans(10, 1) == Approx(1));
  CHECK(distinct_spans(2, 2) == Approx(1.5));
  CHECK(distinct_spans(100, 1e6) == Approx(100));
}

}  // namespace
}  // namespace berth
