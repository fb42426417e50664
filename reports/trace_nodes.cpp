#include <fmt/format.h>

#include "models/kubernetes/cluster_autoscaler.h"
#include "reports/numbers.h"
#include "reports/trace_words.h"

namespace berth::trace {
namespace {

// Of prices that were added up, no more digits than tell.
std::string dollars(double rate) { return fmt::format("{:.6g}", rate); }

template <class Event>
Json of_node(const Event& e, const Names& names) {
  return joined(names.pool(e.platform, e.pool), {{"node", e.node}});
}

const char* word(NodeRequested::By by) {
  switch (by) {
    case NodeRequested::By::minimum:
      return "minimum";
    case NodeRequested::By::karpenter:
      return "karpenter";
    case NodeRequested::By::consolidation:
      return "consolidation";
    case NodeRequested::By::cluster_autoscaler:
      return "cluster_autoscaler";
  }
  return "";
}

std::string sentence(const NodeRequested& e) {
  const std::string pods = counted(e.pods, "pod");
  switch (e.by) {
    case NodeRequested::By::minimum:
      return "the pool keeps so many";
    case NodeRequested::By::karpenter:
      return fmt::format("by Karpenter for {}", pods);
    case NodeRequested::By::consolidation:
      return fmt::format("by Karpenter, to replace dearer ones, for {}", pods);
    case NodeRequested::By::cluster_autoscaler:
      return fmt::format("by Cluster Autoscaler for {}", pods);
  }
  return "";
}

// What follows of it for whoever asked.
std::string consequence(const LaunchFailed& e) {
  const std::string nodes = counted(e.nodes, "node"), pods = counted(e.pods, "pod"),
                    again = text(e.not_before - e.at);
  switch (e.by) {
    case NodeRequested::By::minimum:
      return fmt::format("{} that the pool keeps {} missing, asked for again in {}", nodes,
                         e.nodes == 1 ? "is" : "are", again);
    case NodeRequested::By::karpenter:
      return fmt::format("{} {} on waiting, and Karpenter leaves it out for {}", pods,
                         e.pods == 1 ? "goes" : "go", again);
    case NodeRequested::By::consolidation:
      return fmt::format("what it was to replace stays, and Karpenter leaves it out for {}", again);
    case NodeRequested::By::cluster_autoscaler:
      return fmt::format("{} for {}, asked for {} ago, {} not come, and Cluster Autoscaler leaves the "
                         "group alone for {}",
                         nodes, pods, text(e.at - e.asked), e.nodes == 1 ? "does" : "do", again);
  }
  return "";
}

const char* word(DisruptionDecided::Method method) {
  switch (method) {
    case DisruptionDecided::Method::empty:
      return "empty";
    case DisruptionDecided::Method::several_nodes:
      return "several_nodes";
    case DisruptionDecided::Method::one_node:
      return "one_node";
    case DisruptionDecided::Method::underutilised:
      return "underutilised";
  }
  return "";
}

const char* sentence(DisruptionDecided::Method method) {
  switch (method) {
    case DisruptionDecided::Method::empty:
      return "nobody is on them";
    case DisruptionDecided::Method::several_nodes:
      return "their pods fit on fewer";
    case DisruptionDecided::Method::one_node:
      return "its pods have room elsewhere or on a cheaper one";
    case DisruptionDecided::Method::underutilised:
      return "little of them is requested";
  }
  return "";
}

const char* word(NodeGone::Why why) {
  switch (why) {
    case NodeGone::Why::empty:
      return "empty";
    case NodeGone::Why::consolidated:
      return "consolidated";
    case NodeGone::Why::replaced:
      return "replaced";
    case NodeGone::Why::reclaimed:
      return "reclaimed";
    case NodeGone::Why::cut_off:
      return "cut_off";
    case NodeGone::Why::drained:
      return "drained";
    case NodeGone::Why::unregistered:
      return "unregistered";
  }
  return "";
}

const char* sentence(NodeGone::Why why) {
  switch (why) {
    case NodeGone::Why::empty:
      return "nobody was on it";
    case NodeGone::Why::consolidated:
      return "its pods found room elsewhere";
    case NodeGone::Why::replaced:
      return "a cheaper one took over";
    case NodeGone::Why::reclaimed:
      return "AWS took it back";
    case NodeGone::Why::cut_off:
      return "the window closed";
    case NodeGone::Why::drained:
      return "AWS was about to take it and its pods had left";
    case NodeGone::Why::unregistered:
      return "it had not registered in time";
  }
  return "";
}

}  // namespace

Said say(const NodeRequested& e, const Names& names) {
  Json fields = of_node(e, names);
  const bool spot = e.offering == Offering::spot;
  fields.update({{"instance_type", names.of(e.type)},
                 {"offering", spot ? "spot" : "on_demand"},
                 {"usd_per_hour", e.price.rate},
                 {"zone", e.zone},
                 {"pods", e.pods},
                 {"by", word(e.by)}});
  return {"node_requested", "nodes", fields,
          fmt::format("node {} of {} is asked for: {}{} at {} $/h, {}", e.node,
                      names.of(e.platform, e.pool), names.of(e.type), spot ? " spot" : "",
                      dollars(e.price.rate), sentence(e))};
}

Said say(const LaunchFailed& e, const Names& names) {
  const bool spot = e.offering == Offering::spot;
  Json fields = names.pool(e.platform, e.pool);
  fields.update({{"instance_type", names.of(e.type)},
                 {"offering", spot ? "spot" : "on_demand"},
                 {"by", word(e.by)},
                 {"nodes", e.nodes},
                 {"pods", e.pods},
                 {"short_types", e.short_types},
                 {"instead", e.instead ? Json(names.of(*e.instead)) : Json(nullptr)},
                 {"asked_ago_s", in_s(e.at - e.asked)},
                 {"retry_after_s", in_s(e.not_before - e.at)}});
  std::string what = names.of(e.type) + (spot ? " spot" : "");
  if (e.short_types > 1) what += " and " + counted(e.short_types - 1, "other type");
  return {"launch_failed", "nodes", fields,
          fmt::format("EC2 has no {} for {}: {}", what, names.of(e.platform, e.pool),
                      e.instead ? names.of(*e.instead) + " comes instead" : consequence(e))};
}

Said say(const NodeUnregistered& e, const Names& names) {
  Json fields = of_node(e, names);
  fields.update({{"instance_type", names.of(e.type)},
                 {"by", word(e.by)},
                 {"asked_ago_s", in_s(e.at - e.requested)}});
  const bool karpenter = e.by != NodeRequested::By::cluster_autoscaler &&
                         e.by != NodeRequested::By::minimum;
  return {"node_unregistered", "nodes", fields,
          fmt::format("node {} of {} ({}) has not registered {} after it was asked for: {} gives it back, "
                      "whoever waits for it goes on waiting",
                      e.node, names.of(e.platform, e.pool), names.of(e.type), text(e.at - e.requested),
                      karpenter ? "Karpenter" : "Cluster Autoscaler")};
}

Said say(const ScaleUpTimedOut& e, const Names& names) {
  Json fields = names.pool(e.platform, e.pool);
  fields.update({{"instance_type", names.of(e.type)},
                 {"nodes", e.nodes},
                 {"asked_ago_s", in_s(e.at - e.asked)},
                 {"retry_after_s", in_s(e.not_before - e.at)}});
  return {"scale_up_timed_out", "nodes", fields,
          fmt::format("{} of {} for {} {} not ready {} after the last was asked for: the scale-up counts "
                      "as failed, and Cluster Autoscaler leaves the group alone for {}",
                      counted(e.nodes, "node"), names.of(e.type), names.of(e.platform, e.pool),
                      e.nodes == 1 ? "is" : "are", text(e.at - e.asked), text(e.not_before - e.at))};
}

Said say(const NodeReady& e, const Names& names) {
  Json fields = of_node(e, names);
  fields.update({{"instance_type", names.of(e.type)},
                 {"zone", e.zone},
                 {"took_s", in_s(e.at - e.requested)}});
  return {"node_ready", "nodes", fields,
          fmt::format("node {} of {} is ready, {} after it was asked for", e.node,
                      names.of(e.platform, e.pool), text(e.at - e.requested))};
}

Said say(const NodeInterrupted& e, const Names& names) {
  return {"node_interrupted", "nodes",
          joined(of_node(e, names), {{"notice_s", in_s(e.reclaimed_at - e.at)}}),
          fmt::format("AWS announces that it takes node {} of {} back in {}", e.node,
                      names.of(e.platform, e.pool), text(e.reclaimed_at - e.at))};
}

Said say(const NodeUnneeded& e, const Names& names) {
  return {
      "node_unneeded", "nodes",
      joined(of_node(e, names), {{"utilisation", e.utilisation}, {"pods", e.pods}}),
      fmt::format("Cluster Autoscaler could do without node {} of {}: {} requested, {}", e.node,
                  names.of(e.platform, e.pool), percent(e.utilisation),
                  e.pods == 0   ? "nobody is on it"
                  : e.pods == 1 ? "its pod has room elsewhere"
                                : fmt::format("its {} pods have room elsewhere", e.pods))};
}

namespace {

// What the expander went by: of the chosen group, and of the next that is not as good.
std::string why_chosen(const ScaleUpChosen& e) {
  const auto both = [&](const char* words, double sign) {
    return fmt::format(fmt::runtime(words), sign * e.score) +
           (e.next_score ? fmt::format(" (the next: {:.3g})", sign * *e.next_score) : std::string());
  };
  switch (e.expander) {
    case Expander::least_waste: return both("unused shares of CPU and memory of {:.3g} in all", 1);
    case Expander::most_pods: return both("pods helped {:.3g}", -1);
    case Expander::price: return both("price score {:.3g}", 1);
    case Expander::random: return "by lot";
    case Expander::priority: return both("rank {:.3g}", 1);
  }
  return "";
}

}  // namespace

Said say(const ScaleUpChosen& e, const Names& names) {
  return {
      "scale_up_chosen", "nodes",
      joined(names.pool(e.platform, e.pool), {{"instance_type", names.of(e.type)},
                                              {"options", e.options},
                                              {"ties", e.ties},
                                              {"expander", name_of(e.expander)},
                                              {"score", e.score},
                                              {"next_score", e.next_score ? Json(*e.next_score) : Json(nullptr)},
                                              {"nodes", e.nodes},
                                              {"pods", e.pods}}),
      fmt::format("Cluster Autoscaler chooses {} of {} among {} that would help{}, by {}, {}: {} for {}",
                  names.of(e.type), names.of(e.platform, e.pool), counted(e.options, "group"),
                  e.ties > 1 ? fmt::format(" ({} are as good)", e.ties) : std::string(),
                  name_of(e.expander), why_chosen(e), counted(e.nodes, "node"), counted(e.pods, "pod"))};
}

Said say(const DisruptionDecided& e, const Names& names) {
  Json fields = names.pool(e.platform, e.pool);
  fields.update({{"command", e.command},
                 {"method", word(e.method)},
                 {"nodes", e.nodes},
                 {"pods", e.pods},
                 {"replacement", e.replacement ? Json(names.of(*e.replacement)) : Json(nullptr)},
                 {"usd_per_hour_before", e.before.rate},
                 {"usd_per_hour_after", e.after.rate}});
  return {"disruption_decided", "nodes", fields,
          fmt::format("{} of {} to be given back, {}: {} to move, {} $/h become {}{}",
                      counted(e.nodes, "node"), names.of(e.platform, e.pool), sentence(e.method),
                      counted(e.pods, "pod"),
                      dollars(e.before.rate), dollars(e.after.rate),
                      e.replacement ? " on a new " + names.of(*e.replacement) : std::string())};
}

Said say(const DisruptionDropped& e, const Names& names) {
  return {"disruption_dropped", "nodes",
          joined(names.pool(e.platform, e.pool), {{"command", e.command}}),
          fmt::format("nodes of {} stay after all: what was decided (command {}) no longer held",
                      names.of(e.platform, e.pool), e.command)};
}

Said say(const NodeCordoned& e, const Names& names) {
  return {"node_cordoned", "nodes",
          joined(of_node(e, names),
                 {{"command", e.command ? Json(*e.command) : Json(nullptr)}, {"pods", e.pods}}),
          fmt::format("node {} of {} takes no more pods; {}", e.node, names.of(e.platform, e.pool),
                      e.pods == 0 ? "nobody is on it"
                                  : counted(e.pods, "pod") + " on it have to leave")};
}

Said say(const NodeUncordoned& e, const Names& names) {
  return {"node_uncordoned", "nodes", joined(of_node(e, names), {{"pods", e.pods}}),
          fmt::format("node {} of {} takes pods again: {} {} on it", e.node,
                      names.of(e.platform, e.pool), counted(e.pods, "pod"), e.pods == 1 ? "stays" : "stay")};
}

Said say(const NodeGone& e, const Names& names) {
  Json fields = of_node(e, names);
  fields.update({{"instance_type", names.of(e.type)},
                 {"why", word(e.why)},
                 {"usd_per_hour", e.price.rate},
                 {"lived_s", in_s(e.at - e.requested)}});
  return {"node_gone", "nodes", fields,
          fmt::format("node {} of {} is gone after {}: {}", e.node, names.of(e.platform, e.pool),
                      text(e.at - e.requested), sentence(e.why))};
}

}  // namespace berth::trace
