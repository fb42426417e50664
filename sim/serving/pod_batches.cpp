#include "sim/serving/pod_batches.h"

#include <algorithm>
#include <utility>

namespace berth::serving {

void PodBatches::serve(const Requests& block, double) {
  counts_.arrived += std::ssize(block.arrivals);
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double arrival = block.arrivals[i];
    if (next_cut_ <= arrival) cut_drained(arrival);
    place({arrival, block.services[i], arrival});
  }
}

void PodBatches::serve_until(double t) {
  cut_drained(t);
  for (auto& [pod, door] : doors_) door.queue->serve_until(t);
}

void PodBatches::place(const BatchQueue::Waiting& one) {
  if (!ready_.empty()) {
    BatchQueue& queue = *ready_[dispatch_.below(static_cast<std::uint32_t>(ready_.size()))];
    queue.serve_until(one.since);
    if (!queue.add(one)) ++counts_.rejected;
  } else if (rules_.buffers && held_.size() < rules_.queue_limit) {
    held_.push_back(one);
    held_backlog_.add(one.arrival, kNever);
  } else {
    ++counts_.rejected;
  }
}

void PodBatches::list_ready() {
  ready_.clear();
  for (auto& [pod, door] : doors_)
    if (door.cut_at == kNever) ready_.push_back(door.queue.get());
}

void PodBatches::join(Pod pod, int workers, double now) {
  serve_until(now);
  Door& door = doors_[pod];
  door = {.queue = std::make_unique<BatchQueue>(rules_, &counts_)};
  door.queue->join(pod, workers, now);
  list_ready();
  held_backlog_.clear();
  for (BatchQueue::Waiting one : std::exchange(held_, {})) {
    one.since = now;
    place(one);
  }
}

double PodBatches::drain(Pod pod, double now, double grace) {
  serve_until(now);
  const auto door = doors_.find(pod);
  if (door == doors_.end()) return now;
  door->second.cut_at = now + grace;
  next_cut_ = std::min(next_cut_, door->second.cut_at);
  list_ready();
  const double end = std::max(now, door->second.queue->ends_by(now + grace));
  cut_drained(now);
  return end;
}

void PodBatches::kill(Pod pod, double now) {
  serve_until(now);
  const auto door = doors_.find(pod);
  if (door == doors_.end()) return;
  door->second.cut_at = now;
  list_ready();
  close(door, now);
}

// What it was at is cut off, and goes elsewhere in order of arrival.
void PodBatches::close(std::map<Pod, Door>::iterator door, double now) {
  const std::unique_ptr<BatchQueue> queue = std::move(door->second.queue);
  const Pod pod = door->first;
  doors_.erase(door);
  const auto waiting = static_cast<std::int64_t>(queue->waiting(now));
  (rules_.cut_off == CutOff::fail ? counts_.failed : counts_.retried) += waiting;
  if (rules_.cut_off == CutOff::fail) queue->take_queue();
  queue->kill(pod, now);
  for (BatchQueue::Waiting& one : queue->take_queue()) {
    one.since = now;
    place(one);
  }
}

void PodBatches::cut_drained(double t) {
  while (next_cut_ <= t) {
    const double at = std::exchange(next_cut_, kNever);
    std::vector<Pod> over;
    for (const auto& [pod, door] : doors_) {
      if (door.cut_at <= at)
        over.push_back(pod);
      else
        next_cut_ = std::min(next_cut_, door.cut_at);
    }
    for (const Pod pod : over) {
      const auto door = doors_.find(pod);
      door->second.queue->serve_until(at);
      close(door, at);
    }
  }
}

// One after the other, so that all are about equally busy.
void PodBatches::occupy(double now, double end) {
  if (ready_.empty()) return;
  ready_.front()->occupy(now, end);
  std::ranges::rotate(ready_, ready_.begin() + 1);
}

void PodBatches::limit_queue(std::uint64_t most) {
  rules_.queue_limit = most;
  for (auto& [pod, door] : doors_) door.queue->limit_queue(most);
}

std::uint64_t PodBatches::waiting(double now) const {
  std::uint64_t n = held_.size();
  for (const auto& [pod, door] : doors_) n += door.queue->waiting(now);
  return n;
}

std::uint64_t PodBatches::in_service(double now) const {
  std::uint64_t n = 0;
  for (const auto& [pod, door] : doors_) n += door.queue->in_service(now);
  return n;
}

std::uint64_t PodBatches::in_service(Pod pod, double now) const {
  const auto door = doors_.find(pod);
  return door == doors_.end() || door->second.cut_at < kNever ? 0 : door->second.queue->in_service(pod, now);
}

void PodBatches::add_use(double now, std::vector<PodUse>& out) const {
  for (const auto& [pod, door] : doors_)
    if (door.cut_at == kNever) door.queue->add_use(now, out);
}

double PodBatches::waited(double now) const {
  double sum = counts_.late_waits.sum() + held_backlog_.waited(now);
  for (const auto& [pod, door] : doors_) sum += door.queue->waited_in_queue(now);
  return sum;
}

}  // namespace berth::serving
