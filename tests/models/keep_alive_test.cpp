#include "models/keep_alive.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "models/random_stream.h"

namespace berth {
namespace {

TEST_CASE("an arrival finds the slot warm, busy or expired", "[keep_alive]") {
  const OneSlotUse use = one_slot({0.01, 300s, 120s, 400s});
  CHECK(use.warm + use.cold_busy + use.cold_expired == Approx(1));
  // Busy 200 s whatever, kept for ever: busy with 0.01 * 200 / 3.
  const OneSlotUse kept = one_slot({0.01, 1e9s, 200s, 200s});
  CHECK(kept.cold_busy == Approx(2.0 / 3));
  CHECK(kept.cold_expired == Approx(0).margin(1e-12));
  CHECK(one_slot({0.01, 0s, 200s, 200s}).warm == 0);
}

TEST_CASE("without service a request is warm when the last was recent", "[keep_alive]") {
  // One request per 100 s on average, kept for 100 s: 1 - 1/e; idle 63.2 s a request.
  const NoService use = unlimited_without_service(0.01, 100s);
  CHECK(use.warm == Approx(1 - std::exp(-1)));
  CHECK(use.idle_per_request.count() == Approx(100 * (1 - std::exp(-1))));
}

TEST_CASE("the busy and idle chain has the known limits", "[keep_alive]") {
  // Busy instances are M/M/infinity whatever is kept.
  const PoolUse use = unlimited_exponential(2, 3s, 1.5s);
  CHECK(use.mean_busy == Approx(6).epsilon(1e-9));
  // Each of the l instances a second that become idle leaves by reuse (l P(warm)) or by expiry
  // (E[idle] / keep): in balance l = l P(warm) + E[idle] / keep.
  CHECK(2 * (1 - use.warm) == Approx(use.mean_idle / 1.5).epsilon(1e-9));
  // With almost no service at most one is ever idle: an exponential race, l / (l + 1/keep).
  CHECK(unlimited_exponential(1, 1e-6s, 1s).warm == Approx(0.5).epsilon(1e-4));
}

TEST_CASE("warm instances are found or wasted", "[keep_alive]") {
  struct Row { const char* because; double supply, demand; Seconds life; double warm; };
  const auto row = GENERATE(values<Row>({
      {"balanced: lT / (1 + lT)",           2, 2,         1.5s, 0.75                  },
      {"nearly balanced is nearly that",    2, 2.0000001, 1.5s, 0.75                  },
      {"no life, no use",                   2, 1,         0s,   0                     },
      {"ever lasting: all supply is used",  1, 4,         1e3s, 0.25                  },
  }));
  CAPTURE(row.because);
  const TokenUse use = warm_tokens(row.supply, row.demand, row.life);
  CHECK(use.warm == Approx(row.warm).margin(1e-6));
  // What is supplied is used or wasted.
  CHECK(row.demand * use.warm + row.supply * use.wasted == Approx(row.supply).epsilon(1e-9));
}

TEST_CASE("for Poisson arrivals keep-alive is all or nothing", "[keep_alive]") {
  // A warm start worth 0.10 $ at 6 arrivals an hour is 0.60 $/h: above 0.5 $/h of idle, below 1.
  CHECK(best_keep_alive(6.0 / 3600, {0.5}, usd(0.10), 3600s) == 3600s);
  CHECK(best_keep_alive(6.0 / 3600, {1.0}, usd(0.10), 3600s) == 0s);
}

TEST_CASE("a pool that is walked serves a schedule as it comes", "[keep_alive]") {
  // A job every 900 s that holds 240 s: 660 s lie between an end and the next submission.
  std::vector<double> every;
  for (int i = 0; i < 100; ++i) every.push_back(900.0 * i);
  const auto held = [](std::size_t, bool) { return 240.0; };
  struct Row { const char* because; double keep; std::size_t most; double warm, idle; };
  const auto row = GENERATE(values<Row>({
      {"kept for longer than the gap",  700, 1,   1, 660},
      {"kept for less: paid in vain",   600, 1,   0, 600},
      {"not kept",                        0, 1,   0,   0},
      {"no room to keep any",           700, 0,   0,   0},
  }));
  CAPTURE(row.because);
  const WalkedUse use = walk_kept_pool(every, 900, row.keep, row.most, held);
  CHECK(use.warm == Approx(row.warm));
  CHECK(use.idle_s_per_job == Approx(row.idle).epsilon(0.011));  // the last one's is still to come
}

TEST_CASE("jobs that come together are warm as far as the pool reaches", "[keep_alive]") {
  // Three at once, every 900 s; two may be kept.
  std::vector<double> threes;
  for (int i = 0; i < 60; ++i) threes.push_back(900.0 * (i / 3));
  const auto held = [](std::size_t, bool) { return 240.0; };
  CHECK(walk_kept_pool(threes, 900, 700, 3, held).warm == Approx(1));
  CHECK(walk_kept_pool(threes, 900, 700, 2, held).warm == Approx(2.0 / 3));
}

TEST_CASE("for Poisson arrivals the walk gives the closed forms", "[keep_alive]") {
  // 1 - e^(-lT) without service.
  RandomStream random(1, 0, Purpose::arrival, 1);
  std::vector<double> times;
  double now = 0;
  for (int i = 0; i < 200'000; ++i) times.push_back(now -= 100 * std::log(random.uniform()));
  const auto none = [](std::size_t, bool) { return 0.0; };
  CHECK(walk_kept_pool(times, 0, 70, 1'000'000, none).warm ==
        Approx(1 - std::exp(-0.7)).margin(0.005));
  // Jobs in parallel leave machines of their own, so a pool of one is warmer than one slot alone.
  const auto busy = [](std::size_t, bool) { return 50.0; };
  CHECK(walk_kept_pool(times, 0, 70, 1, busy).warm >
        one_slot({0.01, 70s, 50s, 50s}).warm - 0.005);
}

}  // namespace
}  // namespace berth
