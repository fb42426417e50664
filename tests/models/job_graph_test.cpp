#include "models/job_graph.h"

#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "models/random_stream.h"
#include "tests/support/builders.h"

namespace berth {
namespace {

TrainingClass by_clock(int models = 1) {
  TrainingClass work = test_class(Every{.interval = 900s}, 10s);
  work.models = models;
  return work;
}
TrainingClass after(std::vector<TrainingId> classes, int models = 1) {
  TrainingClass work = test_class(After{std::move(classes)}, 10s);
  work.models = models;
  return work;
}

std::vector<int> values(const std::vector<TrainingId>& ids) {
  std::vector<int> list;
  for (const TrainingId id : ids) list.push_back(id.value);
  return list;
}

using Range = std::tuple<int, std::uint64_t, std::uint64_t>;
Range plain(const JobRange& range) { return {range.workload.value, range.first, range.count}; }

using Went = std::tuple<int, std::uint64_t, bool, double>;
std::vector<Went> went(const std::vector<JobChains::Next>& list) {
  std::vector<Went> out;
  for (const auto& one : list)
    out.emplace_back(one.workload.value, one.number, one.runs, one.began.count());
  return out;
}

TEST_CASE("a circle of classes is found wherever it lies, and a diamond is none", "[job_graph]") {
  // 0 <- 1 <- 3, 0 <- 2 <- 3
  CHECK(circle_of(std::vector{by_clock(), after({{0}}), after({{0}}), after({{1}, {2}})}).empty());
  CHECK(circle_of(std::vector<TrainingClass>{}).empty());
  CHECK(values(circle_of(std::vector{after({{0}})})) == std::vector{0});
  // 1 names 2, 2 names 3, 3 names 1; 0 and 4 lead there and are not part of it.
  const std::vector classes{by_clock(), after({{0}, {2}}), after({{3}}), after({{1}}), after({{1}})};
  CHECK(values(circle_of(classes)) == std::vector{1, 2, 3});
}

TEST_CASE("every class comes after those it waits for, whatever the file's order", "[job_graph]") {
  const std::vector classes{after({{2}, {3}}), by_clock(), after({{1}}), after({{1}, {4}}),
                            by_clock()};
  const JobGraph graph(classes);
  std::vector<std::size_t> place(classes.size());
  REQUIRE(graph.order().size() == classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) place[graph.order()[i].index()] = i;
  CHECK(place[1] < place[2]);
  CHECK(place[2] < place[0]);
  CHECK(place[1] < place[3]);
  CHECK(place[4] < place[3]);
  CHECK(place[3] < place[0]);
  CHECK(values(graph.clocks_of({0})) == std::vector{1, 4});
  CHECK(values(graph.clocks_of({2})) == std::vector{1});
  CHECK(values(graph.clocks_of({4})) == std::vector{4});
  CHECK(values(graph.connected({4})) == std::vector{0, 1, 2, 3, 4});
  CHECK(values(graph.before({2})) == std::vector{1, 2});
  CHECK_FALSE(graph.follows({1}));
  CHECK(graph.follows({0}));
}

TEST_CASE("jobs wait for those of their model, or of their round", "[job_graph]") {
  // 0: three models; 1: three after them; 2: one after them; 3: five after 2.
  const JobGraph graph(
      std::vector{by_clock(3), after({{0}}, 3), after({{0}}), after({{2}}, 5)});
  CHECK(plain(graph.needs({1}, 7).at(0)) == Range{0, 7, 1});
  CHECK(plain(graph.needs({2}, 2).at(0)) == Range{0, 6, 3});
  CHECK(plain(graph.needs({3}, 13).at(0)) == Range{2, 2, 1});
  CHECK(plain(graph.waiting({1}, {0}, 7)) == Range{1, 7, 1});
  CHECK(plain(graph.waiting({2}, {0}, 7)) == Range{2, 2, 1});
  CHECK(plain(graph.waiting({3}, {2}, 2)) == Range{3, 10, 5});
}

TEST_CASE("a job goes when the last one it waits for is done, and its chain began with the first",
          "[job_graph]") {
  // 2 comes after 0 (three models) and 1 (one).
  JobChains chains(JobGraph(std::vector{by_clock(3), by_clock(), after({{0}, {1}})}));
  CHECK(chains.over({0}, 3, true, 902s).empty());
  CHECK(chains.over({0}, 0, true, 2s).empty());
  CHECK(chains.over({0}, 5, true, 900s).empty());
  CHECK(chains.over({1}, 1, true, 905s).empty());
  CHECK(went(chains.over({0}, 4, true, 901s)) == std::vector{Went{2, 1, true, 900}});
}

TEST_CASE("what comes after a failure is skipped, and so is all behind it", "[job_graph]") {
  // 0 -> 1 (two models) -> 2 (one); 3 comes after 0 and 2.
  JobChains chains(JobGraph(
      std::vector{by_clock(), after({{0}}, 2), after({{1}}), after({{0}, {2}})}));
  CHECK(went(chains.over({0}, 4, false, 7s)) ==
        std::vector{Went{1, 8, false, 7}, Went{1, 9, false, 7}, Went{2, 4, false, 7},
                    Went{3, 4, false, 7}});
  // One of two models fails: the round's one job is skipped once the other is over as well.
  CHECK(went(chains.over({0}, 5, true, 9s)) ==
        std::vector{Went{1, 10, true, 9}, Went{1, 11, true, 9}});
  CHECK(chains.over({1}, 11, false, 9s).empty());
  CHECK(went(chains.over({1}, 10, true, 9s)) ==
        std::vector{Went{2, 5, false, 9}, Went{3, 5, false, 9}});
}

TEST_CASE("every job of a random graph goes once, after all it needs, in any order of ends",
          "[job_graph]") {
  RandomStream random(11, 0, Purpose::training, 0);
  const auto below = [&](std::uint64_t n) { return std::uint64_t(random.uniform() * double(n)); };
  for (int graph_number = 0; graph_number < 50; ++graph_number) {
    std::vector<TrainingClass> classes{by_clock(int(below(2)) * 3 + 1)};
    const int wide = 4;
    while (classes.size() < 8) {
      std::vector<TrainingId> before;
      for (std::size_t i = 0; i < classes.size(); ++i)
        if (random.uniform() < 0.4) before.push_back({static_cast<std::int32_t>(i)});
      if (before.empty()) before.push_back({0});
      classes.push_back(after(before, below(2) == 0 ? 1 : wide));
    }
    const JobGraph graph(classes);
    JobChains chains(graph);
    constexpr std::uint64_t kRounds = 3;
    std::set<std::pair<int, std::uint64_t>> done;
    std::vector<std::pair<TrainingId, std::uint64_t>> running;
    for (std::uint64_t n = 0; n < kRounds * std::uint64_t(classes[0].models); ++n)
      running.emplace_back(TrainingId{0}, n);
    while (!running.empty()) {
      const auto at = running.begin() + std::ptrdiff_t(below(running.size()));
      const auto [id, number] = *at;
      running.erase(at);
      REQUIRE(done.emplace(id.value, number).second);
      for (const JobChains::Next& next : chains.over(id, number, true, 0s)) {
        CHECK(next.runs);
        for (const JobRange& range : graph.needs(next.workload, next.number))
          for (std::uint64_t n = range.first; n < range.first + range.count; ++n)
            CHECK(done.contains({range.workload.value, n}));
        running.emplace_back(next.workload, next.number);
      }
    }
    std::size_t all = 0;
    for (const TrainingClass& one : classes) all += kRounds * std::size_t(one.models);
    CHECK(done.size() == all);
  }
}

TEST_CASE("clocks are the same when their rounds are, jitter aside", "[job_graph]") {
  std::string why;
  const Cron nightly = *parse_cron("0 2 * * *", &why);
  Cron late = nightly;
  late.jitter = 60s;
  CHECK(same_clock(nightly, late));
  CHECK_FALSE(same_clock(nightly, *parse_cron("0 3 * * *", &why)));
  CHECK(same_clock(Every{.interval = 900s, .jitter = 5s}, Every{.interval = 900s}));
  CHECK_FALSE(same_clock(Every{.interval = 900s}, Every{.interval = 900s, .offset = 60s}));
  CHECK_FALSE(same_clock(Every{.interval = 900s}, nightly));
  CHECK_FALSE(same_clock(Trace{{1s}}, Trace{{1s}}));
}

}  // namespace
}  // namespace berth
