#include "models/sagemaker_endpoint.h"

#include <limits>

#include "models/overloaded.h"
#include "models/scenario.h"

namespace berth {

std::string_view name_of(const SageMakerEndpoint& endpoint) {
  constexpr std::string_view kNames[] = {"realtime", "serverless", "async"};
  return kNames[endpoint.index()];
}

Distribution cold_start_of(const Distribution& create, const Image& image, BytesPerSecond rate,
                           Seconds init) {
  Distribution start = create;
  const Bytes read = scaled(total_compressed(image.layers), image.read_before_ready);
  const double extra = (read / rate + init).count();
  start.shift += extra;
  if (start.at_most) *start.at_most += extra;
  return start;
}

Service served_by(const SageMakerEndpoint& endpoint, Service service) {
  std::visit(Overloaded{[&](const RealtimeEndpoint& e) {
                          service.balancing = e.routing == Routing::random
                                                  ? LoadBalancing::random
                                                  : LoadBalancing::least_outstanding;
                        },
                        [](const ServerlessEndpoint&) {},
                        [&](const AsyncEndpoint& e) {
                          service.balancing = LoadBalancing::central_queue;
                          service.concurrency = e.max_concurrent;
                          service.timeout = e.request_ttl;
                          service.queue_limit = std::numeric_limits<int>::max();
                        }},
             endpoint);
  return service;
}

}  // namespace berth
