#include "models/lazy_pull.h"

#include <algorithm>
#include <array>
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

struct Part {
  double from = 0, to = 0;
};
double common(Part a, Part b) {
  return std::max(std::min(a.to, b.to) - std::max(a.from, b.from), 0.0);
}

BytesPerSecond one_stream(const LazyPath& path) {
  return {std::min(path.connection.rate, path.node.rate)};
}

// What the reads of a run that come in [from, to] would cost if `miss` of them were misses at the
// beginning and less, evenly, at the end; hits cost their part.
double cost_between(double from, double to, const LocalPiece& piece, double settle,
                    double miss_cost, double hit_cost) {
  if (to <= from) return 0;
  const double width = (piece.to - piece.from).count();
  const double slope = width > 0 ? (piece.share_to - piece.share_from) / width : 0;
  const double share = piece.share_from + slope * (from - piece.from.count());
  const double reads = reads_between(from, to, settle);
  const double local = share * reads + slope * weighted_reads(from, to, settle);
  return (reads - local) * miss_cost + local * hit_cost;
}

}  // namespace

LazyPath default_lazy_path(const NodeShape& node) {
  LazyPath path;
  path.round_trip = node.registry.first_byte;
  path.connection = node.registry.connection;
  path.node = node.network;
  path.inflate = node.inflate;
  return path;
}

LazyWork lazy_work(const Image& image, const LayerSet& cached, const LazyPath& path, double read) {
  LazyWork work;
  Bytes lazy_compressed, lazy_unpacked;
  for (const Layer& layer : missing(image, cached)) {
    const bool lazy = is_indexed(layer, path);
    work.layers += lazy;
    (lazy ? lazy_compressed : work.eager) += layer.compressed;
    (lazy ? lazy_unpacked : work.eager_unpacked) += layer.unpacked;
  }
  if (lazy_unpacked.count == 0) return work;
  const auto unpacked = static_cast<double>(lazy_unpacked.count);
  work.index = scaled(lazy_unpacked, path.index_fraction);
  work.total_spans = unpacked / static_cast<double>(path.span.count);
  const double ready = image.read_before_ready;
  const double end = std::min(ready + image.read_during_run, 1.0);
  const Part scattered{std::min(read, path.scattered), path.scattered};
  const Part in_long_runs{std::max(read, path.scattered), 1};
  work.faults_before_ready = common({0, ready}, scattered) * work.total_spans;
  work.long_before_ready = common({0, ready}, in_long_runs) * work.total_spans;
  work.hits_before_ready = common({0, ready}, {0, read}) * work.total_spans;
  work.faults_during_run = common({ready, end}, scattered) * work.total_spans;
  work.long_during_run = common({ready, end}, in_long_runs) * work.total_spans;
  work.span_unpacked = path.span;
  work.span_compressed = scaled(path.span, static_cast<double>(lazy_compressed.count) / unpacked);
  return work;
}

Seconds fault_time(const LazyWork& work, const LazyPath& path) {
  return path.round_trip + work.span_compressed / one_stream(path) +
         work.span_unpacked / path.inflate;
}

Seconds long_read_time(const LazyWork& work, const LazyPath& path) {
  return path.full_read_penalty * std::max(work.span_compressed / one_stream(path),
                                           work.span_unpacked / path.inflate);
}

LazyStart lazy_start(const LazyWork& work, const LazyPath& path, Seconds create_and_init) {
  LazyStart start;
  start.mounted = path.mount + work.requests * path.round_trip + work.index / path.connection +
                  work.eager / path.node + work.eager_unpacked / path.inflate;
  start.faults = work.faults_before_ready * fault_time(work, path) +
                 work.long_before_ready * long_read_time(work, path) +
                 work.hits_before_ready * path.hit;
  start.ready = start.mounted + create_and_init + start.faults;
  start.last_background_fetch =
      start.mounted + path.background_silence +
      std::max(work.total_spans - work.reads_before_ready() - 1, 0.0) * path.background_period;
  return start;
}

double break_even_faults(const LazyWork& work, const LazyPath& path, Seconds create_and_init,
                         Seconds eager_ready) {
  const Seconds mounted = lazy_start(work, path, create_and_init).mounted;
  return (eager_ready - mounted - create_and_init) / fault_time(work, path);
}

Seconds run_penalty(const LazyWork& work, const LazyPath& path, std::span<const LocalPiece> local,
                    Seconds length) {
  const double reads = work.reads_during_run();
  if (reads <= 0) return Seconds{0};
  const double settle = path.settle.count(), end = length.count(), hit = path.hit.count();
  const double miss = (work.faults_during_run * fault_time(work, path) +
                       work.long_during_run * long_read_time(work, path))
                          .count() /
                      reads;
  double cost = 0, at = 0;
  for (const LocalPiece& piece : local) {
    const double from = std::clamp(piece.from.count(), at, end);
    const double to = std::clamp(piece.to.count(), from, end);
    const LocalPiece before{.share_from = piece.share_from, .share_to = piece.share_from};
    cost += cost_between(at, from, before, settle, miss, hit);
    cost += cost_between(from, to, piece, settle, miss, hit);
    at = to;
  }
  const double last = local.empty() ? 0 : local.back().share_to;
  if (last < 1) {  // complete images are read past the mount
    const LocalPiece after{.share_from = last, .share_to = last};
    cost += cost_between(at, end, after, settle, miss, hit);
  }
  return Seconds{reads * cost};
}

Seconds run_penalty(const LazyWork& work, const LazyPath& path, Seconds after_mount,
                    Seconds length) {
  const Seconds begin = path.background_silence - after_mount;
  const Seconds fetching =
      path.background_period * (work.total_spans - work.reads_before_ready());
  const std::array<LocalPiece, 1> local{
      {{.from = begin, .to = begin + fetching, .share_from = 0, .share_to = 1}}};
  return run_penalty(work, path, local, length);
}

double read_after(const Image& image, const LazyPath& path, Seconds ran) {
  const double during = std::min(image.read_during_run, 1 - image.read_before_ready);
  return image.read_before_ready - during * std::expm1(-ran / path.settle);
}

double distinct_spans(double spans, double reads) {
  return spans * -std::expm1(reads * std::log1p(-1 / spans));
}

}  // namespace berth
