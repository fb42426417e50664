#include "tools/import_sagemaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "tools/overlay_text.h"

namespace berth {
namespace {

constexpr std::array kClasses{Accelerator::none, Accelerator::gpu};
std::string_view key_of(Accelerator a) { return a == Accelerator::gpu ? "gpu" : "cpu"; }
std::string_view word_of(Accelerator a) { return a == Accelerator::gpu ? "GPU" : "CPU"; }

using Jobs = std::vector<LoggedJob>;
using Sample = std::vector<Observation>;

void observe(Sample& sample, std::optional<double> seconds, bool at_least = false) {
  if (seconds) sample.push_back({std::max(0.0, *seconds), at_least});
}

Sample launches(const Jobs& jobs, const std::function<bool(const LoggedJob&)>& chosen) {
  Sample sample;
  for (const LoggedJob& job : jobs) {
    if (!chosen(job)) continue;
    observe(sample, job.launch_s);
    observe(sample, job.waited_s, true);
  }
  return sample;
}

Sample steps(const Jobs& jobs, std::optional<double> LoggedJob::* step,
             Accelerator accelerator) {
  Sample sample;
  for (const LoggedJob& job : jobs)
    if (job.accelerator == accelerator) observe(sample, job.*step);
  return sample;
}

// Lognormal laws begin above 0, and 0 is what a clock of whole seconds shows for less than one.
StartupFit try_fit(std::string what, Sample sample) {
  StartupFit result{std::move(what)};
  result.instant = std::erase_if(sample, [](const Observation& one) { return one.seconds <= 0; });
  for (const Observation& one : sample)
    ++(one.at_least ? result.lower_bounds : result.observations);
  if (result.observations < kLeastObservations) return result;
  result.fit = fit_duration(sample);
  result.distance = distance(result.fit->law(), sample);
  return result;
}

double sample_quantile(const Sample& sample, double p) {
  std::vector<double> whole;
  for (const Observation& one : sample)
    if (!one.at_least) whole.push_back(one.seconds);
  return whole.empty() ? 0 : quantile(empirical(std::move(whole)), p);
}

// One class's launches, and what they say about capacity.
struct LaunchFits {
  StartupFit launch;
  std::optional<double> capacity_error;  // chance; absent when the launch could not be fitted
  std::optional<StartupFit> retry;       // only with a chance above 0
  std::size_t capacity_waits = 0;        // jobs that met a lack of capacity
};

// Waits for capacity are told apart from launches when there are enough of them for a law of their
// own; else they stay in the launch, whose second component then stands for them.
LaunchFits fit_launches(const Jobs& jobs, Accelerator accelerator) {
  const auto of_class = [&](const LoggedJob& job) {
    return !job.warm && job.instances == 1 && job.accelerator == accelerator;
  };
  const std::string what = fmt::format("launch on {} instances", word_of(accelerator));
  const Sample all = launches(jobs, of_class);
  const Sample waited = launches(
      jobs, [&](const LoggedJob& job) { return of_class(job) && job.capacity_wait; });
  LaunchFits fits{try_fit(what, all)};
  fits.capacity_waits = waited.size();
  if (!fits.launch.fit) return fits;
  fits.capacity_error = 0;

  const Sample direct = launches(
      jobs, [&](const LoggedJob& job) { return of_class(job) && !job.capacity_wait; });
  const auto share = static_cast<double>(waited.size()) / static_cast<double>(all.size());
  Sample extra;
  const double usual = sample_quantile(direct, 0.5);
  for (const Observation& one : waited)
    observe(extra, (one.seconds - usual) * (1 - share), one.at_least);
  StartupFit launch = try_fit(what, direct);
  StartupFit retry =
      try_fit(fmt::format("wait for {} capacity", word_of(accelerator)), extra);
  if (!launch.fit || !retry.fit) return fits;
  return {std::move(launch), share, std::move(retry), waited.size()};
}

// ---- The overlay -------------------------------------------------------------------------------

constexpr double kZ95 = 1.6448536269514722;  // standard normal, 95 %

std::string seconds_text(double seconds) { return fmt::format("{:.5g}s", seconds); }
std::string percent_text(double share) { return fmt::format("{:.4g}%", 100 * share); }

std::string lognormal_text(const LognormalComponent& c) {
  return fmt::format("{{median: {}, p95: {}}}", seconds_text(std::exp(c.mu)),
                     seconds_text(std::exp(c.mu + kZ95 * c.sigma)));
}

// The second weight is the rest of the first one as written, so that they add up to 100 %.
std::string law_text(const Fit& fit) {
  const std::vector<LognormalComponent>& c = fit.components;
  if (c.size() == 1) return lognormal_text(c[0]);
  const double first = std::round(c[0].weight * 1e4) / 1e4;
  return fmt::format("{{mixture: [{{weight: {}, of: {}}}, {{weight: {}, of: {}}}]}}",
                     percent_text(first), lognormal_text(c[0]), percent_text(1 - first),
                     lognormal_text(c[1]));
}

std::string provenance(const StartupFit& startup) {
  const Distribution law = startup.fit->law();
  std::string text = fmt::format("{} jobs", startup.observations);
  if (startup.lower_bounds > 0)
    text += fmt::format(" and {} that gave up waiting", startup.lower_bounds);
  if (startup.instant > 0)
    text += fmt::format(" (without {} of 0 s, below the clock's step)", startup.instant);
  return text + fmt::format("; median {:.4g} s, p90 {:.4g} s, p95 {:.4g} s; distance {:.3f}",
                            quantile(law, 0.5), quantile(law, 0.9), quantile(law, 0.95),
                            startup.distance);
}

std::string field_text(int indent, std::string_view key, const StartupFit& startup) {
  return fmt::format("{0:{1}}# {2}\n{0:{1}}{3}: {4}\n", "", indent, provenance(startup), key,
                     law_text(*startup.fit));
}

// "    launch:" with a law for each class that could be fitted.
std::string pair_block(std::string_view name, const std::array<const StartupFit*, 2>& classes) {
  std::string text;
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i]->fit) text += field_text(6, key_of(kClasses[i]), *classes[i]);
  return text.empty() ? text : fmt::format("    {}:\n{}", name, text);
}

