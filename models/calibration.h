// Logged start-ups to laws by phase, class, year and instance family, each leaning on its relatives
// as far as the log itself says that relatives are alike; and which law a later job gets.
//
//   ln X = centre(year) + offset(family) + spread(year) * residual     one model a phase and class
//
//   centre    a random walk over the years, step variance t^2 a year    platforms get faster
//   offset    N(0, f^2) over instance families
//   t^2, f^2  against the variance within a cell: by restricted maximum likelihood, on a grid
//   spread^2  scaled inverse chi-square over years; its degrees of freedom by marginal likelihood
//   residual  one normal law or a mixture of two, by BIC (models/fit.h): a lognormal for X
//
// Centres and offsets are the posterior means (a ridge regression, Eigen), made robust by Huber's
// weights (k = 1.345) on residuals, so a 40-minute outlier moves no median; it stays in the
// residual law, where it belongs. A year or family with many jobs keeps its own mean, one with few
// is drawn towards its neighbours. A lower bound (stopped while waiting) enters as what it is
// expected to be.
//
// A class (accelerator or none) with fewer than `least` whole observations of a phase is refused; a
// family with fewer than a quarter of that gets its class's law, and is listed.
//
//   intervals  95 %, posterior, of every centre and offset
//   grade      by how well a year's median is known: A +-5 %, B +-10 %, C +-20 %, D worse; one worse
//              when the residual law is further than 0.10 from its sample (Kolmogorov-Smirnov)
//
// A job gets the newest year of its class that is not after its own, or the earliest; and its
// family's offset, or none. Durations of 0 s (below a clock's step) are counted and not fitted. Of
// more than 2,000 residuals, 2,000 evenly spaced ones by size are fitted: a quantile moves by less
// than 1/4,000 of rank, far less than its interval.
//
// Left out: trends beyond the log, years in which one family changed and the others did not,
// dependence between phases of one job, regions.
// Tested by tests/models/calibration_test.cpp.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/fit.h"
#include "models/platform_startup.h"

namespace berth {

// Of a SageMaker job: launch to ready. Of Kubernetes: a node from its request to Ready, a pod starts
// (without pulls), an image is pulled, a node from its registration to Ready.
enum class StartupPhase { launch, data, image, billed, ready, node, pod, pull, join };
inline constexpr int kStartupPhases = 9;
std::string_view name_of(StartupPhase phase);
std::optional<StartupPhase> startup_phase(std::string_view name);

// One phase of one job.
struct TimedPhase {
  StartupPhase phase = StartupPhase::launch;
  std::string family;
  Accelerator accelerator = Accelerator::none;
  int year = 0;
  double created_s = 0;            // of the job, since 1970
  double seconds = 0;              // not negative
  bool at_least = false;           // ended before it was over
  std::optional<std::size_t> job;  // tells two jobs apart; absent: one that is met once
};

std::string_view class_name(Accelerator accelerator);  // "cpu" or "gpu"

struct CalibratedYear {
  int year = 0;
  double centre = 0, low = 0, high = 0;  // of ln seconds; 95 %
  double spread = 1;
  std::size_t observations = 0;  // whole ones of this year
};

struct CalibratedFamily {
  std::string family;
  double offset = 0, low = 0, high = 0;  // to ln seconds; 95 %
  std::size_t observations = 0;
};

struct CalibratedPhase {
  StartupPhase phase = StartupPhase::launch;
  Accelerator accelerator = Accelerator::none;
  std::vector<LognormalComponent> residual;
  std::vector<CalibratedYear> years;                           // ascending, at least one
  std::vector<CalibratedFamily> families;                      // by name
  double within = 0, between_years = 0, between_families = 0;  // standard deviations of ln seconds
  std::size_t observations = 0;                                // whole ones
  std::size_t lower_bounds = 0;
  std::size_t instant = 0;         // of 0 s, not in the laws
  double distance = 0;             // of the residual law to its sample (models/fit.h)
  double first_s = 0, last_s = 0;  // creation of the oldest and the newest job, since 1970
};

struct RefusedGroup {
  StartupPhase phase = StartupPhase::launch;
  std::string scope;  // "cpu", "gpu" or a family
  std::size_t observations = 0;
};

struct Calibration {
  std::vector<CalibratedPhase> phases;  // by phase, class
  std::vector<RefusedGroup> refused;    // by phase, class, the class before its families
};

inline constexpr std::size_t kLeastCalibrated = 20;
inline constexpr std::size_t kMostFitted = 2000;

Calibration calibrate(std::span<const TimedPhase> phases, std::size_t least = kLeastCalibrated);

char grade(const CalibratedPhase& phase, const CalibratedYear& year);

// Positions in a calibration; without a family, the class's law.
struct ChosenLaw {
  std::size_t phase = 0, year = 0;
  std::optional<std::size_t> family;
  auto operator<=>(const ChosenLaw&) const = default;
};
// Absent when the phase and class are not calibrated.
std::optional<ChosenLaw> law_for(const Calibration& calibration, const TimedPhase& job);

std::vector<LognormalComponent> components_of(const Calibration& calibration,
                                              const ChosenLaw& chosen);
Distribution distribution_of(const Calibration& calibration, const ChosenLaw& chosen);

}  // namespace berth
