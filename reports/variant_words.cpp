#include "reports/variant_words.h"

#include <fmt/format.h>

#include <cmath>

namespace berth {

std::string variant_line(const std::string& name, bool chosen, std::optional<double> analytic,
                         std::optional<double> best, const std::string& breaks, bool by_formulas) {
  if (chosen) return fmt::format("{}: chosen", name);
  if (!breaks.empty())
    return fmt::format("{}: breaks {}{}", name, breaks, by_formulas ? ", by formulas" : "");
  if (!analytic) return fmt::format("{}: nothing goes there, even as the only shape", name);
  if (!best) return fmt::format("{}: not used", name);
  return fmt::format("{}: {:.3g} % {} by formulas at its best", name,
                     100 * std::abs(*analytic / *best - 1), *analytic < *best ? "better" : "worse");
}

}  // namespace berth
