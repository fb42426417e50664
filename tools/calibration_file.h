// Calibrations as files, and logged jobs as what is calibrated: `berth calibrate`, `berth backtest`.
//
//   schema: berth/calibration/1
//   laws:
//     - {phase: launch, scope: cpu, year: 2022, ...}      seconds; every law with the days of its
//                                                         first and last job, intervals and grade
//   refused:                                              groups with too few observations
//
// Phases of a job: launch (creation to "Downloading", jobs with one instance), data, image, billed
// ("Downloading" to "Training": what is paid before the algorithm runs) and ready (creation to
// "Training"). Jobs that took over instances are left out: their launch is another thing.
//
// Written numbers read back as the same doubles. Reading is strict: all mistakes at once, with
// positions. Keys that only inform (intervals, grade) are not read.
// Tested by tests/tools/calibration_file_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/calibration.h"
#include "tools/job_history.h"

namespace berth {

// Takes jobs that cannot be calibrated out of the history and counts them by reason.
void keep_calibratable(JobHistory& history);

std::vector<TimedPhase> timed_phases(std::span<const LoggedJob> jobs);

std::string write_calibration(const Calibration& calibration);
// nullopt exactly when there is an error among the issues.
std::optional<Calibration> read_calibration(std::string_view text, const std::string& file,
                                            std::vector<Issue>& issues);

// What was used, what was not and why, for people.
std::string summary(const JobHistory& history);

}  // namespace berth
