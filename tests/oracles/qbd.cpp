#include "tests/oracles/qbd.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "models/queueing/solve.h"

namespace berth::queueing {
namespace {

using Matrix = Eigen::MatrixXd;
using Row = Eigen::RowVectorXd;

// Rates up, inside and down of a level; `local` without its diagonal.
struct Level {
  Matrix up, local, down;
};
using LevelOf = std::function<Level(int)>;

Matrix with_diagonal(const Level& level) {
  Matrix local = level.local;
  const Eigen::VectorXd out =
      level.up.rowwise().sum() + level.local.rowwise().sum() + level.down.rowwise().sum();
  local.diagonal() -= out;
  return local;
}

// Logarithmic reduction: the phase in which the level below is first reached.
Matrix first_passage(const Matrix& up, const Matrix& local, const Matrix& down) {
  const Matrix inverse = (-local).inverse();
  Matrix high = inverse * up, low = inverse * down;
  Matrix g = low, t = high;
  const Matrix one = Matrix::Identity(up.rows(), up.rows());
  for (int i = 0; i < 60; ++i) {
    const Matrix u = high * low + low * high;
    const Matrix next = (one - u).inverse();
    const Matrix high2 = high * high, low2 = low * low;
    high = next * high2, low = next * low2;
    g += t * low;
    t = t * high;
    if (t.cwiseAbs().maxCoeff() < 1e-17) break;
  }
  return g;
}

struct Solution {
  Row at_c;      // pi_c
  Matrix ratio;  // R
};

// Downwards for the ratios, then upwards for the probabilities.
Solution solve(int c, const LevelOf& level) {
  const Level repeating = level(c);
  const Matrix local = with_diagonal(repeating);
  // Above level c the level below c+1 has the same shape, so `down` is square there.
  const Level above = level(c + 1);
  const Matrix g = first_passage(repeating.up, with_diagonal(above), above.down);
  const Matrix ratio =
      repeating.up * (-(with_diagonal(above) + repeating.up * g)).inverse();
  std::vector<Matrix> ratios(c + 1);  // pi_{n+1} = pi_n ratios[n]
  ratios[c] = ratio;
  for (int n = c - 1; n >= 0; --n)
    ratios[n] = level(n).up *
                (-(with_diagonal(level(n + 1)) + ratios[n + 1] * level(n + 2).down)).inverse();
  Row pi = Row::Ones(1);
  if (level(0).up.rows() > 1) {  // phases also when empty: pi_0 (local + R_0 down) = 0
    Matrix balance = (with_diagonal(level(0)) + ratios[0] * level(1).down).transpose();
    balance.bottomRows(1).setOnes();  // one equation says nothing new: the sum instead
    Eigen::VectorXd right = Eigen::VectorXd::Zero(balance.rows());
    right(right.size() - 1) = 1;
    pi = balance.partialPivLu().solve(right).transpose();
  }
  double total = 0;
  for (int n = 0; n < c; ++n) total += pi.sum(), pi = pi * ratios[n];
  const Matrix one = Matrix::Identity(ratio.rows(), ratio.rows());
  total += (pi * (one - ratio).inverse()).sum();
  return {pi / total, ratio};
}

constexpr double kForgotten = 1e-12;  // tail quantiles beyond this are not asked for

}  // namespace

TwoPhaseService erlang2_service(double mean) { return {1, 2 / mean, 1, 2 / mean}; }

TwoPhaseService hyper2_service(double mean, double cv) {
  const double p = (1 + std::sqrt((cv * cv - 1) / (cv * cv + 1))) / 2;
  return {p, 2 * p / mean, 0, 2 * (1 - p) / mean};
}

double mean(const TwoPhaseService& s) {
  return s.first / s.rate_1 + (1 - s.first + s.first * s.onward) / s.rate_2;
}

double PhaseQueue::wait_ccdf(double t) const {
  return poisson_mixture(still_waiting_, uniform_rate_ * t);
}

double PhaseQueue::wait_quantile(double p) const {
  if (p_wait_ <= 1 - p) return 0;
  return falls_to([this](double t) { return wait_ccdf(t); }, 1 - p, mean_wait());
}

// Phase i of a level with b busy servers: i of them are in service phase 1, b - i in phase 2.
PhaseQueue mphc(double arrival_rate, const TwoPhaseService& s, int c) {
  PhaseQueue queue;
  queue.arrival_rate_ = arrival_rate;
  queue.utilisation_ = arrival_rate * mean(s) / c;
  if (queue.utilisation_ >= 1) throw std::domain_error("M/PH/c at or above capacity");
  const LevelOf level = [&](int n) {
    const int busy = std::min(n, c), before = std::min(n - 1, c), after = std::min(n + 1, c);
    Level result{Matrix::Zero(busy + 1, after + 1), Matrix::Zero(busy + 1, busy + 1),
                 Matrix::Zero(busy + 1, std::max(before, 0) + 1)};
    for (int i = 0; i <= busy; ++i) {
      const double done_1 = i * s.rate_1 * (1 - s.onward), done_2 = (busy - i) * s.rate_2;
      if (i > 0) result.local(i, i - 1) += i * s.rate_1 * s.onward;
      if (n < c) {
        result.up(i, i + 1) += arrival_rate * s.first;
        result.up(i, i) += arrival_rate * (1 - s.first);
      } else {
        result.up(i, i) += arrival_rate;
      }
      if (n == 0) continue;
      if (n <= c) {  // nobody waits to take the server
        if (i > 0) result.down(i, i - 1) += done_1;
        if (i < busy) result.down(i, i) += done_2;
        continue;
      }
      if (i > 0) result.down(i, i) += done_1 * s.first;
      if (i > 0) result.down(i, i - 1) += done_1 * (1 - s.first);
      if (i < busy) result.down(i, i + 1) += done_2 * s.first;
      if (i < busy) result.down(i, i) += done_2 * (1 - s.first);
    }
    return result;
  };
  const auto [pi, r] = solve(c, level);
  const Matrix one = Matrix::Identity(c + 1, c + 1);
  const Matrix sum = (one - r).inverse();
  queue.p_wait_ = (pi * sum).sum();
  queue.mean_queue_ = (pi * r * sum * sum).sum();

  // M_{m+1} = M_m P0 + R M_m P1: without and with a departure.
  const Level full = level(c + 1);
  Matrix none = full.local;
  const Eigen::VectorXd out = full.local.rowwise().sum() + full.down.rowwise().sum();
  queue.uniform_rate_ = out.maxCoeff();
  none.diagonal() -= out;
  const Matrix p0 = one + none / queue.uniform_rate_, p1 = full.down / queue.uniform_rate_;
  const Row start = pi * sum;
  Matrix m = one;
  while (true) {
    queue.still_waiting_.push_back((start * m).sum());
    if (!(queue.still_waiting_.back() >= kForgotten)) return queue;
    m = m * p0 + r * m * p1;
  }
}

PhaseQueue mmpp_mmc(const TwoPhaseArrivals& a, double service_rate, int c) {
  PhaseQueue queue;
  queue.arrival_rate_ = a.mean_rate();
  queue.utilisation_ = queue.arrival_rate_ / (service_rate * c);
  if (queue.utilisation_ >= 1) throw std::domain_error("MMPP/M/c at or above capacity");
  Matrix up = Matrix::Zero(2, 2), change = Matrix::Zero(2, 2);
  up.diagonal() << a.rate_1, a.rate_2;
  change(0, 1) = a.switch_12, change(1, 0) = a.switch_21;
  const auto [pi, r] = solve(c, [&](int n) {
    return Level{up, change, Matrix::Identity(2, 2) * (service_rate * std::min(n, c))};
  });
  const Matrix one = Matrix::Identity(2, 2), sum = (one - r).inverse();
  const Eigen::VectorXd seen = up.rowwise().sum() / queue.arrival_rate_;
  queue.p_wait_ = (pi * sum * seen).value();
  queue.mean_queue_ = (pi * r * sum * sum).sum();
  // Departures are a Poisson stream of rate c mu; each takes one of those ahead.
  queue.uniform_rate_ = c * service_rate;
  Row left = pi * sum;
  while (true) {
    queue.still_waiting_.push_back((left * seen).value());
    if (!(queue.still_waiting_.back() >= kForgotten)) return queue;
    left = left * r;
  }
}

}  // namespace berth::queueing
