// The lazily loaded images of one node: what containers have read of each, and the one background
// fetcher they share.
//
// soci-snapshotter fetches one span per period for the whole node, in turn from every layer that is
// not complete, and rests for a while after every mount. Here each image gets its part of the
// fetcher by its number of layers, as long as it needs any:
//
//   rate(image) = layers(image) / layers of all incomplete images / period
//
// The queue holds 300 layers; those that come when it is full are dropped and never fetched.
// Spans read before ready are not fetched again. Of N others, the fetcher has brought f and runs have
// read r, each where it happened to be, so that much has come of the image after ready:
//
//   bytes = span x (f + r (1 - f / N))
//
// Left out: layers that two lazy images share (each reads for itself), the order of layers within an
// image (only its total counts), mounts that come after a forecast was made.
// Tested by tests/models/lazy_images_test.cpp.
#pragma once

#include <vector>

#include "models/billing/usage_record.h"
#include "models/lazy_pull.h"

namespace berth {

inline constexpr int kFetchQueueLayers = 300;  // soci-snapshotter, 100 before July 2026

class LazyImages {
 public:
  LazyImages() = default;
  explicit LazyImages(const LazyPath& path)
      : period_(path.background_period), silence_(path.background_silence) {}

  bool empty() const { return held_.empty(); }
  bool holds(ImageId image) const { return find(image) != nullptr; }
  double read(ImageId image) const;  // of its unpacked bytes, by any container; 0 when not held

  // Once per image: another container of one that is held mounts no layer and pauses nothing.
  // `mounted` >= now: when its mount is over and the fetcher's rest begins.
  void mount(Seconds mounted, ImageId image, const LazyWork& work, Holder by = {});
  void note_read(ImageId image, double read);
  void forget(Seconds now, ImageId image);

  // What has come after ready since this was last asked (or the mount), image by image.
  struct Come {
    Holder by;  // who mounted it
    Bytes bytes;
  };
  std::vector<Come> take_come(Seconds now);

  // The share of its spans that is local from `from` on, seen from now.
  std::vector<LocalPiece> forecast(ImageId image, Seconds from) const;

 private:
  struct Held {
    ImageId image;
    double read = 0;
    double layers = 0;  // in the fetcher's queue
    double to_fetch = 0, fetched = 0;
    double share = 1;  // of what has to be fetched that made it into the queue
    Holder by{};
    double spans = 0, read_at_start = 0;  // in all, and the share read before ready
    Bytes span;                           // compressed
    Bytes told{};                         // of what came after ready
    Bytes come() const;
    bool incomplete() const { return fetched < to_fetch; }
    // An image that the queue had no room for has nothing to fetch, and is never complete.
    double local() const { return to_fetch > 0 ? share * fetched / to_fetch : share; }
  };
  struct Step {
    Seconds until{0};
    double layers = 0;  // of all incomplete images
  };

  const Held* find(ImageId image) const;
  Step next_step() const;  // until the next image is complete
  Seconds complete_at(const Held& held, double layers) const;  // if nobody else ends before
  void fetch_until(Seconds now);
  void fetch(Seconds until, double layers);

  Seconds period_ = LazyPath{}.background_period, silence_ = LazyPath{}.background_silence;
  Seconds at_{0};  // the fetcher's clock: never inside a rest
  std::vector<Held> held_;
};

}  // namespace berth
