// Services on endpoints of a kind in the analytic problem: what they cost by hand, and that a bound
// holds with them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "models/random_stream.h"
#include "planner/analytic.h"
#include "planner/correction.h"
#include "planner/homes.h"
#include "planner/transport_bound.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

Service test_service(double rate, Seconds service_time) {
  return {.name = "score",
          .image = {0},
          .demand = RateCurve::constant(rate),
          .service_time = constant(service_time.count()),
          .needs = {.cpu_milli = 1000, .memory = {2 * kGiB}},
          .slo_latency = 1s,
          .slo_target = 0.99};
}

ServiceHome serverless(int gb, int most, Seconds keep_warm = 300s) {
  return {.platform = {0},
          .type = {0},
          .replicas = {.min = 1, .max = most},
          .endpoint = ServerlessEndpoint{.memory_gb = gb,
                                         .max_concurrency = most,
                                         .keep_warm = keep_warm,
                                         .cold_start = constant(5)}};
}

ServiceHome queue(int least, int most, int at_once) {
  return {.platform = {0},
          .type = {0},
          .replicas = {.min = least,
                       .max = most,
                       .autoscaler = TargetTrackingPolicy{.metric = TrackedMetric::backlog,
                                                          .target = 5}},
          .endpoint = AsyncEndpoint{.max_concurrent = at_once}};
}

// A day of services alone, whose placements are these homes for all of them.
Scenario serving(std::vector<Service> services, const std::vector<ServiceHome>& homes) {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  scenario.training.clear();
  scenario.placements.clear();
  scenario.warm_up = 1h;
  scenario.horizon = 24h;
  scenario.catalogue.price(SimplePrice::sagemaker_serverless_gb_s) = PriceTag{.usd = 2e-5};
  scenario.services = std::move(services);
  for (const ServiceHome& home : homes)
    scenario.placements.push_back(
        {.name = "p" + std::to_string(scenario.placements.size()),
         .services = std::vector<ServiceHome>(scenario.services.size(), home)});
  return scenario;
}

struct Priced {
  double usd = 0;
  ServiceForecast forecast;
};
Priced priced(const Scenario& scenario) {
  const Analysis analysis = analyse(scenario, {}, options_of(scenario, {}));
  const auto choice = choice_of(analysis.options, scenario.placements[0]);
  REQUIRE(choice);
  return {analysis.problem.workloads[0][(*choice)[0]].usd, analysis.services[0][(*choice)[0]]};
}

}  // namespace

TEST_CASE("a serverless home costs its work in GB-seconds, and a cold start is waited for") {
  // 2 requests a second of 0.1 s on 3 GB: 2 x 0.1 x 3 x 2e-5 $ a second. A second request is there at once
  // for a fifth of the time, so there are a few containers, all of which stay warm: one in 1/5!-th would be cold.
  const Priced warm = priced(serving({test_service(2, 100ms)}, {serverless(3, 50, 1h)}));
  CHECK(warm.usd == Approx(2 * 0.1 * 3 * 2e-5 * 730 * 3600));
  CHECK(warm.forecast.p99_s == Approx(0.1).epsilon(0.02));
  CHECK(warm.forecast.slo_share > 0.999);
  // Nothing is kept warm: but for who comes while another is served, a container is always new: after 5 s.
  const Priced cold = priced(serving({test_service(0.001, 100ms)}, {serverless(3, 50, 0s)}));
  CHECK(cold.usd == Approx(0.001 * 0.1 * 3 * 2e-5 * 730 * 3600));
  CHECK(cold.forecast.p99_s == Approx(5.1).epsilon(0.02));
  CHECK(cold.forecast.slo_share == Approx(0).margin(0.001));
  // One at a time, offered half a container: Erlang's B(1, 0.5) = 1/3 is turned away, and not paid for.
  const Priced full = priced(serving({test_service(5, 100ms)}, {serverless(1, 1, 1h)}));
  CHECK(full.usd == Approx(5 * 2.0 / 3 * 0.1 * 2e-5 * 730 * 3600).epsilon(0.001));
  CHECK(full.forecast.slo_share == Approx(2.0 / 3).epsilon(0.001));
  // Half a container at once, and all but 2 in 10^10 on one of the ten provisioned: their processing at
  // a price of its own, and ten of 2 GB all the time.
  ServiceHome home = serverless(2, 50);
  std::get<ServerlessEndpoint>(*home.endpoint).provisioned = 10;
  Scenario scenario = serving({test_service(5, 100ms)}, {home});
  scenario.catalogue.price(SimplePrice::sagemaker_serverless_provisioned_gb_s) = PriceTag{.usd = 3e-6};
  scenario.catalogue.price(SimplePrice::sagemaker_serverless_provisioned_use_gb_s) =
      PriceTag{.usd = 1e-5};
  const Priced provisioned = priced(scenario);
  CHECK(provisioned.usd == Approx((5 * 0.1 * 2 * 1e-5 + 10 * 2 * 3e-6) * 730 * 3600).epsilon(1e-5));
  CHECK(provisioned.forecast.slo_share > 0.9999);
}

