#include "sim/serving/backlog.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

namespace berth::serving {
namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();

void push(std::vector<double>& heap, double date) {
  heap.push_back(date);
  std::ranges::push_heap(heap, std::greater{});
}

void pop(std::vector<double>& heap) {
  std::ranges::pop_heap(heap, std::greater{});
  heap.pop_back();
}

}  // namespace

void Backlog::add(double arrival, double gives_up) {
  arrivals_ += ticks(arrival);
  if (gives_up <= seen_) {
    given_up_ += ticks(gives_up);
    return;
  }
  ++waiting_;
  if (gives_up < kForEver) push(dates_, gives_up);
}

void Backlog::remove(double arrival, double gives_up) {
  arrivals_ -= ticks(arrival);
  if (gives_up <= seen_) {
    given_up_ -= ticks(gives_up);
    return;
  }
  --waiting_;
  if (gives_up < kForEver) {
    push(void_, gives_up);
    forget_removed();
  }
}

void Backlog::forget_removed() {
  while (!void_.empty() && void_.front() == dates_.front()) {
    pop(void_);
    pop(dates_);
  }
  // Behind somebody who will wait for longer than those who came after: sorted out now and then.
  if (void_.size() <= dates_.size() / 2 + 64) return;
  std::ranges::sort(dates_);
  std::ranges::sort(void_);
  std::vector<double> left;
  std::ranges::set_difference(dates_, void_, std::back_inserter(left));
  dates_ = std::move(left);
  void_.clear();
}

void Backlog::give_up_until(double now) {
  seen_ = std::max(seen_, now);
  while (!dates_.empty() && dates_.front() <= seen_) {
    given_up_ += ticks(dates_.front());
    --waiting_;
    pop(dates_);
    forget_removed();
  }
}

std::uint64_t Backlog::waiting(double now) {
  give_up_until(now);
  return waiting_;
}

double Backlog::waited(double now) {
  give_up_until(now);
  const Ticks sum = ticks(now) * static_cast<Ticks>(waiting_) + given_up_ - arrivals_;
  return static_cast<double>(sum) * 0x1p-30;
}

}  // namespace berth::serving
