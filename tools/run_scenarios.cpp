#include "tools/run_scenarios.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "planner/study.h"
#include "sim/replicate.h"
#include "sim/settings.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/sha256.h"

namespace berth {
namespace {

namespace fs = std::filesystem;

// CLI11's own range check prints limits with six decimals.
CLI::Validator whole_number(long low, long high) {
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        long value = 0;
        if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return "";
        return fmt::format("expected a whole number from {} to {}, not \"{}\"", low, high, text);
      },
      "");
}

// A conversion would turn -3 into a very large seed without a word.
CLI::Validator seed_number() {
  return CLI::Validator(
      [](const std::string& text) -> std::string {
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
        if (error == std::errc{} && end == text.data() + text.size()) return "";
        return "expected a whole number from 0 to 2^64 - 1, not \"" + text + "\"";
      },
      "");
}

CLI::Validator set_syntax() {
  return CLI::Validator(
      [](const std::string& text) -> std::string {
        if (text.starts_with('/') && text.find('=') != std::string::npos) return "";
        return "expected /json/pointer=VALUE, as in --set /seed=7; not \"" + text + "\"";
      },
      "");
}

std::vector<InputFile> digests(const Loaded& loaded) {
  std::vector<InputFile> inputs;
  inputs.reserve(loaded.files.size());
  for (const SourceFile& file : loaded.files)
    inputs.push_back({fs::path(file.name).filename().string(), sha256(file.text)});
  return inputs;
}

void apply_options(Scenario& scenario, const RunOptions& options) {
  if (options.replications) scenario.replications = *options.replications;
  if (options.seed) scenario.seed = *options.seed;
  if (options.fidelity) scenario.fidelity = *fidelity_of(*options.fidelity);
}

// Whether `sampled` looks at every request of a service in some placement, as it does where a window would
// not be safe (models/serving/fidelity.h).
bool is_looked_at_whole(const Scenario& scenario, std::size_t number) {
  const Service& service = scenario.services[number];
  if (service.bursts || service.arrival_scv != 1 || service.batching) return true;
  return std::ranges::any_of(scenario.placements, [&](const Placement& placement) {
    const ServiceHome& home = placement.services[number];
    return (home.endpoint && std::holds_alternative<ServerlessEndpoint>(*home.endpoint)) ||
           never_scales_down(home.replicas.autoscaler);
  });
}

// Every request is looked at: at 25 ns each so many are seven hours of a core for one replication.
void refuse_endless(const std::string& path, const Scenario& scenario) {
  constexpr double kMostRequests = 1e12;
  if (scenario.fidelity != Fidelity::request && scenario.fidelity != Fidelity::sampled) return;
  double requests = 0, most = 0;
  std::string whose;
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    const Service& service = scenario.services[i];
    if (scenario.fidelity == Fidelity::sampled && !is_looked_at_whole(scenario, i)) continue;
    const double of_this = service.demand.expected_by(scenario.warm_up + scenario.horizon);
    requests += of_this;
    if (of_this > most) most = of_this, whose = service.name;
  }
  if (requests > kMostRequests)
    throw UsageError(fmt::format("{}: {:.3g} requests a replication are too many to look at each of them (at most "
                                 "1e12 at fidelity {}; most are of service {}: {:.3g})\n  hint: take --fidelity fluid "
                                 "or auto, or simulate a shorter time",
                                 path, requests, name_of(scenario.fidelity), whose, most));
}

std::vector<std::string> names_of(const std::vector<Placement>& placements) {
  std::vector<std::string> names;
  names.reserve(placements.size());
  for (const Placement& placement : placements) names.push_back(placement.name);
  return names;
}

Study run_one(const ReadScenario& read, int workers, const Globals& globals) {
  Progress progress(progress_style(globals), short_name(read.path), complain);
  return study(read.scenario, read.scenario.placements,
               [&](const Scenario& scenario, std::span<const Placement> placements) {
                 return simulate_on_workers(scenario, placements, 0, scenario.replications, workers,
                                            progress);
               });
}

