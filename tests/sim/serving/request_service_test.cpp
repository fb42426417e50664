#include "sim/serving/request_service.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace berth::serving {
namespace {

constexpr Seconds kBetweenEvents{300};

struct Change {
  int event;  // after so many five minutes
  int pods;
};
struct Case {
  const char* name;
  Distribution service_time;
  RateCurve demand;
  int pods, slots;
  Dispatching dispatching = Kernel::fastest;
  std::vector<Change> changes = {};
  std::optional<Bursts> bursts = {};
  std::optional<Distribution> gaps = {};
  QueueRules queue = {};
};

RateCurve swinging(double low, double high) {
  return RateCurve::lines({0s, 1800s, 3600s}, {low, high, low}, true);
}
Distribution service(double mean, double cv) { return lognormal_from_mean_cv(mean, cv); }
QueueRules short_queue() {
  QueueRules rules;
  rules.queue_limit = 20;
  return rules;
}
QueueRules warming() {
  QueueRules rules;
  rules.warm_up = {.extra = 2, .fades = 20};
  return rules;
}

// An hour each, a look or a change of the pods every five minutes.
std::vector<Case> services() {
  const auto balanced = [](Balancing balancing) {
    return Dispatching{BalancerRules{.balancing = balancing}};
  };
  return {
      {"light", service(0.05, 1), RateCurve::constant(100), 20, 1},
      {"usual", service(0.05, 1), RateCurve::constant(280), 20, 1},
      {"heavy", service(0.05, 1), RateCurve::constant(190), 10, 1},
      {"many pods", service(0.2, 1), RateCurve::constant(260), 60, 1},
      {"few slots, variable", service(0.05, 2), RateCurve::constant(40), 3, 1},
      {"a day in an hour", service(0.05, 1), swinging(60, 350), 20, 1},
      {"through overload and back", service(0.05, 0.5), swinging(100, 230), 10, 1},
      {"scaled in time",
       service(0.05, 1),
       swinging(80, 300),
       8,
       1,
       Kernel::fastest,
       {{1, 12}, {2, 16}, {4, 20}, {8, 17}, {9, 13}, {11, 9}}},
      {"scaled too late",
       service(0.05, 1),
       swinging(80, 240),
       8,
       1,
       Kernel::fastest,
       {{6, 16}, {10, 8}}},
      // Five minutes: half of them at 20/s, half at 185/s on 20 slots.
      {"steps inside a stretch", exponential(0.1),
       RateCurve::steps({0s, 150s, 300s}, {20, 185}, true), 4, 5},
      {"bursts",
       service(0.05, 1),
       RateCurve::constant(1),
       12,
       1,
       Kernel::fastest,
       {},
       Bursts{{50, 300}, {60, 10}}},
      {"kube-proxy", service(0.05, 1), RateCurve::constant(210), 15, 1,
       balanced(Balancing::random)},
      {"round robin", service(0.05, 1), RateCurve::constant(210), 15, 1,
       balanced(Balancing::round_robin)},
      {"round robin, hardly busy", service(0.05, 1), RateCurve::constant(170), 15, 1,
       balanced(Balancing::round_robin)},
      {"two slots a pod in turn", service(0.02, 0.62), RateCurve::constant(570), 10, 2,
       balanced(Balancing::round_robin)},
      {"in turn to two pods, of one length", constant(0.05), RateCurve::constant(80), 2, 4,
       balanced(Balancing::round_robin)},
      {"four slots a pod in turn", service(0.02, 0.62), RateCurve::constant(1140), 10, 4,
       balanced(Balancing::round_robin)},
      {"two choices, hardly busy", service(0.05, 0.8), RateCurve::constant(40), 10, 2,
       balanced(Balancing::choices)},
      {"two choices", service(0.05, 1.5), RateCurve::constant(240), 8, 2,
       balanced(Balancing::choices)},
      {"least outstanding", service(0.1, 1), RateCurve::constant(200), 6, 4,
       balanced(Balancing::least_outstanding)},
      {"regular gaps",
       service(0.05, 0.7),
       RateCurve::constant(150),
       9,
       1,
       Kernel::fastest,
       {},
       {},
       erlang(4, 1)},
      {"a short queue",
       service(0.05, 1),
       RateCurve::constant(280),
       15,
       1,
       Kernel::fastest,
       {},
       {},
       {},
       short_queue()},
      {"cold pods",
       service(0.05, 1),
       RateCurve::constant(200),
       14,
       1,
       Kernel::fastest,
       {{3, 18}, {6, 14}, {9, 20}},
       {},
       {},
       warming()},
  };
}

RequestOutcome an_hour(const Case& one, Fidelity fidelity, std::uint32_t replication) {
  RequestService service({.rules = {.service_time = one.service_time,
                                    .dispatching = one.dispatching,
                                    .queue = one.queue},
                          .demand = one.demand,
                          .bursts = one.bursts,
                          .gaps = one.gaps,
                          .fidelity = fidelity,
                          .slo_latency = 200ms},
                         {.seed = 9, .replication = replication});
  int pods = 0;
  const auto scale = [&](int wanted, Seconds now) {
    for (; pods < wanted; ++pods) service.join(pods, one.slots, now);
    while (pods > wanted) service.drain(--pods, now, 30s);
  };
  scale(one.pods, 0s);
  auto change = one.changes.begin();
  for (int event = 1; event <= 12; ++event) {
    const Seconds now = kBetweenEvents * event;
    service.advance(now);
    if (change != one.changes.end() && change->event == event) scale((change++)->pods, now);
  }
  return service.take();
}

struct Spread {
  double mean = 0, error = 0;
};
Spread spread(const std::vector<double>& xs) {
  double sum = 0, squares = 0;
  for (double x : xs) sum += x;
  const double n = static_cast<double>(xs.size()), mean = sum / n;
  for (double x : xs) squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

TEST_CASE("auto and sampled stay within their stated error of every request", "[fidelity]") {
  constexpr std::uint32_t kReplications = 4;
  for (const Case& one : services()) {
    std::vector<double> exact, exact_good;
    for (std::uint32_t r = 0; r < kReplications; ++r) {
      const RequestOutcome outcome = an_hour(one, Fidelity::request, r);
      exact.push_back(outcome.latency.quantile(0.99));
      exact_good.push_back(outcome.good / outcome.requests);
      CHECK(outcome.error.value() == 0);
    }
    for (Fidelity fidelity : {Fidelity::sampled, Fidelity::automatic}) {
      std::vector<double> got, good;
      double stated = 0;
      RequestOutcome last;
      for (std::uint32_t r = 0; r < kReplications; ++r) {
        last = an_hour(one, fidelity, r);
        got.push_back(last.latency.quantile(0.99));
        good.push_back(last.good / last.requests);
        stated = std::max(stated, last.error.value());
      }
      const Spread a = spread(exact), b = spread(got), c = spread(exact_good), d = spread(good);
      INFO(one.name << ", " << name_of(fidelity) << ": p99 " << b.mean << " +- " << b.error
                    << " for " << a.mean << " +- " << a.error << ", stated " << stated << ", whole "
                    << last.looked_at[0].count() << " s, window " << last.looked_at[1].count()
                    << " s, formula " << last.looked_at[2].count() << " s");
      CHECK(b.mean == Approx(a.mean).margin(stated * a.mean + 3 * std::hypot(a.error, b.error)));
      CHECK(d.mean == Approx(c.mean).margin(stated + 3 * std::hypot(c.error, d.error)));
      CHECK(last.requests ==
            Approx(an_hour(one, Fidelity::request, kReplications - 1).requests).epsilon(0.05));
    }
  }
}

TEST_CASE("time is told by how it was looked at", "[fidelity]") {
  const Case one = services()[1];
  const RequestOutcome exact = an_hour(one, Fidelity::request, 0);
  CHECK(exact.looked_at[static_cast<std::size_t>(Look::whole)] == 3600s);
  const RequestOutcome sampled = an_hour(one, Fidelity::sampled, 0);
  CHECK(sampled.looked_at[static_cast<std::size_t>(Look::window)] == 3600s);
  CHECK(sampled.error.value() == Approx(0.03));
  const RequestOutcome automatic = an_hour(one, Fidelity::automatic, 0);
  CHECK(automatic.looked_at[static_cast<std::size_t>(Look::formula)] == 3600s);
  CHECK(automatic.error.value() == Approx(0.05));
  CHECK(automatic.busy_slot_seconds == Approx(280 * 3600 * 0.05));
}

TEST_CASE("overload is looked at whole and said", "[fidelity]") {
  const Case one = services()[6];
  const RequestOutcome outcome = an_hour(one, Fidelity::automatic, 0);
  CHECK(outcome.overloaded > 800s);
  CHECK(outcome.overloaded < 1800s);
  CHECK(outcome.looked_at[static_cast<std::size_t>(Look::whole)] >= outcome.overloaded);
  CHECK(outcome.looked_at[static_cast<std::size_t>(Look::formula)] > 0s);
}

TEST_CASE("work is counted when it is done, however long it waits at its pod", "[fidelity]") {
  // 600/s for ten minutes on 4 pods of 100 slots and 1 s, then nothing: all slots work without a
  // pause until the 360,000 are done, at 900 s.
  for (const Dispatching& dispatching :
       {Dispatching{Kernel::fastest}, Dispatching{BalancerRules{.balancing = Balancing::random}}}) {
    RequestService service({.rules = {.service_time = constant(1),
                                      .dispatching = dispatching,
                                      .queue = {.queue_limit = 1'000'000}},
                            .demand = RateCurve::steps({0s, 600s}, {600}),
                            .fidelity = Fidelity::request},
                           {.seed = 1});
    for (Pod pod = 0; pod < 4; ++pod) service.join(pod, 100, 0s);
    service.advance(600s);
    CHECK(service.take().busy_slot_seconds == Approx(400 * 600).epsilon(0.005));
    service.advance(3600s);
    CHECK(service.take().busy_slot_seconds == Approx(600 * 600 - 400 * 600).epsilon(0.03));
  }
}

TEST_CASE("a request taken back in a later slice leaves the law of the first", "[fidelity]") {
  // 200 requests of 400 s; their pod dies at 300 s, after the first slice, and another serves them
  // from 300 s on: they end at 700 s, and nobody's wait was 0.
  for (bool in_slices : {false, true}) {
    RequestService service({.rules = {.service_time = constant(400)},
                            .demand = RateCurve::steps({0s, 100s}, {2}),
                            .fidelity = Fidelity::request},
                           {.seed = 1});
    service.join(0, 1000, 0s);
    WeightedHistogram waits, latencies;
    double requests = 0;
    const auto take = [&] {
      const RequestOutcome part = service.take_raw();
      waits.merge(part.waits);
      latencies.merge(part.latencies);
      requests += part.requests;
    };
    service.advance(200s);
    if (in_slices) take();
    service.kill(0, 300s);
    service.join(1, 1000, 300s);
    service.advance(2000s);
    take();
    const WeightedHistogram law = service.latency_of(waits, latencies);
    CHECK(law.count() == Approx(requests));
    CHECK(law.quantile(0.01) > 590);
    CHECK(law.max() < 710);
  }
}

TEST_CASE("what somebody else's looks draw changes nothing at the next moment", "[fidelity]") {
  // One looks twice as often: what both see between two common moments is of the same chance.
  const auto seen = [](bool often) {
    RequestService service({.rules = {.service_time = lognormal_from_mean_cv(0.05, 1)},
                            .demand = RateCurve::constant(280),
                            .fidelity = Fidelity::sampled},
                           {.seed = 1});
    service.join(0, 20, 0s);
    ServiceUse use;
    if (often) service.see(30s, 300s, {.requests = true}, use);
    service.see(60s, 300s, {.requests = true}, use);
    const double before = use.total.requests;
    service.see(75s, 300s, {.requests = true}, use);
    return use.total.requests - before;
  };
  CHECK(seen(true) == Approx(seen(false)).epsilon(1e-9));
}

TEST_CASE("between windows a pod's use begins when it joins, and stays counted when it goes", "[fidelity]") {
  // 280 requests a second of 50 ms: 14 busy slots, which pods share by their slots.
  RequestService service({.rules = {.service_time = lognormal_from_mean_cv(0.05, 1)},
                          .demand = RateCurve::constant(280),
                          .fidelity = Fidelity::sampled},
                         {.seed = 1});
  service.join(0, 10, 0s);
  service.join(1, 10, 0s);
  ServiceUse use;
  service.see(540s, 600s, {.requests = true}, use);
  service.join(2, 20, 600s);
  service.see(660s, 900s, {.requests = true}, use);
  REQUIRE(use.pods.size() == 3);
  const double before = use.pods[0].use.busy;
  CHECK(use.pods[1].use.busy == Approx(before));
  CHECK(before == Approx(14.0 / 2 * 600 + 14.0 / 4 * 60).epsilon(0.02));
  CHECK(use.pods[2].use.busy == Approx(14.0 / 2 * 60).epsilon(0.1));
  CHECK(use.pods[2].use.requests == Approx(280.0 / 2 * 60).epsilon(0.05));
  service.see(720s, 900s, {.requests = true}, use);
  service.kill(1, 720s);
  const double total = use.total.busy;
  service.see(780s, 900s, {.requests = true}, use);
  REQUIRE(use.pods.size() == 2);
  CHECK(use.total.busy - total == Approx(14.0 * 60).epsilon(0.1));
}

TEST_CASE("between windows a look at an instant counts whole requests", "[fidelity]") {
  // 4 requests a second of 15 ms on 32 slots: M/G/inf, so an instant finds n with the Poisson law of
  // mean 0.06, none in 94 % of the looks.
  RequestService service({.rules = {.service_time = constant(0.015)},
                          .demand = RateCurve::constant(4),
                          .fidelity = Fidelity::sampled},
                         {.seed = 1});
  service.join(0, 32, 0s);
  constexpr int kLooks = 4000;
  const Seconds end = kLooks * 60s;
  int none = 0;
  double sum = 0;
  ServiceUse use;
  for (int i = 1; i < kLooks; ++i) {
    service.see(i * 60s, end, {.waiting = true}, use);
    const double count = use.in_service + use.waiting;
    REQUIRE(count == std::floor(count));
    none += count == 0;
    sum += count;
  }
  CHECK(none / double(kLooks) == Approx(std::exp(-0.06)).margin(0.015));  // 4 standard errors
  CHECK(sum / kLooks == Approx(0.06).margin(0.015));
}

TEST_CASE("between windows many looks see as many requests as come, and their work", "[fidelity]") {
  // 0.2 requests a second, looked at every second: a normal law cut off at 0 would make 0.32 of them.
  struct Row {
    const char* because;
    Distribution service_time;
    int pods, slots;
  };
  const auto row = GENERATE(values<Row>({
      {"short ones", constant(0.5), 4, 8},
      {"of very different lengths", hyperexponential_from_mean_cv(0.5, 3), 4, 8},
      // A look of a second sees at most one second of each: the rest is work of later looks.
      {"longer than the looks", constant(15), 12, 1}}));
  INFO(row.because);
  RequestService service({.rules = {.service_time = row.service_time},
                          .demand = RateCurve::constant(0.2),
                          .fidelity = Fidelity::sampled},
                         {.seed = 1});
  for (int pod = 0; pod < row.pods; ++pod) service.join(static_cast<Pod>(pod), row.slots, 0s);
  constexpr int kLooks = 200'000;
  ServiceUse use;
  for (int i = 1; i <= kLooks; ++i) service.see(i * 1s, (kLooks + 1) * 1s, {.requests = true}, use);
  // Of 40,000 requests the standard error is 0.5 %, of their work at most 1.6 % (sqrt(1 + 9) times).
  CHECK(use.total.requests == Approx(0.2 * kLooks).epsilon(0.02));
  CHECK(use.total.busy == Approx(0.2 * kLooks * mean(row.service_time)).epsilon(0.06));
}

TEST_CASE("between windows the work of many varies as a compound Poisson law", "[fidelity]") {
  // n requests a look whose lengths have the mean m and a variation of 1 bring n m on average, with the variance
  // n E[S^2] = 2 n m^2, whether or not somebody asks for their number.
  const double n = GENERATE(50.0, 1000.0);
  const bool asks = GENERATE(false, true);
  CAPTURE(n, asks);
  constexpr double kMean = 0.05, kLook = 60;
  RequestService service({.rules = {.service_time = lognormal_from_mean_cv(kMean, 1)},
                          .demand = RateCurve::constant(n / kLook),
                          .fidelity = Fidelity::sampled},
                         {.seed = 1});
  service.join(0, 64, 0s);
  constexpr int kLooks = 20'000;
  ServiceUse use;
  double before = 0, sum = 0, squares = 0;
  for (int i = 1; i <= kLooks; ++i) {
    service.see(Seconds{i * kLook}, Seconds{(kLooks + 1) * kLook}, {.requests = asks}, use);
    const double busy = use.total.busy - before;
    before = use.total.busy;
    sum += busy, squares += busy * busy;
  }
  const double mean = sum / kLooks;
  CHECK(mean == Approx(n * kMean).epsilon(0.005));
  CHECK(squares / kLooks - mean * mean == Approx(2 * n * kMean * kMean).epsilon(0.05));
  CHECK(use.total.requests == Approx(n * kLooks).epsilon(0.005));
}

TEST_CASE("between windows busy slots swing as those of M/G/inf", "[fidelity]") {
  // 1.15 requests a second of 15 s, looked at every second. Over a window w the mean of busy slots has the
  // variance rate S^2 (w - S / 3) / w^2, w >= S; their correlation falls here as exp(-2 t / S), which gives
  // rate S^2 (w - S / 2 (1 - exp(-2 w / S))) / w^2: 9.8 where S = w = 15 s (exact: 11.5), 3.8 at 60 s (4.0).
  // Counted when it comes, the work of a window of 15 s would vary by rate S^2 / w = 17.3.
  const auto variance = [](int window) {
    RequestService service({.rules = {.service_time = constant(15)},
                            .demand = RateCurve::constant(1.15),
                            .fidelity = Fidelity::sampled},
                           {.seed = 1});
    for (Pod pod = 0; pod < 4; ++pod) service.join(pod, 32, 0s);
    constexpr int kLooks = 120'000;
    ServiceUse use;
    double before = 0, sum = 0, squares = 0;
    int windows = 0;
    for (int i = 1; i <= kLooks; ++i) {
      service.see(i * 1s, (kLooks + 1) * 1s, {.requests = true}, use);
      if (i % window != 0) continue;
      const double busy = (use.total.busy - before) / window;
      before = use.total.busy;
      if (i < 600) continue;  // it begins empty
      sum += busy, squares += busy * busy, ++windows;
    }
    return squares / windows - sum / windows * sum / windows;
  };
  CHECK(variance(15) == Approx(9.79).epsilon(0.1));
  CHECK(variance(60) == Approx(3.77).epsilon(0.12));
}

TEST_CASE("between windows waits at pods are those of two choices", "[fidelity]") {
  // 125 a second of exponential 23.7 ms on 8 pods of one slot: a wait of 0.19 services each, where one queue
  // for all would have none.
  const auto mean_wait = [](Fidelity fidelity) {
    RequestService service(
        {.rules = {.service_time = exponential(0.0237),
                   .dispatching = BalancerRules{.balancing = Balancing::choices}},
         .demand = RateCurve::constant(125),
         .fidelity = fidelity},
        {.seed = 1});
    for (Pod pod = 0; pod < 8; ++pod) service.join(pod, 1, 0s);
    ServiceUse use;
    for (int i = 1; i < 120; ++i) service.see(i * 30s, 3600s, {.waiting = true}, use);
    return use.total.waiting / use.total.requests;
  };
  const double exact = mean_wait(Fidelity::request);
  CHECK(exact == Approx(0.19 * 0.0237).epsilon(0.05));
  CHECK(mean_wait(Fidelity::sampled) == Approx(exact).epsilon(0.12));
}

TEST_CASE("service times without a variance are looked at whole", "[fidelity]") {
  const auto whole = [](double shape, int pods) {
    RequestService service({.rules = {.service_time = log_logistic(0.04, shape)},
                            .demand = RateCurve::constant(40),
                            .fidelity = Fidelity::automatic},
                           {.seed = 1});
    for (int pod = 0; pod < pods; ++pod) service.join(static_cast<Pod>(pod), 1, 0s);
    service.advance(3600s);
    return service.take().looked_at[static_cast<std::size_t>(Look::whole)];
  };
  CHECK(whole(2.5, 80) == 0s);
  CHECK(whole(2, 80) == 3600s);
  CHECK(whole(1.5, 80) == 3600s);
}

TEST_CASE("without a pod requests wait, and are served when one comes", "[fidelity]") {
  RequestService service({.rules = {.service_time = constant(0.01)},
                          .demand = RateCurve::constant(20),
                          .slo_latency = 1s},
                         {.seed = 1});
  service.advance(60s);
  service.join(0, 4, 60s);
  service.advance(120s);
  const RequestOutcome outcome = service.take();
  CHECK(outcome.overloaded == 60s);
  CHECK(outcome.latency.count() == Approx(outcome.requests).epsilon(0.001));
  CHECK(outcome.latency.max() == Approx(60).margin(1));
  // Those of the first 60 s, but those of the last second and of the backlog's tail, were too late.
  CHECK(outcome.good / outcome.requests == Approx(61 / 120.0).margin(0.05));
}

TEST_CASE("a trace is served request by request", "[fidelity]") {
  // Ten at once every minute, one slot, 1 s each: latencies 1 to 10 s, half of them within 5.5 s.
  std::vector<double> times;
  for (int minute = 0; minute < 30; ++minute)
    for (int i = 0; i < 10; ++i) times.push_back(60.0 * minute);
  RequestService service({.rules = {.service_time = constant(1)},
                          .demand = RateCurve::steps({0s, 1800s}, {10 / 60.0}),
                          .trace = times,
                          .slo_latency = 5500ms},
                         {.seed = 1});
  service.join(0, 1, 0s);
  for (Seconds now{300}; now <= 1800s; now += 300s) service.advance(now);
  const RequestOutcome outcome = service.take();
  CHECK(outcome.requests == 300);
  CHECK(outcome.latency.mean() == Approx(5.5).epsilon(0.005));
  CHECK(outcome.good == Approx(150));
  CHECK(outcome.looked_at[static_cast<std::size_t>(Look::whole)] == 1800s);
}

TEST_CASE("fluid is somebody else's", "[fidelity]") {
  CHECK_THROWS_WITH(
      RequestService({.rules = {.service_time = constant(1)}, .fidelity = Fidelity::fluid}, {}),
      "fluid serving looks at no requests");
}

TEST_CASE("after pods change by more than a tenth every request is looked at until the queue has forgotten",
          "[fidelity]") {
  // 40 % busy, blind draws to pods of one slot: memories of 0.1 s (1 + 2 / (2 x 0.36)) = 0.38 s, thirty are 11 s.
  const auto whole_after = [](int pods, int more) {
    RequestServiceSettings settings{.rules = {.service_time = exponential(0.1),
                                              .dispatching = BalancerRules{.balancing = Balancing::random},
                                              .queue = {}},
                                    .demand = RateCurve::constant(4.0 * (pods + more))};
    RequestService service(std::move(settings), {.seed = 2});
    for (Pod pod = 0; pod < Pod(pods); ++pod) service.join(pod, 1, 0s);
    service.advance(600s);
    service.take();
    for (Pod pod = Pod(pods); pod < Pod(pods + more); ++pod) service.join(pod, 1, 600s);
    service.advance(610s);
    return service.take().looked_at[static_cast<std::size_t>(Look::whole)];
  };
  CHECK(whole_after(6, 3) == 10s);
  CHECK(whole_after(30, 1) == 0s);
}

}  // namespace
}  // namespace berth::serving
