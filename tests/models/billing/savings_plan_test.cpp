#include "models/billing/savings_plan.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

using namespace berth;
using Plan = Commitment::Plan;
using Term = Commitment::Term;

namespace {

constexpr std::int64_t kHour = 3'600'000'000;

std::optional<PriceTag> tag(double usd) { return PriceTag{.usd = usd, .source = "test"}; }

// a.large saves most with the compute plan, b.large with its own family's plan.
Catalogue two_types() {
  Catalogue c;
  InstanceType a{.name = "a.large", .family = "a"};
  a.ec2_on_demand = tag(1.0);
  a.compute_sp_1y = tag(0.5);
  a.compute_sp_3y = tag(0.4);
  a.sagemaker_training = tag(1.2);
  a.sagemaker_hosting = tag(1.2);
  a.sagemaker_sp_1y = tag(0.6);
  InstanceType b{.name = "b.large", .family = "b"};
  b.ec2_on_demand = tag(2.0);
  b.compute_sp_1y = tag(1.6);
  b.ec2_sp_1y = tag(1.5);
  c.types = {a, b};
  return c;
}

const Sku kA{UsageKind::ec2_on_demand, TypeId{0}};
const Sku kB{UsageKind::ec2_on_demand, TypeId{1}};
const Sku kTraining{UsageKind::sagemaker_training, TypeId{0}};
const Sku kHosting{UsageKind::sagemaker_hosting, TypeId{0}};

// Hours covered by (plan, sku).
std::map<std::pair<std::size_t, std::size_t>, double> cover(const Commitments& plans,
                                                            const std::vector<Sku>& skus,
                                                            const std::vector<double>& hours,
                                                            double part = 1) {
  const auto offers = offers_in_order(plans, skus, two_types());
  std::vector<std::int64_t> usage;
  for (const double h : hours) usage.push_back(std::llround(h * kHour));
  std::map<std::pair<std::size_t, std::size_t>, double> result;
  for (const Cover& c : cover_hour(offers, plans, usage, part))
    result[{c.plan, c.sku}] += static_cast<double>(c.micros) / kHour;
  return result;
}

Commitment compute(double commit, Term term = Term::one_year) {
  return {.plan = Plan::compute, .term = term, .commit = {commit}};
}

}  // namespace

TEST_CASE("the highest saving is covered first, in part, and the rest is on demand") {
  // 1.3 $/h: all 2 h of a at 0.5 = 1.0 (saves 50 %), then 0.3 / 1.6 = 0.1875 h of b (20 %).
  const auto got = cover({{compute(1.3)}}, {kB, kA}, {1, 2});
  CHECK(got.at({0, 1}) == Approx(2));
  CHECK(got.at({0, 0}) == Approx(0.1875));
}

TEST_CASE("an EC2 Instance plan goes before a Compute plan, and only to its family") {
  // b's own plan covers 1.5 / 1.5 = 1 h of b; the compute plan then takes a, which saves most,
  // and nothing is left of it: 1 h x 0.5.
  const Commitment own{.plan = Plan::ec2_instance, .term = {}, .family = "b", .commit = {1.5}};
  const auto got = cover(
      {
          {compute(0.5), own}
  },
      {kA, kB}, {1, 1});
  CHECK(got.at({1, 1}) == Approx(1));
  CHECK(got.at({0, 0}) == Approx(1));
  CHECK(got.size() == 2);
}

TEST_CASE("plans of one kind are pooled: the better rate of either covers first") {
  // The 3-year plan saves 60 % on a, the 1-year plan 50 %: 3 years first, 0.4 / 0.4 = 1 h, then
  // 0.25 / 0.5 = 0.5 h.
  const auto got = cover(
      {
          {compute(0.25), compute(0.4, Term::three_years)}
  },
      {kA}, {2});
  CHECK(got.at({1, 0}) == Approx(1));
  CHECK(got.at({0, 0}) == Approx(0.5));
}

TEST_CASE("SageMaker plans see SageMaker, compute plans EC2, and neither crosses") {
  const Commitment sagemaker{.plan = Plan::sagemaker, .term = {}, .commit = {10}};
  const auto got = cover(
      {
          {compute(10), sagemaker}
  },
      {kA, kTraining, kHosting}, {1, 2, 3});
  CHECK(got.at({0, 0}) == Approx(1));
  CHECK(got.at({1, 1}) == Approx(2));
  CHECK(got.at({1, 2}) == Approx(3));
  CHECK(got.size() == 3);
}

TEST_CASE("a type without a plan rate is not covered") {
  const Commitment own{.plan = Plan::ec2_instance, .term = {}, .family = "a", .commit = {5}};
  CHECK(cover({{own}}, {kA}, {1}).empty());
}

TEST_CASE("a ragged last hour has its part of the commitment") {
  CHECK(cover({{compute(1)}}, {kA}, {5}, 0.25).at({0, 0}) == Approx(0.5));
}
