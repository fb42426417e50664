#include "tests/oracles/gang.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <stdexcept>

#include "models/normal.h"

namespace berth {
namespace {

// int g(z) n phi(z) Phi(z)^(n-1) dz: the mean of g at the largest of n normals. The integrand and
// all its derivatives vanish at both ends, where the trapezoidal rule converges faster than any
// power.
template <class G>
double at_largest_normal(int n, double upto, G g) {
  constexpr double kStep = 1.0 / 64;
  double sum = 0;
  for (double z = -12; z <= upto; z += kStep)
    sum += g(z) * n * normal_density(z) * std::pow(normal_cdf(z), n - 1);
  return sum * kStep;
}

class GangQueue {
 public:
  GangQueue(std::span<const GangJob> jobs, int slots, GangPolicy policy)
      : jobs_(jobs), free_(slots), policy_(policy), starts_(jobs.size()) {}

  std::vector<Seconds> run() {
    std::size_t next = 0;
    while (next < jobs_.size() || !running_.empty()) {
      const Seconds arrival = next < jobs_.size() ? jobs_[next].arrival : kNever;
      now_ = std::min(arrival, first_end());
      release_ended();
      for (; next < jobs_.size() && jobs_[next].arrival <= now_; ++next) waiting_.push_back(next);
      start_what_may();
    }
    return starts_;
  }

 private:
  static constexpr Seconds kNever{std::numeric_limits<double>::infinity()};
  struct Running {
    Seconds end;
    int width;
  };

  Seconds first_end() const {
    Seconds end = kNever;
    for (const Running& job : running_) end = std::min(end, job.end);
    return end;
  }

  void release_ended() {
    std::erase_if(running_, [this](const Running& job) {
      if (job.end > now_) return false;
      free_ += job.width;
      return true;
    });
  }

  void start(std::size_t job) {
    starts_[job] = now_;
    free_ -= jobs_[job].width;
    running_.push_back({now_ + jobs_[job].runtime, jobs_[job].width});
  }

  void start_what_may() {
    while (!waiting_.empty() && jobs_[waiting_.front()].width <= free_) {
      start(waiting_.front());
      waiting_.pop_front();
    }
    if (policy_ == GangPolicy::easy_backfill && waiting_.size() > 1) backfill();
  }

  struct Reservation {
    Seconds shadow;
    int extra;
  };
  Reservation reserve(int width) {
    std::ranges::stable_sort(running_, {}, &Running::end);
    int free = free_;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      free += running_[i].width;
      const bool more_end_then = i + 1 < running_.size() && running_[i + 1].end == running_[i].end;
      if (free >= width && !more_end_then) return {running_[i].end, free - width};
    }
    throw std::logic_error("gang_starts: the head does not even fit an empty cluster");
  }

  void backfill() {
    Reservation head = reserve(jobs_[waiting_.front()].width);
    for (auto job = waiting_.begin() + 1; job != waiting_.end();) {
      const int width = jobs_[*job].width;
      const bool ends_before = now_ + jobs_[*job].runtime <= head.shadow;
      if (width > free_ || !(ends_before || width <= head.extra)) {
        ++job;
        continue;
      }
      if (!ends_before) head.extra -= width;
      start(*job);
      job = waiting_.erase(job);
    }
  }

  std::span<const GangJob> jobs_;
  int free_;
  GangPolicy policy_;
  std::vector<Seconds> starts_;
  std::vector<Running> running_;
  std::deque<std::size_t> waiting_;
  Seconds now_{0};
};

}  // namespace

double slowest_quantile(const Distribution& one, int instances, double p) {
  return quantile(one, std::pow(p, 1.0 / instances));
}

double slowest_mean(const Distribution& one, int instances) {
  const auto* law = std::get_if<Lognormal>(&one.law);
  if (law && !one.at_most)
    return one.shift + at_largest_normal(instances, 12 + law->sigma, [&](double z) {
             return std::exp(law->mu + law->sigma * z);
           });
  // Beyond 8 standard deviations 1 - Phi(z) is below what a double can tell from 0.
  return at_largest_normal(instances, 8, [&](double z) { return quantile(one, normal_cdf(z)); });
}

std::vector<Seconds> gang_starts(std::span<const GangJob> jobs, int slots, GangPolicy policy) {
  for (const GangJob& job : jobs)
    if (job.width > slots)
      throw std::invalid_argument("gang_starts: a job is wider than the cluster");
  return GangQueue(jobs, slots, policy).run();
}

}  // namespace berth
