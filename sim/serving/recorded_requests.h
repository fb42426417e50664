// A Service looked at request by request, recorded slice by slice: RequestService's stretches become
// a ServiceOutcome, as models/serving/fluid_service.h does by formulas alone.
//
//   requests = answered + rejected + timed out + cut off + (waiting at the end - at the begin)
//
// A request that is bound to a pod on arrival is counted then, one in a shared queue when its service
// begins; a window scales what ended in it by the requests expected in its stretch.
// Utilisation is the work done in a slice by pods that take work over their slots: see
// request_service.h.
// Left out: what comes before `begin` is simulated and not recorded.
// Tested by tests/sim/replication_test.cpp ("[fidelity]").
#pragma once

#include <optional>

#include "models/outcome.h"
#include "models/scenario.h"
#include "models/serving/fluid_service.h"
#include "sim/serving/request_service.h"

namespace berth::serving {

// `buffers`: requests that find no pod wait for one, as at Knative's activator.
RequestServiceSettings request_settings(const Service& service, Fidelity fidelity, bool buffers);

// When a service is recorded, and in what slices.
struct Recording {
  Seconds begin{}, horizon{}, slice{};
};

class RecordedRequests {
 public:
  // Service and policy are referred to.
  RecordedRequests(const Service& service, const ReplicaPolicy& replicas, Fidelity wish,
                   StreamKey key, const Recording& recording);

  void advance(const Stretch& stretch);  // in order, without gaps
  void join(Pod pod, int copies, Seconds now);
  Seconds drain(Pod pod, Seconds now, Seconds grace) { return requests_.drain(pod, now, grace); }
  void kill(Pod pod, Seconds now) { requests_.kill(pod, now); }
  double waiting() const { return requests_.waiting(); }  // by the last advance
  // See RequestService::see.
  void see(Seconds now, Seconds until, const Needs& needs, ServiceUse& out) {
    requests_.see(now, until, needs, out);
  }
  double expected_by(Seconds now) { return requests_.expected_by(now); }
  void let_wait(bool may) { requests_.let_wait(may); }
  void fetch() const { requests_.fetch(); }
  void fetch_behind() const { requests_.fetch_behind(); }
  std::optional<ServiceSlice> end_slice();  // nothing before recording begins
  ServiceOutcome take();

 private:
  void begin_recording();
  void add(const RequestOutcome& seen);

  const Service& settings_;
  RequestService requests_;
  Seconds begin_;
  bool recording_ = false;
  ErrorOfP99 error_;
  WeightedHistogram waits_, latencies_;
  ServiceOutcome outcome_;
  // Of the slice under way:
  ServiceSlice current_;
  double current_seconds_ = 0, current_slots_ = 0;
};

}  // namespace berth::serving
