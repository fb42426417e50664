#include "sim/agenda.h"

#include <algorithm>
#include <cstddef>

#include "models/fetch_ahead.h"
#include "sim/engine.h"

namespace berth {

namespace detail {

void sign_in(Agenda& agenda, LifeNode& node) {
  node.previous = agenda.youngest_;
  if (node.previous != nullptr) node.previous->next = &node;
  agenda.youngest_ = &node;
  ++agenda.alive_;
}

void sign_out(Agenda& agenda, LifeNode& node) {
  if (node.next != nullptr) node.next->previous = node.previous;
  if (node.previous != nullptr) node.previous->next = node.next;
  if (agenda.youngest_ == &node) agenda.youngest_ = node.previous;
  --agenda.alive_;
}

// The first error is the cause; what follows from it is noise.
void report(Agenda& agenda, std::exception_ptr error) {
  if (agenda.failure_) return;
  agenda.failed_at_ = agenda.now();
  agenda.failure_ = std::move(error);
}

}  // namespace detail

Agenda::~Agenda() { end_all_lives(); }

Seconds Agenda::now() const {
  if (failure_) return failed_at_;
  return running_due_ ? now_ : std::max(now_, Seconds{engine::clock()});
}

namespace {
constexpr int kInstantShift = 56;
// Of the lives whose turn it is next, so many bytes of the frame are asked for so early.
constexpr std::size_t kFramesAhead = 5, kFrame = 192;
}  // namespace

bool Agenda::Lane::is_of(const Entry& entry) const {
  return left() > 0 && entries[next].date == entry.date &&
         entries[next].order >> kInstantShift == entry.order >> kInstantShift;
}

// A lane is taken from an entry that stayed alone in it. What a lane has is older than what the heap gets
// of the same date and Instant, and newer than what the heap has: entries come in the order of `order`.
void Agenda::add(const Entry& entry) {
  for (Lane& lane : lanes_)
    if (lane.is_of(entry)) return lane.entries.push_back(entry);
  for (Lane& lane : lanes_) {
    if (lane.left() > 1) continue;
    if (lane.left() == 1) entries_.push(lane.entries[lane.next]);
    lane.entries.assign(1, entry);
    lane.next = 0;
    return;
  }
  entries_.push(entry);
}

const Agenda::Entry* Agenda::first() const {
  const Entry* least = entries_.empty() ? nullptr : &entries_.top();
  for (const Lane& lane : lanes_)
    if (lane.left() > 0 && (least == nullptr || *least > lane.entries[lane.next]))
      least = &lane.entries[lane.next];
  return least;
}

void Agenda::drop_first() {
  const Entry* const least = first();
  for (Lane& lane : lanes_)
    if (lane.left() > 0 && least == &lane.entries[lane.next]) {
      ++lane.next;
      if (lane.left() > kFramesAhead)
        fetch_ahead(lane.entries[lane.next + kFramesAhead].life.address(), kFrame);
      if (lane.left() == 0) lane.entries.clear(), lane.next = 0;
      return;
    }
  entries_.pop();
}

Agenda::Ticket Agenda::resume_at(Seconds date, Instant instant, std::coroutine_handle<> life) {
  const std::uint64_t order =
      std::uint64_t{static_cast<std::uint8_t>(instant)} << kInstantShift | sequence_++;
  // A sum of durations can fall a last bit short of the clock; the past is now.
  add({std::max(date, now()).count(), order, life});
  if (!running_due_) arm();
  return order;
}

void Agenda::arm() {
  const Entry* const earliest = first();
  if (failure_ || earliest == nullptr) return;
  const double next = earliest->date;
  if (next >= end_.count() || ended_) return;
  if (timer_ != nullptr) {
    if (armed_for_ <= next) return;
    static_cast<engine::Timer*>(timer_)->remove();
  }
  armed_for_ = next;
  timer_ = engine::Timer::set(next, [this] {
    timer_ = nullptr;
    run_due();
  });
}

void Agenda::run_due() {
  constexpr double kClockError = 1e-9;  // SimGrid's own precision of time
  running_due_ = true;
  const double date = std::max(engine::clock(), armed_for_) + kClockError;
  for (const Entry* next = first(); !failure_ && next != nullptr && next->date <= date;
       next = first()) {
    const auto [entry_date, ticket, life] = *next;
    drop_first();
    if (!forgotten_.empty() && forgotten_.erase(ticket) > 0) continue;
    now_ = std::max(now_, Seconds{entry_date});
    ++resumed_;
    life.resume();
  }
  running_due_ = false;
  arm();
}

void Agenda::run() {
  arm();
  simgrid::s4u::Engine::get_instance()->run_until(end_.count());
  if (failure_) std::rethrow_exception(failure_);
  now_ = end_;
  end_all_lives();
  if (failure_) std::rethrow_exception(failure_);
}

void Agenda::end_all_lives() {
  ended_ = true;
  while (youngest_ != nullptr) youngest_->handle.destroy();
}

}  // namespace berth
