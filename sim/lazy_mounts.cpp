#include "sim/lazy_mounts.h"

#include <algorithm>
#include <utility>

namespace berth {

LazyMounts& LazyMounts::operator=(LazyMounts&& other) noexcept {
  if (this == &other) return *this;
  settle();
  world_ = std::exchange(other.world_, nullptr);
  egress_ = other.egress_;
  machines_ = other.machines_;
  settled_ = other.settled_;
  images_ = std::exchange(other.images_, {});
  return *this;
}

void LazyMounts::mount(ImageId image, const PullPlan& plan, Holder by) {
  // The mount moves the fetcher's clock on, so what came before the window opened is told apart now.
  settle();
  if (images_.empty()) settled_ = world_->now();
  const PullSplit split = split_pull(plan, plan.alone());  // on an idle network
  images_.mount(world_->now() + split.image, image, *plan.lazy, by);
}

void LazyMounts::forget(ImageId image) {
  settle();
  images_.forget(world_->now(), image);
}

void LazyMounts::end() {
  settle();
  world_ = nullptr;
}

// Only what comes within the window is billed, whenever that is done.
void LazyMounts::settle() {
  if (world_ == nullptr || images_.empty() || egress_->nat_gateways == 0) return;
  const Seconds now = world_->now(), opens = world_->meter.from();
  if (now <= opens) return;
  if (settled_ < opens) images_.take_come(opens);
  for (const LazyImages::Come& come : images_.take_come(now))
    world_->meter.add(QuantityRecord{.what = SimplePrice::nat_gb,
                                     .holder = come.by,
                                     .at = std::max(settled_, opens),
                                     .amount = gibibytes(come.bytes) * machines_});
  settled_ = now;
}

}  // namespace berth
