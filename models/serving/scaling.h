// The rule that scales one Service, with its memory: what is seen goes in, a number of replicas
// comes out. The seam between three parties:
//
//   what is measured   a Service exposes counters, as an exporter would; rates and averages are
//                      differences, taken by whoever scales from his scrapes (scrapes.h)
//   the rule           a Scaler per kind of autoscaler: when it looks next, what it needs to see,
//                      and what it decides (ScaleWish), pure but for its own memory
//   acting             whoever keeps time asks at next_look() and carries the wish out
//
//   CPU of a pod       = its CPU request x cpu_when_busy x mean busy slots / slots, rounded up to a
//                        milli-core, as Kubernetes rounds quantities
//                        Beside a sidecar the main container's: its own request x ..; and the sidecar's: idle
//                        + CPU time of a request x requests / window; each is rounded up
//   concurrency        = mean number of requests in the pod, served or queued there
//   requests_per_second= requests it began / window
//
// A queue's length (KEDA) is asked for at the moment of the sync.
//
// Knative: averages over the stable and the panic window of requests in the system, those that wait
// at the activator included. When nothing is wanted for the retention and one more tick (the
// activator's probe of 1 s), the last pod goes.
//
// A decision is told (ScaleWish::why) when it changes replicas, or when its reason or its proposal
// is not the last one.
// Tested by tests/models/serving/scaling_test.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "models/journal.h"
#include "models/serving/autoscaler.h"
#include "models/serving/scrapes.h"
#include "models/serving/use_counters.h"

namespace berth {

// What a rule needs to know of a Service's make.
struct ScaledService {
  std::int64_t cpu_milli = 0;  // a pod's request
  double cpu_when_busy = 1;    // share of it in use while all slots are busy
  // Of it the sidecar's, and what that uses: cores while nothing comes, and CPU seconds of a request.
  std::int64_t sidecar_milli = 0;
  double sidecar_idle = 0, sidecar_per_request = 0;
  bool has_sidecar() const { return sidecar_milli > 0; }
  int slots = 1;               // of a pod
  double service_s = 0;        // mean
  int copies = 1;              // replicas on one instance of an endpoint
};

// ---- Rules --------------------------------------------------------------------------------------

struct ScaleWish {
  int replicas = 0;
  std::optional<ScalingEvent> why = {};
};

class FixedScaler {
 public:
  FixedScaler(const FixedReplicas&, const ReplicaPolicy& range, const ScaledService&)
      : replicas_(range.min) {}
  Needs needs() const { return {}; }
  Seconds next_look(Seconds) const { return Seconds{1e18}; }
  ScaleWish look(const ServiceSeen&, ServiceId, Seconds) const { return {replicas_, {}}; }

 private:
  int replicas_;
};

class HpaScaler {
 public:
  HpaScaler(const HpaPolicy& policy, const ReplicaPolicy& range, const ScaledService& service);
  Needs needs() const;
  Seconds next_look(Seconds now) const;
  ScaleWish look(const ServiceSeen& seen, ServiceId service, Seconds now);
  // As KEDA has it: what a trigger reads that keeps failing.
  void fall_back(const std::optional<KedaFallback>& fallback) { fallback_ = fallback; }
  void fetch() const;         // what a look reads of it
  void fetch_behind() const;  // and behind pointers

 private:
  void read(const ServiceMetric& metric, const ServiceSeen& seen, Seconds now,
            MetricReading& reading) const;
  // While metrics fail.
  void read_failing(std::size_t metric, MetricReading& reading, Seconds now);
  ScaleWish sync_now(const ServiceSeen& seen, ServiceId service, Seconds now);
  HpaDecided describe(const HpaInputs& inputs, const HpaDecision& decision, const ServiceSeen& seen,
                      ServiceId service, Seconds now) const;

