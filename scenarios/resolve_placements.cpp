#include "scenarios/resolve_placements.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "models/needed_prices.h"
#include "models/serving/replicas_on.h"

namespace berth {
namespace {

std::string cores(std::int64_t milli) {
  return fmt::format("{} CPU", static_cast<double>(milli) / 1000);
}

std::string other_price(SimplePrice price) {
  return fmt::format("/prices/other/{}", name_of(price));
}

std::string gib(Bytes bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes.count) / static_cast<double>(kGiB));
}

// "90 CPU, 1000.0 GiB, 8 GPU": GPUs only where somebody asks for one.
std::string in_words(const Resources& r, bool gpus) {
  return fmt::format("{}, {}{}", cores(r.cpu_milli), gib(r.memory),
                     gpus ? fmt::format(", {} GPU", r.gpus) : "");
}

// How many of `want` fit into `have` at once.
std::int64_t how_many(const Resources& want, const Resources& have) {
  std::int64_t count = 1'000'000;
  if (want.cpu_milli > 0) count = std::min(count, have.cpu_milli / want.cpu_milli);
  if (want.memory.count > 0) count = std::min(count, have.memory.count / want.memory.count);
  if (want.gpus > 0) count = std::min<std::int64_t>(count, have.gpus / want.gpus);
  return std::max<std::int64_t>(count, 0);
}

class Resolver {
 public:
  Resolver(Reading& in, const Scenario& scenario, const Named<PlacementText>& texts,
           const Node& node)
      : in_(in), scenario_(scenario), texts_(texts), node_(node) {
    for (const TrainingClass& one : scenario.training) training_names_.push_back(one.name);
    for (const Service& one : scenario.services) service_names_.push_back(one.name);
    for (const Platform& one : scenario.platforms) platform_names_.push_back(name_of(one));
    for (const auto& [name, text] : texts) placement_names_.push_back(name);
  }

  std::vector<Placement> resolve() {
    std::vector<Placement> placements;
    for (std::size_t i = 0; i < texts_.size(); ++i) placements.push_back(resolve_one(i));
    check_other_prices(placements);
    return placements;
  }

 private:
  // Homes say which prices are needed, so they must be right first. A price is told once, with the
  // first placement that needs it.
  void check_other_prices(const std::vector<Placement>& placements) {
    for (const char* part : {"/platforms", "/training", "/services", "/placements"})
      if (!in_.clean(part)) return;
    std::set<SimplePrice> told;
    for (std::size_t i = 0; i < placements.size(); ++i)
      for (const SimplePrice price : needed_prices(scenario_, placements[i]))
        if (!scenario_.catalogue.price(price) && told.insert(price).second)
          in_.fail_path(
              entry_of(i).at, path_of(i),
              fmt::format("no price is known for {}, which this placement pays", name_of(price)),
              "set " + other_price(price));
  }

  template <class V>
  void fail(const Said<V>& said, std::string message, std::string hint = "") {
    in_.fail_path(said.at, said.path, std::move(message), std::move(hint));
  }

  const InstanceType& type(TypeId id) const { return scenario_.catalogue.types[id.index()]; }
  std::string path_of(std::size_t i) const {
    return "/placements/" + pointer_token(texts_[i].first);
  }
  const Entry& entry_of(std::size_t i) const { return *node_.find_entry(texts_[i].first); }

  Placement resolve_one(std::size_t i) {
    const PlacementText& text = texts_[i].second;
    Placement placement{
        .name = texts_[i].first, .description = text.description, .commitments = text.commitments};
    check_keys(i, "training", text.training, training_names_, teams(scenario_.training));
    check_keys(i, "services", text.services, service_names_, teams(scenario_.services));
    const std::vector<std::size_t> chain = chain_of(i);
    const auto unclean = [&](std::size_t at) { return !in_.clean(path_of(at)); };
    if (chain.empty() || std::ranges::any_of(chain, unclean)) return placement;
    std::vector<std::string> homeless;
    for (const TrainingClass& one : scenario_.training) {
      const auto rule = rule_for<TrainingRule>(chain, &PlacementText::training, one);
      if (!rule.platform) homeless.push_back(one.name);
      placement.training.push_back(rule.platform ? training_home(one, rule) : TrainingHome{});
    }
    tell_homeless(i, "training", homeless);
    homeless.clear();
    for (const Service& one : scenario_.services) {
      const auto rule = rule_for<ServiceRule>(chain, &PlacementText::services, one);
      if (!rule.platform) homeless.push_back(one.name);
      placement.services.push_back(rule.platform ? service_home(one, rule) : ServiceHome{});
    }
    tell_homeless(i, "services", homeless);
    return placement;
  }

  template <class Workload>
  static std::vector<std::string> teams(const std::vector<Workload>& workloads) {
    std::vector<std::string> names;
    for (const Workload& one : workloads)
      if (!one.team.empty() && std::ranges::find(names, one.team) == names.end())
        names.push_back(one.team);
    return names;
  }

