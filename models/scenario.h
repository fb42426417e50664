// Everything a run needs, after overlays are applied and defaults are filled in. The reader in
// scenarios/ is the only one who makes one from text; nobody checks strings after it.
//
// A default that stands here is the language's, too. Empty ones are for the reader to fill: laws and
// rates with a source of their own (scenarios/platform_fields.cpp).
//
// Lists are in file order and ids are positions in them. Platforms, classes, services and images
// refer to each other by id; instance types by TypeId (position in catalogue.types).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/billing/toil.h"
#include "models/catalogue.h"
#include "models/distribution.h"
#include "models/ids.h"
#include "models/image.h"
#include "models/kubernetes/cluster_autoscaler.h"
#include "models/kubernetes/disruption_budget.h"
#include "models/kubernetes/fit_and_score.h"
#include "models/kubernetes/launch_failures.h"
#include "models/kubernetes/provision.h"
#include "models/placement.h"
#include "models/rate_curve.h"
#include "models/schedule.h"
#include "models/serving/cut_off.h"
#include "models/serving/fidelity.h"
#include "models/shortage.h"
#include "models/units.h"

namespace berth {

// ---- Workloads ---------------------------------------------------------------------------------

enum class InputMode {
  file,       // everything is copied before user code runs
  fast_file,  // listed, then streamed while the code runs: only the fixed overhead before it
};

// What survives an interruption: everything up to the last checkpoint.
struct Checkpointing {
  Seconds interval{};  // work between two checkpoints
  Seconds cost{0};     // time one checkpoint takes
  Seconds restart{0};  // loading it again
};

struct TypeSpeed {
  TypeId type;
  double factor = 1;  // 2: the same work takes half the time
};

// Jobs that arrive, run and end: training, batch, notebooks.
struct TrainingClass {
  std::string name;
  std::string team;
  bool interactive = false;  // a notebook: SageMaker Studio can load its image lazily
  ImageId image;
  Schedule schedule;
  int models = 1;        // like models with the same schedule
  int instances = 1;     // of one job; it starts when the last one is ready
  Resources needs;       // of one instance
  Distribution duration; // seconds of user code, on a type of speed 1
  std::vector<TypeSpeed> speeds;
  Seconds init{0};       // user start-up before the first useful line
  Bytes input_data;
  InputMode input_mode = InputMode::file;
  Bytes output;          // uploaded after the run, on the job's time
  Bytes volume{30 * kGiB};
  std::optional<Checkpointing> checkpoint;
  int priority = 0;      // higher first, in Kubernetes' queue
  bool preempts = true;  // pods of lower priority may have to go for its own
  bool disruptable = false;  // node autoscalers may move its pods: the attempt is interrupted
  Seconds grace{30};     // between being told to leave and being killed
  int max_attempts = 7;  // an interrupted job is tried again this often in all
  std::optional<Seconds> start_slo;  // submitted -> user code runs
  std::optional<Seconds> deadline;   // submitted -> done

