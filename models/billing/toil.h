// People's time as a cost: hours a month by activity, responding to what a placement uses.
//
//   hours = hours_per_month x (number of clusters, node pools, ... as `per` says)
//
// For Per::incident, hours_per_month is what one incident takes, times incidents_per_month.
// Left out: who does the work, and that hours come in whole people.
// Tested by tests/models/billing/toil_test.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units.h"

namespace berth {

struct ToilActivity {
  enum class Per {
    fixed,  // once, whatever is used
    cluster,
    node_pool,
    sagemaker_account,  // once when SageMaker is used at all
    training_class,
    service,
    incident,
  };
  std::string name;
  double hours_per_month = 0;
  Per per = Per::fixed;
  double incidents_per_month = 0;  // Per::incident only
  bool operator==(const ToilActivity&) const = default;
};
std::string_view name_of(ToilActivity::Per per);

// What a placement uses.
struct ToilCounts {
  int clusters = 0, node_pools = 0, sagemaker_accounts = 0, training_classes = 0, services = 0;
};

struct ToilLine {
  std::string activity;
  double hours_per_month = 0;
  Usd per_month;
};

// One line per activity that takes any time, in the given order.
std::vector<ToilLine> toil_lines(std::span<const ToilActivity> activities, const ToilCounts& counts,
                                 UsdPerHour rate);

}  // namespace berth
