// The small things a simulation does millions of times, one by one: draws, samples, histograms, the
// meter, an Outcome through the pipe's format, a child process, a fit.
//
//   kernels_bench [--benchmark_filter=meter]
#include <benchmark/benchmark.h>

#include "models/billing/meter.h"
#include "models/fit.h"
#include "models/histogram.h"
#include "models/random_stream.h"
#include "sim/child_pool.h"
#include "sim/wire.h"

namespace berth {
namespace {

void stream_and_first_draw(benchmark::State& state) {
  std::uint64_t entity = 0;
  for (auto _ : state) {
    RandomStream stream(1, 0, Purpose::launch, ++entity);
    benchmark::DoNotOptimize(stream.uniform());
  }
}
BENCHMARK(stream_and_first_draw);

void sample_law(benchmark::State& state, const Distribution& law) {
  RandomStream stream(1, 0, Purpose::launch, 1);
  for (auto _ : state) benchmark::DoNotOptimize(sample(law, stream));
}
BENCHMARK_CAPTURE(sample_law, lognormal, lognormal_from_median_p95(90, 240));
BENCHMARK_CAPTURE(sample_law, gamma, gamma_from_mean_cv(3, 0.5));
BENCHMARK_CAPTURE(sample_law, mixture,
                  mixture({{98, lognormal(4.58, 0.30)}, {2, lognormal(6.68, 0.13)}}));

void histogram_record(benchmark::State& state) {
  RandomStream stream(1, 0, Purpose::service, 1);
  std::vector<double> values(4096);
  for (double& value : values) value = quantile(lognormal(-4, 1), stream.uniform());
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[++i % values.size()]);
}
BENCHMARK(histogram_record);

// Jobs of ten minutes, one a second, over a day.
UsageRecord held(std::int64_t i) {
  const Seconds from{static_cast<double>(i % 86'400)};
  return {.kind = UsageKind::sagemaker_training,
          .type = TypeId{static_cast<std::int32_t>(i % 8)},
          .holder = Holder::of(TrainingId{static_cast<std::int32_t>(i % 50)}),
          .from = from,
          .to = from + 600s};
}
void meter_add(benchmark::State& state) {
  Meter meter(0s, kDay);
  std::int64_t i = 0;
  for (auto _ : state) meter.add(held(++i));
}
BENCHMARK(meter_add);
void meter_add_share(benchmark::State& state) {
  Meter meter(0s, kDay);
  std::int64_t i = 0;
  for (auto _ : state) {
    UsageRecord record = held(++i);
    record.kind = UsageKind::ec2_on_demand;
    meter.add_share(record, 0.25);
  }
}
BENCHMARK(meter_add_share);

// About what a day of a platform with 12 classes and 28 services gives.
Outcome day_of_a_platform() {
  Outcome outcome;
  outcome.training.resize(12);
  RandomStream stream(1, 0, Purpose::training, 1);
  for (TrainingOutcome& training : outcome.training)
    for (int i = 0; i < 500; ++i) {
      for (Histogram& phase : training.phases) phase.record(600 * stream.uniform());
      training.start_latency.record(600 * stream.uniform());
      training.turnaround.record(6000 * stream.uniform());
    }
  outcome.services.resize(28);
  for (ServiceOutcome& service : outcome.services) {
    for (int i = 0; i < 2000; ++i) service.latency.record(0.1 * stream.uniform(), 1e4);
    service.slices.resize(288);
  }
  outcome.bill.lines.resize(100);
  return outcome;
}
void outcome_there_and_back(benchmark::State& state) {
  const Outcome outcome = day_of_a_platform();
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string sent = encode(outcome);
    bytes += sent.size();
    benchmark::DoNotOptimize(decode(sent));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(outcome_there_and_back);

void child_process(benchmark::State& state) {
  for (auto _ : state) run_in_children(1, [](std::size_t) { return std::string(); }, {});
}
BENCHMARK(child_process)->UseRealTime();

void fit_launches(benchmark::State& state) {
  RandomStream stream(1, 0, Purpose::launch, 1);
  const Distribution law = mixture({{98, lognormal(4.58, 0.30)}, {2, lognormal(6.68, 0.13)}});
  std::vector<Observation> observed;
  for (std::int64_t i = 0; i < state.range(0); ++i) observed.push_back({sample(law, stream)});
  for (auto _ : state) benchmark::DoNotOptimize(fit_duration(observed));
}
BENCHMARK(fit_launches)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace berth

BENCHMARK_MAIN();
