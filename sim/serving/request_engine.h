// The requests of one Service, one by one, between control events: arrivals are drawn a block at a
// time, given a service time each, and handed to the dispatcher.
//
//   engine.join(1, 8, 0);  engine.advance(15);  engine.drain(1, 15, 30);  engine.advance(30); ...
//
// Generators of their own, keyed by seed, replication and service, for arrivals, service times,
// patience, balancing, and service times of requests that are tried again; the first three are
// keyed by slice as well. The i-th request of a slice therefore comes at the same time and needs
// the same service whatever the pods and the balancer; jump() starts those of another slice.
// Left out: what SimGrid knows (when pods come and go): the caller tells. See dispatcher.h's kinds
// for the rest.
// Tested by tests/sim/serving/request_engine_test.cpp and the queueing families of the validation
// cases ("simulated" lines of berth-conformance).
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "sim/serving/arrivals.h"
#include "sim/serving/batch_queue.h"
#include "sim/serving/central_queue.h"
#include "sim/serving/pod_batches.h"
#include "sim/serving/pod_queues.h"

namespace berth::serving {

struct StreamKey {
  std::uint64_t seed = 1;
  std::uint32_t replication = 0;
  std::uint32_t service = 0;
};
// entity = service << 40 | lane << 32 | slice; lanes are streams of one purpose for different uses.
// The arrivals' stream is made outside because sources are.
RandomStream request_stream(const StreamKey& key, Purpose purpose, std::uint32_t slice,
                            std::uint8_t lane = 0);

using Dispatching = std::variant<Kernel, BalancerRules, BatchRules>;  // Kernel: the central queue

struct ServiceRules {
  Distribution service_time;  // seconds; for BatchRules a factor of mean 1
  Dispatching dispatching = Kernel::fastest;
  QueueRules queue;
};

class RequestEngine {
 public:
  RequestEngine(const ServiceRules& rules, std::unique_ptr<ArrivalSource> arrivals, StreamKey key);

  void advance(double until);  // everything up to and including `until`
  // Nothing of what is between now and `to` is looked at: queues are emptied, arrivals begin anew,
  // and as many slots as are busy on average (the nearest whole number) hold what is left of a
  // service.
  void jump(double to, std::uint32_t slice, double busy);
  void join(Pod pod, int slots, double now) { dispatcher_->join(pod, slots, now); }
  void limit_queue(std::uint64_t most) { dispatcher_->limit_queue(most); }
  double drain(Pod pod, double now, double grace) { return dispatcher_->drain(pod, now, grace); }
  void kill(Pod pod, double now) { dispatcher_->kill(pod, now); }

  const Dispatcher& dispatcher() const { return *dispatcher_; }
  const Distribution& service_time() const { return services_.law(); }
  const ServingCounts& counts() const { return dispatcher_->counts(); }
  // Since the last time; good until the next time.
  const ServingCounts& take_counts();
  // Since the beginning, at now(); service and waits of what was skipped by a jump are not in it.
  double arrived() const { return arrived_before_ + static_cast<double>(counts().arrived); }
  double waited() const { return waited_before_ + dispatcher_->waited(now_); }

  double expected() const { return arrivals_->expected(); }

  double now() const { return now_; }

 private:
  std::unique_ptr<Dispatcher> make_dispatcher(const ServiceRules& rules);
  RandomStream stream(Purpose purpose) const;
  double residual_service();

  StreamKey key_;
  std::uint32_t slice_ = 0;
  double now_ = 0;
  double arrived_before_ = 0, waited_before_ = 0;  // up to the last taking of counts
  std::unique_ptr<ArrivalSource> arrivals_;
  LawDraws services_;
  std::optional<LawDraws> patience_;
  // Service times, and which share of the work is in those up to it.
  std::vector<CdfPoint> lengths_;
  FastRandom service_random_, patience_random_;
  std::unique_ptr<Dispatcher> dispatcher_;
  ServingCounts taken_;
};

}  // namespace berth::serving
