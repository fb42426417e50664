#include "planner/world.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

using namespace berth;

TEST_CASE("prices change bills alone, unless somebody holds them against fixed ones") {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  for (const WorldInput input : {WorldInput::sagemaker_price, WorldInput::ec2_price, WorldInput::spot_price,
                                 WorldInput::toil, WorldInput::hour_price})
    CHECK(changes_bills_alone(scenario, input));
  for (const WorldInput input : {WorldInput::demand, WorldInput::jobs, WorldInput::image_size,
                                 WorldInput::sagemaker_startup, WorldInput::kubernetes_startup,
                                 WorldInput::spot_reclaims})
    CHECK_FALSE(changes_bills_alone(scenario, input));
  std::get<Cluster>(scenario.platforms[1]).scaling.expander = Expander::price;
  CHECK(changes_bills_alone(scenario, WorldInput::sagemaker_price));
  CHECK_FALSE(changes_bills_alone(scenario, WorldInput::ec2_price));
  CHECK_FALSE(changes_bills_alone(scenario, WorldInput::spot_price));
}

TEST_CASE("factors of one change nothing that is measured") {
  const Scenario plain = small_scenario(test_class(Every{900s}, 240s));
  const Scenario same = in_world(plain, {});
  CHECK(same.catalogue == plain.catalogue);
  CHECK(std::get<SageMaker>(same.platforms[0]).launch_cpu ==
        std::get<SageMaker>(plain.platforms[0]).launch_cpu);
}

TEST_CASE("each input moves what it names") {
  PlanWorld world;
  world[WorldInput::sagemaker_startup] = 2;
  world[WorldInput::spot_price] = 3;
  world[WorldInput::jobs] = 2;
  world[WorldInput::image_size] = 1.5;
  const Scenario other = in_world(small_scenario(test_class(Every{900s}, 240s)), world);
  CHECK(mean(std::get<SageMaker>(other.platforms[0]).launch_cpu) == Approx(200));
  CHECK(mean(std::get<Cluster>(other.platforms[1]).node_boot_cpu) == Approx(60));
  CHECK(other.catalogue.types[0].ec2_spot->usd == Approx(3 * 0.0653));
  CHECK(other.catalogue.types[0].ec2_on_demand->usd == Approx(0.192));
  CHECK(std::get<Every>(other.training[0].schedule).interval == 450s);
  CHECK(other.images[0].layers[0].compressed.count == 150'000'000);
}

TEST_CASE("a cron class gets more models, and whoever comes after it as many") {
  const auto models_of = [](std::vector<TrainingClass> classes) {
    Scenario scenario = small_scenario(classes[0]);
    scenario.training = std::move(classes);
    PlanWorld world;
    world[WorldInput::jobs] = 2.4;
    std::vector<int> models;
    for (const TrainingClass& one : in_world(scenario, world).training) models.push_back(one.models);
    return models;
  };
  std::string why;
  const auto some = [&](Schedule schedule, int models) {
    TrainingClass work = test_class(std::move(schedule), 240s);
    work.models = models;
    return work;
  };
  const Cron nightly = *parse_cron("0 2 * * *", &why);
  CHECK(models_of({some(nightly, 5), some(After{{{0}}}, 5)}) == std::vector{12, 12});
  // Five jobs let one go: whatever happened to five would not fit one any more.
  CHECK(models_of({some(nightly, 5), some(After{{{0}}}, 1), some(nightly, 2)}) ==
        std::vector{5, 1, 5});
  CHECK(models_of({some(Every{900s}, 5), some(After{{{0}}}, 5)}) == std::vector{5, 5});
}

