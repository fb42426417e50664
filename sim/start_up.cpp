#include "sim/start_up.h"

#include <utility>

namespace berth {
namespace {

void go_on(World& world, StartUp& start_up) {
  if (start_up.life) world.agenda.resume_now(std::exchange(start_up.life, {}));
}

// co_await OwnHandle{}: who am I; goes on at once.
struct OwnHandle {
  std::coroutine_handle<> own{};
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> life) {
    own = life;
    return false;
  }
  std::coroutine_handle<> await_resume() const { return own; }
};

// Listed while it starts, however that ends.
struct Listed {
  std::coroutine_handle<>& entry;
  ~Listed() { entry = {}; }
};

Life start_machine(World& world, UserCodeStart machine, std::shared_ptr<StartUp> start_up,
                   std::size_t number) {
  OwnHandle own;
  start_up->lives[number] = co_await own;
  const Listed listed{start_up->lives[number]};
  auto starting = start_user_code(world, machine);
  const UserCodeStarted started = co_await starting;
  start_up->plans[number] = started.plan;
  start_up->all_local &= started.local;
  if (started.ledger.total() >= start_up->slowest.total()) start_up->slowest = started.ledger;
  if (--start_up->starting == 0) go_on(world, *start_up);
}

}  // namespace

void StartUp::give_up() {
  for (std::coroutine_handle<>& machine : lives)
    if (machine) machine.destroy();
}

Life give_up_at(World& world, Seconds date, std::shared_ptr<StartUp> start_up) {
  auto reclaimed = sleep_until(world.agenda, date);
  co_await reclaimed;
  if (!start_up->complete()) go_on(world, *start_up);
}

std::shared_ptr<StartUp> start_together(World& world, const std::vector<UserCodeStart>& machines,
                                        std::optional<Seconds> reclaimed_at) {
  auto start_up = std::make_shared<StartUp>();
  start_up->starting = static_cast<int>(machines.size());
  start_up->plans.resize(machines.size());
  start_up->lives.resize(machines.size());
  for (std::size_t i = 0; i < machines.size(); ++i) start_machine(world, machines[i], start_up, i);
  if (reclaimed_at) give_up_at(world, *reclaimed_at, start_up);
  return start_up;
}

}  // namespace berth
