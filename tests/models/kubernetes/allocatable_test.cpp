#include "models/kubernetes/allocatable.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("reserved CPU grows in four ranges", "[allocatable]") {
  struct Row { int vcpus; std::int64_t milli; };
  // The table nodeadm's own tests hold.
  const auto row = GENERATE(values<Row>({{1, 60}, {2, 70}, {4, 80}, {8, 90}, {16, 110}, {32, 150},
                                         {48, 190}, {64, 230}, {96, 310}, {192, 550}}));
  CAPTURE(row.vcpus);
  CHECK(reserved_cpu_milli(row.vcpus) == row.milli);
}

TEST_CASE("an m5.large offers 1930 milli-cores and 6903 MiB", "[allocatable]") {
  // 3 ENIs of 10 addresses: 29 pods. 8192 - ceil(614.4) - (255 + 11 * 29) - 100 = 6903 MiB.
  const int pods = max_pods({.enis = 3, .ipv4_per_eni = 10});
  CHECK(pods == 29);
  const Resources got = allocatable({.vcpus = 2, .memory = {8 * kGiB}}, pods);
  CHECK(got.cpu_milli == 1930);
  CHECK(got.memory == Bytes{6903 * kMiB});
}

TEST_CASE("arm nodes lose 64 MiB first", "[allocatable]") {
  // t4g.small: 2048 - 64 = 1984; 7.5 % is 148.8, so 149; reserved 255 + 121; 100: 1359 MiB.
  CHECK(allocatable({.vcpus = 2, .memory = {2 * kGiB}, .arm = true}, 11).memory ==
        Bytes{1359 * kMiB});
}

TEST_CASE("prefixes raise the pod limit up to the managed cap", "[allocatable]") {
  CHECK(max_pods_with_prefixes({.enis = 3, .ipv4_per_eni = 10}, 2) == 110);   // 434 otherwise
  CHECK(max_pods_with_prefixes({.enis = 15, .ipv4_per_eni = 50}, 96) == 250);
  CHECK(max_pods_with_prefixes({.enis = 1, .ipv4_per_eni = 3}, 2) == 34);     // 2 * 16 + 2
  CHECK(max_pods({.enis = 3, .ipv4_per_eni = 12, .reserved_enis = 1}) == 24);
}

}  // namespace
}  // namespace berth
