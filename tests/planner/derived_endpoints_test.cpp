// Kinds of SageMaker endpoint that no placement names: when one is tried, of what size, and what is said.
#include "planner/derived_endpoints.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "planner/analytic.h"
#include "planner/homes.h"
#include "planner/levers.h"
#include "tests/support/builders.h"

using namespace berth;

namespace {

// 36 requests an hour of half a second each.
Service seldom() {
  return {.name = "score",
          .image = {0},
          .demand = RateCurve::constant(0.01),
          .service_time = constant(0.5),
          .needs = {.cpu_milli = 1000, .memory = {kGiB}},
          .slo_latency = 10s,
          .slo_target = 0.99,
          .request_bytes = {20'000},
          .response_bytes = {5'000}};
}

Scenario scenario_with(const Service& service) {
  Scenario scenario = small_scenario(test_class(Every{900s}, 240s));
  scenario.catalogue.price(SimplePrice::sagemaker_serverless_gb_s) = PriceTag{.usd = 2e-5};
  scenario.services = {service};
  for (Placement& placement : scenario.placements)
    placement.services = {{.platform = {1}, .pool = PoolId{0}, .type = {0}, .replicas = {.min = 2, .max = 10}}};
  return scenario;
}

std::vector<std::string> homes_of(const Scenario& scenario, const PlanRequest& request = {}) {
  std::vector<std::string> list;
  const Options options = options_of(scenario, request);
  for (const ServiceHome& home : options.services[0]) list.push_back(in_words(scenario, home));
  return list;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::any_of(list, [&](const auto& one) { return one.find(word) != std::string::npos; });
}

PlanRequest only(std::vector<EndpointKind> kinds) {
  PlanRequest request;
  request.services = {{"*", {.platforms = {"sagemaker"}, .endpoints = std::move(kinds)}}};
  return request;
}

}  // namespace

TEST_CASE("a service nobody put on an endpoint is tried serverless, sized by what it needs") {
  const Scenario scenario = scenario_with(seldom());
  // 1 vCPU comes with 1,769 MB: 2 GB. Load 0.01 x (0.5 + cold 5 % x 2.064) = 0.006: one container at a time
  // throttles 0.6 %, two B(2, 0.006) = 0.002 %; a tenth of the 1 % that may go wrong is 0.1 %.
  CHECK(has(homes_of(scenario), "sagemaker serverless 2 GB, at most 2 at once"));
  const Options options = options_of(scenario, {});
  CHECK(std::ranges::count(options.derived,
                           "serverless endpoints that no placement names, containers kept for 5 min (assumed): score") ==
        1);
  const auto home = std::ranges::find_if(options.services[0], &ServiceHome::is_serverless);
  REQUIRE(home != options.services[0].end());
  const auto& endpoint = std::get<ServerlessEndpoint>(*home->endpoint);
  // As a placement's: 2 s for the container, a part of 100 MB at 100 MB/s, the service's init.
  CHECK(mean(endpoint.cold_start) == Approx(2 + scenario.images[0].read_before_ready));
  // It has a price: GB-seconds of the work, and the GB moved.
  const Analysis analysis = analyse(scenario, {}, options);
  const auto at = static_cast<std::size_t>(home - options.services[0].begin());
  const double work = 0.01 * 0.5 * 2 * 2e-5, moved = 0.01 * gibibytes({25'000}) * 0.016;
  CHECK(analysis.services[0][at].usd_per_month == Approx((work + moved) * 730 * 3600).epsilon(1e-3));
}

TEST_CASE("a peak or bursts ask for more at once, and more than 200 is none") {
  Service busy = seldom();
  busy.demand = RateCurve::constant(10);
  const auto at_once = [](const Service& service) {
    const Scenario scenario = scenario_with(service);
    const DerivedHome home = serverless_home(scenario, {0}, service, true);
    return std::holds_alternative<ServiceHome>(home)
               ? std::get<ServerlessEndpoint>(*std::get<ServiceHome>(home).endpoint).max_concurrency
               : 0;
  };
  // Erlang's B of 5 (next to nothing is cold): 0.13 % at 13, 0.05 % at 14, the first within 0.1 %.
  const int even = at_once(busy);
  CHECK(even == 14);
  busy.bursts = BurstRates{.ratio = 4, .on = 60s, .off = 240s};  // 2.5 times the mean in a burst
  CHECK(at_once(busy) > 2 * even - 6);
  busy.demand = RateCurve::constant(1000);
  CHECK(at_once(busy) == 0);
  const Options options = options_of(scenario_with(busy), only({EndpointKind::serverless}));
  CHECK(has(options.derived, "no serverless endpoint for what has more than 200 requests at once at its peak: score"));
}

TEST_CASE("what keeps containers busier than an instance costs is tried serverless only where that is stated") {
  // 2 GB at 2e-5 $ a GB-second are 0.144 $ for an hour of work; an instance is 0.23 $/h: 1.597 at once.
  Service service = seldom();
  const auto tried = [&](const PlanRequest& request) {
    return has(homes_of(scenario_with(service), request), "serverless");
  };
  service.demand = RateCurve::constant(1.59 / 0.5);
  CHECK(tried({}));
  service.demand = RateCurve::constant(1.60 / 0.5);
  CHECK_FALSE(tried({}));
  CHECK(has(options_of(scenario_with(service), {}).derived,
            "no serverless endpoint for what keeps containers so busy that an instance costs less: score"));
  CHECK(tried(only({EndpointKind::serverless})));
}

TEST_CASE("what AWS' limits or unknowns forbid is not tried serverless, and why is said") {
  struct Row {
    const char* reason;
    void (*change)(Service&, Scenario&);
  };
  const auto row = GENERATE(values<Row>({
      {"needs a GPU and serverless endpoints have none",
       [](Service& s, Scenario&) { s.needs.gpus = 1; }},
      {"has an image of more than 10 GiB", [](Service&, Scenario& x) { x.images[0].layers[0].compressed = {11 * kGiB}; }},
      {"has requests or answers of more than 4 MB", [](Service& s, Scenario&) { s.request_bytes = {5'000'000}; }},
      {"has requests or answers of more than 4 MB", [](Service& s, Scenario&) { s.response_bytes = {5'000'000}; }},
      {"needs more than 6 GB", [](Service& s, Scenario&) { s.needs.memory = {7 * kGiB}; }},
      // 4 vCPU would come with 7,076 MB.
      {"needs more than 6 GB", [](Service& s, Scenario&) { s.needs.cpu_milli = 4000; }},
      {"has more requests of over 60 s than its goal lets go wrong",
       [](Service& s, Scenario&) { s.service_time = constant(61); }},
      {"starts in more than the 3 min a container has", [](Service& s, Scenario&) { s.init = 200s; }},
      {"has requests that do not wait as long as a container starts",
       [](Service& s, Scenario&) { s.timeout = 1s; }},
      {"works in batches", [](Service& s, Scenario&) { s.batching = Batching{.max_batch = 8}; }},
      {"is slow at first", [](Service& s, Scenario&) { s.warm_up.extra = 1; }},
  }));
  CAPTURE(row.reason);
  Scenario scenario = scenario_with(seldom());
  row.change(scenario.services[0], scenario);
  CHECK_FALSE(has(homes_of(scenario), "serverless"));
  CHECK(has(options_of(scenario, {}).derived, std::string("no serverless endpoint for what ") + row.reason));
  const Options none = options_of(scenario, only({EndpointKind::serverless}));
  REQUIRE(none.homeless.size() == 1);
  CHECK(has(none.homeless[0].refused, std::string("serverless endpoint: score ") + row.reason));
}

TEST_CASE("an answer that is fetched later is tried only where the goal is longer than a caller waits") {
  Service service = seldom();
  const auto queue = [&] { return has(homes_of(scenario_with(service)), "a queue before"); };
  service.slo_latency = 60s;
  CHECK_FALSE(queue());
  CHECK(has(options_of(scenario_with(service), {}).derived,
            "no asynchronous endpoint for what has a goal within the 60 s that a caller waits for an answer: score"));
  // Two points of a minute, 200 s of creation and half a second of work are 320.5 s.
  service.slo_latency = 61s;
  CHECK(has(homes_of(scenario_with(service)), "ml.m5.xlarge, a queue before 1 to 1 instances"));
  service.slo_latency = 320s;
  CHECK(has(homes_of(scenario_with(service)), "a queue before 1 to 1 instances"));
  service.slo_latency = 321s;
  CHECK(has(homes_of(scenario_with(service)), "a queue before 0 to 1 instances"));
  CHECK(has(options_of(scenario_with(service), {}).derived,
            "asynchronous endpoints that no placement names, for goals of more than 60 s or where stated: score"));
  // 4 copies on 4 vCPU; 10 a second of half a second are 5 at once, at 80 % 6.25 slots: two instances.
  service.demand = RateCurve::constant(10);
  CHECK(has(homes_of(scenario_with(service)), "a queue before 0 to 2 instances"));
  // The developer guide's example asks for an instance for every 5 that wait.
  const Scenario scenario = scenario_with(service);
  const DerivedHome home = async_home(scenario, {0}, service, {0});
  REQUIRE(std::holds_alternative<ServiceHome>(home));
  const auto& tracking =
      std::get<TargetTrackingPolicy>(std::get<ServiceHome>(home).replicas.autoscaler);
  CHECK(tracking.metric == TrackedMetric::backlog);
  CHECK(tracking.target == 5);
  service.request_bytes = {2'000'000'000};
  CHECK_FALSE(queue());
  service.request_bytes = {20'000};
  service.service_time = constant(3601);
  service.slo_latency = 10'000s;
  CHECK_FALSE(queue());
}

TEST_CASE("a lever states which kinds of endpoint are tried") {
  const Scenario scenario = scenario_with(seldom());
  CHECK(homes_of(scenario, only({EndpointKind::serverless})) ==
        std::vector<std::string>{"sagemaker serverless 2 GB, at most 2 at once"});
  const auto realtime = homes_of(scenario, only({EndpointKind::realtime}));
  CHECK(realtime.size() == 4);
  CHECK(std::ranges::all_of(realtime, [](const auto& home) { return home.starts_with("sagemaker ml.m5.xlarge, target"); }));
  // Who states it says that callers can wait, though the goal is 10 s.
  CHECK(homes_of(scenario, only({EndpointKind::async})) ==
        std::vector<std::string>{"sagemaker ml.m5.xlarge, a queue before 1 to 1 instances"});
  CHECK(homes_of(scenario, only({})).size() == 5);
}

TEST_CASE("what a placement names of a kind is what is tried of it") {
  Scenario scenario = scenario_with(seldom());
  scenario.placements[0].services[0] = {.platform = {0},
                                        .type = {0},
                                        .replicas = {.min = 1, .max = 9, .autoscaler = FixedReplicas{}},
                                        .endpoint = ServerlessEndpoint{.memory_gb = 3,
                                                                       .max_concurrency = 9,
                                                                       .cold_start = constant(5)}};
  const auto serverless = [](const std::vector<std::string>& homes) {
    return std::ranges::count_if(homes, [](const auto& one) { return one.find("serverless") != std::string::npos; });
  };
  CHECK(serverless(homes_of(scenario)) == 1);
  CHECK(has(homes_of(scenario), "serverless 3 GB, at most 9 at once"));
  CHECK(homes_of(scenario, only({EndpointKind::serverless})) ==
        std::vector<std::string>{"sagemaker serverless 3 GB, at most 9 at once"});
}
