// Starting from an image that is mounted before it is there (SOCI): an index lets the node fetch
// the parts of a layer that are read, when they are read.
//
//   mounted = mount + requests rtt + index / connection + eager / node + eager_unpacked / inflate
//   fault   = rtt + span_compressed / min(connection, node) + span_unpacked / inflate
//   ready   = mounted + create_and_init + faults before ready * fault     (one fault at a time)
//
// A background fetcher starts `background_silence` after the mount and fetches one span every
// `background_period`; b(t) = clip((t - mounted - silence) / (period * spans), 0, 1) of the spans
// are local by then. A run whose first reads A(t) come at any time pays int (1 - b(t)) dA(t)
// faults; here A(t) = a (1 - e^(-t / settle)), so the reads come early, as imports and model
// loading do.
//
// Left out: several images sharing the node's one fetcher, a cache that runs out under sustained
// reads, parallel faults (Python imports one file after the other), writing spans to disk (the page
// cache takes them first), a registry that fails later.
// Tested by tests/models/lazy_pull_test.cpp and the families soci_timeline and distinct_spans.
#pragma once

#include <span>

#include "models/image_pull.h"

namespace berth {

struct LazyPath {
  // Everything that does not depend on the image's size: 2.8 s (SOCI paper, arXiv 2607.06868, and
  // the project's CI: 1.2-2.6 s a pull from 2 MB to more than 1 GB).
  Seconds mount{2.8};
  // A cold read is a range request: 30 ms here and, with the defaults below, about 60 ms for a
  // whole fault, the lower end of the 62-290 ms quoted from the SOCI paper.
  Seconds round_trip{0.03};
  BytesPerSecond connection = megabytes_per_second(193);  // see default_path
  BytesPerSecond node;
  BytesPerSecond inflate = megabytes_per_second(200);  // see default_path
  // soci-snapshotter, config/defaults.go of August 2026, and soci create.
  Bytes span{4 * kMiB};        // of unpacked data
  Bytes min_layer{10 * kMiB};  // compressed; smaller layers get no index and are pulled at once
  double index_fraction = 32785.0 / (4.0 * kMiB);  // 32 KiB window and 17 bytes a span: 0.78 %
  Seconds background_silence{30};
  Seconds background_period{0.5};
  // Time constant of the reads after start; assumed: no published trace separates them.
  Seconds settle{60};
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
};
LazyWork lazy_work(const Image& image, const LayerSet& cached, const LazyPath& path);

Seconds fault_time(const LazyWork& work, const LazyPath& path);

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

// Time a run of `length` loses to reads of parts that are not local yet, when it starts
// `after_mount` after the mount.
Seconds run_penalty(const LazyWork& work, const LazyPath& path, Seconds after_mount,
                    Seconds length);

// Expected number of distinct spans touched by `reads` independent uniform reads.
double distinct_spans(double spans, double reads);

}  // namespace berth