  template <class Rule>
  void check_keys(std::size_t i, std::string_view kind, const Named<Rule>& rules,
                  const std::vector<std::string>& names,
                  const std::vector<std::string>& team_names) {
    for (const auto& [key, rule] : rules) {
      const bool by_team = key.starts_with("team:");
      const std::string name = by_team ? key.substr(5) : key;
      const std::vector<std::string>& known = by_team ? team_names : names;
      if (key == "*" || std::ranges::find(known, name) != known.end()) continue;
      const Node& map = *entry_of(i).value.find(kind);
      const std::string what = by_team ? "team" : kind == "training" ? "training class" : "service";
      in_.fail_path(
          map.find_entry(key)->at, fmt::format("{}/{}/{}", path_of(i), kind, pointer_token(key)),
          fmt::format("no {} named {}", what, in_quotes(name)), nearest_hint(name, known));
    }
  }

  // The placement and those it extends, the most basic first; empty after an issue.
  std::vector<std::size_t> chain_of(std::size_t i) {
    std::vector<std::size_t> chain{i};
    while (texts_[chain.back()].second.extends) {
      const std::size_t at = chain.back();
      const std::string& base = *texts_[at].second.extends;
      const Position where = entry_of(at).value.find("extends")->at;
      const auto found = std::ranges::find(placement_names_, base);
      if (found == placement_names_.end()) {
        if (at == i)
          in_.fail_path(where, path_of(i) + "/extends", "no placement named " + in_quotes(base),
                        nearest_hint(base, placement_names_));
        return {};
      }
      const auto next = static_cast<std::size_t>(found - placement_names_.begin());
      if (std::ranges::find(chain, next) != chain.end()) {
        if (next == i) tell_cycle(chain, where);
        return {};
      }
      chain.push_back(next);
    }
    std::ranges::reverse(chain);
    return chain;
  }

  void tell_cycle(const std::vector<std::size_t>& chain, const Position& where) {
    std::string names;
    for (const std::size_t at : chain) names += texts_[at].first + " -> ";
    in_.fail_path(
        where, path_of(chain.front()) + "/extends",
        "placements extend each other in a circle: " + names + texts_[chain.front()].first);
  }

  template <class Rule, class Workload>
  static void apply_named(Rule& rule, const Named<Rule>& rules, const Workload& workload) {
    for (const std::string& key : {std::string("*"), "team:" + workload.team, workload.name})
      for (const auto& [name, one] : rules)
        if (name == key && (key != "team:")) apply_rule(rule, one);
  }

  template <class Rule, class Workload>
  Rule rule_for(const std::vector<std::size_t>& chain, Named<Rule> PlacementText::*rules,
                const Workload& workload) const {
    Rule rule;
    for (const std::size_t at : chain) apply_named(rule, texts_[at].second.*rules, workload);
    return rule;
  }

  void tell_homeless(std::size_t i, const std::string& kind,
                     const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string list = in_quotes(names.front());
    if (names.size() > 1) list += fmt::format(" and {} more", names.size() - 1);
    in_.fail_path(
        entry_of(i).at, path_of(i),
        fmt::format("no rule under {} says the platform of {}", kind, list),
        fmt::format("a rule \"*\" holds for all: {}: {{\"*\": {{platform: ...}}}}", kind));
  }

  // ---- Training ---------------------------------------------------------------------------------

  const Platform* platform_of(const Said<std::string>& said, PlatformId& id) {
    const auto found = std::ranges::find(platform_names_, said.value);
    if (found == platform_names_.end()) {
      fail(said, "no platform named " + in_quotes(said.value),
           nearest_hint(said.value, platform_names_));
      return nullptr;
    }
    id = PlatformId{static_cast<std::int32_t>(found - platform_names_.begin())};
    return in_.clean("/platforms/" + pointer_token(said.value)) ? &scenario_.platforms[id.index()]
                                                                : nullptr;
  }

  TrainingHome training_home(const TrainingClass& workload, const TrainingRule& rule) {
    TrainingHome home;
    const Platform* platform = platform_of(*rule.platform, home.platform);
    if (platform == nullptr) return home;
    if (rule.pull) home.pull = rule.pull->value;
    if (rule.checkpoint_interval) {
      home.checkpoint_interval = rule.checkpoint_interval->value;
      if (!workload.checkpoint && in_.clean("/training/" + pointer_token(workload.name)))
        fail(*rule.checkpoint_interval, in_quotes(workload.name) + " writes no checkpoints",
             "give the class a checkpoint: {interval, cost, restart}");
    }
    if (const auto* cluster = std::get_if<Cluster>(platform))
      train_on(*cluster, workload, rule, home);
    else
      train_on(std::get<SageMaker>(*platform), workload, rule, home);
    return home;
  }

