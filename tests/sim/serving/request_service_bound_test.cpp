// Services with too many requests to look at each of them.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sim/serving/recorded_requests.h"

namespace berth::serving {
namespace {

constexpr Seconds kEnd{7200};

// Two hours of 500 requests a second: 3.6 million.
Service usual() {
  return {.name = "eta",
          .demand = RateCurve::constant(500),
          .service_time = lognormal_from_mean_cv(0.02, 1),
          .concurrency = 2,
          .balancing = LoadBalancing::central_queue,
          .slo_latency = 60ms};
}

struct Kind {
  const char* name;
  double stated;  // error with looks enough for windows
  int pods;
  Service service;
};
template <class Change>
Kind kind(const char* name, double stated, int pods, Change change) {
  Kind one{name, stated, pods, usual()};
  change(one.service);
  return one;
}

std::vector<Kind> kinds() {
  return {
      kind("gaps of a variance of 4", 0.03, 8, [](Service& s) { s.arrival_scv = 4; }),
      kind("regular gaps", 0.03, 6, [](Service& s) { s.arrival_scv = 0.25; }),
      kind("gaps at a queue a pod", 0.03, 10, [](Service& s) {
        s.arrival_scv = 4;
        s.balancing = LoadBalancing::least_outstanding;
      }),
      kind("gaps of a rate that swings", 0.03, 9, [](Service& s) {
        s.arrival_scv = 3;
        s.demand = RateCurve::lines({0s, 3600s, 7200s}, {250, 700, 250}, true);
      }),
      // Half the time 150/s, half 850/s: 17 of 24 slots.
      kind("bursts, by formula in each phase", 0.05, 12, [](Service& s) {
        s.bursts = BurstRates{.ratio = 850.0 / 150, .on = 60s, .off = 60s};
      }),
      // Random pods of two slots take windows in the high phase.
      kind("bursts, by windows", 0.03, 16, [](Service& s) {
        s.bursts = BurstRates{.ratio = 850.0 / 150, .on = 120s, .off = 120s};
        s.balancing = LoadBalancing::random;
      }),
      // 91 % busy: tau is 2.5 s, so 5 tau are more than 100 services, and a warm-up of those was too short.
      kind("a queue a pod that remembers for long, by formula", 0.05, 11, [](Service& s) {
        s.service_time = lognormal_from_mean_cv(0.02, 0.9);
        s.concurrency = 1;
        s.balancing = LoadBalancing::random;
      }),
      kind("a queue a pod that remembers for long, by windows", 0.03, 6, [](Service& s) {
        s.demand = RateCurve::constant(540);
        s.balancing = LoadBalancing::random;
      }),
      // A batch of 8 takes 26 ms: a worker serves 308/s, and batches of half that size 200/s.
      kind("batches", 0.03, 2, [](Service& s) {
        s.batching = Batching{.max_batch = 8, .max_delay = 5ms, .fixed = 10ms, .per_item = 2ms};
        s.service_time = constant(0.026 / 8);
      }),
  };
}

RequestOutcome two_hours(const Kind& one, std::optional<double> looks, std::uint32_t replication,
                         double* looked_at = nullptr) {
  const StreamKey key{.seed = 5, .replication = replication};
  RequestServiceSettings settings = request_settings(one.service, Fidelity::automatic, false);
  settings.window_requests = 500;
  if (looks) {
    bound_requests(settings, kEnd, key, 1e6);
    REQUIRE(settings.bound);
    settings.bound->looks = *looks;
  }
  RequestService service(std::move(settings), key);
  for (Pod pod = 0; pod < one.pods; ++pod) service.join(pod, one.service.concurrency, 0s);
  for (Seconds now = 300s; now <= kEnd; now += 300s) service.advance(now);
  if (looked_at != nullptr) *looked_at = service.looked_at();
  return service.take();
}

double sigma_of_mean(const std::vector<double>& xs) {
  double mean = 0, squares = 0;
  for (double x : xs) mean += x / double(xs.size());
  for (double x : xs) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / double(xs.size() - 1) / double(xs.size()));
}
double mean_of(const std::vector<double>& xs) {
  double sum = 0;
  for (double x : xs) sum += x;
  return sum / double(xs.size());
}

TEST_CASE("within its looks a service is as every request says, within the stated error", "[fidelity][bound]") {
  constexpr std::uint32_t kReplications = 6;
  constexpr double kLooks = 1.2e6;
  for (const Kind& one : kinds()) {
    std::vector<double> exact, got, exact_good, good;
    double stated = 0;
    RequestOutcome last;
    for (std::uint32_t r = 0; r < kReplications; ++r) {
      const RequestOutcome each = two_hours(one, {}, r);
      exact.push_back(each.latency.quantile(0.99));
      exact_good.push_back(each.good / each.requests);
      CHECK(each.looked_at[static_cast<std::size_t>(Look::whole)] == kEnd);
      double looked_at = 0;
      last = two_hours(one, kLooks, r, &looked_at);
      CHECK(looked_at < 1.05 * kLooks);
      got.push_back(last.latency.quantile(0.99));
      good.push_back(last.good / last.requests);
      stated = std::max(stated, last.error.value());
    }
    const double off = std::hypot(sigma_of_mean(exact), sigma_of_mean(got));
    INFO(one.name << ": p99 " << mean_of(got) << " for " << mean_of(exact) << " +- " << off << ", whole "
                  << last.looked_at[0].count() << " s, window " << last.looked_at[1].count()
                  << " s, formula " << last.looked_at[2].count() << " s");
    CHECK(stated == one.stated);
    CHECK(mean_of(got) == Approx(mean_of(exact)).margin(stated * mean_of(exact) + 3 * off));
    CHECK(mean_of(good) == Approx(mean_of(exact_good))
                               .margin(stated + 3 * std::hypot(sigma_of_mean(exact_good), sigma_of_mean(good))));
    CHECK(last.requests == Approx(500 * 7200).epsilon(0.2));
  }
}

TEST_CASE("who waits after an overload is looked at until they are gone, whatever the looks", "[fidelity][bound]") {
  // A minute of 1000/s on 500/s of slots leaves 30,000; 470/s take them along for 1000 s.
  Service service = usual();
  service.demand = RateCurve::steps({0s, 1200s, 1260s, kEnd}, {250, 1000, 470}, false);
  int pods = 5;
  SECTION("in one queue") {}
  SECTION("in a queue a pod") {
    service.concurrency = 1, pods = 10;
    service.service_time = lognormal_from_mean_cv(0.02, 0.9);
    service.balancing = LoadBalancing::random;
    service.demand = RateCurve::steps({0s, 1200s, 1260s, kEnd}, {250, 1000, 430}, false);
  }
  const ReplicaPolicy fixed;
  const auto run = [&](bool is_bounded) {
    const StreamKey key{.seed = 6};
    RequestServiceSettings settings = request_settings(service, Fidelity::automatic, false);
    settings.window_requests = 500;
    if (is_bounded) {
      bound_requests(settings, kEnd, key, 1e6);
      settings.bound->looks = 4e5;
      settings.flow = {.service = &service, .replicas = &fixed, .looks = 2e6};
    }
    RequestService requests(std::move(settings), key);
    for (Pod pod = 0; pod < pods; ++pod) requests.join(pod, service.concurrency, 0s);
    for (Seconds now = 300s; now <= kEnd; now += 300s) requests.advance(now);
    return requests.take();
  };
  const RequestOutcome each = run(false), got = run(true);
  CHECK(each.latency.quantile(0.99) > 10);
  CHECK(got.latency.quantile(0.99) == Approx(each.latency.quantile(0.99)).epsilon(0.08));
  CHECK(1 - got.good / got.requests == Approx(1 - each.good / each.requests).epsilon(0.08));
  CHECK(got.looked_at[static_cast<std::size_t>(Look::whole)] < 0.5 * kEnd);
}

TEST_CASE("a window counts no more that are good than there are", "[fidelity][bound]") {
  // Of gaps with a variance of 9 more may begin in a window than come in it: 100 requests of windows of 500.
  Service service = usual();
  service.arrival_scv = 9;
  service.slo_latency = 10s;
  const Kind easy{"easy", 0.03, 8, service};
  for (std::uint32_t replication = 0; replication < 4; ++replication) {
    const RequestOutcome got = two_hours(easy, 1.2e6, replication);
    CHECK(got.good <= got.requests * (1 + 1e-12));
    CHECK(got.latency.count() == Approx(got.requests).epsilon(1e-9));
  }
}

TEST_CASE("without looks enough a formula stands in, and says what it is worth", "[fidelity][bound]") {
  const auto error = [](const char* name) {
    for (const Kind& one : kinds())
      if (std::string_view(one.name) == name) {
        double looked_at = 0;
        const RequestOutcome outcome = two_hours(one, 1000, 0, &looked_at);
        CHECK(looked_at < 1100);
        CHECK(outcome.looked_at[static_cast<std::size_t>(Look::formula)].count() > 0.9 * kEnd.count());
        return outcome.error.value();
      }
    return 0.0;
  };
  CHECK(error("gaps of a variance of 4") == 0.30);
  CHECK(error("gaps at a queue a pod") == 0.30);
  CHECK(error("bursts, by formula in each phase") == 0.05);
  CHECK(error("batches") == 1);
}

TEST_CASE("a rate that jumps starts a queue anew, one that creeps takes it along", "[fidelity][bound]") {
  // 91 % busy: what is stated of such a queue begins 30 memories of 2.5 s after a change.
  const auto error = [](double before) {
    Service service = usual();
    service.service_time = lognormal_from_mean_cv(0.02, 0.9);
    service.concurrency = 1;
    service.balancing = LoadBalancing::random;
    service.demand = RateCurve::steps({0s, 3600s, kEnd}, {before, 500}, false);
    const StreamKey key{.seed = 5};
    RequestServiceSettings settings = request_settings(service, Fidelity::automatic, false);
    bound_requests(settings, kEnd, key, 1e6);
    settings.bound->looks = 1000;
    RequestService requests(std::move(settings), key);
    for (Pod pod = 0; pod < 11; ++pod) requests.join(pod, 1, 0s);
    requests.advance(3000s);
    requests.take();  // pods have just come
    for (Seconds now = 3030s; now <= kEnd; now += 30s) requests.advance(now);
    return requests.take().error.value();
  };
  CHECK(error(470) == 0.05);
  CHECK(error(430) == 1);
}

TEST_CASE("a day of a hundred million requests a second ends", "[fidelity][bound]") {
  // 8.64e12 requests: days of work at 25 ns each. 100,000 of 160,000 slots are busy.
  Service service = usual();
  service.demand = RateCurve::constant(1e8);
  service.service_time = lognormal_from_mean_cv(0.001, 1);
  service.concurrency = 1600;
  ReplicaPolicy replicas{.autoscaler = FixedReplicas{}};
  double error = 0;
  SECTION("bursts") {
    service.bursts = BurstRates{.ratio = 2, .on = 60s, .off = 60s};
    error = 0.05;
  }
  SECTION("bursts too short for a history of them") {
    service.bursts = BurstRates{.ratio = 1.5, .on = 10ms, .off = 10ms};
    error = 1;
  }
  SECTION("gaps") {
    service.arrival_scv = 9;
    error = 0.30;
  }
  SECTION("batches") {
    service.batching = Batching{.max_batch = 10, .max_delay = 1ms, .fixed = 5ms, .per_item = 500us};
    error = 1;
  }
  SECTION("pods that are slow at first") {
    service.warm_up = {.extra = 1, .fades = 1h};
    error = 0.30;
  }
  SECTION("an HPA that never scales down") {
    HpaPolicy hpa;
    hpa.behaviour = ScalingBehaviour{.up = default_scale_up(), .down = {.choice = PolicyChoice::disabled}};
    replicas.autoscaler = hpa;
    error = 1;
  }
  SECTION("no variance") {
    service.service_time = log_logistic(0.0005, 1.8);
    error = 1;
  }
  RecordedRequests requests(service, replicas, Fidelity::automatic, {.seed = 2}, {0s, kDay, 300s});
  for (Pod pod = 0; pod < 100; ++pod) requests.join(pod, 1, 0s);
  for (Seconds now{0}; now < kDay; now += 300s) {
    requests.advance({.from = now, .to = now + 300s, .requests = 3e10, .ready = 100, .desired = 100});
    requests.end_slice();
  }
  const ServiceOutcome outcome = requests.take();
  CHECK(outcome.fidelity == "auto");
  CHECK(outcome.error == error);
  CHECK(outcome.requests == Approx(8.64e12).epsilon(0.1));
}

}  // namespace
}  // namespace berth::serving
