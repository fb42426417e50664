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
          .read_during_run = 0.2};
}

TEST_CASE("a lazy start moves the index, the small layers and what is read", "[lazy_pull]") {
  const LazyWork work = lazy_work(round_image(), {}, round_path());
  CHECK(work.eager == Bytes{5'000'000});
  CHECK(work.eager_unpacked == Bytes{20'000'000});
  CHECK(work.index == Bytes{4'000'000});
  CHECK(work.total_spans == Approx(100));
  CHECK(work.faults_before_ready == Approx(10));
  CHECK(work.faults_during_run == Approx(20));
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
  const LazyWork work = lazy_work(round_image(), {}, round_path());
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

TEST_CASE("random reads touch each span at most once", "[lazy_pull]") {
  // M (1 - (1 - 1/M)^w): 1 read touches 1; two reads over two spans touch 1.5.
  CHECK(distinct_spans(10, 1) == Approx(1));
  CHECK(distinct_spans(2, 2) == Approx(1.5));
  CHECK(distinct_spans(100, 1e6) == Approx(100));
}

}  // namespace
}  // namespace berth
