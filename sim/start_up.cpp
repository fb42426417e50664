#include "sim/start_up.h"

#include <utility>

namespace berth {
namespace {

void go_on(World& world, StartUp& start_up) {
  if (start_up.life) world.agenda.resume_now(std::exchange(start_up.life, {}));
}

Life start_machine(World& world, UserCodeStart machine, std::shared_ptr<StartUp> start_up) {
  auto starting = start_user_code(world, machine);
  const StartupLedger ledger = co_await starting;
  if (ledger.total() >= start_up->slowest.total()) start_up->slowest = ledger;
  if (--start_up->starting == 0) go_on(world, *start_up);
}

}  // namespace

Life give_up_at(World& world, Seconds date, std::shared_ptr<StartUp> start_up) {
  auto reclaimed = sleep_until(world.agenda, date);
  co_await reclaimed;
  if (!start_up->complete()) go_on(world, *start_up);
}

std::shared_ptr<StartUp> start_together(World& world, const std::vector<UserCodeStart>& machines,
                                        std::optional<Seconds> reclaimed_at) {
  auto start_up = std::make_shared<StartUp>();
  start_up->starting = static_cast<int>(machines.size());
  for (const UserCodeStart& machine : machines)
    start_up->all_local &= machine.pull->network_bytes.count == 0 && machine.waits_for.empty();
  for (const UserCodeStart& machine : machines) start_machine(world, machine, start_up);
  if (reclaimed_at) give_up_at(world, *reclaimed_at, start_up);
  return start_up;
}

}  // namespace berth
