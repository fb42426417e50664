#include "models/serving/metrics_outage.h"

#include <algorithm>
#include <cmath>

#include "models/serving/autoscaler.h"

namespace berth {
namespace {

bool is_read_at_the_moment(Measure what) {
  return what == Measure::queue_length || what == Measure::outstanding;
}

// When the window of the newest scrape that can be read at `now` begins.
Seconds window_begins(const MetricPipeline& pipeline, Seconds now) {
  constexpr double kRounding = 1e-6;
  const double scrapes = std::floor((now - pipeline.delay) / pipeline.resolution + kRounding);
  return pipeline.resolution * scrapes - pipeline.window;
}

}  // namespace

MetricsSource source_of(Measure what) {
  return what == Measure::cpu || what == Measure::container_cpu ? MetricsSource::resource
                                                                : MetricsSource::custom;
}

bool is_readable(Measure what, const MetricPipeline& pipeline,
                 std::span<const MetricsOutage> outages, Seconds now) {
  constexpr Seconds kDateError{1e-6};
  return std::ranges::none_of(outages, [&](const MetricsOutage& outage) {
    if (!outage.concerns(source_of(what)) || now + kDateError < outage.from) return false;
    const Seconds end = outage.from + outage.lasts;
    if (now + kDateError < end) return true;
    return !is_read_at_the_moment(what) && window_begins(pipeline, now) + kDateError < end;
  });
}

}  // namespace berth
