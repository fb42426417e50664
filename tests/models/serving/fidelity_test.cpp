#include "models/serving/fidelity.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/serving/error_of_p99.h"

namespace berth {
namespace {

// Five minutes of 700 requests a second on 50 slots of 50 ms: rho 0.7.
StretchLoad usual() {
  return {.length = 300s, .mean_rate = 700, .peak_rate = 700, .least_rate = 700,
          .pods = 50, .service_mean = 0.05};
}
template <class Change>
StretchLoad but(Change change) {
  StretchLoad load = usual();
  change(load);
  return load;
}

TEST_CASE("a stretch's load is what the textbook says", "[fidelity]") {
  CHECK(usual().utilisation() == Approx(0.7));
  // tau = 0.05 (1 + 2 / (2 * 50 * 0.09)) = 0.05 * 1.2222
  CHECK(usual().memory() == Approx(0.05 * (1 + 2 / 9.0)));
  // Each pod a queue of its own: 0.05 (1 + 2 / (2 * 0.09)) = 0.05 * 12.111
  CHECK(but([](auto& l) { l.shared_queue = false; }).memory() == Approx(0.05 * (1 + 1 / 0.09)));
  // eps = tau * (10 * 0.05 / 50) / 0.3
  CHECK(but([](auto& l) { l.steepest = 10; }).restlessness() ==
        Approx(usual().memory() * 0.01 / 0.3));
  CHECK(std::isinf(but([](auto& l) { l.pods = 0; }).utilisation()));
  CHECK(std::isinf(but([](auto& l) { l.peak_rate = 1000; }).memory()));
}

struct Row {
  StretchLoad load;
  Look sampled, automatic;
  const char* because;
};
const Row kRows[] = {
    {usual(), Look::window, Look::formula, "steady, many slots"},
    {but([](auto& l) { l.peak_rate = 1001; }), Look::whole, Look::whole, "overloaded at its peak"},
    {but([](auto& l) { l.backlog = true; }), Look::whole, Look::whole, "a backlog is left over"},
    {but([](auto& l) { l.pods = 0; }), Look::whole, Look::whole, "no pod at all"},
    {but([](auto& l) { l.peak_rate = 995; }), Look::whole, Look::whole,
     "rho 0.995: tau = 0.05 (1 + 1/(50 * 0.005^2)) is 800 services long"},
    {but([](auto& l) { l.peak_rate = l.mean_rate = l.least_rate = 960; }), Look::window, Look::window,
     "rho 0.96: tau 13.5 services, but beyond the formula's 0.95"},
    {but([](auto& l) { l.arrivals_have_memory = true; }), Look::whole, Look::whole,
     "a window could miss the bursts"},
    {but([](auto& l) { l.pods_warming = true; }), Look::whole, Look::whole, "not stationary"},
    {but([](auto& l) { l.drops_matter = true; }), Look::window, Look::window,
     "the formula knows no drops"},
    {but([](auto& l) { l.service_scv = 4; }), Look::window, Look::formula,
     "variable, but 50 slots at 0.7"},
    {but([](auto& l) { l.service_scv = 4, l.peak_rate = l.mean_rate = l.least_rate = 900; }), Look::window, Look::window,
     "variable, and too full for the formula"},
    {but([](auto& l) { l.shared_queue = false; }), Look::window, Look::window,
     "a queue at each pod, and pods not drawn blindly"},
    {but([](auto& l) { l.shared_queue = false, l.random_pod = true; }), Look::window, Look::formula,
     "each pod an M/G/1"},
    {but([](auto& l) { l.length = 10s; }), Look::whole, Look::formula, "too short for a window"},
    {but([](auto& l) { l.shared_queue = false, l.round_robin = true; }), Look::window, Look::window,
     "round robin at 0.7"},
    {but([](auto& l) { l.shared_queue = false, l.round_robin = true, l.pods = 60; }), Look::window,
     Look::window, "round robin at 0.58 to one slot each"},
    {but([](auto& l) {
       l.shared_queue = false, l.round_robin = true, l.pods = 15, l.slots_per_pod = 4;
       l.service_scv = 0.4;
     }),
     Look::window, Look::formula, "to four slots each, with regular services"},
    {but([](auto& l) {
       l.shared_queue = false, l.round_robin = true, l.pods = 30, l.slots_per_pod = 2;
       l.service_scv = 0.4;
     }),
     Look::window, Look::window, "to two slots each"},
    {but([](auto& l) {
       l.shared_queue = false, l.round_robin = true, l.pods = 15, l.slots_per_pod = 4;
       l.service_scv = 0;
     }),
     Look::window, Look::window, "to four slots each, all services of one length"},
    {but([](auto& l) { l.shared_queue = false, l.formulas_agree = true; }), Look::window,
     Look::formula, "whoever balances, it comes to the same"},
    {but([](auto& l) { l.drops_matter = true, l.peak_rate = 800; }), Look::whole, Look::whole,
     "a window at a random place would weigh the busy part by its time"},
    {but([](auto& l) { l.drops_matter = true, l.least_rate = 500; }), Look::whole, Look::whole,
     "or stand for it while hardly anything comes"},
    {but([](auto& l) { l.mean_rate = l.peak_rate = 20, l.pods = 2; }), Look::whole, Look::whole,
     "4,000 requests are 200 s, and two slots too few for the formula"},
    {but([](auto& l) { l.mean_rate = l.peak_rate = 0; }), Look::whole, Look::whole,
     "nothing to be looked at costs nothing"},
};

TEST_CASE("what is looked at follows from the load", "[fidelity]") {
  for (const auto& [load, sampled, automatic, because] : kRows) {
    INFO(because);
    CHECK(decide_look(Fidelity::sampled, load).look == sampled);
    CHECK(decide_look(Fidelity::automatic, load).look == automatic);
    CHECK(decide_look(Fidelity::request, load).look == Look::whole);
    CHECK(decide_look(Fidelity::request, load).error == 0);
    CHECK(decide_look(Fidelity::fluid, load).look == Look::formula);
  }
}

TEST_CASE("looks are dealt out evenly, with a tenth to begin with", "[fidelity][bound]") {
  // 1000 until 100 s: 100 at once, and 9 a second. The whole of a stretch takes no more than comes in it; a
  // window no more than 10.
  const auto left = [](double taken, Seconds from, Seconds to) { return looks_left(1000, taken, from, to, 100s); };
  CHECK(left(0, 0s, 1s).whole == Approx(9));
  CHECK(left(0, 0s, 1s).window == Approx(10));
  CHECK(left(105, 0s, 1s).whole == Approx(4));
  CHECK(left(105, 0s, 1s).window == Approx(4));
  CHECK(left(200, 0s, 1s).whole == 0);
  CHECK(left(991, 90s, 150s).whole == Approx(9));  // what is left at the end
}

TEST_CASE("of what may not be looked at whole a window or a formula is made", "[fidelity][bound]") {
  // 210,000 requests; tau 0.0611 s, so 0.31 s of warm-up and a window of 4,000 requests, 5.7 s.
  const LookDecision whole{.look = Look::whole};
  const auto gaps = [](auto&) {};
  const auto decide = [&](auto change, const LooksLeft& left) {
    StretchLoad load = usual();
    load.arrivals_have_memory = load.memory_is_short = true;
    load.arrival_scv = 1;
    change(load);
    return within_looks(whole, load, left);
  };
  struct Bounded {
    LookDecision got;
    Look look;
    double error;
    const char* because;
  };
  const LooksLeft few{0, 5000}, none{0, 100};
  const Bounded rows[] = {
      {decide(gaps, {211'000, 0}), Look::whole, 0, "it may be looked at whole"},
      {decide(gaps, {200'000, 5000}), Look::window, 0.03, "a window is enough for gaps"},
      {decide(gaps, none), Look::formula, 0.30, "and the formula of fluid where there is none"},
      {decide([](auto& l) { l.length = 5s; }, few), Look::whole, 0, "too short for a window: looked at whole"},
      {decide([](auto& l) { l.memory_is_short = false; }, few), Look::window, 1, "a window misses bursts"},
      {decide([](auto& l) { l.memory_is_short = false; }, none), Look::formula, 1, "no formula knows them"},
      {decide([](auto& l) { l.batched = true; }, few), Look::window, 0.03, "batches in a window"},
      {decide([](auto& l) { l.batched = true; }, none), Look::formula, 1, "no formula knows batches"},
      {decide([](auto& l) { l.batched = true, l.longest_service = 10; }, few), Look::formula, 1,
       "batches of 10 s: a window of 122 s"},
      {decide([](auto& l) { l.pods_warming = true; }, few), Look::window, 0.30, "slow pods in a window"},
      {decide([](auto& l) { l.least_rate = 500; }, few), Look::window, 0.30, "a rate that is not level"},
      {decide([](auto& l) { l.peak_rate = l.mean_rate = l.least_rate = 995; }, {0, 2e5}), Look::formula, 1,
       "a queue that remembers for 800 services, 40 s, settles in no window of 300 s"},
      {decide([](auto& l) { l.peak_rate = l.mean_rate = l.least_rate = 995, l.unchanged_for = 1000s; }, {0, 2e5}),
       Look::formula, 0.30, "but may have settled before"},
      {decide([](auto& l) { l.peak_rate = l.mean_rate = l.least_rate = 980; }, {0, 2e5}), Look::window, 0.03,
       "one that remembers for 51 has a window of 39 s with 13 s of warm-up"},
      {decide([](auto& l) { l.peak_rate = l.mean_rate = l.least_rate = 995, l.follows = false; }, {0, 3e5}),
       Look::whole, 1, "whole, and begun without a queue"},
  };
  for (const auto& [got, look, error, because] : rows) {
    INFO(because);
    CHECK(got.look == look);
    CHECK(got.error == error);
  }
}

TEST_CASE("a formula of a phase needs a phase that lasts", "[fidelity][bound]") {
  // 30 tau are 1.83 s.
  const LookDecision formula{.look = Look::formula, .error = 0.05};
  const auto error = [&](Seconds length, bool after_jump) {
    return within_looks(formula, but([&](auto& l) { l.length = length, l.after_jump = after_jump; }), {}).error;
  };
  CHECK(error(1.9s, true) == 0.05);
  CHECK(error(1.7s, true) == 1);
  CHECK(error(1.7s, false) == 0.05);
}

TEST_CASE("a load that moves faster than the queue needs requests", "[fidelity]") {
  // eps = 0.0611 * s * 0.001 / 0.3 passes 0.03 at s = 147 per second^2.
  const auto moving = [](double steepest) {
    return decide_look(Fidelity::automatic, but([&](auto& l) { l.steepest = steepest; })).look;
  };
  CHECK(moving(140) == Look::formula);
  CHECK(moving(155) == Look::window);
}

TEST_CASE("an error is stated for every look", "[fidelity]") {
  CHECK(decide_look(Fidelity::sampled, usual()).error == 0.03);
  CHECK(decide_look(Fidelity::automatic, usual()).error == 0.05);
  CHECK(decide_look(Fidelity::fluid, but([](auto& l) { l.pods = 2, l.peak_rate = 20; })).error ==
        0.30);
  CHECK(decide_look(Fidelity::fluid, but([](auto& l) { l.peak_rate = 2000; })).error == 1);
}

TEST_CASE("a window lies inside its stretch, with its warm-up before it", "[fidelity]") {
  const LookDecision decision = decide_look(Fidelity::sampled, usual());
  CHECK(decision.warm_up.count() == Approx(5 * usual().memory()));
  CHECK(decision.window.count() == Approx(4000 / 700.0));  // more than 10 tau = 0.6 s
  CHECK(place_window(decision, 600s, 900s, 1e-9).count() == Approx(600));
  CHECK((place_window(decision, 600s, 900s, 1 - 1e-9) + decision.needed()).count() == Approx(900));
}

TEST_CASE("a curve's load between two times is its worst", "[fidelity]") {
  const RateCurve curve = RateCurve::lines({0s, 100s, 200s}, {10, 30, 10}, true);
  const StretchLoad load = load_between(curve, 50s, 150s);
  CHECK(load.mean_rate == Approx(25));
  CHECK(load.peak_rate == Approx(30));
  CHECK(load.steepest == Approx(0.2));
  const RateCurve steps = RateCurve::steps({0s, 60s, 120s}, {5, 50});
  CHECK(load_between(steps, 0s, 120s).steepest == Approx(45));
  CHECK(load_between(steps, 0s, 60s).steepest == 0);
}

TEST_CASE("a stretch is cut where its rate steps, and into halves where it slopes", "[fidelity]") {
  const RateCurve steps = RateCurve::steps({0s, 60s, 180s}, {5, 50});
  CHECK(level_until(steps, 0s, 180s) == 60s);
  CHECK(level_until(steps, 60s, 180s) == 180s);
  // From 10 to 30 in 100 s; 10 + 0.2 t is within 10 % of its mean over the first 6.25 s, and
  // halving takes it there.
  const RateCurve curve = RateCurve::lines({0s, 100s, 200s}, {10, 30, 10}, true);
  CHECK(level_until(curve, 0s, 150s) == 6.25s);
  CHECK(level_until(RateCurve::constant(3), 0s, 150s) == 150s);
}

TEST_CASE("a window is as long as its horizon needs", "[fidelity]") {
  CHECK(window_requests(86'400s, 300s) == Approx(300'000 / 288.0));
  CHECK(window_requests(3600s, 300s) == Approx(25'000));
  CHECK(window_requests(3600s, 3600s) == 150'000);
  CHECK(window_requests(30 * 86'400s, 300s) == 500);
}

TEST_CASE("fidelities have the names users write", "[fidelity]") {
  for (const char* name : {"request", "sampled", "fluid", "auto"})
    CHECK(name_of(*fidelity_of(name)) == name);
  CHECK(!fidelity_of("exact"));
}

TEST_CASE("the stated error is of the worst look that matters to a 99th percentile", "[serving]") {
  ErrorOfP99 error;
  CHECK(error.value() == 0);
  error.add(0.05, 99'000);
  CHECK(error.value() == 0.05);
  error.add(1, 99);  // fewer than a thousandth of all
  CHECK(error.value() == 0.05);
  ErrorOfP99 more;
  more.add(1, 1);
  more.add(0, 1000);
  error.add(more);  // 100 of 100,100
  CHECK(error.value() == 0.05);
  error.add(1, 1);
  CHECK(error.value() == 1);
  SECTION("what is worse counts with what is bad") {
    ErrorOfP99 mixed;
    mixed.add(0, 9990);
    mixed.add(0.3, 6);
    CHECK(mixed.value() == 0);
    mixed.add(1, 4);
    CHECK(mixed.value() == 0.3);
  }
}

TEST_CASE("a queue on its way from one load to another is looked at request by request", "[fidelity]") {
  StretchLoad load{.length = 40s, .mean_rate = 45, .peak_rate = 45, .least_rate = 45, .pods = 6,
                   .shared_queue = false, .random_pod = true, .service_mean = 0.1};
  load.window_requests = 100;
  // It remembers for 1.7 s, and 30 of these are 51 s.
  CHECK(decide_look(Fidelity::automatic, load).look == Look::whole);
  CHECK(error_since_change(0.05, load) == 0.30);
  load.unchanged_for = 20s;
  CHECK(decide_look(Fidelity::automatic, load).look == Look::formula);
  load.length = 80s, load.unchanged_for = 0s;
  CHECK(decide_look(Fidelity::sampled, load).look == Look::window);
  CHECK(error_since_change(0.05, load) == 0.05);
  load.length = 5s, load.unchanged_for = 0s;
  CHECK(error_since_change(0.05, load) == 1);
}

}  // namespace
}  // namespace berth
