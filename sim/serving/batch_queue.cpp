#include "sim/serving/batch_queue.h"

#include <algorithm>
#include <utility>

namespace berth::serving {

void BatchQueue::serve(const Requests& block, double) {
  out().arrived += std::ssize(block.arrivals);
  for (std::size_t i = 0; i < block.arrivals.size(); ++i) {
    const double arrival = block.arrivals[i];
    serve_until(arrival);
    if (!add({arrival, block.services[i], arrival})) ++out().rejected;
  }
}

bool BatchQueue::add(const Waiting& one) {
  if (queue_.size() >= rules_.queue_limit) return false;
  backlog_.add(one.arrival, kNever);
  queue_.push_back(one);
  serve_until(one.since);
  return true;
}

std::vector<BatchQueue::Waiting> BatchQueue::take_queue() {
  std::vector<Waiting> all(queue_.begin(), queue_.end());
  queue_.clear();
  backlog_.clear();
  return all;
}

double BatchQueue::ends_by(double until) const {
  BatchQueue ahead = *this;
  ServingCounts nobodys;
  ahead.elsewhere_ = &nobodys;
  ahead.serve_until(until);
  double last = 0;
  for (const Worker& worker : ahead.workers_)
    if (worker.present) last = std::max(last, worker.end);
  return ahead.queue_.empty() ? std::min(last, until) : until;
}

void BatchQueue::serve_until(double t) {
  cut_leaving(t);
  launch_until(t);
}

// When the next batch begins if nobody else comes.
double BatchQueue::launch_date() const {
  if (queue_.empty()) return kNever;
  const auto full = static_cast<std::size_t>(rules_.max_batch);
  double begins = queue_.front().since + rules_.max_delay;
  if (queue_.size() >= full) begins = std::min(begins, queue_[full - 1].since);
  return std::max(tree_.earliest(), begins);
}

void BatchQueue::launch_until(double t) {
  while (launch_date() <= t) launch(launch_date());
}

void BatchQueue::launch(double at) {
  const std::size_t number = tree_.earliest_slot();
  Worker& worker = workers_[number];
  const auto size = std::min(queue_.size(), static_cast<std::size_t>(rules_.max_batch));
  const double duration =
      (rules_.fixed + rules_.per_item * static_cast<double>(size)) * queue_.front().scatter;
  worker.batch.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
  worker.start = at;
  worker.end = at + duration;
  worker.work += duration;
  worker.begun += static_cast<double>(size);
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
  tree_.set(number, worker.end);
  for (const Waiting& one : worker.batch) {
    backlog_.remove(one.arrival, kNever);
    out().latencies.add(worker.end - one.arrival);
    out().late_waits.add(at - one.arrival);
  }
  out().busy += duration;
  ++out().batches;
}

void BatchQueue::join(Pod pod, int workers, double now) {
  serve_until(now);
  std::size_t number = 0;
  for (int i = 0; i < workers; ++i, ++number) {
    while (number < workers_.size() && (workers_[number].present || workers_[number].end > now)) ++number;
    if (number == workers_.size()) workers_.emplace_back();
    workers_[number] = {.pod = pod, .present = true, .end = now};
    tree_.grow(workers_.size());
    tree_.set(number, now);
  }
  serve_until(now);
}

double BatchQueue::drain(Pod pod, double now, double grace) {
  double last = now;
  serve_until(now);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    if (worker.pod != pod || !worker.present) continue;
    worker.present = false;
    worker.leaving = worker.end > now;
    worker.cut_at = now + grace;
    last = std::max(last, std::min(worker.end, worker.cut_at));
    if (worker.leaving) next_cut_ = std::min(next_cut_, worker.cut_at);
    tree_.set(i, kNever);
  }
  cut_leaving(now);
  return last;
}

void BatchQueue::kill(Pod pod, double now) {
  drain(pod, now, 0);
  for (Worker& worker : workers_)
    if (worker.leaving && worker.pod == pod) cut_off(worker, now);
  serve_until(now);
}

void BatchQueue::cut_leaving(double t) {
  while (next_cut_ <= t) {
    const double at = std::exchange(next_cut_, kNever);
    launch_until(at);
    for (Worker& worker : workers_) {
      if (worker.leaving && worker.cut_at <= at) cut_off(worker, at);
      if (worker.leaving) next_cut_ = std::min(next_cut_, worker.cut_at);
    }
  }
}

void BatchQueue::cut_off(Worker& worker, double now) {
  worker.leaving = false;
  if (worker.end <= now || worker.batch.empty()) return;  // empty: only occupied
  out().busy -= worker.end - now;
  for (auto one = worker.batch.rbegin(); one != worker.batch.rend(); ++one) {
    out().latencies.remove(worker.end - one->arrival);
    out().late_waits.remove(worker.start - one->arrival);
    if (rules_.cut_off == CutOff::fail) {
      ++out().failed;
      continue;
    }
    ++out().retried;
    backlog_.add(one->arrival, kNever);
    queue_.push_front({one->arrival, one->scatter, now});
  }
  worker.end = now;
}

void BatchQueue::occupy(double now, double end) {
  if (tree_.earliest() > now) return;
  const std::size_t number = tree_.earliest_slot();
  workers_[number].batch.clear();
  workers_[number].end = end;
  workers_[number].work += end - now;
  tree_.set(number, end);
}

void BatchQueue::add_use(double now, std::vector<PodUse>& out) const {
  for (const Worker& worker : workers_)
    if (worker.present)
      out.push_back({worker.pod,
                     {.busy = worker.work - std::max(0.0, worker.end - now),
                      .requests = worker.begun}});
}

double BatchQueue::waited(double now) const {
  return counts_.late_waits.sum() + backlog_.waited(now);
}

std::uint64_t BatchQueue::in_service(double now) const {
  std::uint64_t n = 0;
  for (const Worker& worker : workers_)
    if ((worker.present || worker.leaving) && worker.end > now) n += worker.batch.size();
  return n;
}

std::uint64_t BatchQueue::in_service(Pod pod, double now) const {
  std::uint64_t n = 0;
  for (const Worker& worker : workers_)
    if (worker.pod == pod && worker.present && worker.end > now) n += worker.batch.size();
  return n;
}

}  // namespace berth::serving
