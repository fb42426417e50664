#include "models/queueing/gigc.h"

#include <algorithm>
#include <cmath>

#include "models/queueing/erlang.h"

namespace berth::queueing {
namespace {

double utilisation(const Gigc& q) { return q.arrival_rate / (q.service_rate * q.servers); }

double gamma_factor(const Gigc& q) {
  const double rho = utilisation(q), c = q.servers;
  return std::min(0.24, (1 - rho) * (c - 1) * (std::sqrt(4 + 5 * c) - 2) / (16 * c * rho));
}

// Whitt's phi_1 (M/D/c over its two-moment value) and phi_3 (D/M/c over its).
double phi1(const Gigc& q) { return 1 + gamma_factor(q); }
double phi3(const Gigc& q) {
  const double rho = utilisation(q);
  return (1 - 4 * gamma_factor(q)) * std::exp(-2 * (1 - rho) / (3 * rho));
}

// Whitt's psi: 1 for variable traffic, less where both arrivals and service are regular.
double psi(const Gigc& q) {
  const double scv = (q.arrival_scv + q.service_scv) / 2;
  if (scv >= 1) return 1;
  return std::pow(std::min(1.0, (phi1(q) + phi3(q)) / 2), 2 * (1 - scv));
}

}  // namespace

double Gigc::mmc_mean_wait() const {
  return Mmc{arrival_rate, service_rate, servers}.mean_wait();
}
double Gigc::mdc_mean_wait() const { return phi1(*this) * mmc_mean_wait() / 2; }
double Gigc::dmc_mean_wait() const { return phi3(*this) * mmc_mean_wait() / 2; }

double Gigc::allen_cunneen_mean_wait() const {
  return mmc_mean_wait() * (arrival_scv + service_scv) / 2;
}

double Gigc::kimura_mean_wait(double mmc) const {
  const double sum = arrival_scv + service_scv;
  if (sum == 0) return 0;
  const double dmc = phi3(*this) * mmc / 2, mdc = phi1(*this) * mmc / 2;
  // Under a light load nobody waits after regular arrivals: dmc underflows. Poisson arrivals have no
  // part of it.
  const double regular = arrival_scv == 1 ? 0 : (1 - arrival_scv) / dmc;
  return sum / (regular + (1 - service_scv) / mdc + 2 * (sum - 1) / mmc);
}

double Gigc::whitt_mean_wait(double mmc) const {
  const double ca2 = arrival_scv, cs2 = service_scv;
  double phi = psi(*this);
  if (ca2 > cs2)
    phi = 4 * (ca2 - cs2) / (4 * ca2 - 3 * cs2) * phi1(*this) + cs2 / (4 * ca2 - 3 * cs2) * phi;
  else if (cs2 > ca2)
    phi = (cs2 - ca2) / (2 * (ca2 + cs2)) * phi3(*this) +
          (cs2 + 3 * ca2) / (2 * (ca2 + cs2)) * phi;
  return phi * mmc * (ca2 + cs2) / 2;
}

double Gigc::decay_rate() const {
  return 2 * servers * (1 - utilisation(*this)) * service_rate / (arrival_scv + service_scv);
}

}  // namespace berth::queueing