TEST_CASE("an asynchronous home costs its work, or the hours for which it stays awake") {
  // 0.05 requests a second of 100 s are 5 at once; an instance takes two: 2.5 instances at 0.23 $/h.
  const Priced busy = priced(serving({test_service(0.05, 100s)}, {queue(0, 10, 2)}));
  CHECK(busy.usd == Approx(2.5 * 0.23 * 730));
  // Kept ones are paid whatever comes; the most there are is all there is.
  CHECK(priced(serving({test_service(0.05, 100s)}, {queue(4, 10, 2)})).usd == Approx(4 * 0.23 * 730));
  CHECK(priced(serving({test_service(0.05, 100s)}, {queue(0, 2, 2)})).usd == Approx(2 * 0.23 * 730));
  // One an hour: awake for 15 points of a minute; gone for 3600 s, 1.5 minutes until it is woken, 200 s of creation.
  const Priced rare = priced(serving({test_service(1.0 / 3600, 10s)}, {queue(0, 10, 1)}));
  CHECK(rare.usd == Approx(900.0 / (900 + 3600 + 90 + 200) * 0.23 * 730));
  // (1 + 290/3600) of (1 + 1190/3600) requests come while there is none, and wait up to 290 s.
  CHECK(rare.forecast.p99_s > 200);
  CHECK(rare.forecast.p99_s < 300);
  CHECK(rare.forecast.slo_share == Approx(0).margin(1e-9));  // 10 s of work, 1 s allowed
}

TEST_CASE("homes on endpoints of a kind are choices, each its own") {
  const std::vector<ServiceHome> homes{serverless(1, 50), serverless(2, 50), serverless(2, 20),
                                       queue(0, 5, 1), queue(0, 5, 2)};
  const Scenario scenario = serving({test_service(1, 100ms)}, homes);
  const Options options = options_of(scenario, {});
  std::vector<Choice> choices;
  for (const Placement& placement : scenario.placements) {
    const auto choice = choice_of(options, placement);
    REQUIRE(choice);
    CHECK(std::ranges::find(choices, *choice) == choices.end());
    choices.push_back(*choice);
    CHECK(same_home(options.services[0][choice->front()], placement.services[0]));
  }
  CHECK(in_words(scenario, homes[1]) == "sagemaker serverless 2 GB, at most 50 at once");
  CHECK(in_words(scenario, homes[3]) == "sagemaker ml.m5.xlarge, a queue before 0 to 5 instances");
  // Replicas that are derived are scaled as replicas are, and not as what comes with requests.
  for (const ServiceHome& home : options.services[0])
    if (!home.endpoint) CHECK_FALSE(std::holds_alternative<FixedReplicas>(home.replicas.autoscaler));
}

