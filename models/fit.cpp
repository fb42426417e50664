#include "models/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "models/normal.h"

namespace berth {
namespace {

constexpr int kStarts = 20;
constexpr int kFirstRounds = 30;  // tell a good start from a bad one
constexpr int kFinalists = 3;
constexpr int kMostRounds = 3000;
constexpr double kConverged = 1e-5;  // gain in log-likelihood; a standard error is worth 0.5

struct LogTime {
  double z = 0;
  bool at_least = false;
};
using Components = std::vector<LognormalComponent>;

std::vector<LogTime> sorted_logs(std::span<const Observation> sample, std::size_t least_whole) {
  std::vector<LogTime> logs;
  std::size_t whole = 0;
  for (const Observation& one : sample) {
    if (!(one.seconds > 0) || !std::isfinite(one.seconds))
      throw std::invalid_argument("a duration to fit must be a positive number");
    logs.push_back({std::log(one.seconds), one.at_least});
    whole += !one.at_least;
  }
  if (whole < least_whole) throw std::invalid_argument("too few observations to fit");
  std::ranges::sort(logs, {}, [](const LogTime& t) { return std::pair(t.z, t.at_least); });
  return logs;
}

// In the tail, 1 - cdf is 0 long before its logarithm is: -z^2/2 - ln(z sqrt(2 pi)) takes over.
double log_survival(double z) {
  constexpr double kLnSqrtTwoPi = 0.9189385332046727;
  const double survival = normal_cdf(-z);
  return survival > 1e-280 ? std::log(survival) : -z * z / 2 - std::log(z) - kLnSqrtTwoPi;
}

// ln of the density of ln X at z, or of P(ln X > z) for a lower bound. The density of X itself
// differs by the factor 1/x, which is added once in log_likelihood_of.
double log_term(const LognormalComponent& c, const LogTime& t) {
  constexpr double kLnSqrtTwoPi = 0.9189385332046727;
  const double z = (t.z - c.mu) / c.sigma;
  const double term = t.at_least ? log_survival(z) : -z * z / 2 - std::log(c.sigma) - kLnSqrtTwoPi;
  return std::log(c.weight) + term;
}

double log_sum(const std::vector<double>& terms) {
  const double largest = *std::ranges::max_element(terms);
  double sum = 0;
  for (const double term : terms) sum += std::exp(term - largest);
  return largest + std::log(sum);
}

// What one component is expected to hold: counts, sum and sum of squares of ln X around `centre`.
struct Moments {
  double count = 0, sum = 0, squares = 0;
};

// Of a lower bound, the part beyond it counts: E[Z | Z > c] and E[Z^2 | Z > c] of a normal law,
// with the hazard h = density / survival: E[Y] = sigma h, E[Y^2] = sigma^2 (1 + a h), Y = Z - mu.
void add_expected(Moments& into, const LognormalComponent& c, const LogTime& t, double share,
                  double centre) {
  const double mu = c.mu - centre;
  double first = t.z - centre, second = first * first;
  if (t.at_least) {
    const double a = (t.z - c.mu) / c.sigma;
    const double hazard = a > 30 ? a + 1 / a : normal_density(a) / normal_cdf(-a);
    const double y = c.sigma * hazard;
    first = mu + y;
    second = mu * mu + 2 * mu * y + c.sigma * c.sigma * (1 + a * hazard);
  }
  into.count += share;
  into.sum += share * first;
  into.squares += share * second;
}

LognormalComponent from_moments(const Moments& m, double total, double centre) {
  const double mean = m.sum / m.count;
  const double variance = std::max(0.0, m.squares / m.count - mean * mean);
  return {m.count / total, centre + mean, std::max(kLeastSigma, std::sqrt(variance))};
}

struct Round {
  Components next;
  double log_likelihood = 0;  // of the components the round began with
};

Round one_round(const Components& now, const std::vector<LogTime>& logs) {
  const double centre = logs[logs.size() / 2].z;  // keeps the squares small
  std::vector<Moments> moments(now.size());
  std::vector<double> terms(now.size());
  Round round;
  for (const LogTime& t : logs) {
    for (std::size_t k = 0; k < now.size(); ++k) terms[k] = log_term(now[k], t);
    const double whole = log_sum(terms);
    round.log_likelihood += t.at_least ? whole : whole - t.z;
    for (std::size_t k = 0; k < now.size(); ++k)
      add_expected(moments[k], now[k], t, std::exp(terms[k] - whole), centre);
  }
  for (const Moments& m : moments)
    round.next.push_back(from_moments(m, static_cast<double>(logs.size()), centre));
  return round;
}

bool is_degenerate(const Components& components) {
  return std::ranges::any_of(components, [](const LognormalComponent& c) {
    return !(c.weight > 1e-12) || !std::isfinite(c.mu) || !std::isfinite(c.sigma);
  });
}

struct Climbed {
  Components components;
  double log_likelihood = -std::numeric_limits<double>::infinity();
};

Climbed climb(Components start, const std::vector<LogTime>& logs, int rounds = kMostRounds) {
  Climbed best{std::move(start)};
  for (int i = 0; i < rounds; ++i) {
    Round round = one_round(best.components, logs);
    const double gain = round.log_likelihood - best.log_likelihood;
    best.log_likelihood = round.log_likelihood;
    if (gain < kConverged || is_degenerate(round.next)) break;
    best.components = std::move(round.next);
  }
  return best;
}

LognormalComponent describe(std::span<const LogTime> part, double total) {
  Moments m;
  for (const LogTime& t : part) m.count += 1, m.sum += t.z, m.squares += t.z * t.z;
  return from_moments(m, total, 0);
}

Components split_at(const std::vector<LogTime>& logs, std::size_t position) {
  const std::span all(logs);
  const auto total = static_cast<double>(logs.size());
  return {describe(all.first(position), total), describe(all.subspan(position), total)};
}

Fit finish(Climbed climbed, const std::vector<LogTime>& logs) {
  std::ranges::sort(climbed.components, {}, [](const LognormalComponent& c) {
    return std::tuple(c.mu, c.sigma, c.weight);
  });
  const double parameters = 3 * static_cast<double>(climbed.components.size()) - 1;
  Fit fit{std::move(climbed.components), climbed.log_likelihood};
  fit.bic = parameters * std::log(static_cast<double>(logs.size())) - 2 * fit.log_likelihood;
  fit.observations = logs.size();
  fit.lower_bounds = static_cast<std::size_t>(
      std::ranges::count_if(logs, [](const LogTime& t) { return t.at_least; }));
  return fit;
}

}  // namespace

Distribution Fit::law() const {
  if (components.size() == 1) return lognormal(components[0].mu, components[0].sigma);
  std::vector<MixtureComponent> parts;
  for (const LognormalComponent& c : components)
    parts.push_back({c.weight, lognormal(c.mu, c.sigma)});
  return mixture(std::move(parts));
}

Fit fit_lognormal(std::span<const Observation> sample) {
  const std::vector<LogTime> logs = sorted_logs(sample, 2);
  return finish(climb({describe(logs, static_cast<double>(logs.size()))}, logs), logs);
}

Fit fit_lognormal_mixture(std::span<const Observation> sample) {
  const std::vector<LogTime> logs = sorted_logs(sample, 4);
  std::vector<Climbed> climbers;
  for (std::size_t i = 1; i <= kStarts; ++i) {
    const std::size_t position = std::max<std::size_t>(1, logs.size() * i / (kStarts + 1));
    climbers.push_back(climb(split_at(logs, position), logs, kFirstRounds));
  }
  const auto likeliest_first = [](const Climbed& a, const Climbed& b) {
    return a.log_likelihood > b.log_likelihood;
  };
  std::ranges::stable_sort(climbers, likeliest_first);
  climbers.resize(kFinalists);
  for (Climbed& finalist : climbers) finalist = climb(std::move(finalist.components), logs);
  return finish(std::move(*std::ranges::min_element(climbers, likeliest_first)), logs);
}

Fit fit_duration(std::span<const Observation> sample) {
  Fit single = fit_lognormal(sample);
  if (single.observations - single.lower_bounds < 4) return single;
  Fit two = fit_lognormal_mixture(sample);
  const double minor = std::min(two.components.front().weight, two.components.back().weight);
  const bool believed = minor * static_cast<double>(two.observations) >= kLeastInMinorComponent;
  return believed && two.bic < single.bic ? two : single;
}

double distance(const Distribution& law, std::span<const Observation> sample) {
  std::vector<double> whole;
  for (const Observation& one : sample)
    if (!one.at_least) whole.push_back(one.seconds);
  std::ranges::sort(whole);
  const auto n = static_cast<double>(whole.size());
  double largest = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const double p = cdf(law, whole[i]);
    const auto below = static_cast<double>(i);
    largest = std::max({largest, p - below / n, (below + 1) / n - p});
  }
  return largest;
}

}  // namespace berth
