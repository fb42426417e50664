#include "bench/measured.h"

#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>

#include "sim/child_pool.h"

namespace berth {
namespace {

double seconds(timeval t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

Measured measure(const std::function<Counted()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const Counted counted = work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {took.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024, counted.count, counted.events};
}

Measured measure_in_child(const std::function<Counted()>& work) {
  Measured measured;
  const auto in_child = [&](std::size_t) {
    const Measured m = measure(work);
    return std::string(reinterpret_cast<const char*>(&m), sizeof m);
  };
  const auto take = [&](std::size_t, const ChildResult& result) {
    if (const auto* failed = std::get_if<ChildFailed>(&result))
      throw std::runtime_error(failed->reason);
    std::memcpy(&measured, std::get<std::string>(result).data(), sizeof measured);
  };
  run_in_children(1, in_child, {.finished = take});
  return measured;
}

}  // namespace

Measured quickest(int runs, const std::function<Counted()>& work) {
  Measured best = measure_in_child(work);
  for (int i = 1; i < runs; ++i) {
    const Measured again = measure_in_child(work);
    if (again.cpu_s < best.cpu_s) best = again;
  }
  return best;
}

}  // namespace berth
