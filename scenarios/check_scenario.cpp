#include "scenarios/check_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/job_graph.h"
#include "models/overloaded.h"

namespace berth {
namespace {

// The position of a pointer's value; where a default stands for it, of the nearest thing around it
// that is written.
Position position_of(const Node& root, std::string pointer) {
  const Node* node = find_at(root, pointer);
  while (node == nullptr && !pointer.empty()) {
    pointer.erase(pointer.rfind('/'));
    node = find_at(root, pointer);
  }
  return node == nullptr ? Position{0, 1, 1} : node->at;
}

void fail(Reading& in, const Node& root, const std::string& pointer, std::string message,
          std::string hint = "") {
  in.fail_path(position_of(root, pointer), pointer, std::move(message), std::move(hint));
}

void check_window(Reading& in, const Scenario& s, const Node& root) {
  if (!in.clean("/horizon") || !in.clean("/slice")) return;
  if (s.slice > s.horizon && s.horizon.count() > 0)
    fail(in, root, root.find("slice") != nullptr ? "/slice" : "/horizon",
         fmt::format("a slice of {} is longer than the horizon of {}", write_duration(s.slice),
                     write_duration(s.horizon)));
  constexpr double kMostSlices = 1e6;
  if (const double slices = s.horizon / s.slice; s.slice.count() > 0 && slices > kMostSlices)
    fail(in, root, root.find("slice") != nullptr ? "/slice" : "/horizon",
         fmt::format("a horizon of {} has {:.3g} slices of {}; at most a million are kept",
                     write_duration(s.horizon), slices, write_duration(s.slice)),
         "a slice is one point of what is shown over time: 5min suits a day");
}

// Cluster Autoscaler's expendable-pods-priority-cutoff: for less important pods it adds no node.
constexpr int kExpendable = -10;

void check_pause_pods(Reading& in, const Scenario& s, const Cluster& cluster, const NodePool& pool,
                      const Node& root, const std::string& path) {
  if (pool.pause.pods == 0 || pool.types.empty()) return;
  const Resources& needs = pool.pause.needs;
  if (needs == Resources{})
    fail(in, root, path + "/needs", "a pause pod that needs nothing keeps no room");
  const bool fits_one = std::ranges::any_of(pool.types, [&](TypeId id) {
    const InstanceType& type = s.catalogue.types[id.index()];
    return fits(needs, type.allocatable - cluster.daemonsets) &&
           type.max_pods > cluster.daemonset_pods;
  });
  if (!fits_one)
    fail(in, root, path + "/needs",
         fmt::format("a pause pod is larger than every node of pool \"{}\"", pool.name),
         "ask for less, or name a larger instance type");
  if (cluster.autoscaler == NodeAutoscaler::cluster_autoscaler && pool.pause.priority < kExpendable)
    fail(
        in, root, path + "/priority",
        fmt::format("Cluster Autoscaler adds no node for pods of a priority below {}", kExpendable),
        "set priority: -10 or higher");
  const auto below = [&](int priority, const std::string& name) {
    if (priority <= pool.pause.priority)
      fail(in, root, path + "/priority",
           fmt::format("pause pods of priority {} would not make room for \"{}\", which has {}",
                       pool.pause.priority, name, priority),
           "pause pods must be less important than every workload");
  };
  for (const TrainingClass& one : s.training) below(one.priority, one.name);
  for (const Service& one : s.services) below(one.priority, one.name);
}

void check_pool(Reading& in, const Scenario& s, const Cluster& cluster, const NodePool& pool,
                const Node& root, const std::string& path) {
  if (pool.min_nodes > pool.max_nodes)
    fail(in, root, path + "/min",
         fmt::format("min {} is more than max {}", pool.min_nodes, pool.max_nodes));
  check_pause_pods(in, s, cluster, pool, root, path + "/pause_pods");
}

// Where hardly a node registers in time the autoscaler launches one after the other, for nobody.
void check_registration(Reading& in, const Scenario& s, const Cluster& cluster, const Node& root,
                        const std::string& path) {
  if (cluster.autoscaler == NodeAutoscaler::none) return;
  const bool karpenter = cluster.autoscaler == NodeAutoscaler::karpenter;
  const std::string name = karpenter ? "registration_timeout" : "max_node_provision_time";
  const Seconds limit = karpenter ? cluster.register_within : cluster.scaling.provision_within;
  constexpr double kHardlyAny = 0.01;
  for (const bool gpus : {false, true}) {
    const bool any = std::ranges::any_of(cluster.pools, [&](const NodePool& pool) {
      return std::ranges::any_of(pool.types, [&](TypeId type) {
        return (s.catalogue.types[type.index()].gpus > 0) == gpus;
      });
    });
    const Seconds quick{quantile(gpus ? cluster.node_boot_gpu : cluster.node_boot_cpu, kHardlyAny)};
    if (!any || quick <= limit) continue;
    fail(in, root, fmt::format("{}/{}{}", path, karpenter ? "" : "scaling/", name),
         fmt::format("{} of {} is over before one node in a hundred{} has booted, after {}", name,
                     write_duration(limit), gpus ? " with GPUs" : "",
                     write_duration(Seconds{std::round(quick.count())})),
         "a longer limit, or a shorter node_boot");
    return;
  }
}

void check_pools(Reading& in, const Scenario& s, const Node& root) {
  for (const Platform& platform : s.platforms) {
    const auto* cluster = std::get_if<Cluster>(&platform);
    if (cluster == nullptr) continue;
    const std::string path = "/platforms/" + pointer_token(cluster->name);
    if (!in.clean(path)) continue;
    if (cluster->pools.empty())
      fail(in, root, path + "/node_pools", "a cluster without node pools has room for nothing");
    if (cluster->batch_idle > cluster->batch_max)
      fail(in, root, path + "/batch_idle",
           fmt::format("batch_idle {} is more than batch_max {}",
                       write_duration(cluster->batch_idle), write_duration(cluster->batch_max)));
    check_registration(in, s, *cluster, root, path);
    for (const NodePool& pool : cluster->pools)
      check_pool(in, s, *cluster, pool, root, path + "/node_pools/" + pointer_token(pool.name));
  }
}

// Submitted in warm-up and window; of a cron as if it came on every day. None without a clock of its own.
double most_jobs(const TrainingClass& work, Seconds window) {
  return work.models *
         std::visit(Overloaded{[&](const Every& every) { return window / every.interval; },
                               [&](const Cron& cron) {
                                 return std::popcount(cron.minutes) * std::popcount(cron.hours) *
                                        std::ceil(window / kDay);
                               },
                               [&](const Poisson& poisson) {
                                 return poisson.rate.expected_by(window) / work.models;
                               },
                               [](const auto&) { return 0.0; }},
                    work.schedule);
}

void check_training(Reading& in, const Scenario& s, const Node& root) {
  // At some microseconds a job these take minutes a replication; more is a slip of a unit.
  constexpr double kMostJobs = 1e8;
  for (const TrainingClass& one : s.training) {
    const std::string path = "/training/" + pointer_token(one.name);
    if (!in.clean(path)) continue;
    if (mean(one.duration) <= 0)
      fail(in, root, path + "/duration", "a job that takes no time is none");
    if (const double jobs = most_jobs(one, s.warm_up + s.horizon); !(jobs <= kMostJobs))
      fail(in, root, path + "/schedule",
           fmt::format("{:.2g} jobs in {} of warm-up and window; at most 1e8 of a class are simulated", jobs,
                       write_duration(s.warm_up + s.horizon)),
           "a longer interval, fewer models, or a shorter horizon");
    if (one.start_slo && one.deadline && *one.start_slo > *one.deadline)
      fail(in, root, path + "/start_within",
           fmt::format("start_within {} is later than done_within {}",
                       write_duration(*one.start_slo), write_duration(*one.deadline)));
  }
}

std::string after_path(const TrainingClass& work) {
  return "/training/" + pointer_token(work.name) + "/schedule/after";
}

// Over each edge models must be equal or one, and rounds must be those of one clock.
void check_follower(Reading& in, const Scenario& s, const JobGraph& graph, TrainingId id,
                    const Node& root) {
  const TrainingClass& work = s.training[id.index()];
  for (const TrainingId one : std::get<After>(work.schedule).classes) {
    const TrainingClass& before = s.training[one.index()];
    if (before.models != work.models && before.models != 1 && work.models != 1)
      fail(in, root, after_path(work),
           fmt::format("\"{}\" has {} models and \"{}\" {}: which jobs wait for which is open",
                       before.name, before.models, work.name, work.models),
           "as many models in both, or 1 in one of them");
  }
  const std::vector<TrainingId> clocks = graph.clocks_of(id);
  const TrainingClass& first = s.training[clocks.front().index()];
  for (const TrainingId one : clocks) {
    const TrainingClass& clock = s.training[one.index()];
    if (one != clocks.front() && !same_clock(first.schedule, clock.schedule))
      fail(in, root, after_path(work),
           fmt::format("it comes after \"{}\" and \"{}\", which have schedules of their own: which "
                       "jobs belong together is open",
                       first.name, clock.name),
           "give both the same every and offset, or the same cron; or let one come after the other");
    const bool in_rounds = std::holds_alternative<Every>(clock.schedule) ||
                           std::holds_alternative<Cron>(clock.schedule);
    if (!in_rounds && clock.models != 1)
      fail(in, root, "/training/" + pointer_token(clock.name) + "/models",
           fmt::format("\"{}\" comes after it: jobs at random or of a trace have no rounds of {} "
                       "models",
                       work.name, clock.models),
           "leave models out, or use every or cron");
  }
}

void check_order(Reading& in, const Scenario& s, const Node& root) {
  if (!in.clean("/training")) return;
  if (const std::vector<TrainingId> circle = circle_of(s.training); !circle.empty()) {
    std::string names;
    for (const TrainingId id : circle) names += "\"" + s.training[id.index()].name + "\" after ";
    const TrainingClass& first = s.training[circle.front().index()];
    fail(in, root, after_path(first),
         fmt::format("training classes wait for each other: {}\"{}\"", names, first.name),
         "give one of them a clock of its own: every, cron, poisson or trace");
    return;
  }
  const JobGraph graph(s.training);
  for (const TrainingId id : graph.order())
    if (graph.follows(id)) check_follower(in, s, graph, id, root);
}

void check_services(Reading& in, const Scenario& s, const Node& root) {
  for (const Service& one : s.services) {
    const std::string path = "/services/" + pointer_token(one.name);
    if (!in.clean(path)) continue;
    constexpr double kShortest = 1e-9, kLongest = 1e7, kMostVaried = 1000;
    if (mean(one.service_time) <= 0)
      fail(in, root, path + "/service_time", "a request that takes no time loads nothing");
    else if (mean(one.service_time) < kShortest)
      fail(in, root, path + "/service_time",
           fmt::format("a request takes {:g} s on average; at least a nanosecond is simulated", mean(one.service_time)));
    else if (!(mean(one.service_time) <= kLongest))
      fail(in, root, path + "/service_time",
           fmt::format("a request takes {:g} s on average; up to 1e7 s are simulated", mean(one.service_time)));
    constexpr Seconds kLong{60};
    if (const Seconds takes{mean(one.service_time)}; takes >= kLong && takes > s.warm_up)
      in.warn_path(position_of(root, path + "/service_time"), path + "/service_time",
                   fmt::format("a request takes {} on average, the warm-up {}: those who came before it are missing "
                               "from what is measured",
                               write_duration(takes), write_duration(s.warm_up)),
                   "a warm_up of a few services leaves that out");
    // Without a variance at all a law has a tail that is known; of one that is nearly always 0 nothing is.
    const double cv = std::sqrt(squared_cv(one.service_time));
    if (std::isfinite(cv) && cv > kMostVaried)
      fail(in, root, path + "/service_time",
           fmt::format("its standard deviation is {:g} times its mean; up to {:g} times are simulated", cv, kMostVaried));
    constexpr double kMostRequests = 1e9;
    if (!(one.demand.peak_rate() <= kMostRequests))
      fail(in, root, path + "/requests",
           fmt::format("{:g} requests per second at the peak; at most 1e9 are simulated",
                       one.demand.peak_rate()));
    constexpr double kMostBursts = 1e8;
    if (one.bursts && (s.warm_up + s.horizon) / (one.bursts->on + one.bursts->off) > kMostBursts)
      fail(in, root, path + "/bursts",
           fmt::format("{:.3g} bursts in the time that is simulated; at most 1e8 are drawn",
                       (s.warm_up + s.horizon) / (one.bursts->on + one.bursts->off)),
           "bursts as short as requests are gaps: arrival_scv says how they vary");
    if (one.bursts && (one.arrival_scv != 1 || !one.recorded.empty()))
      fail(in, root, path + "/bursts", "bursts go with requests at random",
           "leave out arrival_scv, or the trace");
    if (!one.recorded.empty() && one.arrival_scv != 1)
      fail(in, root, path + "/arrival_scv", "recorded requests have the gaps they have");
    if (one.sidecar && one.sidecar->cpu_milli >= one.needs.cpu_milli)
      fail(in, root, path + "/sidecar/cpu",
           fmt::format("of the pod's {} m CPU the sidecar takes {} m: nothing is left for the main container",
                       one.needs.cpu_milli, one.sidecar->cpu_milli),
           "needs: {cpu: ...} is of the whole pod");
    else if (one.sidecar && one.sidecar->cpu_milli == 0)
      fail(in, root, path + "/sidecar/cpu", "a sidecar without a CPU request: no share can be read of a pod with it",
           "give it a request, as 100m");
    if (one.batching && one.timeout)
      fail(in, root, path + "/timeout", "requests that are served in batches wait for ever",
           "use queue_limit");
    if (one.batching && one.balancing != LoadBalancing::random &&
        one.balancing != LoadBalancing::central_queue)
      fail(in, root, path + "/balancing", "batches form at each of pods drawn at random, or in one queue for all",
           "random, or central_queue");
  }
}

// Whether a drain never gets a ready pod however many there are, `most` with them.
bool blocks_every_drain(const DisruptionBudget& budget, int most) {
  for (int pods = 1; pods <= most; ++pods)
    if (status_of(budget, pods, pods).allowed > 0) return false;
  return true;
}

// Of a service's homes: the budget is one of its pods in clusters, and should let one go.
void check_disruption_budget(Reading& in, const Scenario& s, std::size_t service, const Node& root) {
  const Service& one = s.services[service];
  const DisruptionBudget& budget = *one.disruption_budget;
  const std::string path = "/services/" + pointer_token(one.name) + "/disruption_budget";
  bool in_cluster = false;
  for (const Placement& placement : s.placements) {
    const ServiceHome& home = placement.services[service];
    if (!std::holds_alternative<Cluster>(s.platforms[home.platform.index()])) continue;
    in_cluster = true;
    if (!blocks_every_drain(budget, home.replicas.max)) continue;
    const bool least = budget.of == DisruptionBudget::Of::min_available;
    const std::string field = path + (least ? "/min_available" : "/max_unavailable");
    in.warn_path(position_of(root, field), field,
                 fmt::format("no drain ever gets a pod of \"{}\": placement \"{}\" has {} at most, and "
                             "{} of them stay",
                             one.name, placement.name, home.replicas.max,
                             status_of(budget, home.replicas.max, 0).wanted),
                 least ? "a smaller min_available, more replicas, or max_unavailable: 1"
                       : "max_unavailable: 1");
    return;
  }
  if (!in_cluster)
    in.warn_path(position_of(root, path), path,
                 fmt::format("no placement has \"{}\" in a cluster: its budget is never asked", one.name),
                 "SageMaker drains nothing; leave it out");
}

void check_disruption_budgets(Reading& in, const Scenario& s, const Node& root) {
  for (const char* part : {"/platforms", "/services", "/placements"})
    if (!in.clean(part)) return;
  if (s.placements.empty()) return;
  for (std::size_t i = 0; i < s.services.size(); ++i)
    if (s.services[i].disruption_budget) check_disruption_budget(in, s, i, root);
}

}  // namespace

void check_scenario(Reading& in, const Scenario& scenario, const Node& root) {
  check_window(in, scenario, root);
  check_pools(in, scenario, root);
  check_training(in, scenario, root);
  check_order(in, scenario, root);
  check_services(in, scenario, root);
  check_disruption_budgets(in, scenario, root);
  const bool has_none = (root.find("training") == nullptr || scenario.training.empty()) &&
                        (root.find("services") == nullptr || scenario.services.empty());
  if (has_none && in.clean("/training") && in.clean("/services"))
    in.fail_path({0, 1, 1}, "", "there is no workload: neither training nor services",
                 "berth init writes a scenario to start from");
}

}  // namespace berth
