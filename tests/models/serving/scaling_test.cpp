#include "models/serving/scaling.h"

#include <catch2/catch.hpp>

#include "models/serving/replica_forecast.h"
#include "models/serving/replicas_on.h"

namespace berth {
namespace {

// A pod of 1000 m with 2 slots; services of 100 ms.
const ScaledService kService{.cpu_milli = 1000, .slots = 2, .service_s = 0.1};

PodSeen pod(int id, Seconds since, UseCounters use) {
  PodSeen seen;
  seen.pod.id = PodId{id};
  seen.pod.started = since;
  seen.pod.ready_since = since;
  seen.containers_since = since;
  seen.use = use;
  return seen;
}

TEST_CASE("what a service starts with is what its target asks for", "[scaling]") {
  struct Row {
    ReplicaPolicy policy;
    double rate;
    int expected;
    const char* because;
  };
  const ServiceMetric cpu{.what = Measure::cpu, .target = 0.5};
  const Row rows[] = {
      {{1, 10, {}, HpaPolicy{.metrics = {cpu}}}, 40, 4, "4 busy slots of 2 at half: 4"},
      {{1, 10, {}, HpaPolicy{.metrics = {cpu}}}, 41, 5, "a little more needs one more"},
      {{1, 3, {}, HpaPolicy{.metrics = {cpu}}}, 40, 3, "max"},
      {{2, 10, {}, HpaPolicy{.metrics = {cpu}}}, 1, 2, "min"},
      {{1, 10, 7, HpaPolicy{.metrics = {cpu}}}, 40, 7, "said"},
      {{1, 10, {}, HpaPolicy{.metrics = {cpu, {Measure::requests_per_second, 8}}}}, 40, 5,
       "the greater of 4 and 40 / 8"},
      {{0, 10, {}, KnativePolicy{}}, 0, 0, "nothing comes"},
      {{0, 10, {}, KnativePolicy{}}, 40, 3, "4 requests / (0.7 x 2)"},
      {{0, 10, {}, KedaPolicy{.hpa = {.metrics = {{Measure::outstanding, 2}}}}}, 40, 2, "4 / 2"},
      {{3, 3, {}, FixedReplicas{}}, 40, 3, "fixed"},
      {{1, 10, {}, UtilisationPolicy{.target = 0.8}}, 40, 3, "4 / (2 x 0.8)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    CHECK(start_replicas(row.policy, kService, row.rate) == row.expected);
  }
}

// Drives a scaler as the simulation does; the service's pods are all there from the start.
struct Hand {
  Scaler scaler;
  int replicas;
  ServiceSeen seen{};
  std::vector<ScalingEvent> told{};

  int look(Seconds now, UseCounters each) {
    seen.current = {replicas, replicas};
    seen.ready = replicas;
    seen.pods.clear();
    for (int i = 0; i < replicas; ++i) {
      seen.pods.push_back(pod(i, Seconds{-1000}, each));
      seen.pods.back().containers_since = Seconds{0};  // when the counters began
    }
    ScaleWish wish = std::visit(
        [&](auto& s) { return s.look(seen, ServiceId{0}, now); }, scaler);
    if (wish.why) told.push_back(*wish.why);
    return wish.replicas;
  }
};

TEST_CASE("who decides by requests asks for their number", "[scaling]") {
  const auto asks = [](Measure what) {
    return HpaScaler({.metrics = {{.what = what}}}, {1, 10}, kService).needs().requests;
  };
  CHECK_FALSE(asks(Measure::cpu));
  CHECK_FALSE(asks(Measure::concurrency));
  CHECK(asks(Measure::requests_per_second));
  CHECK(asks(Measure::total_rate));
  CHECK(KedaScaler({}, {0, 10}, kService).needs().requests);
  CHECK(KnativeScaler({}, {0, 10}, kService).needs().requests);
  CHECK(UtilisationScaler({}, {1, 10}, kService).needs().requests);
}

TEST_CASE("the autoscaler reads the scrape before the last, over one window", "[scaling]") {
  // Two pods, each with 0.8 busy slots of 2 (400 m of 1000 m) and, from 60 s on, with 1.6 (800 m).
  // A target of 40 % holds the first. At 60 s the newest scrape that is 10 s old is that of 45 s, at
  // 75 s that of 60 s: both average over the time before the step. At 90 s it is that of 75 s:
  // 800 m, 80 % / 40 % = 2 x 2 pods = 4.
  const ReplicaPolicy policy{1, 10, {}, HpaPolicy{.metrics = {{.target = 0.4}}}};
  Hand hand{make_scaler(policy, kService), 2};
  const auto busy_by = [](double t) { return 0.8 * t + (t > 60 ? 0.8 * (t - 60) : 0); };
  int asked_for = 0;
  for (double t = 0; t <= 90; t += 15) {
    asked_for = hand.look(Seconds{t}, {.busy = busy_by(t)});
    CAPTURE(t);
    CHECK(asked_for == (t < 90 ? 2 : 4));
  }
  const auto& last = std::get<HpaDecided>(hand.told.back());
  CHECK(last.at == 90s);
  CHECK(last.metrics[0].percent == 80);
  CHECK(last.metrics[0].value_milli == 800);
  CHECK(last.proposed == 4);
  CHECK(last.ready == 2);
  CHECK(last.able == AbleToScale::rescaled);
}

TEST_CASE("before there are samples the autoscaler changes nothing and says why", "[scaling]") {
  const ReplicaPolicy policy{1, 10, {}, HpaPolicy{}};
  Hand hand{make_scaler(policy, kService), 2};
  CHECK(hand.look(0s, {}) == 2);
  REQUIRE(hand.told.size() == 1);
  const auto& first = std::get<HpaDecided>(hand.told[0]);
  CHECK(first.active == ScalingActive::failed_resource);
  CHECK(first.metrics[0].problem == MetricProblem::no_samples);
}

TEST_CASE("a decision that is like the last one is not told again", "[scaling]") {
  const ReplicaPolicy policy{1, 10, {}, HpaPolicy{.metrics = {{.target = 0.4}}}};
  Hand hand{make_scaler(policy, kService), 2};
  for (double t = 0; t <= 600; t += 15) hand.look(Seconds{t}, {.busy = 0.8 * t});
  // No sample at 0 s, one from 30 s on: two reasons.
  CHECK(hand.told.size() == 2);
}

TEST_CASE("concurrency counts who waits in a pod, requests per second who was given to it",
          "[scaling]") {
  struct Row {
    ServiceMetric metric;
    int expected;
  };
  // Per pod and second: 1 busy slot-second, 0.5 request-seconds of waiting, 10 requests.
  const Row rows[] = {
      {{Measure::concurrency, 0.5}, 6},          // 1.5 / 0.5 x 2 pods
      {{Measure::requests_per_second, 4}, 5},    // 10 / 4 x 2
  };
  for (const Row& row : rows) {
    const ReplicaPolicy policy{1, 10, {},
                               HpaPolicy{.metrics = {row.metric}, .behaviour = ScalingBehaviour{}}};
    Hand hand{make_scaler(policy, kService), 2};
    int asked_for = 2;
    for (double t = 0; t <= 30; t += 15)
      asked_for = hand.look(Seconds{t}, {.busy = t, .waiting = t / 2, .requests = 10 * t});
    CHECK(asked_for == row.expected);
  }
}

TEST_CASE("a queue's length is read at the moment, and is per replica", "[scaling]") {
  const ReplicaPolicy policy{1, 10, {}, HpaPolicy{.metrics = {{Measure::queue_length, 5}}}};
  Hand hand{make_scaler(policy, kService), 2};
  hand.seen.waiting = 17;
  CHECK(hand.look(0s, {}) == 4);  // ceil(17 / 5)
}

TEST_CASE("a container of less than ten seconds has no sample", "[scaling]") {
  const ServiceMetric rate{.what = Measure::total_rate};
  Scrapes scrapes({}, {&rate, 1});
  ServiceSeen seen;
  seen.pods = {pod(0, 0s, {}), pod(1, 21s, {})};
  seen.pods[0].use.busy = 15;
  scrapes.take(seen, 15s);
  seen.pods[0].use.busy = 27;
  seen.pods[1].use.busy = 4;
  scrapes.take(seen, 30s);
  const auto total = scrapes.total(40s);
  REQUIRE(total);
  CHECK(total->seconds == 15s);
  CHECK_FALSE(scrapes.total(24s));  // one scrape is no difference
}

TEST_CASE("of a pod that has gone nobody reads a scrape", "[scaling]") {
  // Six pods use 60 % where 25 % are meant: 15, at most twice as many. Three have gone when the scrape is read, and
  // three that were made for them have none yet, which count at 0 going up: 30 % of 25 % of six pods is 7.2.
  const ReplicaPolicy policy{1, 20, {}, HpaPolicy{.metrics = {{.target = 0.25}}}};
  for (const bool gone : {false, true}) {
    CAPTURE(gone);
    Scaler scaler = make_scaler(policy, kService);
    const auto look = [&](Seconds now, int first) {
      ServiceSeen seen;
      seen.current = {6, 6};
      for (int i = first; i < first + 6; ++i) {
        const bool is_new = i >= 6;
        seen.pods.push_back(pod(i, is_new ? now - 5s : -1000s, {.busy = 1.2 * now.count()}));
        seen.pods.back().containers_since = is_new ? now - 5s : Seconds{0};
      }
      return std::visit([&](auto& s) { return s.look(seen, ServiceId{0}, now).replicas; }, scaler);
    };
    look(0s, 0);
    look(15s, 0);
    CHECK(look(30s, gone ? 3 : 0) == (gone ? 8 : 12));
  }
}

TEST_CASE("when KEDA has acted the autoscaler still looks and scrapes at that instant", "[scaling]") {
  KedaScaler scaler({.hpa = {.metrics = {{Measure::total_rate, 10}}}, .polling_interval = 30s}, {0, 20}, kService);
  ServiceSeen seen;
  const auto look = [&](double t, int replicas) {
    seen.current = {replicas, replicas};
    seen.ready = replicas;
    seen.total.requests = 100 * t;
    return scaler.look(seen, ServiceId{0}, Seconds{t}).replicas;
  };
  look(0, 0);
  look(15, 0);
  CHECK(look(30, 0) == 1);
  CHECK(scaler.next_look(30s) == 30s);
  // It reads [0 s, 15 s]: 100/s; from 1 replica at most to 4 within its limits.
  CHECK(look(30, 1) == 4);
  CHECK(scaler.next_look(30s) == 45s);
  CHECK(look(45, 4) == 8);  // by the scrape of 30 s
}

TEST_CASE("Knative goes to zero after the stable window without requests, and up from it",
          "[scaling]") {
  // One request-second a second until 100 s, then nothing. Averages over 60 s are 0 from 160 s on;
  // the last pod goes one tick later.
  const ReplicaPolicy policy{0, 10, {}, KnativePolicy{}};
  Hand hand{make_scaler(policy, kService), 1};
  double zero_at = 0;
  for (double t = 0; t <= 200 && zero_at == 0; t += 2) {
    hand.seen.total.busy = std::min(t, 100.0);
    if (hand.look(Seconds{t}, {}) == 0) zero_at = t;
  }
  CHECK(zero_at == 162);
  hand.replicas = 0;
  hand.seen.total.waiting = 1;
  CHECK(hand.look(164s, {}) == 1);
  CHECK(std::get<KnativeDecided>(hand.told.back()).replicas == 1);
}

TEST_CASE("KEDA starts the first replica at a poll and takes the last after its cooldown",
          "[scaling]") {
  const ReplicaPolicy policy{0, 10, {}, KedaPolicy{.hpa = {.metrics = {{Measure::queue_length, 5}}}}};
  Hand hand{make_scaler(policy, kService), 0};
  CHECK(hand.look(0s, {}) == 0);
  hand.seen.waiting = 1;
  CHECK(hand.look(15s, {}) == 0);  // no poll: every 30 s
  CHECK(hand.look(30s, {}) == 1);
  CHECK(std::get<KedaDecided>(hand.told.back()).reason == KedaReason::activated);
  hand.replicas = 1;
  hand.seen.waiting = 0;
  int left = 1;
  double zero_at = 0;
  for (double t = 45; t <= 400 && left > 0; t += 15)
    if (hand.replicas = left = hand.look(Seconds{t}, {}); left == 0) zero_at = t;
  // Last active at 30 s; more than 300 s after it a poll comes at 360 s.
  CHECK(zero_at == 360);
}

TEST_CASE("idle replicas take a service below its minimum, and the minimum is where it wakes to",
          "[scaling]") {
  KedaPolicy keda{.hpa = {.metrics = {{Measure::queue_length, 5}}}, .idles = true};
  const ReplicaPolicy policy{3, 10, {}, keda};
  CHECK(start_replicas(policy, kService, 0) == 0);
  CHECK(start_replicas(policy, kService, 0.001) == 3);
  Hand hand{make_scaler(policy, kService), 0};
  CHECK(hand.look(0s, {}) == 0);  // and not raised to the minimum
  hand.seen.waiting = 1;
  hand.replicas = hand.look(30s, {});
  CHECK(hand.replicas == 3);
  hand.seen.waiting = 0;
  for (double t = 45; t < 360; t += 15) CHECK(hand.look(Seconds{t}, {}) == 3);
  // Last active at 30 s; more than 300 s after it a poll comes at 360 s.
  CHECK(hand.look(360s, {}) == 0);
  CHECK(std::get<KedaDecided>(hand.told.back()).reason == KedaReason::idle);
}

// 500 m of the 1000 m are the sidecar's: 20 m while nothing comes, 2 ms a request.
ScaledService beside_a_sidecar() {
  ScaledService service = kService;
  service.sidecar_milli = 500;
  service.sidecar_idle = 0.02;
  service.sidecar_per_request = 0.002;
  return service;
}

TEST_CASE("a pod's CPU has its sidecar's in it, a container's has not", "[scaling]") {
  // Each of two pods has one busy slot of 2 and 10 requests a second: 250 m of 500 m in the main container, 20 m + 20
  // m of 500 m in the other: 290 m of 1000 m.
  const auto decided = [](Measure what) {
    const ReplicaPolicy policy{1, 10, {}, HpaPolicy{.metrics = {{what, 0.4}}}};
    Hand hand{make_scaler(policy, beside_a_sidecar()), 2};
    for (double t = 0; t <= 60; t += 15) hand.look(Seconds{t}, {.busy = t, .requests = 10 * t});
    return std::get<HpaDecided>(hand.told.back());
  };
  const HpaDecided of_pod = decided(Measure::cpu), of_container = decided(Measure::container_cpu);
  CHECK(of_pod.metrics[0].value_milli == 290);
  CHECK(of_pod.metrics[0].percent == 29);
  CHECK(of_pod.proposed == 2);  // 29 / 40 x 2 = 1.45
  CHECK(of_container.metrics[0].value_milli == 250);
  CHECK(of_container.metrics[0].percent == 50);
  CHECK(of_container.proposed == 3);  // 50 / 40 x 2 = 2.5
  CHECK(HpaScaler({.metrics = {{Measure::cpu}}}, {1, 10}, beside_a_sidecar()).needs().requests);
}

TEST_CASE("what a service starts with counts its sidecar", "[scaling]") {
  // 40/s: of n pods the requests use 4 / 2 x 500 m + 40 x 2 m = 1080 m, and each 20 m besides. 400 m a pod is
  // the target: 1080 / 380 = 2.8. Of the main containers' 1000 m, 200 m each: 5.
  const auto replicas = [](ServiceMetric metric) { return replicas_for(metric, beside_a_sidecar(), 40); };
  CHECK(replicas({Measure::cpu, 0.4}) == 3);
  CHECK(replicas({Measure::container_cpu, 0.4}) == 5);
  CHECK(replicas({Measure::cpu, 0.02}) == 1'000'000'000);  // idle pods are above it
}

TEST_CASE("a total by value asks for twice the replicas where it is twice its target", "[scaling]") {
  // 20 outstanding: twice 10, so 2 x 4 pods; per replica 20 / 10 = 2, which the greatest of five minutes holds at 4.
  const auto decided = [](ServiceMetric metric) {
    const ReplicaPolicy policy{1, 10, {}, HpaPolicy{.metrics = {metric}}};
    Hand hand{make_scaler(policy, kService), 4};
    hand.seen.in_service = 8;
    hand.seen.waiting = 12;
    hand.look(0s, {});
    return std::get<HpaDecided>(hand.told.back());
  };
  const HpaDecided by_value = decided({.what = Measure::outstanding, .target = 10, .by_value = true});
  CHECK(by_value.metrics[0].value_milli == 20'000);
  CHECK(by_value.metrics[0].by_value);
  CHECK(by_value.replicas == 8);
  const HpaDecided average = decided({.what = Measure::outstanding, .target = 10});
  CHECK(average.proposed == 2);
  CHECK(average.replicas == 4);
}

TEST_CASE("what a service starts with where its target is a total's", "[scaling]") {
  const auto start = [](Measure what, double target, double rate) {
    return start_replicas({2, 30, {}, HpaPolicy{.metrics = {{.what = what, .target = target, .by_value = true}}}},
                          kService, rate);
  };
  CHECK(start(Measure::total_rate, 30, 40) == 30);   // doubled until it can no further
  CHECK(start(Measure::total_rate, 100, 40) == 2);   // likewise, down
  CHECK(start(Measure::total_rate, 42, 100) == 30);
  CHECK(start(Measure::total_rate, 100, 100) == 5);  // 10 busy of 2 each
  CHECK(start(Measure::outstanding, 8, 100) == 30);  // 10 are served at any time
  CHECK(start(Measure::outstanding, 20, 100) == 5);
}

TEST_CASE("without metrics the autoscaler changes nothing, and sees the load two scrapes later", "[scaling]") {
  // As above, 40 % until 60 s and 80 % from then on, but the metrics are away from 60 to 120 s. At 135 s the newest
  // scrape that can be read is that of 120 s, over the 15 s before; at 150 s that of 135 s.
  HpaPolicy hpa{.metrics = {{.target = 0.4}}};
  hpa.outages = {{.from = 60s, .lasts = 60s}};
  Hand hand{make_scaler({1, 10, {}, hpa}, kService), 2};
  for (double t = 0; t <= 150; t += 15) {
    CAPTURE(t);
    CHECK(hand.look(Seconds{t}, {.busy = 0.8 * t + (t > 60 ? 0.8 * (t - 60) : 0)}) == (t < 150 ? 2 : 4));
    if (t != 60) continue;
    const auto& failed = std::get<HpaDecided>(hand.told.back());
    CHECK(failed.active == ScalingActive::failed_resource);
    CHECK(failed.metrics[0].problem == MetricProblem::source_failed);
  }
}

TEST_CASE("while one of two metrics fails the other may only scale up", "[scaling]") {
  // Outstanding per replica: 4 / 2 = 2 replicas are enough, of 4; then 16 / 2 = 8.
  HpaPolicy hpa{.metrics = {{.target = 0.4}, {Measure::outstanding, 2}}, .downscale_window = 0s};
  hpa.outages = {{.lasts = 1h, .custom = false}};
  Hand hand{make_scaler({1, 10, {}, hpa}, kService), 4};
  hand.seen.in_service = 4;
  CHECK(hand.look(15s, {}) == 4);
  CHECK(std::get<HpaDecided>(hand.told.back()).active == ScalingActive::failed_resource);
  hand.seen.in_service = 16;
  CHECK(hand.look(30s, {}) == 8);
}

TEST_CASE("KEDA falls back when a trigger has failed more often than its threshold", "[scaling]") {
  // Two replicas for 4 outstanding. Asked at 60, 75 and 90 s the trigger fails; the fourth time, at 105 s, it is said
  // to be 2 x 6, of which the autoscaler makes max(2 x 2, 4), and at 120 s 6.
  KedaPolicy keda{.hpa = {.metrics = {{Measure::outstanding, 2}}}};
  keda.hpa.outages = {{.from = 60s, .lasts = 240s}};
  std::vector<int> course;
  SECTION("to the replicas of the fallback") {
    keda.fallback = KedaFallback{.failure_threshold = 3, .replicas = 6};
    course = {2, 2, 2, 2, 2, 2, 2, 4, 6, 6, 6};
  }
  SECTION("without one the replicas stay") { course = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}; }
  Hand hand{make_scaler({1, 10, {}, keda}, kService), 2};
  hand.seen.in_service = 4;
  for (std::size_t i = 0; i < course.size(); ++i) {
    CAPTURE(i);
    hand.replicas = hand.look(15s * double(i), {});
    CHECK(hand.replicas == course[i]);
  }
  const bool fell_back = std::ranges::any_of(hand.told, [](const ScalingEvent& event) {
    const auto* decided = std::get_if<HpaDecided>(&event);
    return decided != nullptr && decided->metrics[0].fallback;
  });
  CHECK(fell_back == (course.back() == 6));
  // Back, they stay for the five minutes in which 6 was proposed: until 285 s + 300 s.
  for (double t = 165; t <= 585; t += 15) hand.replicas = hand.look(Seconds{t}, {});
  CHECK(hand.replicas == course.back());
  CHECK(hand.look(600s, {}) == 2);
}

TEST_CASE("KEDA polls a trigger that keeps failing and starts the fallback's replicas", "[scaling]") {
  // From none the autoscaler is not asked: polls at 0, 30, 60 and 90 s fail.
  KedaPolicy keda{.hpa = {.metrics = {{Measure::outstanding, 2}}}};
  keda.hpa.outages = {{.lasts = 1h}};
  keda.fallback = KedaFallback{.failure_threshold = 3, .replicas = 5};
  Hand hand{make_scaler({0, 10, {}, keda}, kService), 0};
  for (const double t : {0, 30, 60}) CHECK(hand.look(Seconds{t}, {}) == 0);
  CHECK(hand.look(90s, {}) == 5);
  const auto& told = std::get<KedaDecided>(hand.told.back());
  CHECK(told.reason == KedaReason::fallback);
  CHECK(told.triggers[0].problem == MetricProblem::source_failed);
  CHECK_FALSE(told.triggers[0].value_milli);
}

TEST_CASE("an endpoint follows the load of a while ago and shrinks after a delay", "[scaling]") {
  const ReplicaPolicy policy{1, 100, {},
                             UtilisationPolicy{.target = 0.5, .scale_up_lag = 30s,
                                               .scale_down_delay = 60s}};
  Hand hand{make_scaler(policy, kService), 4};
  // 40/s, from 60 s to 120 s 80/s, then 20/s: 4, 8 and 2 replicas; the rate of a period is known at
  // its end and acts 30 s later.
  int at_105 = 0, at_165 = 0, at_240 = 0;
  double requests = 0;
  for (double t = 0; t <= 240; t += 15) {
    hand.seen.total.requests = requests;
    hand.replicas = hand.look(Seconds{t}, {});
    if (t == 105) at_105 = hand.replicas;
    if (t == 165) at_165 = hand.replicas;
    if (t == 240) at_240 = hand.replicas;
    requests += 15 * (t < 60 ? 40 : t < 120 ? 80 : 20);
  }
  CHECK(at_105 == 8);
  CHECK(at_165 == 8);
  CHECK(at_240 == 2);
}

TEST_CASE("a forecast follows the load at once and shrinks after the delay", "[scaling]") {
  Service service{.service_time = exponential(0.1)};
  service.concurrency = 2;
  service.needs.cpu_milli = 1000;
  ReplicaPolicy policy{1, 100, {}, HpaPolicy{.metrics = {{.target = 0.5}}}};
  ReplicaForecast forecast(service, policy);
  CHECK(forecast.desired(0s, 40) == 4);
  CHECK(forecast.desired(60s, 100) == 10);
  CHECK(forecast.desired(120s, 40) == 10);
  CHECK(forecast.desired(360s, 40) == 10);  // 300 s old still counts
  CHECK(forecast.desired(361s, 40) == 4);
  aim_at(policy, 0.8);
  CHECK(target_of(policy) == 0.8);
  CHECK(delay_of(policy) == 300s);
  CHECK(lag_of(policy) == 30s);
}

TEST_CASE("a machine holds as many copies as its tightest resource allows", "[scaling]") {
  InstanceType machine{.vcpu = 8, .memory = {32 * kGiB}, .gpus = 0};
  Service service{.needs = {.cpu_milli = 1000, .memory = {kGiB}}};
  CHECK(replicas_on(machine, service) == 8);
  service.needs.memory = {6 * kGiB};
  CHECK(replicas_on(machine, service) == 5);
  service.needs.gpus = 1;
  CHECK(replicas_on(machine, service) == 0);
}

}  // namespace
}  // namespace berth