// An amount that leaves out what nobody knows the price of would be wrong without looking so.
void refuse_missing_prices(const std::string& path, const Study& study) {
  std::set<std::string> missing;
  for (const Summary& placement : study.placements)
    missing.insert(placement.cost.missing.begin(), placement.cost.missing.end());
  if (missing.empty()) return;
  std::string words;
  for (const std::string& price : missing) words += (words.empty() ? "" : ", ") + price;
  throw UsageError(path + ": no price is known for " + words +
                   "; set it under `prices:` in the scenario");
}

void report_failures(const Study& study) {
  for (const FailedReplication& failure : study.failures)
    complain(fmt::format("error: placement {}, seed {}, replication {} failed: {}\n",
                         failure.placement, failure.replication.seed, failure.replication.number,
                         failure.reason));
}

Exit worse(Exit a, Exit b) { return status(a) >= status(b) ? a : b; }

Exit exit_of(const Study& study) {
  if (study.placements.empty()) return Exit::internal;
  return study.failures.empty() ? Exit::done : Exit::some_failed;
}

}  // namespace

ProgressStyle progress_style(const Globals& globals) {
  if (globals.quiet) return ProgressStyle::none;
  return may_redraw(surroundings(fileno(stderr))) ? ProgressStyle::bar : ProgressStyle::lines;
}

Simulated simulate_on_workers(const Scenario& scenario, std::span<const Placement> placements,
                              int from, int to, int workers, Progress& progress,
                              const std::function<bool()>& out_of_time) {
  const ReplicateOptions how{
      .replications = to - from,
      .first = from,
      .seed = scenario.seed,
      .workers = workers,
      .progress = [&](std::size_t done, std::size_t total) { progress.show(done, total); },
      .stop = [&] { return interrupted() || (out_of_time && out_of_time()); }};
  Replicated replicated = replicate(scenario, placements, how);
  Simulated simulated{.outcomes = std::move(replicated.outcomes),
                      .interrupted = replicated.interrupted};
  for (const Failure& failure : replicated.failures)
    simulated.failures.push_back(
        {placements[failure.unit.placement].name, failure.unit.replication, failure.reason});
  return simulated;
}

std::vector<std::string> files_read(const RunOptions& options) {
  std::vector<std::string> files = options.scenarios;
  files.insert(files.end(), options.overlays.begin(), options.overlays.end());
  return files;
}

