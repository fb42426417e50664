// Bytes on their way to machines. Three places can be narrow: what one connection (or one pull)
// can carry, the machine's own network card, and a link that a whole platform shares (a NAT
// gateway, a VPC endpoint).
//
// A transfer that shares no link with another one is a timer of bytes / cap: that is what SimGrid
// would answer too (tests/sim/network_test.cpp holds the two together), at a tenth of the cost.
// Machines with nobody else on their card meet on the shared link only: one bottleneck, processor sharing
// in virtual time (models/processor_sharing.h), O(log n) a transfer; the same ends as SimGrid's to
// 2e-5 (tests/sim/network_test.cpp). Where transfers meet on a card, perhaps behind a shared link as
// well, each is a SimGrid flow, and max-min fairness decides. Cards and lone machines of one platform
// never mix on one shared link.
// The cap of one SimGrid flow is a FATPIPE link on its way. SimGrid's platform is fixed before the run, so
// those links exist on a ladder of 2 % steps; a flow takes the rung at or above its cap, and never
// ends before bytes / cap.
//
// Left out: latency of a connection (the pull models carry time to first byte), uploads (a timer at their
// cap, which take nothing from downloads), the registry's total capacity.
#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "models/units.h"
#include "sim/agenda.h"

namespace berth {

// Where a transfer ends. `machine` absent: a machine with a card of its own and nobody else on it;
// `shared` absent: the way to it is wide.
struct Endpoint {
  std::optional<std::size_t> machine;  // from Network::add_machine
  std::optional<std::size_t> shared;   // from Network::add_shared_link
  bool alone() const { return !machine && !shared; }
};

class Network {
 public:
  Agenda& agenda;  // lives sign in with it

  explicit Network(Agenda& agenda);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // All of these before the first transfer.
  std::size_t add_shared_link(BytesPerSecond capacity);
  std::size_t add_machine(BytesPerSecond card, std::optional<std::size_t> behind);

  struct Transfer {
    Network& network;
    Endpoint to;
    Bytes bytes;
    BytesPerSecond cap;
    Seconds started{0};
    std::coroutine_handle<> life{};
    Appointment place{};
    void* flow = nullptr;                  // SimGrid's, while it moves
    std::optional<std::int64_t> passing{};  // the gateway, while it does
    bool begun = false, done = false;

    // One that is destroyed on its way is given up: it takes nothing from others any more.
    ~Transfer() { network.give_up(*this); }
    void begin();  // nobody waits for it
    double share_passed() const;  // of its bytes, up to now
    bool await_ready() const { return bytes.count <= 0; }
    void await_suspend(std::coroutine_handle<> waiting);
    Seconds await_resume();  // how long it took
  };
  // cap: the fastest this transfer can go anywhere, in bytes per second, > 0.
  Transfer transfer(Endpoint to, Bytes bytes, BytesPerSecond cap) {
    return {*this, to, bytes, cap};
  }

  // Builds SimGrid's platform: always one host, machines and links as they were added.
  void seal();

 private:
  struct Platform;
  struct Gateway;  // a shared link that lone machines use
  void give_up(Transfer& transfer);
  void start_flow(Transfer& transfer);
  void flow_ended(Transfer& transfer);
  void pass_gateway(Transfer& transfer);
  void let_through(Gateway& gateway);
  friend Life watch_gateway(Network& network, std::size_t gateway, Seconds date);

  std::vector<BytesPerSecond> shared_links_;
  std::vector<std::unique_ptr<Gateway>> gateways_;  // by shared link
  struct Machine {
    BytesPerSecond card;
    std::optional<std::size_t> behind;
  };
  std::vector<Machine> machines_;
  std::shared_ptr<Platform> platform_;
};

}  // namespace berth
