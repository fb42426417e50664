// Moving things onto a machine: an image, by its plan, and input data. Both are steps of a life that
// fill in where the time went.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "models/startup_ledger.h"
#include "models/unpack_sharing.h"
#include "sim/node_pulls.h"
#include "sim/world.h"

namespace berth {

// A step of a life that other lives share: awaited, it runs within its caller and gives a value.
template <class T>
class Step {
 public:
  struct promise_type {
    std::coroutine_handle<> caller;
    std::optional<T> value;
    std::exception_ptr failure;

    Step get_return_object() {
      return Step{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Back {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().caller;
      }
      void await_resume() noexcept {}
    };
    Back final_suspend() noexcept { return {}; }
    void return_value(T result) { value = std::move(result); }
    void unhandled_exception() { failure = std::current_exception(); }
  };

  explicit Step(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Step(Step&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Step& operator=(Step&&) = delete;
  ~Step() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    handle_.promise().caller = caller;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return std::move(*handle_.promise().value);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

// Bytes that pass a NAT gateway are billed by the GB: those that have passed when a start is given up,
// too.
struct Payer {
  const Egress* egress = nullptr;
  Holder holder;
};

// Name the step before awaiting it: auto step = pull_image(...); const PullSplit s = co_await step;
// `machines` pull the same, alike. `unpacking`: of the machine, where others may pull, too; absent for
// a machine of its own.
Step<PullSplit> pull_image(World& world, const PullPlan& plan, Endpoint to, int machines,
                           std::shared_ptr<UnpackSharing> unpacking, Payer payer);

// What the platform fetches before user code: a fixed overhead, and in file mode the data itself.
struct DataStep {
  Seconds overhead{};
  Bytes bytes;  // before user code
  BytesPerSecond cap;
  Bytes passes;  // through the platform's gateway in all, streamed input included
};
Step<Seconds> fetch_data(World& world, DataStep data, Endpoint to, int machines, Payer payer);

// How a container that is about to pull gets its image: what it pulls, what that brings to others on the
// machine (nothing when absent), and what it leaves to those who pull already.
struct ImagePull {
  const PullPlan* plan = nullptr;
  NodePulls::Held brings{};
  std::vector<NodePulls::Held> waits_for{};
  std::function<void(bool done)> ends{};  // told once: it is there, or was given up
};

// From "the machine is there" to "user code runs": input data, image, container, init. `machines` that
// do the same start as one.
struct UserCodeStart {
  Endpoint to;
  int machines = 1;
  std::optional<DataStep> data;  // absent: nothing to fetch
  // Asked when the data is there, and again when somebody it waited for gave up.
  std::function<ImagePull()> image;
  std::shared_ptr<UnpackSharing> unpacking{};
  Seconds container{};
  Seconds init{};
  const Egress* egress = nullptr;
  Holder holder;
};
struct UserCodeStarted {
  StartupLedger ledger;
  const PullPlan* plan = nullptr;
  bool local = true;  // pulled nothing and waited for nobody who did
};
Step<UserCodeStarted> start_user_code(World& world, UserCodeStart start);

void bill_egress(World& world, const Egress& egress, Holder holder, Bytes bytes, int machines);

}  // namespace berth
