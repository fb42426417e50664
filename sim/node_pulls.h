// The pulls of one node that are on their way, and whoever waits for what they bring.
//
// containerd takes a lock on a layer's digest while it fetches and unpacks it: a second container
// that needs the layer waits for that and finds it there. The spans of a lazily mounted image are
// fetched once as well, however many containers read them at the same time. So a container pulls
// what nobody brings yet and then waits until the others have brought the rest.
//
// A layer is there when the whole pull that brings it is done and the node has booked it (left out: the
// moment of each layer). A pull that is given up brings nothing: those who waited look again, and the
// first of them pulls (left out: containerd resumes the part that had come).
// Tested by tests/sim/start_up_test.cpp.
#pragma once

#include <coroutine>
#include <memory>
#include <span>
#include <vector>

#include "models/image.h"
#include "sim/agenda.h"

namespace berth {

struct PullDone;

class NodePulls {
 public:
  struct Pull {
    ImageId image;
    LayerSet layers;  // that it brings
    bool lazy = false;  // it brings no layers but the parts that are read before ready
    bool done = false, given_up = false;
    std::vector<PullDone*> waiting{};
  };
  // Forgotten with the last one who holds it.
  using Held = std::shared_ptr<Pull>;

  Held begin(const Image& image, ImageId id, const LayerSet& there);
  Held begin_lazily(ImageId image);
  static void finish(Agenda& agenda, Pull& pull);  // those who wait go on now
  static void give_up(Agenda& agenda, Pull& pull);  // and find that nothing came

  // What is there once every pull is done, beyond `cached`.
  LayerSet with_coming(LayerSet cached) const;
  bool being_read(ImageId image) const;
  // Those that are not done and bring one of these layers, or what is read of this image.
  std::vector<Held> bringing(std::span<const Layer> layers) const;
  std::vector<Held> reading(ImageId image) const;

 private:
  void forget_the_forgotten();
  template <class Wanted>
  std::vector<Held> underway(Wanted&& wanted) const;

  std::vector<std::weak_ptr<Pull>> pulls_;  // by age
};

// co_await PullDone{pull}: back at once if it is.
struct PullDone {
  NodePulls::Pull& pull;
  std::coroutine_handle<> life{};
  Appointment place{};

  ~PullDone() { std::erase(pull.waiting, this); }
  bool await_ready() const { return pull.done; }
  void await_suspend(std::coroutine_handle<> waiting) {
    life = waiting;
    pull.waiting.push_back(this);
  }
  void await_resume() { place.keep(); }
};

}  // namespace berth
