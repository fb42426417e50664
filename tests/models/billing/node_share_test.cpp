#include "models/billing/node_share.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("a pod carries its weighted part of the node", "[billing]") {
  const Resources node{.cpu_milli = 4000, .memory = {16 * kGiB}};
  CHECK(node_share(node, node) == Approx(1));
  CHECK(node_share({}, node) == 0);
  // Half of the CPUs, a quarter of the memory: (2 x 0.031611 + 4 x 0.004237) / (4 x .. + 16 x ..).
  CHECK(node_share({.cpu_milli = 2000, .memory = {4 * kGiB}}, node) ==
        Approx(0.08017 / 0.194236));
}

TEST_CASE("on a GPU node the GPU is most of the cost", "[billing]") {
  const Resources node{.cpu_milli = 4000, .memory = {16 * kGiB}, .gpus = 1};
  CHECK(node_share({.cpu_milli = 1000, .memory = {2 * kGiB}, .gpus = 1}, node) > 0.85);
}

}  // namespace
}  // namespace berth
