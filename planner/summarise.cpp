#include "planner/summarise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "planner/outcomes.h"
#include "planner/series.h"
#include "planner/summarise_cost.h"

namespace berth {
namespace {

std::string text_of(PullMode mode) {
  switch (mode) {
    case PullMode::full: return "full";
    case PullMode::soci_lazy: return "soci_lazy";
    case PullMode::soci_parallel: return "soci_parallel";
    case PullMode::preloaded: return "preloaded";
  }
  return "";
}

std::string text_of(Offering offering) {
  return offering == Offering::spot ? "spot" : "on_demand";
}

std::string type_names(const Scenario& scenario, const NodePool& pool) {
  std::string names;
  for (const TypeId type : pool.types)
    names += (names.empty() ? "" : ", ") + scenario.catalogue.types[type.index()].name;
  return names;
}

// SageMaker sells the same shapes under "ml." names.
HomeSummary home_at(const Scenario& scenario, PlatformId platform, std::optional<PoolId> pool,
                    TypeId type) {
  const Platform& where = scenario.platforms[platform.index()];
  HomeSummary home{.platform = name_of(where),
                   .instance_type = scenario.catalogue.types[type.index()].name};
  if (const auto* cluster = std::get_if<Cluster>(&where)) {
    if (pool) {
      home.pool = cluster->pools[pool->index()].name;
      home.instance_type = type_names(scenario, cluster->pools[pool->index()]);
    }
  } else {
    home.instance_type = "ml." + home.instance_type;
  }
  return home;
}

// `histogram_of(outcome)` is a Histogram; an empty one has no quantiles.
template <class HistogramOf>
Quantiles quantiles(const Outcomes& outcomes, HistogramOf histogram_of) {
  const auto at = [&](double p) {
    return outcomes.each([&](const Outcome& outcome) -> std::optional<double> {
      const auto& histogram = histogram_of(outcome);
      if (histogram.count() == 0) return std::nullopt;
      return histogram.quantile(p);
    });
  };
  const Figure mean = outcomes.each([&](const Outcome& outcome) -> std::optional<double> {
    const auto& histogram = histogram_of(outcome);
    if (histogram.count() == 0) return std::nullopt;
    return histogram.mean();
  });
  return {.mean = mean, .p50 = at(0.5), .p95 = at(0.95), .p99 = at(0.99)};
}

// `list_of(outcome)` is one number a slice.
template <class ListOf>
Slices slices_of(const Outcomes& outcomes, ListOf list_of) {
  Slices slices;
  for (const auto& outcome : outcomes.by_replication)
    if (outcome) slices.push_back(list_of(*outcome));
  return slices;
}

std::size_t slice_count(const Scenario& scenario) {
  return static_cast<std::size_t>(std::ceil(scenario.horizon / scenario.slice - 1e-9));
}

std::size_t step_of(const Scenario& scenario) { return slices_a_step(slice_count(scenario)); }

ServiceSeries service_series(const Outcomes& outcomes, std::size_t service, std::size_t step) {
  const auto each = [&](auto read) {
    return slices_of(outcomes, [&](const Outcome& outcome) {
      std::vector<double> list;
      for (const ServiceSlice& slice : outcome.services[service].slices)
        list.push_back(read(slice));
      return list;
    });
  };
  return {
      .requests_per_s =
          mean_over_steps(each([](const ServiceSlice& s) { return s.request_rate; }), step),
      .ready = mean_over_steps(each([](const ServiceSlice& s) { return s.ready; }), step),
      .desired = mean_over_steps(each([](const ServiceSlice& s) { return s.desired; }), step),
      .utilisation =
          mean_over_steps(each([](const ServiceSlice& s) { return s.utilisation; }), step),
      .latency_p99_s = worst_of_steps(each([](const ServiceSlice& s) { return s.p99_s; }), step),
      .overloaded = mean_over_steps(
          each([](const ServiceSlice& s) { return s.overloaded ? 1.0 : 0.0; }), step)};
}

// The whole distribution in few points: close together where people ask, at the tails.
std::vector<CdfPoint> start_distribution(const Outcomes& outcomes, std::size_t training) {
  Histogram all;
  for (const auto& outcome : outcomes.by_replication)
    if (outcome) all.merge(outcome->training[training].start_latency);
  std::vector<CdfPoint> points;
  if (all.count() == 0) return points;
  for (const double p :
       {0.01, 0.02, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3,  0.35, 0.4,  0.45,  0.5,  0.55,
        0.6,  0.65, 0.7,  0.75, 0.8,  0.85, 0.9,  0.95, 0.98, 0.99, 0.995, 0.999})
    points.push_back({.value = all.quantile(p), .probability = p});
  return points;
}

struct StartCosts {
  std::array<Figure, kPhaseCount> per_start;
  Figure per_month;
};

// `of(outcome)`: something with `started` and `phase_cost`.
template <class StartsOf>
StartCosts start_costs(const Outcomes& outcomes, Seconds horizon, StartsOf of) {
  StartCosts costs;
  for (std::size_t i = 0; i < kPhaseCount; ++i)
    costs.per_start[i] = outcomes.each([&](const Outcome& o) -> std::optional<double> {
      if (of(o).started == 0) return std::nullopt;
      return of(o).phase_cost[i].dollars() / static_cast<double>(of(o).started);
    });
  costs.per_month = outcomes.each([&](const Outcome& o) {
    Usd sum;
    for (const Usd cost : of(o).phase_cost) sum += cost;
    return sum.dollars() * (kMonth / horizon);
  });
  return costs;
}

PodStartSummary summarise_pod_starts(const Scenario& scenario, const Outcomes& outcomes,
                                     std::size_t index) {
  const auto of = [index](const Outcome& o) -> const PodStarts& { return o.services[index].starts; };
  PodStartSummary s;
  s.per_day = outcomes.each([&](const Outcome& o) {
    return static_cast<double>(of(o).started) / (scenario.horizon / kDay);
  });
  s.container_started_s =
      quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).container_started; });
  s.ready_s = quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).ready; });
  for (std::size_t i = 0; i < kPhaseCount; ++i)
    s.phases_s[i] = quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).phases[i]; });
  const StartCosts costs = start_costs(outcomes, scenario.horizon, of);
  s.phases_usd_per_start = costs.per_start;
  s.usd_per_month = costs.per_month;
  return s;
}

