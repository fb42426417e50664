// What a Service is seen to do, and the metric pipeline between that and whoever scales it
// (metrics-server, or Prometheus and an adapter): scrapes at multiples of its resolution; a sync
// uses the newest scrape that is at least `delay` old, and averages over `window` before it. With
// 15 s of each and 10 s of delay (cAdvisor's housekeeping) a step of load is seen after 15 s in part
// and after 30 s in full, when syncs and scrapes fall together. A container of less than 10 s has no
// sample; one younger than the window is averaged since its start.
//
// Of a service with n pods a scrape and a reading each take O(n). Where one counter of a pod is read, that one
// is kept: what a look costs is the memory it reads, where there are a thousand services.
// Tested by tests/models/serving/scaling_test.cpp, through the scalers that read it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/kubernetes/hpa.h"
#include "models/serving/autoscaler.h"
#include "models/serving/use_counters.h"

namespace berth {

struct PodSeen {
  HpaPod pod;
  std::optional<Seconds> containers_since = {};
  UseCounters use = {};
};

struct ServiceSeen {
  Scaled current;
  int ready = 0;                   // replicas that serve
  std::vector<PodSeen> pods = {};  // not being deleted, ascending ids; empty unless needed
  UseCounters total = {};
  double waiting = 0, in_service = 0;  // requests at this moment
};

class Scrapes {
 public:
  // Keeps what `metrics` read; all counters where a pod's CPU is made of several.
  Scrapes(const MetricPipeline& pipeline, std::span<const ServiceMetric> metrics,
          bool all_counters = false);

  void take(const ServiceSeen& seen, Seconds now);
  // What a metric of pods reads at `now`, of those `there`: the metrics API answers for the pods that a
  // selector finds, so nobody reads a scrape of one that has gone. `value` makes a number of milli out of the
  // difference of two counters and the seconds between them.
  template <class Value>
  void read_pods(Seconds now, std::span<const PodSeen> there, Value value,
                 std::vector<PodSample>& samples) const;
  // The service's own counters: difference and seconds; nothing before two scrapes.
  struct Difference {
    UseCounters use;
    Seconds seconds{0};
  };
  std::optional<Difference> total(Seconds now) const;
  void fetch_behind() const;  // before a scrape or a reading

 private:
  // metrics-server takes a container's start for its first scrape when it is at least this old.
  static constexpr Seconds kFreshContainer{10};

  struct Pod {
    PodId id;
    Seconds since{0};  // of its containers
  };
  struct Scrape {
    Seconds at{-1};
    std::uint32_t pods = 0;
  };
  using Counter = double UseCounters::*;
  static constexpr std::size_t kAll = 3;  // counters
  // The place in the ring of the youngest scrape at or before a time; the ring's size: there is none.
  std::size_t youngest_by(Seconds time) const;
  std::size_t newest(Seconds now) const { return youngest_by(now - pipeline_.delay); }
  std::size_t before(std::size_t newest) const;  // at the beginning of its window
  std::span<const Pod> pods_of(std::size_t place) const {
    return {pods_.data() + place * room_, ring_[place].pods};
  }
  UseCounters use_of(std::size_t place, std::size_t pod) const;
  std::size_t width() const { return only_ != nullptr ? 1 : kAll; }  // counters kept of a pod
  void make_room(std::size_t pods);

  MetricPipeline pipeline_;
  std::vector<Scrape> ring_;
  // Of all scrapes, each with the same room for pods.
  std::vector<Pod> pods_;
  std::vector<double> counters_;
  std::size_t room_ = 0, next_ = 0;
  Counter only_ = nullptr;  // the one that is read of pods
  std::vector<UseCounters> totals_;  // by place in the ring; none where nobody reads them
};

inline UseCounters Scrapes::use_of(std::size_t place, std::size_t pod) const {
  const double* const kept = counters_.data() + (place * room_ + pod) * width();
  if (only_ == nullptr) return {kept[0], kept[1], kept[2]};
  UseCounters use;
  use.*only_ = *kept;
  return use;
}

template <class Value>
void Scrapes::read_pods(Seconds now, std::span<const PodSeen> there, Value value,
                        std::vector<PodSample>& samples) const {
  const std::size_t last = newest(now);
  if (last == ring_.size()) return samples.clear();
  const std::size_t first = before(last);
  const bool has_first = first != ring_.size();
  const std::span<const Pod> old = has_first ? pods_of(first) : std::span<const Pod>{};
  const Seconds looked = has_first ? ring_[first].at : Seconds{0};
  const Seconds scraped = ring_[last].at;
  samples.resize(ring_[last].pods);  // written over: most have been there before
  auto sample = samples.begin();
  // Pods of one age in a service served by formula have done the same: most ask what the last asked.
  UseCounters asked_use;
  Seconds asked_for{-1};
  std::int64_t answer = 0;
  std::size_t known = 0;
  const std::span<const Pod> pods = pods_of(last);
  auto now_there = there.begin();
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const Pod& pod = pods[i];
    while (now_there != there.end() && now_there->pod.id < pod.id) ++now_there;
    if (now_there == there.end() || now_there->pod.id != pod.id) continue;
    while (known < old.size() && old[known].id < pod.id) ++known;
    const bool has_past = known < old.size() && old[known].id == pod.id;
    const Seconds begin = has_past ? looked : pod.since;
    const Seconds seconds = scraped - begin;
    if (!has_past && seconds < kFreshContainer) continue;
    if (seconds <= Seconds{0}) continue;
    const UseCounters now_used = use_of(last, i);
    const UseCounters use = has_past ? now_used - use_of(first, known) : now_used;
    if (seconds != asked_for || use != asked_use) {
      answer = value(use, seconds.count());
      asked_use = use;
      asked_for = seconds;
    }
    *sample++ = {.pod = pod.id, .value_milli = answer, .taken = scraped, .window = seconds};
  }
  samples.erase(sample, samples.end());
}

}  // namespace berth
