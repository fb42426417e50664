#include "models/queueing/mg1.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/queueing/erlang.h"

namespace berth::queueing {
namespace {

TEST_CASE("a transform inverts to the function it came from", "[queueing]") {
  // 1/(1+s) is e^-t; of a law X, (1 - E e^{-sX})/s is P(X > t).
  for (double t : {0.1, 1.0, 7.0}) {
    CHECK(invert([](auto s) { return 1.0 / (1.0 + s); }, t) == Approx(std::exp(-t)).epsilon(1e-8));
    const Distribution law = lognormal_from_mean_cv(1, 1);
    const Transform transform(law);
    CHECK(invert([&](auto s) { return (1.0 - transform(s)) / s; }, t) ==
          Approx(1 - cdf(law, t)).epsilon(1e-6));
  }
}

TEST_CASE("closed and summed transforms agree", "[queueing]") {
  const std::complex<double> s(0.7, 3.0);
  // Weibull of shape 1 has no closed form here and is the exponential law, which has.
  CHECK(std::abs(Transform(weibull(1, 2))(s) - Transform(exponential(2))(s)) < 1e-9);
  CHECK(std::abs(Transform(erlang(1, 2))(s) - Transform(exponential(2))(s)) < 1e-12);
  const Distribution shifted{Exponential{2}, 0.5};
  CHECK(std::abs(Transform(shifted)(s) - std::exp(-0.5 * s) * Transform(exponential(2))(s)) <
        1e-12);
}

TEST_CASE("M/G/1 with exponential service is M/M/1", "[queueing]") {
  const Mg1 queue(0.8, exponential(1));
  const Mmc exact{0.8, 1, 1};
  CHECK(queue.mean_wait() == Approx(exact.mean_wait()));
  CHECK(queue.wait_variance() == Approx(24));  // 2 rho/(1-rho)^2 - (rho/(1-rho))^2 = 40 - 16
  CHECK(queue.wait_quantile(0.95) == Approx(exact.wait_quantile(0.95)).epsilon(1e-7));
  CHECK(queue.wait_quantile(0.1) == 0);
}

TEST_CASE("the first class of a priority queue waits for nobody behind it", "[queueing]") {
  // Two alike classes of 0.4 each, exponential of mean 1: W0 = 0.8; 0.8/0.6 and 0.8/(0.6*0.2).
  const std::vector<PriorityClass> classes = {{0.4, 1, 2}, {0.4, 1, 2}};
  const PriorityQueue queue = mg1_priority(classes);
  CHECK(queue.mean_waits[0] == Approx(0.8 / 0.6));
  CHECK(queue.mean_waits[1] == Approx(0.8 / 0.12));
  // Conservation (Kleinrock): the mean over classes is that of one queue without classes, 4.
  CHECK((queue.mean_waits[0] + queue.mean_waits[1]) / 2 == Approx(4));
}

TEST_CASE("transfers below their cap do not slow each other", "[queueing]") {
  const CappedSharing light = capped_processor_sharing(1e-6, 60, 40, 10);
  CHECK(light.mean_slowdown == Approx(1));
  // One flow fills the link: plain processor sharing.
  CHECK(capped_processor_sharing(0.5, 10, 10, 10).mean_slowdown == Approx(2));
  CHECK_THROWS(capped_processor_sharing(0.5, 10, 25, 10));
}

TEST_CASE("G/M/1 with Poisson arrivals is M/M/1", "[queueing]") {
  CHECK(gm1(exponential(1.25), 1).sigma == Approx(0.8));
  // D/M/1 at 0.8: sigma = e^{-1.25 (1 - sigma)}, 0.6286 by iteration.
  CHECK(gm1(constant(1.25), 1).sigma == Approx(0.6286298).epsilon(1e-6));
  CHECK_THROWS(gm1(constant(1), 1));
}

}  // namespace
}  // namespace berth::queueing
