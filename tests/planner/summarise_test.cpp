#include "planner/summarise.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "planner/figures.h"
#include "planner/summarise_cost.h"
#include "tests/planner/canned.h"

using namespace berth;

namespace {

Summary summary_of(std::vector<std::optional<Outcome>> outcomes) {
  const Scenario scenario = canned::scenario();
  return summarise(scenario, scenario.placements[0], outcomes);
}

Summary summary_with_backlogs(std::vector<std::int64_t> ends) {
  std::vector<std::optional<Outcome>> outcomes;
  for (const std::int64_t end : ends) outcomes.push_back(canned::outcome({.backlog_at_end = end}));
  return summary_of(std::move(outcomes));
}

}  // namespace

TEST_CASE("money is scaled from the window to a month of 730 hours") {
  const Summary s = summary_of({canned::outcome(), canned::outcome()});
  const double month = 730.0 / 24;
  // Bill of the window: 4.08 idle + 4.08 eta + 2.40 cluster + 10 training; people 3 h x $120.
  CHECK(s.cost.total_usd_per_month.estimate()->mean == Approx(20.56 * month + 360));
  CHECK(s.cost.idle_usd_per_month.estimate()->mean == Approx(4.08 * month));
  CHECK(s.cost.shared_usd_per_month.estimate()->mean == Approx(2.40 * month));
  CHECK(s.cost.people_usd_per_month.estimate()->mean == Approx(360));
  CHECK(s.cost.workloads[0].usd_per_month.estimate()->mean == Approx(10 * month));
  CHECK(s.cost.workloads[1].usd_per_month.estimate()->mean == Approx(4.08 * month));
}

TEST_CASE("the cost lines add up to the total, and so do workloads, idle, shared and people") {
  const Summary s = summary_of({canned::outcome(), canned::outcome({.training_usd = 12})});
  double lines = 0;
  for (const CostLine& line : s.cost.lines) lines += line.usd_per_month.estimate()->mean;
  double parts = s.cost.idle_usd_per_month.estimate()->mean +
                 s.cost.shared_usd_per_month.estimate()->mean +
                 s.cost.people_usd_per_month.estimate()->mean;
  for (const WorkloadCost& w : s.cost.workloads) parts += w.usd_per_month.estimate()->mean;
  const double total = s.cost.total_usd_per_month.estimate()->mean;
  CHECK(lines == Approx(total).epsilon(1e-12));
  CHECK(parts == Approx(total).epsilon(1e-12));
}

TEST_CASE("the money of a replication is that of its summary") {
  const Scenario scenario = canned::scenario();
  const Outcome outcome = canned::outcome();
  const MonthlyCost cost = monthly_cost(scenario, scenario.placements[0], outcome.bill);
  const std::vector<std::optional<Outcome>> one{outcome};
  const CostSummary summary = summarise(scenario, scenario.placements[0], one).cost;
  CHECK(cost.usd == mean_or_zero(summary.total_usd_per_month));
  CHECK(cost.people_usd == mean_or_zero(summary.people_usd_per_month));
  CHECK(cost.shared_usd == mean_or_zero(summary.shared_usd_per_month));
  REQUIRE(cost.shared_usd > 0);
  REQUIRE(cost.workload_usd.size() == summary.workloads.size());
  for (std::size_t w = 0; w < summary.workloads.size(); ++w) {
    CHECK(cost.workload_usd[w] == mean_or_zero(summary.workloads[w].usd_per_month));
    CHECK(cost.workload_usd[w] > 0);
  }
}

TEST_CASE("lines of one item are one line whoever holds it, largest first") {
  const Summary s = summary_of({canned::outcome()});
  REQUIRE(s.cost.lines.size() == 4);  // people, SageMaker, EC2, EKS
  CHECK(s.cost.lines[0].service == "People");
  CHECK(s.cost.lines[1].item == "ml.m5.xlarge training, on demand");
  CHECK(s.cost.lines[2].item == "c6i.xlarge node, on demand");
  CHECK(s.cost.lines[2].quantity_per_month.estimate()->mean == Approx(48 * 730.0 / 24));
  CHECK(s.cost.lines[2].price_source == "a price list");
}

TEST_CASE("a line's parts are its holders', and nobody's part is idle or shared") {
  const Summary s = summary_of({canned::outcome()});
  const CostLine& nodes = s.cost.lines[2];
  REQUIRE(nodes.shares.size() == 2);
  CHECK(nodes.shares[0].kind == "idle");
  CHECK(nodes.shares[1].kind == "service");
  CHECK(nodes.shares[1].workload == "eta");
  CHECK(nodes.shares[1].quantity_per_month.estimate()->mean == Approx(24 * 730.0 / 24));
  for (const CostLine& line : s.cost.lines) {
    double parts = 0;
    for (const LineShare& share : line.shares) parts += share.usd_per_month.estimate()->mean;
    CHECK(parts == Approx(line.usd_per_month.estimate()->mean));
  }
  CHECK(s.cost.lines[0].shares[0].kind == "people");
  CHECK(s.cost.lines[3].shares[0].kind == "shared");
}

