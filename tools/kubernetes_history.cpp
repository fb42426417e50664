#include "tools/kubernetes_history.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/job_history.h"

namespace berth {
namespace {

using nlohmann::json;

constexpr double kReadyAgain = 3600;  // Karpenter gives a node up after 15 minutes

std::string text_at(const json& object, const char* pointer) {
  const json::json_pointer at(pointer);
  return object.contains(at) && object.at(at).is_string() ? object.at(at).get<std::string>() : "";
}

std::optional<double> time_at(const json& object, const char* pointer) {
  return parse_time(text_at(object, pointer));
}

// Old events have first and last times, new ones one of microseconds.
std::optional<double> event_time(const json& event) {
  for (const char* at :
       {"/eventTime", "/firstTimestamp", "/lastTimestamp", "/metadata/creationTimestamp"})
    if (const auto time = time_at(event, at)) return time;
  return {};
}

// A tie between events of one pod and one reason, or "".
std::string identity(const json& event) {
  const std::string uid = text_at(event, "/metadata/uid");
  return uid.empty()
             ? text_at(event, "/metadata/namespace") + "/" + text_at(event, "/metadata/name")
             : uid;
}

std::string pod_of(const json& event, const char* object) {
  const std::string base = object;
  const std::string uid = text_at(event, (base + "/uid").c_str());
  return uid.empty() ? text_at(event, (base + "/namespace").c_str()) + "/" +
                           text_at(event, (base + "/name").c_str())
                     : uid;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t from = text.find(before);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + before.size());
  return text.substr(0, text.find(after));
}

}  // namespace

std::optional<double> parse_go_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr Unit kUnits[] = {
      {"ms",        1e-3},
      {"us",        1e-6},
      {"\xC2\xB5s", 1e-6},
      {"ns",        1e-9},
      {"h",         3600},
      {"m",         60  },
      {"s",         1   }
  };
  double total = 0;
  if (text.empty()) return {};
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0 || !std::isfinite(value)) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit =
        std::ranges::find_if(kUnits, [&](const Unit& one) { return text.starts_with(one.name); });
    if (unit == std::end(kUnits)) return {};
    total += value * unit->seconds;
    text.remove_prefix(unit->name.size());
  }
  return total;
}

std::optional<PulledMessage> parse_pulled(std::string_view message) {
  const std::size_t in = message.rfind("\" in ");
  if (!message.starts_with("Successfully pulled image") || in == std::string_view::npos) return {};
  std::string_view rest = message.substr(in + 5);
  std::string_view first = rest.substr(0, rest.find(' '));
  if (first.ends_with('.')) first.remove_suffix(1);
  const auto pull = parse_go_duration(first);
  if (!pull) return {};
  PulledMessage result{*pull, 0, {}};
  if (const auto whole = parse_go_duration(between(rest, "(", " including waiting")))
    result.waiting_s = std::max(0.0, *whole - *pull);
  const std::string_view size = between(rest, "Image size: ", " bytes");
  std::int64_t bytes = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), bytes);
  if (!size.empty() && error == std::errc{} && end == size.data() + size.size() && bytes > 0)
    result.size = Bytes{bytes};
  return result;
}

bool KubernetesObjects::take(const json& object) {
  const std::string kind = text_at(object, "/kind");
  if (!object.contains("metadata")) return false;  // a reference to one
  if (kind == "Node")
    take_node(object);
  else if (kind == "NodeClaim")
    take_claim(object);
  else if (kind == "Event")
    take_event(object);
  else if (kind == "Pod")
    leave_out("a pod, whose events tell its phases");
  else
    return false;
  ++facts_.objects;
  return true;
}

void KubernetesObjects::take_node(const json& object) {
  Node node{text_at(object, "/metadata/labels/node.kubernetes.io~1instance-type"),
            time_at(object, "/metadata/creationTimestamp"),
            {}};
  const json::json_pointer conditions("/status/conditions");
  if (object.contains(conditions))
    for (const json& one : object.at(conditions))
      if (text_at(one, "/type") == "Ready" && text_at(one, "/status") == "True")
        node.ready_s = time_at(one, "/lastTransitionTime");
  if (!nodes_.try_emplace(text_at(object, "/metadata/name"), node).second) leave_out("seen before");
}

void KubernetesObjects::take_claim(const json& object) {
  const std::string node = text_at(object, "/status/nodeName");
  const auto created = time_at(object, "/metadata/creationTimestamp");
  if (node.empty() || !created) return leave_out("a NodeClaim without a node");
  if (!claimed_s_.try_emplace(node, *created).second) leave_out("seen before");
}

