// Money, time, data and rates as types that do not mix.
//
// Time is std::chrono: Seconds is a double, so `90s` and `6h` read as themselves. Data is counted
// in whole bytes, money in whole nano-dollars, so a total does not depend on the order of its
// parts and two runs of one scenario print the same bytes. Rounding happens in one place: where a
// price meets a time or an amount (operator* below, half away from zero).
//
// Range: Usd holds +-9.2 billion dollars. A month of any platform we know fits four times over.
// Tested by tests/models/units_test.cpp.
#pragma once

#include <chrono>
#include <cmath>
#include <compare>
#include <cstdint>

namespace berth {

using namespace std::chrono_literals;

using Seconds = std::chrono::duration<double>;
using Hours = std::chrono::duration<double, std::ratio<3600>>;

// AWS prices a month as 730 hours; so does every monthly figure here.
inline constexpr Seconds kMonth = Hours{730.0};
inline constexpr Seconds kDay = Hours{24.0};
inline constexpr Seconds kWeek = Hours{168.0};

struct Bytes {
  std::int64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  constexpr Bytes& operator+=(Bytes b) { return count += b.count, *this; }
};
inline constexpr std::int64_t kGiB = std::int64_t{1} << 30;
inline constexpr std::int64_t kMiB = std::int64_t{1} << 20;
// AWS sells storage by the GB-month and means 2^30 bytes (a 30 GiB volume is billed as 30); it counts
// transferred bytes in the same unit.
constexpr double gibibytes(Bytes bytes) {
  return static_cast<double>(bytes.count) / static_cast<double>(kGiB);
}
inline Bytes scaled(Bytes bytes, double factor) {
  return {std::llround(static_cast<double>(bytes.count) * factor)};
}

struct BytesPerSecond {
  double rate = 0;
  auto operator<=>(const BytesPerSecond&) const = default;
};
inline Seconds operator/(Bytes bytes, BytesPerSecond speed) {
  return Seconds{static_cast<double>(bytes.count) / speed.rate};
}
// Networks are sold in decimal bits: 25 Gbit/s = 3.125e9 B/s.
constexpr BytesPerSecond gigabits_per_second(double gbps) { return {gbps * 1e9 / 8}; }
constexpr BytesPerSecond megabytes_per_second(double mbps) { return {mbps * 1e6}; }

struct Usd {
  std::int64_t nanos = 0;
  auto operator<=>(const Usd&) const = default;
  friend constexpr Usd operator+(Usd a, Usd b) { return {a.nanos + b.nanos}; }
  friend constexpr Usd operator-(Usd a, Usd b) { return {a.nanos - b.nanos}; }
  friend constexpr Usd operator-(Usd a) { return {-a.nanos}; }
  constexpr Usd& operator+=(Usd b) { return nanos += b.nanos, *this; }
  constexpr Usd& operator-=(Usd b) { return nanos -= b.nanos, *this; }
  constexpr double dollars() const { return static_cast<double>(nanos) / 1e9; }
};
inline Usd usd(double dollars) { return {std::llround(dollars * 1e9)}; }
inline Usd scaled(Usd amount, double factor) {
  return {std::llround(static_cast<double>(amount.nanos) * factor)};
}

struct UsdPerHour {
  double rate = 0;
  auto operator<=>(const UsdPerHour&) const = default;
};
inline Usd operator*(UsdPerHour price, Seconds held) {
  return usd(price.rate * Hours{held}.count());
}

// What a pod asks for and a node offers. CPU in milli-cores, as Kubernetes counts it.
struct Resources {
  std::int64_t cpu_milli = 0;
  Bytes memory;
  int gpus = 0;
  auto operator<=>(const Resources&) const = default;
  friend constexpr Resources operator+(Resources a, Resources b) {
    return {a.cpu_milli + b.cpu_milli, a.memory + b.memory, a.gpus + b.gpus};
  }
  friend constexpr Resources operator-(Resources a, Resources b) {
    return {a.cpu_milli - b.cpu_milli, a.memory - b.memory, a.gpus - b.gpus};
  }
};
constexpr bool fits(Resources want, Resources have) {
  return want.cpu_milli <= have.cpu_milli && want.memory <= have.memory && want.gpus <= have.gpus;
}

}  // namespace berth
