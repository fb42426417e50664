#include "sim/node_pulls.h"

#include <algorithm>
#include <utility>

namespace berth {
NodePulls::Held NodePulls::begin(const Image& image, ImageId id, const LayerSet& there) {
  forget_the_forgotten();
  auto pull = std::make_shared<Pull>(Pull{.image = id});
  for (const Layer& layer : missing(image, there)) pull->layers.add(layer.id);
  pulls_.push_back(pull);
  return pull;
}

NodePulls::Held NodePulls::begin_lazily(ImageId image) {
  forget_the_forgotten();
  auto pull = std::make_shared<Pull>(Pull{.image = image, .lazy = true});
  pulls_.push_back(pull);
  return pull;
}

void NodePulls::finish(Agenda& agenda, Pull& pull) {
  pull.done = true;
  for (PullDone* waiting : std::exchange(pull.waiting, {}))
    waiting->place.make(agenda, agenda.now(), Instant::release, waiting->life);
}

void NodePulls::give_up(Agenda& agenda, Pull& pull) {
  pull.given_up = true;
  finish(agenda, pull);
}

LayerSet NodePulls::with_coming(LayerSet cached) const {
  for (const auto& known : pulls_)
    if (const Held pull = known.lock(); pull && !pull->done) cached.add(pull->layers);
  return cached;
}

bool NodePulls::being_read(ImageId image) const {
  return std::ranges::any_of(pulls_, [&](const auto& known) {
    const Held pull = known.lock();
    return pull && !pull->done && pull->lazy && pull->image == image;
  });
}

template <class Wanted>
std::vector<NodePulls::Held> NodePulls::underway(Wanted&& wanted) const {
  std::vector<Held> found;
  for (const auto& known : pulls_) {
    Held pull = known.lock();
    if (pull && !pull->done && wanted(*pull)) found.push_back(std::move(pull));
  }
  return found;
}

std::vector<NodePulls::Held> NodePulls::bringing(std::span<const Layer> layers) const {
  return underway([&](const Pull& pull) {
    return std::ranges::any_of(layers,
                               [&](const Layer& layer) { return pull.layers.contains(layer.id); });
  });
}

std::vector<NodePulls::Held> NodePulls::reading(ImageId image) const {
  return underway([&](const Pull& pull) { return pull.lazy && pull.image == image; });
}

void NodePulls::forget_the_forgotten() {
  std::erase_if(pulls_, [](const auto& pull) { return pull.expired(); });
}

}  // namespace berth