  double speed_on(TypeId type) const;  // 1 when not listed
};

enum class LoadBalancing { central_queue, random, round_robin, least_outstanding, power_of_two };

// The rate is `ratio` times as high inside bursts as between them; both last exponential times. The
// mean over both is the demand's.
struct BurstRates {
  double ratio = 1;
  Seconds on{1}, off{1};  // mean lengths
};

// Workers that serve several requests at once: a batch of n takes fixed + n x per_item.
struct Batching {
  int max_batch = 1;
  Seconds max_delay{0};  // the first of a batch may be made to wait for others
  Seconds fixed{0}, per_item{0};
};

// The first requests of a pod take service x (1 + extra e^{-(time since it joined)/fades}).
struct PodWarmUp {
  double extra = 0;
  Seconds fades{60};
};

// A proxy beside the main container of every pod.
struct Sidecar {
  std::int64_t cpu_milli = 0;   // its part of the pod's request
  std::int64_t idle_milli = 0;  // it uses while nothing comes
  Seconds per_request{350e-6};  // CPU time of a request
};

// Requests that arrive at pods (or endpoint instances).
struct Service {
  std::string name;
  std::string team;
  ImageId image;
  RateCurve demand;              // requests per second at a time of the scenario's clock
  double arrival_scv = 1;        // squared coefficient of variation of gaps: 1 is Poisson
  std::optional<BurstRates> bursts;
  std::vector<double> recorded;  // when requests came, on the simulated clock; empty: they are drawn
  Distribution service_time;     // seconds one request holds one slot; in batches: its share of one
  std::optional<Batching> batching;
  int concurrency = 1;           // slots of a pod
  int priority = 0;              // of its pods, as a class has one
  bool preempts = true;
  Resources needs;               // of a pod
  LoadBalancing balancing = LoadBalancing::random;
  std::optional<Seconds> timeout;  // a request that waits longer is given up
  int queue_limit = 100'000;     // waiting requests, of all or of each pod that has a queue
  Seconds drain_grace{30};       // what a pod that is told to stop may still finish
  CutOff cut_off = CutOff::retry;  // the rest, and what a lost node's pods had
  std::optional<DisruptionBudget> disruption_budget;  // of its pods, in a cluster
  Seconds init{0};               // application start-up after the container runs
  Seconds probe_period{10};      // readiness is looked at this often, from the container's start on
  Seconds endpoint_delay{1};     // Ready to the first request
  PodWarmUp warm_up;
  double cpu_when_busy = 1;      // share of the CPU request in use while all slots are busy
  std::optional<Sidecar> sidecar;  // then: of the main container's request
  Seconds slo_latency{};         // a request within this counts as good
  double slo_target = 0.99;      // share of requests that must be good
  Bytes request_bytes, response_bytes;
};

// ---- Platforms ---------------------------------------------------------------------------------

struct Quota {
  TypeId type;
  int instances = 0;
};

// Where a platform's pulls and downloads pass before they reach a machine's own network card.
struct Egress {
  std::optional<BytesPerSecond> shared_link;  // all transfers of the platform share it
  int nat_gateways = 0;                       // hours and bytes are billed when > 0
};

// How a platform's machines reach images, beside their own shape.
struct ImageSource {
  Registry registry{};
  BytesPerSecond inflate = kInflate;  // unpacked bytes, one stream
  auto operator<=>(const ImageSource&) const = default;
};

// Where SageMaker honours a SOCI index. Studio notebooks do; training jobs do not, so `everywhere`
// is a what-if. (docs/model.md "SageMaker", source and date there.)
enum class SociSupport { nowhere, interactive, everywhere };

// A launch whose law holds capacity errors and retries already.
struct FamilyLaunch {
  std::string family;  // "g5"
  Distribution law;
};

struct SageMaker {
  std::string name;
  std::vector<Quota> training_quotas;
  int default_training_quota = 0;       // of every type not listed
  std::vector<Quota> warm_pool_quotas;  // inside the training quota
  int default_warm_pool_quota = 0;
  double create_jobs_per_second = 5;    // CreateTrainingJob; bucket of create_burst
  int create_burst = 10;
  Distribution launch_cpu, launch_gpu;  // create -> Downloading, one attempt that finds capacity
  double capacity_error_cpu = 0, capacity_error_gpu = 0;  // chance that an attempt finds none
  std::vector<FamilyLaunch> launch_families;  // instead, where a type's family is listed
  Distribution capacity_retry_cpu, capacity_retry_gpu;  // wait before the next attempt
  Distribution data_overhead_cpu, data_overhead_gpu;    // of the data step, whatever the size
  Distribution warm_start;              // submitted -> Downloading on a warm pool
  Distribution container_create;
  Distribution endpoint_creation_cpu, endpoint_creation_gpu;
  BytesPerSecond s3_per_connection{};
  SociSupport soci = SociSupport::interactive;
  ImageSource images{.registry = kManagedRegistry};
  Egress egress;
};

enum class NodeAutoscaler { none, karpenter, cluster_autoscaler };

// Pods that only keep room: they leave for any other, and a node is launched for them in advance.
struct PausePods {
  int pods = 0;
  Resources needs;  // of each
  int priority = -10;
};

struct NodePool {
  std::string name;
  std::vector<TypeId> types;  // one at least; kept nodes are of the first
  Offering offering = Offering::on_demand;
  int min_nodes = 0;       // kept, warm or not
  int max_nodes = 0;
  Bytes volume{100 * kGiB};
  BytesPerSecond volume_throughput = kGp3Baseline;  // where images lie, unless on local NVMe
  NodeSystem system = NodeSystem::al2023;           // whose defaults soci_parallel has
  PausePods pause;
  // Karpenter: which nodes may go, after how much quiet, how many at a time.
  bool consolidates = true;       // also nodes that are not empty
  Seconds consolidate_after{0};   // without a pod coming or going
  std::vector<Budget> budgets{Budget{}};  // 10 %
};

// Whose pods kube-scheduler spreads over hosts and zones without being asked to. Its own default is
// for pods of Services and ReplicaSets; a job's belong to neither.
enum class SpreadPods { nobodys, services, everybodys };

// How Cluster Autoscaler goes about it.
struct ScalingRule {
  Expander expander = Expander::least_waste;
  bool balance_similar = false;   // new nodes over alike types
  bool at_once = true;            // a new pod without room starts a scan, else the interval does
  Seconds unneeded_after{600};    // a node goes that could be done without this long
  Seconds delay_after_add{600};   // and not this soon after a node was added
  double threshold = 0.5;         // a node used more than this stays
  Seconds provision_within{kRegistersWithin};  // what has not come by then has failed
};

struct Cluster {
  std::string name;
  std::vector<NodePool> pools;
  int zones = 3;                        // its nodes are spread over; numbered from 0
  NodeAutoscaler autoscaler = NodeAutoscaler::karpenter;
  Seconds batch_idle{}, batch_max{};    // Karpenter: a batch closes after this much quiet, at most
  Seconds register_within{kRegistersWithin};  // Karpenter: a node that has not by then is given back
  bool spot_to_spot = false;            // Karpenter replaces spot nodes by cheaper spot nodes
  Seconds scan_interval{};              // Cluster Autoscaler
  ScalingRule scaling;                  // Cluster Autoscaler
  Distribution node_boot_cpu, node_boot_gpu;  // requested -> Ready
  Distribution gpu_driver = constant(0);      // on top, of types with accelerators
  Distribution pod_overhead;            // bound -> container started, without the image
  Distribution data_overhead;           // of the data step, whatever the size
  Scoring scoring;
  SpreadPods spread = SpreadPods::services;
  Resources daemonsets;                 // on every node, before anything else
  int daemonset_pods = 0;
  std::vector<Shortage> shortages;      // of types of its pools, on EC2
  std::vector<MetricsOutage> metrics_outages;  // since the measured window opened
  bool auto_mode = false;               // EKS Auto Mode: a fee on every node
  bool extended_support = false;
  Bytes image_disk{};                   // a node's room for image layers
  BytesPerSecond s3_per_connection{};
  ImageSource images;
  double cross_zone_share = 0;          // of a service's bytes that cross a zone, both ways billed
  Egress egress;
};

using Platform = std::variant<SageMaker, Cluster>;
const std::string& name_of(const Platform& platform);

// What a platform makes of a wish: an index that SageMaker does not honour is a full pull.
PullMode honoured_pull(const SageMaker& platform, const TrainingClass& work, PullMode wish);
PullMode honoured_pull(const SageMaker& platform, PullMode wish);  // of an endpoint
// How one attempt to launch a type goes.
struct LaunchLaw {
  const Distribution& law;
  double capacity_error = 0;  // chance that it finds none
};
LaunchLaw launch_law(const SageMaker& platform, const InstanceType& type);
// The class's checkpoints, at the placement's interval when it names one.
std::optional<Checkpointing> checkpointing_of(const TrainingClass& work, const TrainingHome& home);
// How long a node stays when its last pod has left, on average: half a look, then as its autoscaler
// waits. Karpenter: polls of 10 s, 15 s of validation; Cluster Autoscaler: its timer and the taint.
Seconds empty_stay(const Cluster& cluster, const NodePool& pool);

// ---- The whole ---------------------------------------------------------------------------------

// What people's hours cost. Hours respond to what a placement uses (models/billing/toil.h).
struct People {
  UsdPerHour hour{};
  std::vector<ToilActivity> activities;
};

struct Scenario {
  std::string name;
  std::string description;
  std::string source_file;
  Catalogue catalogue;
  std::int64_t starts_at = 0;   // seconds since 1970-01-01 UTC of the measured window's begin
  Seconds warm_up{0};           // simulated before, measured not
  Seconds horizon{};            // the measured window
  Seconds slice{300};           // Services and pools are recorded in steps of this
  Fidelity fidelity = Fidelity::fluid;  // how closely serving is looked at
  int replications = 10;
  std::uint64_t seed = 1;
  std::vector<Image> images;
  int layer_count = 0;          // distinct layers over all images
  std::vector<TrainingClass> training;
  std::vector<Service> services;
  std::vector<Platform> platforms;
  std::vector<Placement> placements;
  People people;
  std::vector<std::string> assumptions;  // fields marked as assumed, for the reader of a result
};

}  // namespace berth
