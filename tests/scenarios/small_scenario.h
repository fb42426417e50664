// A scenario of a few lines in which one thing at a time can be changed.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "scenarios/read_scenario.h"

namespace berth {

inline constexpr std::string_view kSmall = R"(schema: berth/scenario/1
horizon: 1d
images:
  a: {size: 1GB, unpacked: 2GB, layers: 5}
platforms:
  sm: {kind: sagemaker, default_training_quota: 10}
  eks:
    kind: kubernetes
    node_pools:
      cpu: {instance_type: m5.xlarge, max: 4}
training:
  t:
    image: a
    schedule: {every: 15min}
    needs: {cpu: 1, memory: 2GiB}
    duration: 4min
services:
  s:
    image: a
    requests: 10/s
    service_time: 8ms
    needs: {cpu: 1, memory: 2GiB}
    slo: {latency: 50ms}
placements:
  p:
    training: {"*": {platform: eks}}
    services: {"*": {platform: eks, replicas: {max: 3}}}
)";

inline std::string with(std::string_view from, std::string_view to,
                        std::string text = std::string(kSmall)) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the text: " + std::string(from));
  return text.replace(at, from.size(), to);
}

// "x.yaml:2:10: error: ..." of the first issue; "" when there is none.
inline std::string first_line(const Loaded& loaded) {
  if (loaded.issues.empty()) return "";
  const std::string text = render_issue(loaded.issues.front(), "");
  return text.substr(0, text.find('\n'));
}

inline std::string first_line_of(const std::string& text) {
  return first_line(read_scenario_text(text, "x.yaml"));
}

// The scenario of a text that must be right.
inline Scenario scenario_of(const std::string& text) {
  const Loaded loaded = read_scenario_text(text, "x.yaml");
  if (!loaded.scenario) throw std::logic_error(render_issues(loaded));
  return *loaded.scenario;
}

}  // namespace berth
