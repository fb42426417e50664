// What may be chosen for every workload: its options, one home each, out of the levers that are
// free.
//
// A lever that is stated (`plan: levers:`) has the values it states; rules go from the general to
// the particular ("*", team:NAME, name) and a later one replaces a value list, not the rule. What
// is not stated is derived, and `derived` lists it in words:
//   homes            those of the scenario's placements that stated levers allow: where none is stated, every
//                    placement is a choice, and one that is outside is shown beside the choices
//   platforms        all
//   SageMaker types  those the scenario's placements name for the workload, and the three on which it
//                    fits and that do its work for least (Graviton only when named: images are not
//                    known to be built for it)
//   endpoints        on SageMaker: realtime with every type; serverless and asynchronous as placements
//                    name them for the service, or as planner/derived_endpoints.h makes one
//   node pools       all with room for one pod; GPU pools only for who asks for GPUs; spot pools for
//                    services only when named
//   offering         on demand; spot too for classes that write checkpoints or that a placement puts
//                    on spot
//   pull             full; lazy or parallel SOCI where it is honoured and the image has an index; for
//                    services what the placements name
//   keep-alive       none; and, within a warm-pool quota, a gap of a periodic schedule (at most 1 h),
//                    or half an hour
//   checkpoints      the class's own interval; on spot also the best one (models/spot.h);
//                    stated ones are the only ones
//   target           for services 50, 60, 70, 80 % and what the placements name: the rest is headroom
//   replicas         least and most as the placements say for that platform
//   Savings Plans none to buy unless terms are stated (planner/bought_plans.h): no option of a workload, but
//                    of each placement as a whole
// Hard rules filter before anything is counted: fit, offer, price, quota, keep-alive with spot. A value that is
// stated and that no home of a workload has is named (planner/lever_use.h).
// What a cluster as a whole may be (node autoscaler, pool shapes, room kept in advance) comes as further
// platforms (planner/cluster_variants.h). Tested by tests/planner/levers_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "models/plan_request.h"
#include "models/scenario.h"

namespace berth {

struct Options {
  std::vector<std::vector<TrainingHome>> training;  // by TrainingId
  std::vector<std::vector<ServiceHome>> services;   // by ServiceId
  std::vector<std::string> derived;                 // levers nobody stated, in words
  std::vector<std::string> unused;                  // values stated that no home has, in words
  // Workloads for which nothing is left, with why each thing tried was refused.
  struct Homeless {
    std::string workload;
    std::vector<std::string> refused;
  };
  std::vector<Homeless> homeless;
};

Options options_of(const Scenario& scenario, const PlanRequest& request);

}  // namespace berth
