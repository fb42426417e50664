// scenarios/endpoints.yaml: four kinds of home for two services, their bills by hand.
#include <catch2/catch.hpp>

#include <cmath>

#include "scenarios/read_scenario.h"
#include "sim/replicate.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

Scenario endpoints() {
  const Loaded loaded =
      load_scenario(std::string(BERTH_SOURCE_DIR) + "/scenarios/endpoints.yaml", {});
  REQUIRE(loaded.issues.empty());
  return *loaded.scenario;
}

Outcome outcome_of(const Scenario& scenario, std::string_view placement) {
  const auto home = std::ranges::find(scenario.placements, placement, &Placement::name);
  REQUIRE(home != scenario.placements.end());
  const auto done =
      replicate(scenario, std::span(&*home, 1), {.replications = 1, .workers = 1});
  for (const Failure& failure : done.failures) FAIL(failure.reason);
  check_laws(*done.outcomes[0][0]);
  return *done.outcomes[0][0];
}

double billed(const Outcome& outcome, std::string_view unit) {
  double usd = 0;
  for (const BillLine& line : outcome.bill.lines)
    if (line.unit == unit) usd += line.amount.dollars();
  return usd;
}

TEST_CASE("serverless homes bill the work of requests in GB-seconds", "[sim][endpoints]") {
  // Lognormal of median m and p99 q: mean m e^(s^2/2), s = ln(q/m)/2.3263. 2 GB, $2e-5 a GB-second; cold
  // starts add little.
  const auto mean = [](double median, double p99) {
    const double s = std::log(p99 / median) / 2.3263;
    return median * std::exp(s * s / 2);
  };
  const Outcome outcome = outcome_of(endpoints(), "serverless");
  const double work = outcome.services[0].requests * mean(0.18, 0.6) +
                      outcome.services[1].requests * mean(20, 50);
  CHECK(billed(outcome, "GB-s") == Approx(work * 2 * 2e-5).epsilon(0.06));
  for (const ServiceOutcome& service : outcome.services) CHECK(service.rejected == 0);
}

TEST_CASE("a queue that goes to zero costs instances only while it has work", "[sim][endpoints]") {
  // An endpoint of one instance all day is 24 h of ml.m5.large at 0.115 $; documents come in fourteen hours,
  // and every one waits for its instance, for about six minutes when there is none.
  const Outcome queue = outcome_of(endpoints(), "serverless-and-queue");
  const double hours = billed(queue, "h") / 0.115;
  CHECK(hours > 2);
  CHECK(hours < 16);
  CHECK(queue.services[1].latency.quantile(0.9) > 60);
  CHECK(queue.services[1].latency.quantile(0.99) < 15 * 60);
  // Nobody waits so long for an instance that is always there.
  const Outcome realtime = outcome_of(endpoints(), "realtime");
  CHECK(realtime.services[1].latency.quantile(0.9) < 60);
  CHECK(billed(realtime, "h") / 0.115 > 3 * 23.9);  // two instances for one service, one for the other
}

TEST_CASE("the instance with the fewest requests answers sooner than any", "[sim][endpoints]") {
  const Scenario scenario = endpoints();
  const Outcome any = outcome_of(scenario, "realtime"),
                least = outcome_of(scenario, "realtime-least");
  CHECK(any.services[0].requests == least.services[0].requests);
  CHECK(least.services[0].latency.quantile(0.99) < any.services[0].latency.quantile(0.99));
}

}  // namespace
}  // namespace berth
