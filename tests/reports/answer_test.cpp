#include "reports/answer.h"

#include <catch2/catch.hpp>

using namespace berth;

namespace {

GateSide placement(const std::string& name, std::vector<double> cost, double met = 1) {
  GateSide side{.placement = name, .goals = {service_goal("eta", 0.99)}};
  Figure usd, share;
  usd.values.assign(cost.begin(), cost.end());
  share.values.assign(cost.size(), met);
  side.figures = {{{"cost", "", "", "USD/month"}, usd}, {{"slo_met", "eta", "", "share"}, share}};
  return side;
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the answer is the cheapest placement that meets every goal") {
  const std::vector<GateSide> all{placement("a", {100, 110, 120}), placement("b", {90, 100, 110}),
                                  placement("c", {50, 50, 50}, 0.9)};
  const Answer answer = answer_of(all);
  CHECK(answer.best == 1);
  CHECK(answer.sentence.starts_with("b costs 100 $"));
  CHECK(has(answer.sentence, "2 placements of 3 that meet every goal"));
  CHECK(has(answer.sentence,
            "the next, a, costs 10.0 $ more (clear at 95 %)"));  // 10 in every replication
  CHECK(missed_goals(all[2]).size() == 1);
  CHECK(missed_goals(all[0]).empty());
}

TEST_CASE("the answer says when chance could have made it") {
  // Differences 30, -20, 5: mean 5, their interval spans zero.
  const Answer answer =
      answer_of(std::vector{placement("a", {100, 100, 100}), placement("b", {130, 80, 105})});
  CHECK(has(answer.sentence, "do not tell from nothing"));
  CHECK(has(answer_of(std::vector{placement("a", {1}), placement("b", {2})}).sentence,
            "one replication proves nothing"));
  CHECK(has(answer_of(std::vector{placement("a", {1, 2}), placement("b", {1, 2})}).sentence,
            "costs the same"));
}

TEST_CASE("no placement that meets every goal is an answer") {
  const Answer answer =
      answer_of(std::vector{placement("a", {1, 2}, 0.5), placement("b", {1, 2}, 0.5)});
  CHECK_FALSE(answer.best);
  CHECK(answer.sentence == "No placement meets every goal.");
  CHECK(has(answer_of(std::vector{placement("a", {1, 2}, 0.5)}).sentence, "misses 1 of its goals"));
}

TEST_CASE("jobs that start too late are a goal missed") {
  GateSide side = placement("a", {1, 2});
  Figure late;
  late.values = {0.3, 0.32};
  side.figures.push_back({{"start_slo_met", "retrain", "", "share"}, late});
  side.goals.push_back(start_goal("retrain"));
  CHECK(missed_goals(side) ==
        std::vector<std::string>{"retrain: 31.0 % of jobs started in time, goal 95.0 %"});
}

TEST_CASE("deadlines and jobs that fail are goals, too") {
  GateSide side = placement("a", {1, 2});
  const std::size_t before = goals_of(side);
  const auto add = [&](const char* metric, const char* unit, std::vector<std::optional<double>> v) {
    Figure figure;
    figure.values = std::move(v);
    side.figures.push_back({{metric, "retrain", "", unit}, figure});
  };
  add("deadline_missed", "share", {0.907, 0.907});
  side.goals.push_back(deadline_goal("retrain"));
  add("submitted", "1/day", {100, 100});
  add("failed", "1/day", {20, 20});
  CHECK(missed_goals(side) ==
        std::vector<std::string>{"retrain: 90.7 % of jobs miss their deadline, goal at most 5.0 %",
                                 "retrain: 20.0 % of its jobs fail"});
  CHECK(goals_of(side) == before + 2);
  CHECK_FALSE(answer_of(std::vector{side}).best);
}

TEST_CASE("a growing backlog is a goal missed") {
  GateSide side = placement("a", {1, 2});
  side.growing = {"retrain"};
  CHECK(missed_goals(side) == std::vector<std::string>{"retrain: its backlog grows"});
}