  void train_on(const Cluster& cluster, const TrainingClass& workload, const TrainingRule& rule,
                TrainingHome& home) {
    if (rule.offering)
      fail(*rule.offering, "on Kubernetes the offering follows from the node pool",
           "offering is for SageMaker; leave it out");
    if (rule.keep_alive && rule.keep_alive->value.count() > 0)
      fail(*rule.keep_alive,
           "only SageMaker has warm pools; " + in_quotes(cluster.name) + " is Kubernetes",
           "a node pool's min keeps nodes");
    const NodePool* pool = pool_of(cluster, rule, home.pool);
    if (pool == nullptr) return;
    home.type = pool->types.front();
    home.offering = pool->offering;
    const std::string path = "/training/" + pointer_token(workload.name);
    if (!in_.clean(path) || !pod_fits(cluster, *pool, workload.name, workload.needs, rule)) return;
    std::int64_t most = 0;
    for (const TypeId one : pool->types)
      most = std::max(most, how_many(workload.needs, type(one).allocatable - cluster.daemonsets) *
                                pool->max_nodes);
    if (workload.instances > most)
      fail(rule.pool ? *rule.pool : *rule.platform,
           fmt::format("a job of {} needs {} instances at once; pool {} holds {} with its {} nodes",
                       in_quotes(workload.name), workload.instances, in_quotes(pool->name), most,
                       pool->max_nodes));
  }

  void train_on(const SageMaker& sagemaker, const TrainingClass& workload, const TrainingRule& rule,
                TrainingHome& home) {
    if (!sagemaker_type(sagemaker, rule, home.type)) return;
    const InstanceType& machine = type(home.type);
    const Said<std::string>& said = *rule.instance_type;
    if (rule.offering) home.offering = rule.offering->value;
    if (rule.keep_alive) home.keep_alive = rule.keep_alive->value;
    if (!machine.sagemaker_training_offered) {
      fail(said, fmt::format("SageMaker offers no training on {}", machine.name));
      return;
    }
    if (home.offering == Offering::spot && home.keep_alive.count() > 0)
      fail(*rule.keep_alive, "managed spot training keeps no warm pool",
           "keep_alive goes with offering: on_demand");
    check_training_price(machine, home, rule);
    warn_of_pull(home.pull, honoured_pull(sagemaker, workload, home.pull), "training jobs",
                 "a full pull is simulated", rule);
    if (!in_.clean("/training/" + pointer_token(workload.name))) return;
    check_machine(machine, workload.name, workload.needs, said);
    check_quota(sagemaker, workload, home, rule);
  }

  void check_training_price(const InstanceType& machine, const TrainingHome& home,
                            const TrainingRule& rule) {
    const std::string where = "/prices/sagemaker_training/" + machine.name;
    if (!machine.sagemaker_training)
      fail(*rule.instance_type,
           fmt::format("no price is known for SageMaker training on {}", machine.name),
           "set " + where);
    else if (home.offering == Offering::spot)
      check_managed_spot(machine, {"", rule.offering->at, rule.offering->path});
  }

  // AWS publishes no prices of managed spot: they follow from those of EC2.
  void check_managed_spot(const InstanceType& machine, const Said<std::string>& said) {
    const bool spot = machine.ec2_spot.has_value();
    if (!machine.spot_ratio())
      fail(said,
           fmt::format("no {} price is known for {}", spot ? "on-demand" : "spot", machine.name),
           fmt::format("set /prices/{}/{}", spot ? "ec2_on_demand" : "ec2_spot", machine.name));
    else
      check_reclaims(machine, said);
  }

  void check_reclaims(const InstanceType& machine, const Said<std::string>& said) {
    if (!machine.spot_reclaim_per_month)
      fail(said,
           fmt::format("no spot_reclaim_per_month is known for {}: how often AWS takes it back",
                       machine.name),
           "buy it on demand, or name a catalogue file that has the figure");
  }

  static int quota_of(const std::vector<Quota>& quotas, TypeId type, int otherwise) {
    const auto found = std::ranges::find(quotas, type, &Quota::type);
    return found == quotas.end() ? otherwise : found->instances;
  }

  void check_quota(const SageMaker& sagemaker, const TrainingClass& workload,
                   const TrainingHome& home, const TrainingRule& rule) {
    const std::string& machine = type(home.type).name;
    const int quota =
        quota_of(sagemaker.training_quotas, home.type, sagemaker.default_training_quota);
    if (workload.instances > quota)
      fail(*rule.instance_type,
           fmt::format("a job of {} needs {} of ml.{} at once; the quota is {}",
                       in_quotes(workload.name), workload.instances, machine, quota),
           fmt::format("set training_quotas or default_training_quota of {}",
                       in_quotes(sagemaker.name)));
    const int kept =
        quota_of(sagemaker.warm_pool_quotas, home.type, sagemaker.default_warm_pool_quota);
    if (home.keep_alive.count() > 0 && kept < workload.instances)
      in_.warn_path(rule.keep_alive->at, rule.keep_alive->path,
                    fmt::format("nothing of {} is kept: the warm-pool quota of ml.{} is {}",
                                in_quotes(workload.name), machine, kept),
                    fmt::format("set warm_pool_quotas of {}", in_quotes(sagemaker.name)));
  }

  // ---- Services ---------------------------------------------------------------------------------

