// Pieces of the overlays that importers write: days, names as keys, and jobs that are left out.
// Tested by tests/tools/calibration_file_test.cpp and import_sagemaker_test.cpp.
#pragma once

#include <functional>
#include <string>

#include "tools/job_history.h"

namespace berth {

// "2026-11-28", of seconds since 1970 (UTC).
std::string day_text(double since_1970);

// A name as a YAML key: quoted unless it is plain.
std::string key_text(const std::string& name);

// Takes jobs out of the history, and counts them under the reason.
void leave_out(JobHistory& history, const std::string& reason,
               const std::function<bool(const LoggedJob&)>& unwanted);

}  // namespace berth
