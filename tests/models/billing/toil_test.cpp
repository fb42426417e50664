#include "models/billing/toil.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("people's hours follow what the placement uses") {
  using Per = ToilActivity::Per;
  struct Row {
    Per per;
    double hours;
    const char* because;
  };
  const ToilCounts counts{.clusters = 2,
                          .node_pools = 5,
                          .sagemaker_accounts = 1,
                          .training_classes = 7,
                          .services = 11};
  const Row rows[] = {
      {Per::fixed,             3,   "once"                       },
      {Per::cluster,           6,   "3 h x 2 clusters"           },
      {Per::node_pool,         15,  "3 h x 5 pools"              },
      {Per::sagemaker_account, 3,   "3 h x 1 account"            },
      {Per::training_class,    21,  "3 h x 7 classes"            },
      {Per::service,           33,  "3 h x 11 services"          },
      {Per::incident,          1.5, "3 h x 0.5 incidents a month"},
  };
  for (const Row& row : rows) {
    INFO(row.because);
    const ToilActivity activity{"work", 3, row.per, 0.5};
    const auto lines = toil_lines(std::span(&activity, 1), counts, {100});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].hours_per_month == row.hours);
    CHECK(lines[0].per_month == usd(100 * row.hours));
  }
}

TEST_CASE("what is not used takes nobody's time") {
  const ToilActivity activity{"upgrade", 8, ToilActivity::Per::cluster, 0};
  CHECK(toil_lines(std::span(&activity, 1), {}, {100}).empty());
}
