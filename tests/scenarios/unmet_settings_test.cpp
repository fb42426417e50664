// Settings that say nothing or can never be met: warned of where they stand, refused where no run
// of them would end.
#include <catch2/catch.hpp>

#include "tests/scenarios/small_scenario.h"

namespace berth {
namespace {

std::string with_budget(const std::string& budget, const std::string& replicas = "{max: 3}") {
  return with("    slo: {latency: 50ms}\n",
              "    slo: {latency: 50ms}\n    disruption_budget: " + budget + "\n",
              with("{max: 3}", replicas));
}

// The whole text of all issues after the file's name, "" when there are none.
std::string told(const std::string& text) {
  const Loaded loaded = read_scenario_text(text, "x.yaml");
  std::string all;
  for (const Issue& issue : loaded.issues)
    all += std::string(issue.severity == Severity::warning ? "warning " : "error ") + issue.path +
           ": " + issue.message + "\n";
  CHECK(loaded.scenario.has_value() == !has_errors(loaded.issues));
  for (const Issue& issue : loaded.issues) CHECK(issue.line > 1);
  return all;
}

TEST_CASE("a budget that lets no pod go in any number is warned of", "[scenarios][unmet]") {
  struct Row {
    const char* because;
    const char *budget, *replicas;
    const char* field;  // "" when nothing is said
    const char* of;
  };
  const auto row = GENERATE(values<Row>({
      {"all of three stay",                        "{min_available: 3}",    "{max: 3}",  "min_available",   "3 at most, and 3"},
      {"more than there ever are",                 "{min_available: 9}",    "{max: 3}",  "min_available",   "3 at most, and 9"},
      {"of three one may go",                      "{min_available: 2}",    "{max: 3}",  "",                ""                },
      {"90 % of nine, rounded up, is nine",        "{min_available: 90%}",  "{max: 9}",  "min_available",   "9 at most, and 9"},
      {"90 % of ten is nine",                      "{min_available: 90%}",  "{max: 10}", "",                ""                },
      {"none may be away",                         "{max_unavailable: 0}",  "{max: 3}",  "max_unavailable", "3 at most, and 3"},
      {"nor a share of nothing",                   "{max_unavailable: 0%}", "{max: 3}",  "max_unavailable", "3 at most, and 3"},
      {"the least share, rounded up, is a pod",    "{max_unavailable: 1%}", "{max: 3}",  "",                ""                },
      {"a fixed number is the most, too",          "{min_available: 2}",
       "{min: 2, autoscaler: none}",                                                     "min_available",   "2 at most, and 2"},
  }));
  CAPTURE(row.because);
  const std::string expected =
      *row.field == '\0'
          ? ""
          : std::string("warning /services/s/disruption_budget/") + row.field +
                ": no drain ever gets a pod of \"s\": placement \"p\" has " + row.of + " of them stay\n";
  CHECK(told(with_budget(row.budget, row.replicas)) == expected);
}

TEST_CASE("a budget of a service that is only on SageMaker says nothing", "[scenarios][unmet]") {
  const std::string in_sagemaker =
      with("services: {\"*\": {platform: eks, ", "services: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, ",
           with_budget("{min_available: 3}"));
  CHECK(told(in_sagemaker) ==
        "warning /services/s/disruption_budget: no placement has \"s\" in a cluster: its budget is "
        "never asked\n");
  CHECK(told(in_sagemaker +
             "  q:\n    training: {\"*\": {platform: eks}}\n"
             "    services: {\"*\": {platform: eks, replicas: {max: 4}}}\n") == "");
}

TEST_CASE("readings nobody takes or that come too late are told", "[scenarios][unmet]") {
  struct Row {
    const char* because;
    const char* replicas;
    const char* message;
  };
  const std::string at = " /placements/p/services/*/replicas/hpa/";
  const auto row = GENERATE(values<Row>({
      {"the day is over before its first reading", "{max: 3, hpa: {metric_delay: 1d}}",
       "warning metric_delay: readings that are 1d old say nothing of a horizon of 1d while it lasts"},
      {"late, but in time", "{max: 3, hpa: {metric_delay: 23h}}", ""},
      {"one scrape at most", "{max: 3, hpa: {metric_resolution: 1d}}",
       "warning metric_resolution: with a scrape every 1d a horizon of 1d sees one at most"},
      {"metrics-server's least is 10 s", "{max: 3, hpa: {metric_resolution: 5s}}",
       "warning metric_resolution: CPU comes from metrics-server, which scrapes every 10s at most, not every 5s"},
      {"exactly that", "{max: 3, hpa: {metric_resolution: 10s}}", ""},
      {"other metrics come from elsewhere",
       "{max: 3, metrics: [{outstanding: 2}], hpa: {metric_resolution: 5s}}", ""},
      {"nobody scrapes every millisecond",
       "{max: 3, metrics: [{outstanding: 2}], hpa: {metric_resolution: 1ms}}",
       "error metric_resolution: usage is scraped every 1ms; once a second is the most"},
  }));
  CAPTURE(row.because);
  std::string expected = row.message;
  if (!expected.empty()) expected = expected.replace(expected.find(' '), 1, at) + "\n";
  CHECK(told(with("{max: 3}", row.replicas)) == expected);
}

TEST_CASE("an activation scale above the most replicas is warned of", "[scenarios][unmet]") {
  const auto of = [](int scale) {
    return told(with("{max: 3}", "{max: 3, autoscaler: knative, knative: {activation_scale: " +
                                     std::to_string(scale) + "}}"));
  };
  CHECK(of(3) == "");
  CHECK(of(4) ==
        "warning /placements/p/services/*/replicas/knative/activation_scale: activation_scale 4 is "
        "more than max 3, which is where it ends\n");
}

}  // namespace
}  // namespace berth
