// Calibrations as files, and logged jobs as what is calibrated: `berth calibrate`, `berth backtest`.
//
// A calibration is a scenario overlay: `berth simulate SCENARIO --overlay FILE`, or FILE in `extends`. Its
// laws replace those of the scenario.
//
//   platforms:
//     sagemaker:                       the platform's name, an option of `berth calibrate`
//       launch: {cpu: .., gpu: ..}     laws of the newest year with 5 jobs; they contain waits, so
//       capacity_errors: {cpu: 0%}     these are not drawn on top
//       launch_by_family: {g5: ..}     of families with an offset of their own
//       data_overhead: {cpu: ..}
//     eks:                             likewise, of Kubernetes objects
//       node_boot: {cpu: ..}           only where NodeClaims say when a node was asked for
//       pod_overhead: ..               one law, of the class with more pods; the comment says which
//       inflate: ..                    of pulls with a size: what bounds them is laid on unpacking
//   x-calibration:                     what `berth backtest --calibration` reads
//     schema: berth/calibration/2
//     phases: [{phase: launch, class: cpu, ..}]   ln seconds; with days of the first and last job
//     refused: []                                 groups with too few observations
//     pulls: {..}                                 fixed time and rate of image pulls
//
// A pull's rate is bytes compressed a second, whatever bounded it: downloads, one stream of unpacking, the
// disk. Layers are unpacked one after the other, so a rate laid on unpacking (times the unpacked bytes
// a compressed one makes in a synthesised image) gives whole pulls the log's times, unless the
// scenario's network or disk is slower. SageMaker's image step is told and not laid over: a log has
// no image sizes.
//
// Phases of a job: launch (creation to "Downloading", jobs with one instance), data, image, billed
// ("Downloading" to "Training": what is paid before the algorithm runs) and ready (creation to
// "Training"). Jobs that took over instances are left out: their launch is another thing.
//
// Written numbers read back as the same doubles. Reading is strict: all mistakes at once, with
// positions. Keys that only inform (grades, variances) are not read.
// Tested by tests/tools/calibration_file_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/backtest.h"
#include "tools/job_history.h"

namespace berth {

// Takes jobs that cannot be calibrated out of the history and counts them by reason.
void keep_calibratable(JobHistory& history);

std::vector<TimedPhase> timed_phases(std::span<const LoggedJob> jobs);
// Of jobs and of Kubernetes objects.
std::vector<TimedPhase> timed_phases(const JobHistory& history);

// What a backtest holds back as a whole: a job with its phases, or one phase of Kubernetes.
struct Units {
  std::vector<SplitJob> what;  // by creation
  std::vector<std::vector<TimedPhase>> phases;
  std::vector<TimedPhase> of(std::span<const std::size_t> which) const;
};
Units units_of(const JobHistory& history);

// Whose laws the overlay sets.
struct OverlayNames {
  std::string sagemaker = "sagemaker", cluster = "eks";
};
std::string write_calibration(const Calibration& calibration, const OverlayNames& names = {},
                              const PullFit& pulls = {});
// nullopt exactly when there is an error among the issues.
std::optional<Calibration> read_calibration(std::string_view text, const std::string& file,
                                            std::vector<Issue>& issues);

// What was used, what was not and why, for people.
std::string summary(const JobHistory& history);

}  // namespace berth
