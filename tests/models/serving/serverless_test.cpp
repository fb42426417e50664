#include "models/serving/serverless.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "models/distribution.h"
#include "models/queueing/erlang.h"
#include "models/random_stream.h"

using namespace berth;
using Found = ServerlessPool::Found;

namespace {

struct Seen {
  double requests = 0, warm = 0, cold = 0, throttled = 0;
  double idle_time = 0, busy_time = 0, time = 0;  // container-seconds, sampled at arrivals (PASTA)
};

struct Law {
  std::function<double(RandomStream&)> service, keep;
  double cold_start = 0;
};

Seen simulate(const ServerlessLimits& limits, double rate, const Law& law, int requests) {
  ServerlessPool pool(limits);
  RandomStream gaps(11, 0, Purpose::arrival, 1), lengths(11, 0, Purpose::service, 1),
      keeps(11, 0, Purpose::session, 1);
  Seen seen;
  double now = 0;
  for (int i = 0; i < requests; ++i) {
    now += -std::log(gaps.uniform()) / rate;
    seen.idle_time += pool.idle(now);
    seen.busy_time += pool.busy();
    const Found found = pool.find(now);
    ++seen.requests;
    seen.warm += found == Found::warm || found == Found::provisioned;
    seen.cold += found == Found::cold;
    seen.throttled += found == Found::throttled;
    if (found == Found::throttled) continue;
    const double start = found == Found::cold ? law.cold_start : 0;
    pool.begin(found, now + start + law.service(lengths), law.keep(keeps));
  }
  return seen;
}

std::function<double(RandomStream&)> always(double value) {
  return [value](RandomStream&) { return value; };
}
std::function<double(RandomStream&)> drawn_exponential(double mean) {
  return [mean](RandomStream& s) { return -mean * std::log(s.uniform()); };
}

// Three standard errors of a share; arrivals are nearly independent here, tripled for what is not.
double slack(double share, double n) { return 9 * std::sqrt(share * (1 - share) / n); }

}  // namespace

TEST_CASE("with negligible service a request is warm when another came within the keep-warm time") {
  // 1 - exp(-lambda T) = 1 - e^-2: family keepalive_zero_service, lambda = 1/300 s, T = 600 s.
  const double rate = 1.0 / 300, keep = 600, expected = 1 - std::exp(-2);
  const Seen seen = simulate({.max_concurrency = 200}, rate, {always(0), always(keep)}, 200'000);
  CHECK(std::abs(seen.warm / seen.requests - expected) < slack(expected, seen.requests));
  const ServerlessShares formula = serverless_shares({.max_concurrency = 200}, rate, 0, 0, keep);
  CHECK(formula.warm == Approx(expected).epsilon(1e-9));
}

TEST_CASE("exponential service and keep-warm times are those of the Markov chain") {
  // Family keepalive_infinite_exp: lambda 2, E[S] 3, E[keep] 1.5: p_warm 0.62593, 1.12221 idle, 6
  // busy.
  const Seen seen =
      simulate({.max_concurrency = 1'000'000}, 2, {drawn_exponential(3), drawn_exponential(1.5)}, 400'000);
  CHECK(std::abs(seen.warm / seen.requests - 0.625931292681483) < slack(0.626, seen.requests));
  CHECK(seen.idle_time / seen.requests == Approx(1.1222061219555515).epsilon(0.02));
  CHECK(seen.busy_time / seen.requests == Approx(6).epsilon(0.02));
}

TEST_CASE(
    "behind provisioned containers and without any other warm one Erlang's loss formula holds") {
  // Family provisioned_pool: lambda 0.02, E[S] 180 (lognormal, cv 1.5), k 6: p_cold 0.08914.
  const Distribution law = lognormal_from_mean_cv(180, 1.5);
  const auto service = [&](RandomStream& s) { return sample(law, s); };
  const ServerlessLimits limits{.max_concurrency = 1'000'000, .provisioned = 6};
  const Seen seen = simulate(limits, 0.02, {service, always(0)}, 200'000);
  CHECK(std::abs(seen.cold / seen.requests - 0.08913961454955238) < slack(0.089, seen.requests));
  CHECK(serverless_shares(limits, 0.02, 180, 0, 0).cold ==
        Approx(0.08913961454955238).epsilon(1e-9));
}

TEST_CASE("independent supply and demand of warm containers, the oldest first") {
  // Family warm_tokens_fifo: supply 1/s, demand 0.6/s, lifetime 2 s: p_warm 0.75393.
  ServerlessPool pool({.max_concurrency = 1'000'000, .reuse = Reuse::oldest});
  RandomStream supply(3, 0, Purpose::arrival, 1), demand(3, 0, Purpose::arrival, 2);
  double next_supply = 0, next_demand = 0, warm = 0, asked = 0;
  while (asked < 200'000) {
    if (next_supply < next_demand) {
      pool.add_idle(next_supply, 2);
      next_supply += -std::log(supply.uniform());
      continue;
    }
    const Found found = pool.find(next_demand);
    warm += found == Found::warm;
    ++asked;
    next_demand += -std::log(demand.uniform()) / 0.6;
  }
  CHECK(std::abs(warm / asked - 0.7539280660432455) < slack(0.754, asked));
}

TEST_CASE("beyond its concurrency an endpoint turns requests away, as Erlang's loss formula says") {
  // a = 2 x 3 = 6 on 5, all warm for ever.
  const double expected = queueing::erlang_b(5, 6.0);
  const Seen seen = simulate({.max_concurrency = 5}, 2, {drawn_exponential(3), always(1e9)}, 300'000);
  CHECK(std::abs(seen.throttled / seen.requests - expected) < slack(expected, seen.requests));
  CHECK(serverless_shares({.max_concurrency = 5}, 2, 3, 0, 1e9).throttled ==
        Approx(expected).epsilon(1e-9));
}

TEST_CASE("the stationary approximation is near the pool where neither is exact") {
  struct Row {
    double rate, service, cold_start, keep;
  };
  // Rare, brisk and busy traffic, with cold starts longer than the service.
  for (const Row& row : {
           Row{0.01, 0.5, 5, 300},
           Row{0.2,  1,   4, 60 },
           Row{5,    0.3, 3, 300},
           Row{20,   0.2, 5, 120}
  }) {
    INFO(row.rate);
    const ServerlessLimits limits{.max_concurrency = 50};
    const Seen seen = simulate(
        limits, row.rate, {drawn_exponential(row.service), always(row.keep), row.cold_start}, 200'000);
    const ServerlessShares formula =
        serverless_shares(limits, row.rate, row.service, row.cold_start, row.keep);
    const double cold = seen.cold / seen.requests;
    // Within a third, or half a per mille of all requests.
    CHECK(std::abs(formula.cold - cold) < std::max(cold / 3, 0.0005));
  }
}

TEST_CASE("a container that was idle for its time is gone, one that was taken is not there twice") {
  ServerlessPool pool({.max_concurrency = 2});
  CHECK(pool.find(0) == Found::cold);
  pool.begin(Found::cold, 1, 10);  // idle from 1 to 11
  CHECK(pool.find(0.5) == Found::cold);
  pool.begin(Found::cold, 2, 10);
  CHECK(pool.find(0.6) == Found::throttled);
  CHECK(pool.find(5) == Found::warm);  // the newer one
  pool.begin(Found::warm, 20, 10);
  CHECK(pool.find(11) == Found::warm);  // the older one, at its last instant
  pool.begin(Found::warm, 12, 0);
  CHECK(pool.find(12.5) == Found::cold);
}