TEST_CASE("figures are estimated over replications") {
  const Summary s =
      summary_of({canned::outcome({.start_s = 90}), canned::outcome({.start_s = 110})});
  const auto mean = s.training[0].start_latency_s.mean.estimate();
  CHECK(mean->mean == Approx(100));
  CHECK(mean->n == 2);
  // t(1, 0.975) = 12.706, s = 14.142, / sqrt(2): half width 127.06
  CHECK(mean->interval->half_width() == Approx(127.06).epsilon(1e-4));
}

TEST_CASE("a start has two clocks and a price, of jobs and of pods") {
  const Summary s = summary_of({canned::outcome({.start_s = 90}), canned::outcome({.start_s = 110})});
  const TrainingSummary& t = s.training[0];
  CHECK(t.container_started_s.mean.estimate()->mean == Approx(95));  // 5 s before user code runs
  // 0.94 $ of 94 starts in a day; a month has 730 / 24 days.
  const auto image = static_cast<std::size_t>(Phase::image);
  CHECK(t.phases_usd_per_start[image].estimate()->mean == Approx(0.01));
  CHECK(t.phases_usd_per_start[0].estimate()->mean == 0);
  CHECK(t.start_usd_per_month.estimate()->mean == Approx(0.94 * 730 / 24));
  const PodStartSummary& pods = s.services[0].pod_starts;
  CHECK(pods.per_day.estimate()->mean == 4);
  CHECK(pods.ready_s.p50.estimate()->mean == Approx(60));
  CHECK(pods.container_started_s.p99.estimate()->mean == Approx(50));
  CHECK(pods.phases_usd_per_start[image].estimate()->mean == Approx(0.005));
  CHECK(pods.usd_per_month.estimate()->mean == Approx(0.02 * 730 / 24));
}

TEST_CASE("a failed replication is left out and said so") {
  const Summary s = summary_of({canned::outcome(), std::nullopt, canned::outcome()});
  CHECK(s.replications == 2);
  CHECK(s.training[0].start_latency_s.p50.estimate()->n == 2);
  REQUIRE(s.flags.size() == 1);
  CHECK(s.flags[0] == "1 of 3 replications failed and are not in the numbers");
}

TEST_CASE("one replication has a mean and no interval") {
  const Summary s = summary_of({canned::outcome()});
  CHECK(s.cost.total_usd_per_month.estimate()->n == 1);
  CHECK(!s.cost.total_usd_per_month.estimate()->interval);
}

TEST_CASE("a follower has the time of its chain, and says what was skipped") {
  Scenario scenario = canned::scenario();
  CHECK(!summary_of({canned::outcome()}).training[0].chain);
  scenario.training[0].schedule = After{{{0}}};
  Outcome outcome = canned::outcome();
  outcome.training[0].skipped = 6;
  outcome.training[0].chain_turnaround.record(5000, 90);
  const std::vector<std::optional<Outcome>> outcomes{outcome};
  const Summary s = summarise(scenario, scenario.placements[0], outcomes);
  REQUIRE(s.training[0].chain);
  CHECK(s.training[0].chain->skipped_per_day.estimate()->mean == Approx(6));
  CHECK(s.training[0].chain->turnaround_s.p95.estimate()->mean == Approx(5000).epsilon(0.01));
  REQUIRE(!s.flags.empty());
  CHECK(s.flags.back().find("6 jobs of retrain a day were never submitted") != std::string::npos);
}

TEST_CASE("shares and counts come from their parts") {
  const Summary s = summary_of({canned::outcome()});
  CHECK(s.training[0].warm_start_share.estimate()->mean == Approx(0.5));  // 47 of 94
  CHECK(s.training[0].start_slo_share.estimate()->mean == Approx(0.96));
  CHECK(!s.training[0].deadline_missed_share.estimate());  // the class has no deadline
  CHECK(s.training[0].submitted_per_day.estimate()->mean == Approx(96));
  CHECK(s.services[0].slo_share.estimate()->mean == Approx(0.99));
  CHECK(s.services[0].utilisation.estimate()->mean == Approx(0.5));
  CHECK(s.services[0].requests_per_s.estimate()->mean == Approx(100));  // 8.64 M a day
  CHECK(s.services[0].replicas_mean.estimate()->mean == Approx(2));     // 48 h in 24 h
  CHECK(s.services[0].replicas_peak_slice.estimate()->mean == Approx(5));
  CHECK(s.pools[0].nodes_mean.estimate()->mean == Approx(2));
  CHECK(s.pools[0].nodes_peak_slice.estimate()->mean == Approx(4));
}

