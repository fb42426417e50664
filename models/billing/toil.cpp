#include "models/billing/toil.h"

namespace berth {
namespace {

double times(const ToilActivity& activity, const ToilCounts& counts) {
  using Per = ToilActivity::Per;
  switch (activity.per) {
    case Per::fixed:
      return 1;
    case Per::cluster:
      return counts.clusters;
    case Per::node_pool:
      return counts.node_pools;
    case Per::sagemaker_account:
      return counts.sagemaker_accounts;
    case Per::training_class:
      return counts.training_classes;
    case Per::service:
      return counts.services;
    case Per::incident:
      return activity.incidents_per_month;
  }
  return 0;
}

}  // namespace

std::string_view name_of(ToilActivity::Per per) {
  constexpr std::string_view names[] = {
      "fixed",          "cluster", "node_pool", "sagemaker_account",
      "training_class", "service", "incident"};
  return names[static_cast<int>(per)];
}

std::vector<ToilLine> toil_lines(std::span<const ToilActivity> activities, const ToilCounts& counts,
                                 UsdPerHour rate) {
  std::vector<ToilLine> lines;
  for (const ToilActivity& activity : activities)
    if (const double hours = activity.hours_per_month * times(activity, counts); hours > 0)
      lines.push_back({activity.name, hours, rate * Hours{hours}});
  return lines;
}

}  // namespace berth
