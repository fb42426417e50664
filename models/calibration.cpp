#include "models/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace berth {
namespace {

constexpr double kZ975 = 1.959963984540054;
constexpr std::array<std::string_view, kStartupPhases> kPhaseNames{"launch", "data", "image",
                                                                   "billed", "ready"};

using Scope = std::pair<StartupPhase, std::string>;
using Years = std::map<int, std::vector<const TimedPhase*>>;

std::map<Scope, Years> by_group(std::span<const TimedPhase> phases) {
  std::map<Scope, Years> groups;
  for (const TimedPhase& one : phases) {
    groups[{one.phase, std::string(class_name(one.accelerator))}][one.year].push_back(&one);
    if (!one.family.empty()) groups[{one.phase, one.family}][one.year].push_back(&one);
  }
  return groups;
}

struct Sample {
  std::vector<Observation> observations;
  std::size_t whole = 0, instant = 0;
  double first_s = 0, last_s = 0;
};

void add(Sample& sample, const std::vector<const TimedPhase*>& year) {
  for (const TimedPhase* one : year) {
    if (one->seconds <= 0) {
      sample.instant += !one->at_least;
      continue;
    }
    const bool first = sample.observations.empty();
    sample.first_s = first ? one->created_s : std::min(sample.first_s, one->created_s);
    sample.last_s = first ? one->created_s : std::max(sample.last_s, one->created_s);
    sample.observations.push_back({one->seconds, one->at_least});
    sample.whole += !one->at_least;
  }
}

// The middles of equally many neighbours by size.
std::vector<Observation> thinned(std::vector<Observation> sample) {
  std::ranges::sort(sample, {}, [](const Observation& one) {
    return std::pair(one.seconds, one.at_least);
  });
  if (sample.size() <= kMostFitted) return sample;
  std::vector<Observation> some;
  for (std::size_t i = 0; i < kMostFitted; ++i)
    some.push_back(sample[(2 * i + 1) * sample.size() / (2 * kMostFitted)]);
  return some;
}

// The group's year, and older ones while they are needed.
std::pair<Sample, int> sample_of(const Years& years, int year, std::size_t least) {
  Sample sample;
  int from = year;
  for (auto at = std::make_reverse_iterator(years.upper_bound(year)); at != years.rend(); ++at) {
    add(sample, at->second);
    from = at->first;
    if (sample.whole >= least) break;
  }
  return {std::move(sample), from};
}

CalibratedLaw fitted(const Scope& scope, int year, int from, const Sample& sample) {
  const std::vector<Observation> observations = thinned(sample.observations);
  CalibratedLaw law{.phase = scope.first, .scope = scope.second, .year = year, .from_year = from};
  law.components = fit_duration(observations).components;
  law.observations = sample.whole;
  law.lower_bounds = sample.observations.size() - sample.whole;
  law.instant = sample.instant;
  law.distance = distance(law.law(), observations);
  law.first_s = sample.first_s;
  law.last_s = sample.last_s;
  return law;
}

// Further back is worse, then an older group, then the class rather than the family.
auto fitness(const CalibratedLaw& law, const std::string& family) {
  return std::tuple(law.from_year, law.year, law.scope == family);
}

}  // namespace

std::string_view name_of(StartupPhase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

std::optional<StartupPhase> startup_phase(std::string_view name) {
  const auto found = std::ranges::find(kPhaseNames, name);
  if (found == kPhaseNames.end()) return {};
  return static_cast<StartupPhase>(found - kPhaseNames.begin());
}

std::string_view class_name(Accelerator accelerator) {
  return accelerator == Accelerator::gpu ? "gpu" : "cpu";
}

Distribution CalibratedLaw::law() const { return Fit{.components = components}.law(); }

Calibration calibrate(std::span<const TimedPhase> phases, std::size_t least) {
  least = std::max<std::size_t>(least, 2);  // what a lognormal needs
  Calibration result;
  for (const auto& [scope, years] : by_group(phases)) {
    for (const auto& [year, own] : years) {
      const auto [sample, from] = sample_of(years, year, least);
      if (sample.whole < least)
        result.refused.push_back({scope.first, scope.second, year, sample.whole});
      else
        result.laws.push_back(fitted(scope, year, from, sample));
    }
  }
  return result;
}

char grade(const CalibratedLaw& law) {
  if (law.observations >= 100 && law.from_year == law.year && law.distance <= 0.10) return 'A';
  return law.observations >= 50 && law.distance <= 0.15 ? 'B' : 'C';
}

std::vector<ComponentIntervals> intervals(const CalibratedLaw& law) {
  const auto n = static_cast<double>(law.observations);
  const auto around = [](double value, double error) {
    return ParameterInterval{value - kZ975 * error, value + kZ975 * error};
  };
  std::vector<ComponentIntervals> all;
  for (const LognormalComponent& c : law.components) {
    const double held = std::max(1.0, c.weight * n);
    ComponentIntervals one{around(c.weight, std::sqrt(std::max(0.0, c.weight * (1 - c.weight)) / n)),
                           around(c.mu, c.sigma / std::sqrt(held)),
                           around(c.sigma, c.sigma / std::sqrt(2 * held))};
    one.weight = {std::max(0.0, one.weight.low), std::min(1.0, one.weight.high)};
    one.sigma.low = std::max(0.0, one.sigma.low);
    all.push_back(one);
  }
  return all;
}

const CalibratedLaw* law_for(const Calibration& calibration, const TimedPhase& job) {
  const CalibratedLaw *best = nullptr, *earliest = nullptr;
  for (const CalibratedLaw& law : calibration.laws) {
    const bool is_family = law.scope == job.family;
    if (law.phase != job.phase || (!is_family && law.scope != class_name(job.accelerator))) continue;
    if (law.year > job.year) {
      const auto age = [&](const CalibratedLaw& l) { return std::pair(l.year, l.scope != job.family); };
      if (earliest == nullptr || age(law) < age(*earliest)) earliest = &law;
    } else if (best == nullptr || fitness(law, job.family) > fitness(*best, job.family)) {
      best = &law;
    }
  }
  return best != nullptr ? best : earliest;
}

}  // namespace berth
