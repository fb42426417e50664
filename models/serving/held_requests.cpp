#include "models/serving/held_requests.h"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

constexpr std::size_t kMostStretches = 512;
constexpr double kMostPieces = 16;  // of a stretch

double share_before(Seconds from, Seconds to, Seconds then) {
  return std::clamp((then - from) / (to - from), 0.0, 1.0);
}

}  // namespace

void HeldRequests::add(Seconds from, Seconds to, double requests) {
  if (requests <= 0 || to <= from) return;
  came_.push_back({from, to, requests});
  count_ += requests;
  if (came_.size() > kMostStretches) halve();
}

void HeldRequests::halve() {
  std::deque<Came> pairs;
  for (std::size_t i = 0; i + 1 < came_.size(); i += 2)
    pairs.push_back({came_[i].from, came_[i + 1].to, came_[i].requests + came_[i + 1].requests});
  if (came_.size() % 2 == 1) pairs.push_back(came_.back());
  came_ = std::move(pairs);
}

double HeldRequests::came_since(Seconds then) const {
  double since = 0;
  for (const Came& came : came_) since += came.requests * (1 - share_before(came.from, came.to, then));
  return since;
}

double HeldRequests::drop_before(Seconds then) {
  double gone = 0;
  while (!came_.empty() && came_.front().from < then) {
    Came& oldest = came_.front();
    const double part = oldest.requests * share_before(oldest.from, oldest.to, then);
    gone += part;
    if (oldest.to > then) {
      oldest = {then, oldest.to, oldest.requests - part};
      break;
    }
    came_.pop_front();
  }
  count_ = came_.empty() ? 0 : count_ - gone;
  return gone;
}

double HeldRequests::drop_newest(double most) {
  double gone = 0;
  while (!came_.empty() && gone < most) {
    Came& newest = came_.back();
    const double part = std::min(newest.requests, most - gone);
    gone += part;
    if (part < newest.requests) {
      newest.to -= (newest.to - newest.from) * (part / newest.requests);
      newest.requests -= part;
      break;
    }
    came_.pop_back();
  }
  count_ = came_.empty() ? 0 : count_ - gone;
  return gone;
}

std::vector<std::pair<Seconds, double>> HeldRequests::release() {
  std::vector<std::pair<Seconds, double>> pieces;
  for (const Came& came : came_) {
    const Seconds length = came.to - came.from;
    const double parts = std::clamp(std::ceil(length.count()), 1.0, kMostPieces);
    for (int i = 0; i < parts; ++i)
      pieces.emplace_back(came.from + length * ((i + 0.5) / parts), came.requests / parts);
  }
  came_.clear();
  count_ = 0;
  return pieces;
}

}  // namespace berth
