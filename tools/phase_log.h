// A phase log: CSV with a header, a row a job, in which each phase is seconds after the job's start.
// What the columns mean is said in job_history.h. Tested by tests/tools/job_history_test.cpp.
#pragma once

#include "tools/job_collector.h"

namespace berth {

void read_phase_log(const HistoryInput& input, JobCollector& collector);

}  // namespace berth
