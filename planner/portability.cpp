#include "planner/portability.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "planner/homes.h"

namespace berth {

bool Portability::could_move(std::size_t w, PlatformId home) const {
  const auto same = [&](PlatformId other) {
    return other == home ||
           std::ranges::any_of(request_.variants, [&](const std::vector<PlatformId>& variants) {
             return std::ranges::find(variants, home) != variants.end() &&
                    std::ranges::find(variants, other) != variants.end();
           });
  };
  const auto elsewhere = [&](const auto& list) {
    return std::ranges::any_of(list, [&](const auto& one) { return !same(one.platform); });
  };
  const std::size_t classes = all_.training.size();
  return w < classes ? elsewhere(all_.training[w]) : elsewhere(all_.services[w - classes]);
}

double Portability::within_effort(const std::vector<double>& usd, const std::vector<bool>& movable) const {
  std::vector<double> moving;
  for (std::size_t w = 0; w < usd.size(); ++w)
    if (movable[w]) moving.push_back(usd[w]);
  std::ranges::sort(moving, std::greater{});
  const double moves =
      request_.hours_per_move > 0 ? request_.most_hours_to_move / request_.hours_per_move : 1e9;
  double within = 0;
  for (std::size_t i = 0; i < moving.size() && double(i) + 1 <= moves; ++i) within += moving[i];
  const double whole = std::accumulate(usd.begin(), usd.end(), 0.0);
  return whole > 0 ? std::min(1.0, within / whole) : 1;
}

double Portability::share(const Placement& placement, const Observations& paid) const {
  const std::size_t classes = placement.training.size();
  std::vector<double> spend;
  std::vector<bool> movable;
  for (std::size_t w = 0; w < classes + placement.services.size(); ++w) {
    double usd = 0;
    int n = 0;
    for (const auto& one : paid)
      if (one) usd += w < classes ? one->training[w].usd : one->services[w - classes].usd, ++n;
    spend.push_back(n > 0 ? usd / n : 0);
    movable.push_back(could_move(w, w < classes ? placement.training[w].platform
                                                : placement.services[w - classes].platform));
  }
  return within_effort(spend, movable);
}

double Portability::share(const Analysis& analysis, const Choice& choice) const {
  const std::size_t classes = analysis.training.size();
  std::vector<double> spend;
  std::vector<bool> movable;
  for (std::size_t w = 0; w < choice.size(); ++w) {
    spend.push_back(w < classes ? analysis.training[w][choice[w]].usd_per_month
                                : analysis.services[w - classes][choice[w]].usd_per_month);
    movable.push_back(could_move(w, place_of(analysis.options, w, choice[w]).first));
  }
  return within_effort(spend, movable);
}

}  // namespace berth
