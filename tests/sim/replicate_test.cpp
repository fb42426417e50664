#include "sim/replicate.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "models/random_stream.h"
#include "sim/wire.h"

namespace berth {
namespace {

std::vector<Placement> two_placements() {
  std::vector<Placement> placements(2);
  placements[0].name = "all-sagemaker";
  placements[1].name = "hybrid";
  return placements;
}

// An outcome that tells which unit made it.
Outcome canned(const Scenario&, const Placement& placement, Replication replication) {
  RandomStream stream(replication.seed, replication.number, Purpose::arrival, 0);
  Outcome outcome;
  outcome.events = static_cast<std::int64_t>(placement.name.size() * 1000 + replication.number);
  outcome.pools.push_back({.nodes = {stream.uniform()}});
  return outcome;
}

std::string all_bytes(const Replicated& replicated) {
  std::string bytes;
  for (const auto& row : replicated.outcomes)
    for (const auto& outcome : row) bytes += outcome ? encode(*outcome) : "absent";
  return bytes;
}

TEST_CASE("every outcome lies at its placement and replication", "[replicate]") {
  const auto placements = two_placements();
  const Replicated got =
      replicate_with(canned, {}, placements, {.replications = 3, .seed = 9, .workers = 2});
  CHECK_FALSE(got.interrupted);
  CHECK(got.failures.empty());
  REQUIRE(got.outcomes.size() == 2);
  for (std::size_t p = 0; p < 2; ++p)
    for (std::uint32_t r = 0; r < 3; ++r) {
      REQUIRE(got.outcomes[p][r]);
      CHECK(encode(*got.outcomes[p][r]) == encode(canned({}, placements[p], {9, r})));
    }
}

TEST_CASE("replications from a later number on are the same units", "[replicate]") {
  const auto placements = two_placements();
  const Replicated all = replicate_with(canned, {}, placements, {.replications = 5, .seed = 9});
  const Replicated rest =
      replicate_with(canned, {}, placements, {.replications = 2, .first = 3, .seed = 9});
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t r = 0; r < 2; ++r)
      CHECK(encode(*rest.outcomes[p][r]) == encode(*all.outcomes[p][r + 3]));
}

TEST_CASE("the number of workers does not change a byte", "[replicate]") {
  const auto placements = two_placements();
  const auto bytes = [&](int workers) {
    return all_bytes(
        replicate_with(canned, {}, placements, {.replications = 5, .workers = workers}));
  };
  CHECK(bytes(1) == bytes(2));
  CHECK(bytes(1) == bytes(8));
}

TEST_CASE("a unit that throws or crashes is named, and the others go on", "[replicate]") {
  const auto fragile = [](const Scenario& s, const Placement& p, Replication r) {
    if (p.name == "hybrid" && r.number == 3) signal(SIGSEGV, SIG_DFL), raise(SIGSEGV);
    if (p.name == "hybrid" && r.number == 1) throw std::runtime_error("pod lost at t=300 s");
    if (p.name == "all-sagemaker" && r.number == 2) throw std::runtime_error("quota below 0");
    return canned(s, p, r);
  };
  const Replicated got =
      replicate_with(fragile, {}, two_placements(), {.replications = 4, .workers = 3});
  REQUIRE(got.failures.size() == 3);
  CHECK(got.failures[0].reason == "quota below 0 (seed 1, replication 2, placement all-sagemaker)");
  CHECK(got.failures[1].reason == "pod lost at t=300 s (seed 1, replication 1, placement hybrid)");
  CHECK(got.failures[2].reason ==
        "killed by signal 11 (seed 1, replication 3, placement hybrid)");
  CHECK_FALSE(got.outcomes[1][3]);
  CHECK(got.outcomes[1][2]);
  CHECK_FALSE(got.interrupted);
}

TEST_CASE("an outcome of many megabytes passes", "[replicate]") {
  const auto huge = [](const Scenario&, const Placement&, Replication r) {
    Outcome outcome;
    outcome.pools.push_back({.nodes = std::vector<double>(1'000'000, r.number + 0.5)});
    return outcome;
  };
  const Replicated got =
      replicate_with(huge, {}, two_placements(), {.replications = 2, .workers = 4});
  REQUIRE(got.outcomes[1][1]);
  CHECK(got.outcomes[1][1]->pools[0].nodes == std::vector<double>(1'000'000, 1.5));
}

TEST_CASE("an interruption keeps what was done", "[replicate]") {
  bool first_done = false;
  const auto slow_later = [](const Scenario& s, const Placement& p, Replication r) {
    if (r.number > 0) std::this_thread::sleep_for(std::chrono::seconds(60));
    return canned(s, p, r);
  };
  ReplicateOptions options{.replications = 50, .workers = 2};
  options.progress = [&](std::size_t done, std::size_t total) {
    CHECK(total == 100);
    first_done = done >= 2;
  };
  options.stop = [&] { return first_done; };
  const Replicated got = replicate_with(slow_later, {}, two_placements(), options);
  CHECK(got.interrupted);
  CHECK(got.failures.empty());  // stopping is nobody's failure
  CHECK(got.outcomes[0][0]);
  CHECK(got.outcomes[1][0]);
  CHECK_FALSE(got.outcomes[0][1]);
}

TEST_CASE("no placements or no replications are no work", "[replicate]") {
  CHECK(replicate_with(canned, {}, {}, {.replications = 3}).outcomes.empty());
  const Replicated none = replicate_with(canned, {}, two_placements(), {.replications = 0});
  CHECK(none.outcomes.size() == 2);
  CHECK(none.outcomes[0].empty());
}

}  // namespace
}  // namespace berth