  ServiceHome service_home(const Service& workload, const ServiceRule& rule) {
    ServiceHome home;
    const Platform* platform = platform_of(*rule.platform, home.platform);
    if (platform == nullptr) return home;
    if (rule.pull) home.pull = rule.pull->value;
    if (rule.endpoint && std::holds_alternative<SageMaker>(*platform)) {
      endpoint_home(std::get<SageMaker>(*platform), workload, rule, home);
      return home;
    }
    if (rule.endpoint)
      fail(*rule.endpoint,
           "only SageMaker has endpoints; " + in_quotes(name_of(*platform)) + " is Kubernetes",
           "replicas says how pods are scaled");
    home.replicas = replicas_of(workload, rule, std::holds_alternative<Cluster>(*platform));
    const std::string path = "/services/" + pointer_token(workload.name);
    if (const auto* cluster = std::get_if<Cluster>(platform)) {
      const NodePool* pool = pool_of(*cluster, rule, home.pool);
      if (pool == nullptr) return home;
      home.type = pool->types.front();
      if (in_.clean(path)) pod_fits(*cluster, *pool, workload.name, workload.needs, rule);
      return home;
    }
    hosting_instance(std::get<SageMaker>(*platform), workload, rule, home);
    return home;
  }

  bool hosting_instance(const SageMaker& sagemaker, const Service& workload,
                        const ServiceRule& rule, ServiceHome& home) {
    if (!sagemaker_type(sagemaker, rule, home.type)) return false;
    const InstanceType& machine = type(home.type);
    if (!machine.sagemaker_hosting_offered)
      fail(*rule.instance_type, fmt::format("SageMaker offers no hosting on {}", machine.name));
    else if (!machine.sagemaker_hosting)
      fail(*rule.instance_type,
           fmt::format("no price is known for SageMaker hosting on {}", machine.name),
           "set /prices/sagemaker_hosting/" + machine.name);
    warn_of_pull(home.pull, PullMode::full, "endpoints",
                 "their creation time holds whatever is pulled", rule);
    const std::string path = "/services/" + pointer_token(workload.name);
    if (!in_.clean(path)) return false;
    check_machine(machine, workload.name, workload.needs, *rule.instance_type);
    return replicas_on(machine, workload) > 0;
  }

  // ---- Endpoints --------------------------------------------------------------------------------

  using Kind = EndpointText::Kind;

  void endpoint_home(const SageMaker& sagemaker, const Service& workload, const ServiceRule& rule,
                     ServiceHome& home) {
    const Said<EndpointText>& said = *rule.endpoint;
    const bool known = in_.clean("/services/" + pointer_token(workload.name));
    refuse_others_fields(said);
    switch (said.value.kind) {
      case Kind::realtime:
        home.endpoint = RealtimeEndpoint{said.value.routing.value_or(Routing::random)};
        break;
      case Kind::serverless:
        if (known) serverless_home(sagemaker, workload, rule, home);
        return;
      case Kind::async: {
        AsyncEndpoint async;
        if (said.value.max_concurrent) async.max_concurrent = *said.value.max_concurrent;
        if (said.value.request_ttl) async.request_ttl = *said.value.request_ttl;
        home.endpoint = async;
        break;
      }
    }
    if (!hosting_instance(sagemaker, workload, rule, home)) return;
    const bool async = said.value.kind == Kind::async;
    check_length(workload, said, async ? kAsyncInvocation : kInvocation);
    instances_of(said, async ? 1 : replicas_on(type(home.type), workload), home.replicas);
  }

