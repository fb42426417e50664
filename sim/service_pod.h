// The life of one pod of a Service:
//
//   room on a node, image, container, init, readiness probe, endpoints told, serving, drained, gone
//
//   ready   = containers start + the first multiple of the probe's period not before init's end
//   serves  = ready + endpoint_delay (EndpointSlice to kube-proxy's rules)
//   drains  = told to stop, until its last request is done or its grace is over; the room is held
//
// The probe's first look is at the container's start. A pod told to stop while it pulls ends when
// the pull does; in any other wait it ends at once. It stops getting requests the moment it is
// told: a preStop pause is taken to cover the time that proxies need. Left out: probes that fail
// later, crashes, start-up probes (init is known). Tested by tests/sim/serving_test.cpp.
#pragma once

#include "sim/serving.h"

namespace berth {

Life run_pod(World& world, ServedService& service, ClusterPlatform& cluster);

// When the probe first passes: `period` 0 looks all the time.
Seconds first_pass(Seconds containers, Seconds init, Seconds period);

}  // namespace berth
