// A Service as seen from outside, at the fidelity asked for: from one change of its pods to the
// next a stretch is looked at whole, through a window, or by formula (models/serving/fidelity.h
// decides), and the parts are put together by weight.
//
//   RequestService service({.rules = .., .demand = .., .fidelity = Fidelity::automatic}, key);
//   service.join(1, 8, 0s);
//   service.advance(15s);  service.drain(1, 15s, 30s);  service.advance(30s);  ...  service.take();
//
// A window starts with as many slots busy as are on average and runs warm before it counts; it
// stands for the requests expected in its stretch; a stretch whose rate is not level is cut into parts
// that are. Whole stretches in a row are one history; the
// first after another look starts like a window, without a warm-up. Batching and other arrivals
// than a rate curve's are always looked at whole, as are service times without a variance: what most of
// the waiting comes from is too rare for a window. `fluid` is not here: FluidService keeps its own
// water level. Where a service is overloaded, so many requests come that to look at all of them may take
// for ever: after RequestServiceSettings::Flow::looks of them, overload and what it leaves behind is a
// FluidService's tank, with no bound to its error (request_service_overload.cpp).
// Between two changes somebody may look (see()): a stretch that is to be looked at whole is looked at
// up to then, of others the counters are the rate's expectation with the chance of a Poisson stream
// (N requests, sd sqrt(N); their work, sd sqrt(N E[S^2]), done while it lasts and as far as there are
// slots), and nothing is recorded.
// Busy slot-seconds are of pods that take work: what has been done by now where every request is
// looked at, the work begun where a window or a formula stands for a stretch; what a pod does while
// it drains is in neither.
// Left out: requests that wait where a whole stretch ends and another look begins (fewer than the
// slots: more are a backlog) are not followed to their end; a formula's utilisation does not tell
// how it varies from moment to moment.
// Tested by tests/sim/serving/request_service_test.cpp: `sampled` and `automatic` against `request`
// for 17 varied services.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "models/fetch_ahead.h"
#include "models/histogram.h"
#include "models/queueing/stationary.h"
#include "models/serving/fidelity.h"
#include "models/serving/error_of_p99.h"
#include "models/serving/fluid_service.h"
#include "models/serving/use_counters.h"
#include "sim/serving/request_engine.h"

namespace berth::serving {

struct RequestServiceSettings {
  ServiceRules rules;
  RateCurve demand;
  std::optional<Bursts> bursts;
  std::optional<Distribution> gaps;  // of mean 1; absent: Poisson
  std::vector<double> trace;         // when requests come; `demand` is then only their rate
  std::optional<Distribution> load;  // what a request takes of a slot, where that is not the service
  Fidelity fidelity = Fidelity::automatic;
  Seconds slo_latency{1};
  double window_requests = 4000;  // see models/serving/fidelity.h
  // Overload is a flow once so many requests of it have been looked at; absent: it never is.
  struct Flow {
    const Service* service = nullptr;
    const ReplicaPolicy* replicas = nullptr;
    double looks = 2e7;  // half a second to five seconds of work
  };
  std::optional<Flow> flow = {};
  // Too many requests to look at each, wherever that is meant: looks are dealt out over the time.
  struct Bound {
    Seconds until{};             // when the last stretch ends
    double looks = 2e7;          // beside those of overload
    bool error_is_known = true;  // not where an autoscaler goes by the highest of many readings
  };
  std::optional<Bound> bound = {};
  bool in_phases = false;  // `demand` is a history of bursts: see bound_requests()
};

// A service with more requests than that, by `until`, is looked at within bounds at `automatic`.
inline constexpr double kMostWhole = 1e8;  // two to fifteen seconds of work
void bound_requests(RequestServiceSettings& settings, Seconds until, const StreamKey& key,
                    double most_whole = kMostWhole);

// Where the requests of such a service come from.
std::unique_ptr<ArrivalSource> arrivals_of(const RequestServiceSettings& settings,
                                           const StreamKey& key);

struct RequestOutcome {
  double requests = 0;
  double good = 0;  // served within slo_latency
  double rejected = 0, abandoned = 0, failed = 0;
  double busy_slot_seconds = 0;
  WeightedHistogram latency;           // seconds, of those served; left empty by take_raw()
  WeightedHistogram waits, latencies;  // of what it is made: waits to be convolved, and the rest
  std::array<Seconds, 3> looked_at{};  // time by Look
  ErrorOfP99 error;
  Seconds overloaded{0};               // peak load at or above the slots
  Seconds doubtful{0};                 // of it, taken as a flow
};

// What is to be seen of a service from outside, since it began.
struct ServiceUse {
  struct OfPod {
    Pod pod = 0;
    UseCounters use;
  };
  std::vector<OfPod> pods;  // that take work, ascending
  UseCounters total;
  double waiting = 0, in_service = 0;  // requests at the moment
};

class RequestService {
 public:
  RequestService(RequestServiceSettings settings, StreamKey key);

  void advance(Seconds to);  // before a change of the pods, and to look
  // Whether no pod at all is meant from now on, and no overload.
  void let_be_none(bool meant) { may_be_none_ = meant; }
  // Whether who finds all busy may wait, from the time that it was advanced to; they may at first.
  void let_wait(bool may);
  void join(Pod pod, int slots, Seconds now);
  // Gives when the last of its requests ends or is cut off (by formula: after a mean service).
  Seconds drain(Pod pod, Seconds now, Seconds grace);
  void kill(Pod pod, Seconds now);

