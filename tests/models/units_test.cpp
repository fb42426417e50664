#include "models/units.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
static_assert(!Addable<Usd, Seconds> && !Addable<Usd, double> && !Addable<Bytes, Seconds>);

TEST_CASE("a price times a time is rounded to whole nano-dollars", "[units]") {
  // 0.23 $/h for 61 s: 0.23 * 61 / 3600 = 0.003897222... $ = 3,897,222.2 nano-dollars.
  CHECK((UsdPerHour{0.23} * 61s).nanos == 3'897'222);
  CHECK((UsdPerHour{0.23} * 0s).nanos == 0);
}

TEST_CASE("a total does not depend on the order of its parts", "[units]") {
  const Usd a = usd(0.1), b = usd(0.2), c = usd(0.3);
  CHECK(a + b + c == c + b + a);
  CHECK((a + b + c).dollars() == 0.6);
}

TEST_CASE("networks are decimal bits, data is bytes", "[units]") {
  // 25 Gbit/s moves 3.125 GB a second, so 9 GB take 2.88 s.
  CHECK((Bytes{9'000'000'000} / gigabits_per_second(25)).count() == Approx(2.88));
}

TEST_CASE("a pod fits when each of its requests does", "[units]") {
  const Resources node{.cpu_milli = 3920, .memory = {14 * kGiB}, .gpus = 1};
  CHECK(fits({.cpu_milli = 3920, .memory = {14 * kGiB}, .gpus = 1}, node));
  CHECK_FALSE(fits({.cpu_milli = 3921}, node));
  CHECK_FALSE(fits({.memory = {14 * kGiB + 1}}, node));
  CHECK_FALSE(fits({.gpus = 2}, node));
}

}  // namespace
}  // namespace berth
