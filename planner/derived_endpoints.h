// Serverless and asynchronous endpoints of a service that no placement puts on one.
//
//   serverless     memory   the least whole GB that hold the pod's and bring its CPU
//                  at once  the fewest at which the peak rate is throttled no more than a tenth of
//                           what the service's goal lets go wrong, 200 at most
//                  start    as a placement's: container, image, init; warm for 5 min (assumed)
//     only where its GB-seconds cost less than the one instance that another endpoint keeps at least (AWS:
//     "idle periods between traffic spurts"), unless a lever states it;
//     not where AWS' limits forbid it, where more requests than the goal lets go wrong take 60 s or
//     more, where a container starts in more than 3 min or than a request waits, and where how long a
//     request takes by itself in a new container is not known (batches, warm-up)
//   asynchronous   at once  what an instance of the type serves at once behind a realtime endpoint
//                  most     instances that carry the peak at 80 %; asked for by a backlog of 5 each
//                  least    none where the goal leaves time for an instance to be woken, else one
//     An answer that is fetched later is another contract. So only where the goal is longer than the 60 s
//     for which a realtime endpoint keeps a caller at most: such a caller waits by other means already.
//     A stated lever says the same of shorter goals.
// A tenth: cold starts and long requests need the rest. 80 %: the highest target tried of others. 5: the
// target of the developer guide's example (B). Left out: provisioned containers, memory beyond the least
// (what a request gains from more CPU is not known), several kept instances.
// Tested by tests/planner/derived_endpoints_test.cpp.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "models/scenario.h"

namespace berth {

// A home, or why there is none: "needs a GPU and ..".
using DerivedHome = std::variant<ServiceHome, std::string>;

// stated: somebody asked for this kind, whatever it comes to.
DerivedHome serverless_home(const Scenario& scenario, PlatformId sagemaker, const Service& service,
                            bool stated = false);
DerivedHome async_home(const Scenario& scenario, PlatformId sagemaker, const Service& service,
                       TypeId type);

// One kind is as good as stated, or all are tried.
bool is_free(const std::vector<EndpointKind>& stated, EndpointKind kind);

// Serverless and asynchronous homes of a service on a platform: those that placements name, or else derived.
struct EndpointTrials {
  std::vector<ServiceHome> homes;
  std::vector<std::string> refused;  // why not, naming the service
  std::vector<std::string> derived;  // what was tried or not though nobody stated it, to be followed by names
};
EndpointTrials endpoint_trials(const Scenario& scenario, PlatformId sagemaker, std::size_t service,
                               const std::vector<EndpointKind>& stated,
                               const std::vector<TypeId>& types);

}  // namespace berth
