#include "models/queueing/solve.h"

#include <stdexcept>

namespace berth::queueing {

double falls_to(const std::function<double(double)>& ccdf, double level, double scale) {
  if (ccdf(0) <= level) return 0;
  double low = 0, high = scale;
  for (int i = 0; ccdf(high) > level; ++i) {
    if (i == 200) throw std::domain_error("this probability never falls to the level asked for");
    low = high, high *= 2;
  }
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (ccdf(middle) > level ? low : high) = middle;
  }
}

}  // namespace berth::queueing
