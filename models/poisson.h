// The Poisson law. Tested by tests/models/poisson_test.cpp.
#pragma once

namespace berth {

// The least n with P(N <= n) >= p, N of a Poisson law. Of large means by Cornish and Fisher's expansion to
// its skewness (Abramowitz & Stegun 26.2.49): one more or less in less than 1 of 100 draws, right in the mean.
double poisson_quantile(double mean, double p);

// P(N <= n) of a mean >= 0; 0 for n < 0.
double poisson_cdf(double mean, double n);

}  // namespace berth
