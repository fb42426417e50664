// A Kubernetes cluster: pools of nodes that come and go, pods that wait for room, a scheduler that
// places them by models/kubernetes' rules, and a node autoscaler.
//
// Pods are asked for in groups that start together or not at all (one job's instances), which plain
// kube-scheduler does not promise and Kueue or a coscheduling plugin does: without it two half-placed
// jobs can block each other for ever. A group names its pool, as a node selector would.
//
// A life asks for room, waits, and holds BoundPods until it is done; the end of BoundPods gives the
// room back and charges its share of the nodes.
// Left out: preemption, spreading over zones, pods without a pool, node failures other than spot.
#pragma once

#include <coroutine>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/kubernetes/fit_and_score.h"
#include "models/kubernetes/image_gc.h"
#include "models/journal.h"
#include "models/kubernetes/provision.h"
#include "sim/world.h"

namespace berth {

struct PodGroup {
  PoolId pool;
  Resources needs;  // of each pod
  int pods = 1;
  int priority = 0;
  ImageId image;
  Holder holder;
};

// Something that lives on nodes for long and wants to know when one is taken away.
class Resident {
 public:
  virtual void lose_node() = 0;

 protected:
  ~Resident() = default;
};

struct KubeNode {
  std::int64_t number = 0;  // order of birth in its pool
  PoolId pool;
  TypeId type;
  int zone = 0;
  std::size_t machine = 0;  // on the network
  bool ready = false, gone = false;
  NodeView view;
  LayerSet cached;
  std::vector<ImageOnNode> images;
  std::vector<int> containers;  // by ImageId: pods on it that run from the image
  Seconds requested{};
  std::optional<Seconds> reclaimed_at;
  std::unique_ptr<Lease> instance, volume, fee;
  std::vector<Resident*> residents;
  Seconds empty_since{};
  std::int64_t changes = 0;  // of its pods: who sleeps until it is empty long enough checks this
};

class ClusterPlatform;

// Room on nodes, held. Moves, does not copy.
class BoundPods {
 public:
  BoundPods() = default;
  BoundPods(ClusterPlatform& cluster, PodGroup group, std::vector<KubeNode*> nodes, Seconds since)
      : cluster_(&cluster), group_(group), nodes_(std::move(nodes)), since_(since) {}
  BoundPods(BoundPods&& other) noexcept { *this = std::move(other); }
  BoundPods& operator=(BoundPods&& other) noexcept;
  ~BoundPods() { release(); }

  void release();
  const std::vector<KubeNode*>& nodes() const { return nodes_; }
  // The first moment one of its nodes is taken away; absent: none will be.
  std::optional<Seconds> reclaimed_at() const;

 private:
  ClusterPlatform* cluster_ = nullptr;
  PodGroup group_;
  std::vector<KubeNode*> nodes_;
  Seconds since_{};
};

class ClusterPlatform {
 public:
  ClusterPlatform(World& world, PlatformId id, const Cluster& settings);
  ~ClusterPlatform();

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
    std::uint64_t sequence = 0;
    bool answered = false;  // with room, or withdrawn: the life is about to go on
    std::coroutine_handle<> life{};

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() {}
    // Nobody needs the room any more: the life is resumed without it.
    void withdraw();
  };
  Request request(const PodGroup& group) { return {*this, group}; }

  void release(const PodGroup& group, const std::vector<KubeNode*>& nodes, Seconds since);
  Endpoint endpoint_of(const KubeNode& node) const { return {.machine = node.machine}; }
  // A container of `image` starts on the node; its layers stay, older images may have to go.
  void keep_image(KubeNode& node, ImageId image);

  // Called by the lives of nodes.
  void node_is_ready(KubeNode& node);
  void lose(KubeNode& node, NodeGone::Why why);
  // The node, if it is there, still empty and untouched since `changes`, and the rule lets it go.
  enum class Emptiness { touched, wait, remove };
  Emptiness check_emptiness(std::int64_t number, PoolId pool, std::int64_t changes) const;
  KubeNode* find_node(PoolId pool, std::int64_t number);

 private:
  struct PoolState {
    std::vector<std::unique_ptr<KubeNode>> nodes;      // requested and ready, by number
    std::vector<std::unique_ptr<KubeNode>> lost;   // gone, kept while pods still point at them
    std::vector<std::size_t> free_machines;    // on the network, lowest last
    std::int64_t next_number = 0;              // of a node
    bool used = false;
  };
  // Groups of one shape wait in a line of their own: when its first does not fit, none does.
  struct ShapeLine {
    PodGroup shape;
    std::deque<Request*> waiting;
  };

  friend Life run_scheduler(World& world, ClusterPlatform& cluster);
  friend Life run_karpenter(World& world, ClusterPlatform& cluster);
  friend Life run_cluster_autoscaler(World& world, ClusterPlatform& cluster);

  void wake(std::coroutine_handle<>& sleeper);
  void place_all_that_fit();
  bool place(Request& request);
  ShapeLine& line_of(const PodGroup& group);
  ShapeLine* next_line(const std::vector<bool>& blocked);
  std::optional<std::vector<KubeNode*>> nodes_for(const PodGroup& group);
  void bind(Request& request, std::vector<KubeNode*> nodes);
  void add_nodes();
  void add_nodes(PoolId pool);
  std::vector<Request*> waiting_for(PoolId pool) const;
  ProvisionPlan plan_for(PoolId pool, const std::vector<Request*>& waiting) const;
  void act_on(const ProvisionPlan& plan, PoolId pool, const std::vector<Request*>& waiting);
  bool nominated(PoolId pool, std::int64_t number) const;
  struct NodeOrder {
    int pods = 0;  // that it is for
    NodeRequested::By by{};
    bool booted = false;  // part of the cluster from the beginning
  };
  KubeNode& request_node(PoolId pool, const NodeOrder& order);
  UsdPerHour price_of(const KubeNode& node) const;
  void tell_gone(const KubeNode& node, NodeGone::Why why);
  int emptiest_zone(const PoolState& pool) const;
  NodeView empty_view(const NodePool& pool) const;
  void empty_again(KubeNode& node);
  void add_standing_costs();
  void refresh_layers(KubeNode& node);

  World& world_;
  PlatformId id_;
  const Cluster& settings_;
  std::vector<PoolState> pools_;
  std::vector<ShapeLine> lines_;
  std::optional<std::size_t> shared_link_;
  std::uint64_t next_sequence_ = 0;
  std::int64_t fresh_ = 0;  // requests that came since the scheduler last looked
  std::int64_t unmet_ = 0;  // grows when new requests find no room, and with every node lost
  std::coroutine_handle<> scheduler_, autoscaler_;  // set while they sleep
  std::vector<std::unique_ptr<Lease>> standing_;
};

Life run_scheduler(World& world, ClusterPlatform& cluster);
Life run_karpenter(World& world, ClusterPlatform& cluster);
Life run_cluster_autoscaler(World& world, ClusterPlatform& cluster);

}  // namespace berth