std::string capacity_block(const std::array<LaunchFits, 2>& classes) {
  std::string text, retry;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (!classes[i].capacity_error) continue;
    if (*classes[i].capacity_error > 0)
      text += fmt::format("      # {} jobs met a lack of capacity\n", classes[i].capacity_waits);
    else
      text += "      # waits for capacity are part of the launches above\n";
    text += fmt::format("      {}: {}\n", key_of(kClasses[i]),
                        percent_text(*classes[i].capacity_error));
    if (classes[i].retry) retry += field_text(8, key_of(kClasses[i]), *classes[i].retry);
  }
  if (!retry.empty()) text += "      retry:\n" + retry;
  return text.empty() ? text : "    capacity_errors:\n" + text;
}

std::string image_comment(const Jobs& jobs) {
  std::string text;
  for (const Accelerator accelerator : kClasses) {
    const Sample images = steps(jobs, &LoggedJob::image_s, accelerator);
    if (images.empty()) continue;
    text += fmt::format("#   {}: {} jobs, p10 {:.4g} s, median {:.4g} s, p90 {:.4g} s\n",
                        word_of(accelerator), images.size(), sample_quantile(images, 0.1),
                        sample_quantile(images, 0.5), sample_quantile(images, 0.9));
  }
  if (text.empty()) return text;
  return "# Measured image steps, for comparison (Berth computes them from image sizes):\n" + text;
}

std::string heading(const Jobs& jobs) {
  return fmt::format(
      "# Start-up of SageMaker training jobs, fitted from {} logged jobs ({} to {}).\n"
      "# Lay it over a scenario with  extends: [your-scenario.yaml, this-file.yaml]: its laws replace\n"
      "# the scenario's.\n"
      "# Each law: maximum likelihood, one lognormal or a mixture of two, whichever has the smaller\n"
      "# BIC; distance is the largest between the law and the jobs' own distribution function.\n",
      jobs.size(), day_text(jobs.front().created_s), day_text(jobs.back().created_s));
}

void choose_jobs(JobHistory& history, const SagemakerImportOptions& options) {
  if (options.from_year)
    leave_out(history, fmt::format("created before {}", *options.from_year),
              [&](const LoggedJob& job) { return job.year < *options.from_year; });
  leave_out(history, "a start that took no time (local mode)", [](const LoggedJob& job) {
    return job.launch_s && *job.launch_s <= 0 && !job.warm;
  });
  leave_out(history, "no instance type",
            [](const LoggedJob& job) { return !job.accelerator && !job.warm; });
  leave_out(history, "phases missing: neither a launch nor a wait for one",
            [](const LoggedJob& job) { return !job.launch_s && !job.waited_s; });
}

}  // namespace

SagemakerImport import_sagemaker(std::span<const HistoryInput> inputs,
                                 const SagemakerImportOptions& options) {
  SagemakerImport result{.history = read_job_history(inputs)};
  choose_jobs(result.history, options);
  const Jobs& jobs = result.history.jobs;
  const std::array classes{fit_launches(jobs, kClasses[0]), fit_launches(jobs, kClasses[1])};
  const auto data_step = [&](Accelerator accelerator) {
    return try_fit(fmt::format("data step on {} instances", word_of(accelerator)),
                   steps(jobs, &LoggedJob::data_s, accelerator));
  };
  const std::array data{data_step(kClasses[0]), data_step(kClasses[1])};
  const StartupFit warm =
      try_fit("warm start", launches(jobs, [](const LoggedJob& job) { return job.warm; }));
  for (const LaunchFits& fits : classes) {
    result.fits.push_back(fits.launch);
    if (fits.retry) result.fits.push_back(*fits.retry);
  }
  result.fits.insert(result.fits.end(), {data[0], data[1], warm});

  std::string body = pair_block("launch", {&classes[0].launch, &classes[1].launch}) +
                     capacity_block(classes) + pair_block("data_overhead", {&data[0], &data[1]});
  if (warm.fit) body += field_text(4, "warm_start", warm);
  if (!body.empty() && !has_errors(result.history.issues))
    result.overlay = fmt::format("{}schema: berth/scenario/1\nplatforms:\n  {}:\n{}{}",
                                 heading(jobs), key_text(options.platform), body,
                                 image_comment(jobs));
  return result;
}

std::string summary(const SagemakerImport& result) {
  const JobHistory& history = result.history;
  std::string text;
  for (const Issue& issue : history.issues) text += render_issue(issue, "");
  text += fmt::format("{} {} found, {} used\n", history.records,
                      history.records == 1 ? "job" : "jobs", history.jobs.size());
  for (const auto& [reason, count] : history.left_out)
    text += fmt::format("  left out: {:>6}  {}\n", count, reason);
  const auto groups = std::ranges::count_if(
      history.jobs, [](const LoggedJob& job) { return job.instances > 1; });
  if (groups > 0)
    text += fmt::format("  not in the launches: {} jobs of several instances\n", groups);
  for (const StartupFit& startup : result.fits) {
    if (startup.fit)
      text += fmt::format("  {}: {}\n", startup.what, provenance(startup));
    else if (startup.observations + startup.lower_bounds > 0)
      text += fmt::format("  {}: not fitted, {} of at least {} observations\n", startup.what,
                          startup.observations, kLeastObservations);
  }
  return text;
}

}  // namespace berth