// See the header. With one replication there is no interval: then any growth of that size counts.
bool grows(const TrainingSummary& training, double horizon_days) {
  const auto growth = difference(training.backlog_at_begin, training.backlog_at_end);
  if (!growth) return false;
  const double submitted = mean_or_zero(training.submitted_per_day) * horizon_days;
  const double surely = growth->interval ? growth->interval->low : growth->mean;
  return surely > 0 && growth->mean >= kGrowth * submitted;
}

TrainingSummary summarise_training(const Scenario& scenario, const Placement& placement,
                                   const Outcomes& outcomes, std::size_t index) {
  const TrainingClass& training = scenario.training[index];
  const double days = scenario.horizon / kDay;
  const auto of = [index](const Outcome& o) -> const TrainingOutcome& { return o.training[index]; };
  const auto count = [&](std::int64_t TrainingOutcome::*field) {
    return outcomes.each([&](const Outcome& o) { return static_cast<double>(of(o).*field); });
  };
  const auto per_day = [&](std::int64_t TrainingOutcome::*field) {
    return outcomes.each([&](const Outcome& o) { return static_cast<double>(of(o).*field) / days; });
  };
  const auto share_of = [&](std::int64_t TrainingOutcome::*part,
                            std::int64_t TrainingOutcome::*whole) {
    return outcomes.each([&](const Outcome& o) {
      return share(static_cast<double>(of(o).*part), static_cast<double>(of(o).*whole));
    });
  };

  TrainingSummary s{.name = training.name,
                    .team = training.team,
                    .home = home_summary(scenario, training, placement.training[index])};
  s.submitted_per_day = per_day(&TrainingOutcome::submitted);
  s.started_per_day = per_day(&TrainingOutcome::started);
  s.completed_per_day = per_day(&TrainingOutcome::completed);
  s.failed_per_day = per_day(&TrainingOutcome::failed);
  s.waiting_at_end = count(&TrainingOutcome::waiting_at_end);
  s.running_at_end = count(&TrainingOutcome::running_at_end);
  s.interruptions_per_day = per_day(&TrainingOutcome::interruptions);
  s.capacity_errors_per_day = per_day(&TrainingOutcome::capacity_errors);
  s.warm_start_share = share_of(&TrainingOutcome::warm_starts, &TrainingOutcome::started);
  s.start_latency_s = quantiles(outcomes, [&](const Outcome& o) -> auto& {
    return of(o).start_latency;
  });
  for (const Phase phase : kPhases) {
    const auto i = static_cast<std::size_t>(phase);
    s.phases_s[i] = quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).phases[i]; });
  }
  s.container_started_s =
      quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).container_started; });
  const StartCosts costs = start_costs(outcomes, scenario.horizon, of);
  s.phases_usd_per_start = costs.per_start;
  s.start_usd_per_month = costs.per_month;
  s.turnaround_s = quantiles(outcomes, [&](const Outcome& o) -> auto& { return of(o).turnaround; });
  if (std::holds_alternative<After>(training.schedule))
    s.chain = {.skipped_per_day = per_day(&TrainingOutcome::skipped),
               .turnaround_s = quantiles(
                   outcomes, [&](const Outcome& o) -> auto& { return of(o).chain_turnaround; })};
  if (training.start_slo) {
    s.start_slo_s = training.start_slo->count();
    s.start_slo_share = share_of(&TrainingOutcome::slo_met, &TrainingOutcome::slo_due);
  }
  if (training.deadline) {
    s.deadline_s = training.deadline->count();
    s.deadline_missed_share =
        share_of(&TrainingOutcome::deadline_missed, &TrainingOutcome::deadline_due);
  }
  s.backlog_at_begin = count(&TrainingOutcome::backlog_at_begin);
  s.backlog_at_end = count(&TrainingOutcome::backlog_at_end);
  s.backlog_grows = grows(s, days);
  s.waiting = mean_over_steps(
      slices_of(outcomes, [&](const Outcome& o) { return of(o).waiting; }), step_of(scenario));
  s.start_distribution = start_distribution(outcomes, index);
  return s;
}

