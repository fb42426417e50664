// Mean waits of GI/G/c from two moments: good to a few per cent where the exact queue has no formula.
//
//   Kimura        W = (ca2+cs2) / [ (1-ca2)/W_DMc + (1-cs2)/W_MDc + 2(ca2+cs2-1)/W_MMc ]
//   Allen-Cunneen W = W_MMc (ca2+cs2)/2
//   W_MDc = (1+g) W_MMc/2 (Cosmetatos),  W_DMc = (1-4g) e^{-2(1-rho)/(3 rho)} W_MMc/2
//   g = min(0.24, (1-rho)(c-1)(sqrt(4+5c)-2)/(16 c rho))
//
// ca2, cs2: squared coefficients of variation of the times between arrivals and of service. Kimura
// is exact for M/M/c, M/G/1 and in heavy traffic, and within 5 % for cs2 <= 1; it needs ca2 <= 1:
// beyond, (1-ca2)/W_DMc turns it negative at any load but the heaviest. Whitt's is for both sides
// (W_MMc (ca2+cs2)/2 phi, phi from the same corner cases): of H2/M/4 2 to 24 % low for ca2 of 2 to
// 10 and rho of 0.3 to 0.9, of H2/M/16 at 0.9 5 to 21 %, and far too low for many servers under a
// light load, where waits are a thousandth of a service. Allen-Cunneen is twice too high for cs2 = 4
// on 64 servers at 70 %. All need rho < 1.
// Cosmetatos (1976), Kimura (1986), Allen (1990), Whitt (POMS 2, 1993). Tested by
// tests/models/queueing/gigc_test.cpp, family gigc_approximation of the validation cases.
#pragma once

namespace berth::queueing {

struct Gigc {
  double arrival_rate = 0, service_rate = 1;
  int servers = 1;
  double arrival_scv = 1, service_scv = 1;  // ca2, cs2

  double mmc_mean_wait() const;
  double mdc_mean_wait() const;  // Cosmetatos
  double dmc_mean_wait() const;
  double allen_cunneen_mean_wait() const;
  double kimura_mean_wait() const { return kimura_mean_wait(mmc_mean_wait()); }
  double whitt_mean_wait() const { return whitt_mean_wait(mmc_mean_wait()); }
  // Where W_MMc is known already: it takes Erlang's recursion over all servers.
  double kimura_mean_wait(double mmc_mean_wait) const;
  double whitt_mean_wait(double mmc_mean_wait) const;
  // The rate at which P(wait > t) falls for large t: 2 c (1-rho) / ((ca2+cs2) E[S]).
  double decay_rate() const;
};

}  // namespace berth::queueing
