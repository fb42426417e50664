#include "planner/commitment_advice.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

using namespace berth;

namespace {

// Four hours of SageMaker training on m5.xlarge (0.23 $/h; plan rate 0.161: 30 % off) and EC2 beside.
Scenario with_plans() {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  InstanceType& type = scenario.catalogue.types[0];
  type.sagemaker_sp_1y = PriceTag{.usd = 0.161};
  return scenario;
}
Observations hours(std::vector<double> instances) {
  Observation m;
  m.hourly = {{UsageKind::sagemaker_training, TypeId{0}, std::move(instances)},
              {UsageKind::ec2_on_demand, TypeId{0}, {50, 50, 50, 50}}};
  return {m};
}

}  // namespace

TEST_CASE("the best level covers the discount's quantile of hourly use, of its own side only") {
  // 30 % off covers the 30 % quantile of 10, 20, 30, 40 instances: 20 (a quarter is not enough).
  const auto advice = advise_commitments(with_plans(), {}, hours({10, 20, 30, 40}));
  REQUIRE(advice.size() == 1);  // no rates are known for plans on EC2
  CHECK(advice[0].plan == "SageMaker Savings Plan");
  CHECK(advice[0].hourly_usd == Approx(20 * 0.161));
  // One hour of four uses half of it: an eighth is not used.
  CHECK(advice[0].unused_usd == Approx(730 * 20 * 0.161 / 8));
  // A fifth less use leaves 8, 16, 24, 32: unused 12 and 4 of 20 in two hours of four.
  CHECK(advice[0].unused_usd_at_less == Approx(730 * 0.161 * (12 + 4) / 4.0));
  CHECK(advice[0].eligible_usd == Approx(730 * 25 * 0.23));
}

TEST_CASE("what is held covers its part first: advice is for the rest, and plans share what there is") {
  const Commitment one{.plan = Commitment::Plan::sagemaker,
                       .term = Commitment::Term::one_year,
                       .commit = {20 * 0.161}};
  const Scenario scenario = with_plans();
  // 10, 20, 30, 40 instances less the 20 that are held: 0, 0, 10, 20, whose 30 % quantile is nothing.
  CHECK(advise_commitments(scenario, {{one}}, hours({10, 20, 30, 40})).empty());
  // Less the 10 of a smaller plan: 0, 10, 20, 30, and 10 is the second of four.
  Commitment small = one;
  small.commit = {10 * 0.161};
  const auto advice = advise_commitments(scenario, {{small}}, hours({10, 20, 30, 40}));
  REQUIRE(advice.size() == 1);
  CHECK(advice[0].hourly_usd == Approx(10 * 0.161));
  CHECK(advice[0].eligible_usd == Approx(730 * 15 * 0.23));
  // Two plans for 20 each, and use for 20: one of them is stranded, not a half of none.
  const auto stranded = stranded_commitments(scenario, {{one, one}}, hours({20, 20, 20, 20}));
  CHECK(stranded[0].unused_usd + stranded[1].unused_usd == Approx(730 * 20 * 0.161).epsilon(1e-4));
}

TEST_CASE("a workload that left strands the plan that covered it") {
  Commitments held{{{.plan = Commitment::Plan::sagemaker,
                     .term = Commitment::Term::one_year,
                     .commit = {1.61}}}};
  // Ten instances use it up; five use half of it; none, nothing.
  const Scenario scenario = with_plans();
  const auto stranded = [&](double instances) {
    return stranded_commitments(scenario, held, hours(std::vector<double>(4, instances)))[0]
        .unused_usd;
  };
  CHECK(stranded(10) == Approx(0).margin(0.01));
  CHECK(stranded(5) == Approx(730 * 0.805).epsilon(1e-4));
  CHECK(stranded(0) == Approx(730 * 1.61));
}