TEST_CASE("start-up laws are stretched as a whole, whoever has them") {
  Scenario plain = small_scenario(test_class(Every{900s}, 240s));
  std::get<SageMaker>(plain.platforms[0]).launch_families = {{"m5", constant(50)}};
  std::get<Cluster>(plain.platforms[1]).gpu_driver = constant(40);
  plain.services.resize(1);
  ServerlessEndpoint serverless;
  serverless.cold_start = constant(6);
  for (Placement& placement : plain.placements)
    placement.services = {{.platform = {0}, .type = {0}, .endpoint = serverless}};
  PlanWorld world;
  world[WorldInput::sagemaker_startup] = 2;
  world[WorldInput::kubernetes_startup] = 3;
  world[WorldInput::sagemaker_price] = 1.5;
  const Scenario other = in_world(plain, world);
  const auto& sagemaker = std::get<SageMaker>(other.platforms[0]);
  CHECK(mean(sagemaker.launch_families[0].law) == 100);
  CHECK(mean(sagemaker.warm_start) == 20);
  CHECK(mean(sagemaker.container_create) == 4);
  const auto& cluster = std::get<Cluster>(other.platforms[1]);
  CHECK(mean(cluster.gpu_driver) == 120);
  CHECK(mean(cluster.data_overhead) == 15);
  CHECK(mean(std::get<ServerlessEndpoint>(*other.placements[0].services[0].endpoint).cold_start) == 12);
  CHECK(other.catalogue.price(SimplePrice::sagemaker_storage_gb_month)->usd == Approx(1.5 * 0.14));
}

TEST_CASE("what happened comes more or less often, and less is a part of more") {
  Scenario plain = small_scenario(test_class(Every{900s}, 240s));
  Trace trace;
  std::vector<double> requests;
  for (int i = 0; i < 4000; ++i) trace.at.emplace_back(10 * i), requests.push_back(2 * i);
  plain.training[0].schedule = trace;
  plain.services.resize(1);
  plain.services[0].recorded = requests;
  const auto scaled = [&](double f) {
    PlanWorld world;
    world[WorldInput::jobs] = world[WorldInput::demand] = f;
    Scenario there = in_world(plain, world);
    std::vector<double> jobs;
    for (const Seconds at : std::get<Trace>(there.training[0].schedule).at) jobs.push_back(at.count());
    return std::pair(jobs, there.services[0].recorded);
  };
  // 4,000 draws: 3 standard errors are at most 95 of them.
  const auto [half, half_asked] = scaled(0.5);
  CHECK(double(half.size()) == Approx(2000).margin(95));
  CHECK(double(half_asked.size()) == Approx(2000).margin(95));
  const auto [more, more_asked] = scaled(2.3);
  CHECK(double(more.size()) == Approx(2.3 * 4000).margin(95));
  CHECK(double(more_asked.size()) == Approx(2.3 * 4000).margin(95));
  for (const auto* list : {&more, &more_asked}) CHECK(std::ranges::is_sorted(*list));
  CHECK(std::ranges::includes(scaled(0.8).first, half));
}

TEST_CASE("low and high enclose the stated share, half of the rest on each side") {
  const UncertainInput demand{WorldInput::demand, 0.8, 1, 1.5, 0.9};
  CHECK(triangular_quantile(demand, 0.05) == Approx(0.8));
  CHECK(triangular_quantile(demand, 0.95) == Approx(1.5));
  CHECK(triangular_quantile(demand, 0.5) == Approx(1));
}

TEST_CASE("an input that only grows has all its weight above") {
  const UncertainInput growth{WorldInput::demand, 1, 1, 2, 0.9};
  CHECK(triangular_quantile(growth, 0.001) >= 1);
  CHECK(triangular_quantile(growth, 0.001) < 1.01);
}

TEST_CASE("worlds are one of each stratum of every input, whose means a few of them tell") {
  const std::vector<UncertainInput> inputs{{WorldInput::demand, 0.5, 1, 3, 0.9}, {WorldInput::toil, 0.5, 1, 2, 0.9}};
  double mean = 0;
  for (int n = 0; n < 5000; ++n) mean += triangular_quantile(inputs[1], (n + 0.5) / 5000) / 5000;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    double sum = 0, together = 0;
    std::vector<double> demand;
    for (int n = 0; n < 20; ++n) {
      const PlanWorld world = sampled_world(inputs, seed, n, 20);
      sum += world[WorldInput::toil];
      demand.push_back(world[WorldInput::demand]);
      together += (world[WorldInput::toil] - mean) * (world[WorldInput::demand] - 1.5);
    }
    // Of independent draws the mean of 20 errs by 0.1.
    CHECK(sum / 20 == Approx(mean).margin(0.04));
    CHECK(std::abs(together / 20) < 0.2);  // inputs are shuffled by themselves
    std::ranges::sort(demand);
    for (int n = 0; n < 20; ++n) {
      CHECK(demand[static_cast<std::size_t>(n)] >= triangular_quantile(inputs[0], n / 20.0) - 1e-9);
      CHECK(demand[static_cast<std::size_t>(n)] <= triangular_quantile(inputs[0], (n + 1) / 20.0) + 1e-9);
    }
  }
}

