#include "reports/table.h"

#include <catch2/catch.hpp>

#include <limits>
#include <sstream>

#include "reports/grid.h"
#include "reports/headline.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) widest = std::max(widest, width_of(line));
  return widest;
}

}  // namespace

TEST_CASE("the table shows cost, start latency by phase and serving of every placement") {
  const std::string text = table_report(canned::result(), false);
  CHECK(has(text, "Placement hybrid\n"));
  CHECK(has(text, "Placement cheap\n"));
  // 20.56 $ a day x 730/24 + 360 $ of people, the same in every replication
  CHECK(has(text, "Cost per month  985 $\n"));
  CHECK(has(text, "ml.m5.xlarge training, on demand"));
  CHECK(has(text, "retrain: sagemaker ml.m5.xlarge, full pull; 96 a day; 50.0 % warm"));
  CHECK(has(text, "provis."));
  CHECK(has(text, "p99"));
  CHECK(has(text, "99.0 %"));
  CHECK(has(text, "! eta is overloaded for 3 min of the window"));
}

TEST_CASE("the table fits a hundred columns also with long names") {
  Result result = canned::result();
  for (Summary& placement : result.placements) {
    placement.placement = std::string(60, 'p');
    placement.cost.lines[0].item = std::string(120, 'i');
    placement.training[0].name = "a-training-class-with-a-rather-long-name-for-a-table";
    placement.services[0].name = std::string(70, 's');
    // All phases in use at once make the widest table there is.
    for (Quantiles& phase : placement.training[0].phases_s)
      phase = placement.training[0].start_latency_s;
  }
  CHECK(widest_line(table_report(result, false)) <= 100);
  ComparisonReport report = canned::comparison();
  for (Change& change : report.comparisons[0].changes) change.name.workload = std::string(80, 'w');
  CHECK(widest_line(table_report(report, false)) <= 100);
}

TEST_CASE("services are listed by the home they have") {
  Result result = canned::result();
  Summary& placement = result.placements[0];
  const auto home = [&](const HomeSummary& at) {
    ServiceSummary service = placement.services[0];
    service.home = at;
    return service;
  };
  const HomeSummary queue{.platform = "sagemaker", .instance_type = "ml.m5.large", .endpoint = "async"};
  const HomeSummary none{.platform = "sagemaker", .instance_type = "serverless 2 GB", .endpoint = "serverless"};
  const HomeSummary pod{
      .platform = "eks", .pool = "cpu", .instance_type = "m5.large", .offering = "spot", .pull = "full"};
  placement.services = {home(queue), home(pod), home(queue), home(none)};
  const char* const names[] = {"a", "b", "c", "d"};
  for (std::size_t i = 0; i < 4; ++i) placement.services[i].name = names[i];
  CHECK(has(table_report(result, false),
            "    sagemaker ml.m5.large, async endpoint: a, c\n"
            "    eks/cpu m5.large spot, full pull: b\n"
            "    sagemaker serverless 2 GB: d\n"));
  placement.services.resize(1);
  CHECK(has(table_report(result, false), "    sagemaker ml.m5.large, async endpoint: all\n"));
}

TEST_CASE("of a service that was overloaded the table draws its pods and its latency") {
  Result result = canned::result();
  Summary& placement = result.placements[0];
  placement.series_step_s = 60;
  ServiceSummary& service = placement.services[0];
  service.slo_latency_s = 0.5;
  service.overloads = {{120, 300, 300}};
  service.series.ready = {4, 4, 4, 8, 16, 32, 32};
  service.series.latency_p99_s = {0.1, 0.1, 5, 5, 5, 0.1, std::numeric_limits<double>::quiet_NaN()};
  const std::string text = table_report(result, false);
  CHECK(has(text, "eta: pods ▂▂▂▃▅██  most 32\n"));
  CHECK(has(text, "eta: p99  ▁▁███▁▁  above 500 ms from 2 min to 5 min\n"));
  CHECK(widest_line(text) <= 100);
  for (Summary& one : result.placements) one.services[0].overloads.clear();
  CHECK_FALSE(has(table_report(result, false), "eta: pods"));
}

