// How strict each of several looks at a growing sample must be, so that all of them together err no more
// often than a single look would.
//
// Of the error alpha, one-sided, so much is spent by the time that n of at most N observations are seen:
//
//   alpha(t) = 2 (1 - Phi(z(1 - alpha/2) / sqrt(t))),  t = n / N     Lan & DeMets, Biometrika 70 (1983):
//                                                                    close to O'Brien & Fleming (1979)
//   P(Z_1 <= c_1, ..., Z_(k-1) <= c_(k-1), Z_k > c_k) = alpha(t_k) - alpha(t_(k-1))      gives c_k
//
// with Z_k the standardised sum of the first n_k, by numerical integration over the sum (Armitage,
// McPherson & Rowe 1969). Early looks are strict, the last is nearly a single one, a single one at N is
// exactly that; and when to look need not be known before, as long as what is seen does not decide it.
// Where the variance is estimated, the level 1 - Phi(c_k) is what Student's t is asked for (Pocock 1977).
//
// Left out: data that are far from normal; stopping because there is no hope, which only makes errors rarer.
// Tested by tests/models/alpha_spending_test.cpp.
#pragma once

#include <span>
#include <vector>

namespace berth {

// By look, the level (one-sided) at which it rejects. Looks: how many observations each sees, ascending,
// at most `most`. Never 0, however early.
std::vector<double> levels_of_looks(std::span<const int> looks, int most, double alpha);

}  // namespace berth
