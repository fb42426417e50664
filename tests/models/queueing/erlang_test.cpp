#include "models/queueing/erlang.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace berth::queueing {
namespace {

TEST_CASE("Erlang's formulas have the values of his tables", "[queueing]") {
  struct Row {
    const char* because;
    int servers;
    double load, b, c;
  };
  const auto row = GENERATE(values<Row>({
      {"one server: a/(1+a) and rho", 1, 0.5, 1.0 / 3, 0.5},
      {"two servers by hand: (a^2/2)/(1+a+a^2/2), C = B/(1-rho(1-B))", 2, 1, 0.2, 1.0 / 3},
      // Halfin-Whitt at 400 servers and beta = 20/sqrt(400) = 1 says .2234; exactly .2203.
      {"beyond 170 servers factorials overflow", 400, 380, -1, 0.2203},
      {"no load", 3, 0, 0, 0},
      {"overload: everybody waits", 3, 4, -1, 1},
  }));
  CAPTURE(row.because);
  if (row.b >= 0) CHECK(erlang_b(row.servers, row.load) == Approx(row.b));
  CHECK(erlang_c(row.servers, row.load) == Approx(row.c).epsilon(0.0005));
}

TEST_CASE("the latency of M/M/c is smooth where one server is to spare", "[queueing]") {
  // 3 servers of rate 1 and 2 arrivals a second: theta = mu. C = 4/9; P(T > t) = e^-t (1 + 4t/9).
  const Mmc queue{2, 1, 3};
  CHECK(queue.p_wait() == Approx(4.0 / 9));
  CHECK(queue.sojourn_ccdf(2) == Approx(std::exp(-2.0) * (1 + 8.0 / 9)));
  const double t = queue.sojourn_quantile(0.99);
  CHECK(queue.sojourn_ccdf(t) == Approx(0.01));
}

TEST_CASE("a queue with room for all is M/M/c, one with room for none Erlang B", "[queueing]") {
  const Mmck large = mmck(4, 1, 5, 2000);
  CHECK(large.mean_queue == Approx(Mmc{4, 1, 5}.mean_queue()));
  CHECK(large.p_block == Approx(0).margin(1e-15));
  CHECK(mmck(4, 1, 5, 5).p_block == Approx(erlang_b(5, 4)));
}

TEST_CASE("clients of infinite patience make Erlang A the M/M/c", "[queueing]") {
  const ErlangA patient = erlang_a(4, 1, 5, 1e-9);
  CHECK(patient.p_delay == Approx(erlang_c(5, 4)).epsilon(1e-6));
  // Patience equal to service: M/M/infinity, so 12 arrivals of 1 s keep 12 in the system.
  const ErlangA same = erlang_a(12, 1, 10, 1);
  CHECK(same.mean_queue + same.mean_in_service == Approx(12));
}

TEST_CASE("one client never waits", "[queueing]") {
  const FiniteSource alone = finite_source(1, 1, 0.25, 1);  // 4 s think, 1 s service
  CHECK(alone.throughput == Approx(0.2));
  CHECK(alone.mean_wait == Approx(0).margin(1e-12));
  CHECK(alone.p_all_idle == Approx(0.8));
}

}  // namespace
}  // namespace berth::queueing
