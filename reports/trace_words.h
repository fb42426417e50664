// What each kind of event says in a trace (reports/trace.h): a function a kind, found by overload, in
// the file of its chapter. For reports/trace*.cpp: it brings nlohmann/json along.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "models/journal.h"
#include "models/scenario.h"

namespace berth::trace {

using Json = nlohmann::ordered_json;

// What one event says: its type, the chapter it belongs to, its fields and the words.
struct Said {
  const char* type;
  const char* about;
  Json fields;
  std::string words;
};

struct Names {
  const Scenario& scenario;
  const Placement& placement;

  const std::string& of(TrainingId id) const { return scenario.training[id.index()].name; }
  const std::string& of(ServiceId id) const { return scenario.services[id.index()].name; }
  const std::string& of(PlatformId id) const { return name_of(scenario.platforms[id.index()]); }
  const std::string& of(PlatformId platform, PoolId pool) const {
    return std::get<Cluster>(scenario.platforms[platform.index()]).pools[pool.index()].name;
  }
  const std::string& of(TypeId id) const { return scenario.catalogue.types[id.index()].name; }
  const Service& service(ServiceId id) const { return scenario.services[id.index()]; }
  // A service's replicas are pods in a cluster; on SageMaker instances, each with copies of its model.
  bool has_instances(ServiceId id) const { return !placement.services[id.index()].pool; }
  const char* one_of(ServiceId id) const { return has_instances(id) ? "instance" : "replica"; }
  Json pool(PlatformId platform, PoolId pool) const {
    return {{"platform", of(platform)}, {"pool", of(platform, pool)}};
  }
};

// ---- What several chapters say alike (trace.cpp) ------------------------------------------------

double in_s(Seconds time);  // to a millisecond
std::string text(Seconds time);
Json joined(Json first, const Json& second);
// "48 s provisioning, 20 s data": what a wait was made of, the longest first.
std::string made_of(const StartupLedger& ledger);

// ---- Jobs and the run (trace_jobs.cpp) ----------------------------------------------------------

Said say(const JobSubmitted& e, const Names& names);
Said say(const JobStarted& e, const Names& names);
Said say(const AttemptInterrupted& e, const Names& names);
Said say(const CapacityRefused& e, const Names& names);
Said say(const JobCompleted& e, const Names& names);
Said say(const JobFailed& e, const Names& names);
Said say(const JobSkipped& e, const Names& names);
Said say(const JobCutOff& e, const Names& names);
Said say(const WindowOpened& e, const Names& names);

// ---- Pods (trace_pods.cpp) ----------------------------------------------------------------------

Said say(const PodUnschedulable& e, const Names& names);
Said say(const PodBound& e, const Names& names);
Said say(const PodEvicted& e, const Names& names);

// ---- Nodes (trace_nodes.cpp) --------------------------------------------------------------------

Said say(const NodeRequested& e, const Names& names);
Said say(const LaunchFailed& e, const Names& names);
Said say(const NodeUnregistered& e, const Names& names);
Said say(const ScaleUpTimedOut& e, const Names& names);
Said say(const NodeReady& e, const Names& names);
Said say(const NodeInterrupted& e, const Names& names);
Said say(const NodeUnneeded& e, const Names& names);
Said say(const ScaleUpChosen& e, const Names& names);
Said say(const DisruptionDecided& e, const Names& names);
Said say(const DisruptionDropped& e, const Names& names);
Said say(const NodeCordoned& e, const Names& names);
Said say(const EvictionRefused& e, const Names& names);
Said say(const NodeUncordoned& e, const Names& names);
Said say(const NodeGone& e, const Names& names);

// ---- Services (trace_services.cpp) --------------------------------------------------------------

Said say(const ServiceObserved& e, const Names& names);
Said say(const HpaDecided& e, const Names& names);
Said say(const KnativeDecided& e, const Names& names);
Said say(const KedaDecided& e, const Names& names);
Said say(const TrackingDecided& e, const Names& names);
Said say(const ServerlessObserved& e, const Names& names);
Said say(const ReplicaReady& e, const Names& names);
Said say(const ReplicaStopped& e, const Names& names);
Said say(const ReplicaLost& e, const Names& names);
Said say(const OverloadBegan& e, const Names& names);
Said say(const OverloadEnded& e, const Names& names);
Said say(const QueueGone& e, const Names& names);

}  // namespace berth::trace
