#include "sim/serving/backlog.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "sim/serving/batch_queue.h"
#include "sim/serving/central_queue.h"

namespace berth::serving {
namespace {

struct Waiting {
  double arrival, gives_up;
};

void check_against_recount(Backlog& backlog, const std::deque<Waiting>& queue, double now) {
  std::uint64_t waiting = 0;
  double waited = 0;
  for (const auto& [arrival, gives_up] : queue) {
    waiting += gives_up > now;
    waited += std::min(now, gives_up) - arrival;
  }
  REQUIRE(backlog.waiting(now) == waiting);
  REQUIRE(backlog.waited(now) == Approx(waited).margin(1e-5));
}

TEST_CASE("a backlog says what a recount says", "[backlog]") {
  // Requests come at one a second and 0.9 a second leave at the head; some never give up, which
  // keeps those behind them who do; some come back to the head, and those who gave up are cleared
  // now and then, as the queues do.
  std::mt19937_64 random(1);
  const auto chance = [&](double p) { return std::uniform_real_distribution{}(random) < p; };
  Backlog backlog;
  std::deque<Waiting> queue;
  double now = 1e6;
  for (int i = 0; i < 200'000; ++i) {
    now += std::exponential_distribution{1.9}(random);
    if (chance(1 / 1.9)) {
      const double patience = chance(0.1) ? kNever : std::exponential_distribution{0.01}(random);
      queue.push_back({now, now + patience});
      backlog.add(now, now + patience);
    } else if (!queue.empty()) {
      const Waiting head = queue.front();
      queue.pop_front();
      backlog.remove(head.arrival, head.gives_up);
      if (chance(0.05)) {
        queue.push_front({head.arrival, kNever});
        backlog.add(head.arrival, kNever);
      }
    }
    if (chance(0.001)) std::erase_if(queue, [&](const Waiting& one) {
        if (one.gives_up > now) return false;
        backlog.remove(one.arrival, one.gives_up);
        return true;
      });
    if (chance(0.02)) check_against_recount(backlog, queue, now);
  }
  CHECK(queue.size() > 50);
  for (; !queue.empty(); queue.pop_front())
    backlog.remove(queue.front().arrival, queue.front().gives_up);
  CHECK(backlog.waiting(now) == 0);
  CHECK(backlog.waited(now) == 0);  // to the last bit
}

// Pods that come, drain and die under more requests than they can serve. Whoever came and is not
// served, rejected, lost or given up waits: here those who give up stand in front of those who do
// later, so none is left in the queue uncounted.
void check_history(Dispatcher& queue, double patience) {
  std::mt19937_64 random(2);
  std::vector<Pod> pods;
  double now = 0;
  Pod next = 0;
  std::uint64_t longest = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<double> arrivals, services, patiences;
    for (int n = 0; n < 5; ++n) {
      arrivals.push_back(now += std::exponential_distribution{1.0}(random));
      services.push_back(std::exponential_distribution{0.1}(random));
      if (patience < kNever) patiences.push_back(patience);
    }
    queue.serve({arrivals, services, patiences}, now);
    queue.serve_until(now);
    const std::size_t what = random() % 8;
    if (pods.size() < 3 || (what == 0 && pods.size() < 6)) {
      queue.join(next, 2, now);
      pods.push_back(next++);
    } else if (what < 3) {
      const std::size_t which = random() % pods.size();
      what == 1 ? (void)queue.drain(pods[which], now, 5) : queue.kill(pods[which], now);
      pods.erase(pods.begin() + static_cast<std::ptrdiff_t>(which));
    }
    const ServingCounts& counts = queue.counts();
    const auto open =
        counts.arrived - counts.served() - counts.rejected - counts.abandoned - counts.failed;
    REQUIRE(queue.waiting(now) == static_cast<std::uint64_t>(open));
    longest = std::max(longest, queue.waiting(now));
  }
  CHECK(longest > 20);
  queue.join(next, 1000, now);
  queue.serve_until(now + 1);
  const ServingCounts& counts = queue.counts();
  CHECK(counts.failed + counts.retried > 100);
  CHECK(queue.waiting(now + 1) == 0);
  CHECK(queue.waited(now + 1) ==
        Approx(counts.waits.sum() + counts.late_waits.sum() + counts.abandoned_wait));
}

TEST_CASE("queues know who waits through drains, kills and time-outs", "[backlog]") {
  const LawDraws law{exponential(10)};
  const auto central = [&](CutOff cut_off, double patience) {
    QueueRules rules{.queue_limit = 200, .cut_off = cut_off};
    if (patience < kNever) rules.patience = constant(patience);
    CentralQueue queue(rules, law, RandomStream(1, 0, Purpose::retry, 0));
    check_history(queue, patience);
  };
  central(CutOff::retry, kNever);
  central(CutOff::fail, 30);
  BatchQueue batches({.max_batch = 2, .max_delay = 1, .fixed = 1, .queue_limit = 200});
  check_history(batches, kNever);
}

}  // namespace
}  // namespace berth::serving
