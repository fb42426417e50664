#include "models/calibration.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "models/normal.h"

namespace berth {
namespace {

constexpr double kZ975 = 1.959963984540054;
constexpr double kHuber = 1.345;  // 95 % of the efficiency of least squares on normal residuals
constexpr double kMadToSigma = 1.4826;
constexpr int kRobustRounds = 4;
constexpr double kFarResidual = 2.5;  // sigmas; beyond, a residual belongs to the tail
constexpr std::array<std::string_view, kStartupPhases> kPhaseNames{
    "launch", "data", "image", "billed", "ready", "node", "pod", "pull", "join"};
// Variances between years and families, as multiples of the variance within a cell.
constexpr std::array kRatios{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};
constexpr std::array kDegrees{2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0};

using Group = std::pair<StartupPhase, Accelerator>;

struct LogTime {
  double z = 0;
  bool at_least = false;
  std::size_t year = 0, family = 0;  // positions
  double expected = 0;               // z, or what a lower bound is expected to be
  double weight = 1;
};

struct Sample {
  std::vector<LogTime> times;
  std::vector<int> years;             // ascending
  std::vector<std::string> families;  // by name
  std::size_t whole = 0, instant = 0;
  double first_s = 0, last_s = 0;
};

template <class T>
std::size_t position_in(const std::vector<T>& sorted, const T& value) {
  return static_cast<std::size_t>(std::ranges::lower_bound(sorted, value) - sorted.begin());
}

template <class T>
void sort_unique(std::vector<T>& values) {
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

Sample sample_of(const std::vector<const TimedPhase*>& members) {
  Sample sample;
  std::vector<const TimedPhase*> used;
  for (const TimedPhase* one : members) {
    if (one->seconds > 0)
      used.push_back(one);
    else
      sample.instant += !one->at_least;
  }
  for (const TimedPhase* one : used) {
    if (sample.years.empty() || sample.years.back() != one->year) sample.years.push_back(one->year);
    if (sample.families.empty() || sample.families.back() != one->family)
      sample.families.push_back(one->family);
  }
  sort_unique(sample.years);
  sort_unique(sample.families);
  for (const TimedPhase* one : used) {
    const double z = std::log(one->seconds);
    const bool first = sample.times.empty();
    sample.first_s = first ? one->created_s : std::min(sample.first_s, one->created_s);
    sample.last_s = first ? one->created_s : std::max(sample.last_s, one->created_s);
    sample.times.push_back({z, one->at_least, position_in(sample.years, one->year),
                            position_in(sample.families, one->family), z});
    sample.whole += !one->at_least;
  }
  // Sums must not depend on the order of the log.
  std::ranges::sort(sample.times, {},
                    [](const LogTime& t) { return std::tuple(t.year, t.family, t.z, t.at_least); });
  return sample;
}

// ---- Centres and offsets
// -------------------------------------------------------------------------

struct Effects {
  Eigen::VectorXd mean;      // of years, then families
  Eigen::VectorXd variance;  // of their posterior
  double within = 0;         // variance
  double year_ratio = 0, family_ratio = 0;
};

double effect_of(const Effects& effects, const Sample& sample, const LogTime& t) {
  return effects.mean[static_cast<Eigen::Index>(t.year)] +
         effects.mean[static_cast<Eigen::Index>(sample.years.size() + t.family)];
}

struct NormalEquations {
  Eigen::MatrixXd products;  // X'WX
  Eigen::VectorXd response;  // X'Wz
  double squares = 0, count = 0;
};

NormalEquations normal_equations(const Sample& sample) {
  const std::size_t years = sample.years.size();
  const auto n = static_cast<Eigen::Index>(years + sample.families.size());
  NormalEquations e{Eigen::MatrixXd::Zero(n, n), Eigen::VectorXd::Zero(n)};
  for (const LogTime& t : sample.times) {
    const auto y = static_cast<Eigen::Index>(t.year);
    const auto f = static_cast<Eigen::Index>(years + t.family);
    e.products(y, y) += t.weight;
    e.products(f, f) += t.weight;
    e.products(y, f) += t.weight;
    e.products(f, y) += t.weight;
    e.response[y] += t.weight * t.expected;
    e.response[f] += t.weight * t.expected;
    e.squares += t.weight * t.expected * t.expected;
    e.count += t.weight;
  }
  return e;
}

struct Posterior {
  Eigen::LLT<Eigen::MatrixXd> precision;  // times the variance within
  Eigen::VectorXd mean;
  double within = 0;
  double criterion = 0;  // -2 log restricted likelihood, up to a constant
};

Posterior posterior(const NormalEquations& e, const std::vector<int>& years, double year_ratio,
                    double family_ratio) {
  Eigen::MatrixXd a = e.products;
  double log_prior = 0;
  for (std::size_t i = 1; i < years.size(); ++i) {
    const double tightness = 1 / (year_ratio * (years[i] - years[i - 1]));
    const auto at = static_cast<Eigen::Index>(i);
    a(at, at) += tightness;
    a(at - 1, at - 1) += tightness;
    a(at, at - 1) -= tightness;
    a(at - 1, at) -= tightness;
    log_prior += std::log(tightness);
  }
  for (auto f = static_cast<Eigen::Index>(years.size()); f < a.rows(); ++f) {
    a(f, f) += 1 / family_ratio;
    log_prior -= std::log(family_ratio);
  }
  Posterior p{Eigen::LLT<Eigen::MatrixXd>(a), {}};
  p.mean = p.precision.solve(e.response);
  const double freedom = std::max(1.0, e.count - 1);
  p.within = std::max(kLeastSigma * kLeastSigma, (e.squares - e.response.dot(p.mean)) / freedom);
  const double log_det = 2 * Eigen::MatrixXd(p.precision.matrixL()).diagonal().array().log().sum();
  p.criterion = log_det - log_prior + freedom * std::log(p.within);
  return p;
}

Effects most_likely_effects(const Sample& sample) {
  const NormalEquations equations = normal_equations(sample);
  // A single year or family tells nothing of how they differ: the smallest variance.
  const std::span<const double> all(kRatios);
  const auto ratios = [&](std::size_t n) { return n > 1 ? all : all.first(1); };
  std::optional<Posterior> best;
  Effects effects;
  for (const double year_ratio : ratios(sample.years.size()))
    for (const double family_ratio : ratios(sample.families.size())) {
      Posterior p = posterior(equations, sample.years, year_ratio, family_ratio);
      if (best && p.criterion >= best->criterion) continue;
      best = std::move(p);
      effects.year_ratio = year_ratio;
      effects.family_ratio = family_ratio;
    }
  const Eigen::Index n = best->mean.size();
  effects.mean = best->mean;
  effects.within = best->within;
  effects.variance =
      best->within * best->precision.solve(Eigen::MatrixXd::Identity(n, n)).diagonal();
  return effects;
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// From residuals: Huber's weights, and for lower bounds E[z | z > bound] of a normal law.
void reweigh(Sample& sample, const Effects& effects) {
  std::vector<double> sizes;
  for (const LogTime& t : sample.times)
    if (!t.at_least) sizes.push_back(std::abs(t.z - effect_of(effects, sample, t)));
  const double sigma = std::max(kLeastSigma, kMadToSigma * median_of(std::move(sizes)));
  for (LogTime& t : sample.times) {
    const double centre = effect_of(effects, sample, t);
    if (t.at_least) {
      const double a = (t.z - centre) / sigma;
      const double hazard = a > 30 ? a + 1 / a : normal_density(a) / normal_cdf(-a);
      t.expected = centre + sigma * hazard;
    }
    const double size = std::abs(t.expected - centre) / sigma;
    t.weight = size > kHuber ? kHuber / size : 1;
  }
}

// ---- Spreads
// -------------------------------------------------------------------------------------

struct Squares {
  double sum = 0, count = 0;  // of residuals against `within`
};

// -2 log of the density of the years' sums of squares when spread^2 ~ degrees / chi^2(degrees).
double spread_criterion(const std::vector<Squares>& years, double degrees) {
  double sum = 0;
  for (const Squares& s : years) {
    const double half = (degrees + s.count) / 2;
    sum += std::lgamma(half) - std::lgamma(degrees / 2) + degrees / 2 * std::log(degrees) -
           half * std::log(degrees + s.sum);
  }
  return -2 * sum;
}

std::vector<double> spreads_of(const Sample& sample, const Effects& effects) {
  std::vector<Squares> years(sample.years.size());
  double sum = 0, count = 0;
  for (const LogTime& t : sample.times) {
    const double size =
        std::abs(t.expected - effect_of(effects, sample, t)) / std::sqrt(effects.within);
    const double square = std::pow(std::min(size, kFarResidual), 2);
    years[t.year].sum += square;
    years[t.year].count += 1;
    sum += square;
    count += 1;
  }
  const double mean_square = std::max(1e-9, sum / count);
  for (Squares& s : years) s.sum /= mean_square;
  const double degrees =
      *std::ranges::min_element(kDegrees, {}, [&](double d) { return spread_criterion(years, d); });
  std::vector<double> spreads;
  spreads.reserve(years.size());
  for (const Squares& s : years)
    spreads.push_back(std::sqrt((degrees + s.sum) / (degrees + s.count)));
  return spreads;
}

// ---- Residuals ---------------------------------------------------------------------------------

// The middles of equally many neighbours by size.
std::vector<Observation> thinned(std::vector<Observation> sample) {
  std::ranges::sort(sample, {},
                    [](const Observation& one) { return std::pair(one.seconds, one.at_least); });
  if (sample.size() <= kMostFitted) return sample;
  std::vector<Observation> some;
  some.reserve(kMostFitted);
  for (std::size_t i = 0; i < kMostFitted; ++i)
    some.push_back(sample[(2 * i + 1) * sample.size() / (2 * kMostFitted)]);
  return some;
}

std::vector<Observation> residuals_of(const Sample& sample, const Effects& effects,
                                      const std::vector<double>& spreads) {
  std::vector<Observation> all;
  all.reserve(sample.times.size());
  for (const LogTime& t : sample.times)
    all.push_back({std::exp((t.z - effect_of(effects, sample, t)) / spreads[t.year]), t.at_least});
  return thinned(std::move(all));
}

CalibratedPhase fitted(const Group& group, Sample sample, std::size_t least_of_family) {
  Effects effects = most_likely_effects(sample);
  for (int i = 0; i < kRobustRounds; ++i) {
    reweigh(sample, effects);
    effects = most_likely_effects(sample);
  }
  const std::vector<double> spreads = spreads_of(sample, effects);
  const std::vector<Observation> residuals = residuals_of(sample, effects, spreads);

  CalibratedPhase result{.phase = group.first, .accelerator = group.second};
  result.residual = fit_duration(residuals).components;
  result.distance = distance(Fit{.components = result.residual}.law(), residuals);
  result.within = std::sqrt(effects.within);
  result.between_years = std::sqrt(effects.within * effects.year_ratio);
  result.between_families = std::sqrt(effects.within * effects.family_ratio);
  std::vector<std::size_t> of_year(sample.years.size()), of_family(sample.families.size());
  for (const LogTime& t : sample.times) {
    of_year[t.year] += !t.at_least;
    of_family[t.family] += !t.at_least;
  }
  for (std::size_t i = 0; i < sample.years.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const double mean = effects.mean[at], error = kZ975 * std::sqrt(effects.variance[at]);
    result.years.push_back(
        {sample.years[i], mean, mean - error, mean + error, spreads[i], of_year[i]});
  }
  for (std::size_t i = 0; i < sample.families.size(); ++i) {
    if (sample.families[i].empty() || of_family[i] < least_of_family) continue;
    const auto at = static_cast<Eigen::Index>(sample.years.size() + i);
    const double mean = effects.mean[at], error = kZ975 * std::sqrt(effects.variance[at]);
    result.families.push_back({sample.families[i], mean, mean - error, mean + error, of_family[i]});
  }
  result.observations = sample.whole;
  result.lower_bounds = sample.times.size() - sample.whole;
  result.instant = sample.instant;
  result.first_s = sample.first_s;
  result.last_s = sample.last_s;
  return result;
}

std::map<Group, std::vector<const TimedPhase*>> by_group(std::span<const TimedPhase> phases) {
  std::map<Group, std::vector<const TimedPhase*>> groups;
  for (const TimedPhase& one : phases) groups[{one.phase, one.accelerator}].push_back(&one);
  return groups;
}

void refuse_families(Calibration& into, const Group& group, const Sample& sample,
                     std::size_t least_of_family) {
  std::vector<std::size_t> counts(sample.families.size());
  for (const LogTime& t : sample.times) counts[t.family] += !t.at_least;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (!sample.families[i].empty() && counts[i] < least_of_family)
      into.refused.push_back({group.first, sample.families[i], counts[i]});
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

Calibration calibrate(std::span<const TimedPhase> phases, std::size_t least) {
  least = std::max<std::size_t>(least, 4);  // what a mixture needs
  const std::size_t least_of_family = (least + 3) / 4;
  Calibration result;
  for (const auto& [group, members] : by_group(phases)) {
    Sample sample = sample_of(members);
    if (sample.whole < least) {
      result.refused.push_back({group.first, std::string(class_name(group.second)), sample.whole});
      continue;
    }
    refuse_families(result, group, sample, least_of_family);
    result.phases.push_back(fitted(group, std::move(sample), least_of_family));
  }
  return result;
}

char grade(const CalibratedPhase& phase, const CalibratedYear& year) {
  const double known = std::exp(year.high - year.centre) - 1;
  const int by_median = known <= 0.05 ? 0 : known <= 0.10 ? 1 : known <= 0.20 ? 2 : 3;
  return "ABCD"[std::min(3, by_median + (phase.distance > 0.10))];
}

std::optional<ChosenLaw> law_for(const Calibration& calibration, const TimedPhase& job) {
  const auto phase = std::ranges::find_if(calibration.phases, [&](const CalibratedPhase& one) {
    return one.phase == job.phase && one.accelerator == job.accelerator;
  });
  if (phase == calibration.phases.end()) return {};
  ChosenLaw chosen{static_cast<std::size_t>(phase - calibration.phases.begin())};
  const auto later = std::ranges::upper_bound(phase->years, job.year, {}, &CalibratedYear::year);
  chosen.year =
      static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, later - phase->years.begin())) - 1;
  const auto family = std::ranges::find(phase->families, job.family, &CalibratedFamily::family);
  if (family != phase->families.end())
    chosen.family = static_cast<std::size_t>(family - phase->families.begin());
  return chosen;
}

std::vector<LognormalComponent> components_of(const Calibration& calibration,
                                              const ChosenLaw& chosen) {
  const CalibratedPhase& phase = calibration.phases[chosen.phase];
  const CalibratedYear& year = phase.years[chosen.year];
  const double centre = year.centre + (chosen.family ? phase.families[*chosen.family].offset : 0);
  std::vector<LognormalComponent> components;
  components.reserve(phase.residual.size());
  for (const LognormalComponent& c : phase.residual)
    components.push_back({c.weight, centre + year.spread * c.mu, year.spread * c.sigma});
  return components;
}

Distribution distribution_of(const Calibration& calibration, const ChosenLaw& chosen) {
  return Fit{.components = components_of(calibration, chosen)}.law();
}

}  // namespace berth
