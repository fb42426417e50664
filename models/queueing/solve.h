// Where a falling function falls to a level: how a quantile is found from P(X > t).
#pragma once

#include <functional>

namespace berth::queueing {

// The smallest t >= 0 with ccdf(t) <= level, to the last bit. `scale` is a first guess of its size.
double falls_to(const std::function<double(double)>& ccdf, double level, double scale);

}  // namespace berth::queueing
