// What one request costs, by what stands between requests and pods: nanoseconds per request, draws,
// queue and recording included.
//
//   requests_bench [--benchmark_filter=central]
//
// Service times are lognormal with a cv of 1, utilisation 0.9 unless said otherwise; pods stay.
// random_bits and heap_push_pop are this machine's floor: what a random number and a heap of 1,000
// cost. mm16_2m is the queue that simulators are compared by: M/M/16, 2 million customers.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "sim/serving/request_service.h"

namespace berth::serving {
namespace {

constexpr double kRequests = 1e6;

RequestEngine engine_of(double rate, const ServiceRules& rules, int pods, int slots) {
  const StreamKey key{.seed = 1};
  RequestEngine engine(rules,
                       std::make_unique<PoissonArrivals>(RateCurve::constant(rate), 0,
                                                         request_stream(key, Purpose::arrival, 0)),
                       key);
  for (Pod pod = 0; pod < pods; ++pod) engine.join(pod, slots, 0);
  return engine;
}

void run(benchmark::State& state, const ServiceRules& rules, int pods, int slots,
         double utilisation = 0.9) {
  const double rate = utilisation * pods * slots / mean(rules.service_time);
  RequestEngine engine = engine_of(rate, rules, pods, slots);
  engine.advance(kRequests / rate / 10);
  const auto before = engine.counts().arrived;
  for (auto _ : state) engine.advance(engine.now() + kRequests / rate);
  const auto requests = static_cast<double>(engine.counts().arrived - before);
  state.counters["per_request"] =
      benchmark::Counter(requests, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

ServiceRules lognormal_service(Dispatching dispatching) {
  return {.service_time = lognormal_from_mean_cv(0.05, 1), .dispatching = dispatching};
}

void central(benchmark::State& state) {
  run(state, lognormal_service(Kernel::fastest), static_cast<int>(state.range(0)), 1);
}
BENCHMARK(central)->Arg(4)->Arg(16)->Arg(64)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);

void central_lazy(benchmark::State& state) {
  run(state, lognormal_service(Kernel::lazy), static_cast<int>(state.range(0)), 1);
}
BENCHMARK(central_lazy)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond);

void per_pod(benchmark::State& state, Balancing balancing) {
  run(state, lognormal_service(BalancerRules{.balancing = balancing}),
      static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
}
BENCHMARK_CAPTURE(per_pod, random, Balancing::random)
    ->Args({256, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(per_pod, round_robin, Balancing::round_robin)
    ->Args({256, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(per_pod, two_choices_by_work, Balancing::choices_by_work)
    ->Args({256, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(per_pod, two_choices, Balancing::choices)
    ->Args({256, 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(per_pod, least_outstanding, Balancing::least_outstanding)
    ->Args({256, 4})
    ->Unit(benchmark::kMillisecond);

// Twice what four pods can serve, queues full to their limit, an autoscaler's look every 15 s: a request
// of an overload, most of which are turned away.
void overload(benchmark::State& state, Dispatching dispatching) {
  // 4 pods x 2 slots / 50 ms: 160 a second.
  RequestEngine engine = engine_of(320, lognormal_service(dispatching), 4, 2);
  double now = 10'000;
  engine.advance(now);
  const auto before = engine.counts().arrived;
  std::vector<Dispatcher::PodUse> uses;
  for (auto _ : state) {
    engine.advance(now += 15);
    uses.clear();
    engine.dispatcher().add_use(now, uses);
    benchmark::DoNotOptimize(engine.waited() + double(engine.dispatcher().in_system(now)));
  }
  state.counters["per_request"] =
      benchmark::Counter(static_cast<double>(engine.counts().arrived - before),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(overload, central, Kernel::fastest);
BENCHMARK_CAPTURE(overload, random, BalancerRules{.balancing = Balancing::random});
BENCHMARK_CAPTURE(overload, least_outstanding, BalancerRules{});
BENCHMARK_CAPTURE(overload, two_choices, BalancerRules{.balancing = Balancing::choices});

void batches(benchmark::State& state) {
  const BatchRules rules{.max_batch = 16, .fixed = 0.02, .per_item = 0.001};
  RequestEngine engine = engine_of(200, {.service_time = constant(1), .dispatching = rules}, 1, 1);
  const auto before = engine.counts().arrived;
  for (auto _ : state) engine.advance(engine.now() + kRequests / 200);
  state.counters["per_request"] =
      benchmark::Counter(static_cast<double>(engine.counts().arrived - before),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(batches)->Unit(benchmark::kMillisecond);

void mm16_2m(benchmark::State& state) {
  for (auto _ : state) {
    RequestEngine engine = engine_of(0.9 * 16, {.service_time = exponential(1)}, 16, 1);
    engine.advance(2e6 / (0.9 * 16));
    benchmark::DoNotOptimize(engine.counts().waits.mean());
  }
}
BENCHMARK(mm16_2m)->Unit(benchmark::kMillisecond);

// A day of one service of 28 that share 500 million predictions: 207 requests a second on average,
// swinging by half, pods scaled every five minutes to 80 % of use.
void day_of_a_service(benchmark::State& state, Fidelity fidelity) {
  const RateCurve demand = RateCurve::lines({0s, kDay / 2, kDay}, {103, 310, 103}, true);
  double requests = 0;
  for (auto _ : state) {
    RequestService service({.rules = lognormal_service(Kernel::fastest),
                            .demand = demand,
                            .fidelity = fidelity,
                            .slo_latency = 250ms},
                           {.seed = 1});
    int pods = 0;
    for (Seconds now{0}; now < kDay; now += 300s) {
      const auto wanted = static_cast<int>(std::ceil(demand.rate_at(now) * 0.05 / 0.8));
      for (; pods < wanted; ++pods) service.join(pods, 1, now);
      while (pods > wanted) service.drain(--pods, now, 30s);
      service.advance(now + 300s);
    }
    const RequestOutcome outcome = service.take();
    benchmark::DoNotOptimize(outcome.latency.quantile(0.99));
    requests += outcome.requests;
  }
  state.counters["per_request"] =
      benchmark::Counter(requests, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(day_of_a_service, request, Fidelity::request)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(day_of_a_service, sampled, Fidelity::sampled)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(day_of_a_service, auto, Fidelity::automatic) -> Unit(benchmark::kMillisecond);

// A service with next to nothing to do, looked at every 15 s: what looking costs. (A look is only
// needed where pods change or a slice ends.)
void quiet_looks(benchmark::State& state) {
  RequestService service(
      {.rules = lognormal_service(Kernel::fastest), .demand = RateCurve::constant(0.01)},
      {.seed = 1});
  service.join(0, 4, 0s);
  Seconds now{0};
  for (auto _ : state) service.advance(now += 15s);
}
BENCHMARK(quiet_looks);

void random_bits(benchmark::State& state) {
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  for (auto _ : state) benchmark::DoNotOptimize(random.bits());
}
BENCHMARK(random_bits);

void heap_push_pop(benchmark::State& state) {
  FastRandom random(RandomStream(1, 0, Purpose::service, 0));
  std::vector<double> heap(1000);
  for (double& date : heap) date = random.uniform();
  std::ranges::make_heap(heap, std::greater{});
  for (auto _ : state) {
    std::ranges::pop_heap(heap, std::greater{});
    heap.back() += random.uniform();
    std::ranges::push_heap(heap, std::greater{});
  }
}
BENCHMARK(heap_push_pop);

}  // namespace
}  // namespace berth::serving

BENCHMARK_MAIN();
