// SageMaker training jobs as they were logged, from these kinds of files:
//   * a phase log (CSV): job_start_utc, instance_type, t_downloading_data, ... seconds after start;
//   * DescribeTrainingJob answers (JSON): one object, an array, objects one after the other or one
//     a line, or any object that holds them ({"TrainingJobs": [...]});
//   * Kubernetes objects (JSON; tools/kubernetes_history.h), alone or among the answers;
//   * time stamps in them as ISO 8601 or as seconds since 1970.
//
// What a record means is decided here (which status begins which phase, what is a lower bound);
// nothing is fitted. Records that cannot be trusted are left out and counted by reason: phases out
// of order, times before the creation, doubles, unknown types. A file that breaks off in the middle
// gives the jobs before the break.
//
// Left out: ListTrainingJobs (it names neither instance types nor phases), attempts after the
// first. Tested by tests/tools/job_history_test.cpp.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/platform_startup.h"
#include "scenarios/issue.h"
#include "tools/kubernetes_history.h"

namespace berth {

struct HistoryInput {
  std::string name;  // for messages
  std::istream* text = nullptr;
};

// How long the parts of a job's start took. Absent: the log does not tell.
struct LoggedJob {
  std::string key;                         // tells two jobs apart
  std::optional<Accelerator> accelerator;  // absent when the type is not named
  std::string family;                      // "m5" of "ml.m5.xlarge"; "" when the type is not named
  double created_s = 0;                    // since 1970
  int year = 0;                            // of the creation, UTC
  int instances = 1;
  std::optional<double> launch_s;  // creation -> "Downloading"
  std::optional<double> waited_s;  // ended or broke off before the launch was over
  std::optional<double> data_s;    // the data step
  std::optional<double> image_s;   // the image step
  std::optional<double> ready_s;   // creation -> "Training"
  bool capacity_wait = false;      // SageMaker said that it had no capacity
  bool warm = false;               // took over another job's instances
};

struct JobHistory {
  std::vector<LoggedJob> jobs;                   // by creation, then key
  std::int64_t records = 0;                      // jobs found in the files, used or not
  std::map<std::string, std::int64_t> left_out;  // reason -> how many records
  KubernetesFacts kubernetes;                    // of Kubernetes objects among the files
  std::vector<Issue> issues;                     // errors: a file nothing could be read from
};

JobHistory read_job_history(std::span<const HistoryInput> inputs);

// CPU or GPU (any accelerator) by the type's name, "ml.g5.xlarge"; absent when it is no such name.
std::optional<Accelerator> accelerator_of(std::string_view instance_type);

// "2026-08-01T01:01:03.120000+00:00", "...Z", without zone (UTC): seconds since 1970.
std::optional<double> parse_time(std::string_view text);
int year_of(double since_1970);

}  // namespace berth
