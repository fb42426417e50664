// Services on SageMaker endpoints in the simulated world.
#include "sim/serverless_endpoint.h"

#include <catch2/catch.hpp>

#include "models/queueing/erlang.h"
#include "sim/replicate.h"
#include "sim/replication.h"
#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

Scenario hosted(SageMakerEndpoint endpoint, ReplicaPolicy replicas = {}) {
  Scenario scenario = small_scenario(test_class(Every{.interval = 100'000s}, 10s));
  scenario.training.clear();
  for (Placement& placement : scenario.placements) placement.training.clear();
  scenario.placements.resize(1);
  scenario.catalogue.price(SimplePrice::sagemaker_serverless_gb_s) = {
      .usd = 0.00002, .as_of = "2026-09-01", .source = "test"};
  scenario.fidelity = Fidelity::request;
  scenario.services.push_back({.name = "eta",
                               .image = {0},
                               .demand = RateCurve::constant(2),
                               .service_time = constant(0.25),
                               .needs = {.cpu_milli = 4000, .memory = {kGiB}},
                               .slo_latency = 1s});
  scenario.placements[0].services.push_back({.platform = {0},
                                             .type = {0},
                                             .replicas = std::move(replicas),
                                             .endpoint = std::move(endpoint)});
  return scenario;
}

ServerlessEndpoint serverless() {
  return {.memory_gb = 4, .max_concurrency = 200, .keep_warm = 300s, .cold_start = constant(3)};
}

// In a process of its own: SimGrid has one clock in each.
Outcome run_apart(const Scenario& scenario) {
  const auto done = replicate(scenario, std::span(scenario.placements.data(), 1),
                              {.replications = 1, .workers = 1});
  for (const Failure& failure : done.failures) FAIL_CHECK(failure.reason);
  REQUIRE(done.failures.empty());
  const Outcome outcome = *done.outcomes[0].back();
  check_laws(outcome);
  return outcome;
}

Recorded record(const Scenario& scenario) {
  Recorded recorded =
      record_replication(scenario, scenario.placements[0], {.seed = 1, .number = 0});
  check_laws(recorded.outcome);
  return recorded;
}

template <class E>
std::vector<E> all_of(const Recorded& recorded) {
  std::vector<E> list;
  for (const Event& event : recorded.journal)
    if (const auto* one = std::get_if<E>(&event)) list.push_back(*one);
  return list;
}

double billed(const Bill& bill, std::string_view item) {
  double dollars = 0;
  for (const BillLine& line : bill.lines)
    if (line.item == item) dollars += line.amount.dollars();
  return dollars;
}

TEST_CASE("without any time to stay warm every request starts cold, and only its service is billed",
          "[sim][endpoint]") {
  ServerlessEndpoint endpoint = serverless();
  endpoint.keep_warm = 0s;
  const Outcome outcome = run_apart(hosted(endpoint));
  const ServiceOutcome& service = outcome.services[0];
  // 2/s for two hours: 14,400 within three standard deviations of 120.
  CHECK(service.requests == Approx(14'400).margin(360));
  CHECK(service.cold_starts == service.requests);
  CHECK(service.rejected == 0);
  CHECK(service.latency.min() == Approx(3.25));
  CHECK(service.latency.max() == Approx(3.25));
  CHECK(service.good == 0);
  // 0.25 s x 4 GB x 20 micro-dollars.
  CHECK(billed(outcome.bill, "serverless") ==
        Approx(service.requests * 0.25 * 4 * 0.00002).epsilon(1e-6));
}

TEST_CASE("steady traffic keeps containers warm: only those seldom needed start cold",
          "[sim][endpoint]") {
  Scenario scenario = hosted(serverless());
  scenario.warm_up = 1800s;
  const Outcome outcome = run_apart(scenario);
  // 0.5 busy on average, the most recently used first: container k + 1 is needed at the rate
  // r = 2/s x P(N = k), N Poisson(0.5), and has gone cold when 300 s passed since: 7,200 r e^(-300 r).
  // k = 3: 0.1, 4: 8.8, 5: 2.1, 6: 0.2; together 11.2, within three standard deviations of 3.3.
  CHECK(outcome.services[0].cold_starts == Approx(11.2).margin(10));
  CHECK(outcome.services[0].latency.quantile(0.99) == Approx(0.25).epsilon(0.01));
  CHECK(outcome.services[0].looked_at[0] == scenario.horizon);
}

TEST_CASE("more at once than the endpoint takes are throttled and count as rejected",
          "[sim][endpoint]") {
  // 20/s of 0.25 s are 5 busy; on 5, always warm after the first: Erlang's loss formula.
  ServerlessEndpoint endpoint = serverless();
  endpoint.max_concurrency = 5;
  Scenario scenario = hosted(endpoint);
  scenario.services[0].demand = RateCurve::constant(20);
  scenario.warm_up = 600s;
  const double expected = queueing::erlang_b(5, 5.0);
  const ServiceOutcome service = run_apart(scenario).services[0];
  CHECK(service.rejected / service.requests == Approx(expected).epsilon(0.03));
  CHECK(service.overloaded > Seconds{0});  // offered load 5 of 5
}

TEST_CASE("fluid serving of a serverless endpoint is near every request", "[sim][endpoint]") {
  // One request in 100 s, warm for 300 s: cold when no other came, e^-3 = 4.98 %, or when the only
  // container is busy, a = 0.01 (0.25 + 0.0536 x 3) = 0.41 %: (1 - a) e^-3 + a e^(-0.012) = 5.36 %.
  Scenario scenario = hosted(serverless());
  scenario.horizon = 30 * 86'400s;
  scenario.slice = 3600s;
  scenario.services[0].demand = RateCurve::constant(0.01);
  const ServiceOutcome exact = run_apart(scenario).services[0];
  scenario.fidelity = Fidelity::fluid;
  const ServiceOutcome fluid = run_apart(scenario).services[0];
  CHECK(exact.cold_starts / exact.requests == Approx(0.0536).epsilon(0.1));
  CHECK(fluid.cold_starts / fluid.requests == Approx(0.0536).epsilon(0.005));
  CHECK(fluid.requests == Approx(0.01 * 30 * 86'400));
  CHECK(fluid.looked_at[2] == scenario.horizon);
}

TEST_CASE("what a formula of a Poisson stream says of other arrivals has no bound", "[sim][endpoint]") {
  Scenario scenario = hosted(serverless());
  scenario.fidelity = Fidelity::fluid;
  CHECK(run_apart(scenario).services[0].error == Approx(0.05).epsilon(0.001));
  SECTION("bursts") { scenario.services[0].bursts = BurstRates{.ratio = 10, .on = 60s, .off = 600s}; }
  SECTION("gaps") { scenario.services[0].arrival_scv = 4; }
  CHECK(run_apart(scenario).services[0].error == 1);
}

TEST_CASE("a serverless endpoint is overloaded while more come than it has containers for", "[sim][endpoint][oracle]") {
  // 40/s of 0.25 s for 100 s on six containers: Erlang B of 10 on 6 is 0.4845. Else 2/s: 0.5 of 6.
  ServerlessEndpoint endpoint = serverless();
  endpoint.max_concurrency = 6;
  endpoint.keep_warm = 100'000s;
  Scenario scenario = hosted(endpoint);
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::fluid);
  CAPTURE(name_of(scenario.fidelity));
  scenario.horizon = 3600s;
  scenario.warm_up = 3600s;
  scenario.services[0].service_time = exponential(0.25);
  scenario.services[0].demand = RateCurve::steps({0s, 4650s, 4750s, 10'000s}, {2, 40, 2}, false);
  const ServiceOutcome service = run_apart(scenario).services[0];
  REQUIRE(service.overloads.size() == 1);
  CHECK(service.overloads[0] == OverloadSpan{.from = 1050s, .to = 1150s, .queue_gone = 1150s});
  CHECK(service.overloaded.count() == Approx(100));
  // 4000 come then; four deviations of theirs.
  CHECK(service.rejected == Approx(0.4845 * 4000).margin(4 * std::sqrt(4000.0)));
}

TEST_CASE("what a formula states of a serverless p99 holds however many of its cold starts there are", "[sim][endpoint]") {
  // Half a thousandth to half a hundredth are cold, and of exponential services the p99 is near them.
  ServerlessEndpoint endpoint = serverless();
  endpoint.keep_warm = Seconds{GENERATE(60.0, 120.0)};
  Scenario scenario = hosted(endpoint);
  scenario.services[0].service_time = exponential(0.5);
  scenario.horizon = 10 * kDay;
  scenario.services[0].demand = RateCurve::constant(2);
  const double exact = run_apart(scenario).services[0].latency.quantile(0.99);
  scenario.fidelity = Fidelity::fluid;
  const ServiceOutcome fluid = run_apart(scenario).services[0];
  CAPTURE(fluid.cold_starts / fluid.requests, exact, fluid.latency.quantile(0.99), fluid.error);
  CHECK(fluid.error < 0.2);
  CHECK(std::abs(fluid.latency.quantile(0.99) / exact - 1) <= fluid.error);
}

TEST_CASE("at `auto` a serverless endpoint with too many requests to look at is a formula in each phase",
          "[sim][endpoint]") {
  // 20,000/s for two hours are 144 million; 5 ms each are 100 busy of 120.
  ServerlessEndpoint endpoint = serverless();
  endpoint.max_concurrency = 120;
  Scenario scenario = hosted(endpoint);
  scenario.fidelity = Fidelity::automatic;
  Service& service = scenario.services[0];
  service.service_time = constant(0.005);
  service.demand = RateCurve::constant(20'000);
  double error = 0.05;
  SECTION("Poisson") {}
  SECTION("a day of bursts: one phase, at half the rate or one and a half of it") {
    service.bursts = BurstRates{.ratio = 3, .on = 100 * kDay, .off = 100 * kDay};
    error = 1;
  }
  SECTION("no end of requests") { service.demand = RateCurve::constant(1e8); }
  const ServiceOutcome outcome = run_apart(scenario).services[0];
  CHECK(outcome.looked_at[2] == scenario.horizon);
  CHECK(outcome.fidelity == "auto");
  CHECK(outcome.error == Approx(error).epsilon(0.001));
  const double rate = outcome.requests / scenario.horizon.count();
  if (service.bursts) CHECK((rate == Approx(10'000) || rate == Approx(30'000)));
  // Erlang's loss formula, and beyond a million containers' worth all that 120 can serve.
  const double served = rate < 1e6 ? rate * (1 - queueing::erlang_b(120, rate * 0.005)) : 120 / 0.005;
  CHECK((outcome.requests - outcome.rejected) / scenario.horizon.count() == Approx(served).epsilon(1e-4));
}

TEST_CASE("who waits longer for a cold start than the timeout has given up, and is billed", "[sim][endpoint]") {
  // One request in 100 s; cold starts take 1 to 5 s, half of them more than 3 s, and that is the most anybody waits.
  ServerlessEndpoint endpoint = serverless();
  endpoint.cold_start = empirical({1, 1, 5, 5});
  Scenario scenario = hosted(endpoint);
  scenario.horizon = 30 * 86'400s;
  scenario.slice = 3600s;
  scenario.services[0].demand = RateCurve::constant(0.01);
  scenario.services[0].timeout = 3s;
  scenario.services[0].slo_latency = 10s;
  double tolerance = 0.12;
  SECTION("every request") {}
  SECTION("by formula") {
    scenario.fidelity = Fidelity::fluid;
    tolerance = 0.001;
  }
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& service = outcome.services[0];
  CHECK(service.cold_starts / service.requests == Approx(0.0536).epsilon(0.1));
  CHECK(service.timed_out == Approx(service.cold_starts / 2).epsilon(tolerance));
  CHECK(service.good == Approx(service.requests - service.timed_out));
  CHECK(service.latency.count() == Approx(service.requests - service.timed_out));
  CHECK(service.latency.max() < 1.01 * 3.25);
  CHECK(billed(outcome.bill, "serverless") == Approx(service.requests * 0.25 * 4 * 0.00002).epsilon(1e-6));
}

TEST_CASE("a container is slow at first, and one that goes cold in between always", "[sim][endpoint]") {
  // Twice as slow when it has just been started, for longer than the test lasts; 2/s of 0.25 s.
  ServerlessEndpoint endpoint = serverless();
  Scenario scenario = hosted(endpoint);
  scenario.services[0].warm_up = {.extra = 1, .fades = 1e9s};
  CHECK(run_apart(scenario).services[0].latency.quantile(0.5) == Approx(0.5).epsilon(0.01));
  scenario.services[0].warm_up.fades = 60s;
  const ServiceOutcome service = run_apart(scenario).services[0];
  CHECK(service.latency.quantile(0.5) == Approx(0.25).epsilon(0.01));
  CHECK(service.latency.quantile(0.99) > 0.26);
  scenario.fidelity = Fidelity::fluid;
  CHECK(run_apart(scenario).services[0].error == 1);
}

TEST_CASE("copies on one instance share its queue, by formula as request by request", "[sim][endpoint]") {
  // An instance has room for many copies of 0.2 s each, 80 % busy; a queue a copy would have a p99 of 4.6 s.
  Scenario scenario = hosted(RealtimeEndpoint{}, {.min = 2, .max = 2, .autoscaler = FixedReplicas{}});
  Service& service = scenario.services[0];
  service.needs = {.cpu_milli = 200, .memory = {100 * kMiB}};
  service.service_time = exponential(0.2);
  scenario.warm_up = 600s;
  scenario.horizon = 3600s;
  service.demand = RateCurve::constant(1);
  const double copies = run_apart(scenario).services[0].replica_time / scenario.horizon;
  REQUIRE(copies >= 20);
  scenario.placements[0].services[0].replicas.min = scenario.placements[0].services[0].replicas.max =
      static_cast<int>(copies);
  service.demand = RateCurve::constant(0.8 * copies / 0.2);
  const double exact = run_apart(scenario).services[0].latency.quantile(0.99);
  scenario.fidelity = Fidelity::fluid;
  const double fluid = run_apart(scenario).services[0].latency.quantile(0.99);
  CHECK(exact < 2);
  CHECK(fluid == Approx(exact).epsilon(0.3));
}

TEST_CASE("a realtime endpoint follows the course of target tracking worked out by hand",
          "[sim][endpoint]") {
  // 70 invocations a minute and instance; 120 a minute for ten minutes, then 600.
  Scenario scenario = hosted(
      RealtimeEndpoint{},
      {.min = 1, .max = 20, .autoscaler = TargetTrackingPolicy{.target = 70}});
  scenario.fidelity = Fidelity::fluid;
  scenario.horizon = 1800s;
  scenario.services[0].demand = RateCurve::steps({0s, 600s, 1800s}, {2, 10});
  const Recorded recorded = record(scenario);
  const auto decisions = all_of<TrackingDecided>(recorded);
  // It starts with ceil(120 / 70) = 2 instances, in service after 200 s. The points of 660, 720 and
  // 780 s are 300 each: at 780 s ceil(2 x 300 / 70) = 9 are asked for, there at 980 s. From the
  // point of 1020 s on it is 600 / 9 = 66.7: below the target, above nine tenths of it.
  std::vector<std::pair<double, int>> changes;
  for (const TrackingDecided& decision : decisions)
    if (decision.instances != decision.current)
      changes.emplace_back(decision.at.count(), decision.instances);
  CHECK(changes == std::vector<std::pair<double, int>>{{780, 9}});
  const auto out = std::ranges::find(decisions, TrackingReason::scaled_out, &TrackingDecided::reason);
  REQUIRE(out != decisions.end());
  REQUIRE(out->per_instance.has_value());
  CHECK(*out->per_instance == Approx(300));
  CHECK(out->active == 2);
  CHECK(recorded.outcome.services[0].slices.back().ready == Approx(9));
  // Billed while in service: two from 200 s, seven more from 980 s, at $0.23 an hour.
  CHECK(billed(recorded.outcome.bill, "ml.m5.xlarge hosting") ==
        Approx((2 * 1600 + 7 * 820) / 3600.0 * 0.23).epsilon(1e-6));
}

TEST_CASE("an asynchronous endpoint sleeps at zero, wakes for a backlog and loses nothing",
          "[sim][endpoint]") {
  // A burst of a minute at 1000 s: about 120 requests of 0.25 s. Asked for at the second point with a
  // backlog (1080 s: those of 1020 and 1080 s), there 200 s later.
  Scenario scenario = hosted(
      AsyncEndpoint{.max_concurrent = 1},
      {.min = 0, .max = 4,
       .autoscaler = TargetTrackingPolicy{.metric = TrackedMetric::backlog, .target = 500}});
  scenario.services[0].demand = RateCurve::steps({1000s, 1060s}, {2});
  const Recorded recorded = record(scenario);
  const auto decisions = all_of<TrackingDecided>(recorded);
  const auto woken = std::ranges::find(decisions, TrackingReason::woken, &TrackingDecided::reason);
  REQUIRE(woken != decisions.end());
  CHECK(woken->at == Seconds{1080});
  CHECK(woken->instances == 1);
  const ServiceOutcome& service = recorded.outcome.services[0];
  CHECK(service.requests == Approx(120).margin(40));
  CHECK(service.rejected + service.timed_out + service.cut_off == 0);
  CHECK(service.latency.count() == service.requests);
  // The first waited from 1000 s on, at most until 1280 s and its turn.
  CHECK(service.latency.min() > 200);
  CHECK(service.latency.max() < 280 + 0.25 * service.requests + 1);
  // With no backlog for 15 points after it was emptied, it goes to zero again.
  CHECK(decisions.back().instances == 0);
  CHECK(recorded.outcome.services[0].slices.back().ready == 0);
}

}  // namespace
}  // namespace berth
