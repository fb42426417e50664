// The phases between "submitted" and "user code runs", each with seconds and whether the platform
// bills them. A Job fills one ledger per Attempt; the Outcome keeps the ledger of the first Attempt,
// since start latency is the wait of the person who submitted.
//
//   phase         SageMaker                                   Kubernetes
//   throttled     CreateTrainingJob rate limit                -
//   queued        training quota of the instance type         no room on nodes, none being launched
//   provisioning  "Starting": launch (not billed)             a node is being launched for the pod
//   data          input download (billed)                     input download, on the pod's time
//   image         image step (billed)                         image pull
//   container     container create                            sandbox, CNI, create (pod overhead)
//   first_reads   pages a lazy image fetches before ready     same
//   init          the user's own start-up (imports, secrets)  same
//
// SageMaker's clock starts at Downloading (billed from `data` on), EC2's when the node runs.
// Source: shared facts on SageMaker statuses, restated with links in docs/model.md "Start-up".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "models/units.h"

namespace berth {

enum class Phase { throttled, queued, provisioning, data, image, container, first_reads, init };
inline constexpr std::size_t kPhaseCount = 8;
inline constexpr std::array<Phase, kPhaseCount> kPhases{
    Phase::throttled, Phase::queued,    Phase::provisioning, Phase::data,
    Phase::image,     Phase::container, Phase::first_reads,  Phase::init};

constexpr std::string_view to_text(Phase phase) {
  constexpr std::array<std::string_view, kPhaseCount> names{
      "throttled", "queued", "provisioning", "data", "image", "container", "first_reads", "init"};
  return names[static_cast<std::size_t>(phase)];
}

struct StartupLedger {
  std::array<Seconds, kPhaseCount> phases{};

  Seconds& operator[](Phase phase) { return phases[static_cast<std::size_t>(phase)]; }
  Seconds operator[](Phase phase) const { return phases[static_cast<std::size_t>(phase)]; }
  Seconds total() const {
    Seconds sum{0};
    for (const Seconds phase : phases) sum += phase;
    return sum;
  }
};

}  // namespace berth
