// One training job through SageMaker with all phases and SOCI: microseconds a job and peak memory,
// from 1,000 to 1,000,000 jobs. Budget: 15 us, 500 MB at a million, linear (docs/performance.md).
//
//   jobs_bench [LARGEST] [JOBS_PER_DAY] [SHARED_GBIT_PER_S]      default 1000000 10000, no link
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/measured.h"
#include "bench/sagemaker_jobs.h"
#include "sim/replication.h"

namespace {

berth::Counted simulate(const berth::JobLoad& load) {
  const berth::Scenario scenario = berth::sagemaker_jobs(load);
  const berth::Outcome outcome =
      berth::run_replication(scenario, scenario.placements[0], {.seed = 1});
  return {static_cast<double>(outcome.training[0].submitted), static_cast<double>(outcome.events)};
}

}  // namespace

int main(int argc, char** argv) {
  const double largest = argc > 1 ? std::atof(argv[1]) : 1e6;
  berth::JobLoad load;
  if (argc > 2) load.jobs_per_day = std::atof(argv[2]);
  if (argc > 3) load.shared_link = berth::gigabits_per_second(std::atof(argv[3]));
  std::printf("%10s %10s %12s %10s %12s\n", "jobs", "us/job", "events/job", "CPU s", "peak MiB");
  for (load.jobs = std::min(1000.0, largest); load.jobs <= largest; load.jobs *= 10) {
    const berth::Measured m = berth::quickest(3, [&] { return simulate(load); });
    std::printf("%10.0f %10.2f %12.1f %10.2f %12.1f\n", m.count, 1e6 * m.cpu_s / m.count,
                m.events / m.count, m.cpu_s, m.peak_mib);
    std::fflush(stdout);
  }
}