// Overloaded in any replication, joined.
std::vector<Overload> overloads(const Outcomes& outcomes, std::size_t service) {
  std::vector<Overload> all, joined;
  for (const auto& outcome : outcomes.by_replication)
    if (outcome)
      for (const OverloadSpan& span : outcome->services[service].overloads)
        all.push_back({span.from.count(), span.to.count(), span.queue_gone.count()});
  std::ranges::sort(all, {}, [](const Overload& s) { return std::pair(s.from_s, s.to_s); });
  for (const Overload& span : all) {
    if (joined.empty() || joined.back().to_s < span.from_s) {
      joined.push_back(span);
      continue;
    }
    Overload& last = joined.back();
    last.to_s = std::max(last.to_s, span.to_s);
    last.queue_gone_s = std::max(last.queue_gone_s, span.queue_gone_s);
  }
  return joined;
}

double most_ready(const ServiceOutcome& service) {
  double most = 0;
  for (const ServiceSlice& slice : service.slices) most = std::max(most, slice.ready);
  return most;
}

std::string fidelity(const Outcomes& outcomes, std::size_t index) {
  for (const auto& outcome : outcomes.by_replication)
    if (outcome) return outcome->services[index].fidelity;
  return "";
}

ServiceSummary summarise_service(const Scenario& scenario, const Placement& placement,
                                 const Outcomes& outcomes, std::size_t index) {
  const Service& service = scenario.services[index];
  const double window_s = scenario.horizon.count();
  const auto each = [&](auto read) {
    return outcomes.each([&](const Outcome& o) { return read(o.services[index]); });
  };
  const auto latency = [&](auto read) {
    return each([&](const ServiceOutcome& o) -> std::optional<double> {
      if (o.latency.count() <= 0) return std::nullopt;
      return read(o.latency);
    });
  };
  const auto latency_at = [&](double p) {
    return latency([p](const auto& histogram) { return histogram.quantile(p); });
  };

  const auto looked_at = [&](Look look) {
    return each([&](const ServiceOutcome& o) {
      return o.looked_at[static_cast<std::size_t>(look)].count() / window_s;
    });
  };

  ServiceSummary s{.name = service.name,
                   .team = service.team,
                   .fidelity = fidelity(outcomes, index),
                   .home = home_summary(scenario, placement.services[index])};
  s.requests_per_s = each([&](const ServiceOutcome& o) { return o.requests / window_s; });
  s.latency_mean_s = latency([](const auto& histogram) { return histogram.mean(); });
  s.latency_p50_s = latency_at(0.5);
  s.latency_p95_s = latency_at(0.95);
  s.latency_p99_s = latency_at(0.99);
  s.latency_p999_s = latency_at(0.999);
  s.slo_latency_s = service.slo_latency.count();
  s.slo_target = service.slo_target;
  s.slo_share = each([](const ServiceOutcome& o) { return share(o.good, o.requests); });
  s.utilisation =
      each([](const ServiceOutcome& o) { return share(o.busy_slot_seconds, o.slot_seconds); });
  s.overloaded_s = each([](const ServiceOutcome& o) { return o.overloaded.count(); });
  // By slices in which at least half a replica is missing.
  const auto of_short = [&](auto value) {
    return each([value](const ServiceOutcome& o) {
      double sum = 0, slices = 0;
      for (const ServiceSlice& slice : o.slices)
        if (slice.desired - slice.ready >= 0.5) sum += value(slice), ++slices;
      return share(sum, slices);
    });
  };
  s.missing = of_short([](const ServiceSlice& slice) { return slice.desired - slice.ready; });
  s.asked_for = of_short([](const ServiceSlice& slice) { return slice.desired; });
  s.short_share = each([](const ServiceOutcome& o) {
    const auto n = std::ranges::count_if(
        o.slices, [](const ServiceSlice& slice) { return slice.desired - slice.ready >= 0.5; });
    return share(double(n), double(o.slices.size()));
  });
  s.waiting_at_begin = each([](const ServiceOutcome& o) { return o.waiting_at_begin; });
  s.waiting_at_end = each([](const ServiceOutcome& o) { return o.waiting_at_end; });
  s.rejected_share = each([](const ServiceOutcome& o) { return share(o.rejected, o.requests); });
  s.timed_out_share = each([](const ServiceOutcome& o) { return share(o.timed_out, o.requests); });
  s.cut_off_share = each([](const ServiceOutcome& o) { return share(o.cut_off, o.requests); });
  s.cold_start_share = each([](const ServiceOutcome& o) { return share(o.cold_starts, o.requests); });
  s.whole_share = looked_at(Look::whole);
  s.window_share = looked_at(Look::window);
  s.formula_share = looked_at(Look::formula);
  s.error_share = each([](const ServiceOutcome& o) { return o.error; });
  s.doubtful_s = each([](const ServiceOutcome& o) { return o.doubtful.count(); });
  s.overloads = overloads(outcomes, index);
  s.replicas_mean =
      each([&](const ServiceOutcome& o) { return o.replica_time.count() / window_s; });
  s.replicas_peak_slice = each(most_ready);
  s.series = service_series(outcomes, index, step_of(scenario));
  s.pod_starts = summarise_pod_starts(scenario, outcomes, index);
  return s;
}

