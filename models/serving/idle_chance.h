// How likely a service that may go to zero sleeps: nothing that its autoscaler reads shows a request for
// as long as it waits before it takes the last pod.
//
//   Knative   no request in the stable window, the scale-down delay and the retention
//   KEDA      cooldown / polling interval polls in a row without an active trigger. A trigger by rate
//             counts what came in the window of its metric; one by what waits or is in service sees
//             who is there at that moment, rate x service time on average (M/G/inf)
//
// Requests come as in a Poisson stream, so n of mean m are at most a with P(N <= a); readings are taken as
// independent. It is the share of the requests that find nobody awake, but for those that come while the
// first pod starts. Left out: target tracking, which goes by a backlog that flows show as well.
// Tested by tests/models/serving/idle_chance_test.cpp.
#pragma once

#include "models/serving/autoscaler.h"

namespace berth {

// rate 1/s, service_s seconds; 0 for what may not go to zero.
double idle_chance(const ReplicaPolicy& policy, double rate, double service_s);

}  // namespace berth
