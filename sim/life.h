// A life: a C++20 coroutine that nobody waits for. It starts at once, awaits sleeps, slots and
// flows, and its frame goes when it returns. Whoever is still alive when the measured window closes
// is destroyed there, so the destructors of its locals (leases, fates) hand in what they hold.
//
// The first parameter of every life is the World (or anything with an `agenda` member): the promise
// signs in with it. An exception that leaves a life ends the replication; it never reaches SimGrid.
//
// Ways of writing that gcc 12 needs: lives are free functions, parameters by value or reference to
// things that outlive them, no temporaries with destructors inside a co_await expression.
#pragma once

#include <coroutine>
#include <exception>

namespace berth {

class Agenda;

// What every life's promise holds: its place in the agenda's list of the living.
struct LifeNode {
  LifeNode* previous = nullptr;
  LifeNode* next = nullptr;
  std::coroutine_handle<> handle;
};

namespace detail {
void sign_in(Agenda& agenda, LifeNode& node);
void sign_out(Agenda& agenda, LifeNode& node);
void report(Agenda& agenda, std::exception_ptr error);
}  // namespace detail

struct Life {
  struct promise_type : LifeNode {
    template <class World, class... Args>
    explicit promise_type(World& world, Args&&...) : agenda(world.agenda) {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      detail::sign_in(agenda, *this);
    }
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type() { detail::sign_out(agenda, *this); }

    Life get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { detail::report(agenda, std::current_exception()); }

    Agenda& agenda;
  };
};

}  // namespace berth
