#include "models/queueing/transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "models/normal.h"

namespace berth::queueing {
namespace {

using Complex = std::complex<double>;

template <class Wanted>
const Wanted* plain(const Distribution& law) {
  return law.at_most ? nullptr : std::get_if<Wanted>(&law.law);
}

bool has_closed_form(const Distribution& law) {
  return plain<Constant>(law) || plain<Uniform>(law) || plain<Exponential>(law) ||
         plain<Gamma>(law) || plain<Mixture>(law);
}

}  // namespace

Transform::Transform(const Distribution& law) : law_(law) {
  if (const auto* mixed = plain<Mixture>(law))
    for (const auto& [weight, part] : mixed->components) parts_.emplace_back(part);
  if (has_closed_form(law)) return;
  constexpr int kNodes = 3000;
  constexpr double kReach = 9;
  const double h = 2 * kReach / kNodes;
  for (int i = 0; i <= kNodes; ++i) {
    const double z = -kReach + i * h;
    const double u = std::clamp(normal_cdf(z), 1e-300, 1 - 0x1p-53);
    // A lognormal's upper tail is finer than u can say; its quantile is exact in z.
    const auto* normal_in_log = plain<Lognormal>(law);
    const double value = normal_in_log
                             ? law.shift + std::exp(normal_in_log->mu + normal_in_log->sigma * z)
                             : quantile(law, u);
    nodes_.push_back({normal_density(z) * h, value});
  }
}

Complex Transform::operator()(Complex s) const {
  if (!nodes_.empty()) {
    Complex sum = 0;
    for (const auto& [weight, value] : nodes_) sum += weight * std::exp(-s * value);
    return sum;
  }
  const Complex moved = std::exp(-s * law_.shift);
  if (const auto* l = plain<Constant>(law_)) return moved * std::exp(-s * l->value);
  if (const auto* l = plain<Exponential>(law_)) return moved / (1.0 + s * l->mean);
  if (const auto* l = plain<Gamma>(law_))
    return moved * std::pow(1.0 + s * l->scale(), -l->shape());
  if (const auto* l = plain<Uniform>(law_))
    return std::abs(s) < 1e-300 ? moved
                                : moved * (std::exp(-s * l->low) - std::exp(-s * l->high)) /
                                      (s * (l->high - l->low));
  Complex sum = 0;
  const auto& components = std::get<Mixture>(law_.law).components;
  for (std::size_t i = 0; i < parts_.size(); ++i) sum += components[i].weight * parts_[i](s);
  return moved * sum;
}

// f(t) = e^{A/2}/t * (Re F(A/2t)/2 + sum (-1)^k Re F((A + 2 k pi i)/2t)); the alternating sum's
// partial sums from 40 to 56 are averaged with binomial weights. Discretisation error e^-A.
double invert(const std::function<Complex(Complex)>& transform, double t) {
  constexpr double kA = 23;
  constexpr int kTerms = 40, kAveraged = 16;
  double sum = transform(kA / (2 * t)).real() / 2, result = 0, binomial = std::ldexp(1.0, -kAveraged);
  for (int k = 1; k <= kTerms + kAveraged; ++k) {
    const double term = transform(Complex(kA, 2 * k * std::numbers::pi) / (2 * t)).real();
    sum += k % 2 == 0 ? term : -term;
    if (k < kTerms) continue;
    result += binomial * sum;
    binomial *= double(kAveraged - (k - kTerms)) / (k - kTerms + 1);
  }
  return std::exp(kA / 2) / t * result;
}

}  // namespace berth::queueing
