// Answers of DescribeTrainingJob: JSON, in any of the arrangements job_history.h names. Kubernetes
// objects among them are handed on. Tested by tests/tools/job_history_test.cpp.
#pragma once

#include "tools/job_collector.h"

namespace berth {

void read_described_jobs(const HistoryInput& input, JobCollector& collector);

}  // namespace berth