TEST_CASE("a world depends on seed, number and how many there are alone") {
  const std::vector<UncertainInput> inputs{{WorldInput::demand, 0.8, 1, 1.5, 0.9},
                                           {WorldInput::toil, 0.5, 1, 3, 0.8}};
  const std::vector<UncertainInput> one{inputs[0]};
  CHECK(sampled_world(inputs, 4, 7, 20).factors == sampled_world(inputs, 4, 7, 20).factors);
  CHECK(sampled_world(inputs, 4, 7, 20).factors != sampled_world(inputs, 5, 7, 20).factors);
  // Another input beside it leaves an input's draws alone.
  CHECK(sampled_world(inputs, 4, 7, 20)[WorldInput::demand] == sampled_world(one, 4, 7, 20)[WorldInput::demand]);
}

TEST_CASE("a commitment covers in every world what it covers now, for what it costs now") {
  using Plan = Commitment::Plan;
  const Commitments held{{{.plan = Plan::sagemaker, .commit = {2}},
                          {.plan = Plan::compute, .commit = {3}},
                          {.plan = Plan::ec2_instance, .commit = {5}}}};
  PlanWorld world;
  world[WorldInput::sagemaker_price] = 1.5;
  world[WorldInput::ec2_price] = 0.5;
  const Commitments there = in_world(held, world);
  // Plan rates scale with prices: hours covered are commit / rate.
  CHECK(there.plans[0].commit.rate == Approx(3));
  CHECK(there.plans[1].commit.rate == Approx(1.5));
  CHECK(there.plans[2].commit.rate == Approx(2.5));
  CHECK(locked_usd_per_month(held, world) == Approx((1 - 1.5 - 2.5) * 730));
  CHECK(locked_usd_per_month(held, {}) == 0);
  Placement placement{.commitments = held};
  CHECK(in_world(placement, world).commitments == there);
}

TEST_CASE("what plans cover and lose is billed at the rates as they were") {
  // 1.5 times SageMaker's prices and half of EC2's: 3 / 1.5 + 2 / 0.5 and 5 on demand.
  const auto name = [](Commitment::Plan plan) { return std::string(name_of(plan)); };
  Bill bill;
  bill.lines = {{.item = name(Commitment::Plan::sagemaker) + ", 1 year (1): ml.m5.xlarge",
                 .charge = Charge::commitment_used, .quantity = 6, .unit = "h", .unit_price = 0.5, .amount = usd(3)},
                {.item = "m5 " + name(Commitment::Plan::ec2_instance) + ", 1 year (2): unused",
                 .charge = Charge::commitment_unused, .quantity = 2, .unit = "USD", .unit_price = 1, .amount = usd(2)},
                {.item = "m5.xlarge, on demand", .quantity = 10, .unit = "h", .unit_price = 0.5, .amount = usd(5)}};
  bill.total = usd(10);
  PlanWorld world;
  world[WorldInput::sagemaker_price] = 1.5;
  world[WorldInput::ec2_price] = 0.5;
  const Bill there = at_locked_rates(bill, world);
  CHECK(there.total == usd(11));
  CHECK(there.lines[0].amount == usd(2));
  CHECK(there.lines[0].unit_price == Approx(0.5 / 1.5));
  CHECK(there.lines[1].amount == usd(4));
  CHECK(there.lines[1].quantity == Approx(4));
  CHECK(there.lines[2].amount == usd(5));
  CHECK(at_locked_rates(bill, {}).total == bill.total);
}
