#include "models/sagemaker_endpoint.h"

#include <algorithm>
#include <cmath>

#include "models/overloaded.h"
#include "models/scenario.h"

namespace berth {

std::string_view name_of(EndpointKind kind) {
  constexpr std::string_view kNames[] = {"realtime", "serverless", "async"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(const SageMakerEndpoint& endpoint) {
  return name_of(static_cast<EndpointKind>(endpoint.index()));
}

std::vector<std::string_view> no_serverless(const Service& service, const Image& image) {
  std::vector<std::string_view> reasons;
  if (service.needs.gpus > 0)
    reasons.emplace_back("needs a GPU and serverless endpoints have none");
  if (total_compressed(image.layers) > kServerlessImage)
    reasons.emplace_back("has an image of more than 10 GiB, the most a serverless endpoint takes");
  if (std::max(service.request_bytes, service.response_bytes) > kServerlessPayload)
    reasons.emplace_back(
        "has requests or answers of more than 4 MB, the most a serverless endpoint takes");
  return reasons;
}

int serverless_memory_gb(const Service& service) {
  const double for_cpu =
      double(service.needs.cpu_milli) / 1000 * kServerlessMbPerVcpu / 1024;  // 1 GB is 1,024 MB
  return std::max(1, static_cast<int>(std::ceil(
                         std::max(gibibytes(service.needs.memory), for_cpu) - 1e-9)));
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
                          service.queue_limit = kAsyncQueue;
                        }},
             endpoint);
  return service;
}

}  // namespace berth
