// Two tools of the exact queues: where P(X > t) falls to a level, which is a quantile, and sums over
// a Poisson number of steps, which turn probabilities after m steps into probabilities at a time.
#pragma once

#include <functional>
#include <span>

namespace berth::queueing {

// The smallest t >= 0 with ccdf(t) <= level, to the last bit. `scale` is a first guess of its size.
double falls_to(const std::function<double(double)>& ccdf, double level, double scale);

// Sum over m of values[m] * P(Poisson(mean) = m).
double poisson_mixture(std::span<const double> values, double mean);

}  // namespace berth::queueing