void KubernetesObjects::take_event(const json& event) {
  if (!seen_.try_emplace(identity(event), true).second) return leave_out("seen before");
  const char* about = event.contains("regarding") ? "/regarding" : "/involvedObject";
  const std::string reason = text_at(event, "/reason");
  std::string message = text_at(event, "/message");
  if (message.empty()) message = text_at(event, "/note");
  const bool wanted = reason == "Scheduled" || reason == "Pulled" || reason == "Started";
  if (!wanted || text_at(event, (std::string(about) + "/kind").c_str()) != "Pod")
    return leave_out("an event that ends no phase");
  const auto at = event_time(event);
  if (!at) return leave_out("an event without a time");
  PodLife& pod = pods_[pod_of(event, about)];
  if (text_at(event, (std::string(about) + "/fieldPath").c_str()).starts_with("spec.initContainers"))
    pod.has_init = true;
  if (reason == "Pulled") {
    const auto pulled = parse_pulled(message);
    if (!pulled) return leave_out("an image that was already there");
    const std::string host = text_at(event, "/source/host");
    pod.pulls.push_back({host, *at, *pulled});
    if (pod.node.empty()) pod.node = host;
  } else if (reason == "Scheduled") {
    pod.scheduled_s = at;
    const std::size_t to = message.rfind(" to ");
    if (to != std::string::npos) pod.node = message.substr(to + 4);
  } else {
    pod.started_s = std::max(pod.started_s.value_or(*at), *at);
  }
  ++pod.events;
}

TimedPhase KubernetesObjects::phase(StartupPhase phase, const std::string& node, double at_s,
                                    double seconds) const {
  TimedPhase result{.phase = phase, .year = year_of(at_s), .created_s = at_s, .seconds = seconds};
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return result;
  const std::string& type = found->second.type;
  const auto accelerator = accelerator_of("ml." + type);
  if (!accelerator) return result;
  result.accelerator = *accelerator;
  result.family = type.substr(0, type.find('.'));
  return result;
}

void KubernetesObjects::finish_pod(const PodLife& pod) {
  double pulling = 0;
  for (const Pull& pull : pod.pulls) {
    pulling += pull.message.pull_s + pull.message.waiting_s;
    facts_.phases.push_back(phase(StartupPhase::pull, pod.node, pull.at_s, pull.message.pull_s));
    if (pull.message.size) facts_.pulls.push_back({pull.message.pull_s, *pull.message.size, {}});
    ++facts_.used;
  }
  const std::int64_t others = pod.events - static_cast<std::int64_t>(pod.pulls.size());
  if (!pod.scheduled_s || !pod.started_s) {
    facts_.left_out["events of a pod whose Scheduled or Started is gone"] += others;
  } else if (pod.has_init) {
    facts_.left_out["events of a pod with init containers, whose run is no overhead"] += others;
  } else if (*pod.started_s < *pod.scheduled_s) {
    facts_.left_out["clock skew: a pod started before it was scheduled"] += others;
  } else {
    // Time stamps are whole seconds: never below zero.
    const double rest = std::max(0.0, *pod.started_s - *pod.scheduled_s - pulling);
    facts_.phases.push_back(phase(StartupPhase::pod, pod.node, *pod.scheduled_s, rest));
    facts_.used += others;
  }
}

KubernetesFacts KubernetesObjects::finish() {
  std::int64_t lost_claims = static_cast<std::int64_t>(claimed_s_.size());
  for (const auto& [name, node] : nodes_) {
    const auto claim = claimed_s_.find(name);
    const bool claimed = claim != claimed_s_.end();
    lost_claims -= claimed;
    const auto begin = claimed ? std::optional(claim->second) : node.created_s;
    if (!begin || !node.ready_s) {
      leave_out("a node that is not Ready");
    } else if (*node.ready_s < *begin) {
      leave_out("clock skew: Ready before it was created");
    } else if (*node.ready_s - *begin > kReadyAgain) {
      leave_out("a node Ready again after hours");
    } else {
      facts_.phases.push_back(phase(claimed ? StartupPhase::node : StartupPhase::join, name, *begin,
                                    *node.ready_s - *begin));
      facts_.used += claimed ? 2 : 1;
      continue;
    }
    if (claimed) leave_out("a NodeClaim of such a node");
  }
  if (lost_claims > 0) facts_.left_out["a NodeClaim whose Node is not in the files"] += lost_claims;
  for (const auto& [uid, pod] : pods_) finish_pod(pod);
  std::erase_if(facts_.left_out, [](const auto& one) { return one.second == 0; });
  return std::move(facts_);
}

}  // namespace berth
