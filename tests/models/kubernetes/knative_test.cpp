#include "models/kubernetes/knative.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

// Ten requests at a time per pod.
KnativeSpec ten() {
  KnativeSpec spec;
  spec.target = 10;
  return spec;
}

TEST_CASE("pods follow the average concurrency, within the rates", "[knative]") {
  struct Row { const char* because; double observed; int ready; bool reachable; int pods; };
  const auto row = GENERATE(values<Row>({
      {"rounded up",                                        41, 4, true,  5},
      {"at most half go in a tick: floor(8 / 2)",            1, 8, true,  4},
      {"an unreachable revision may go to zero at once",     0, 8, false, 0},
      {"the last pod goes: floor(1 / 2) = 0",                0, 1, true,  0},
  }));
  CAPTURE(row.because);
  KnativeSpec spec = ten();
  spec.reachable = row.reachable;
  KnativeState state;
  CHECK(knative_tick(spec, state, {row.ready, row.observed, 0}, Seconds{0}).pods == row.pods);
}

TEST_CASE("the scale-up rate lets at least one more pod come", "[knative]") {
  KnativeSpec spec = ten();
  spec.scale_up_rate = 1.1;  // ceil(1.1 x 2) = 3
  KnativeState state;
  CHECK(knative_tick(spec, state, {2, 90, 0}, Seconds{0}).pods == 3);
}

TEST_CASE("panic looks at the short window and never goes down", "[knative]") {
  KnativeState state;
  // The panic window wants 4 pods for 2 ready ones: twice, so panic.
  const auto first = knative_tick(ten(), state, {2, 15, 40}, Seconds{0});
  CHECK(first.in_panic);
  CHECK(first.pods == 4);
  CHECK(knative_tick(ten(), state, {4, 15, 15}, Seconds{2}).pods == 4);
}

TEST_CASE("panic ends when more than the stable window has passed", "[knative]") {
  KnativeState state;
  knative_tick(ten(), state, {2, 15, 40}, Seconds{0});
  CHECK(knative_tick(ten(), state, {4, 25, 15}, Seconds{60}).pods == 4);
  const auto after = knative_tick(ten(), state, {4, 25, 15}, Seconds{62});
  CHECK_FALSE(after.in_panic);
  CHECK(after.pods == 3);
}

TEST_CASE("a revision found with several pods starts in panic and keeps them", "[knative]") {
  KnativeState state = knative_start(5, Seconds{0});
  CHECK(knative_tick(ten(), state, {5, 10, 10}, Seconds{2}).pods == 5);
  KnativeState single = knative_start(1, Seconds{0});
  CHECK_FALSE(knative_tick(ten(), single, {1, 10, 10}, Seconds{2}).in_panic);
}

TEST_CASE("a scale-down waits for the delay, a scale-up does not", "[knative]") {
  KnativeSpec spec = ten();
  spec.scale_down_delay = Seconds{6};
  KnativeState state;
  CHECK(knative_tick(spec, state, {4, 40, 0}, Seconds{0}).pods == 4);
  CHECK(knative_tick(spec, state, {4, 20, 0}, Seconds{4}).pods == 4);
  CHECK(knative_tick(spec, state, {4, 20, 0}, Seconds{6}).pods == 2);  // three buckets on
  CHECK(knative_tick(spec, state, {4, 60, 0}, Seconds{8}).pods == 6);
}

TEST_CASE("excess burst capacity says whether the activator buffers", "[knative]") {
  struct Row { const char* because; double burst; int expected; };
  const auto row = GENERATE(values<Row>({
      {"3 pods of 100 less 211 less 20 in flight", 211, 69},
      {"not asked for",                              0,  0},
      {"always through the activator",              -1, -1},
  }));
  CAPTURE(row.because);
  KnativeSpec spec = ten();
  spec.target_burst = row.burst;
  KnativeState state;
  CHECK(knative_tick(spec, state, {3, 20, 20}, Seconds{0}).excess_burst_capacity == row.expected);
}

TEST_CASE("the activation scale raises only what is not zero", "[knative]") {
  KnativeSpec spec = ten();
  spec.activation_scale = 3;
  KnativeState state;
  CHECK(knative_tick(spec, state, {1, 0, 0}, Seconds{0}).pods == 0);
  CHECK(knative_tick(spec, state, {1, 1, 0}, Seconds{2}).pods == 3);
}

}  // namespace
}  // namespace berth
