// What happens when: the only place that decides the order of things at one instant.
//
// Everything that waits for a date lies here as (date, Instant, sequence). At one date capacity is
// given back before jobs arrive, they arrive before anything is placed, and whoever looks sees the
// result of it all; within one Instant: first scheduled, first served. SimGrid holds a single timer
// for the earliest date, because its own heap does not promise an order among equal dates.
//
// Dates are seconds on the simulated clock, which starts at 0. SimGrid adds up steps and can miss a
// date by its last bits; whoever is resumed sees the exact date he asked for. Nothing runs at or
// after `end`.
// Tested by tests/sim/agenda_test.cpp.
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <queue>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/units.h"
#include "sim/life.h"

namespace berth {

enum class Instant : std::uint8_t { release, arrive, place, observe };

class Agenda {
 public:
  explicit Agenda(Seconds end) : end_(end) {}
  ~Agenda();
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  Seconds now() const;
  Seconds end() const { return end_; }
  bool over() const { return ended_; }  // lives are only destroyed any more
  using Ticket = std::uint64_t;
  Ticket resume_at(Seconds date, Instant instant, std::coroutine_handle<> life);
  Ticket resume_now(std::coroutine_handle<> life, Instant instant = Instant::release) {
    return resume_at(now(), instant, life);
  }
  // Of an entry whose date has not come: whoever waited is gone.
  void forget(Ticket ticket) {
    if (!ended_) forgotten_.insert(ticket);
  }

  // Runs SimGrid's clock to `end`, then destroys the lives that are left, youngest first. Throws
  // what a life threw.
  void run();
  void end_all_lives();

  std::int64_t resumed() const { return resumed_; }
  std::int64_t alive() const { return alive_; }

 private:
  friend void detail::sign_in(Agenda&, LifeNode&);
  friend void detail::sign_out(Agenda&, LifeNode&);
  friend void detail::report(Agenda&, std::exception_ptr);

  struct Entry {
    double date;
    std::uint64_t order;  // instant in the top byte, sequence below
    std::coroutine_handle<> life;
    bool operator>(const Entry& other) const {
      return date != other.date ? date > other.date : order > other.order;
    }
  };

  // Entries of one date and Instant, in their order: whoever looks every 15 s makes many of them, and
  // they need no heap.
  struct Lane {
    std::vector<Entry> entries;
    std::size_t next = 0;  // before it they are done
    std::size_t left() const { return entries.size() - next; }
    bool is_of(const Entry& entry) const;
  };

  void add(const Entry& entry);
  const Entry* first() const;  // null when there is none
  void drop_first();
  void arm();
  void run_due();

  Seconds end_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;  // of no lane
  std::array<Lane, 4> lanes_;
  std::unordered_set<Ticket> forgotten_;
  std::uint64_t sequence_ = 0;
  void* timer_ = nullptr;  // SimGrid's, armed for `armed_for_`
  double armed_for_ = 0;
  bool running_due_ = false, ended_ = false;
  Seconds now_{0};  // of the last one resumed
  LifeNode* youngest_ = nullptr;
  std::int64_t resumed_ = 0, alive_ = 0;
  std::exception_ptr failure_;
  Seconds failed_at_{0};
};

// A place in the agenda that goes when its holder does: a life that is destroyed while it waits is not
// resumed. Whoever awaits something holds one.
class Appointment {
 public:
  Appointment() = default;
  Appointment(const Appointment&) = delete;
  Appointment& operator=(const Appointment&) = delete;
  ~Appointment() {
    if (agenda_ != nullptr) agenda_->forget(ticket_);
  }
  void make(Agenda& agenda, Seconds date, Instant instant, std::coroutine_handle<> life) {
    ticket_ = agenda.resume_at(date, instant, life);
    agenda_ = &agenda;
  }
  void keep() { agenda_ = nullptr; }  // the life goes on

 private:
  Agenda* agenda_ = nullptr;
  Agenda::Ticket ticket_ = 0;
};

// co_await sleep(agenda, 5s): back after that long, at the given Instant of that date.
struct Sleep {
  Agenda& agenda;
  Seconds date;
  Instant instant;
  Appointment place{};
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> life) { place.make(agenda, date, instant, life); }
  void await_resume() { place.keep(); }
};
inline Sleep sleep_until(Agenda& agenda, Seconds date, Instant instant = Instant::release) {
  return {agenda, date, instant};
}
inline Sleep sleep(Agenda& agenda, Seconds duration, Instant instant = Instant::release) {
  return {agenda, agenda.now() + duration, instant};
}

}  // namespace berth
