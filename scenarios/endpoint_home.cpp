// A SageMaker endpoint of a kind: realtime, serverless or asynchronous, and what each kind knows.
#include <fmt/format.h>

#include <algorithm>

#include "models/serving/replicas_on.h"
#include "scenarios/home_rules.h"

namespace berth {
namespace {

using Kind = EndpointText::Kind;

// What one kind of endpoint knows and another does not.
void refuse_others_fields(HomeRules& r, const Said<EndpointText>& said) {
  const EndpointText& t = said.value;
  const bool serverless = t.kind == Kind::serverless, async = t.kind == Kind::async;
  const auto refuse = [&](bool is_said, bool fits, const char* field, const char* kinds) {
    if (is_said && !fits)
      r.fail(said, fmt::format("{} is for {} endpoints", field, kinds), "leave it out");
  };
  const auto machines = [&](bool is_said, const char* field) {
    refuse(is_said, !serverless, field, "realtime and async");
  };
  machines(t.min_instances.has_value(), "min_instances");
  machines(t.max_instances.has_value(), "max_instances");
  machines(t.scale_out_cooldown.has_value(), "scale_out_cooldown");
  machines(t.scale_in_cooldown.has_value(), "scale_in_cooldown");
  machines(t.scale_in.has_value(), "scale_in");
  const bool realtime = !serverless && !async;
  refuse(t.invocations.has_value(), realtime, "invocations_per_instance", "realtime");
  refuse(t.concurrency.has_value(), realtime, "concurrent_requests", "realtime");
  refuse(t.routing.has_value(), realtime, "routing", "realtime");
  refuse(t.backlog.has_value(), async, "backlog_per_instance", "async");
  refuse(t.max_concurrent.has_value(), async, "max_concurrent_invocations", "async");
  refuse(t.request_ttl.has_value(), async, "request_ttl", "async");
  refuse(t.memory_gb.has_value(), serverless, "memory_gb", "serverless");
  refuse(t.max_concurrency.has_value(), serverless, "max_concurrency", "serverless");
  refuse(t.provisioned.has_value(), serverless, "provisioned_concurrency", "serverless");
  refuse(t.keep_warm.has_value(), serverless, "keep_warm", "serverless");
  refuse(t.cold_start.has_value(), serverless, "cold_start", "serverless");
}

void check_length(HomeRules& r, const Service& workload, const Said<EndpointText>& said,
                  Seconds most) {
  const Seconds takes{mean(workload.service_time)};
  if (takes > most)
    r.fail(said,
           fmt::format("a request of {} takes {} on average; this endpoint ends it after {}",
                       in_quotes(workload.name), write_duration(takes), write_duration(most)),
           most < kAsyncInvocation ? "kind: async gives it an hour" : "");
}

void instances_of(HomeRules& r, const Said<EndpointText>& said, int copies, ReplicaPolicy& policy) {
  const EndpointText& t = said.value;
  const bool async = t.kind == Kind::async;
  const int least = t.min_instances.value_or(async ? 0 : 1);
  if (!t.max_instances) {
    r.fail(said, "the endpoint's most instances are not said", "add max_instances");
    return;
  }
  const int most = *t.max_instances;
  if (least > most)
    r.fail(said, fmt::format("min_instances {} is more than max_instances {}", least, most));
  if (least == 0 && !async)
    r.fail(said, "a realtime endpoint has at least one instance", "kind: async goes to zero");
  policy.min = least * copies;
  policy.max = std::max(least, most) * copies;
  if (t.invocations && t.concurrency)
    r.fail(said, "two targets: invocations_per_instance and concurrent_requests", "name one");
  const auto target = async ? t.backlog : t.invocations ? t.invocations : t.concurrency;
  if (!target && least != most)
    r.fail(said, "nothing says what the instances are scaled by",
           async ? "add backlog_per_instance"
                 : "add invocations_per_instance (a minute) or concurrent_requests");
  if (!target) {
    policy.autoscaler = FixedReplicas{};
    return;
  }
  TargetTrackingPolicy tracking{.metric = async           ? TrackedMetric::backlog
                                          : t.invocations ? TrackedMetric::invocations
                                                          : TrackedMetric::concurrency,
                                .target = *target};
  if (t.scale_out_cooldown) tracking.scale_out_cooldown = *t.scale_out_cooldown;
  if (t.scale_in_cooldown) tracking.scale_in_cooldown = *t.scale_in_cooldown;
  if (t.scale_in) tracking.scale_in = *t.scale_in;
  policy.autoscaler = tracking;
}

void serverless_home(HomeRules& r, const SageMaker& sagemaker, const Service& workload,
                     const ServiceRule& rule, ServiceHome& home) {
  const Said<EndpointText>& said = *rule.endpoint;
  const EndpointText& t = said.value;
  const auto cannot = [&](bool wrong, std::string message, std::string hint) {
    if (wrong) r.fail(said, std::move(message), std::move(hint));
  };
  const std::string name = in_quotes(workload.name);
  // Beside the endpoint; a rule may inherit them from one with instances.
  const auto beside = [&](const auto& other, const char* field) {
    const auto parent = [](const std::string& path) { return path.substr(0, path.rfind('/')); };
    if (other && parent(other->path) == parent(said.path))
      r.fail(*other, fmt::format("a serverless endpoint has no {}", field), "leave it out");
  };
  beside(rule.instance_type, "instance type");
  beside(rule.pool, "node pool");
  beside(rule.pull, "pull: containers start as AWS starts them");
  cannot(!t.memory_gb, "a serverless endpoint's memory is not said", "add memory_gb: 1 to 6");
  cannot(!t.max_concurrency, "a serverless endpoint's most requests at once are not said",
         "add max_concurrency: 1 to 200");
  cannot(t.memory_gb && gibibytes(workload.needs.memory) > *t.memory_gb,
         fmt::format("{} needs {} and a container has {} GB", name, gib(workload.needs.memory),
                     t.memory_gb.value_or(0)),
         "memory_gb goes up to 6");
  const Image& image = r.scenario.images[workload.image.index()];
  for (const std::string_view reason : no_serverless(workload, image))
    cannot(true, fmt::format("{} {}", name, reason), "kind: realtime or async");
  cannot(t.provisioned.value_or(0) > t.max_concurrency.value_or(200),
         fmt::format("provisioned_concurrency {} is more than max_concurrency {}",
                     t.provisioned.value_or(0), t.max_concurrency.value_or(0)),
         "");
  check_length(r, workload, said, kInvocation);
  ServerlessEndpoint endpoint;
  endpoint.memory_gb = t.memory_gb.value_or(endpoint.memory_gb);
  endpoint.max_concurrency = t.max_concurrency.value_or(endpoint.max_concurrency);
  endpoint.provisioned = t.provisioned.value_or(0);
  endpoint.keep_warm = t.keep_warm.value_or(endpoint.keep_warm);
  endpoint.cold_start = t.cold_start ? *t.cold_start
                                     : cold_start_of(sagemaker.container_create, image,
                                                     sagemaker.s3_per_connection, workload.init);
  home.endpoint = endpoint;
  home.replicas = {.min = 1, .max = endpoint.max_concurrency, .autoscaler = FixedReplicas{}};
}

}  // namespace

void endpoint_home(HomeRules& r, const SageMaker& sagemaker, const Service& workload,
                   const ServiceRule& rule, ServiceHome& home) {
  const Said<EndpointText>& said = *rule.endpoint;
  const bool known = r.in.clean("/services/" + pointer_token(workload.name));
  refuse_others_fields(r, said);
  switch (said.value.kind) {
    case Kind::realtime:
      home.endpoint = RealtimeEndpoint{said.value.routing.value_or(Routing::random)};
      break;
    case Kind::serverless:
      if (known) serverless_home(r, sagemaker, workload, rule, home);
      return;
    case Kind::async: {
      AsyncEndpoint async;
      if (said.value.max_concurrent) async.max_concurrent = *said.value.max_concurrent;
      if (said.value.request_ttl) async.request_ttl = *said.value.request_ttl;
      if (workload.timeout)
        r.warn(*rule.endpoint,
               "nobody waits for the answer of an asynchronous request: the service's timeout does not count here",
               "request_ttl says how long one may wait in the queue");
      home.endpoint = async;
      break;
    }
  }
  if (!hosting_instance(r, sagemaker, workload, rule, home)) return;
  const bool async = said.value.kind == Kind::async;
  check_length(r, workload, said, async ? kAsyncInvocation : kInvocation);
  instances_of(r, said, async ? 1 : replicas_on(r.type(home.type), workload), home.replicas);
}

}  // namespace berth