using PoolKey = std::pair<PlatformId, PoolId>;

const PoolOutcome* find_pool(const Outcome& outcome, const PoolKey& key) {
  for (const PoolOutcome& pool : outcome.pools)
    if (PoolKey{pool.platform, pool.pool} == key) return &pool;
  return nullptr;
}

PoolSummary summarise_pool(const Scenario& scenario, const Outcomes& outcomes, const PoolKey& key) {
  const double days = scenario.horizon / kDay;
  // A pool a replication did not use had no nodes there: a zero, not a silence.
  const auto each = [&](auto read) {
    return outcomes.each([&](const Outcome& outcome) {
      const PoolOutcome* pool = find_pool(outcome, key);
      return pool == nullptr ? 0.0 : read(*pool);
    });
  };
  const auto per_day = [&](std::int64_t PoolOutcome::*field) {
    return each([&](const PoolOutcome& pool) { return static_cast<double>(pool.*field) / days; });
  };
  const auto nodes_of = [&](const Outcome& outcome) {
    const PoolOutcome* pool = find_pool(outcome, key);
    return pool == nullptr ? std::vector<double>(slice_count(scenario), 0) : pool->nodes;
  };
  const auto reclaims_of = [&](const Outcome& outcome) {
    const PoolOutcome* pool = find_pool(outcome, key);
    return pool == nullptr ? std::vector<double>(slice_count(scenario), 0)
                           : std::vector<double>(pool->reclaims.begin(), pool->reclaims.end());
  };
  const auto& cluster = std::get<Cluster>(scenario.platforms[key.first.index()]);
  const NodePool& pool = cluster.pools[key.second.index()];
  return {.platform = cluster.name,
          .pool = pool.name,
          .instance_type = type_names(scenario, pool),
          .nodes_mean = each([&](const PoolOutcome& p) { return p.node_time / scenario.horizon; }),
          .nodes_peak_slice = each([](const PoolOutcome& p) {
            return p.nodes.empty() ? 0.0 : *std::ranges::max_element(p.nodes);
          }),
          .launched_per_day = per_day(&PoolOutcome::launched),
          .removed_per_day = per_day(&PoolOutcome::removed),
          .reclaimed_per_day = per_day(&PoolOutcome::reclaimed),
          .launches_failed_per_day = per_day(&PoolOutcome::launches_failed),
          .unregistered_per_day = per_day(&PoolOutcome::unregistered),
          .nodes = mean_over_steps(slices_of(outcomes, nodes_of), step_of(scenario)),
          .reclaims = sum_over_steps(slices_of(outcomes, reclaims_of), step_of(scenario))};
}

