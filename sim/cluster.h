// A Kubernetes cluster: pools of nodes that come and go, pods that wait for room, a scheduler that
// places them by models/kubernetes' rules (sim/scheduler.cpp), and a node autoscaler
// (sim/karpenter.h, sim/cluster_autoscaler.h). Also in files of their own: how nodes are launched
// (sim/launch.cpp), how they are emptied (sim/drain.cpp) and what images they keep (sim/node_images.cpp).
//
// Pods are asked for in groups that start together or not at all (one job's instances), which plain
// kube-scheduler does not promise and Kueue or a coscheduling plugin does: without it two
// half-placed jobs can block each other for ever. A group names its pool, as a node selector would.
//
// A life asks for room, waits, and holds BoundPods until it is done; the end of BoundPods gives the
// room back and charges its share of the nodes. A pod may be told to leave (for one of higher
// priority, by a node autoscaler, because AWS takes the node back): its Resident hears of it and
// has until the end of its grace; then its room is free whether it is done or not, as kubelet kills
// it. Who drains a node asks for each pod and waits for its disruption budget, as the eviction API has
// it. Left out: budgets of jobs, pods without a pool, node failures other than spot.
// Tested by tests/sim/cluster_test.cpp and replication_test.cpp.
#pragma once

#include <array>
#include <coroutine>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/call_limit.h"
#include "models/journal.h"
#include "models/kubernetes/disruption_budget.h"
#include "models/kubernetes/fit_and_score.h"
#include "models/kubernetes/image_gc.h"
#include "models/kubernetes/karpenter.h"
#include "models/kubernetes/schedule_pod.h"
#include "models/kubernetes/scheduling_queue.h"
#include "models/kubernetes/spoken_for.h"
#include "sim/lazy_mounts.h"
#include "sim/transfers.h"
#include "sim/world.h"

namespace berth {

// Whoever lives on nodes and wants to know when the room is taken away.
class Resident {
 public:
  virtual void lose_node() = 0;  // it is gone
  // Told to leave. The room is taken at `by`.
  virtual void evict(PodEvicted::Why why, Seconds by) = 0;
  // How its disruption budget sees it now; absent: it has none.
  virtual std::optional<GuardedPod> guarded() const { return {}; }

 protected:
  ~Resident() = default;
};

struct PodGroup {
  PoolId pool;
  Resources needs;  // of each pod
  int pods = 1;
  int priority = 0;
  bool preempts = true;          // pods of lower priority may have to go for it
  bool disruptable = true;       // a node autoscaler may move it
  bool spread = false;           // over hosts and zones, among its holder's pods
  Seconds grace{0};              // between being told to leave and being killed
  std::optional<ImageId> image;  // a pause pod has none worth naming
  Holder holder;
  Resident* resident = nullptr;
};

struct KubePod {
  std::int64_t id = 0;  // order of binding in its cluster
  PodRequest request;
  int priority = 0;
  bool disruptable = true;
  Seconds grace{0};
  std::optional<ImageId> image;
  Holder holder;
  Resident* resident = nullptr;
  Seconds asked{}, bound{};
  bool leaving = false;  // told to

  std::optional<GuardedPod> guarded() const {
    return resident == nullptr ? std::nullopt : resident->guarded();
  }
};

struct KubeNode {
  std::int64_t number = 0;  // order of birth in its pool
  PoolId pool;
  TypeId type;
  int zone = 0;
  std::size_t machine = 0;  // on the network
  bool ready = false;
  bool leaving = false;      // takes no more pods
  bool draining = false;     // its pods have been told to leave
  bool interrupted = false;  // AWS has announced that it takes it back
  // EC2 had none. Whoever waits for it does not know yet; and for how many pods it was to be.
  bool never_comes = false;
  int asked_for = 0;
  std::optional<Seconds> gone_at;
  NodeView view;
  LayerSet cached;
  LazyMounts lazy;
  std::shared_ptr<UnpackSharing> unpacking;  // outlives the node for pulls that nobody waits for
  NodePulls pulls;
  std::vector<ImageOnNode> images;
  std::vector<std::optional<Bytes>> present;  // by ImageId: bytes of it that are cached, if known
  std::vector<KubePod> pods;
  std::map<Holder, int> staying;  // pods of each that are not leaving
  int holders = 0;  // BoundPods that name it, their pods killed or not
  Seconds requested{};
  NodeRequested::By by{};
  Seconds registers{}, comes{};  // comes: is ready
  std::optional<Seconds> reclaimed_at;
  std::unique_ptr<Lease> instance, volume, fee;
  std::optional<Seconds> volume_since;
  Seconds touched{};               // a pod came or went, or it became ready
  std::int64_t changes = 0;        // of its pods
  int expecting = 0;               // commands that launched it for the pods of other nodes
  std::coroutine_handle<> waiter;  // woken when it is ready, when its last pod left, when it goes

