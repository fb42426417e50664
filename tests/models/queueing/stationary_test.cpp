#include "models/queueing/stationary.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/queueing/erlang.h"

namespace berth::queueing {
namespace {

TEST_CASE("with exponential service it is M/M/c, in the mean and in the tail", "[queueing]") {
  const ServiceLaw service = service_law(exponential(0.05));
  for (auto [servers, rho] : {std::pair{1, 0.5}, {4, 0.7}, {16, 0.9}, {64, 0.95}}) {
    CAPTURE(servers, rho);
    const double rate = rho * servers / 0.05;
    const Mmc exact{rate, 20, servers};
    const StationaryQueue queue = stationary(rate, servers, 0.05, 1);
    CHECK(queue.p_wait == Approx(exact.p_wait()));
    CHECK(queue.mean_wait == Approx(exact.mean_wait()));
    CHECK(queue.wait_quantile(0.999) == Approx(exact.wait_quantile(0.999)));
    for (double p : {0.5, 0.95, 0.99, 0.999})
      CHECK(sojourn_quantile(queue, service, p) ==
            Approx(exact.sojourn_quantile(p)).epsilon(0.005));
    CHECK(sojourn_ccdf(queue, service, 0.2) == Approx(exact.sojourn_ccdf(0.2)).epsilon(0.01));
  }
}

TEST_CASE("with constant service the latency is the wait moved by it", "[queueing]") {
  const ServiceLaw service = service_law(constant(0.1));
  const StationaryQueue queue = stationary(90, 10, 0.1, 0);
  CHECK(sojourn_quantile(queue, service, 0.99) ==
        Approx(0.1 + queue.wait_quantile(0.99)).epsilon(0.005));
  // M/D/10 at 0.9: the exact mean wait is 0.034458 s, p99 0.20700 s (Franx's method).
  CHECK(queue.mean_wait == Approx(0.034458).epsilon(0.01));
  CHECK(queue.wait_quantile(0.99) == Approx(0.20700).epsilon(0.08));
}

TEST_CASE("random dispatch to single slots follows the exact M/G/1", "[queueing]") {
  // Exact p95 and p99 waits from the inverted Pollaczek-Khinchine transform, one pod's arrival rate
  // and service as given; lognormal and gamma by mean and cv.
  struct Row {
    const char* because;
    double rate;
    Distribution service;
    double p95, p99;
    double error;  // of the two-exponential law
  };
  const auto row = GENERATE(values<Row>({
      {"variance as exponential", 7, lognormal_from_mean_cv(0.1, 1), 0.92049, 1.55593, 0.02},
      {"heavy tail", 16, lognormal_from_mean_cv(0.05, 2), 1.98653, 3.70377, 0.11},
      {"regular work", 4, gamma_from_mean_cv(0.2, 0.5), 1.68638, 2.64844, 0.02},
  }));
  CAPTURE(row.because);
  const StationaryQueue pod =
      stationary_pods(row.rate * 30, 30, 1, service_law(row.service), Dispatch::random);
  CHECK(pod.wait_quantile(0.95) == Approx(row.p95).epsilon(row.error));
  CHECK(pod.wait_quantile(0.99) == Approx(row.p99).epsilon(row.error));
}

TEST_CASE("a law of two values is moved by exponential waits, however short or rare", "[queueing]") {
  // 0.1 or 1 with 60 and 40 %; one in two, or in a million, waits m on average. Between the values
  // P(latency <= x) = 0.6 (1 - c e^{-(x - 0.1)/m}).
  const ServiceLaw service{.mean = 0.46, .points = {{0.1, 0}, {0.1, 0.6}, {1, 0.6}, {1, 1}}};
  for (const auto& [c, m] : {std::pair{0.5, 0.5}, {0.5, 0.1}, {0.1, 0.5}, {1e-6, 0.5}}) {
    CAPTURE(c, m);
    const StationaryQueue queue{.p_wait = c, .mean_wait = c * m, .phases = {{{c, m}, {}}}};
    const auto law = sojourn_law(queue, service);
    REQUIRE(law.size() > 4);
    CHECK(law[1].probability == Approx(0.6 * (1 - c)));
    CHECK(law[2].probability == Approx(0.6 * (1 - c * std::exp(-0.9 / m))));
    CHECK(law[3].probability ==
          Approx(0.6 * (1 - c * std::exp(-0.9 / m)) + 0.4 * (1 - c)));
  }
}

TEST_CASE("a mean of wait and service is the mean of the latency", "[queueing]") {
  const ServiceLaw service = service_law(lognormal_from_mean_cv(0.05, 1.5));
  for (Dispatch dispatch : {Dispatch::shared_queue, Dispatch::random, Dispatch::round_robin}) {
    const StationaryQueue queue = stationary_pods(160, 10, 1, service, dispatch);
    WeightedHistogram latency;
    latency.record_curve(sojourn_law(queue, service), 1000);
    CHECK(latency.mean() == Approx(queue.mean_wait + 0.05).epsilon(0.01));
  }
}

TEST_CASE("a service law without a variance has finite waits", "[queueing]") {
  // Log-logistic of scale 1 and shape 1.5: P(X > x) = 1 / (1 + x^1.5), so E[min(X, y)^2] is
  // int_0^y 2 x P(X > x) dx, for large y 4 y^0.5 - 2 (pi / 1.5) / sin(pi / 3). Where one in ten million
  // is longer, y = 1e7^(2/3): 4 x 215.4 - 4.84 = 856.9.
  const ServiceLaw service = service_law(log_logistic(1, 1.5));
  CHECK(service.second_moment == Approx(856.9).epsilon(0.01));
  CHECK(std::isfinite(service.third_moment));
  for (Dispatch dispatch : {Dispatch::shared_queue, Dispatch::random, Dispatch::round_robin})
    for (const int slots : {1, 2, 8})
      for (const double rho : {1e-9, 0.01, 0.5, 0.95}) {
        CAPTURE(slots, rho);
        const StationaryQueue queue =
            stationary_pods(rho * 4 * slots / service.mean, 4, slots, service, dispatch);
        CHECK(queue.stable);
        CHECK(std::isfinite(queue.mean_wait));
        CHECK(queue.mean_wait >= 0);
        const double p99 = sojourn_quantile(queue, service, 0.99);
        CHECK(std::isfinite(p99));
        CHECK(p99 >= quantile(service.points, 0.99) * (1 - 1e-9));
      }
}

TEST_CASE("dispatch matters: shared, then round robin, then random", "[queueing]") {
  // 32 pods at 85 %, exponential service of 1 s. Shared: M/M/32. Round robin: each pod is E32/M/1,
  // whose latency is exponential with rate 1 - s, s = (32 a / (32 a + 1 - s))^32 at a = 0.85.
  // Random: M/M/1, rate 0.15.
  double s = 0;
  for (int i = 0; i < 1000; ++i) s = std::pow(32 * 0.85 / (32 * 0.85 + 1 - s), 32);
  const ServiceLaw service = service_law(exponential(1));
  const auto p99 = [&](Dispatch dispatch) {
    return sojourn_quantile(stationary_pods(0.85 * 32, 32, 1, service, dispatch), service, 0.99);
  };
  CHECK(p99(Dispatch::shared_queue) ==
        Approx(Mmc{27.2, 1, 32}.sojourn_quantile(0.99)).epsilon(0.01));
  CHECK(p99(Dispatch::round_robin) == Approx(std::log(100.0) / (1 - s)).epsilon(0.03));
  CHECK(p99(Dispatch::random) == Approx(std::log(100.0) / 0.15).epsilon(0.01));
}

TEST_CASE("arrivals more variable than Poisson's wait longer, not never", "[queueing]") {
  // H2/M/4: see gigc_test.
  CHECK(stationary(3.6, 4, 1, 1, 10).mean_wait == Approx(11.83355).epsilon(0.08));
  CHECK(stationary(3.6, 4, 1, 1, 4).mean_wait == Approx(5.22158).epsilon(0.05));
  for (double rho : {0.3, 0.5, 0.7, 0.9})
    CHECK(stationary(4 * rho, 4, 1, 1, 2).mean_wait > stationary(4 * rho, 4, 1, 1, 1).mean_wait);
}

TEST_CASE("at capacity nothing is stationary, and with no load nobody waits", "[queueing]") {
  CHECK_FALSE(stationary(10, 1, 0.1, 1).stable);
  CHECK(std::isinf(stationary(10, 1, 0.1, 1).mean_wait));
  CHECK_FALSE(stationary(10, 0, 0.1, 1).stable);
  CHECK(stationary(0, 0, 0.1, 1).utilisation == 0);
  const StationaryQueue idle = stationary(0, 4, 0.1, 1);
  CHECK(idle.stable);
  CHECK(idle.wait_quantile(0.999) == 0);
  const ServiceLaw service = service_law(uniform(1, 3));
  CHECK(sojourn_quantile(idle, service, 0.5) == Approx(2).epsilon(0.01));
}

TEST_CASE("thousands of slots at half load never wait and never overflow", "[queueing]") {
  const StationaryQueue queue = stationary(25'000, 5'000, 0.1, 1);
  CHECK(queue.stable);
  CHECK(queue.utilisation == Approx(0.5));
  CHECK(queue.wait_quantile(0.9999) == 0);
}

}  // namespace
}  // namespace berth::queueing
