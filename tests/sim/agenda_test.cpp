#include "sim/agenda.h"

#include <catch2/catch.hpp>
#include <string>

#include "sim/engine.h"

namespace berth {
namespace {

struct Stage {
  explicit Stage(Seconds end) : agenda(end) {
    static char name[] = "test";
    static char* arguments[] = {name, nullptr};
    int count = 1;
    engine = std::make_unique<simgrid::s4u::Engine>(&count, static_cast<char**>(arguments));
    auto* zone = engine::add_star(*engine, "test");
    engine::add_host(zone, "idle");
    zone->seal();
  }
  std::unique_ptr<simgrid::s4u::Engine> engine;
  Agenda agenda;
  std::string seen;
};

Life say(Stage& stage, Seconds at, Instant instant, char what) {
  auto wait = sleep_until(stage.agenda, at, instant);
  co_await wait;
  stage.seen += what;
}

TEST_CASE("at one instant: release, arrive, place, observe, then first come first served", "[sim]") {
  Stage stage(100s);
  say(stage, 10s, Instant::observe, 'o');
  say(stage, 10s, Instant::place, 'p');
  say(stage, 10s, Instant::arrive, 'a');
  say(stage, 10s, Instant::release, 'r');
  say(stage, 10s, Instant::release, 's');
  say(stage, 5s, Instant::observe, '1');
  stage.agenda.run();
  CHECK(stage.seen == "1rsapo");
}

Life chain(Stage& stage, Instant next) {
  auto wait = sleep_until(stage.agenda, 10s, Instant::release);
  co_await wait;
  auto again = sleep(stage.agenda, 0s, next);
  co_await again;
  stage.seen += 'c';
}

TEST_CASE("what is added at the present instant takes its place in it", "[sim]") {
  Stage stage(100s);
  chain(stage, Instant::arrive);
  say(stage, 10s, Instant::place, 'p');
  say(stage, 10s, Instant::release, 'r');
  stage.agenda.run();
  CHECK(stage.seen == "rcp");
}

Life count_steps(Stage& stage, int steps, Seconds* last) {
  for (int i = 0; i < steps; ++i) {
    auto step = sleep(stage.agenda, 0.1s);
    co_await step;
  }
  *last = stage.agenda.now();
}

TEST_CASE("whoever is resumed sees the date he asked for, to the last bit", "[sim]") {
  Stage stage(100'000s);
  Seconds last{0}, expected{0};
  for (int i = 0; i < 10'000; ++i) expected += 0.1s;
  count_steps(stage, 10'000, &last);
  stage.agenda.run();
  CHECK(last == expected);
}

struct Mark {
  std::string* seen;
  ~Mark() { *seen += 'x'; }
};
Life outlive(Stage& stage) {
  const Mark mark{&stage.seen};
  auto wait = sleep_until(stage.agenda, 1000s);
  co_await wait;
  stage.seen += '!';
}

TEST_CASE("nothing runs at the end or after it, and what is left is destroyed there", "[sim]") {
  Stage stage(100s);
  outlive(stage);
  say(stage, 100s, Instant::release, 'e');
  say(stage, 99s, Instant::release, 'b');
  stage.agenda.run();
  CHECK(stage.seen == "bx");
  CHECK(stage.agenda.alive() == 0);
}

Life break_down(Stage& stage) {
  auto wait = sleep_until(stage.agenda, 50s);
  co_await wait;
  throw std::runtime_error("impossible state");
}

TEST_CASE("an error in a life ends the run and is thrown by it", "[sim]") {
  Stage stage(100s);
  break_down(stage);
  say(stage, 60s, Instant::release, 'n');
  CHECK_THROWS_WITH(stage.agenda.run(), "impossible state");
  CHECK(stage.seen.empty());
}

}  // namespace
}  // namespace berth
