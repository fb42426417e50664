// Replications on one worker process and on all cores: how much of the cores the pool uses. Budget:
// an efficiency of 0.9 on two cores (docs/performance.md).
//
//   workers_bench SCENARIO [REPLICATIONS] [WORKERS]      default 16 replications, all cores
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "scenarios/read_scenario.h"
#include "sim/replicate.h"

namespace {

// The quickest of three.
double seconds_with(const berth::Scenario& scenario, int replications, int workers) {
  double best = 1e300;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto placements = std::span(scenario.placements).first(1);
    const berth::Replicated done = berth::replicate(
        scenario, placements, {.replications = replications, .workers = workers});
    if (!done.failures.empty()) throw std::runtime_error(done.failures[0].reason);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: workers_bench SCENARIO [REPLICATIONS] [WORKERS]\n", 2;
  const berth::Loaded loaded = berth::load_scenario(argv[1]);
  if (!loaded.scenario) return std::cerr << render_issues(loaded), 2;
  const int replications = argc > 2 ? std::atoi(argv[2]) : 16;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int workers = argc > 3 ? std::atoi(argv[3]) : cores;
  const double alone = seconds_with(*loaded.scenario, replications, 1);
  const double shared = seconds_with(*loaded.scenario, replications, workers);
  std::printf("%d replications: 1 worker %.3f s, %d workers %.3f s, efficiency %.2f\n", replications,
              alone, workers, shared, alone / shared / workers);
}
