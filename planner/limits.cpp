#include "planner/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "planner/limit_words.h"
#include "planner/summarise.h"

namespace berth {
namespace {

constexpr double kUnserved = kGrowth;

// Either end is a one-sided bound.
std::optional<Interval> one_sided(const Figure& figure, double error) {
  std::vector<double> values;
  for (const auto& value : figure.values)
    if (value) values.push_back(*value);
  if (values.size() < 2) return std::nullopt;
  const auto [least, most] = std::ranges::minmax(values);
  if (least == most) return Interval{least, most};  // whatever a rounded mean makes of its variance
  const auto n = static_cast<double>(values.size());
  const double mean = mean_of(values);
  const double half =
      t_exceeded(error, static_cast<int>(n) - 1) * std::sqrt(variance_of(values) / n);
  return Interval{mean - half, mean + half};
}

// What was counted of a rare kind is at most that often, one-sided.
std::optional<double> most_interruptions(const Observations& measures, std::size_t i, double error) {
  double counted = 0, jobs = 0;
  for (const auto& one : measures) {
    if (!one) continue;
    jobs += one->training[i].jobs;
    counted += one->training[i].interruptions_per_job * one->training[i].jobs;
  }
  if (jobs == 0) return std::nullopt;
  return poisson_mean_above(std::round(counted), error) / jobs;
}

void note_miss(LimitCheck& check, double found) {
  const double by = check.at_least ? check.allowed - found : found - check.allowed;
  if (by > 0 && check.allowed != 0) check.missed_by = by / std::abs(check.allowed);
}

LimitCheck checked(std::string name, std::string workload, double allowed, bool at_least,
                   const Figure& figure, double error) {
  LimitCheck check{.name = std::move(name),
                   .workload = std::move(workload),
                   .allowed = allowed,
                   .at_least = at_least,
                   .found = figure.estimate()};
  if (!check.found) {
    check.met = true;  // nothing fell due
    return check;
  }
  const auto bounds = one_sided(figure, error);
  const double mean = check.found->mean;
  check.met =
      bounds && (at_least ? bounds->low >= allowed - 1e-12 : bounds->high <= allowed + 1e-12);
  if (bounds) check.holds_at = at_least ? bounds->low : bounds->high;
  note_miss(check, mean);
  return check;
}

// Broken when that is shown: above what is allowed, and surely above nothing.
LimitCheck checked_if_shown(std::string name, std::string workload, double allowed,
                            const Figure& figure, double error) {
  LimitCheck check = checked(std::move(name), std::move(workload), allowed, false, figure, error);
  if (check.met) return check;
  const auto bounds = one_sided(figure, error);
  check.met = check.found->mean <= allowed || (bounds && bounds->low <= 0);
  check.holds_at = check.found->mean;
  return check;
}

Figure constant_figure(double value, std::size_t n) {
  Figure figure;
  figure.values.assign(n, value);
  return figure;
}

constexpr double kPoints = 0.02;

std::optional<Rejection> miss(const char* limit, double allowed, double found, bool at_least,
                              const std::string& words, double points = kPoints) {
  const double slack = (at_least ? 2 * (1 - allowed) : 2 * allowed) + points;
  const bool out = at_least ? 1 - found > slack : found > slack;
  if (!out) return std::nullopt;
  return Rejection{.stage = "bound",
                   .reason = words,
                   .limit = limit,
                   .allowed = allowed,
                   .found = found,
                   .missed_by = allowed != 0 ? std::optional(std::abs(found - allowed) / allowed)
                                             : std::nullopt};
}

LimitCheck by_formulas(const char* name, const std::string& workload, double allowed, bool at_least,
                       double found) {
  LimitCheck check{.name = name,
                   .workload = workload,
                   .allowed = allowed,
                   .at_least = at_least,
                   .found = Estimate{found, std::nullopt, 0}};
  check.met = (at_least ? allowed - found : found - allowed) <= 1e-12;
  if (!check.met) note_miss(check, found);
  return check;
}

}  // namespace

Limits limits_of(const Scenario& scenario, const PlanRequest& request) {
  Limits limits{.cost_usd = request.limits.cost_usd_per_month,
                .portable_share = request.limits.portable_share,
                .people_hours = request.limits.people_hours_per_month};
  for (const TrainingClass& work : scenario.training) {
    limits.start_within.push_back(
        work.start_slo ? std::optional(request.limits.start_within_share.value_or(kStartWithin))
                       : std::nullopt);
    limits.deadline_missed.push_back(
        work.deadline
            ? std::optional(request.limits.deadline_missed_share.value_or(kDeadlineMissed))
            : std::nullopt);
    limits.interruptions.push_back(request.limits.interruptions_per_job);
  }
  for (const Service& service : scenario.services)
    limits.slo_share.push_back(request.limits.slo_share.value_or(service.slo_target));
  const auto stated = [](bool is) { return is ? "stated" : "derived"; };
  if (!scenario.training.empty()) {
    limits.words.push_back(fmt::format(
        "start_within_share at least {} of each class with start_within ({})",
        limit_value("start_within_share", request.limits.start_within_share.value_or(kStartWithin)),
        stated(request.limits.start_within_share.has_value())));
    limits.words.push_back(
        fmt::format("deadline_missed_share at most {} of each class with done_within ({})",
                    limit_value("deadline_missed_share",
                                request.limits.deadline_missed_share.value_or(kDeadlineMissed)),
                    stated(request.limits.deadline_missed_share.has_value())));
  }
  if (!scenario.services.empty())
    limits.words.push_back(request.limits.slo_share
                               ? fmt::format("slo_share at least {} of each service (stated)",
                                             limit_value("slo_share", *request.limits.slo_share))
                               : "slo_share at least each service's own target (derived)");
  limits.unserved = request.limits.unserved_share.value_or(kUnserved);
  limits.failed = request.limits.failed_share.value_or(kFailedJobs);
  if (!scenario.training.empty()) {
    limits.words.push_back(fmt::format(
        "unserved_share: the backlog of no class grows by more than {} of its jobs ({})",
        limit_value("unserved_share", limits.unserved),
        stated(request.limits.unserved_share.has_value())));
    limits.words.push_back(fmt::format("failed_share at most {} of each class's jobs ({})",
                                       limit_value("failed_share", limits.failed),
                                       stated(request.limits.failed_share.has_value())));
  }
  if (request.limits.interruptions_per_job)
    limits.words.push_back(fmt::format("interruptions_per_job at most {:g} (stated)",
                                       *request.limits.interruptions_per_job));
  if (limits.cost_usd)
    limits.words.push_back(fmt::format("cost at most {} (stated)",
                                       limit_value("cost_usd_per_month", *limits.cost_usd)));
  if (limits.portable_share)
    limits.words.push_back(fmt::format("portable_share at least {} (stated)",
                                       limit_value("portable_share", *limits.portable_share)));
  if (limits.people_hours)
    limits.words.push_back(
        fmt::format("people_hours_per_month at most {:g} (stated)", *limits.people_hours));
  return limits;
}

std::vector<StatedLimit> stated_limits(const Scenario& scenario, const PlanRequest& request) {
  const PlanLimits& stated = request.limits;
  const Limits limits = limits_of(scenario, request);
  std::vector<StatedLimit> list;
  const auto whole = [&](const char* name, const std::optional<double>& allowed, bool at_least) {
    if (allowed) list.push_back({name, "", *allowed, at_least});
  };
  // Once for all, or by the workloads' own goals.
  const auto by_class = [&](const char* name, const std::optional<double>& for_all,
                            const std::vector<std::optional<double>>& each, bool at_least) {
    const bool any = std::ranges::any_of(each, [](const auto& one) { return one.has_value(); });
    if (any) whole(name, for_all, at_least);
    for (std::size_t i = 0; !for_all && i < each.size(); ++i)
      if (each[i]) list.push_back({name, scenario.training[i].name, *each[i], at_least});
  };
  by_class("start_within_share", stated.start_within_share, limits.start_within, true);
  by_class("deadline_missed_share", stated.deadline_missed_share, limits.deadline_missed, false);
  by_class("interruptions_per_job", stated.interruptions_per_job, limits.interruptions, false);
  if (!scenario.services.empty()) whole("slo_share", stated.slo_share, true);
  for (std::size_t i = 0; !stated.slo_share && i < scenario.services.size(); ++i)
    list.push_back({"slo_share", scenario.services[i].name, limits.slo_share[i], true});
  if (!scenario.training.empty()) {
    whole("unserved_share", limits.unserved, false);
    whole("failed_share", limits.failed, false);
  }
  whole("cost_usd_per_month", limits.cost_usd, false);
  whole("portable_share", limits.portable_share, true);
  whole("people_hours_per_month", limits.people_hours, false);
  return list;
}

void move_limit(Limits& limits, const Scenario& scenario, const StatedLimit& limit,
                std::optional<double> to) {
  const auto is = [&](const char* name) { return limit.name == name; };
  const auto of = [&](const std::string& workload) {
    return limit.workload.empty() || limit.workload == workload;
  };
  for (std::size_t i = 0; i < scenario.training.size(); ++i) {
    if (!of(scenario.training[i].name)) continue;
    const auto move = [&](const char* name, std::optional<double>& one) {
      if (is(name) && one) one = to;
    };
    move("start_within_share", limits.start_within[i]);
    move("deadline_missed_share", limits.deadline_missed[i]);
    move("interruptions_per_job", limits.interruptions[i]);
  }
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    if (is("slo_share") && of(scenario.services[i].name)) limits.slo_share[i] = to.value_or(0);
  constexpr double kAny = std::numeric_limits<double>::infinity();
  if (is("unserved_share")) limits.unserved = to.value_or(kAny);
  if (is("failed_share")) limits.failed = to.value_or(kAny);
  if (is("cost_usd_per_month")) limits.cost_usd = to;
  if (is("portable_share")) limits.portable_share = to;
  if (is("people_hours_per_month")) limits.people_hours = to;
}

std::optional<Rejection> hopeless(const Limits& limits, std::size_t i,
                                  const TrainingForecast& forecast) {
  if (limits.start_within[i] && forecast.start_within_share)
    if (auto found =
            miss("start_within_share", *limits.start_within[i], *forecast.start_within_share, true,
                 fmt::format("{} of its jobs would start in time, by formulas (p95 {:.0f} s)",
                             limit_values("start_within_share", *forecast.start_within_share,
                                          *limits.start_within[i])
                                 .found,
                             forecast.start_p95_s)))
      return found;
  if (limits.deadline_missed[i] && forecast.deadline_missed_share)
    if (auto found =
            miss("deadline_missed_share", *limits.deadline_missed[i],
                 *forecast.deadline_missed_share, false,
                 fmt::format("{} of its jobs would be late, by formulas",
                             limit_values("deadline_missed_share", *forecast.deadline_missed_share,
                                          *limits.deadline_missed[i])
                                 .found)))
      return found;
  if (limits.interruptions[i])
    return miss(
        "interruptions_per_job", *limits.interruptions[i], forecast.interruptions_per_job, false,
        fmt::format("{:.2g} interruptions a job, by formulas", forecast.interruptions_per_job), 0);
  return std::nullopt;
}

std::optional<Rejection> hopeless_service(const Limits& limits, std::size_t i,
                                          const ServiceForecast& forecast) {
  return miss("slo_share", limits.slo_share[i], forecast.slo_share, true,
              fmt::format("{} of its requests would be good, by formulas (p99 {:.1f} ms)",
                          limit_values("slo_share", forecast.slo_share, limits.slo_share[i]).found,
                          1000 * forecast.p99_s));
}

std::vector<LimitCheck> broken_by(const Limits& limits, std::size_t i, const std::string& name,
                                  const TrainingForecast& forecast) {
  std::vector<LimitCheck> list;
  if (limits.start_within[i] && forecast.start_within_share)
    list.push_back(by_formulas("start_within_share", name, *limits.start_within[i], true,
                               *forecast.start_within_share));
  if (limits.deadline_missed[i] && forecast.deadline_missed_share)
    list.push_back(by_formulas("deadline_missed_share", name, *limits.deadline_missed[i], false,
                               *forecast.deadline_missed_share));
  if (limits.interruptions[i])
    list.push_back(by_formulas("interruptions_per_job", name, *limits.interruptions[i], false,
                               forecast.interruptions_per_job));
  std::erase_if(list, [](const LimitCheck& check) { return check.met; });
  return list;
}

std::vector<LimitCheck> broken_by(const Limits& limits, std::size_t i, const std::string& name,
                                  const ServiceForecast& forecast) {
  std::vector<LimitCheck> list{
      by_formulas("slo_share", name, limits.slo_share[i], true, forecast.slo_share)};
  std::erase_if(list, [](const LimitCheck& check) { return check.met; });
  return list;
}

std::vector<LimitCheck> check_limits(const Scenario& scenario, const Limits& limits,
                                     const PlanCandidate& candidate, const Observations& measures,
                                     const LimitErrors& errors) {
  std::vector<LimitCheck> list;
  const auto maybe = [&](auto read) {
    Figure figure;
    for (const auto& one : measures)
      figure.values.push_back(one ? std::optional<double>(read(*one)) : std::nullopt);
    return figure;
  };
  const auto read_class = [&](std::size_t i, auto member) {
    Figure figure;
    for (const auto& one : measures)
      figure.values.push_back(one ? one->training[i].*member : std::nullopt);
    return figure;
  };
  for (std::size_t i = 0; i < scenario.training.size(); ++i) {
    const std::string& name = scenario.training[i].name;
    if (limits.start_within[i])
      list.push_back(checked("start_within_share", name, *limits.start_within[i], true,
                             read_class(i, &ClassMeasure::start_within), errors.met));
    if (limits.deadline_missed[i])
      list.push_back(checked("deadline_missed_share", name, *limits.deadline_missed[i], false,
                             read_class(i, &ClassMeasure::deadline_missed), errors.met));
    list.push_back(checked_if_shown("unserved_share", name, limits.unserved,
                                    read_class(i, &ClassMeasure::backlog_growth), errors.shown));
    list.push_back(checked_if_shown("failed_share", name, limits.failed,
                                    read_class(i, &ClassMeasure::failed_share), errors.shown));
    if (limits.interruptions[i]) {
      LimitCheck check =
          checked("interruptions_per_job", name, *limits.interruptions[i], false,
                  maybe([i](const Observation& m) { return m.training[i].interruptions_per_job; }),
                  errors.met);
      const auto& homes = candidate.placement.training;
      const bool on_spot = i < homes.size() && homes[i].offering == Offering::spot;
      if (const auto most = most_interruptions(measures, i, errors.met); on_spot && most)
        check.met &= *most <= *limits.interruptions[i],
            check.holds_at = std::max(check.holds_at.value_or(0), *most);
      list.push_back(std::move(check));
    }
  }
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    Figure figure;
    for (const auto& one : measures)
      figure.values.push_back(one ? one->services[i].slo_share : std::nullopt);
    list.push_back(checked("slo_share", scenario.services[i].name, limits.slo_share[i], true,
                           figure, errors.met));
  }
  const std::size_t n = measures.size();
  if (limits.cost_usd)
    list.push_back(checked("cost_usd_per_month", "", *limits.cost_usd, false,
                           maybe([](const Observation& m) { return m.usd; }), errors.met));
  if (limits.portable_share)
    list.push_back(checked("portable_share", "", *limits.portable_share, true,
                           constant_figure(candidate.portable_share, n), errors.met));
  if (limits.people_hours)
    list.push_back(checked("people_hours_per_month", "", *limits.people_hours, false,
                           constant_figure(candidate.people_hours, n), errors.met));
  return list;
}

double miss(const LimitCheck& check) {
  if (!check.found) return 0;
  const double by =
      check.at_least ? check.allowed - check.found->mean : check.found->mean - check.allowed;
  return std::max(0.0, check.allowed != 0 ? by / std::abs(check.allowed) : by);
}

bool belongs_to(const LimitCheck& check, const StatedLimit& limit) {
  return check.name == limit.name && (limit.workload.empty() || check.workload == limit.workload);
}

bool probably_broken(const LimitCheck& check) {
  if (!check.found || !check.found->interval || check.found->n < 2) return false;
  const double error = check.found->interval->half_width() / t_quantile(0.975, check.found->n - 1);
  const double by =
      check.at_least ? check.allowed - check.found->mean : check.found->mean - check.allowed;
  return by > 0 && by > 2 * error;
}

bool clearly_broken(const LimitCheck& check) {
  if (!check.found || !check.found->interval) return false;
  const Interval& found = *check.found->interval;
  return check.at_least ? found.high < check.allowed : found.low > check.allowed;
}

}  // namespace berth
