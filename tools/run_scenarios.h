// What `simulate` and `compare` share: read scenarios, choose placements, run all replications on
// workers with progress, and turn failures and interruptions into exit codes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/scenario.h"
#include "reports/result.h"
#include "scenarios/read_scenario.h"
#include "tools/command.h"
#include "tools/progress.h"

namespace berth {

struct RunOptions {
  std::vector<std::string> scenarios;   // paths, "-" once
  std::vector<std::string> placements;  // names; empty: all
  std::vector<std::string> overlays;    // files laid over every scenario
  std::vector<std::string> sets;        // "/json/pointer=VALUE"
  std::optional<int> replications;
  std::optional<std::uint64_t> seed;
  std::optional<int> workers;
  std::optional<std::string> fidelity;  // a name models/serving/fidelity.h knows
};
// The scenarios and the overlays, as they were named.
std::vector<std::string> files_read(const RunOptions& options);

void add_run_options(CLI::App& command, RunOptions& options);
// Of these only --seed, --fidelity, --workers and --set.
void add_chance_options(CLI::App& command, RunOptions& options);

// One scenario as it is run: options applied, its placements chosen.
struct ReadScenario {
  std::string path;
  Scenario scenario;
  std::vector<InputFile> inputs;
  PlanRequest plan;
};

// A scenario that was read, with the options applied.
ReadScenario as_run(const std::string& path, Loaded loaded, const RunOptions& options);

// Prints every mistake of every file; nothing when there is one.
std::optional<std::vector<ReadScenario>> read_scenarios(const RunOptions& options,
                                                        const Globals& globals);

// The placements asked for, in the order asked for; all without a wish. UsageError names the
// nearest word for a name no scenario has.
std::vector<Placement> chosen_placements(const Scenario& scenario,
                                         const std::vector<std::string>& names);

struct Ran {
  std::vector<Result> results;  // by scenario
  Exit exit = Exit::done;       // interrupted: the results are not to be used
};
Ran run_scenarios(const std::vector<ReadScenario>& scenarios, const RunOptions& options,
                  const Globals& globals);

ProgressStyle progress_style(const Globals& globals);
// The real simulator behind the planner's seams: replications [from, to), until Ctrl-C or `out_of_time`.
Simulated simulate_on_workers(const Scenario& scenario, std::span<const Placement> placements,
                              int from, int to, int workers, Progress& progress,
                              const std::function<bool()>& out_of_time = {});

// "lyft-hybrid" of "scenarios/lyft-hybrid.yaml", "stdin" of "-".
std::string short_name(const std::string& path);
// A name for each, as short as tells them apart: "p" alone, "a/p" beside "b/p", with a number where the
// same file stands twice.
std::vector<std::string> short_names(const std::vector<std::string>& paths);

}  // namespace berth
