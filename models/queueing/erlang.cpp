#include "models/queueing/erlang.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "models/queueing/solve.h"

namespace berth::queueing {
namespace {

// Stationary law of a birth-death chain on 0, 1, ..: from its largest probability outwards, so
// nothing overflows; states below 1e-18 of it end the chain where it has no last state.
std::vector<double> birth_death(const std::function<double(int)>& birth,
                                const std::function<double(int)>& death, int last) {
  std::vector<double> logs = {0};
  double peak = 0;
  for (int n = 1; n <= last && birth(n - 1) > 0; ++n) {
    logs.push_back(logs.back() + std::log(birth(n - 1) / death(n)));
    peak = std::max(peak, logs.back());
    if (logs.back() < peak - 45 && birth(n) < death(n + 1)) break;
  }
  double total = 0;
  for (double& value : logs) total += value = std::exp(value - peak);
  for (double& value : logs) value /= total;
  return logs;
}

double expectation(const std::vector<double>& law, const std::function<double(int)>& value) {
  double sum = 0;
  for (std::size_t n = 0; n < law.size(); ++n) sum += law[n] * value(static_cast<int>(n));
  return sum;
}

// (1 - e^-x) / x, which is 1 at 0.
double decay_mean(double x) { return x == 0 ? 1 : -std::expm1(-x) / x; }

}  // namespace

double erlang_b(int servers, double offered_load) {
  double b = 1;
  for (int k = 1; k <= servers; ++k) b = offered_load * b / (k + offered_load * b);
  return b;
}

double erlang_c(int servers, double offered_load) {
  if (offered_load >= servers) return 1;
  const double b = erlang_b(servers, offered_load);
  return b / (1 - offered_load / servers * (1 - b));
}

double Mmc::p_wait() const { return erlang_c(servers, arrival_rate / service_rate); }

double Mmc::mean_wait() const { return p_wait() / (servers * service_rate - arrival_rate); }

double Mmc::wait_quantile(double p) const {
  const double beyond = p_wait() / (1 - p);
  return beyond <= 1 ? 0 : std::log(beyond) / (servers * service_rate - arrival_rate);
}

// (1-C) e^{-mu t} + C (theta e^{-mu t} - mu e^{-theta t})/(theta - mu), written so that theta = mu
// (one server left to spare) is no special case.
double Mmc::sojourn_ccdf(double t) const {
  const double theta = servers * service_rate - arrival_rate;
  const double waiting = service_rate * t * decay_mean((theta - service_rate) * t);
  return std::exp(-service_rate * t) * (1 + p_wait() * waiting);
}

double Mmc::sojourn_quantile(double p) const {
  const double c = p_wait(), theta = servers * service_rate - arrival_rate;
  const auto ccdf = [&](double t) {
    const double waiting = service_rate * t * decay_mean((theta - service_rate) * t);
    return std::exp(-service_rate * t) * (1 + c * waiting);
  };
  return falls_to(ccdf, 1 - p, mean_sojourn());
}

Mmck mmck(double arrival_rate, double service_rate, int servers, int capacity) {
  const auto law = birth_death([&](int n) { return n < capacity ? arrival_rate : 0; },
                               [&](int n) { return service_rate * std::min(n, servers); },
                               capacity);
  // Loads so light that the last state is beyond the chain's cut are never blocked.
  const bool reached = law.size() == static_cast<std::size_t>(capacity) + 1;
  Mmck result;
  result.p_block = reached ? law.back() : 0;
  result.throughput = arrival_rate * (1 - result.p_block);
  result.mean_queue = expectation(law, [&](int n) { return std::max(n - servers, 0); });
  result.utilisation = expectation(law, [&](int n) { return std::min(n, servers); }) / servers;
  result.mean_wait_accepted = result.mean_queue / result.throughput;
  const double waits = expectation(law, [&](int n) { return n >= servers && n < capacity; });
  result.p_wait_accepted = waits / (1 - result.p_block);
  return result;
}

ErlangA erlang_a(double arrival_rate, double service_rate, int servers, double abandonment_rate) {
  const auto law = birth_death(
      [&](int) { return arrival_rate; },
      [&](int n) {
        return service_rate * std::min(n, servers) + abandonment_rate * std::max(n - servers, 0);
      },
      100'000'000);
  ErlangA result;
  result.mean_queue = expectation(law, [&](int n) { return std::max(n - servers, 0); });
  result.mean_in_service = expectation(law, [&](int n) { return std::min(n, servers); });
  result.p_delay = expectation(law, [&](int n) { return n >= servers; });
  result.p_abandon = abandonment_rate * result.mean_queue / arrival_rate;
  result.mean_wait_all = result.mean_queue / arrival_rate;
  return result;
}

FiniteSource finite_source(int clients, int servers, double think_rate, double service_rate) {
  const auto law = birth_death([&](int n) { return (clients - n) * think_rate; },
                               [&](int n) { return service_rate * std::min(n, servers); }, clients);
  FiniteSource result;
  const double busy = expectation(law, [&](int n) { return std::min(n, servers); });
  result.mean_down = expectation(law, [](int n) { return n; });
  result.throughput = busy * service_rate;
  result.mean_response = result.mean_down / result.throughput;
  result.mean_wait = result.mean_response - 1 / service_rate;
  result.utilisation = busy / servers;
  result.p_all_idle = law.front();
  return result;
}

}  // namespace berth::queueing
