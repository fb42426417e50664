// Replicas in the simulated world: how they come, scale and go, and what requests notice of it.
#include "sim/serving.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "models/serving/scaling.h"
#include "scenarios/csv.h"
#include "sim/replicate.h"
#include "sim/replication.h"
#include "sim/service_pod.h"
#include "tests/support/builders.h"
#include "tests/support/laws.h"

namespace berth {
namespace {

// 40/s of 100 ms on pods of one slot, 500 m each: seven fit on an m5.xlarge.
Scenario served(ReplicaPolicy replicas, int nodes = 4) {
  Scenario scenario = small_scenario(test_class(Every{.interval = 100'000s}, 10s));
  scenario.training.clear();
  for (Placement& placement : scenario.placements) placement.training.clear();
  scenario.placements.erase(scenario.placements.begin());
  scenario.platforms[1] = test_cluster(nodes, std::max(nodes, 10));
  std::get<Cluster>(scenario.platforms[1]).pools[0].consolidate_after = 1e6s;
  scenario.fidelity = Fidelity::request;
  scenario.services.push_back({.name = "eta",
                               .image = {0},
                               .demand = RateCurve::constant(40),
                               .service_time = exponential(0.1),
                               .needs = {.cpu_milli = 500, .memory = {kGiB}},
                               .balancing = LoadBalancing::central_queue,
                               .slo_latency = 500ms});
  scenario.placements[0].services.push_back({.platform = {1},
                                             .pool = PoolId{0},
                                             .type = {0},
                                             .pull = PullMode::preloaded,
                                             .replicas = std::move(replicas)});
  return scenario;
}

ReplicaPolicy fixed(int replicas) {
  return {.min = replicas, .max = replicas, .autoscaler = FixedReplicas{}};
}

// In a process of its own: SimGrid has one clock in each.
Outcome run_apart(const Scenario& scenario, int number = 0) {
  const auto done = replicate(scenario, std::span(scenario.placements.data(), 1),
                              {.replications = number + 1, .workers = 1});
  for (const Failure& failure : done.failures) FAIL_CHECK(failure.reason);
  REQUIRE(done.failures.empty());
  return *done.outcomes[0].back();
}

Recorded record(const Scenario& scenario) {
  Recorded recorded =
      record_replication(scenario, scenario.placements[0], {.seed = 1, .number = 0});
  check_laws(recorded.outcome);
  return recorded;
}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

template <class E>
std::vector<E> all_of(const Recorded& recorded) {
  std::vector<E> list;
  for (const Event& event : recorded.journal)
    if (const auto* one = std::get_if<E>(&event)) list.push_back(*one);
  return list;
}

TEST_CASE("a pod is ready at the first look of its probe that is not before its start-up ends",
          "[sim][pod]") {
  struct Row {
    Seconds containers, init, period, expected;
    const char* because;
  };
  const Row rows[] = {
      {5s, 0s, 10s, 5s, "the first look is at once"},
      {5s, 1s, 10s, 15s, "the second is a period later"},
      {5s, 10s, 10s, 15s, "just in time"},
      {5s, 10.5s, 10s, 25s, "a little late is a period"},
      {5s, 3s, 0s, 8s, "looked at all the time"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(first_pass(row.containers, row.init, row.period) == row.expected);
  }
}

TEST_CASE("a pod serves after its container, its probe and its endpoint", "[sim][pod][oracle]") {
  // A preloaded image 0.1 s, container 3 s, init 8 s: the probe passes 10 s after the container's
  // start, endpoints take 1 s: 14.1 s after it was asked for.
  Scenario scenario = served(fixed(2));
  scenario.services[0].init = 8s;
  const Recorded recorded = record(scenario);
  const auto ready = all_of<ReplicaReady>(recorded);
  REQUIRE(ready.size() == 2);
  for (const ReplicaReady& one : ready) {
    CHECK((one.at - one.asked).count() == Approx(14.1));
    CHECK(one.queued == 0s);
    CHECK(one.node);
  }
}

TEST_CASE("pods are made as fast as the API lets them", "[sim][pod][oracle]") {
  // 28 pods at once and, of 70, the 30 of the burst; the others at 20 a second: the last 2 s later.
  const Recorded recorded = record(served(fixed(70), 10));
  std::vector<double> asked;
  for (const ReplicaReady& one : all_of<ReplicaReady>(recorded)) asked.push_back(one.asked.count());
  std::ranges::sort(asked);
  REQUIRE(asked.size() == 70);
  CHECK(asked[29] < 1e-6);
  CHECK(asked[30] > 0.01);
  CHECK(asked[69] == Approx(2).margin(0.051));
}

TEST_CASE("a pod told to stop holds its room until its requests are done or its grace is over",
          "[sim][pod]") {
  // Services of 20 s, always busy. Load ends at 1000 s; pods go after the stabilisation of 300 s at
  // the earliest; with a grace of 1 s what they serve is cut off and tried again elsewhere.
  Scenario scenario = served({.min = 1, .max = 8, .start = 8});
  scenario.services[0].service_time = constant(20);
  scenario.services[0].demand = RateCurve::steps({0s, 900s, 10'000s}, {0.35, 0.04}, false);
  const bool short_grace = GENERATE(false, true);
  if (short_grace) scenario.services[0].drain_grace = 1s;
  const auto done = replicate(scenario, std::span(scenario.placements.data(), 1), {});
  REQUIRE(done.failures.empty());
  check_laws(*done.outcomes[0][0]);
  const ServiceOutcome& service = done.outcomes[0][0]->services[0];
  CHECK(service.cut_off == 0);  // tried again, not lost
  CHECK(service.slices.back().ready < 4);
  // Nobody is served twice unless he was cut off.
  if (!short_grace) CHECK(service.latency.quantile(0.5) == Approx(20).epsilon(0.01));
}

TEST_CASE("the journal says when a stopped pod is gone", "[sim][pod]") {
  Scenario scenario = served({.min = 1, .max = 8, .start = 8});
  scenario.services[0].service_time = constant(20);
  scenario.services[0].demand = RateCurve::steps({0s, 900s, 10'000s}, {0.35, 0.04}, false);
  const Recorded recorded = record(scenario);
  const auto stopped = all_of<ReplicaStopped>(recorded);
  REQUIRE_FALSE(stopped.empty());
  bool someone_was_busy = false;
  for (const ReplicaStopped& one : stopped) {
    CHECK(one.gone - one.at <= 20s);
    someone_was_busy |= one.gone > one.at;
  }
  CHECK(someone_was_busy);
}

TEST_CASE("removals take pods from the fuller node first", "[sim][pod]") {
  // The fit score spreads four pods over two nodes, two each. Scaled to three, then to two: one
  // from each node, so that both still hold one.
  Scenario scenario = served({.min = 2, .max = 4, .start = 4}, 2);
  scenario.services[0].demand = RateCurve::steps({0s, 600s, 100'000s}, {30, 12}, false);
  const Recorded recorded = record(scenario);
  std::map<std::int64_t, std::int64_t> node_of;
  for (const ReplicaReady& one : all_of<ReplicaReady>(recorded)) node_of[one.replica] = *one.node;
  for (const ReplicaStopped& one : all_of<ReplicaStopped>(recorded)) node_of.erase(one.replica);
  REQUIRE(node_of.size() == 2);
  CHECK(node_of.begin()->second != node_of.rbegin()->second);
}

TEST_CASE("pods whose node is about to be taken are made again at once", "[sim][pod]") {
  Scenario scenario = served(fixed(7), 1);
  auto& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.pools[0].offering = Offering::spot;
  scenario.catalogue.types[0].spot_reclaim_per_month = 1 - 1e-15;  // about one in 21 hours
  scenario.horizon = 4 * 86'400s;
  scenario.services[0].demand = RateCurve::constant(1);
  const Recorded recorded = record(scenario);
  // Told two minutes before, so none is lost with its node.
  const auto told = all_of<PodEvicted>(recorded);
  REQUIRE_FALSE(told.empty());
  CHECK(all_of<ReplicaLost>(recorded).empty());
  const auto ready = all_of<ReplicaReady>(recorded);
  for (const PodEvicted& one : told) {
    CHECK(one.why == PodEvicted::Why::interrupted);
    CHECK(std::ranges::any_of(ready, [&](const ReplicaReady& r) { return r.asked == one.at; }));
  }
}

TEST_CASE("Knative holds the first requests for the pod they start", "[sim][zero]") {
  // Ten quiet minutes, then 2 requests a second: the first waits for a tick of 2 s at the most, the
  // pod for 0.1 + 3 + 1 s of start-up and 10 s of its probe.
  Scenario scenario = served({.min = 0, .max = 5, .autoscaler = KnativePolicy{}});
  scenario.services[0].demand = RateCurve::steps({600s, 1200s, 3000s, 3600s}, {2, 0, 2}, false);
  scenario.services[0].init = 8s;
  scenario.services[0].balancing =
      GENERATE(LoadBalancing::central_queue, LoadBalancing::least_outstanding);
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& service = outcome.services[0];
  CHECK(service.rejected == 0);
  CHECK(service.latency.quantile(0.999) > 11);
  CHECK(service.latency.quantile(0.999) < 17.5);
  CHECK(service.slices[1].ready == 0);
  // Scaled to zero between the two stretches: 60 s of window after the last request.
  CHECK(service.slices[6].ready == 0);
  check_laws(outcome);
}

TEST_CASE("without a pod KEDA's requests wait in their queue, or are refused at a pod's door",
          "[sim][zero]") {
  Scenario scenario =
      served({.min = 0,
              .max = 5,
              .autoscaler = KedaPolicy{.hpa = {.metrics = {{Measure::total_rate, 5}}}}});
  scenario.services[0].demand = RateCurve::steps({600s, 1200s}, {2}, false);
  const bool queue = GENERATE(true, false);
  if (queue)
    std::get<KedaPolicy>(scenario.placements[0].services[0].replicas.autoscaler).hpa.metrics = {
        {Measure::outstanding, 5}};
  else
    scenario.services[0].balancing = LoadBalancing::random;
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& service = outcome.services[0];
  CHECK((service.rejected > 0) == !queue);
  CHECK(service.good > 0);
  CHECK(service.slices.back().ready == 0);  // and to zero again after the cooldown
  check_laws(outcome);
}

TEST_CASE("with idle replicas of none a service of at least three sleeps, and wakes as three",
          "[sim][zero]") {
  Scenario scenario =
      served({.min = 3,
              .max = 5,
              .autoscaler = KedaPolicy{.hpa = {.metrics = {{Measure::outstanding, 5}}},
                                       .idles = GENERATE(false, true)}});
  const bool idles =
      std::get<KedaPolicy>(scenario.placements[0].services[0].replicas.autoscaler).idles;
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::fluid);
  scenario.services[0].demand = RateCurve::steps({600s, 1200s}, {2}, false);
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& service = outcome.services[0];
  CHECK(service.slices.front().desired == Approx(idles ? 0 : 3));
  // 60 wait when KEDA wakes it: the autoscaler beside it may want more than the three at once.
  CHECK(service.slices[3].desired >= 3 - 1e-9);
  CHECK(service.slices[3].desired < 3.5);
  CHECK(service.slices.back().desired == Approx(idles ? 0 : 3));
  CHECK(service.overloads.empty());
  check_laws(outcome);
}

TEST_CASE("a service that may go to zero is not overloaded while it sleeps or wakes", "[sim][zero]") {
  // 0.2 slots' worth of load on pods of one; ten times as many requests are more than one pod does.
  Scenario scenario =
      served({.min = 0,
              .max = 1,
              .autoscaler = KedaPolicy{.hpa = {.metrics = {{Measure::outstanding, 5}}}}});
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  const double rate = GENERATE(2.0, 20.0);
  CAPTURE(name_of(scenario.fidelity), rate);
  scenario.services[0].demand = RateCurve::steps({600s, 1200s}, {rate}, false);
  const ServiceOutcome service = run_apart(scenario).services[0];
  CHECK(service.requests - service.rejected > 0);
  CHECK((service.overloaded > 0s) == (rate > 10));
  CHECK(service.overloads.empty() == (rate < 10));
}

TEST_CASE("a service that wakes for ten minutes in vain is overloaded from then on", "[sim][zero]") {
  // Nobody adds a node for its first pod. Requests come from 600 s on; KEDA looks every 30 s.
  Scenario scenario =
      served({.min = 0,
              .max = 1,
              .autoscaler = KedaPolicy{.hpa = {.metrics = {{Measure::outstanding, 5}}}}});
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  CAPTURE(name_of(scenario.fidelity));
  scenario.services[0].demand = RateCurve::steps({600s, 3600s}, {2}, false);
  Cluster& cluster = std::get<Cluster>(scenario.platforms[1]);
  cluster.autoscaler = NodeAutoscaler::none;
  cluster.pools[0].min_nodes = 0;
  const ServiceOutcome service = run_apart(scenario).services[0];
  REQUIRE(service.overloads.size() == 1);
  CHECK(service.overloads[0].from >= 1200s);
  CHECK(service.overloads[0].from <= 1260s);
  CHECK(service.overloads[0].to.count() == Approx(3600).margin(30));
  // Requests are looked at a slice of 300 s ahead.
  CHECK(service.overloaded.count() == Approx(2400).margin(301));
}

TEST_CASE("the first requests of a pod are slower", "[sim][pod]") {
  Scenario scenario = served(fixed(5));
  scenario.services[0].service_time = constant(0.01);
  const double cold = [&] {
    Scenario warm = scenario;
    warm.services[0].warm_up = {.extra = 9, .fades = 60s};
    return run_apart(warm).services[0].latency.quantile(0.9999);
  }();
  // Twenty requests to each pod in its first 2.5 s: nearly ten times the 10 ms.
  CHECK(cold > 0.08);
  CHECK(run_apart(scenario).services[0].latency.quantile(0.999) < 0.05);
}

TEST_CASE("nobody waits for pods that a service began with and that were not there yet", "[sim][start]") {
  // 4.8 busy of 5, pods that wait a minute for their nodes: of 48/s all would wait, and 2/s fewer come than go.
  Scenario scenario = served(fixed(5), 0);
  scenario.services[0].demand = RateCurve::constant(48);
  scenario.services[0].balancing = GENERATE(LoadBalancing::central_queue, LoadBalancing::least_outstanding);
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  scenario.warm_up = 600s;
  const ServiceOutcome service = run_apart(scenario).services[0];
  // M/M/5 at 0.96: a mean wait of 0.45 s, whose tail falls by e in 0.5 s; p99 about 2.4 s.
  CHECK(service.waiting_at_begin < 200);
  CHECK(service.latency.quantile(0.99) < 5);
  CHECK(service.overloads.empty());
  // Measured from the beginning it is measured with who waits; where each pod has a queue they find none.
  scenario.warm_up = 0s;
  if (scenario.services[0].balancing == LoadBalancing::central_queue)
    CHECK(run_apart(scenario).services[0].latency.quantile(0.99) > 20);
}

TEST_CASE("pods beyond the maximum of their pool are told", "[sim][pod]") {
  // Seven on a node, ten nodes at most: 10 of 80 find no room.
  const Recorded recorded = record(served(fixed(80)));
  const auto without = all_of<PodUnschedulable>(recorded);
  CHECK(std::ranges::count_if(without, &PodUnschedulable::pool_is_full) <= 10);
  CHECK(recorded.outcome.services[0].slices.back().ready == Approx(70));
  CHECK(recorded.outcome.services[0].slices.back().desired == Approx(80));
}

TEST_CASE("overload is told from when to when", "[sim][overload]") {
  // 8 slots' worth of load on 5 pods from 1000 s to 2000 s.
  Scenario scenario = served(fixed(5));
  scenario.services[0].timeout = 2s;
  scenario.services[0].demand = RateCurve::steps({0s, 1000s, 2000s, 100'000s}, {40, 80, 40}, false);
  const Recorded recorded = record(scenario);
  const auto& spans = recorded.outcome.services[0].overloads;
  // Before the first pods are ready there is no slot: the first span is the start.
  REQUIRE(spans.size() == 2);
  CHECK(spans[1].from.count() == Approx(1000).margin(15));
  CHECK(spans[1].to.count() == Approx(2000).margin(15));
  const auto began = all_of<OverloadBegan>(recorded);
  CHECK(began.back().offered == Approx(8));
  CHECK(began.back().slots == 5);
}

// 5 pods carry 50/s. 1000 s at 80/s leave 30,000 waiting, which at 20/s go at 30 a second: 1000 s more, give or take
// four deviations of 100,000 requests and as many services.
Scenario queue_left_behind() {
  Scenario scenario = served(fixed(5));
  scenario.warm_up = 100s;
  scenario.services[0].queue_limit = 100'000;
  scenario.services[0].demand = RateCurve::steps({0s, 1100s, 2100s, 100'000s}, {40, 80, 20}, false);
  scenario.horizon = 6000s;
  return scenario;
}
const double kGiveOrTake = 15 + 4 * std::sqrt(2e5) / 30;

TEST_CASE("who waits when an overload ends is told until they are gone", "[sim][overload][oracle]") {
  Scenario scenario = queue_left_behind();
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  CAPTURE(name_of(scenario.fidelity));
  const Outcome outcome = run_apart(scenario);
  check_laws(outcome);
  const auto& spans = outcome.services[0].overloads;
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].to.count() == Approx(2000).margin(15));
  CHECK(spans[0].queue_gone.count() == Approx(3000).margin(kGiveOrTake));
  // Where measuring ends before they are gone.
  scenario.horizon = 2500s;
  CHECK(std::isinf(run_apart(scenario).services[0].overloads.at(0).queue_gone.count()));
}

TEST_CASE("the journal says how many an overload leaves waiting, and when they are gone", "[sim][overload]") {
  const Scenario scenario = queue_left_behind();
  const Recorded recorded = record(scenario);
  const OverloadSpan& span = recorded.outcome.services[0].overloads.at(0);
  const OverloadEnded ended = all_of<OverloadEnded>(recorded).back();
  CHECK(ended.waiting == Approx(30'000).margin(30 * kGiveOrTake));
  const auto gone = all_of<QueueGone>(recorded);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].at - scenario.warm_up == span.queue_gone);
  CHECK(gone[0].ended == ended.at);
}

TEST_CASE("overload that comes and goes between two looks is told", "[sim][overload]") {
  // Ten seconds of 20 slots' worth on five pods, from 1003 s on; looks are at multiples of 15 s.
  Scenario scenario = served(fixed(5));
  scenario.fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  CAPTURE(name_of(scenario.fidelity));
  scenario.warm_up = 100s;
  scenario.services[0].queue_limit = 100'000;
  scenario.services[0].demand = RateCurve::steps({0s, 1103s, 1113s, 10'000s}, {20, 200, 20}, false);
  const ServiceOutcome service = run_apart(scenario).services[0];
  REQUIRE(service.overloads.size() == 1);
  CHECK(service.overloads[0].from == 1003s);
  CHECK(service.overloads[0].to == 1013s);
  CHECK(service.overloaded.count() == Approx(10));
}

TEST_CASE("overload by bursts is told from when to when, and nothing of it between them", "[sim][overload]") {
  // 20/s, ten minutes at 80/s in every fifty at 8/s: 8 slots' worth on 5 pods, a sixth of the time.
  Scenario scenario = served(fixed(5));
  scenario.horizon = 100 * 3600s;
  scenario.services[0].demand = RateCurve::constant(20);
  scenario.services[0].timeout = 60s;
  scenario.services[0].bursts = BurstRates{.ratio = 10, .on = 600s, .off = 3000s};
  SECTION("each request is looked at") {}
  SECTION("a history of bursts is drawn, and each phase is a formula") {
    scenario.fidelity = Fidelity::automatic;
    // 288 million requests.
    scenario.services[0].demand = RateCurve::constant(800);
    scenario.services[0].service_time = exponential(0.1 / 40);
  }
  const Outcome outcome = run_apart(scenario);
  check_laws(outcome);
  const ServiceOutcome& service = outcome.services[0];
  double told = 0;
  for (const OverloadSpan& span : service.overloads) told += (span.to - span.from).count();
  CHECK(told == Approx(service.overloaded.count()).epsilon(0.05));
  // 100 bursts of exponential length: three deviations of a sum of 100 are 0.42 of it.
  CHECK(told / scenario.horizon.count() == Approx(1 / 6.0).epsilon(0.42));
  CHECK(service.overloads.size() == Approx(100).margin(40));
}

TEST_CASE("days of overload take neither memory nor time without bound", "[sim][overload]") {
  // Twice what the pods can do for ten days: the queue stays at its limit.
  Scenario scenario = served(fixed(2));
  scenario.horizon = 10 * 86'400s;
  scenario.services[0].queue_limit = 1000;
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& service = outcome.services[0];
  CHECK(service.waiting_at_end <= 1000);
  CHECK(service.rejected / service.requests == Approx(0.5).epsilon(0.01));
  CHECK(service.overloads.size() == 1);
  check_laws(outcome);
}

// ---- Recorded requests --------------------------------------------------------------------------

TEST_CASE("a recorded request at the instant at which the window opens counts", "[sim][trace]") {
  Scenario scenario = served(fixed(2));
  scenario.warm_up = 100s;
  scenario.horizon = 600s;
  const double opens = scenario.warm_up.count();
  scenario.services[0].recorded = {opens, opens + 10, opens + 20};
  scenario.services[0].demand = RateCurve::steps({scenario.warm_up, scenario.warm_up + 600s}, {3 / 600.0});
  CHECK(run_apart(scenario).services[0].requests == 3);
}

TEST_CASE("a recorded trace of LLM requests waits longer than a Poisson stream of its rate",
          "[sim][trace]") {
  const std::filesystem::path trace = std::filesystem::path(BERTH_SOURCE_DIR) /
                                      "../shared/data/traces/azure_llm_2023/"
                                      "AzureLLMInferenceTrace_code.csv";
  if (!std::filesystem::exists(trace)) {
    WARN("skipped: " << trace << " is not there");
    return;
  }
  const auto rows = read_csv(read_text(trace));
  REQUIRE(rows.size() == 8820);  // a header and 8,819 requests
  // Seconds of the day; all lie in one evening.
  std::vector<double> times;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string& at = rows[i].cells[0];
    times.push_back(std::stod(at.substr(11, 2)) * 3600 + std::stod(at.substr(14, 2)) * 60 +
                    std::stod(at.substr(17)));
  }
  const double first = times.front(), length = times.back() - first;
  for (double& t : times) t += 60 - first;
  const double rate = static_cast<double>(times.size()) / length;
  Scenario scenario = served(fixed(6));
  scenario.horizon = Seconds{length + 120};
  scenario.services[0].service_time = constant(1);
  scenario.services[0].demand = RateCurve::steps({60s, Seconds{60 + length}}, {rate});
  const double poisson = run_apart(scenario).services[0].latency.quantile(0.99);
  scenario.services[0].recorded = times;
  const Outcome recorded = run_apart(scenario);
  check_laws(recorded);
  CHECK(recorded.services[0].requests == 8819);
  // 2.5 slots' worth on six: Poisson requests hardly wait, bursts do.
  CHECK(poisson < 2);
  CHECK(recorded.services[0].latency.quantile(0.99) > 3 * poisson);
}

TEST_CASE("requests on a node that is taken away are tried again, or lost if the service says so",
          "[sim][oracle]") {
  // Every pod has a request of 1000 s under way on each of its slots from the beginning, and none ends by
  // 600 s. At 300 s a class of higher priority needs the node of four pods: what they have is cut off.
  Scenario scenario = served(fixed(4), 1);
  scenario.horizon = 600s;
  Service& service = scenario.services[0];
  service.demand = RateCurve::constant(1);
  service.service_time = constant(1000);
  service.drain_grace = 10s;
  service.cut_off = GENERATE(CutOff::retry, CutOff::fail);
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 1;
  TrainingClass urgent = test_class(Every{.interval = 100'000s, .offset = 300s}, 10'000s);
  urgent.priority = 10;
  urgent.needs.cpu_milli = 3500;
  scenario.training.push_back(urgent);
  scenario.placements[0].training.push_back(
      {.platform = {1}, .pool = PoolId{0}, .type = {0}, .pull = PullMode::preloaded});
  const Outcome outcome = run_apart(scenario);
  const ServiceOutcome& seen = outcome.services[0];
  CHECK(seen.cut_off == (service.cut_off == CutOff::fail ? 4 : 0));
  CHECK(seen.good == 0);
  check_laws(outcome);
}

TEST_CASE("services of a cluster share the calls that make its pods", "[sim][oracle]") {
  // Two services of 30 pods at once: 30 calls pass, then 20 a second. The last of 60 is made 1.5 s later.
  Scenario scenario = served(fixed(30), 10);
  scenario.horizon = 600s;
  scenario.services.push_back(scenario.services[0]);
  scenario.services[1].name = "other";
  scenario.placements[0].services.push_back(scenario.placements[0].services[0]);
  double last = 0;
  for (const PodBound& bound : all_of<PodBound>(record(scenario)))
    last = std::max(last, bound.at.count());
  CHECK(last == Approx(1.5).margin(0.051));
}

TEST_CASE("more than five hundred pods are made, in several syncs", "[sim][oracle]") {
  // 30 calls at once, then 20 a second: the last of 1200 is made after 58.5 s, and one more takes 0.05 s.
  Scenario scenario = served(fixed(1200), 40);
  scenario.horizon = 600s;
  scenario.services[0].needs = {.cpu_milli = 10, .memory = {kMiB}};
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 100;
  const Recorded recorded = record(scenario);
  const auto bound = all_of<PodBound>(recorded);
  REQUIRE(bound.size() == 1200);
  CHECK(bound.back().at.count() == Approx(58.5).margin(0.051));
}

// ---- Fidelity with autoscalers on ---------------------------------------------------------------

struct Varied {
  const char* because;
  LoadBalancing balancing = LoadBalancing::central_queue;
  Distribution service_time = exponential(0.02);
  RateCurve demand = RateCurve::constant(400);
  int concurrency = 2;
  ReplicaPolicy replicas{
      .min = 2, .max = 60, .autoscaler = HpaPolicy{.metrics = {{.target = 0.6}}}};
  std::optional<BurstRates> bursts{};
};

RateCurve day(double mean, double swing) {
  std::vector<Seconds> times;
  std::vector<double> rates;
  for (int i = 0; i <= 48; ++i) {
    times.push_back(Seconds{i * 600.0});
    rates.push_back(mean * (1 + swing * std::sin(i * 2 * 3.14159265 / 48)));
  }
  return RateCurve::lines(times, rates);
}

TEST_CASE("auto is within its stated error of every request with autoscalers on",
          "[sim][fidelity][slow]") {
  const HpaPolicy by_concurrency{.metrics = {{Measure::concurrency, 1.0}}};
  const HpaPolicy with_behaviour{.metrics = {{.target = 0.5}}, .behaviour = ScalingBehaviour{}};
  const Varied services[] = {
      {"light load, few pods", LoadBalancing::central_queue, exponential(0.02), day(50, 0.3)},
      {"heavy load, many pods", LoadBalancing::central_queue, exponential(0.02), day(1200, 0.5)},
      {"tight target",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(800, 0.5),
       2,
       {.min = 2, .max = 60, .autoscaler = HpaPolicy{.metrics = {{.target = 0.8}}}}},
      {"Envoy's default", LoadBalancing::round_robin, lognormal_from_median_p99(0.015, 0.06),
       day(700, 0.5)},
      {"kube-proxy", LoadBalancing::random, lognormal_from_median_p99(0.015, 0.06), day(400, 0.5)},
      {"two choices", LoadBalancing::power_of_two, exponential(0.02), day(500, 0.5)},
      {"least outstanding", LoadBalancing::least_outstanding, exponential(0.02), day(500, 0.5)},
      {"smooth services", LoadBalancing::central_queue, gamma_from_mean_cv(0.02, 0.5),
       day(1500, 0.4)},
      {"variable services", LoadBalancing::central_queue, lognormal_from_mean_cv(0.02, 2),
       day(1500, 0.4)},
      {"bursts",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(200, 0.3),
       2,
       {.min = 2, .max = 60, .autoscaler = HpaPolicy{.metrics = {{.target = 0.6}}}},
       BurstRates{.ratio = 4, .on = 20s, .off = 100s}},
      {"overload",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(400, 0.6),
       2,
       {.min = 2, .max = 5, .autoscaler = HpaPolicy{}}},
      {"by concurrency",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(600, 0.5),
       2,
       {.min = 2, .max = 60, .autoscaler = by_concurrency}},
      {"with behavior",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(600, 0.5),
       2,
       {.min = 2, .max = 60, .autoscaler = with_behaviour}},
      {"Knative",
       LoadBalancing::central_queue,
       exponential(0.02),
       day(600, 0.5),
       2,
       {.min = 1, .max = 60, .autoscaler = KnativePolicy{}}},
  };
  for (const Varied& row : services) {
    CAPTURE(row.because);
    Scenario scenario = served(row.replicas, 10);
    std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 40;
    Service& service = scenario.services[0];
    service.balancing = row.balancing;
    service.service_time = row.service_time;
    service.demand = row.demand;
    service.concurrency = row.concurrency;
    service.bursts = row.bursts;
    service.timeout =
        row.because == std::string("overload") ? std::optional<Seconds>{5s} : std::nullopt;
    scenario.warm_up = 600s;
    scenario.horizon = 4 * 3600s;
    struct Seen {
      double p99 = 0, spread = 0, replicas = 0, error = 0;
    };
    const auto look = [&](Fidelity fidelity) {
      constexpr int kReplications = 4;
      scenario.fidelity = fidelity;
      const auto done = replicate(scenario, std::span(scenario.placements.data(), 1),
                                  {.replications = kReplications, .workers = 2});
      REQUIRE(done.failures.empty());
      Seen seen;
      double squares = 0;
      for (const auto& outcome : done.outcomes[0]) {
        check_laws(*outcome);
        const ServiceOutcome& one = outcome->services[0];
        const double p99 = one.latency.quantile(0.99);
        seen.p99 += p99 / kReplications;
        squares += p99 * p99 / kReplications;
        seen.replicas += one.replica_time / scenario.horizon / kReplications;
        seen.error = std::max(seen.error, one.error);
      }
      seen.spread = std::sqrt(std::max(0.0, squares - seen.p99 * seen.p99) / (kReplications - 1));
      return seen;
    };
    const Seen exact = look(Fidelity::request), fast = look(Fidelity::automatic);
    CHECK(fast.error <= 0.05 + 1e-9);  // a mean of 0.05s
    // Beyond the stated error only chance: four standard errors of the two means.
    const double chance = 4 * std::hypot(exact.spread, fast.spread);
    CHECK(std::abs(fast.p99 - exact.p99) <= fast.error * exact.p99 + chance);
    CHECK(fast.replicas == Approx(exact.replicas).epsilon(0.03));
  }
}

TEST_CASE("where only the highest reading decides, auto looks at every request", "[sim][fidelity]") {
  ScalingBehaviour only_up;
  only_up.down.choice = PolicyChoice::disabled;
  const auto look = [](const ScalingBehaviour& behaviour, Fidelity fidelity) {
    Scenario scenario = served({.min = 2,
                                .max = 60,
                                .autoscaler = HpaPolicy{.metrics = {{.target = 0.3}},
                                                        .behaviour = behaviour}},
                               10);
    scenario.fidelity = fidelity;
    scenario.horizon = 2 * 3600s;
    const auto done = replicate(scenario, std::span(scenario.placements.data(), 1),
                                {.replications = 1, .workers = 1});
    REQUIRE(done.failures.empty());
    return done.outcomes[0][0]->services[0];
  };
  const ServiceOutcome exact = look(only_up, Fidelity::request);
  for (const Fidelity fidelity : {Fidelity::sampled, Fidelity::automatic}) {
    const ServiceOutcome fast = look(only_up, fidelity);
    CHECK(fast.error == 0);
    CHECK(fast.replica_time == exact.replica_time);
    CHECK(fast.latency.quantile(0.99) == exact.latency.quantile(0.99));
  }
  // One that may come down is looked at by formulas, and a wish for no requests is kept.
  CHECK(look({}, Fidelity::automatic).error > 0);
  CHECK(look(only_up, Fidelity::fluid).error > 0);
}

// Who waits before all pods is in none of them, so that none holds more than its target, its two slots: nine pods
// stay, busy for 17 of 18 slots, however many wait.
TEST_CASE("who waits in one queue for all is no pod's concurrency", "[sim][fidelity]") {
  const Fidelity fidelity = GENERATE(Fidelity::request, Fidelity::automatic, Fidelity::fluid);
  CAPTURE(name_of(fidelity));
  Scenario scenario = served({.min = 9,
                              .max = 60,
                              .autoscaler = HpaPolicy{.metrics = {{Measure::concurrency, 2.0}}}},
                             10);
  std::get<Cluster>(scenario.platforms[1]).pools[0].max_nodes = 40;
  Service& service = scenario.services[0];
  service.balancing = LoadBalancing::central_queue;
  service.service_time = exponential(0.02);
  service.demand = RateCurve::constant(850);
  service.concurrency = 2;
  service.timeout = 5s;
  scenario.fidelity = fidelity;
  scenario.warm_up = 600s;
  scenario.horizon = 2 * 3600s;
  const ServiceOutcome outcome = run_apart(scenario).services[0];
  CHECK(outcome.replica_time / scenario.horizon == Approx(9).epsilon(0.001));
}

TEST_CASE("where an autoscaler reads how many wait, auto looks at every request", "[sim][fidelity]") {
  const auto look = [](LoadBalancing balancing, const Autoscaler& autoscaler, Fidelity fidelity) {
    Scenario scenario = served({.min = 2, .max = 60, .autoscaler = autoscaler}, 10);
    Service& service = scenario.services[0];
    service.balancing = balancing;
    service.concurrency = 2;
    scenario.fidelity = fidelity;
    scenario.horizon = 2 * 3600s;
    return run_apart(scenario).services[0];
  };
  const Autoscaler reading[] = {HpaPolicy{.metrics = {{Measure::concurrency, 1.0}}},
                                HpaPolicy{.metrics = {{.target = 0.6}, {Measure::queue_length, 4}}},
                                KedaPolicy{.hpa = {.metrics = {{Measure::outstanding, 2}}}}, KnativePolicy{}};
  for (const Autoscaler& autoscaler : reading) {
    CAPTURE(autoscaler.index());
    const ServiceOutcome exact = look(LoadBalancing::random, autoscaler, Fidelity::request);
    const ServiceOutcome fast = look(LoadBalancing::random, autoscaler, Fidelity::automatic);
    CHECK(fast.fidelity == "request");
    CHECK(fast.error == 0);
    CHECK(fast.replica_time == exact.replica_time);
  }
  // Of one queue for all who waits is in no pod.
  CHECK(look(LoadBalancing::central_queue, reading[0], Fidelity::automatic).fidelity == "auto");
  const HpaPolicy by_rate{.metrics = {{Measure::requests_per_second, 10}}};
  CHECK(look(LoadBalancing::random, by_rate, Fidelity::automatic).fidelity == "auto");
}

}  // namespace
}  // namespace berth