  // What a look reads lies together: behind the spec's behaviour, and before what rates of scaling need.
  HpaSpec spec_;
  Seconds next_scrape_{0}, next_sync_{0};  // whole multiples of their periods
  Seconds resolution_, sync_period_;       // these
  bool scrapes_needed_, may_fail_;
  std::vector<ServiceMetric> metrics_;
  ScaledService service_;
  Scrapes scrapes_;
  struct Told {
    std::optional<std::int32_t> proposed, stabilised;
    std::optional<Limit> limited;
    AbleToScale able{};
    ScalingActive active{};
    bool operator==(const Told&) const = default;
  };
  std::optional<Told> told_;
  HpaState state_;
  // Only where metrics may fail.
  MetricPipeline pipeline_;
  std::vector<MetricsOutage> outages_;
  std::vector<std::int32_t> failures_;  // in a row, by metric
  std::optional<KedaFallback> fallback_;
};

class KnativeScaler {
 public:
  KnativeScaler(const KnativePolicy& policy, const ReplicaPolicy& range,
                const ScaledService& service);
  Needs needs() const { return {.waiting = true, .requests = true}; }
  Seconds next_look(Seconds now) const { return now + kKnativeTick; }
  ScaleWish look(const ServiceSeen& seen, ServiceId service, Seconds now);

 private:
  double average(Seconds window, Seconds now) const;

  KnativePolicy policy_;
  KnativeSpec spec_;
  int min_, max_;
  std::optional<KnativeState> state_;
  struct Mark {
    Seconds at;
    double counted;
  };
  std::deque<Mark> marks_;  // of the stable window
  std::optional<Seconds> idle_since_;
  std::optional<bool> told_panic_;
};

class KedaScaler {
 public:
  KedaScaler(const KedaPolicy& policy, const ReplicaPolicy& range, const ScaledService& service);
  Needs needs() const;
  Seconds next_look(Seconds now) const;
  ScaleWish look(const ServiceSeen& seen, ServiceId service, Seconds now);

 private:
  KedaPolicy policy_;
  KedaSpec spec_;
  KedaState state_;
  HpaScaler hpa_;
  Scrapes scrapes_;
  bool again_ = false;  // at acted_at_ the autoscaler has yet to look
  Seconds acted_at_{-1};
};

class UtilisationScaler {
 public:
  UtilisationScaler(const UtilisationPolicy& policy, const ReplicaPolicy& range,
                    const ScaledService& service);
  Needs needs() const { return {.requests = true}; }
  Seconds next_look(Seconds now) const { return now + Seconds{15}; }
  ScaleWish look(const ServiceSeen& seen, ServiceId service, Seconds now);

 private:
  UtilisationPolicy policy_;
  ScaledService service_;
  int min_, max_;
  struct Mark {
    Seconds at;
    double requests;
  };
  std::deque<Mark> marks_;  // from before the lag on
  struct Wish {
    Seconds at;
    int replicas;
  };
  std::deque<Wish> wishes_;  // descending in replicas, ascending in time
};

// Of an endpoint's instances, each with as many replicas as fit on it. A point is what came in the
// period that ends, over the instances in service at its end.
class TrackingScaler {
 public:
  TrackingScaler(const TargetTrackingPolicy& policy, const ReplicaPolicy& range,
                 const ScaledService& service);
  Needs needs() const {
    return {.waiting = policy_.metric != TrackedMetric::invocations, .requests = true};
  }
  Seconds next_look(Seconds now) const;
  ScaleWish look(const ServiceSeen& seen, ServiceId service, Seconds now);

 private:
  std::optional<double> per_instance(const ServiceSeen& seen, Seconds now) const;

  TargetTrackingPolicy policy_;
  int copies_;
  TargetTracker tracker_;
  struct Mark {
    Seconds at;
    UseCounters total;
  };
  std::optional<Mark> mark_;
  struct Told {
    TrackingReason reason{};
    std::optional<int> wish;
    bool operator==(const Told&) const = default;
  };
  std::optional<Told> told_;
};

using Scaler = std::variant<FixedScaler, HpaScaler, KnativeScaler, KedaScaler, UtilisationScaler,
                            TrackingScaler>;
Scaler make_scaler(const ReplicaPolicy& policy, const ScaledService& service);
// Before a look: what it reads of a rule that is an HPA's (unasked: to ask would be to wait for it), and then what
// the rule's pointers lead to, if that is much.
void fetch_as_hpa(const Scaler& scaler);
void fetch_behind(const Scaler& scaler);

// Replicas at the first instant: as said, or what the target asks for at that rate, within the
// bounds.
int start_replicas(const ReplicaPolicy& policy, const ScaledService& service, double rate);
// Replicas that carry `rate` at the target; 0 for no rate.
int replicas_for(const ServiceMetric& metric, const ScaledService& service, double rate);

}  // namespace berth
