// The machines of one attempt start user code side by side, raced against the moment AWS takes one
// of them away. The job goes on when the last one is there, or at that moment.
//
// Whoever still starts when the attempt is given up stops there: his flows leave the network, his part
// of the machine is free, and what had passed is billed.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <vector>

#include "sim/transfers.h"

namespace berth {

struct StartUp {
  int starting = 0;         // machines that are not there yet
  StartupLedger slowest{};  // data to init of the last one
  bool all_local = true;    // nobody had to pull anything, or to wait for who does
  std::vector<const PullPlan*> plans{};         // of those that are there, by machine
  std::vector<std::coroutine_handle<>> lives{};  // of those that are not
  std::coroutine_handle<> life{};               // who waits

  bool complete() const { return starting == 0; }
  void give_up();
};

// reclaimed_at: absent for machines that nobody takes away.
std::shared_ptr<StartUp> start_together(World& world, const std::vector<UserCodeStart>& machines,
                                        std::optional<Seconds> reclaimed_at);

// Whoever waits for it goes on at `date` at the latest.
Life give_up_at(World& world, Seconds date, std::shared_ptr<StartUp> start_up);

struct StartUpEnds {
  StartUp& start_up;
  bool await_ready() const { return start_up.complete(); }
  void await_suspend(std::coroutine_handle<> waiting) { start_up.life = waiting; }
  void await_resume() const {}
};

}  // namespace berth
