#include "models/startup_ledger.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

StartupLedger every_phase() {
  // 1 s throttled, 2 s queued, 60 s provisioning, 20 s data, 30 s image, 3 s container, 4 s reads, 8 s init.
  StartupLedger ledger;
  ledger.phases = {1s, 2s, 60s, 20s, 30s, 3s, 4s, 8s};
  return ledger;
}

TEST_CASE("a container is started before the application is ready", "[startup_ledger]") {
  CHECK(every_phase().total() == 128s);
  CHECK(every_phase().container_started() == 116s);  // less 4 s of reads and 8 s of init
}

TEST_CASE("waits are free until the machine is there", "[startup_ledger]") {
  // 3.60 $/h is 0.001 $/s. SageMaker: 20 + 30 + 3 + 4 + 8 = 65 s.
  StartupLedger ledger = every_phase();
  ledger.charge(UsdPerHour{3.6});
  Usd sum;
  for (const Usd cost : ledger.cost) sum += cost;
  CHECK(sum == usd(0.065));
  CHECK(ledger.cost[static_cast<std::size_t>(Phase::provisioning)] == Usd{});
  CHECK(ledger.cost[static_cast<std::size_t>(Phase::image)] == usd(0.030));
}

TEST_CASE("a node is billed while it boots", "[startup_ledger]") {
  // The virtual machine runs 12 s after the request: 48 of the 60 s are billed.
  StartupLedger ledger = every_phase();
  ledger.charge(UsdPerHour{3.6}, 48s);
  CHECK(ledger.cost[static_cast<std::size_t>(Phase::provisioning)] == usd(0.048));
  CHECK(ledger.cost[static_cast<std::size_t>(Phase::queued)] == Usd{});
}

}  // namespace
}  // namespace berth