  bool takes_pods() const { return ready && !leaving; }
  bool gone() const { return gone_at.has_value(); }
  NodeId id() const { return {static_cast<std::int32_t>(number)}; }
};

class ClusterPlatform;

// Room on nodes, held. Moves, does not copy.
class BoundPods {
 public:
  BoundPods() = default;
  BoundPods(ClusterPlatform& cluster, PoolId pool, std::vector<KubeNode*> nodes,
            std::vector<std::int64_t> pods)
      : cluster_(&cluster), pool_(pool), nodes_(std::move(nodes)), pods_(std::move(pods)) {}
  BoundPods(BoundPods&& other) noexcept { *this = std::move(other); }
  BoundPods& operator=(BoundPods&& other) noexcept;
  ~BoundPods() { release(); }

  void release();
  const std::vector<KubeNode*>& nodes() const { return nodes_; }
  // The first moment one of its nodes is taken away; absent: none will be.
  std::optional<Seconds> reclaimed_at() const;

 private:
  ClusterPlatform* cluster_ = nullptr;
  PoolId pool_;
  std::vector<KubeNode*> nodes_;
  std::vector<std::int64_t> pods_;  // ids, by node
};

class ClusterPlatform {
 public:
  ClusterPlatform(World& world, PlatformId id, const Cluster& settings);
  ~ClusterPlatform();

  World& world() const { return world_; }
  const Cluster& settings() const { return settings_; }
  const NodePool& pool(PoolId id) const { return settings_.pools[id.index()]; }
  PlatformId id() const { return id_; }

  // Room for a group; after the co_await `bound` holds it and the waits say what it took.
  struct Request {
    ClusterPlatform& cluster;
    PodGroup group;
    BoundPods bound{};
    Seconds queued{0}, provisioning{0};
    Seconds asked{0};
    std::optional<Seconds> node_requested;  // a node was asked for on its behalf
    std::vector<std::int64_t> nominated;    // nodes that are there or coming for its pods
    // Pods were told to leave for it: where its own will go, and whom it waits for.
    struct Victim {
      std::int64_t node, pod;
    };
    std::vector<std::int64_t> preempting;
    std::vector<Victim> victims;
    std::uint64_t sequence = 0;
    bool answered = false;  // with room, or withdrawn: the life is about to go on
    QueuePlace place() const { return {group.priority, sequence}; }
    std::coroutine_handle<> life{};

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() {}
    // Nobody needs the room any more: the life is resumed without it.
    void withdraw();
  };
  Request request(const PodGroup& group) { return {*this, group}; }

  Endpoint endpoint_of(const KubeNode& node) const { return {.machine = node.machine}; }
  PullSite pull_site(const KubeNode& node) const;
  // What a group's share of its nodes costs an hour, and how much of a wait for a node is billed.
  UsdPerHour rate_of(const PodGroup& group, const std::vector<KubeNode*>& nodes) const;
  Seconds billed_wait(Seconds provisioning) const;
  // How a container that pulls from now on gets its image: what it pulls, and what it leaves to others
  // that pull on the node already. The node knows of it until it ends; who asks holds room on the node.
  ImagePull begin_pull(KubeNode& node, ImageId image, PullMode mode, Holder by);
  // A container of `image` starts on the node; its layers stay, older images may have to go.
  void keep_image(KubeNode& node, ImageId image, PullMode mode);

  // ---- For the lives of nodes and for node autoscalers ----

