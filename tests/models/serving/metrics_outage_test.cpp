#include "models/serving/metrics_outage.h"

#include <catch2/catch.hpp>

#include "models/serving/autoscaler.h"

namespace berth {
namespace {

TEST_CASE("a metric is back when the window of a scrape lies after the outage", "[outage]") {
  // Scrapes every 15 s, read 10 s later, over 15 s. At 1215 s the newest is that of 1200 s, whose window began at
  // 1185 s, in the outage; at 1230 s it is that of 1215 s.
  const MetricsOutage outage{.from = 600s, .lasts = 600s};
  struct Row {
    Measure what;
    Seconds now;
    bool readable;
  };
  const auto row = GENERATE(values<Row>({
      {Measure::cpu, 599s, true},
      {Measure::cpu, 600s, false},
      {Measure::cpu, 1199s, false},
      {Measure::cpu, 1215s, false},
      {Measure::cpu, 1224s, false},
      {Measure::cpu, 1225s, true},
      {Measure::cpu, 1230s, true},
      {Measure::total_rate, 1215s, false},
      {Measure::queue_length, 1199s, false},
      {Measure::queue_length, 1200s, true},
      {Measure::outstanding, 1200s, true},
  }));
  CAPTURE(name_of(row.what), row.now.count());
  CHECK(is_readable(row.what, {}, {{outage}}, row.now) == row.readable);
}

TEST_CASE("an outage is of metrics-server, of Prometheus, or of both", "[outage]") {
  const MetricsOutage resource{.lasts = 1h, .custom = false}, custom{.lasts = 1h, .resource = false};
  for (const Measure what : {Measure::cpu, Measure::container_cpu}) {
    CHECK_FALSE(is_readable(what, {}, {{resource}}, 1s));
    CHECK(is_readable(what, {}, {{custom}}, 1s));
  }
  for (const Measure what : {Measure::concurrency, Measure::requests_per_second, Measure::queue_length,
                             Measure::outstanding, Measure::total_rate}) {
    CHECK(is_readable(what, {}, {{resource}}, 1s));
    CHECK_FALSE(is_readable(what, {}, {{custom}}, 1s));
  }
}

}  // namespace
}  // namespace berth
