#include "models/billing/commitment.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace berth;

TEST_CASE("the best commitment covers the d-quantile of usage") {
  // 60 % of hours at 10, 40 % at 30 $/h.
  const std::vector<UsageBlock> blocks{
      {60, {10}},
      {40, {30}}
  };
  struct Row {
    double discount, coverage;
    const char* because;
  };
  const Row rows[] = {
      {0.5, 10, "the 50 % quantile is the low level"                        },
      {0.7, 30, "the 70 % quantile is the high level"                       },
      {0.6, 10, "exactly at the step both are best: the smaller is reported"},
      {0.0, 0,  "no discount, no commitment"                                },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    const std::vector<double> discount{row.discount};
    const auto best = best_commitment(blocks, discount);
    CHECK(best.commitment == Approx(row.coverage * (1 - row.discount)));
  }
}

TEST_CASE("utilisation and coverage count dollars") {
  // Covering 20 $/h at half price costs 10 $/h. Hours: 1 at 10, 1 at 40 $/h. Used: 5 + 10 of 20
  // committed; covered: 10 + 20 of 50; cost 20 + 20 on demand.
  const std::vector<UsageBlock> blocks{
      {1, {10}},
      {1, {40}}
  };
  const auto cost = commitment_cost(blocks, std::vector<double>{0.5}, 10);
  CHECK(cost.utilization == Approx(0.75));
  CHECK(cost.coverage == Approx(0.6));
  CHECK(cost.cost == Approx(40));
  CHECK(cost.savings_fraction() == Approx(0.2));
}

TEST_CASE("no commitment on a fine grid is better than the best one") {
  const std::vector<UsageBlock> blocks{
      {100, {8, 3, 0}   },
      {200, {0, 6, 5}   },
      {50,  {20, 20, 20}},
      {30,  {0, 0, 0}   }
  };
  const std::vector<double> discounts{0.27, 0.51, 0.4};
  const auto best = best_commitment(blocks, discounts);
  for (int i = 0; i <= 5000; ++i)
    CHECK(commitment_cost(blocks, discounts, i * 0.01).cost >= best.cost - 1e-9);
}

TEST_CASE("the lognormal optimum sits at the discount quantile") {
  const double mean = 100, cv = 0.4, discount = 0.3;
  const auto closed = best_commitment_lognormal(mean, cv, discount);
  CHECK(closed.commitment == Approx(0.7 * closed.coverage));
  CHECK(closed.cost < mean);
  // P(u <= coverage) = discount: ln coverage = mu + sigma z.
  const double sigma = std::sqrt(std::log(1 + cv * cv));
  const double z = (std::log(closed.coverage) - std::log(mean) + sigma * sigma / 2) / sigma;
  CHECK(0.5 * std::erfc(-z / std::sqrt(2.0)) == Approx(discount));
}
