// Starting from an image that is mounted before it is there (SOCI): an index lets the node fetch
// the parts of a layer that are read, when they are read.
//
//   mounted = mount + requests rtt + index / connection + eager / node + eager_unpacked / inflate
//   fault   = rtt + span_compressed / min(connection, node) + span_unpacked / inflate
//   long    = 1.45 max(span_compressed / min(connection, node), span_unpacked / inflate)
//   ready   = mounted + create_and_init + faults x fault + long reads x long + hits x hit
//
// Scattered reads (imports, one file after the other) come one fault at a time. What an application
// reads beyond 13 % of its image are large files read from end to end (a model in the image): there
// the next span is under way while one is read, so only the slowest stage counts, times the cost of
// the mount measured for a full read. A span that is local already is still read through the mount
// while the image is incomplete: a hit.
//
// A background fetcher starts `background_silence` after the mount and fetches one span every
// `background_period`; b(t) = clip((t - mounted - silence) / (period * spans), 0, 1) of the spans
// are local by then (models/lazy_images.h shares it between the images of a node). A run whose first
// reads A(t) come at any time pays int (1 - b(t)) dA(t) faults; here A(t) = a (1 - e^(-t / settle)),
// so the reads come early, as imports and model loading do.
//
// Containers of one image read the same files in the same order: what one has read, in [0, 1] of
// the unpacked bytes, is local for the next.
//
// Left out: a cache that runs out under sustained reads, parallel faults, writing spans to disk (the
// page cache takes them first), a registry that fails later.
// Tested by tests/models/lazy_pull_test.cpp and the families soci_timeline and distinct_spans.
#pragma once

#include <span>

#include "models/image_pull.h"

namespace berth {

struct LazyPath {
  // Everything that does not depend on the image's size. The SOCI paper mounts 1.3 GB in 2.8 s (arXiv
  // 2607.06868), of which the index and the small layers take about 0.3 s; the project's CI mounts
  // images of 2 MB to more than 1 GB in 1.2 to 2.6 s.
  Seconds mount{2.5};
  // A cold read is a range request: 30 ms here and, with the defaults below, about 60 ms for a
  // whole fault, the lower end of the 62-290 ms quoted from the SOCI paper.
  Seconds round_trip{0.03};
  BytesPerSecond connection = Registry{}.connection;
  BytesPerSecond node;
  BytesPerSecond inflate = kInflate;
  // soci-snapshotter, config/defaults.go of August 2026, and soci create.
  Bytes span{4 * kMiB};        // of unpacked data
  Bytes min_layer{10 * kMiB};  // compressed; smaller layers get no index and are pulled at once
  double index_fraction = 32785.0 / (4.0 * kMiB);  // 32 KiB window and 17 bytes a span: 0.78 %
  Seconds background_silence{30};
  Seconds background_period{0.5};
  // Time constant of the reads after start; assumed: no published trace separates them.
  Seconds settle{60};
  // The upper end of what applications typically read before they are ready (4-13 %).
  double scattered = 0.13;
  // A model of 14 GB read through the mount: 105.3 s against 72.4 s (arXiv 2608.19412).
  double full_read_penalty = 1.45;
  Seconds hit{0.0046};  // a read of a local span while the image is incomplete (SOCI paper)
};

LazyPath default_lazy_path(const NodeShape& node);

// What a lazy start has to move. Spans are means, so they are not whole.
struct LazyWork {
  double requests = 0;
  Bytes index;
  Bytes eager, eager_unpacked;
  double faults_before_ready = 0;
  double faults_during_run = 0;  // first reads after ready, if nothing came in the background
  double total_spans = 0;
  Bytes span_compressed, span_unpacked;
  double long_before_ready = 0, long_during_run = 0;  // spans read in long runs
  double hits_before_ready = 0;                       // spans another container has read
  int layers = 0;                                     // mounted lazily

  double reads_before_ready() const { return faults_before_ready + long_before_ready; }
  double reads_during_run() const { return faults_during_run + long_during_run; }
};
// `read`: how much of the image's unpacked bytes containers before this one have read.
LazyWork lazy_work(const Image& image, const LayerSet& cached, const LazyPath& path,
                   double read = 0);

Seconds fault_time(const LazyWork& work, const LazyPath& path);
Seconds long_read_time(const LazyWork& work, const LazyPath& path);  // of one span

struct LazyStart {
  Seconds mounted{0};
  Seconds faults{0};  // spent waiting for reads between mounted and ready
  Seconds ready{0};
  Seconds last_background_fetch{0};  // when the last span is asked for
};
LazyStart lazy_start(const LazyWork& work, const LazyPath& path, Seconds create_and_init);

// How many faults make a lazy start as slow as a whole pull that takes `eager_ready`.
double break_even_faults(const LazyWork& work, const LazyPath& path, Seconds create_and_init,
                         Seconds eager_ready);

// The share of an image's spans that is local, growing evenly from one value to the other. Times
// count from the start of a run; pieces follow each other, and after the last one its share stays.
struct LocalPiece {
  Seconds from{0}, to{0};
  double share_from = 0, share_to = 0;
};

// Time a run of `length` loses to reads of parts that are not local yet, and to reads through the
// mount while the image is incomplete.
Seconds run_penalty(const LazyWork& work, const LazyPath& path, std::span<const LocalPiece> local,
                    Seconds length);
// The same for the only lazy image of a node, when the run starts `after_mount` after the mount.
Seconds run_penalty(const LazyWork& work, const LazyPath& path, Seconds after_mount,
                    Seconds length);

// How much of the unpacked bytes a container has read when it is ready, and `ran` later.
double read_after(const Image& image, const LazyPath& path, Seconds ran);

// Expected number of distinct spans touched by `reads` independent uniform reads.
double distinct_spans(double spans, double reads);

}  // namespace berth
