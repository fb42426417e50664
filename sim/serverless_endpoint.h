// A Service on a SageMaker serverless endpoint. No machine is simulated: at the end of every slice
// the requests that came in it are walked through the pool of containers (models/serving/
// serverless.h), one by one at every fidelity but `fluid`, which takes the stationary formula at
// the slice's mean rate; and at `auto` where more come than can be looked at
// (serving/request_service.h): then the formula of each part of the slice whose rate is level, bursts
// being a history of the rate.
//
//   latency   service time, after a cold start where no warm container was idle
//   drops     requests beyond max_concurrency are throttled: counted as rejected. Who waits for a cold start
//             longer than the service's timeout has given up; the container is started, serves the
//             request and is billed all the same (SageMaker does not learn of it)
//   warm-up   a container's first requests are slower, by the time since it was started; provisioned
//             ones are warm
//   billed    memory x service time of each request, GB moved in and out; provisioned containers by
//             the second, and requests on them at a price of their own. A cold start itself is not
//             billed: the price list speaks of the time a request is processed.
// In a slice `ready` and `desired` are the containers that serve on average, and the slots are
// max_concurrency: utilisation is a share of that limit.
// Nothing queues here, so a queue limit has nothing to limit.
// Left out: see models/serving/serverless.h; a slice at `fluid` knows nothing of the one before it.
// Tested by tests/sim/serverless_endpoint_test.cpp.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "models/outcome.h"
#include "models/queueing/stationary.h"
#include "models/sagemaker_endpoint.h"
#include "models/serving/serverless.h"
#include "sim/life.h"
#include "sim/serving/arrivals.h"
#include "sim/serving/request_engine.h"
#include "sim/world.h"

namespace berth {

class ServerlessService {
 public:
  ServerlessService(World& world, ServiceId id, const ServerlessEndpoint& endpoint);

  void serve_until(Seconds to);  // everything that comes up to `to`
  void open_window();            // counts from here on
  void end_slice();
  std::vector<std::pair<Seconds, Seconds>> overloads_of_slice() const;
  ServiceOutcome take();

 private:
  struct Slice {
    double requests = 0, cold = 0, throttled = 0, given_up = 0, busy = 0, provisioned_busy = 0, good = 0;
    int most = 0;
    WeightedHistogram latency;
  };
  void serve_requests(Seconds to);
  void serve_parts_by_formula(Seconds to);
  void serve_by_formula(Seconds from, Seconds to);
  double error_by_formula() const;
  double patience_s() const;  // infinite without a timeout
  void bill(Seconds from, Seconds to);

  World& world_;
  ServiceId id_;
  const Service& service_;
  const ServerlessEndpoint endpoint_;
  bool fluid_;
  bool bounded_ = false;  // too many requests to look at each
  RateCurve demand_;
  std::unique_ptr<serving::ArrivalSource> arrivals_;
  serving::LawDraws services_;
  serving::FastRandom service_random_;
  RandomStream cold_starts_;
  ServerlessPool pool_;
  queueing::ServiceLaw law_, cold_law_;
  std::vector<double> block_;
  Seconds now_{0}, slice_began_{0};
  Slice slice_;
  ServiceOutcome outcome_;
};

Life control_serverless(World& world, ServerlessService& service);

}  // namespace berth
