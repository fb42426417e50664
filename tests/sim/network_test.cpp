#include "sim/network.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/engine.h"
#include "sim/settings.h"

namespace berth {
namespace {

struct Stage {
  Stage() : agenda(100'000s), network(start(), agenda) {}
  struct Sealed : Network {
    Sealed(int, Agenda& of) : Network(of) {}
  };
  int start() {
    static char name[] = "test";
    static char quiet[] = "--log=root.threshold:error";
    static char* arguments[] = {name, quiet, nullptr};
    int count = 2;
    engine = std::make_unique<simgrid::s4u::Engine>(&count, static_cast<char**>(arguments));
    for (const auto& [key, value] : engine_settings())
      if (key != "simgrid") simgrid::s4u::Engine::set_config(key + ":" + value);
    return 0;
  }
  std::unique_ptr<simgrid::s4u::Engine> engine;
  Agenda agenda;
  Sealed network;
};

Life move(Stage& stage, Endpoint to, Seconds start, Bytes bytes, BytesPerSecond cap, Seconds* done) {
  auto wait = sleep_until(stage.agenda, start);
  co_await wait;
  auto transfer = stage.network.transfer(to, bytes, cap);
  const Seconds took = co_await transfer;
  *done = stage.agenda.now();
  CHECK((*done - start).count() == Approx(took.count()));
}

constexpr double kSimGridPrecision = 2e-5;  // relative, as measured for CM02 without factors

TEST_CASE("flows that share a card share it max-min fairly", "[sim][oracle]") {
  // Four flows of 100 MB start at 0, 2, 4, 6 s on one link of 10 MB/s. Until 2 s the first has it
  // alone, then two share, then three, then four; the textbook's ends are 94/3, 112/3, 118/3, 40 s.
  Stage stage;
  const std::size_t machine = stage.network.add_machine(megabytes_per_second(10), std::nullopt);
  stage.network.seal();
  Seconds done[4];
  for (int i = 0; i < 4; ++i)
    move(stage, {.machine = machine}, Seconds{2.0 * i}, {100'000'000}, megabytes_per_second(1000),
         &done[i]);
  stage.agenda.run();
  const double expected[] = {94.0 / 3, 112.0 / 3, 118.0 / 3, 40.0};
  for (int i = 0; i < 4; ++i)
    CHECK(done[i].count() == Approx(expected[i]).epsilon(kSimGridPrecision));
}

TEST_CASE("a flow's own cap leaves the rest of the card to others", "[sim][oracle]") {
  // 100 MB/s: a flow of 300 MB capped at 20 MB/s takes 15 s; one of 400 MB has 80 MB/s left: 5 s.
  Stage stage;
  const std::size_t machine = stage.network.add_machine(megabytes_per_second(100), std::nullopt);
  stage.network.seal();
  Seconds capped, free;
  move(stage, {.machine = machine}, 0s, {300'000'000}, megabytes_per_second(20), &capped);
  move(stage, {.machine = machine}, 0s, {400'000'000}, megabytes_per_second(1000), &free);
  stage.agenda.run();
  CHECK(capped.count() == Approx(15).epsilon(kSimGridPrecision));
  // The cap stands on a ladder of 2 % steps, at or above 20 MB/s, so the other gets 79.6 to 80 MB/s.
  CHECK(free.count() >= 5 * (1 - kSimGridPrecision));
  CHECK(free.count() <= 400.0 / 79.6 * (1 + kSimGridPrecision));
}

TEST_CASE("two machines behind one gateway share it, each within its own card", "[sim][oracle]") {
  // Gateway 100 MB/s. One card of 30 MB/s, one of 200: 30 and 70 MB/s. 300 MB take 10 s on the
  // first; 700 MB take 10 s on the second.
  Stage stage;
  const std::size_t gateway = stage.network.add_shared_link(megabytes_per_second(100));
  const std::size_t slow = stage.network.add_machine(megabytes_per_second(30), gateway);
  const std::size_t fast = stage.network.add_machine(megabytes_per_second(200), gateway);
  stage.network.seal();
  Seconds a, b;
  move(stage, {.machine = slow}, 0s, {300'000'000}, megabytes_per_second(1000), &a);
  move(stage, {.machine = fast}, 0s, {700'000'000}, megabytes_per_second(1000), &b);
  stage.agenda.run();
  CHECK(a.count() == Approx(10).epsilon(kSimGridPrecision));
  CHECK(b.count() == Approx(10).epsilon(kSimGridPrecision));
}

TEST_CASE("a timer and a flow that is alone on its card end at the same time", "[sim]") {
  Stage stage;
  const std::size_t machine = stage.network.add_machine(megabytes_per_second(1000), std::nullopt);
  stage.network.seal();
  Seconds timer, flow;
  move(stage, {}, 3s, {123'456'789}, megabytes_per_second(7.7), &timer);
  move(stage, {.machine = machine}, 3s, {123'456'789}, megabytes_per_second(7.7), &flow);
  stage.agenda.run();
  CHECK(timer.count() == Approx(3 + 123.456789 / 7.7));
  CHECK(flow.count() == Approx(timer.count()).epsilon(kSimGridPrecision));
}

TEST_CASE("one bottleneck in virtual time and SimGrid's flows end at the same times", "[sim][oracle]") {
  // 200 machines behind a gateway of 1 GB/s pull 40 to 80 MB each, all within 4 s, with caps of 20 and 50
  // MB/s: first the caps bind, then the gateway. Once as machines that meet on the gateway only, once
  // as SimGrid flows to machines with wide cards.
  Stage stage;
  const auto lone = stage.network.add_shared_link(megabytes_per_second(1000));
  const auto gateway = stage.network.add_shared_link(megabytes_per_second(1000));
  constexpr std::size_t kMachines = 200;
  std::vector<std::size_t> machines;
  for (std::size_t i = 0; i < kMachines; ++i)
    machines.push_back(stage.network.add_machine(gigabits_per_second(100), gateway));
  stage.network.seal();
  // Rungs of the ladder, so that both have the very same caps: 1e5 x 1.02^n bytes per second.
  const double caps[] = {1e5 * std::pow(1.02, 268), 1e5 * std::pow(1.02, 314)};
  std::vector<Seconds> shared(kMachines), flows(kMachines);
  for (std::size_t i = 0; i < kMachines; ++i) {
    const Seconds start{0.02 * double(i)};
    const Bytes bytes{40'000'000 + 200'000 * std::int64_t(i * 37 % kMachines)};
    move(stage, {.shared = lone}, start, bytes, {caps[i % 2]}, &shared[i]);
    move(stage, {.machine = machines[i]}, start, bytes, {caps[i % 2]}, &flows[i]);
  }
  stage.agenda.run();
  // 200 transfers of 60 MB on average need 12 s of the gateway; caps alone would take 4 s at most.
  CHECK(*std::ranges::max_element(shared) > 11.9s);
  for (std::size_t i = 0; i < kMachines; ++i)
    CHECK(shared[i].count() == Approx(flows[i].count()).epsilon(kSimGridPrecision));
}

TEST_CASE("nothing to move takes no time", "[sim]") {
  Stage stage;
  stage.network.seal();
  Seconds done{-1};
  move(stage, {}, 5s, {0}, megabytes_per_second(1), &done);
  stage.agenda.run();
  CHECK(done == 5s);
}

}  // namespace
}  // namespace berth
