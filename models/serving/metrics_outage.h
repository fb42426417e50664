// When whoever scales gets no metrics: metrics-server is down, or Prometheus and its adapter.
//
//   while it lasts        the metrics API gives no answer: a metric of that source fails
//   after it              averages fail on until the newest scrape that can be read and the one at the
//                         beginning of its window were both taken after the end; what is read at the moment
//                         (a queue's length) is there at once
//
// What an autoscaler does then is its own rule: an HPA whose metrics all fail changes nothing, one of whose
// metrics some fail goes up but not down (models/kubernetes/hpa.h); KEDA keeps the replicas, or sets those of
// its fallback (models/kubernetes/keda.h). Knative and SageMaker bring their own metrics.
// Source: metrics-server makes a rate of two scrapes and keeps none over a restart (0.8, D); Prometheus' rate()
// needs two samples in its window. Left out: an outage of single nodes' kubelets, stale values that are
// still served.
// Tested by tests/models/serving/metrics_outage_test.cpp.
#pragma once

#include <cstdint>
#include <span>

#include "models/units.h"

namespace berth {

enum class Measure : std::uint8_t;
struct MetricPipeline;

enum class MetricsSource : std::uint8_t {
  resource,  // metrics-server: CPU
  custom,    // Prometheus and its adapter, KEDA's triggers: all others
};
MetricsSource source_of(Measure what);

struct MetricsOutage {
  Seconds from{}, lasts{};
  bool resource = true, custom = true;
  bool concerns(MetricsSource source) const {
    return source == MetricsSource::resource ? resource : custom;
  }
};
bool is_readable(Measure what, const MetricPipeline& pipeline,
                 std::span<const MetricsOutage> outages, Seconds now);

}  // namespace berth