std::vector<PoolSummary> summarise_pools(const Scenario& scenario, const Outcomes& outcomes) {
  std::set<PoolKey> keys;
  for (const auto& outcome : outcomes.by_replication)
    if (outcome)
      for (const PoolOutcome& pool : outcome->pools) keys.insert({pool.platform, pool.pool});
  std::vector<PoolSummary> pools;
  pools.reserve(keys.size());
  for (const PoolKey& key : keys) pools.push_back(summarise_pool(scenario, outcomes, key));
  return pools;
}

std::string clock_of(double seconds) {
  const auto minutes = static_cast<long>(seconds / 60);
  return fmt::format("{}{:02}:{:02}", minutes < 1440 ? "" : fmt::format("day {} ", minutes / 1440 + 1),
                     minutes / 60 % 24, minutes % 60);
}

void flag_training(const TrainingSummary& t, std::vector<std::string>& flags) {
  if (t.backlog_grows)
    flags.push_back(fmt::format(
        "demand is never met: the backlog of {} grew from {:.0f} to {:.0f} jobs; its latencies are "
        "lower bounds",
        t.name, mean_or_zero(t.backlog_at_begin), mean_or_zero(t.backlog_at_end)));
  if (t.submitted_per_day.any_above(0) && !t.started_per_day.any_above(0))
    flags.push_back(fmt::format("no job of {} started in the window", t.name));
  if (t.failed_per_day.any_above(0))
    flags.push_back(fmt::format("{:.3g} jobs of {} a day used up every attempt and failed",
                                mean_or_zero(t.failed_per_day), t.name));
  if (t.chain && t.chain->skipped_per_day.any_above(0))
    flags.push_back(fmt::format("{:.3g} jobs of {} a day were never submitted: jobs they come after "
                                "have failed",
                                mean_or_zero(t.chain->skipped_per_day), t.name));
}

