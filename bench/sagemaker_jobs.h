// A Scenario of many short training jobs on SageMaker, every one through all phases: throttle,
// quota, launch, data, a lazily loaded (SOCI) image of 34 layers, container, first reads, init, run,
// upload. The rate is constant, so ten times the jobs take ten times the days.
#pragma once

#include <optional>

#include "models/scenario.h"

namespace berth {

struct JobLoad {
  double jobs = 1000;
  double jobs_per_day = 10'000;
  // All downloads share a link this wide, as flows of SimGrid's; otherwise each has its own way.
  std::optional<BytesPerSecond> shared_link;
};

Scenario sagemaker_jobs(const JobLoad& load);

}  // namespace berth
