#include "models/attempt.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("an attempt runs to its end or keeps what was checkpointed", "[attempt]") {
  const Checkpointing every_10_min{.interval = 600s, .cost = 20s, .restart = 60s};
  struct Row {
    const char* because;
    AttemptWork work;
    std::optional<Checkpointing> checkpoint;
    std::optional<Seconds> reclaimed;
    AttemptRun expected;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"no interruption: the work itself", {1000s, 0s}, {}, {}, {true, 1000s, 1000s}},
      {"reclaimed after the end", {1000s, 0s}, {}, 1000s, {true, 1000s, 1000s}},
      {"without checkpoints all is lost", {1000s, 0s}, {}, 999s, {false, 999s, 0s}},
      // 1500 s of work: checkpoints after 600 and 1200 s, 20 s each.
      {"two checkpoints on the way", {1500s, 0s}, every_10_min, {}, {true, 1540s, 1500s}},
      {"none after the last segment", {1200s, 0s}, every_10_min, {}, {true, 1220s, 1200s}},
      // 1300 s: two whole segments of 620 s are 1240 s, so 1200 s of work are safe.
      {"whole segments are kept", {5000s, 0s}, every_10_min, 1300s, {false, 1300s, 1200s}},
      {"during the first segment nothing is", {5000s, 0s}, every_10_min, 619s, {false, 619s, 0s}},
      // Loading the checkpoint takes 60 s of the 679 s, and 619 s hold no whole segment.
      {"a resumed attempt loads first", {5000s, 600s}, every_10_min, 679s, {false, 679s, 0s}},
      {"the upload is part of it", {1000s, 0s, 50s}, {}, {}, {true, 1050s, 1000s}},
      {"interrupted in the upload, nothing is done", {1000s, 0s, 50s}, {}, 1040s, {false, 1040s, 0s}},
      // 1200 s in two segments have one checkpoint, at 620 s; the second was never written.
      {"nor is what no checkpoint followed", {1200s, 0s, 100s}, every_10_min, 1240s, {false, 1240s, 600s}},
      // 100 s lost to reads at the beginning: 1240 s of segments end at 1340 s, not at 1240 s.
      {"time lost is no work", {5000s, 0s, 0s, 100s}, every_10_min, 1339s, {false, 1339s, 600s}},
      {"time lost is waited for", {1500s, 0s, 0s, 100s}, every_10_min, {}, {true, 1640s, 1500s}},
      {"and pays for it when it ends", {500s, 600s}, every_10_min, {}, {true, 560s, 500s}},
  }));
  CAPTURE(row.because);
  const AttemptRun got = run_attempt(row.work, row.checkpoint, row.reclaimed);
  CHECK(got.finished == row.expected.finished);
  CHECK(got.wall.count() == Approx(row.expected.wall.count()));
  CHECK(got.kept.count() == Approx(row.expected.kept.count()));
}

}  // namespace
}  // namespace berth
