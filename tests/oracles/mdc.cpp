#include "tests/oracles/mdc.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/queueing/solve.h"

namespace berth::queueing {
namespace {

std::vector<double> poisson(double mean, int up_to) {
  std::vector<double> law(static_cast<std::size_t>(up_to) + 1);
  for (int k = 0; k <= up_to; ++k)
    law[k] = mean > 0 ? std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)) : k == 0;
  return law;
}

// The root z > 1 of c ln z = load (z - 1), with load < c.
double tail_root(int c, double load) {
  const auto above = [&](double z) { return c * std::log(z) - load * (z - 1); };
  double low = c / load, high = 2 * c / load;  // the difference is largest at c / load
  while (above(high) > 0) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (above(middle) > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

// What a state becomes: it leaves `remain` and is joined by Poisson(arrivals).
struct Step {
  int remain;
  double arrivals;
};

// Enough states for the tail to be geometric to double precision: the next root is about
// 1 + 2/sqrt(c) times farther out.
int states_for(int c) { return c + 60 + static_cast<int>(30 * std::sqrt(c)); }

// Stationary law of a chain whose states n >= c step to {n - c, load}; `step` says it for n < c.
template <class StepOf>
Eigen::VectorXd stationary_law(int c, double load, double ratio, StepOf step) {
  const int size = states_for(c);
  Eigen::MatrixXd balance = Eigen::MatrixXd::Identity(size, size);
  for (int n = 0; n < c; ++n) {
    const auto [remain, arrivals] = step(n);
    const auto law = poisson(arrivals, size);
    for (int to = remain; to < size; ++to) balance(to, n) -= law[to - remain];
  }
  const auto law = poisson(load, size);
  for (int n = c; n <= size - 1 + c; ++n) {
    // States beyond the last count as multiples of the last.
    const int column = std::min(n, size - 1);
    const double weight = n < size ? 1 : std::pow(ratio, n - (size - 1));
    for (int to = n - c; to < size; ++to) balance(to, column) -= weight * law[to - (n - c)];
  }
  balance.row(size - 1).setOnes();  // one equation says nothing new: the total instead
  balance(size - 1, size - 1) = 1 / (1 - ratio);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(size);
  right(size - 1) = 1;
  return balance.partialPivLu().solve(right);
}

}  // namespace

Mdc::Mdc(double arrival_rate, double service_time, int servers)
    : arrival_rate_(arrival_rate), service_time_(service_time), servers_(servers) {
  const double load = arrival_rate * service_time;
  if (!(load > 0) || load >= servers)
    throw std::domain_error("M/D/c needs a load above 0 and below its servers");
  ratio_ = 1 / tail_root(servers, load);
  const auto law = stationary_law(servers, load, ratio_, [&](int) { return Step{0, load}; });
  law_.assign(law.begin(), law.end());
  double sum = 0;
  for (double p : law_) cumulative_.push_back(sum += p);
}

double Mdc::at_most(int n) const {
  const int last = static_cast<int>(law_.size()) - 1;
  if (n < 0) return 0;
  if (n <= last) return cumulative_[n];
  return 1 - law_.back() * std::pow(ratio_, n - last + 1) / (1 - ratio_);
}

double Mdc::p_wait() const { return 1 - at_most(servers_ - 1); }

// Lq / lambda; behind the last state m: sum over j >= 1 of (m - c + j) p r^j.
double Mdc::mean_wait() const {
  double queue = 0;
  const int last = static_cast<int>(law_.size()) - 1;
  for (int n = servers_ + 1; n <= last; ++n) queue += law_[n] * (n - servers_);
  const double tail = law_.back() * ratio_ / (1 - ratio_);
  queue += tail * (last - servers_) + tail / (1 - ratio_);
  return queue / arrival_rate_;
}

double Mdc::wait_ccdf(double t) const {
  const int k = static_cast<int>(std::floor(t / service_time_)) + 1;
  const int last = k * servers_ - 1;
  const auto arrivals = poisson(arrival_rate_ * (k * service_time_ - t), last);
  double within = 0;
  for (int j = 0; j <= last; ++j) within += at_most(servers_ + last - j) * arrivals[j];
  return 1 - within;
}

double Mdc::wait_quantile(double p) const {
  if (p_wait() <= 1 - p) return 0;
  return falls_to([this](double t) { return wait_ccdf(t); }, 1 - p, service_time_ / servers_);
}

// Per cycle from one batch's end to the next: q requests are there, none means waiting 1/lambda for
// one. Area: requests in the system times time, q s + lambda s^2/2 while the batch runs.
DynamicBatching dynamic_batching(double arrival_rate, double batch_fixed, double batch_per_item,
                                 int max_batch) {
  const auto service = [&](int b) { return batch_fixed + batch_per_item * b; };
  const double full = service(max_batch), load = arrival_rate * full;
  if (!(load > 0) || load >= max_batch)
    throw std::domain_error("batching needs a load above 0 and below its largest batch");
  const double ratio = 1 / tail_root(max_batch, load);
  const auto law = stationary_law(max_batch, load, ratio, [&](int n) {
    return Step{0, arrival_rate * service(std::max(n, 1))};
  });
  double batch = 0, busy = 0, area = 0;
  const auto add = [&](double p, double q, int b) {
    batch += p * b, busy += p * service(b);
    area += p * (q * service(b) + arrival_rate * service(b) * service(b) / 2);
  };
  const int last = static_cast<int>(law.size()) - 1;
  add(law(0), 1, 1);
  for (int n = 1; n <= last; ++n) add(law(n), n, std::min(n, max_batch));
  const double tail = law(last) * ratio / (1 - ratio);
  add(tail, last + 1 / (1 - ratio), max_batch);
  const double cycle = busy + law(0) / arrival_rate;
  const double in_system = area / cycle;
  return {batch, busy / cycle, in_system / arrival_rate, in_system, 1 / cycle};
}

}  // namespace berth::queueing