  // What one kind of endpoint knows and another does not.
  void refuse_others_fields(const Said<EndpointText>& said) {
    const EndpointText& t = said.value;
    const bool serverless = t.kind == Kind::serverless, async = t.kind == Kind::async;
    const auto refuse = [&](bool is_said, bool fits, const char* field, const char* kinds) {
      if (is_said && !fits)
        fail(said, fmt::format("{} is for {} endpoints", field, kinds), "leave it out");
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

  void check_length(const Service& workload, const Said<EndpointText>& said, Seconds most) {
    const Seconds takes{mean(workload.service_time)};
    if (takes > most)
      fail(said,
           fmt::format("a request of {} takes {} on average; this endpoint ends it after {}",
                       in_quotes(workload.name), write_duration(takes), write_duration(most)),
           most < kAsyncInvocation ? "kind: async gives it an hour" : "");
  }

  void instances_of(const Said<EndpointText>& said, int copies, ReplicaPolicy& policy) {
    const EndpointText& t = said.value;
    const bool async = t.kind == Kind::async;
    const int least = t.min_instances.value_or(async ? 0 : 1);
    if (!t.max_instances) {
      fail(said, "the endpoint's most instances are not said", "add max_instances");
      return;
    }
    const int most = *t.max_instances;
    if (least > most)
      fail(said, fmt::format("min_instances {} is more than max_instances {}", least, most));
    if (least == 0 && !async)
      fail(said, "a realtime endpoint has at least one instance", "kind: async goes to zero");
    policy.min = least * copies;
    policy.max = std::max(least, most) * copies;
    if (t.invocations && t.concurrency)
      fail(said, "two targets: invocations_per_instance and concurrent_requests", "name one");
    const auto target = async ? t.backlog : t.invocations ? t.invocations : t.concurrency;
    if (!target && least != most)
      fail(said, "nothing says what the instances are scaled by",
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

  void serverless_home(const SageMaker& sagemaker, const Service& workload, const ServiceRule& rule,
                       ServiceHome& home) {
    const Said<EndpointText>& said = *rule.endpoint;
    const EndpointText& t = said.value;
    const auto cannot = [&](bool wrong, std::string message, std::string hint) {
      if (wrong) fail(said, std::move(message), std::move(hint));
    };
    const std::string name = in_quotes(workload.name);
    // Beside the endpoint; a rule may inherit them from one with instances.
    const auto beside = [&](const auto& other, const char* field) {
      const auto parent = [](const std::string& path) { return path.substr(0, path.rfind('/')); };
      if (other && parent(other->path) == parent(said.path))
        fail(*other, fmt::format("a serverless endpoint has no {}", field), "leave it out");
    };
    beside(rule.instance_type, "instance type");
    beside(rule.pool, "node pool");
    beside(rule.pull, "pull: containers start as AWS starts them");
    cannot(!t.memory_gb, "a serverless endpoint's memory is not said", "add memory_gb: 1 to 6");
    cannot(!t.max_concurrency, "a serverless endpoint's most requests at once are not said",
           "add max_concurrency: 1 to 200");
    cannot(workload.needs.gpus > 0,
           fmt::format("{} needs a GPU and serverless endpoints have none", name),
           "kind: realtime or async");
    cannot(t.memory_gb && gibibytes(workload.needs.memory) > *t.memory_gb,
           fmt::format("{} needs {} and a container has {} GB", name, gib(workload.needs.memory),
                       t.memory_gb.value_or(0)),
           "memory_gb goes up to 6");
    const Image& image = scenario_.images[workload.image.index()];
    cannot(total_compressed(image.layers) > kServerlessImage,
           fmt::format("the image of {} has {}; serverless endpoints take up to {}", name,
                       gib(total_compressed(image.layers)), gib(kServerlessImage)),
           "kind: realtime or async");
    cannot(t.provisioned.value_or(0) > t.max_concurrency.value_or(200),
           fmt::format("provisioned_concurrency {} is more than max_concurrency {}",
                       t.provisioned.value_or(0), t.max_concurrency.value_or(0)),
           "");
    check_length(workload, said, kInvocation);
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

  template <class V>
  static V said_or(const Maybe<V>& said, V otherwise) {
    return said ? said->value : otherwise;
  }
  template <class V, class T>
  static void set(const Maybe<V>& said, T& target) {
    if (said) target = static_cast<T>(said->value);
  }

  ReplicaPolicy replicas_of(const Service& workload, const ServiceRule& rule, bool on_cluster) {
    ReplicaPolicy policy;
    const AutoscalerName name = said_or(rule.autoscaler, AutoscalerName::hpa);
    if (on_cluster) {
      policy.autoscaler = autoscaler_of(workload, rule, name);
      if (rule.scale_up_lag)
        fail(*rule.scale_up_lag, "scale_up_lag is for SageMaker endpoints",
             "on Kubernetes the lag follows from hpa: {metric_resolution, metric_window, "
             "metric_delay, sync_period}; leave it out");
    } else {
      policy.autoscaler = endpoint_autoscaler(rule, name);
    }
    refuse_unread(rule, on_cluster, name);
    policy.min = said_or(rule.min, 1);
    check_bounds(workload, rule, on_cluster && name == AutoscalerName::none, policy);
    if (rule.start) {
      policy.start = rule.start->value;
      if (policy.start > policy.max)
        fail(*rule.start, fmt::format("start {} is more than max {}", *policy.start, policy.max));
    }
    const bool to_zero =
        on_cluster && (name == AutoscalerName::knative || name == AutoscalerName::keda);
    if (policy.min == 0 && !to_zero)
      fail(*rule.min, "min must be at least 1 with this autoscaler",
           "knative and keda scale to zero");
    return policy;
  }

  // What the chosen autoscaler never reads. A rule may inherit such settings from one that chose
  // another; written beside the choice, or where nobody chose, they are a mistake.
  void refuse_unread(const ServiceRule& rule, bool on_cluster, AutoscalerName name) {
    const auto rule_text = [](const std::string& path) {
      return path.substr(0, path.find("/replicas"));
    };
    const auto unread = [&](const auto& said, bool read, const char* field, const char* whose) {
      if (!said || read) return;
      if (rule.autoscaler && rule_text(rule.autoscaler->path) != rule_text(said->path)) return;
      fail(*said, fmt::format("{} does nothing here: it is for {}", field, whose), "leave it out");
    };
    const bool none = name == AutoscalerName::none && (on_cluster || rule.autoscaler);
    const bool knative = on_cluster && name == AutoscalerName::knative;
    const bool keda = on_cluster && name == AutoscalerName::keda;
    const bool hpa = on_cluster && (name == AutoscalerName::hpa || keda);
    const auto group = [&](bool read, const char* whose, const auto&... fields) {
      (unread(fields.first, read, fields.second, whose), ...);
    };
    using std::pair;
    group(hpa, "hpa and keda", pair{rule.hpa.tolerance, "hpa: tolerance"},
          pair{rule.hpa.sync_period, "hpa: sync_period"},
          pair{rule.hpa.cpu_initialization, "hpa: cpu_initialization"},
          pair{rule.hpa.readiness_delay, "hpa: readiness_delay"},
          pair{rule.hpa.metric_resolution, "hpa: metric_resolution"},
          pair{rule.hpa.metric_window, "hpa: metric_window"},
          pair{rule.hpa.metric_delay, "hpa: metric_delay"});
    group(knative, "knative", pair{rule.knative.stable_window, "knative: stable_window"},
          pair{rule.knative.retention, "knative: retention"},
          pair{rule.knative.panic_window, "knative: panic_window"},
          pair{rule.knative.panic_threshold, "knative: panic_threshold"},
          pair{rule.knative.target_burst, "knative: target_burst"},
          pair{rule.knative.scale_up_rate, "knative: scale_up_rate"},
          pair{rule.knative.scale_down_rate, "knative: scale_down_rate"},
          pair{rule.knative.activation_scale, "knative: activation_scale"});
    group(keda, "keda", pair{rule.keda.polling_interval, "keda: polling_interval"},
          pair{rule.keda.cooldown, "keda: cooldown"},
          pair{rule.keda.initial_cooldown, "keda: initial_cooldown"});
    unread(rule.target, !none && !keda, "target", "hpa, knative and endpoints");
    unread(rule.scale_down_delay, !none, "scale_down_delay", "autoscalers");
    if (rule.target && rule.metrics && on_cluster && !none && !keda &&
        rule_text(rule.target->path) == rule_text(rule.metrics->path))
      fail(*rule.target, "target and metrics say the same thing twice", "leave one of them out");
    if (rule.metrics && hpa && !keda &&
        std::ranges::any_of(rule.metrics->value,
                            [](const ServiceMetric& m) { return m.activation > 0; }))
      fail(*rule.metrics, "activation does nothing here: it is for keda", "leave it out");
  }

  void check_bounds(const Service& workload, const ServiceRule& rule, bool fixed,
                    ReplicaPolicy& policy) {
    if (fixed) {
      policy.max = std::max(policy.min, 1);
      if (rule.max && rule.max->value != policy.min)
        fail(*rule.max,
             fmt::format("without an autoscaler there are min = {} replicas, not up to {}",
                         policy.min, rule.max->value),
             "leave max out, or make it min");
      return;
    }
    if (!rule.max) {
      fail(*rule.platform,
           fmt::format("no rule says the most replicas of {}", in_quotes(workload.name)),
           "add replicas: {max: ...}");
      policy.max = std::max(policy.min, 1);
      return;
    }
    policy.max = rule.max->value;
    if (policy.min > policy.max)
      fail(rule.min ? *rule.min : *rule.max,
           fmt::format("min {} is more than max {}", policy.min, policy.max));
  }

  Autoscaler endpoint_autoscaler(const ServiceRule& rule, AutoscalerName name) {
    if (rule.autoscaler && name != AutoscalerName::none)
      fail(*rule.autoscaler, "SageMaker endpoints have no such autoscaler",
           "leave it out, or none");
    if (rule.metrics) fail(*rule.metrics, "metrics are for Kubernetes", "target says it here");
    if (rule.behaviour) fail(*rule.behaviour, "behavior is for Kubernetes");
    if (rule.autoscaler && name == AutoscalerName::none) return FixedReplicas{};
    UtilisationPolicy policy;
    set(rule.target, policy.target);
    set(rule.scale_up_lag, policy.scale_up_lag);
    set(rule.scale_down_delay, policy.scale_down_delay);
    return policy;
  }

  Autoscaler autoscaler_of(const Service& workload, const ServiceRule& rule, AutoscalerName name) {
    if (rule.behaviour && name != AutoscalerName::hpa && name != AutoscalerName::keda)
      fail(*rule.behaviour, "behavior goes with hpa and keda");
    switch (name) {
      case AutoscalerName::none:
        if (rule.metrics) fail(*rule.metrics, "nobody reads metrics without an autoscaler");
        return FixedReplicas{};
      case AutoscalerName::hpa:
        return hpa_of(workload, rule, false);
      case AutoscalerName::knative:
        return knative_of(rule);
      case AutoscalerName::keda:
        return keda_of(workload, rule);
    }
    return FixedReplicas{};
  }

  static ScalingRules rules_of(const std::optional<ScalingRulesText>& said, ScalingRules rules) {
    if (!said) return rules;
    if (said->select) rules.choice = *said->select;
    if (said->window) rules.window = *said->window;
    if (said->policies) rules.policies = *said->policies;
    return rules;
  }

  HpaPolicy hpa_of(const Service& workload, const ServiceRule& rule, bool for_keda) {
    HpaPolicy policy;
    if (rule.metrics) {
      policy.metrics = rule.metrics->value;
    } else {
      set(rule.target, policy.metrics.front().target);
    }
    for (const ServiceMetric& metric : policy.metrics)
      if (metric.what == Measure::cpu && !for_keda && workload.needs.cpu_milli == 0 &&
          in_.clean("/services/" + pointer_token(workload.name)))
        fail(rule.metrics ? Said<std::string>{"", rule.metrics->at, rule.metrics->path}
                          : *rule.platform,
             fmt::format("{} asks for no CPU, so no share of it can be read",
                         in_quotes(workload.name)),
             "give it needs: {cpu: ...}, or another metric");
    set(rule.scale_down_delay, policy.downscale_window);
    if (rule.behaviour)
      policy.behaviour = ScalingBehaviour{
          rules_of(rule.behaviour->value.up, default_scale_up()),
          rules_of(rule.behaviour->value.down, default_scale_down(policy.downscale_window))};
    set(rule.hpa.tolerance, policy.tolerance.up);
    set(rule.hpa.tolerance, policy.tolerance.down);
    set(rule.hpa.sync_period, policy.sync_period);
    set(rule.hpa.cpu_initialization, policy.readiness.cpu_initialisation);
    set(rule.hpa.readiness_delay, policy.readiness.readiness_delay);
    set(rule.hpa.metric_resolution, policy.pipeline.resolution);
    set(rule.hpa.metric_delay, policy.pipeline.delay);
    policy.pipeline.window = std::max(policy.pipeline.window, policy.pipeline.resolution);
    set(rule.hpa.metric_window, policy.pipeline.window);
    if (policy.pipeline.window < policy.pipeline.resolution)
      fail(*rule.hpa.metric_window,
           fmt::format("a window of {} is shorter than the {} between two scrapes",
                       write_duration(policy.pipeline.window),
                       write_duration(policy.pipeline.resolution)));
    return policy;
  }

  KnativePolicy knative_of(const ServiceRule& rule) {
    KnativePolicy policy;
    set(rule.target, policy.target);
    if (rule.metrics) {
      const std::vector<ServiceMetric>& metrics = rule.metrics->value;
      const bool known = metrics.size() == 1 && (metrics[0].what == Measure::concurrency ||
                                                 metrics[0].what == Measure::requests_per_second);
      if (!known)
        fail(*rule.metrics, "Knative scales by one of concurrency and requests_per_second",
             "example: metrics: [{requests_per_second: 140}]");
      policy.what = metrics[0].what;
      policy.target = metrics[0].target;
      policy.absolute = true;
    }
    set(rule.scale_down_delay, policy.scale_down_delay);
    set(rule.knative.stable_window, policy.stable_window);
    set(rule.knative.retention, policy.retention);
    set(rule.knative.panic_window, policy.panic_window);
    set(rule.knative.panic_threshold, policy.panic_threshold);
    set(rule.knative.target_burst, policy.target_burst);
    set(rule.knative.scale_up_rate, policy.scale_up_rate);
    set(rule.knative.scale_down_rate, policy.scale_down_rate);
    set(rule.knative.activation_scale, policy.activation_scale);
    return policy;
  }

  KedaPolicy keda_of(const Service& workload, const ServiceRule& rule) {
    KedaPolicy policy{.hpa = hpa_of(workload, rule, true)};
    const auto of_pods = [](const ServiceMetric& m) { return !is_total(m.what); };
    if (!rule.metrics)
      fail(*rule.autoscaler, "KEDA scales by triggers, and none is named",
           "add metrics: [{outstanding: 2}], queue_length or total_rate");
    else if (std::ranges::any_of(policy.hpa.metrics, of_pods))
      fail(*rule.metrics, "KEDA's triggers are totals of the service",
           "queue_length, outstanding or total_rate");
    set(rule.keda.polling_interval, policy.polling_interval);
    set(rule.keda.cooldown, policy.cooldown);
    set(rule.keda.initial_cooldown, policy.initial_cooldown);
    return policy;
  }

  // ---- Both -------------------------------------------------------------------------------------

  template <class Rule>
  const NodePool* pool_of(const Cluster& cluster, const Rule& rule, std::optional<PoolId>& id) {
    if (rule.instance_type) {
      fail(*rule.instance_type, "on Kubernetes the instance type follows from the node pool",
           "name a pool instead");
      return nullptr;
    }
    std::vector<std::string> names;
    for (const NodePool& pool : cluster.pools) names.push_back(pool.name);
    if (!rule.pool && names.size() != 1) {
      fail(
          *rule.platform,
          fmt::format("{} has {} node pools; say which one", in_quotes(cluster.name), names.size()),
          nearest_hint("", names));
      return nullptr;
    }
    const auto found = rule.pool ? std::ranges::find(names, rule.pool->value) : names.begin();
    if (found == names.end()) {
      fail(*rule.pool,
           fmt::format("no node pool named {} in {}", in_quotes(rule.pool->value),
                       in_quotes(cluster.name)),
           nearest_hint(rule.pool->value, names));
      return nullptr;
    }
    id = PoolId{static_cast<std::int32_t>(found - names.begin())};
    const NodePool& pool = cluster.pools[id->index()];
    for (const TypeId one : pool.types) check_pool_price(cluster, pool, one, rule);
    return &pool;
  }

  template <class Rule>
  void check_pool_price(const Cluster& cluster, const NodePool& pool, TypeId one,
                        const Rule& rule) {
    const InstanceType& machine = type(one);
    const bool spot = pool.offering == Offering::spot;
    const Said<std::string>& said = rule.pool ? *rule.pool : *rule.platform;
    if (spot ? !machine.ec2_spot : !machine.ec2_on_demand)
      fail(said,
           fmt::format("no {} price is known for {} of node pool {}", spot ? "spot" : "on-demand",
                       machine.name, in_quotes(pool.name)),
           fmt::format("set /prices/{}/{}", spot ? "ec2_spot" : "ec2_on_demand", machine.name));
    else if (cluster.auto_mode && !eks_auto_fee(scenario_.catalogue, machine))
      fail(said, fmt::format("no EKS Auto Mode fee is known for {}", machine.name),
           "it is a share of the on-demand price: set " +
               (machine.ec2_on_demand ? other_price(eks_auto_fee_share(machine))
                                      : "/prices/ec2_on_demand/" + machine.name));
    if (spot && machine.ec2_spot) check_reclaims(machine, said);
  }

  template <class Rule>
  bool pod_fits(const Cluster& cluster, const NodePool& pool, const std::string& name,
                const Resources& needs, const Rule& rule) {
    if (holds(cluster, pool, needs)) return true;
    // The roomiest says best what is missing.
    const TypeId largest = *std::ranges::max_element(pool.types, {}, [&](TypeId id) {
      const Resources& have = type(id).allocatable;
      return std::tuple(have.gpus, have.cpu_milli, have.memory);
    });
    const InstanceType& machine = type(largest);
    const Resources room = machine.allocatable - cluster.daemonsets;
    fail(rule.pool ? *rule.pool : *rule.platform,
         fmt::format("a pod of {} ({}) is larger than every node of pool {}: {} has room for {}",
                     in_quotes(name), in_words(needs, needs.gpus > 0), in_quotes(pool.name),
                     machine.name, in_words(room, needs.gpus > 0)),
         larger_pools(cluster, needs));
    return false;
  }

  bool holds(const Cluster& cluster, const NodePool& pool, const Resources& needs) const {
    return std::ranges::any_of(pool.types, [&](TypeId id) {
      return fits(needs, type(id).allocatable - cluster.daemonsets) &&
             type(id).max_pods > cluster.daemonset_pods;
    });
  }

  // "pools with room: a, b"
  std::string larger_pools(const Cluster& cluster, const Resources& needs) const {
    std::string list;
    for (const NodePool& pool : cluster.pools)
      if (holds(cluster, pool, needs))
        list += (list.empty() ? "" : ", ") + pool.name;
    return list.empty() ? "no pool of this cluster has room for it" : "pools with room: " + list;
  }

  template <class Rule>
  bool sagemaker_type(const SageMaker& sagemaker, const Rule& rule, TypeId& id) {
    bool good = true;
    if (rule.pool) {
      fail(*rule.pool, in_quotes(sagemaker.name) + " is SageMaker and has no node pools",
           "name an instance_type");
      good = false;
    }
    if (rule.pull && rule.pull->value == PullMode::preloaded) {
      fail(*rule.pull, "nothing can be preloaded on SageMaker: its machine images are AWS's",
           "keep_alive keeps images, too");
      good = false;
    }
    if (!rule.instance_type) {
      fail(*rule.platform, "\"instance_type\" is missing: on SageMaker every job names one");
      return false;
    }
    const auto found = scenario_.catalogue.index_of(rule.instance_type->value);
    if (!found) return false;
    id = TypeId{*found};
    return good;
  }

  template <class Rule>
  void warn_of_pull(PullMode wish, PullMode simulated, std::string_view whose,
                    std::string_view instead, const Rule& rule) {
    if (wish == simulated) return;
    in_.warn_path(
        rule.pull->at, rule.pull->path,
        fmt::format("SageMaker does not load images {} for {}: {}",
                    wish == PullMode::soci_lazy ? "lazily" : "in parallel", whose, instead),
        "soci of a SageMaker platform says where it does");
  }

  void check_machine(const InstanceType& machine, const std::string& name, const Resources& needs,
                     const Said<std::string>& said) {
    const Resources have{machine.vcpu * std::int64_t{1000}, machine.memory, machine.gpus};
    if (fits(needs, have)) return;
    fail(said, fmt::format("{} ({}) does not fit on {}, which has {}", in_quotes(name),
                           in_words(needs, needs.gpus > 0), machine.name,
                           in_words(have, needs.gpus > 0)));
  }

  Reading& in_;
  const Scenario& scenario_;
  const Named<PlacementText>& texts_;
  const Node& node_;
  std::vector<std::string> training_names_, service_names_, platform_names_, placement_names_;
};

}  // namespace

std::vector<Placement> resolve_placements(Reading& in, const Scenario& scenario,
                                          const Named<PlacementText>& texts,
                                          const Node& placements_node) {
  return Resolver(in, scenario, texts, placements_node).resolve();
}

}  // namespace berth
