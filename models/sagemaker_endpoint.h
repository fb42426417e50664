// The kinds of SageMaker endpoint a Service may be placed on, and what each makes of the Service.
//
//   realtime     instances, each with as many copies of the service as fit on it. An instance is
//                drawn for a request at random (RoutingStrategy RANDOM, AWS's default) or is the
//                one with the fewest outstanding requests. Its invocations have 60 s.
//   serverless   a container a request (models/serving/serverless.h); memory of 1 to 6 GB, at most
//                200 at once, no GPU, images of up to 10 GB, 4 MB each way, 60 s an invocation; a
//                container answers within 3 min of its start. CPU comes with memory
//   asynchronous a queue of their own before instances that take `max_concurrent` requests each: no
//                limit on latency but the time a request may live (6 h at most), and none on the
//                queue that AWS states: beyond kAsyncQueue requests are rejected, for memory's
//                sake; an invocation has up to one hour and 1 GB; instances may go to zero
//
// Limits: SageMaker API reference (ProductionVariantServerlessConfig,
// ProductionVariantRoutingConfig) and developer guide, A; how much CPU comes with memory is not
// published: Lambda's 1,769 MB a vCPU (its developer guide, A) is taken, because serverless
// endpoints run on it, D; InvocationTimeoutSeconds and
// RequestTTLSeconds of asynchronous invocations from memory, D; that an instance takes one request
// at a time unless told otherwise: SageMaker chooses a number that it does not publish, D.
// Instances are billed like any hosting instance while in service, as asynchronous ones are. Left
// out: deploying a new version (both fleets side by side), several variants, inference components,
// the S3 objects of asynchronous requests, their notifications. Tested by
// tests/models/sagemaker_endpoint_test.cpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "models/distribution.h"
#include "models/image.h"
#include "models/units.h"

namespace berth {

struct Service;

enum class Routing : std::uint8_t { random, least_outstanding };

struct RealtimeEndpoint {
  Routing routing = Routing::random;
};

struct ServerlessEndpoint {
  int memory_gb = 4;
  int max_concurrency = 20;
  int provisioned = 0;      // containers that are always warm
  Seconds keep_warm{300};   // an idle container stays this long
  Distribution cold_start;  // before the service time of a request that finds no warm container
};

struct AsyncEndpoint {
  int max_concurrent = 1;       // requests an instance takes at once
  Seconds request_ttl{21'600};  // a request that waits longer is dropped
};

using SageMakerEndpoint = std::variant<RealtimeEndpoint, ServerlessEndpoint, AsyncEndpoint>;
enum class EndpointKind : std::uint8_t { realtime, serverless, async };  // in the variant's order
std::string_view name_of(EndpointKind kind);                             // "realtime", ..
std::string_view name_of(const SageMakerEndpoint& endpoint);

inline constexpr Seconds kInvocation{60}, kAsyncInvocation{3600};
inline constexpr Bytes kServerlessImage{10 * kGiB};
inline constexpr Bytes kServerlessPayload{4'000'000}, kAsyncPayload{1'000'000'000};
// AWS states no limit but how long a request may live; ours bounds memory: about 60 bytes each.
inline constexpr int kAsyncQueue = 2'000'000;
inline constexpr int kServerlessMemoryGb = 6, kServerlessConcurrency = 200;
inline constexpr Seconds kServerlessStart{180};
inline constexpr double kServerlessMbPerVcpu = 1769;

// What keeps the service from serverless endpoints of every size, as "needs a GPU and ..".
std::vector<std::string_view> no_serverless(const Service& service, const Image& image);
// The least whole GB that hold the service's memory and bring its CPU; may be more than there are.
int serverless_memory_gb(const Service& service);

// Creating a container, then what is read of the image before it serves at `rate`, then the
// application's own start.
Distribution cold_start_of(const Distribution& create, const Image& image, BytesPerSecond rate,
                           Seconds init);

// The service as an endpoint's instances serve it: routing, queue, slots.
Service served_by(const SageMakerEndpoint& endpoint, Service service);

}  // namespace berth
