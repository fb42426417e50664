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
#include "sim/serving/dates_ahead.h"
#include "sim/serving/pod_queues.h"

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

TEST_CASE("dates ahead are counted as a recount counts them", "[backlog]") {
  std::mt19937_64 random(3);
  DatesAhead ahead;
  std::vector<double> dates;
  double now = 1e6;
  for (int i = 0; i < 5000; ++i) {
    now += std::exponential_distribution{1.0}(random);
    dates.push_back(now + std::exponential_distribution{0.01}(random) - 10);  // some have passed
    ahead.add(dates.back());
    double seconds_off = 0;
    std::size_t count = 0;
    for (const double date : dates)
      if (date > now) seconds_off += date - now, ++count;
    REQUIRE(ahead.count(now) == count);
    REQUIRE(ahead.seconds_off(now) == Approx(seconds_off).margin(1e-5));
  }
  CHECK(ahead.count(1e9) == 0);
  CHECK(ahead.seconds_off(1e9) == 0);  // to the last bit
}

struct Seen {
  std::uint64_t waiting = 0, in_service = 0;
  double waited = 0;
  std::vector<UseCounters> pods;
};

Seen look_at(const PodQueues& queues, double now) {
  Seen seen{queues.waiting(now), queues.in_service(now), queues.waited(now), {}};
  std::vector<Dispatcher::PodUse> uses;
  queues.add_use(now, uses);
  for (const Dispatcher::PodUse& use : uses) seen.pods.push_back(use.use);
  return seen;
}

// Queues at pods through blocks of requests of twice what they can serve, with pods that come, drain
// and die; looked at last, or after each block too.
Seen history(Balancing balancing, double patience, int blocks, bool always_looks) {
  const LawDraws law{exponential(10)};
  PodQueues queues({.queue_limit = 60}, {.balancing = balancing}, law,
                   RandomStream(4, 0, Purpose::dispatch, 0), RandomStream(4, 0, Purpose::retry, 0));
  std::mt19937_64 random(5);
  std::vector<Pod> pods;
  double now = 0;
  Pod next = 0;
  for (int i = 0; i < blocks; ++i) {
    std::vector<double> arrivals, services, patiences;
    for (int n = 0; n < 8; ++n) {
      arrivals.push_back(now += std::exponential_distribution{6.0}(random));
      services.push_back(std::exponential_distribution{0.1}(random));
      // Now and then nobody gives up: the plain loop and the careful one take turns.
      if (patience < kNever && i % 3 != 0) patiences.push_back(patience);
    }
    if (pods.empty()) {
      queues.join(next, 2, 0);
      pods.push_back(next++);
    }
    queues.serve({arrivals, services, patiences}, now);
    queues.serve_until(now);
    const std::size_t what = random() % 16;
    if (pods.size() < 2 || (what == 0 && pods.size() < 4)) {
      queues.join(next, pods.size() == 1 ? 40 : 2, now);
      pods.push_back(next++);
    } else if (what < 3) {
      const std::size_t which = random() % pods.size();
      what == 1 ? (void)queues.drain(pods[which], now, 5) : queues.kill(pods[which], now);
      pods.erase(pods.begin() + static_cast<std::ptrdiff_t>(which));
    }
    if (!always_looks) continue;
    const Seen seen = look_at(queues, now);
    std::size_t in_service = 0;
    for (const Pod pod : pods) in_service += queues.in_service(pod, now);
    REQUIRE(in_service <= seen.in_service);  // some are on pods that leave
  }
  CHECK(queues.counts().rejected > 20);
  CHECK((patience == kNever || queues.counts().abandoned > 20));
  const Seen seen = look_at(queues, now);
  // Whoever waits at both ends of a moment waited through it, whoever waits at neither did not.
  constexpr double kMoment = 0.5;
  queues.serve_until(now + kMoment);
  const double waited = queues.waited(now + kMoment) - seen.waited;
  if (queues.counts().retried == 0) {
    CHECK(waited <= kMoment * static_cast<double>(seen.waiting) + 1e-6);
    CHECK(waited >= kMoment * static_cast<double>(queues.waiting(now + kMoment)) - 1e-6);
  }
  return seen;
}

TEST_CASE("queues at pods know who waits however often they are looked at", "[backlog]") {
  std::uint64_t most = 0;
  for (const Balancing balancing : {Balancing::random, Balancing::least_outstanding})
    for (const double patience : {kNever, 60.0})
      for (const int blocks : {300, 900, 1700}) {
        const Seen once = history(balancing, patience, blocks, false);
        const Seen often = history(balancing, patience, blocks, true);
        CHECK(once.waiting == often.waiting);
        CHECK(once.in_service == often.in_service);
        CHECK(once.waited == Approx(often.waited).epsilon(1e-12));
        REQUIRE(once.pods.size() == often.pods.size());
        for (std::size_t pod = 0; pod < once.pods.size(); ++pod) {
          CHECK(once.pods[pod].waiting == Approx(often.pods[pod].waiting).margin(1e-6));
          CHECK(once.pods[pod].busy == often.pods[pod].busy);
        }
        most = std::max(most, once.waiting);
      }
  CHECK(most > 40);
}

}  // namespace
}  // namespace berth::serving
