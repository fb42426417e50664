// What happened in one replication, as values. The simulation hands each event to one place that
// folds it into the Outcome (models/tally.h) and, when somebody asked for it, keeps it. Reports and
// tests read the Outcome or the kept list; nothing else looks into a running simulation.
//
// `at` is simulated time; the measured window begins at the scenario's warm_up. An event says by
// itself what was decided, about whom and why: a reader needs the scenario for names, no other
// event.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "models/billing/usage_record.h"
#include "models/ids.h"
#include "models/kubernetes/fit_and_score.h"
#include "models/outcome.h"
#include "models/overloaded.h"
#include "models/placement.h"
#include "models/serving/autoscaler.h"
#include "models/serving/target_tracking.h"
#include "models/startup_ledger.h"
#include "models/units.h"

namespace berth {

enum class Expander : std::uint8_t;  // models/kubernetes/cluster_autoscaler.h

struct JobSubmitted {
  Seconds at;
  TrainingId workload;
};
// User code runs for the first time. `ledger` says what the wait was made of.
struct JobStarted {
  Seconds at, submitted;
  TrainingId workload;
  StartupLedger ledger;
  bool warm;  // on a warm pool, or on a node that held the whole image
};
struct AttemptInterrupted {
  Seconds at, submitted;
  TrainingId workload;
  enum class Why : std::uint8_t {
    reclaimed,  // AWS took the spot machine back
    preempted,  // a pod of higher priority needs the room
    moved,      // a node autoscaler gives the node back
  } why = Why::reclaimed;
};
struct CapacityRefused {
  Seconds at, submitted;
  TrainingId workload;
};
struct JobCompleted {
  Seconds at, submitted;
  TrainingId workload;
  Seconds chain_began;  // the first submission of its chain; its own without one
};
struct JobFailed {  // its last attempt was interrupted
  Seconds at, submitted;
  TrainingId workload;
};
// It will never be submitted: a job it waited for has failed, or was skipped itself.
struct JobSkipped {
  Seconds at;
  TrainingId workload;
};
// The window closed on a job that was still waiting for its first start, or under way.
struct JobCutOff {
  Seconds at, submitted;
  TrainingId workload;
  bool started;
};
// The measured window opens; whoever submitted before and has not started counts as backlog.
struct WindowOpened {
  Seconds at;
};

// ---- Pods of a cluster --------------------------------------------------------------------------
// A pod's holder is its class or service; nobody's pods are pause pods, which keep room.

// The scheduler found no room for a group of pods that start together, for the first time.
struct PodUnschedulable {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  Holder holder;
  int priority = 0;
  int pods = 1;                        // of the group
  Resources needs;                     // of one
  int nodes = 0;                       // of the pool that are ready and take pods
  std::array<int, kMisfits> failed{};  // of those, by the first thing that is missing
  bool pool_is_full = false;           // it has its most nodes, with those that are on their way
  int nodes_beyond = 0;                // of a group: that it needs beside those which the pool may yet have
};
// One pod is put onto a node.
struct PodBound {
  Seconds at, waited;  // waited: since its life asked for room
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  int zone = 0;
  Holder holder;
  int priority = 0;
};
// One pod is told to leave its node. Gone at `gone_by` at the latest.
struct PodEvicted {
  Seconds at, gone_by;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  Holder holder;
  int priority = 0;
  enum class Why : std::uint8_t { preempted, consolidated, scaled_down, interrupted } why{};
  Holder by;            // preempted: who gets the room
  int by_priority = 0;  // and how important it is
  bool breaks_budget = false;  // preempted though its disruption budget allowed no more to go
};

// ---- Nodes of a cluster -------------------------------------------------------------------------
// A node is named by its order of birth in its pool.

struct NodeRequested {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  TypeId type;
  Offering offering{};
  UsdPerHour price;  // of an hour of it
  int zone = 0;
  int pods = 0;  // that it was asked for
  enum class By : std::uint8_t { minimum, karpenter, consolidation, cluster_autoscaler } by{};
};
// EC2 had none of a type that nodes were asked for with. Told when whoever asked sees it.
struct LaunchFailed {
  Seconds at, asked;
  PlatformId platform;
  PoolId pool;
  TypeId type;  // the first choice
  Offering offering{};
  NodeRequested::By by{};
  int nodes = 1;        // that were to be of it
  int pods = 0;         // that they were for
  int short_types = 1;  // of those that would do
  std::optional<TypeId> instead = {};  // what comes; absent: nothing does
  Seconds not_before{};                // it is not asked for again until then
};
// It was launched, but has not registered in time, and is given back.
struct NodeUnregistered {
  Seconds at, requested;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  TypeId type;
  NodeRequested::By by{};  // who asked for it
};
// Cluster Autoscaler: of what was added to a group some is not ready in time, and the group backs off.
struct ScaleUpTimedOut {
  Seconds at, asked;  // for the last of it
  PlatformId platform;
  PoolId pool;
  TypeId type;
  int nodes = 0;  // that are not ready
  Seconds not_before{};  // no more of it are asked for until then
};
struct NodeReady {
  Seconds at, requested;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  TypeId type;
  int zone = 0;
};
// AWS announces that it takes a spot node back.
struct NodeInterrupted {
  Seconds at, reclaimed_at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
};
// Cluster Autoscaler could do without the node from now on; it goes if that lasts.
struct NodeUnneeded {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  double utilisation = 0;
  int pods = 0;
};
// Cluster Autoscaler's choice among the groups that would help.
struct ScaleUpChosen {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  TypeId type;
  int options = 1;  // there were
  int ties = 1;     // as good as the chosen one
  int nodes = 0;    // to be added
  int pods = 0;     // that they help
  Expander expander{};
  double score = 0;                     // expansion_score() of it: the least is chosen
  std::optional<double> next_score = {};  // of the best that is not as good
};
// A node autoscaler gives nodes back. Each of them follows as NodeCordoned with the same command.
struct DisruptionDecided {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t command = 0;  // order of decision in its cluster
  enum class Method : std::uint8_t {
    empty,          // nobody is on them
    several_nodes,  // Karpenter's consolidation of several at once
    one_node,       // of one
    underutilised,  // Cluster Autoscaler's scale-down
  } method{};
  int nodes = 0, pods = 0;            // that go; that move
  std::optional<TypeId> replacement;  // launched first
  UsdPerHour before, after;           // of what goes, of the replacement
};
// What was decided no longer held when it was checked again.
struct DisruptionDropped {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t command = 0;
};
// No new pod goes there, and those on it are told to leave.
struct NodeCordoned {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  std::optional<std::int64_t> command;  // absent: AWS takes it back
  int pods = 0;
};
// A drain's first attempt: so many pods of one holder have to stay, as their disruption budget
// allows no more. It asks again until they may go, or the node does.
struct EvictionRefused {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  Holder holder;
  int pods = 0;
};
// A drain was given up: what is still on the node stays, and it takes pods again.
struct NodeUncordoned {
  Seconds at;
  PlatformId platform;
  PoolId pool;
  std::int64_t node = 0;
  int pods = 0;
};
struct NodeGone {
  Seconds at, requested;
  PlatformId platform;
  PoolId pool;
  enum class Why : std::uint8_t {
    empty,         // nobody was on it
    consolidated,  // its pods found room elsewhere
    replaced,      // by a cheaper one
    reclaimed,     // by AWS
    cut_off,       // by the end of the window
    drained,       // given back at AWS's notice, before it was taken
    unregistered,  // given back because it had not come in time
  } why{};
  std::int64_t node = 0;
  TypeId type;
  UsdPerHour price;  // that is no longer paid
};

// ---- Services -----------------------------------------------------------------------------------

// One look at a Service, [from, at): the slice that the Outcome keeps.
struct ServiceObserved {
  Seconds at, from;
  ServiceId service;
  ServiceSlice slice;
};

// What one metric read and asked for at a sync. Values and targets are milli-units (of a core, a
// request, a request per second); a CPU utilisation has its percentages besides.
struct MetricRead {
  Measure what = Measure::cpu;
  double target = 0;  // as the placement says it: a share, or a number
  bool by_value = false;  // of the total, not of a replica's part
  std::optional<std::int64_t> value_milli = {};
  std::optional<std::int64_t> percent = {};
  std::optional<std::int32_t> proposal = {};
  // As it was counted, in the target's units, where pods without a sample or not ready were filled in.
  std::optional<double> filled = {};
  bool tolerated = false;  // so near its target that the replicas stay
  std::optional<MetricProblem> problem = {};
  bool fallback = false;  // its trigger fails: KEDA says what its fallback makes of the replicas
};
// A sync of a HorizontalPodAutoscaler that changed the replicas, or whose proposal or reason is not
// the last one's. What was proposed is first held against earlier proposals (stabilised), then
// limited.
struct HpaDecided {
  Seconds at;
  ServiceId service;
  std::int32_t current = 0;  // replicas asked for before
  std::int32_t pods = 0;     // that there are
  std::int32_t ready = 0, unready = 0, missing = 0;  // as the first metric classifies them
  std::vector<MetricRead> metrics = {};
  std::optional<std::size_t> winner = {};
  std::optional<std::int32_t> proposed = {}, stabilised = {};
  std::optional<Limit> limited = {};
  AbleToScale able = AbleToScale::got_scale;
  ScalingActive active = ScalingActive::not_asked;
  std::int32_t replicas = 0;  // asked for at this look
};
// A tick of Knative's autoscaler that changed the replicas, or in which panic began or ended.
struct KnativeDecided {
  Seconds at;
  ServiceId service;
  std::int32_t current = 0, ready = 0;
  Measure what = Measure::concurrency;
  double target = 0;             // per pod
  double stable = 0, panic = 0;  // averages over the two windows
  std::int32_t stable_pods = 0, panic_pods = 0;
  bool in_panic = false;
  std::int32_t excess_burst_capacity = 0;  // below 0: requests pass the activator
  std::int32_t replicas = 0;
};
// A poll of KEDA that changed the replicas.
struct KedaDecided {
  Seconds at;
  ServiceId service;
  std::int32_t current = 0;
  std::vector<MetricRead> triggers = {};
  KedaReason reason = KedaReason::unchanged;
  std::int32_t replicas = 0;
};
// A point of an endpoint's target tracking that changed the instances, or whose reason or wish is
// not the last one's.
struct TrackingDecided {
  Seconds at;
  ServiceId service;
  std::int32_t current = 0, active = 0;  // instances asked for before, and in service
  TrackedMetric metric{};
  double target = 0;
  std::optional<double> per_instance = {};
  double backlog = 0;
  std::optional<std::int32_t> wish = {};
  TrackingReason reason{};
  std::int32_t instances = 0;  // asked for at this look
};
using ScalingEvent = std::variant<HpaDecided, KnativeDecided, KedaDecided, TrackingDecided>;

// A replica serves. `node` counts from 0 within its pool; absent for an endpoint's instance.
struct ReplicaReady {
  Seconds at, asked;
  ServiceId service;
  std::int64_t replica = 0;  // in order of creation
  PlatformId platform;
  std::optional<PoolId> pool = {};
  std::optional<std::int64_t> node = {};
  Seconds queued{0}, provisioning{0};  // of the wait: for room, for a node
  StartupLedger ledger{};              // of the whole wait, asked to at
};
// A replica was told to stop; its requests are done, or cut off, at `gone`.
struct ReplicaStopped {
  Seconds at, gone;
  ServiceId service;
  std::int64_t replica = 0;
  bool was_ready = false;
};
// A replica went with its node.
struct ReplicaLost {
  Seconds at;
  ServiceId service;
  std::int64_t replica = 0;
  bool was_ready = false;
};
// What a serverless endpoint did in [from, at).
struct ServerlessObserved {
  Seconds at, from;
  ServiceId service;
  double requests = 0, cold = 0, throttled = 0;
  std::int32_t most = 0;  // requests in service at once; 0 by formula
};
// Offered load (requests per second x mean service time) reached the ready slots, or fell below.
struct OverloadBegan {
  Seconds at;
  ServiceId service;
  double offered = 0;
  std::int32_t slots = 0;
};
struct OverloadEnded {
  Seconds at, began;
  ServiceId service;
  double offered = 0;
  std::int32_t slots = 0;
  double waiting = 0;  // requests
};
// No more requests wait than there are slots, for the first time after an overload that left more.
struct QueueGone {
  Seconds at, ended;  // ended: the overload
  ServiceId service;
};

using Event =
    std::variant<JobSubmitted, JobStarted, AttemptInterrupted, CapacityRefused, JobCompleted,
                 JobFailed, JobSkipped, JobCutOff, WindowOpened, PodUnschedulable, PodBound,
                 PodEvicted,
                 NodeRequested, LaunchFailed, NodeUnregistered, ScaleUpTimedOut, NodeReady,
                 NodeInterrupted, NodeUnneeded, ScaleUpChosen, DisruptionDecided, DisruptionDropped,
                 NodeCordoned, EvictionRefused, NodeUncordoned, NodeGone, ServiceObserved, HpaDecided, KnativeDecided, KedaDecided, TrackingDecided, ReplicaReady,
                 ReplicaStopped, ReplicaLost, OverloadBegan, OverloadEnded, QueueGone,
                 ServerlessObserved>;

}  // namespace berth