void add_run_options(CLI::App& command, RunOptions& options) {
  command.add_option("--placement", options.placements, "Only this placement (may be repeated)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("--replications", options.replications, "How often, instead of the scenario's")
      ->type_name("N")
      ->check(whole_number(1, 100'000));
  add_chance_options(command, options);
}

void add_chance_options(CLI::App& command, RunOptions& options) {
  command.add_option("--seed", options.seed, "Which chance, instead of the scenario's")
      ->type_name("S")
      ->check(seed_number());
  command
      .add_option("--fidelity", options.fidelity,
                  "How closely serving is looked at, instead of the scenario's")
      ->type_name("auto|request|sampled|fluid")
      ->check(CLI::IsMember({"auto", "request", "sampled", "fluid"}));
  command.add_option("--workers", options.workers, "Processes at once (default: one a core)")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  command
      .add_option("--overlay", options.overlays,
                  "Lay a file over the scenario, before --set (may be repeated)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_option("--set", options.sets, "Replace one value of the scenario (may be repeated)")
      ->type_name("/json/pointer=VALUE")
      ->allow_extra_args(false)
      ->check(set_syntax());
}

std::string short_name(const std::string& path) {
  return path == "-" ? "stdin" : fs::path(path).stem().string();
}

std::vector<std::string> short_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  std::vector<fs::path> folders;
  for (const std::string& path : paths) {
    names.push_back(short_name(path));
    folders.push_back(path == "-" ? fs::path() : fs::absolute(path).lexically_normal().parent_path());
  }
  // Those that are alike get one folder more, until they differ or there is none left.
  for (bool grew = true; grew;) {
    grew = false;
    const std::vector<std::string> before = names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::ranges::count(before, before[i]) < 2 || !folders[i].has_filename()) continue;
      names[i] = folders[i].filename().string() + "/" + names[i];
      folders[i] = folders[i].parent_path();
      grew = true;
    }
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto same = std::count(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(i), paths[i]);
    if (same > 0) names[i] += fmt::format(" ({})", same + 1);
  }
  return names;
}

ReadScenario as_run(const std::string& path, Loaded loaded, const RunOptions& options) {
  apply_options(*loaded.scenario, options);
  refuse_endless(path, *loaded.scenario);
  std::vector<InputFile> inputs = digests(loaded);
  return {path, std::move(*loaded.scenario), std::move(inputs), std::move(loaded.plan)};
}

std::optional<std::vector<ReadScenario>> read_scenarios(const RunOptions& options,
                                                        const Globals& globals) {
  if (std::ranges::count(options.scenarios, "-") > 1)
    throw UsageError("standard input (-) can be read once");
  std::vector<ReadScenario> scenarios;
  bool wrong = false;
  for (const std::string& path : options.scenarios) {
    Loaded loaded = load_scenario(path, options.sets, options.overlays);
    if (!loaded.scenario)
      complain(render_issues(loaded));
    else if (!loaded.issues.empty())
      say(globals, render_issues(loaded));
    wrong = wrong || !loaded.scenario;
    if (!loaded.scenario) continue;
    say_details(globals,
                fmt::format("read {}: files {}, {} training classes, {} services, {} "
                            "placements\n",
                            path, loaded.files.size(), loaded.scenario->training.size(),
                            loaded.scenario->services.size(), loaded.scenario->placements.size()));
    scenarios.push_back(as_run(path, std::move(loaded), options));
  }
  if (wrong) return std::nullopt;
  return scenarios;
}

std::vector<Placement> chosen_placements(const Scenario& scenario,
                                         const std::vector<std::string>& names) {
  if (names.empty()) return scenario.placements;
  std::vector<Placement> chosen;
  for (const std::string& name : names) {
    const auto at = std::ranges::find(scenario.placements, name, &Placement::name);
    if (at == scenario.placements.end()) {
      const std::string hint = nearest_hint(name, names_of(scenario.placements));
      throw UsageError(fmt::format("scenario {} has no placement named \"{}\"{}", scenario.name,
                                   name, hint.empty() ? "" : "\n  hint: " + hint));
    }
    if (std::ranges::find(chosen, name, &Placement::name) == chosen.end()) chosen.push_back(*at);
  }
  return chosen;
}

Ran run_scenarios(const std::vector<ReadScenario>& scenarios, const RunOptions& options,
                  const Globals& globals) {
  watch_interrupts();
  const int workers = options.workers.value_or(usable_cores());
  Ran ran;
  for (const ReadScenario& read : scenarios) {
    const auto began = std::chrono::steady_clock::now();
    Study study = run_one(read, workers, globals);
    if (study.interrupted || interrupted()) {
      complain("interrupted: nothing was written\n");
      return {.exit = interrupt_exit().value_or(Exit::interrupted)};
    }
    report_failures(study);
    refuse_missing_prices(read.path, study);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    say_details(globals, fmt::format("simulated {}: {} placements x {} replications in {:.2f} s on "
                                     "{} workers\n",
                                     read.path, read.scenario.placements.size(),
                                     read.scenario.replications, took.count(), workers));
    ran.exit = worse(ran.exit, exit_of(study));
    Provenance from = provenance_of(read.scenario, engine_settings());
    from.inputs = read.inputs;
    ran.results.push_back(
        {std::move(from), std::move(study.placements), std::move(study.failures)});
  }
  return ran;
}

}  // namespace berth
