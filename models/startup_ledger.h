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
// SageMaker's clock starts at Downloading (billed from `data` on), EC2's when the node runs: what a
// pod waits for its node after that is billed, too. Sources: docs/model.md "Start-up".
//
//   cost(phase) = billed seconds of the phase x what is held by then, per hour
//
// Held: a job's instances; of a node, the pod's share (models/billing/node_share.h). At the prices of
// the placement's offering, before Savings Plans and billing minimums: what starting up comes to, of
// the bill that has everything.
//
// Two clocks: the container is started before first_reads and init, the application is ready after
// them. Tested by tests/models/startup_ledger_test.cpp.
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

// Billed from the moment the machine is there.
constexpr bool is_on_the_machine(Phase phase) { return phase >= Phase::data; }

struct StartupLedger {
  std::array<Seconds, kPhaseCount> phases{};
  std::array<Usd, kPhaseCount> cost{};

  Seconds& operator[](Phase phase) { return phases[static_cast<std::size_t>(phase)]; }
  Seconds operator[](Phase phase) const { return phases[static_cast<std::size_t>(phase)]; }
  Seconds total() const {
    Seconds sum{0};
    for (const Seconds phase : phases) sum += phase;
    return sum;
  }
  // From the request until the container is started: everything but what the application does then.
  Seconds container_started() const {
    return total() - (*this)[Phase::first_reads] - (*this)[Phase::init];
  }
  // Fills in `cost`. `waited_on_machine`: the part of provisioning during which the machine was
  // already billed.
  void charge(UsdPerHour held, Seconds waited_on_machine = Seconds{0}) {
    for (const Phase phase : kPhases)
      cost[static_cast<std::size_t>(phase)] =
          is_on_the_machine(phase) ? held * (*this)[phase] : Usd{};
    cost[static_cast<std::size_t>(Phase::provisioning)] = held * waited_on_machine;
  }
};

}  // namespace berth