TEST_CASE("with serverless and asynchronous homes the bound never exceeds the enumerated optimum") {
  int with_endpoint = 0, proven = 0;
  for (std::uint32_t number = 0; number < 25; ++number) {
    CAPTURE(number);
    RandomStream draw(11, number, Purpose::resampling, 0);
    const auto up_to = [&](int n) { return static_cast<int>(draw.uniform() * n); };
    std::vector<Service> services;
    for (int i = 0; i < 2 + up_to(2); ++i) {
      services.push_back(test_service(0.002 + 3 * draw.uniform() * draw.uniform(),
                                      Seconds{0.05 + 2 * draw.uniform()}));
      services.back().name += std::to_string(i);
    }
    const std::vector<ServiceHome> homes{
        serverless(1 + up_to(6), 5 + up_to(40), Seconds{600 * draw.uniform()}),
        queue(up_to(2), 3 + up_to(5), 1 + up_to(2)),
        {.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = {.min = 1, .max = 10}}};
    Scenario scenario = serving(services, homes);
    std::get<Cluster>(scenario.platforms[1]).pools[0].min_nodes = up_to(3);
    PlanRequest request;
    request.services = {};
    const Options options = options_of(scenario, request);
    const Analysis analysis = analyse(scenario, request, options);
    // As pilots may correct it, too.
    Correction correction{.other_pools = 0.5 + draw.uniform()};
    for (std::size_t w = 0; w < services.size(); ++w)
      for (const char* what : {"instances", "serverless", "async"})
        correction.bills[{w, what}] = 0.5 + draw.uniform();
    for (const PlacementProblem& problem :
         {analysis.problem, corrected(scenario, options, analysis.problem, correction)}) {
      REQUIRE(placements(problem) <= 4096);
      Choice choice(problem.workloads.size(), 0);
      double optimum = std::numeric_limits<double>::infinity();
      Choice best;
      while (true) {
        if (const double value = appraise(problem, choice).objective; value < optimum)
          optimum = value, best = choice;
        std::size_t w = 0;
        while (w < choice.size() && ++choice[w] == problem.workloads[w].size()) choice[w++] = 0;
        if (w == choice.size()) break;
      }
      const Solved solved = solve(problem, {.most_nodes = 2000, .gap = 0});
      CHECK(solved.lower_bound <= optimum + 1e-6);
      CHECK(transport_bound(problem) <= optimum + 1e-6);
      CHECK(appraise(problem, solved.best.front()).objective == Approx(optimum));
      proven += solved.lower_bound >= optimum - 1e-6;
      for (std::size_t w = 0; w < best.size(); ++w) {
        const auto& endpoint = options.services[w][best[w]].endpoint;
        with_endpoint += endpoint && !std::holds_alternative<RealtimeEndpoint>(*endpoint);
      }
    }
  }
  CHECK(with_endpoint >= 10);  // such homes are among the answers
  CHECK(proven >= 45);
}

TEST_CASE("pods of services use Compute plans that are held") {
  const ServiceHome pods{.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = {.min = 6, .max = 6}};
  Scenario scenario = serving({test_service(1, 50ms)}, {pods});
  scenario.catalogue.types[0].compute_sp_1y = PriceTag{.usd = 0.144};
  const Options options{.services = {{pods}}};
  PlanRequest request;
  const double without = appraise(analyse(scenario, request, options).problem, {0}).usd;
  request.held = {{Commitment{.plan = Commitment::Plan::compute,
                              .term = Commitment::Term::one_year,
                              .commit = {0.5}}}};
  // Three pods of 1 CPU a node: two nodes, of 3.5 that 0.5 $/h cover. The plan pays their instances.
  CHECK(appraise(analyse(scenario, request, options).problem, {0}).usd ==
        Approx(without + (0.5 - 2 * 0.192) * 730));
}

TEST_CASE("a forecast says what load there is no capacity for") {
  // 3 busy instances asked for, 2 at most: half of what is carried is not.
  CHECK(priced(serving({test_service(3, 1s)}, {queue(1, 2, 1)})).forecast.lacks == Approx(0.5));
  CHECK(priced(serving({test_service(3, 1s)}, {queue(1, 4, 1)})).forecast.lacks == 0);
  // One container, of whose time twice as much is asked for: Erlang's B(1, 2) is 2/3 throttled, two
  // for each that is answered.
  const auto throttled = priced(serving({test_service(2, 1s)}, {serverless(2, 1)})).forecast;
  CHECK(throttled.lacks == Approx(2).epsilon(0.05));
}
