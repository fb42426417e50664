#include "models/lazy_pull.h"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

bool is_indexed(const Layer& layer, const LazyPath& path) {
  return layer.compressed >= path.min_layer;
}

// int over [from, to] of e^(-t/settle)/settle dt: the share of the reads that come then.
double reads_between(double from, double to, double settle) {
  return std::exp(-from / settle) - std::exp(-to / settle);
}

// int over [from, to] of (t - from) e^(-t/settle)/settle dt.
double weighted_reads(double from, double to, double settle) {
  return settle * (std::exp(-from / settle) - std::exp(-to / settle)) -
         (to - from) * std::exp(-to / settle);
}

}  // namespace

LazyPath default_lazy_path(const NodeShape& node) {
  LazyPath path;
  path.node = node.network;
  return path;
}

LazyWork lazy_work(const Image& image, const LayerSet& cached, const LazyPath& path) {
  LazyWork work;
  Bytes lazy_compressed, lazy_unpacked;
  for (const Layer& layer : missing(image, cached)) {
    const bool lazy = is_indexed(layer, path);
    (lazy ? lazy_compressed : work.eager) += layer.compressed;
    (lazy ? lazy_unpacked : work.eager_unpacked) += layer.unpacked;
  }
  if (lazy_unpacked.count == 0) return work;
  const auto unpacked = static_cast<double>(lazy_unpacked.count);
  work.index = scaled(lazy_unpacked, path.index_fraction);
  work.total_spans = unpacked / static_cast<double>(path.span.count);
  work.faults_before_ready = image.read_before_ready * work.total_spans;
  work.faults_during_run =
      std::min(image.read_during_run, 1 - image.read_before_ready) * work.total_spans;
  work.span_unpacked = path.span;
  work.span_compressed = scaled(path.span, static_cast<double>(lazy_compressed.count) / unpacked);
  return work;
}

Seconds fault_time(const LazyWork& work, const LazyPath& path) {
  return path.round_trip +
         work.span_compressed / BytesPerSecond{std::min(path.connection.rate, path.node.rate)} +
         work.span_unpacked / path.inflate;
}

LazyStart lazy_start(const LazyWork& work, const LazyPath& path, Seconds create_and_init) {
  LazyStart start;
  start.mounted = path.mount + work.requests * path.round_trip + work.index / path.connection +
                  work.eager / path.node + work.eager_unpacked / path.inflate;
  start.faults = work.faults_before_ready * fault_time(work, path);
  start.ready = start.mounted + create_and_init + start.faults;
  start.last_background_fetch =
      start.mounted + path.background_silence +
      std::max(work.total_spans - work.faults_before_ready - 1, 0.0) * path.background_period;
  return start;
}

double break_even_faults(const LazyWork& work, const LazyPath& path, Seconds create_and_init,
                         Seconds eager_ready) {
  const Seconds mounted = lazy_start(work, path, create_and_init).mounted;
  return (eager_ready - mounted - create_and_init) / fault_time(work, path);
}

Seconds run_penalty(const LazyWork& work, const LazyPath& path, Seconds after_mount,
                    Seconds length) {
  if (work.faults_during_run <= 0) return Seconds{0};
  // Run time at which the background fetcher starts and at which it has everything. A start before
  // the run only counts from where the run begins, but its head start counts in full.
  const double settle = path.settle.count();
  const double begin = (path.background_silence - after_mount).count();
  const double fetching =
      path.background_period.count() * (work.total_spans - work.faults_before_ready);
  const double end = length.count();
  const double ramp_from = std::clamp(begin, 0.0, end);
  const double ramp_to = std::clamp(begin + fetching, 0.0, end);
  const double before = reads_between(0, ramp_from, settle);
  double during = 0;
  if (ramp_to > ramp_from) {
    const double local_at_start = (ramp_from - begin) / fetching;
    during = (1 - local_at_start) * reads_between(ramp_from, ramp_to, settle) -
             weighted_reads(ramp_from, ramp_to, settle) / fetching;
  }
  return work.faults_during_run * (before + during) * fault_time(work, path);
}

double distinct_spans(double spans, double reads) {
  return spans * -std::expm1(reads * std::log1p(-1 / spans));
}

}  // namespace berth