TEST_CASE("colour is only there when asked for") {
  CHECK(!has(table_report(canned::result(), false), "\033"));
  CHECK(has(table_report(canned::result(), true), "\033[1m"));
}

TEST_CASE("the headline names the slowest class and counts services within their limit") {
  const Headline head = headline_of(canned::result().placements[0]);
  CHECK(head.slowest_class == "retrain");
  CHECK(head.goals == 2);
  CHECK(head.goals_met == 2);  // 99 % of requests wanted, 99 % met; 96 % of starts in time
}

TEST_CASE("a p99 says how far it may be off for how it was looked at") {
  using Lines = std::vector<std::string>;
  CHECK(error_sentences({{"fluid", 0.3}, {"fluid", 0.05}, {"request", 0}}) ==
        Lines{"p99 by fluid fidelity: within 30 % of what every request to the same pods would show, beyond ± "
              "(2 services)"});
  CHECK(error_sentences({{"auto", 0.0501}}) ==
        Lines{"p99 by auto fidelity: within 6 % of what every request to the same pods would show, beyond ± "
              "and the chance of its windows (1 service)"});
  CHECK(error_sentences({{"fluid", 1}}) ==
        Lines{"p99 by fluid fidelity: no bound is stated, for overload, bursts, recorded requests, batches or sleep "
              "(1 service)"});
  CHECK(error_sentences({{"fluid", 1}, {"fluid", 0.05}, {"fluid", 0.3}}) ==
        Lines{"p99 by fluid fidelity: within 30 % of what every request to the same pods would show, beyond ± "
              "(2 services)",
              "p99 by fluid fidelity: no bound is stated, for overload, bursts, recorded requests, batches or sleep "
              "(1 service)"});
  CHECK(error_sentences({}).empty());
  Summary placement = canned::result().placements[0];
  placement.services[0].fidelity = "fluid";
  placement.services[0].error_share.values = {0.3, 0.3};
  CHECK(stated_errors(placement)[0].share == Approx(0.3));
  placement.services[0].error_share.values = {0.05, 1, std::nullopt, 0.05};  // of means, one may be anything
  CHECK(stated_errors(placement)[0].share == 1);
  // A stored result has the mean: of 0.3 and no bound.
  CHECK(error_sentences({{"fluid", 0.65}}) == error_sentences({{"fluid", 1}}));
}

TEST_CASE("a result says how requests were looked at, by shares of the time") {
  CHECK(looks_text({{"auto", "request"}, 1.5, 0.1, 0.4, 2}) ==
        "auto, request; of the time 75.0 % every request, 5.0 % through windows, 20.0 % by formula");
  CHECK(looks_text({{"request"}, 3, 0, 0, 3}) == "request; of the time 100 % every request");
  CHECK(looks_text({}).empty());
  Summary placement = canned::result().placements[0];
  ServiceSummary& service = placement.services[0];
  service.fidelity = "auto";
  service.whole_share.values = {0.5, 0.7};
  service.formula_share.values = {0.5, 0.3};
  service.window_share.values = {0, 0};
  const LooksOfTime looks = looks_of_time(placement);
  CHECK(looks.services == static_cast<int>(placement.services.size()));
  CHECK(looks.whole >= 0.6);
  Result result = canned::result();
  result.placements[0] = placement;
  CHECK(has(table_report(result, false), "fidelity auto; of the time 60.0 % every request, 40.0 % by formula"));
}

TEST_CASE("a comparison says in words what changes and whether it is clear") {
  const std::string text = table_report(canned::comparison(), false);
  CHECK(has(text, "hybrid -> cheap\n"));
  // Training falls from 10 to 5, 6 and 5.5 $ a day: 4.5 x 730/24 = 136.9 $ a month on average.
  // s = 0.5 x 30.417 = 15.21, t(2) = 4.303: half width 37.8.
  CHECK(has(text, "cheap costs 137 $ ±38 a month less than hybrid (-13.9 %): clear at 95 %."));
  CHECK(has(text, "retrain: start p95, provisioning"));
  CHECK(!has(text, "eta: latency p99"));  // it does not differ
  CHECK(has(text, "placement old is only in base.yaml"));
}
