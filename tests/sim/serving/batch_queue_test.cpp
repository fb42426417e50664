#include "sim/serving/batch_queue.h"

#include <catch2/catch.hpp>
#include <vector>

namespace berth::serving {
namespace {

void serve(BatchQueue& queue, std::vector<double> arrivals) {
  const std::vector<double> scatter(arrivals.size(), 1);
  queue.serve({arrivals, scatter, {}}, arrivals.back());
}

TEST_CASE("a free worker takes one at once, a busy one all who came", "[batch]") {
  BatchQueue queue({.max_batch = 8, .fixed = 2, .per_item = 0.5});
  queue.join(1, 1, 0);
  serve(queue, {0, 1, 2});
  queue.serve_until(10);
  // Alone till 2.5; two together from 2.5 to 5.5.
  CHECK(queue.counts().batches == 2);
  CHECK(queue.counts().latencies.sum() == Approx(2.5 + 4.5 + 3.5));
  CHECK(queue.counts().late_waits.sum() == Approx(0 + 1.5 + 0.5));
  CHECK(queue.counts().busy == Approx(2.5 + 3));
}

TEST_CASE("no batch is larger than allowed", "[batch]") {
  BatchQueue queue({.max_batch = 2, .fixed = 1, .per_item = 0});
  queue.join(1, 1, 0);
  serve(queue, {0, 0.1, 0.2, 0.3});
  queue.serve_until(10);
  CHECK(queue.counts().batches == 3);  // 1, 2, 1
  CHECK(queue.counts().latencies.sum() == Approx(1 + 1.9 + 1.8 + 2.7));
}

TEST_CASE("the first of a batch waits for others, but not for ever", "[batch]") {
  BatchQueue queue({.max_batch = 3, .max_delay = 1, .fixed = 0.1, .per_item = 0});
  queue.join(1, 1, 0);
  serve(queue, {0, 0.5, 0.6, 5, 5.5});
  queue.serve_until(10);
  // Three are complete at 0.6; of the other two the first has waited long enough at 6.
  CHECK(queue.counts().batches == 2);
  CHECK(queue.counts().late_waits.sum() == Approx(0.6 + 0.1 + 0 + 1 + 0.5));
}

TEST_CASE("a worker that dies gives its batch back to the head of the queue", "[batch]") {
  BatchQueue queue({.max_batch = 4, .fixed = 10, .per_item = 0});
  queue.join(1, 1, 0);
  serve(queue, {0, 1});
  queue.kill(1, 2);
  CHECK(queue.counts().retried == 1);
  CHECK(queue.waiting(2) == 2);
  CHECK(queue.counts().served() == 0);
  queue.join(2, 1, 3);
  queue.serve_until(20);
  CHECK(queue.counts().latencies.sum() == Approx(13 + 12));
  CHECK(queue.counts().busy == Approx(2 + 10));
}

TEST_CASE("a draining worker ends its batch", "[batch]") {
  BatchQueue queue({.max_batch = 4, .fixed = 4, .per_item = 0});
  queue.join(1, 1, 0);
  queue.join(2, 1, 0);
  serve(queue, {0});
  queue.drain(queue.in_service(1, 1) == 1 ? 1 : 2, 1, 30);
  CHECK(queue.in_service(1.0) == 1);
  serve(queue, {2});
  queue.serve_until(10);
  CHECK(queue.counts().latencies.sum() == Approx(8));
  CHECK(queue.counts().retried == 0);
}

}  // namespace
}  // namespace berth::serving
