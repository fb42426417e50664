// Logged start-ups to laws by group, with what each law is worth; and which law a later job gets.
//
// A group is one phase of one scope in one year. Scopes: an instance family ("m5"), and all families
// with or without an accelerator ("gpu", "cpu"). Platforms get faster from year to year, so a year
// is not pooled with older ones unless it must be: a group with fewer than `least` whole
// observations takes the year before it too, and so on; one that never reaches `least` is refused.
//
//   law        one lognormal or a mixture of two, by BIC, maximum likelihood (models/fit.h)
//   intervals  95 %, from the curvature of the likelihood with every observation's component known:
//              mu +- 1.96 sigma/sqrt(wn), sigma +- 1.96 sigma/sqrt(2wn), w +- 1.96 sqrt(w(1-w)/n);
//              too narrow where two components overlap
//   grade      A  100 observations of one year, distance at most 0.10
//              B  50 observations, distance at most 0.15
//              C  the rest; 20 or more unless the caller asked for fewer
//
// A job of family f in year y gets, among f's and its class's laws of years up to y, the one whose
// sample reaches back least: the newest past first, the family before its class. A family's own
// thin history thus yields to its class's recent one. Before the first year: the earliest law.
//
// Durations of 0 s (below a clock's step) are counted and not fitted. Of more than 5,000
// observations, 5,000 evenly spaced ones by size are fitted: they carry the same law, and its
// interval is then narrower than any user's next month.
//
// Left out: trends extrapolated beyond the log; dependence between phases of one job; regions.
// Tested by tests/models/calibration_test.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/fit.h"
#include "models/platform_startup.h"

namespace berth {

enum class StartupPhase { launch, data, image, billed, ready };
inline constexpr int kStartupPhases = 5;
std::string_view name_of(StartupPhase phase);
std::optional<StartupPhase> startup_phase(std::string_view name);

// One phase of one job.
struct TimedPhase {
  StartupPhase phase = StartupPhase::launch;
  std::string family;
  Accelerator accelerator = Accelerator::none;
  int year = 0;
  double created_s = 0;   // of the job, since 1970
  double seconds = 0;     // not negative
  bool at_least = false;  // ended before it was over
};

std::string_view class_name(Accelerator accelerator);  // "cpu" or "gpu"

struct CalibratedLaw {
  StartupPhase phase = StartupPhase::launch;
  std::string scope;  // a family, or "cpu" or "gpu"
  int year = 0;       // the group's
  int from_year = 0;  // its sample's oldest
  std::vector<LognormalComponent> components;
  std::size_t observations = 0;  // whole ones
  std::size_t lower_bounds = 0;
  std::size_t instant = 0;  // of 0 s, not in the law
  double distance = 0;      // of the law to its sample (models/fit.h)
  double first_s = 0, last_s = 0;  // creation of the oldest and the newest job, since 1970

  Distribution law() const;
};

struct RefusedGroup {
  StartupPhase phase = StartupPhase::launch;
  std::string scope;
  int year = 0;
  std::size_t observations = 0;  // with all older years
};

struct Calibration {
  std::vector<CalibratedLaw> laws;    // by phase, scope, year
  std::vector<RefusedGroup> refused;  // likewise
};

inline constexpr std::size_t kLeastCalibrated = 20;
inline constexpr std::size_t kMostFitted = 5000;

Calibration calibrate(std::span<const TimedPhase> phases, std::size_t least = kLeastCalibrated);

char grade(const CalibratedLaw& law);

struct ParameterInterval {
  double low = 0, high = 0;
};
struct ComponentIntervals {
  ParameterInterval weight, mu, sigma;
};
std::vector<ComponentIntervals> intervals(const CalibratedLaw& law);

// Null when no law fits the phase and class at all.
const CalibratedLaw* law_for(const Calibration& calibration, const TimedPhase& job);

}  // namespace berth
