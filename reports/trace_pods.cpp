#include <fmt/format.h>

#include <array>

#include "models/kubernetes/cluster_autoscaler.h"
#include "reports/numbers.h"
#include "reports/trace_words.h"

namespace berth::trace {
namespace {

// The workload a pod belongs to, under the name that its kind has; nothing for pause pods.
Json holder(const Holder& who, const Names& names) {
  switch (who.kind) {
    case Holder::Kind::service:
      return {{"service", names.of(ServiceId{who.index})}};
    case Holder::Kind::training:
      return {{"class", names.of(TrainingId{who.index})}};
    case Holder::Kind::unattributed:
      return Json::object();
  }
  return Json::object();
}

std::string whose(const Holder& who, const Names& names) {
  switch (who.kind) {
    case Holder::Kind::service:
      return "of " + names.of(ServiceId{who.index});
    case Holder::Kind::training:
      return "of " + names.of(TrainingId{who.index});
    case Holder::Kind::unattributed:
      return "that keeps room";
  }
  return "";
}

constexpr std::array<const char*, kMisfits> kMisfitWords{"pods", "cpu", "memory", "gpus"};

std::string in_words(const Resources& needs) {
  std::string words = fmt::format("{} CPU, {:.1f} GiB", static_cast<double>(needs.cpu_milli) / 1000,
                                  gibibytes(needs.memory));
  if (needs.gpus > 0) words += fmt::format(", {} GPU", needs.gpus);
  return words;
}

const char* word(PodEvicted::Why why) {
  switch (why) {
    case PodEvicted::Why::preempted:
      return "preempted";
    case PodEvicted::Why::consolidated:
      return "consolidated";
    case PodEvicted::Why::scaled_down:
      return "scaled_down";
    case PodEvicted::Why::interrupted:
      return "interrupted";
  }
  return "";
}

std::string sentence(const PodEvicted& e, const Names& names) {
  switch (e.why) {
    case PodEvicted::Why::preempted:
      return fmt::format("a pod {} of priority {} needs the room{}", whose(e.by, names),
                         e.by_priority,
                         e.breaks_budget ? ", though its disruption budget allows no more to go"
                                         : "");
    case PodEvicted::Why::consolidated:
      return "its node is given back for a better packing";
    case PodEvicted::Why::scaled_down:
      return "its node is scaled down";
    case PodEvicted::Why::interrupted:
      return "AWS takes its node back";
  }
  return "";
}

// Why nobody will add a node for them; "" where somebody may.
std::string no_node_because(const PodUnschedulable& e, const Names& names) {
  const auto& cluster = std::get<Cluster>(names.scenario.platforms[e.platform.index()]);
  if (cluster.autoscaler == NodeAutoscaler::none) return "the cluster has no autoscaler of nodes";
  if (cluster.autoscaler == NodeAutoscaler::cluster_autoscaler && e.priority < kExpendable)
    return fmt::format("Cluster Autoscaler adds none for priorities below {}", kExpendable);
  if (e.pool_is_full)
    return fmt::format("the pool is at its maximum of {}", counted(cluster.pools[e.pool.index()].max_nodes, "node"));
  if (e.nodes_beyond > 0)
    return fmt::format("its {} pods start together and need {} more than the pool may have", e.pods,
                       counted(e.nodes_beyond, "node"));
  return "";
}

}  // namespace

Said say(const PodUnschedulable& e, const Names& names) {
  Json failed = Json::object();
  std::string why;
  for (std::size_t i = 0; i < kMisfits; ++i) {
    failed[kMisfitWords[i]] = e.failed[i];
    if (e.failed[i] > 0)
      why += fmt::format("{}{} lack {}", why.empty() ? "" : ", ", e.failed[i], kMisfitWords[i]);
  }
  if (why.empty()) why = e.nodes == 0 ? "there is none" : "they are for others";
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update({{"priority", e.priority},
                 {"pods", e.pods},
                 {"cpu_milli", e.needs.cpu_milli},
                 {"memory_bytes", e.needs.memory.count},
                 {"gpus", e.needs.gpus},
                 {"nodes", e.nodes},
                 {"failed", failed}});
  const std::string no_node = no_node_because(e, names);
  fields["no_node_because"] = no_node.empty() ? Json(nullptr) : Json(no_node);
  return {
      "pod_unschedulable", "pods", fields,
      fmt::format("no room for {} {}: {} {}; of {} of {}, {}{}",
                  e.pods == 1 ? "a pod" : counted(e.pods, "pod"), whose(e.holder, names),
                  e.pods == 1 ? "it needs" : "each needs", in_words(e.needs),
                  counted(e.nodes, "ready node"), names.of(e.platform, e.pool), why,
                  no_node.empty() ? "" : "; no node comes: " + no_node)};
}

Said say(const PodBound& e, const Names& names) {
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update(
      {{"node", e.node}, {"zone", e.zone}, {"priority", e.priority}, {"waited_s", in_s(e.waited)}});
  return {"pod_bound", "pods", fields,
          fmt::format("a pod {} goes to node {} of {}{}", whose(e.holder, names), e.node,
                      names.of(e.platform, e.pool),
                      e.waited > Seconds{0.05} ? fmt::format(" after waiting {}", text(e.waited))
                                               : std::string(" at once"))};
}

Said say(const PodEvicted& e, const Names& names) {
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update({{"node", e.node},
                 {"priority", e.priority},
                 {"why", word(e.why)},
                 {"grace_s", in_s(e.gone_by - e.at)}});
  if (e.why == PodEvicted::Why::preempted) {
    fields.update({{"by_priority", e.by_priority}, {"breaks_budget", e.breaks_budget}});
    const Json by = holder(e.by, names);
    for (const auto& [kind, name] : by.items()) fields["by_" + kind] = name;
  }
  return {
      "pod_evicted", "pods", fields,
      fmt::format("a pod {} must leave node {} of {} within {}: {}", whose(e.holder, names), e.node,
                  names.of(e.platform, e.pool), text(e.gone_by - e.at), sentence(e, names))};
}

Said say(const EvictionRefused& e, const Names& names) {
  Json fields = joined(names.pool(e.platform, e.pool), holder(e.holder, names));
  fields.update({{"node", e.node}, {"pods", e.pods}});
  return {"eviction_refused", "pods", fields,
          fmt::format("{} {} may not leave node {} of {} yet: the disruption budget allows no more",
                      e.pods == 1 ? "a pod" : counted(e.pods, "pod"), whose(e.holder, names),
                      e.node, names.of(e.platform, e.pool))};
}

}  // namespace berth::trace
