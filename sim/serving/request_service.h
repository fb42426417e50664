// A Service as seen from outside, at the fidelity asked for: from one change of its pods to the
// next a stretch is looked at whole, through a window, or by formula (models/serving/fidelity.h
// decides), and the parts are put together by weight.
//
//   RequestService service({.rules = .., .demand = .., .fidelity = Fidelity::automatic}, key);
//   service.join(1, 8, 0s);
//   service.advance(15s);  service.drain(1, 15s, 30s);  service.advance(30s);  ...  service.take();
//
// A window starts with as many slots busy as are on average and runs warm before it counts; it
// stands for the requests expected in its stretch. Whole stretches in a row are one history; the
// first after another look starts like a window, without a warm-up. Batching and other arrivals
// than a rate curve's are always looked at whole. `fluid` is not here: FluidService keeps its own
// water level.
// Left out: requests that wait where a whole stretch ends and another look begins (fewer than the
// slots: more are a backlog) are not followed to their end; a formula's utilisation does not tell
// how it varies from moment to moment.
// Tested by tests/sim/serving/request_service_test.cpp: `sampled` and `automatic` against `request`
// for 17 varied services.
#pragma once

#include <array>

#include "models/histogram.h"
#include "models/queueing/stationary.h"
#include "models/serving/fidelity.h"
#include "sim/serving/request_engine.h"

namespace berth::serving {

struct RequestServiceSettings {
  ServiceRules rules;
  RateCurve demand;
  std::optional<Bursts> bursts;
  std::optional<Distribution> gaps;  // of mean 1; absent: Poisson
  std::vector<double> trace;         // when requests come; `demand` is then only their rate
  Fidelity fidelity = Fidelity::automatic;
  Seconds slo_latency{1};
};

struct RequestOutcome {
  double requests = 0;
  double good = 0;  // served within slo_latency
  double rejected = 0, abandoned = 0, failed = 0;
  double busy_slot_seconds = 0;
  WeightedHistogram latency;           // seconds, of those served
  std::array<Seconds, 3> looked_at{};  // time by Look
  double error = 0;                    // stated, mean over requests
  Seconds overloaded{0};               // peak load at or above the slots
};

class RequestService {
 public:
  RequestService(RequestServiceSettings settings, StreamKey key);

  void advance(Seconds to);  // before a change of the pods, and to look
  void join(Pod pod, int slots, Seconds now);
  void drain(Pod pod, Seconds now, Seconds grace);
  void kill(Pod pod, Seconds now);

  int slots() const { return slots_; }
  double waiting() const;  // 0 where the last look did not follow every request
  RequestOutcome take();  // since the last time

 private:
  struct Known {
    Pod pod;
    int slots;
  };
  StretchLoad load(Seconds to) const;
  void look_whole(Seconds to);
  void record_whole();
  void look_through_window(const LookDecision& decision, const StretchLoad& load, Seconds to);
  void use_formula(const StretchLoad& load, Seconds to);
  void record(const ServingCounts& counts, double weight);
  std::uint32_t stretch_number() const;
  double mean_busy(const StretchLoad& load) const;
  void forget(Pod pod);

  RequestServiceSettings settings_;
  StreamKey key_;
  RequestEngine engine_;
  queueing::ServiceLaw law_;
  std::vector<CdfPoint> points_;
  std::vector<Known> pods_;
  int slots_ = 0;
  Seconds now_{0}, warm_from_{0};
  bool up_to_date_ = true;  // the engine is where the service is
  WeightedHistogram waits_, latencies_;
  RequestOutcome outcome_;
};

}  // namespace berth::serving