  int slots() const { return slots_; }
  bool is_bounded() const { return settings_.bound.has_value(); }
  // `until`: the stretch under way ends there unless pods change.
  void see(Seconds now, Seconds until, const Needs& needs, ServiceUse& out);
  // Before a look: what see() reads, and what it reads behind pointers.
  void fetch() const { fetch_between(this, &plan_.decision.warm_up); }
  void fetch_behind() const;
  // Requests that the rate let expect by `now`, which must not be before the last time: of bursts in the
  // phases that were, where each request is looked at.
  double expected_by(Seconds now);
  double looked_at() const { return engine_.arrived(); }  // requests
  double waiting() const;  // 0 where the last look followed neither every request nor a flow
  RequestOutcome take();      // since the last time
  RequestOutcome take_raw();  // without the convolution, which can be done for many at once
  WeightedHistogram latency_of(const WeightedHistogram& waits,
                               const WeightedHistogram& latencies) const;
  // Within 2 % or so, at a thirtieth of the cost.
  double rough_quantile(const WeightedHistogram& waits, const WeightedHistogram& latencies,
                        double p) const;

 private:
  struct Known {
    Pod pod;
    int slots;
    UseCounters settled;  // until the engine counted last
  };
  struct ByEngine {
    UseCounters mark;  // when it began again
    double busy = 0;   // when busy slot-seconds were counted last
  };
  // How the stretch from now_ on is looked at: up to `end`, where its rate is no longer level.
  struct Plan {
    Seconds from{-1}, asked{-1}, end{};
    LookDecision decision;
    StretchLoad load;
  };
  const Plan& plan(Seconds to);
  void decide();
  double most_waiting() const;
  void shorten_plan(Seconds end);
  void look(const LookDecision& decision, const StretchLoad& load, Seconds to);
  void count_busy(bool is_new);
  void count_by_engine();
  void settle_engine();
  UseCounters settled_of(const Known& pod) const {
    return pod.settled + per_slot_ * double(pod.slots);
  }
  void read_engine(std::vector<UseCounters>& by_pod) const;
  void estimate_use(Seconds to);
  UseCounters draw_use(Seconds to);
  std::pair<double, double> draw_work(double expected, RandomStream& noise) const;
  bool formulas_agree(const StretchLoad& load) const;
  queueing::StationaryQueue steady(double rate) const;
  double mean_wait(double rate) const;
  bool pods_have_queues() const;  // of their own; others wait in one before all
  void estimate_counts(Seconds now, ServiceUse& out) const;
  StretchLoad load(Seconds to) const;
  double look_whole(Seconds to);
  void record_whole();
  void look_through_window(const LookDecision& decision, const StretchLoad& load, Seconds to);
  void use_formula(const StretchLoad& load, Seconds to);
  // Overload as a flow: request_service_overload.cpp.
  bool plan_is_overloaded() const;
  void bound_looks(bool flowed);
  void fill_tank();
  Stretch stretch_until(Seconds to) const;
  void flow(Seconds to);
  UseCounters use_of_flow(Seconds to);
  void count_flow(Seconds now, ServiceUse& out);
  void record_flow();
  // So many looks and no more: request_service_bound.cpp.
  void deal_looks();
  Seconds unchanged_for();
  void use_until(Seconds to);
  void record(const ServingCounts& counts, double weight);
  std::uint32_t stretch_number() const;
  double mean_busy(double rate) const;
  double busy_at_jump(double rate) const;
  void forget(Pod pod);
  void note_change(int slots, Seconds now);  // so many came or went

  // What a look at it reads lies together, first: there are thousands of services, and one look at each.
  StreamKey key_;
  std::vector<Known> pods_;  // ascending
  int slots_ = 0;
  bool may_be_none_ = false, may_wait_ = true;
  bool up_to_date_ = true;  // the engine is where the service is
  bool flows_ = false;      // the tank is, and fills or has yet to empty
  bool has_variance_ = true;  // of the service times
  // Use as it is seen from outside: by the engine, or estimated up to used_until_.
  bool engine_counts_ = true;
  Needs needs_;  // of anybody so far
  Seconds now_{0};
  Seconds used_until_{0};
  double unserved_ = 0;      // slot-seconds that came and are not done by used_until_
  double expected_by_then_;  // requests since the beginning, up to used_until_
  UseCounters settled_;      // of all; busy: of pods that have gone
  UseCounters per_slot_;     // estimated, of every slot; a pod's own begins when it joins
  RateWalk walk_;
  queueing::ServiceLaw law_;
  Plan plan_;
  // What a look by formula reads ends with the plan's decision.
  Seconds warm_from_{0};
  UseCounters mark_;               // the engine's, of all, when it began again
  std::vector<ByEngine> by_engine_;  // of pods_
  RequestServiceSettings settings_;
  RequestEngine engine_;
  std::vector<CdfPoint> points_, rough_points_;
  WithinGoal within_goal_;
  mutable std::vector<Dispatcher::PodUse> parts_;
  std::vector<UseCounters> by_pod_;
  WeightedHistogram waits_, latencies_;
  RequestOutcome outcome_;
  std::unique_ptr<FluidService> tank_;  // none before the first flow
  UseCounters flowed_;                  // of the tank, as it was read last
  double overload_looked_at_ = 0;       // requests
  double expected_ = 0;                 // requests, by now_: see expected_by()
  double bound_looked_at_ = 0;          // of those dealt out
  Seconds changed_at_{0};               // pods, or the rate by a jump
  double arrival_scv_ = 1;
};

}  // namespace berth::serving
