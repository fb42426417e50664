#include "tools/interrupt.h"

#include <csignal>

#include <signal.h>

namespace berth {
namespace {

volatile std::sig_atomic_t g_signal = 0;

extern "C" void note_signal(int number) { g_signal = number; }

}  // namespace

void watch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends us
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return g_signal != 0; }

std::optional<Exit> interrupt_exit() {
  if (g_signal == 0) return std::nullopt;
  return g_signal == SIGTERM ? Exit::terminated : Exit::interrupted;
}

}  // namespace berth
