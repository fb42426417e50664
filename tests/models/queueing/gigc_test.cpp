#include "models/queueing/gigc.h"

#include <catch2/catch.hpp>

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
