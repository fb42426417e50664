#include "models/unpack_sharing.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("a pull alone on a machine is not slowed", "[unpack_sharing]") {
  UnpackSharing machine(4);
  const auto pull = machine.begin(10s, {.cores = 4, .disk = 1});
  CHECK(machine.slowdown(10s, pull) == 1);
  CHECK(machine.slowdown(50s, pull) == 1);
}

TEST_CASE("pulls share cores and disk, whichever is narrower", "[unpack_sharing]") {
  struct Row { const char* because; UnpackDemand each; double expected; };
  const auto row = GENERATE(values<Row>({
      {"two of two cores on four cores fit",            {2, 0.5}, 1.0},
      {"three cores each: 6 on 4",                      {3, 0.1}, 1.5},
      {"each wants the whole disk",                     {1, 1.0}, 2.0},
      {"disk 1.6 of 1 is narrower than cores 6 of 4",   {3, 0.8}, 1.6},
  }));
  CAPTURE(row.because);
  UnpackSharing machine(4);
  const auto first = machine.begin(0s, row.each);
  const auto second = machine.begin(0s, row.each);
  CHECK(machine.slowdown(0s, first) == Approx(row.expected));
  CHECK(machine.slowdown(7s, second) == Approx(row.expected));
}

TEST_CASE("a slowdown is the mean over a pull's own time", "[unpack_sharing]") {
  // Alone for 10 s, then half speed for 10 s: 15 s of progress in 20 s. After the other has gone, 10 s
  // more alone: 25 s in 30 s.
  UnpackSharing machine(2);
  const auto first = machine.begin(0s, {.cores = 2, .disk = 0});
  const auto second = machine.begin(10s, {.cores = 2, .disk = 0});
  CHECK(machine.slowdown(20s, first) == Approx(20.0 / 15));
  CHECK(machine.slowdown(20s, second) == Approx(2));
  // Alone from 20 s on, the first has done 25 s in 30 s; that is the least it can be slowed.
  CHECK(machine.least_slowdown(20s, 10s, first) == Approx(30.0 / 25));
  machine.end(20s, second);
  CHECK(machine.slowdown(30s, first) == Approx(30.0 / 25));
  machine.end(30s, first);
  CHECK(machine.pulls() == 0);
}

}  // namespace
}  // namespace berth