// Of the window a service may lack a replica for so long while it follows its load.
constexpr double kMostlyShort = 0.5;
constexpr double kWorthALine = 0.001;  // of the requests, or of the window

void flag_lost_requests(const ServiceSummary& s, std::vector<std::string>& flags) {
  const double rejected = mean_or_zero(s.rejected_share), late = mean_or_zero(s.timed_out_share);
  if (rejected + late < kWorthALine) return;
  std::string why;
  if (rejected > 0) why = fmt::format("{:.3g} % find no pod or no room in its queue", 100 * rejected);
  if (late > 0)
    why += fmt::format("{}{:.3g} % wait longer than their timeout", why.empty() ? "" : ", ", 100 * late);
  flags.push_back(
      fmt::format("{:.3g} % of the requests of {} are lost: {}", 100 * (rejected + late), s.name, why));
}

std::string length_of(double seconds) {
  return seconds < 120 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.0f} min", seconds / 60);
}

void flag_service(const ServiceSummary& s, double window_s, std::vector<std::string>& flags) {
  flag_lost_requests(s, flags);
  if (mean_or_zero(s.short_share) > kMostlyShort)
    flags.push_back(fmt::format("{:.3g} of the {:.3g} replicas that are asked for of {} are not ready, on average of the "
                                "{:.0f} % of the window in which some are missing: no room, or none yet",
                                mean_or_zero(s.missing), mean_or_zero(s.asked_for), s.name,
                                100 * mean_or_zero(s.short_share)));
  if (mean_or_zero(s.doubtful_s) >= kWorthALine * window_s)
    flags.push_back(fmt::format(
        "for {} of the window {} is outside the range in which its latency model is known to be right",
        length_of(mean_or_zero(s.doubtful_s)), s.name));
  const double requests = mean_or_zero(s.requests_per_s) * window_s;
  if (const double before = mean_or_zero(s.waiting_at_begin); before > kWorthALine * requests)
    flags.push_back(fmt::format("{:.0f} requests of {} wait when measuring begins, and those after them wait for "
                                "them: a longer warm_up leaves them out",
                                before, s.name));
  if (s.overloads.empty()) return;
  const Overload first = s.overloads.front();
  constexpr double kMinute = 60;  // what clocks tell here
  const std::string queue = first.queue_gone_s - first.to_s < kMinute ? ""
                            : std::isfinite(first.queue_gone_s)
                                ? ", its queue gone at " + clock_of(first.queue_gone_s)
                                : ", its queue not gone when the window ends";
  const std::string rest =
      s.overloads.size() == 1 ? "" : fmt::format(" and {} times more", s.overloads.size() - 1);
  const double waiting = mean_or_zero(s.waiting_at_end);
  std::string at_end;
  if (waiting > kWorthALine * requests) {
    at_end = fmt::format("; {:.0f} requests wait at its end", waiting);
    // By formula their latencies are those of the water before them.
    if (mean_or_zero(s.formula_share) < kWorthALine) at_end += ": its latencies are lower bounds";
  }
  flags.push_back(fmt::format(
      "{} is overloaded for {} of the window, first {} to {}{}{}{}", s.name,
      length_of(mean_or_zero(s.overloaded_s)), clock_of(first.from_s), clock_of(first.to_s), queue, rest,
      at_end));
}

