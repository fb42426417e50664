#include "scenarios/endpoint_fields.h"

#include "models/sagemaker_endpoint.h"

namespace berth {

const Fields<EndpointText>& endpoint_fields() {
  static const Fields<EndpointText> fields = [] {
    using Text = EndpointText;
    Fields<Text> f;
    f.add("kind", &Text::kind, endpoint_kind(), required(), "what kind of endpoint");
    f.add("min_instances", &Text::min_instances, whole(0, 1000),
          computed("1; async: 0", "endpoints have an instance; an asynchronous one may have none"),
          "realtime, async: instances at least.");
    f.add("max_instances", &Text::max_instances, whole(1, 1000),
          optional("must be said unless serverless"), "realtime, async: instances at most.");
    f.add("invocations_per_instance", &Text::invocations, positive_number(),
          optional("another target is named, or min and max are equal"),
          "realtime: target of SageMakerVariantInvocationsPerInstance, a minute.");
    f.add("concurrent_requests", &Text::concurrency, positive_number(),
          optional("another target is named, or min and max are equal"),
          "realtime: target of ConcurrentRequestsPerModel, read every 10 s.");
    f.add("backlog_per_instance", &Text::backlog, positive_number(),
          optional("min and max are equal"),
          "async: target of ApproximateBacklogSizePerInstance, read every minute.");
    f.add("scale_out_cooldown", &Text::scale_out_cooldown, duration(Zero::allowed, Seconds{3600}),
          computed("300s", "Application Auto Scaling's default for endpoint variants"),
          "realtime, async: after more instances are there.");
    f.add("scale_in_cooldown", &Text::scale_in_cooldown, duration(Zero::allowed, Seconds{3600}),
          computed("300s", "Application Auto Scaling's default for endpoint variants"),
          "realtime, async: after instances went, before more go.");
    f.add("scale_in", &Text::scale_in, boolean(), computed("true", "DisableScaleIn: false"),
          "realtime, async: whether instances are given back.");
    f.add(
        "routing", &Text::routing,
        choice<Routing>({
            {{"random", "any instance"},                                Routing::random           },
            {{"least_outstanding", "the one with the fewest requests"}, Routing::least_outstanding},
    }),
        computed("random", "SageMaker: RoutingStrategy RANDOM"),
        "realtime: which instance a request goes to.");
    f.add("max_concurrent_invocations", &Text::max_concurrent, whole(1, 1000),
          computed("1", "assumed: SageMaker chooses a number that it does not publish"),
          "async: requests an instance takes at once.");
    f.add("request_ttl", &Text::request_ttl, duration(Zero::refused, Seconds{21'600}),
          computed("6h", "SageMaker: RequestTTLSeconds 21600"),
          "async: a request that waits longer is dropped.");
    f.add("memory_gb", &Text::memory_gb, whole(1, kServerlessMemoryGb), optional("must be said of serverless"),
          "serverless: memory of a container, in whole GB up to 6.");
    f.add("max_concurrency", &Text::max_concurrency, whole(1, kServerlessConcurrency),
          optional("must be said of serverless"),
          "serverless: requests in service at once, cold starts included; more are throttled.");
    f.add("provisioned_concurrency", &Text::provisioned, whole(0, 200),
          computed("0", "none is bought"), "serverless: containers that are always warm.");
    f.add("keep_warm", &Text::keep_warm, duration(), computed("5min", "assumed: not published"),
          "serverless: how long an idle container stays.");
    f.add("cold_start", &Text::cold_start, duration_law(),
          computed(
              "container_create of the platform, then what is read of the image before it serves, "
              "then the service's init",
              "lazily loaded images; see docs/model.md"),
          "serverless: what a request waits for that finds no warm container.");
    return f;
  }();
  return fields;
}

Type<EndpointKind> endpoint_kind() {
  return choice<EndpointKind>({
      {{"realtime", "instances that answer at once"},              EndpointKind::realtime  },
      {{"serverless", "a container a request, kept warm a while"}, EndpointKind::serverless},
      {{"async", "a queue before instances, also to zero"},        EndpointKind::async     },
  });
}

}  // namespace berth