  struct Pool {
    std::vector<std::unique_ptr<KubeNode>> nodes;  // requested and ready, by number
    std::vector<std::unique_ptr<KubeNode>> lost;   // gone, kept while somebody names them
    struct Card {
      BytesPerSecond rate;
      std::vector<std::size_t> free;  // machines on the network, lowest last
    };
    std::vector<Card> cards;        // one for every speed of network its types have
    std::vector<LaunchType> types;  // by position in NodePool::types
    std::map<int, int> priorities;  // of the pods on its nodes, with their number
    std::int64_t next_number = 0;   // of a node
    std::size_t next_start = 0;     // where the scheduler goes on looking
    bool used = false;
    bool changed = false;  // since a node autoscaler last looked whether nodes may go
    bool asks_again = false;  // for nodes it keeps, which EC2 had not
  };
  std::span<const Pool> pools() const { return pools_; }
  Pool& state(PoolId id) { return pools_[id.index()]; }
  const Pool& state(PoolId id) const { return pools_[id.index()]; }
  std::vector<PoolId> used_pools() const;
  KubeNode* find_node(PoolId pool, std::int64_t number) const;
  int may_add(PoolId pool) const;   // nodes, to its maximum
  int may_give(PoolId pool) const;  // nodes, to its minimum
  NodeView empty_view(TypeId type) const;
  UsdPerHour price_of(PoolId pool, TypeId type) const;

  struct NodeOrder {
    TypeId type;
    int pods = 0;  // that it is for
    NodeRequested::By by{};
    bool booted = false;  // part of the cluster from the beginning
  };
  // Whether EC2 has none now, as the pool buys them.
  bool is_short(PoolId pool, TypeId type);
  KubeNode& request_node(PoolId pool, const NodeOrder& order);
  // A node that EC2 has not and that counts as coming all the same, until all of them are given up.
  void ask_in_vain(PoolId pool, const NodeOrder& order);
  struct GivenUp {
    int nodes = 0, pods = 0;
    Seconds asked{};  // for the first of them
  };
  GivenUp give_up(PoolId pool, TypeId type);
  void keep_minimum(PoolId pool);
  // It has not registered in time.
  void give_up_unregistered(KubeNode& node);
  // Whoever is nominated to a node that is not coming any more waits for one from the next on.
  void forget_missing(PoolId pool);
  void start_billing(KubeNode& node);
  void node_is_ready(KubeNode& node);
  void interrupt(KubeNode& node);  // AWS announces that it takes it back
  void cordon(KubeNode& node, std::optional<std::int64_t> command);
  void uncordon(KubeNode& node);  // it was drained in vain
  std::optional<Seconds> drained_in_vain() const { return drained_in_vain_; }  // the last time
  struct Eviction {
    PodEvicted::Why why{};
    bool also_undisruptable = true;
    std::optional<Seconds> most_grace;  // whatever a pod's own
    bool breaks_budget = false;
  };
  // Asks for each of its pods; whose they are that a budget keeps there, one entry a pod.
  std::vector<Holder> evict_all(KubeNode& node, const Eviction& eviction);
  // Budgets with a pod there, in the order of their holders, and what they allow now.
  struct Budgets {
    std::vector<Holder> holders;
    std::vector<int> allowed;
    std::optional<std::size_t> of(const KubePod& pod) const;
  };
  Budgets budgets_in(PoolId pool) const;
  void lose(KubeNode& node, NodeGone::Why why);
  void expect(KubeNode& node, int commands);                      // pods of other nodes
  void kill(PoolId pool, std::int64_t number, std::int64_t pod);  // if it is still there
  // Its owner told it to stop: nobody has to find another place for it.
  void note_leaving(PoolId pool, std::int64_t number, const Resident& resident);

  std::vector<Request*> waiting_for(PoolId pool) const;
  // By shape, the most important first; within one by age.
  std::vector<std::vector<Request*>> waiting_lines(PoolId pool) const;
  std::vector<OpenNode> open_nodes(PoolId pool) const;  // those that are ready first
  // Whose room counts as taken: models/kubernetes/spoken_for.h.
  SpokenFor spoken_for(PoolId pool) const;
  std::vector<PendingPod> pods_to_move(PoolId pool) const;
  // How long kube-controller-manager's next call to make a pod waits; counts as that call.
  Seconds wait_to_make_a_pod();
  // Where the lives of the autoscaler sleep.
  std::coroutine_handle<>& provisioner() { return provisioner_; }
  std::coroutine_handle<>& disruptor() { return disruptor_; }
  // Grows when new requests find no room; when it last did.
  std::int64_t unmet() const { return unmet_; }
  Seconds unmet_at() const { return unmet_at_; }
  void mark_changed(PoolId pool);
  bool any_changed() const;

