// Families of money: savings_plan, savings_plan_multi, commitment_lognormal, risk_table.
#include <algorithm>

#include "models/billing/commitment.h"
#include "models/risk.h"
#include "tests/conformance/family.h"

namespace berth::conformance {
namespace {

std::vector<UsageBlock> blocks(const Json& usage, const std::vector<double>& hours) {
  std::vector<UsageBlock> result;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const Json& row = usage.at(i);
    result.push_back({hours[i], row.is_array() ? row.get<std::vector<double>>()
                                               : std::vector<double>{row.get<double>()}});
  }
  return result;
}

Json savings_plan(const Parameters& in) {
  const std::vector<double> discount{in.number("discount")};
  const auto best =
      best_commitment(blocks(in.value("usage_levels"), in.numbers("hours")), discount);
  return {
      {"optimal_coverage",       best.commitment / (1 - discount[0])},
      {"optimal_commitment",     best.commitment                    },
      {"optimal_cost",           best.cost                          },
      {"on_demand_cost",         best.on_demand_cost                },
      {"savings_fraction",       best.savings_fraction()            },
      {"commitment_utilization", best.utilization                   },
      {"coverage_fraction",      best.coverage                      }
  };
}

Json savings_plan_multi(const Parameters& in) {
  const auto best =
      best_commitment(blocks(in.value("usage"), in.numbers("hours")), in.numbers("discounts"));
  return {
      {"optimal_commitment", best.commitment        },
      {"optimal_cost",       best.cost              },
      {"on_demand_cost",     best.on_demand_cost    },
      {"savings_fraction",   best.savings_fraction()}
  };
}

Json commitment_lognormal(const Parameters& in) {
  const double mean = in.number("usage_mean");
  const auto best = best_commitment_lognormal(mean, in.number("usage_cv"), in.number("discount"));
  return {
      {"optimal_coverage",    best.coverage },
      {"optimal_cost_rate",   best.cost     },
      {"expected_shortfall",  best.shortfall},
      {"on_demand_cost_rate", mean          }
  };
}

Json risk(const Parameters& in) {
  const auto table = risk_table(in.value("costs").get<std::vector<std::vector<double>>>(),
                                in.numbers("probabilities"), in.number("alpha"));
  const auto column = [&](double DecisionRisk::*of) {
    Json values = Json::array();
    for (const DecisionRisk& decision : table.decisions) values.push_back(decision.*of);
    return values;
  };
  return {
      {"expected_cost",     column(&DecisionRisk::expected_cost)            },
      {"var",               column(&DecisionRisk::value_at_risk)            },
      {"cvar",              column(&DecisionRisk::conditional_value_at_risk)},
      {"max_regret",        column(&DecisionRisk::max_regret)               },
      {"expected_regret",   column(&DecisionRisk::expected_regret)          },
      {"argmin_expected",   table.least_expected_cost                       },
      {"argmin_cvar",       table.least_conditional_value_at_risk           },
      {"argmin_max_regret", table.least_max_regret                          },
      {"evpi",              table.value_of_perfect_information              }
  };
}

}  // namespace

std::vector<Family> money_families() {
  return {
      {"savings_plan",         savings_plan        },
      {"savings_plan_multi",   savings_plan_multi  },
      {"commitment_lognormal", commitment_lognormal},
      {"risk_table",           risk                }
  };
}

}  // namespace berth::conformance
