// The lazily loaded images of a machine in a run, and who pays for what comes after their start: the
// background fetcher's spans and those that runs read, through a NAT gateway if the platform has one.
//
// Billed when the machine goes or its images do, to whoever mounted the image. Left out: what those
// bytes take of the network (8 MB/s a node while it fetches).
// Tested by tests/sim/start_up_test.cpp.
#pragma once

#include "models/lazy_images.h"
#include "sim/world.h"

namespace berth {

class LazyMounts {
 public:
  LazyMounts() = default;  // of a machine that pulls nothing lazily
  LazyMounts(World& world, const Egress& egress, int machines)
      : world_(&world), egress_(&egress), machines_(machines) {}
  LazyMounts(LazyMounts&& other) noexcept { *this = std::move(other); }
  LazyMounts& operator=(LazyMounts&& other) noexcept;
  ~LazyMounts() { settle(); }

  const LazyImages& images() const { return images_; }
  // A pull by this plan has begun.
  void mount(ImageId image, const PullPlan& plan, Holder by);
  void note_read(ImageId image, double read) { images_.note_read(image, read); }
  void forget(ImageId image);
  void end();  // the machine has gone: nothing comes any more

 private:
  void settle();

  World* world_ = nullptr;
  const Egress* egress_ = nullptr;
  int machines_ = 1;
  Seconds settled_{0};
  LazyImages images_;
};

}  // namespace berth
