// Kubernetes objects to timed phases: `kubectl get nodeclaims,nodes,pods,events -A -o json`, or objects one a
// line.
//
//   node   Karpenter's NodeClaim: creationTimestamp -> condition Ready of its Node. That is what a
//          scenario's `node_boot` means: the request for a node to Ready.
//   join   Node: creationTimestamp -> Ready, where there is no NodeClaim. The kubelet creates the Node
//          when it registers, 39 s after the request in two traces of EKS's AMI (amazon-eks-ami issue
//          1099), so most of a boot is over by then: calibrated for people, never laid over a boot.
//   pod    Scheduled -> Started of a pod, less its pulls with their waiting
//   pull   "Successfully pulled image ... in X (Y including waiting). Image size: N bytes.": X; Y - X is
//          the wait behind other pulls of the kubelet. With a size it is also an observation of the
//          rate.
//
// Types and families come from the label node.kubernetes.io/instance-type of nodes in the same
// files; a pod on a node that is not there counts to the class without an accelerator, with no
// family.
//
// Left out, each counted by reason: events of other reasons, messages without a time (images that
// were already there), nodes not Ready, Ready again after hours (a kubelet that was lost and came
// back), pods whose Scheduled or Started event is gone (the API server keeps events for an hour),
// pods with init containers (their run is no overhead).
// Tested by tests/tools/kubernetes_history_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/calibration.h"
#include "models/pull_fit.h"

namespace berth {

// "12.3s", "1m2.5s", "850ms": Go's durations, in seconds.
std::optional<double> parse_go_duration(std::string_view text);

struct PulledMessage {
  double pull_s = 0;     // X
  double waiting_s = 0;  // Y - X
  std::optional<Bytes> size;
};
std::optional<PulledMessage> parse_pulled(std::string_view message);

struct KubernetesFacts {
  std::vector<TimedPhase> phases;
  std::vector<LoggedPull> pulls;  // those with a size
  std::int64_t objects = 0;       // nodes, pods and events found
  std::int64_t used = 0;
  std::map<std::string, std::int64_t> left_out;
};

class KubernetesObjects {
 public:
  // True when the value is a Node, a Pod or an Event and was taken.
  bool take(const nlohmann::json& object);
  KubernetesFacts finish();

 private:
  struct Node {
    std::string type;
    std::optional<double> created_s, ready_s;
  };
  struct Pull {
    std::string node;
    double at_s = 0;
    PulledMessage message;
  };
  struct PodLife {
    std::string node;
    std::optional<double> scheduled_s, started_s;
    std::vector<Pull> pulls;
    std::int64_t events = 0;
    bool has_init = false;  // init containers
  };

  void take_node(const nlohmann::json& object);
  void take_claim(const nlohmann::json& object);
  void take_event(const nlohmann::json& object);
  void leave_out(const std::string& reason) { ++facts_.left_out[reason]; }
  TimedPhase phase(StartupPhase phase, const std::string& node, double at_s, double seconds) const;
  void finish_pod(const PodLife& pod);

  KubernetesFacts facts_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, double> claimed_s_;  // by node: when it was asked for
  std::map<std::string, PodLife> pods_;
  std::map<std::string, bool> seen_;  // uids of events
};

}  // namespace berth