TEST_CASE("homes are said in words") {
  const Summary s = summary_of({canned::outcome()});
  CHECK(s.training[0].home.platform == "sagemaker");
  CHECK(s.training[0].home.instance_type == "ml.m5.xlarge");
  CHECK(s.training[0].home.pool == "");
  CHECK(s.services[0].home.pool == "serving");
  CHECK(s.services[0].home.instance_type == "c6i.xlarge");
}

TEST_CASE("a home's pull is the one simulated, not the one wished for") {
  struct Row {
    const char* because;
    SociSupport soci;
    bool interactive;
    const char* pull;
  };
  const Row rows[] = {
      {"SageMaker training honours no index",     SociSupport::interactive, false, "full"     },
      {"Studio notebooks do",                     SociSupport::interactive, true,  "soci_lazy"},
      {"the what-if in which training does, too", SociSupport::everywhere,  false, "soci_lazy"},
  };
  for (const Row& row : rows) {
    INFO(row.because);
    Scenario scenario = canned::scenario();
    std::get<SageMaker>(scenario.platforms[0]).soci = row.soci;
    scenario.training[0].interactive = row.interactive;
    Placement& placement = scenario.placements[0];
    placement.training[0].pull = PullMode::soci_lazy;
    placement.services[0].pull = PullMode::soci_parallel;
    const std::vector<std::optional<Outcome>> outcomes{canned::outcome()};
    const Summary s = summarise(scenario, placement, outcomes);
    CHECK(s.training[0].home.pull == row.pull);
    CHECK(s.services[0].home.pull == "soci_parallel");  // on Kubernetes a wish is what happens
  }
}

TEST_CASE("an endpoint has no pull of its own") {
  Scenario scenario = canned::scenario();
  Placement& placement = scenario.placements[0];
  placement.services[0] = {.platform = PlatformId{0}, .type = TypeId{0}, .pull = PullMode::full};
  const std::vector<std::optional<Outcome>> outcomes{canned::outcome()};
  CHECK(summarise(scenario, placement, outcomes).services[0].home.pull.empty());
  CHECK(summarise(scenario, placement, outcomes).services[0].home.endpoint.empty());
  placement.services[0].endpoint = AsyncEndpoint{};
  CHECK(summarise(scenario, placement, outcomes).services[0].home.endpoint == "async");
}

TEST_CASE("a backlog grows only when it surely does, and by enough") {
  struct Row {
    std::vector<std::int64_t> ends;
    bool grows;
    const char* because;
  };
  const Row rows[] = {
      {{40, 41, 42}, true,  "every replication ends with 40 jobs more than it began with"},
      {{0, 0, 0},    false, "nobody waits"                                               },
      {{0, 40, 0},   false, "one replication of three is chance"                         },
      {{0},          false, "one replication, no growth"                                 },
      {{40},         true,  "one replication has no interval: its growth is all we know" },
  };
  for (const Row& row : rows) {
    INFO(row.because);
    const Summary s = summary_with_backlogs(row.ends);
    CHECK(s.training[0].backlog_grows == row.grows);
    CHECK(s.flags.empty() == !row.grows);
  }
}

TEST_CASE("a growing backlog says that latencies are lower bounds") {
  CHECK(
      summary_with_backlogs({40, 41, 42}).flags.at(0) ==
      "demand is never met: the backlog of retrain grew from 0 to 41 jobs; its latencies are lower "
      "bounds");
}

TEST_CASE("overload is told with its time of day") {
  const Summary s = summary_of({canned::outcome({.overloaded = true}), canned::outcome()});
  // Slices 12 and 13 of 300 s: 3600 s to 4200 s, neighbours joined.
  CHECK(s.services[0].overloads == std::vector<Overload>{
                                       {3600, 4200, 4200}
  });
  REQUIRE(s.flags.size() == 1);
  // 600 s in one of two replications: 5 min on average.
  CHECK(s.flags[0] ==
        "eta is overloaded for 5 min of the window, first 01:00 to 01:10");
  // A request in a thousand whose latency nobody knows.
  const auto flags = [](double waiting) {
    return summary_of({canned::outcome({.overloaded = true, .waiting = waiting})}).flags;
  };
  CHECK(flags(8'600) == std::vector<std::string>{
                            "eta is overloaded for 10 min of the window, first 01:00 to 01:10"});
  CHECK(flags(8'700) == std::vector<std::string>{
                            "eta is overloaded for 10 min of the window, first 01:00 to 01:10; 8700 requests "
                            "wait at its end: its latencies are lower bounds"});
}

