#include "models/serving/batch_latency.h"

#include <catch2/catch.hpp>
#include <limits>

namespace berth {
namespace {

constexpr Batching kEight{.max_batch = 8, .max_delay = 5ms, .fixed = 50ms, .per_item = 5ms};

TEST_CASE("a batched request takes a batch, and waits for it to fill and for the one before", "[serving][oracle]") {
  // Hardly any: alone, 55 ms after up to 5 ms for others.
  const auto alone = batch_latency_law(kEight, 1e-6);
  CHECK(alone.front().value == Approx(0.055));
  CHECK(alone.back().value == Approx(0.060).epsilon(0.001));
  // 60/s: batches of 60 x 0.05 / (1 - 0.3) = 4.29 take 71.4 ms, and the worker is always busy.
  const auto busy = batch_latency_law(kEight, 60);
  CHECK(busy.front().value == Approx(0.05 + 0.005 * 30 / 7));
  CHECK(busy.back().value == Approx(2 * (0.05 + 0.005 * 30 / 7) + 0.005));
  // More than it can take: full batches, one after the other.
  const auto full = batch_latency_law(kEight, std::numeric_limits<double>::infinity());
  CHECK(full.front().value == Approx(0.09));
  CHECK(full.back().value == Approx(0.18));
  CHECK(full.back().probability == 1);
}

}  // namespace
}  // namespace berth
