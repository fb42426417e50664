#include "models/pull_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace berth {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kHuber = 1.345;  // 95 % of the efficiency of least squares on normal residuals
constexpr double kMadToSigma = 1.4826;
constexpr double kZ975 = 1.959963984540054;
constexpr int kRounds = 20;

struct Solution {
  VectorXd value;
  std::vector<Index> active;
  double squares = std::numeric_limits<double>::infinity();
};

MatrixXd columns_of(const MatrixXd& x, const std::vector<Index>& which) {
  MatrixXd part(x.rows(), static_cast<Index>(which.size()));
  for (std::size_t k = 0; k < which.size(); ++k) part.col(static_cast<Index>(k)) = x.col(which[k]);
  return part;
}

// The least-squares solution without negative terms.
Solution non_negative(const MatrixXd& x, const VectorXd& y) {
  Solution best{VectorXd::Zero(x.cols()), {}, y.squaredNorm()};
  for (unsigned subset = 1; subset < 1U << x.cols(); ++subset) {
    std::vector<Index> active;
    for (Index c = 0; c < x.cols(); ++c)
      if ((subset >> c & 1U) != 0) active.push_back(c);
    const MatrixXd part = columns_of(x, active);
    const VectorXd value = part.colPivHouseholderQr().solve(y);
    const double squares = (y - part * value).squaredNorm();
    if (value.minCoeff() < 0 || squares >= best.squares) continue;
    best = {VectorXd::Zero(x.cols()), active, squares};
    for (std::size_t k = 0; k < active.size(); ++k)
      best.value[active[k]] = value[static_cast<Index>(k)];
  }
  return best;
}

double mad_sigma(const VectorXd& residuals) {
  std::vector<double> sizes(residuals.data(), residuals.data() + residuals.size());
  for (double& size : sizes) size = std::abs(size);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::ranges::nth_element(sizes, middle);
  return kMadToSigma * *middle;
}

double condition_of(MatrixXd x) {
  for (Index c = 0; c < x.cols(); ++c) x.col(c) /= std::max(1e-300, x.col(c).norm());
  const VectorXd singular = x.jacobiSvd().singularValues();
  return singular[0] / std::max(1e-300, singular[singular.size() - 1]);
}

struct Design {
  MatrixXd x;
  std::vector<std::string> names;
};

Design design_of(std::span<const LoggedPull> pulls) {
  const bool unpacked =
      std::ranges::all_of(pulls, [](const LoggedPull& p) { return p.unpacked.has_value(); });
  Design d{
      MatrixXd(static_cast<Index>(pulls.size()), unpacked ? 3 : 2), {"fixed", "compressed"}
  };
  if (unpacked) d.names.emplace_back("unpacked");
  for (std::size_t i = 0; i < pulls.size(); ++i) {
    const auto row = static_cast<Index>(i);
    d.x(row, 0) = 1;
    d.x(row, 1) = static_cast<double>(pulls[i].compressed.count);
    if (unpacked) d.x(row, 2) = static_cast<double>(pulls[i].unpacked->count);
  }
  return d;
}

std::string in_words(const std::string& name) {
  if (name == "unpacked")
    return "unpacked bytes go with compressed ones: only their joint rate is told";
  return "the images are of one size: the fixed time and the rate are not told apart";
}

}  // namespace

PullFit fit_pulls(std::span<const LoggedPull> pulls) {
  PullFit fit{.pulls = pulls.size()};
  if (pulls.size() < kLeastPulls) {
    fit.refused.push_back(std::to_string(pulls.size()) + " pulls with a size are fewer than " +
                          std::to_string(kLeastPulls));
    return fit;
  }
  Design design = design_of(pulls);
  while (design.names.size() > 1 && condition_of(design.x) > kMostCondition) {
    fit.refused.push_back(in_words(design.names.back()));
    design.names.pop_back();
    design.x.conservativeResize(Eigen::NoChange, design.x.cols() - 1);
  }
  // Without a rate the fixed time is only the mean of what happened to be pulled: no model of a
  // pull.
  if (design.names.size() == 1) return fit;
  fit.condition = condition_of(design.x);

  VectorXd y(static_cast<Index>(pulls.size()));
  for (std::size_t i = 0; i < pulls.size(); ++i) y[static_cast<Index>(i)] = pulls[i].seconds;
  const VectorXd scale = design.x.colwise().norm();
  const MatrixXd x = design.x * scale.cwiseInverse().asDiagonal();
  VectorXd weight = VectorXd::Ones(y.size());
  Solution solution;
  for (int round = 0; round < kRounds; ++round) {
    const VectorXd root = weight.cwiseSqrt();
    solution = non_negative(root.asDiagonal() * x, root.cwiseProduct(y));
    const VectorXd residuals = y - x * solution.value;
    fit.scatter_s = mad_sigma(residuals);
    if (!(fit.scatter_s > 0)) break;
    for (Index i = 0; i < y.size(); ++i)
      weight[i] = std::min(1.0, kHuber * fit.scatter_s / std::max(1e-300, std::abs(residuals[i])));
  }
  const MatrixXd active = weight.cwiseSqrt().asDiagonal() * columns_of(x, solution.active);
  const double freedom = std::max<double>(1, static_cast<double>(y.size() - active.cols()));
  const VectorXd residuals = y - x * solution.value;
  const double variance = residuals.cwiseProduct(weight).squaredNorm() / freedom;
  const MatrixXd covariance = variance * (active.transpose() * active).inverse();
  for (Index c = 0; c < x.cols(); ++c) {
    PullTerm term{design.names[static_cast<std::size_t>(c)], solution.value[c] / scale[c]};
    const auto at = std::ranges::find(solution.active, c);
    if (at != solution.active.end()) {
      const auto k = static_cast<Index>(at - solution.active.begin());
      const double error = kZ975 * std::sqrt(covariance(k, k)) / scale[c];
      term.low = std::max(0.0, term.value - error);
      term.high = term.value + error;
    }
    fit.terms.push_back(term);
  }
  return fit;
}

}  // namespace berth
