// A history of SageMaker training jobs to start-up laws a scenario can use: `berth import sagemaker`.
//
// The result is an overlay in the scenario language, with laws for CPU and GPU types apart:
//   platforms.NAME.launch            creation -> "Downloading" of an instance
//   platforms.NAME.capacity_errors   0 where the launches above contain the waits for capacity;
//                                    otherwise the share p of jobs that met one, and (1-p) times
//                                    their extra wait: a scenario repeats it 1/(1-p) times
//   platforms.NAME.data_overhead     the data step
//   platforms.NAME.warm_start        creation -> "Downloading" of jobs that reused instances
// and comments with what the image step took, for comparison: Berth computes that step from image
// sizes. Laws are fitted by maximum likelihood (models/fit.h); with fewer than 20 whole observations
// a law is not fitted and the count is named.
//
// The data step contains the transfer of the jobs' own data: with large inputs, data_overhead is an
// upper bound. Launches are those of jobs with one instance: a group waits for its slowest, and a
// scenario makes that maximum itself.
//
// Tested by tests/tools/import_sagemaker_test.cpp; what a record means: tools/job_history.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/fit.h"
#include "tools/job_history.h"

namespace berth {

inline constexpr std::size_t kLeastObservations = 20;

struct SagemakerImportOptions {
  std::optional<int> from_year;        // jobs created earlier are left out
  std::string platform = "sagemaker";  // its name in the scenario
};

struct StartupFit {
  std::string what;              // "launch on CPU instances"
  std::size_t observations = 0;  // whole ones
  std::size_t lower_bounds = 0;  // jobs that gave up before it was over
  std::size_t instant = 0;       // of 0 s; not in the law
  std::optional<Fit> fit;        // absent: too few observations
  double distance = 0;           // of the law to the observations (models/fit.h)
};

struct SagemakerImport {
  std::string overlay;           // YAML; empty when nothing could be fitted or a file was no history
  std::vector<StartupFit> fits;  // all that were tried
  JobHistory history;            // the jobs used, what was left out and why
};

SagemakerImport import_sagemaker(std::span<const HistoryInput> inputs,
                                 const SagemakerImportOptions& options = {});

// What was used, what was not and why, for people.
std::string summary(const SagemakerImport& result);

}  // namespace berth