void flag_pool(const PoolSummary& p, std::vector<std::string>& flags) {
  if (p.launches_failed_per_day.any_above(0))
    flags.push_back(fmt::format("launches of nodes for {}/{} that fail, as EC2 has none then: {:.3g} a day",
                                p.platform, p.pool, mean_or_zero(p.launches_failed_per_day)));
  if (p.unregistered_per_day.any_above(0))
    flags.push_back(fmt::format("nodes of {}/{} that do not register in time and are given back: {:.3g} a day",
                                p.platform, p.pool, mean_or_zero(p.unregistered_per_day)));
}

std::vector<std::string> flags_of(const Summary& summary, std::size_t asked, double window_s) {
  std::vector<std::string> flags;
  if (summary.replications < asked)
    flags.push_back(fmt::format("{} of {} replications failed and are not in the numbers",
                                asked - summary.replications, asked));
  for (const TrainingSummary& training : summary.training) flag_training(training, flags);
  for (const ServiceSummary& service : summary.services) flag_service(service, window_s, flags);
  for (const PoolSummary& pool : summary.pools) flag_pool(pool, flags);
  return flags;
}

}  // namespace

HomeSummary home_summary(const Scenario& scenario, const TrainingClass& work,
                         const TrainingHome& at) {
  HomeSummary home = home_at(scenario, at.platform, at.pool, at.type);
  home.offering = text_of(at.offering);
  const auto* sagemaker = std::get_if<SageMaker>(&scenario.platforms[at.platform.index()]);
  home.pull = text_of(sagemaker == nullptr ? at.pull : honoured_pull(*sagemaker, work, at.pull));
  home.keep_alive = at.keep_alive;
  return home;
}

// A Service has no offering of its own: its pool has one, and endpoints are on demand. What an
// endpoint pulls is part of its creation time.
HomeSummary home_summary(const Scenario& scenario, const ServiceHome& at) {
  HomeSummary home = home_at(scenario, at.platform, at.pool, at.type);
  const auto* cluster = std::get_if<Cluster>(&scenario.platforms[at.platform.index()]);
  home.offering = text_of(cluster != nullptr && at.pool ? cluster->pools[at.pool->index()].offering
                                                        : Offering::on_demand);
  if (cluster != nullptr) home.pull = text_of(at.pull);
  if (at.endpoint) home.endpoint = name_of(*at.endpoint);
  if (at.is_serverless())
    home.instance_type =
        fmt::format("serverless {} GB", std::get<ServerlessEndpoint>(*at.endpoint).memory_gb);
  return home;
}

Summary summarise(const Scenario& scenario, const Placement& placement,
                  std::span<const std::optional<Outcome>> by_replication) {
  const Outcomes outcomes{by_replication};
  Summary summary{.placement = placement.name, .description = placement.description};
  summary.replications = static_cast<std::size_t>(
      std::ranges::count_if(by_replication, [](const auto& o) { return o.has_value(); }));
  summary.series_step_s = scenario.slice.count() * static_cast<double>(step_of(scenario));
  summary.cost = summarise_cost(scenario, placement, outcomes);
  for (std::size_t i = 0; i < scenario.training.size(); ++i)
    summary.training.push_back(summarise_training(scenario, placement, outcomes, i));
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    summary.services.push_back(summarise_service(scenario, placement, outcomes, i));
  summary.pools = summarise_pools(scenario, outcomes);
  summary.events = outcomes.each([](const Outcome& o) { return static_cast<double>(o.events); });
  summary.flags = flags_of(summary, by_replication.size(), scenario.horizon.count());
  return summary;
}

}  // namespace berth