TEST_CASE("the queue that an overload leaves is told until it is gone, from a minute on") {
  const auto flags = [](Seconds gone) {
    return summary_of({canned::outcome({.overloaded = true, .queue_gone = gone})}).flags;
  };
  CHECK(flags(4259s) ==
        std::vector<std::string>{"eta is overloaded for 10 min of the window, first 01:00 to 01:10"});
  CHECK(flags(4800s) == std::vector<std::string>{
                            "eta is overloaded for 10 min of the window, first 01:00 to 01:10, its queue gone at 01:20"});
}

TEST_CASE("who waits when measuring begins is told from a thousandth of the requests on") {
  const auto flags = [](double waiting) {
    return summary_of({canned::outcome({.waiting_at_begin = waiting})}).flags;
  };
  CHECK(flags(8'600).empty());
  CHECK(flags(8'700) == std::vector<std::string>{"8700 requests of eta wait when measuring begins, and those after "
                                                 "them wait for them: a longer warm_up leaves them out"});
}

TEST_CASE("replicas that are missing for most of the window are told") {
  const auto flags = [](double missing) { return summary_of({canned::outcome({.missing = missing})}).flags; };
  CHECK(flags(0).empty());
  CHECK(flags(0.4).empty());
  // 2 are ready, for one slice of 288 there are 5.
  CHECK(flags(4) == std::vector<std::string>{"4 of the 6.01 replicas that are asked for of eta are not ready, on average "
                                             "of the 100 % of the window in which some are missing: no room, or none yet"});
}

TEST_CASE("time outside the range of a model is told from a thousandth of the window on") {
  const auto flags = [](Seconds doubtful) { return summary_of({canned::outcome({.doubtful = doubtful})}).flags; };
  CHECK(flags(86s).empty());
  CHECK(flags(87s) == std::vector<std::string>{"for 87 s of the window eta is outside the range in which its "
                                               "latency model is known to be right"});
  CHECK(flags(150s).at(0).starts_with("for 2 min of the window"));
}

TEST_CASE("requests that are lost are told, and why") {
  const auto flags = [](double rejected, double timed_out) {
    return summary_of({canned::outcome({.rejected = rejected, .timed_out = timed_out})}).flags;
  };
  CHECK(flags(864'000, 86'400) ==
        std::vector<std::string>{"11 % of the requests of eta are lost: 10 % find no pod or no room in its "
                                 "queue, 1 % wait longer than their timeout"});
  CHECK(flags(0, 86'400) == std::vector<std::string>{"1 % of the requests of eta are lost: 1 % wait "
                                                     "longer than their timeout"});
  CHECK(flags(8000, 0).empty());  // less than one in a thousand
  CHECK(flags(8000, 641).size() == 1);
}

TEST_CASE("launches that failed are told, and are a figure where there are any") {
  Outcome outcome = canned::outcome();  // of a day
  CHECK(summary_of({outcome}).flags.empty());
  const auto is_figure = [](const Summary& summary) {
    return std::ranges::any_of(figures(summary), [](const NamedFigure& figure) {
      return id_of(figure.name) == "launches_failed_per_day[eks/serving]";
    });
  };
  CHECK_FALSE(is_figure(summary_of({outcome})));
  outcome.pools[0].launches_failed = 7;
  const Summary summary = summary_of({outcome, canned::outcome()});
  CHECK(mean_or_zero(summary.pools[0].launches_failed_per_day) == Approx(3.5));
  CHECK(summary.flags == std::vector<std::string>{
                             "launches of nodes for eks/serving that fail, as EC2 has none then: 3.5 a day"});
  CHECK(is_figure(summary));
}

TEST_CASE("nodes that did not register are told, and are a figure where there are any") {
  Outcome outcome = canned::outcome();  // of a day
  const auto is_figure = [](const Summary& summary) {
    return std::ranges::any_of(figures(summary), [](const NamedFigure& figure) {
      return id_of(figure.name) == "nodes_unregistered_per_day[eks/serving]";
    });
  };
  CHECK_FALSE(is_figure(summary_of({outcome})));
  outcome.pools[0].unregistered = 5;
  const Summary summary = summary_of({outcome, canned::outcome()});
  CHECK(mean_or_zero(summary.pools[0].unregistered_per_day) == Approx(2.5));
  CHECK(summary.flags == std::vector<std::string>{"nodes of eks/serving that do not register in time "
                                                  "and are given back: 2.5 a day"});
  CHECK(is_figure(summary));
}

TEST_CASE("a price that is missing is named") {
  Outcome outcome = canned::outcome();
  outcome.bill.missing = {"ec2_spot of c6i.xlarge"};
  CHECK(summary_of({outcome}).cost.missing == std::vector<std::string>{"ec2_spot of c6i.xlarge"});
}
