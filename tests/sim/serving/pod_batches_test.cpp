#include "sim/serving/pod_batches.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sim/serving/request_service.h"

namespace berth::serving {
namespace {

RandomStream dispatch() { return RandomStream(1, 0, Purpose::dispatch, 0); }

void serve(PodBatches& queues, std::vector<double> arrivals) {
  const std::vector<double> scatter(arrivals.size(), 1);
  queues.serve({arrivals, scatter, {}}, arrivals.back());
}

// Two hours of batches of up to 8, 50 ms and 5 ms for each.
RequestOutcome two_hours(double rate, int pods, bool queue_each) {
  RequestServiceSettings settings{
      .rules = {.service_time = constant(1),
                .dispatching = BatchRules{.max_batch = 8, .fixed = 0.05, .per_item = 0.005, .queue_each = queue_each}},
      .demand = RateCurve::constant(rate),
      .load = constant(0.05 / 8 + 0.005),
      .fidelity = Fidelity::request};
  RequestService service(std::move(settings), {.seed = 4});
  for (Pod pod = 0; pod < pods; ++pod) service.join(pod, 1, 0s);
  service.advance(7200s);
  return service.take();
}

TEST_CASE("four pods with batches of their own are each as one at a quarter of the rate", "[batch]") {
  const RequestOutcome four = two_hours(240, 4, true), one = two_hours(60, 1, false), shared = two_hours(240, 4, false);
  CHECK(four.requests == Approx(240 * 7200).epsilon(0.01));
  CHECK(four.latency.mean() == Approx(one.latency.mean()).epsilon(0.01));
  CHECK(four.latency.quantile(0.99) == Approx(one.latency.quantile(0.99)).epsilon(0.02));
  CHECK(four.busy_slot_seconds == Approx(4 * one.busy_slot_seconds).epsilon(0.01));
  // In one queue for all nobody waits behind a busy pod while another is free.
  CHECK(shared.latency.quantile(0.99) < 0.85 * four.latency.quantile(0.99));
}

TEST_CASE("a batch is only of those who were sent to its pod", "[batch]") {
  PodBatches queues({.max_batch = 8, .fixed = 2}, dispatch());
  queues.join(1, 1, 0);
  queues.join(2, 1, 0);
  serve(queues, std::vector<double>(100, 1.0));
  CHECK(queues.waiting(1) + queues.in_service(1) == 100);
  CHECK(queues.in_service(1, 1) >= 1);
  queues.serve_until(100);
  CHECK(queues.waiting(100) == 0);
  CHECK(queues.counts().served() == 100);
  CHECK(queues.counts().busy == Approx(2.0 * double(queues.counts().batches)));
  std::vector<Dispatcher::PodUse> use;
  queues.add_use(100, use);
  REQUIRE(use.size() == 2);
  CHECK(use[0].use.requests + use[1].use.requests == 100);
}

TEST_CASE("who may wait or not is as many as the queue's limit says, before and after", "[batch]") {
  const bool queue_each = GENERATE(true, false);
  RequestServiceSettings settings{
      .rules = {.service_time = constant(1),
                .dispatching = BatchRules{.max_batch = 8, .fixed = 1000, .queue_limit = 3, .queue_each = queue_each},
                .queue = {.queue_limit = 3}},
      .demand = RateCurve::constant(1),
      .load = constant(125),
      .fidelity = Fidelity::request};
  RequestService service(std::move(settings), {.seed = 4});
  service.join(1, 1, 0s);
  service.let_wait(false);
  service.advance(100s);
  CHECK(service.waiting() == 3);
  service.let_wait(true);
  service.advance(200s);
  CHECK(service.waiting() == 3);
}

TEST_CASE("without a pod requests are refused, or held where somebody buffers", "[batch]") {
  PodBatches refuses({.max_batch = 8, .fixed = 2}, dispatch());
  serve(refuses, {0, 1});
  CHECK(refuses.counts().rejected == 2);
  PodBatches holds({.max_batch = 8, .fixed = 2, .buffers = true}, dispatch());
  serve(holds, {0, 1});
  CHECK(holds.waiting(5) == 2);
  CHECK(holds.waited(5) == Approx(5 + 4));
  holds.join(1, 1, 5);
  holds.serve_until(10);
  // The first alone at 5 until 7, the other from then until 9.
  CHECK(holds.counts().latencies.sum() == Approx(7 + 8));
}

TEST_CASE("a pod that drains serves its queue within its grace, and what is left goes to others", "[batch]") {
  PodBatches queues({.max_batch = 2, .fixed = 4}, dispatch());
  queues.join(1, 1, 0);
  serve(queues, {0, 0.5, 0.6, 0.7, 0.8});
  queues.join(2, 1, 1);
  // One alone until 4, two until 8, two until 12.
  SECTION("in time") {
    CHECK(queues.drain(1, 1, 60) == Approx(12));
    queues.serve_until(60);
    CHECK(queues.counts().retried == 0);
  }
  SECTION("cut off at 9: the last two begin anew elsewhere") {
    CHECK(queues.drain(1, 1, 8) == Approx(9));
    queues.serve_until(60);
    CHECK(queues.counts().retried == 2);
    CHECK(queues.counts().busy == Approx(9 + 8));  // one by one, as neither finds the other waiting
  }
  SECTION("killed: all begin anew") {
    queues.kill(1, 1);
    queues.serve_until(60);
    CHECK(queues.counts().retried == 5);
  }
  CHECK(queues.counts().served() == 5);
  CHECK(queues.waiting(60) == 0);
}

TEST_CASE("what is cut off is lost where nobody tries again", "[batch]") {
  PodBatches queues({.max_batch = 2, .fixed = 4, .cut_off = CutOff::fail}, dispatch());
  queues.join(1, 1, 0);
  serve(queues, {0, 0.5, 0.6});
  queues.join(2, 1, 1);
  queues.kill(1, 1);
  queues.serve_until(60);
  CHECK(queues.counts().failed == 3);
  CHECK(queues.counts().served() == 0);
}

}  // namespace
}  // namespace berth::serving
