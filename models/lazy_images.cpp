#include "models/lazy_images.h"

#include <algorithm>
#include <limits>

namespace berth {

const LazyImages::Held* LazyImages::find(ImageId image) const {
  const auto found = std::ranges::find(held_, image, &Held::image);
  return found == held_.end() ? nullptr : &*found;
}

double LazyImages::read(ImageId image) const {
  const Held* held = find(image);
  return held != nullptr ? held->read : 0;
}

void LazyImages::mount(Seconds mounted, ImageId image, const LazyWork& work, Holder by) {
  if (holds(image)) return;
  fetch_until(mounted);
  at_ = std::max(at_, mounted + silence_);
  double queued = 0;
  for (const Held& held : held_)
    if (held.incomplete()) queued += held.layers;
  const double room = std::clamp(kFetchQueueLayers - queued, 0.0, double(work.layers));
  const double share = work.layers > 0 ? room / work.layers : 1;
  held_.push_back(
      {.image = image,
       .layers = room,
       .to_fetch = share * (work.total_spans - work.reads_before_ready()),
       .share = share,
       .by = by,
       .spans = work.total_spans,
       .read_at_start = work.total_spans > 0 ? work.reads_before_ready() / work.total_spans : 0,
       .span = work.span_compressed});
}

Bytes LazyImages::Held::come() const {
  const double others = spans * (1 - read_at_start);
  if (others <= 0) return {};
  const double run = spans * std::clamp(read - read_at_start, 0.0, 1 - read_at_start);
  return scaled(span, fetched + run * (1 - fetched / others));
}

std::vector<LazyImages::Come> LazyImages::take_come(Seconds now) {
  fetch_until(now);
  std::vector<Come> come;
  for (Held& held : held_) {
    const Bytes all = held.come();
    if (all.count > held.told.count) come.push_back({held.by, {all.count - held.told.count}});
    held.told.count = std::max(held.told.count, all.count);
  }
  return come;
}

void LazyImages::note_read(ImageId image, double read) {
  const auto held = std::ranges::find(held_, image, &Held::image);
  if (held != held_.end()) held->read = std::max(held->read, read);
}

void LazyImages::forget(Seconds now, ImageId image) {
  fetch_until(now);
  std::erase_if(held_, [image](const Held& held) { return held.image == image; });
}

LazyImages::Step LazyImages::next_step() const {
  Step step{.until = Seconds{std::numeric_limits<double>::infinity()}};
  for (const Held& held : held_)
    if (held.incomplete()) step.layers += held.layers;
  for (const Held& held : held_)
    if (held.incomplete()) step.until = std::min(step.until, complete_at(held, step.layers));
  return step;
}

Seconds LazyImages::complete_at(const Held& held, double layers) const {
  return at_ + (held.to_fetch - held.fetched) * period_ * (layers / held.layers);
}

void LazyImages::fetch(Seconds until, double layers) {
  const double spans = (until - at_) / period_;
  for (Held& held : held_) {
    if (!held.incomplete()) continue;
    // The one that ends this step ends exactly, whatever the rounding: what is left of it may take less than the
    // clock can tell, and would never be fetched.
    const double own = spans * held.layers / layers;
    constexpr double kRounding = 1e-9;
    const bool ends = complete_at(held, layers) <= until ||
                      held.to_fetch - held.fetched <= own * (1 + kRounding);
    held.fetched = ends ? held.to_fetch : held.fetched + own;
  }
  at_ = until;
}

void LazyImages::fetch_until(Seconds now) {
  while (at_ < now) {
    const Step step = next_step();
    if (step.layers <= 0) {
      at_ = now;
      return;
    }
    fetch(std::min(step.until, now), step.layers);
  }
}

std::vector<LocalPiece> LazyImages::forecast(ImageId image, Seconds from) const {
  LazyImages ahead = *this;
  ahead.fetch_until(from);
  std::vector<LocalPiece> pieces;
  for (const Held* held = ahead.find(image); held != nullptr && held->incomplete();) {
    const Step step = ahead.next_step();
    LocalPiece piece{
        .from = ahead.at_ - from, .to = step.until - from, .share_from = held->local()};
    ahead.fetch(step.until, step.layers);
    piece.share_to = held->local();
    pieces.push_back(piece);
  }
  if (pieces.empty()) {
    const Held* held = ahead.find(image);
    const double share = held != nullptr ? held->local() : 0;
    pieces.push_back({.share_from = share, .share_to = share});
  }
  return pieces;
}

}  // namespace berth
