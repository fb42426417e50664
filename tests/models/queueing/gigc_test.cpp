#include "models/queueing/gigc.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace berth::queueing {
namespace {

TEST_CASE("every approximation is exact for M/M/c, Kimura also for M/G/1", "[queueing]") {
  const Gigc mmc{9, 1, 10};
  CHECK(mmc.kimura_mean_wait() == Approx(mmc.mmc_mean_wait()));
  CHECK(mmc.whitt_mean_wait() == Approx(mmc.mmc_mean_wait()));
  CHECK(mmc.allen_cunneen_mean_wait() == Approx(mmc.mmc_mean_wait()));
  // Pollaczek-Khinchine: rho (1 + cs2) / (2 mu (1 - rho)) = 0.8 * 5 / 0.4.
  CHECK(Gigc{0.8, 1, 1, 1, 4}.kimura_mean_wait() == Approx(10));
  CHECK(Gigc{0.8, 1, 1, 1, 0}.kimura_mean_wait() == Approx(2));
}

TEST_CASE("for arrivals more variable than Poisson's Whitt's wait is near the exact one",
          "[queueing]") {
  // H2/M/4, balanced means: the Markov chain of (phase of the arrivals, requests in the system)
  // solved level by level; mean service 1.
  struct Row {
    double rho, ca2, exact;
  };
  for (const auto& [rho, ca2, exact] : {Row{0.3, 4, 0.05259}, Row{0.7, 4, 1.07069},
                                        Row{0.9, 4, 5.22158}, Row{0.3, 10, 0.09583},
                                        Row{0.7, 10, 2.51036}, Row{0.9, 10, 11.83355}}) {
    CAPTURE(rho, ca2);
    CHECK(Gigc{4 * rho, 1, 4, ca2, 1}.whitt_mean_wait() == Approx(exact).epsilon(0.25));
  }
  CHECK(Gigc{3.6, 1, 4, 10, 1}.whitt_mean_wait() == Approx(11.83355).epsilon(0.08));
  // Kimura's is of no use there.
  CHECK(Gigc{2.8, 1, 4, 10, 1}.kimura_mean_wait() < 0);
}

TEST_CASE("under a load that is next to nothing the wait is next to nothing, not undefined", "[queueing]") {
  // rho = 1e-4: the wait of D/M/4 underflows. M/M/4: P(wait) = a^4 / 4! and a bit, 1/4 of a service each.
  const double a = 4e-4;
  CHECK(Gigc{a, 1, 4, 1, 1}.kimura_mean_wait() == Approx(std::pow(a, 4) / 24 / 4).epsilon(2e-3));
  CHECK(Gigc{a, 1, 4, 1, 3}.kimura_mean_wait() > 0);
  CHECK(Gigc{a, 1, 4, 0.5, 1}.kimura_mean_wait() == 0);
}

TEST_CASE("regular arrivals to regular work wait for nothing", "[queueing]") {
  CHECK(Gigc{0.8, 1, 1, 0, 0}.kimura_mean_wait() == 0);
}

TEST_CASE("Kimura stays with the simulated wait where Allen-Cunneen does not", "[queueing]") {
  // M/lognormal/16 with cv 2 at 70 %: Allen-Cunneen is 63 % too high, Kimura 12 %, Whitt 24 %.
  const Gigc queue{0.7 * 16, 1, 16, 1, 4};
  CHECK(queue.kimura_mean_wait() / queue.allen_cunneen_mean_wait() ==
        Approx(1.12 / 1.63).epsilon(0.05));
  CHECK(queue.whitt_mean_wait() / queue.allen_cunneen_mean_wait() ==
        Approx(1.24 / 1.63).epsilon(0.05));
}

}  // namespace
}  // namespace berth::queueing