 private:
  friend Life run_scheduler(World& world, ClusterPlatform& cluster);
  friend class BoundPods;

  // Groups of one shape wait in a line of their own: when its first does not fit, none does.
  struct ShapeLine {
    PodGroup shape;
    std::deque<Request*> waiting;  // by sequence
    std::uint64_t told_until = 0;  // those before it were told to be unschedulable
    bool blocked = false;          // its first was tried in this pass
  };

  void wake(std::coroutine_handle<>& sleeper);
  KubeNode& add_node(PoolId pool, const NodeOrder& order);
  void remove_pod(KubeNode& node, std::size_t at);
  void release(PoolId pool, const std::vector<KubeNode*>& nodes,
               const std::vector<std::int64_t>& pods);
  void evict(KubeNode& node, KubePod& pod, const Eviction& eviction, const Request* by);
  bool forget_if_done(KubeNode& node);
  void tell_gone(const KubeNode& node, NodeGone::Why why);
  int emptiest_zone(const Pool& pool) const;
  Pool::Card& card_of(Pool& pool, TypeId type);
  void add_standing_costs();
  void add_machines();
  void refresh_layers(KubeNode& node);
  void bill_throughput(const KubeNode& node);
  Bytes image_disk(const KubeNode& node) const;
  Bytes image_present(KubeNode& node, ImageId image) const;

  // sim/scheduler.cpp
  void place_all_that_fit();
  void place_preempting();
  bool place(Request& request);
  ShapeLine& line_of(const PodGroup& group);
  ShapeLine* next_line();
  void put_back(Request& request);
  void tell_unschedulable(ShapeLine& line);
  int nodes_beyond(const PodGroup& group) const;
  std::vector<KubeNode*> look_around(const PodGroup& group, const Request* whose);
  std::optional<std::vector<KubeNode*>> nodes_for(const Request& request);
  std::vector<RoomClaim> kept_room(PoolId pool) const;
  bool preempt_for(Request& request);
  void bind(Request& request, std::vector<KubeNode*> nodes);

  World& world_;
  PlatformId id_;
  const Cluster& settings_;
  std::vector<Pool> pools_;
  std::deque<ShapeLine> lines_;        // where they are they stay
  std::vector<Request*> preempting_;   // wait for their victims to leave
  std::vector<SchedulingNode> views_;  // what look_around saw
  std::vector<ShortageSpans> shortages_;  // by position in the settings
  std::optional<std::size_t> shared_link_;
  std::uint64_t next_sequence_ = 0;
  std::int64_t next_pod_ = 0;
  std::int64_t unmet_ = 0;
  Seconds unmet_at_{0};
  std::optional<Seconds> drained_in_vain_;
  CallBucket api_calls_;
  std::coroutine_handle<> scheduler_, provisioner_, disruptor_;  // set while they sleep
  std::vector<std::unique_ptr<Lease>> standing_;
};

// Sleeps until somebody resumes the handle it leaves behind.
struct SleepUntilWoken {
  std::coroutine_handle<>& sleeper;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> life) { sleeper = life; }
  void await_resume() const {}
};

Life run_scheduler(World& world, ClusterPlatform& cluster);
// A node that is to go: after `before` its pods are told to leave, again and again those that their
// budgets hold back; it is given back when the last of them left, no sooner than `least` later, or
// takes pods again when `retry` gives up.
struct Removal {
  PoolId pool;
  std::int64_t number = 0;
  std::optional<NodeGone::Why> why;  // absent: it is only drained
  ClusterPlatform::Eviction pods{};
  EvictionRetry retry{};
  Seconds before{0}, least{0};
};
Life remove_node(World& world, ClusterPlatform& cluster, Removal removal);

}  // namespace berth
