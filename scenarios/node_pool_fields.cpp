#include <algorithm>

#include "scenarios/platform_parts.h"

namespace berth {
namespace {

Fields<NodePool> pause_fields() {
  Fields<NodePool> f;
  const auto of_pause = [](auto PausePods::*member, const auto& type) {
    return [member, type](Reading& in, const Node& node, NodePool& target) {
      return type.read(in, node, target.pause.*member);
    };
  };
  constexpr int kMost = 100'000, kLowest = -1'000'000'000;
  f.custom("pods", whole(0, kMost).shape, otherwise("0", "nobody keeps room unless told to"),
           "How many of them.", of_pause(&PausePods::pods, whole(0, kMost)));
  f.custom("needs", resources().shape, required(), "What each asks for.",
           of_pause(&PausePods::needs, resources()));
  f.custom("priority", whole(kLowest, -1).shape,
           otherwise("-10",
                     "Cluster Autoscaler's FAQ on overprovisioning: the lowest priority for "
                     "which nodes are added"),
           "Below everybody's.", of_pause(&PausePods::priority, whole(kLowest, -1)));
  return f;
}

Type<Budget> budget_size() {
  const Type<CountOrPercent> nodes = count_or_percent(100'000, "nodes");
  return {nodes.shape, [nodes](Reading& in, const Node& node, Budget& target) {
            CountOrPercent size;
            if (!nodes.read(in, node, size)) return false;
            target.nodes = size.value;
            target.percent = size.percent;
            return true;
          }};
}

Type<Budget> budget() {
  Fields<Budget> f;
  f.custom("nodes", budget_size().shape, required(), "At most so many at a time, rounded up.",
           budget_size().read);
  f.add("reasons", &Budget::reasons,
        list_of(choice<Disruption>({
                    {{"empty", "nobody is on them"}, Disruption::empty},
                    {{"underutilized", "their pods fit elsewhere"}, Disruption::underutilised},
                }),
                1),
        optional("for every reason"), "For what it holds.");
  const Type<Budget> full = object(f, "a budget");
  const Type<Budget> brief = budget_size();
  return {any_of({brief.shape, full.shape}, "a number or percentage of nodes, or a budget"),
          [full, brief](Reading& in, const Node& node, Budget& target) {
            return node.is_mapping() ? full.read(in, node, target) : brief.read(in, node, target);
          }};
}

void add_disruption(Fields<NodePool>& f) {
  f.add("consolidation", &NodePool::consolidates,
        choice<bool>({
            {{"when_empty", "empty nodes only"}, false},
            {{"when_empty_or_underutilized",
              "also nodes whose pods fit elsewhere, or on a cheaper "
              "one"},
             true},
        }),
        otherwise("when_empty_or_underutilized", "Karpenter v1.14, consolidationPolicy"),
        "Karpenter: which nodes above min are given back or replaced.");
  f.add("consolidate_after", &NodePool::consolidate_after, duration(),
        otherwise("0s", "Karpenter v1.14, consolidateAfter"),
        "Karpenter: how long no pod came or went before a node may go.");
  const Type<std::vector<Budget>> budgets = list_of(budget(), 1, 50);
  f.custom("budgets", budgets.shape, otherwise("[10%]", "Karpenter v1.14, disruption.budgets"),
           "Karpenter: how many nodes may go at a time; the smallest of those that hold counts.",
           [budgets](Reading& in, const Node& node, NodePool& target) {
             target.budgets.clear();
             return budgets.read(in, node, target.budgets);
           });
}

Type<NodePool> node_pool() {
  static const Fields<NodePool> fields = [] {
    Fields<NodePool> f;
    add_instance_types(f, &NodePool::types, "Of all its nodes.",
                       "Types its nodes may have, of which the node autoscaler takes one each time. "
                       "Nodes that are kept are of the first.");
    f.add("offering", &NodePool::offering,
          choice<Offering>({
              {{"on_demand", "kept until given back"}, Offering::on_demand},
              {{"spot", "cheaper, and AWS may take it back"}, Offering::spot},
          }),
          otherwise("on_demand", "EKS managed node groups' default capacity type"),
          "How its nodes are bought.");
    f.add("min", &NodePool::min_nodes, whole(0, 100'000),
          otherwise("0", "Karpenter keeps no node nobody needs"), "Nodes that are always kept.");
    f.add("max", &NodePool::max_nodes, whole(1, 100'000), required(), "Nodes it may have at most.");
    f.add("volume", &NodePool::volume, size(Zero::refused),
          otherwise("100GiB", "assumed: room for several images of 20 GB at kubelet's 85 %"),
          "Root disk of a node; billed.");
    f.custom(
        "volume_throughput", bandwidth().shape,
        otherwise("125MiB/s", "gp3 as it is created; AWS advises 600 MiB/s for large images"),
        "What the root disk moves, where images are unpacked: 125 to 1000 MiB/s; beyond 125 it is "
        "billed. Types with local NVMe unpack there.",
        [](Reading& in, const Node& node, NodePool& target) {
          if (!bandwidth().read(in, node, target.volume_throughput)) return false;
          if (target.volume_throughput >= kGp3Baseline && target.volume_throughput <= kGp3Maximum)
            return true;
          in.fail_at(node.at, "a gp3 volume moves 125 to 1000 MiB/s");
          return false;
        });
    f.add("system", &NodePool::system,
          choice<NodeSystem>({
              {{"al2023", "Amazon Linux 2023: FastImagePull, 20 downloads, 12 unpackers"},
               NodeSystem::al2023},
              {{"bottlerocket", "Bottlerocket: 3 downloads, one unpacker that inflates faster"},
               NodeSystem::bottlerocket},
              {{"oss", "soci-snapshotter as it is published: 3 downloads, one unpacker"},
               NodeSystem::oss},
          }),
          otherwise("al2023", "the default of EKS managed node groups"),
          "Operating system of its nodes: the defaults soci_parallel has there.");
    f.group(
        "pause_pods", pause_fields(), optional("no room is kept in advance"),
        "Pods that only keep room: any other takes it at once, and a node is launched for them.");
    add_disruption(f);
    return f;
  }();
  const Type<NodePool> plain = object(fields, "a node pool");
  return {plain.shape, [plain](Reading& in, const Node& node, NodePool& target) {
            return plain.read(in, node, target) && says_types_once(in, node);
          }};
}

}  // namespace

Type<std::vector<NodePool>> node_pools() {
  const Type<Named<NodePool>> pools = map_of(node_pool(), "name of the pool");
  return {pools.shape, [pools](Reading& in, const Node& node, std::vector<NodePool>& target) {
            Named<NodePool> named;
            const bool good = pools.read(in, node, named);
            for (auto& [name, pool] : named) {
              pool.name = name;
              target.push_back(pool);
            }
            return good;
          }};
}

}  // namespace berth
