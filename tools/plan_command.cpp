// berth plan SCENARIO: which workload goes where, how sure that is and how far from optimal it can be.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "planner/cluster_variants.h"
#include "planner/flip.h"
#include "planner/levers.h"
#include "planner/make_plan.h"
#include "reports/plan_report.h"
#include "scenarios/quantities.h"
#include "sim/settings.h"
#include "tools/between.h"
#include "tools/command.h"
#include "tools/cores.h"
#include "tools/interrupt.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/run_scenarios.h"

namespace berth {
namespace {

struct CommandOptions {
  RunOptions run;
  std::string scenario, objective, budget, plan_file;
  std::optional<double> confidence;
  OutputOptions output;
};

SimulateRange simulate_in_children(int workers, Progress& progress,
                                   std::function<bool()> out_of_time = {}) {
  return [workers, &progress, out_of_time = std::move(out_of_time)](
             const Scenario& scenario, std::span<const Placement> placements, int from, int to) {
    return simulate_on_workers(scenario, placements, from, to, workers, progress, out_of_time);
  };
}

std::optional<Seconds> budget_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto parsed = parse_duration(text);
  if (text != "0" && !parsed.value)
    throw UsageError("--budget: expected a duration like 120s, got \"" + text + "\"");
  if (text == "0" || *parsed.value <= Seconds{0})
    throw UsageError("--budget 0 leaves no time to simulate\n  hint: leave --budget out for no limit, "
                     "or give it a minute: --budget 60s");
  return parsed.value;
}

// From now on.
std::function<bool()> out_of_time(const std::optional<Seconds>& budget) {
  if (!budget) return {};
  return [end = std::chrono::steady_clock::now() + *budget] { return std::chrono::steady_clock::now() >= end; };
}

void apply(const CommandOptions& options, PlanRequest& request) {
  for (const Objective objective : {Objective::cost, Objective::marginal_cost,
                                    Objective::start_latency, Objective::serving_p99})
    if (options.objective == name_of(objective)) request.objective = objective;
}

void check_objective(const Scenario& scenario, Objective objective) {
  if (objective == Objective::start_latency && scenario.training.empty())
    throw UsageError("objective start_latency: the scenario trains nothing");
  if (objective == Objective::serving_p99 && scenario.services.empty())
    throw UsageError("objective serving_p99: the scenario serves nothing");
}

bool names_json(const std::string& path) { return path.ends_with(".json"); }

std::string rendered(const PlanReport& report, const Scenario& scenario, Format format, bool color) {
  switch (format) {
    case Format::json: return plan_json(report, scenario);
    case Format::csv: return plan_csv(report);
    case Format::markdown: return plan_markdown(report);
    case Format::table: return plan_text(report, color);
  }
  return "";
}

// A file that is named .json is a plan that other commands read, and the table is printed besides.
void write_plan(const PlanReport& report, const Scenario& scenario, const CommandOptions& options,
                const Globals& globals) {
  const Format format = format_of(options.output);
  if (names_json(options.output.file) && format == Format::table) {
    write_output(options.output.file, plan_json(report, scenario));
    const OutputOptions screen{.format = options.output.format};
    write_output("", plan_text(report, colored(globals, screen)));
    return;
  }
  write_output(options.output.file,
               rendered(report, scenario, format, colored(globals, options.output)));
}

Exit exit_of(const Plan& plan) {
  if (const auto signal = interrupt_exit()) return *signal;
  if (!plan.recommendation) return Exit::answer_is_no;
  return plan.failed == 0 ? Exit::done : Exit::some_failed;
}

void add_scenario(CLI::App& command, CommandOptions& options) {
  command.add_option("scenario", options.scenario, "The scenario, - for standard input")
      ->required()
      ->type_name("SCENARIO");
}

void add_budget(CLI::App& command, CommandOptions& options, const std::string& what_then) {
  command.add_option("--budget", options.budget, "Time after which nothing is simulated any more; " + what_then)
      ->type_name("DURATION");
}

// The one scenario of these commands; nothing after its mistakes were printed.
std::optional<ReadScenario> read_one(const CommandOptions& options, const Globals& globals) {
  RunOptions run = options.run;
  run.scenarios = {options.scenario};
  auto scenarios = read_scenarios(run, globals);
  if (!scenarios) return std::nullopt;
  ReadScenario read = std::move(scenarios->front());
  for (const UncertainInput& input : read.plan.uncertain)
    if (const std::string why = unreached(read.scenario, read.plan, input.input); !why.empty())
      throw UsageError(fmt::format("/plan/uncertain/{}: this input reaches nothing: {}\n  hint: leave it out",
                                   name_of(input.input), why));
  add_cluster_variants(read.scenario, read.plan);
  return read;
}

std::vector<std::string> files_read(const CommandOptions& options) {
  std::vector<std::string> files = files_read(options.run);
  files.insert(files.end(), {options.scenario, options.plan_file});
  return files;
}

Exit make(const CommandOptions& options, const Globals& globals) {
  check_writable(options.output.file, files_read(options));
  const auto budget = budget_of(options.budget);
  std::optional<ReadScenario> one = read_one(options, globals);
  if (!one) return Exit::wrong_input;
  ReadScenario& read = *one;
  apply(options, read.plan);
  check_objective(read.scenario, read.plan.objective);
  watch_interrupts();
  const int workers = options.run.workers.value_or(usable_cores());
  Progress progress(progress_style(globals), "plan " + short_name(read.path), complain);
  const auto began = std::chrono::steady_clock::now();
  PlanRules rules{.confidence = options.confidence.value_or(read.plan.confidence.value_or(0.95)),
                  .workers = workers,
                  .interrupted = interrupted,
                  .say = [&](const std::string& what) { say_details(globals, what + "\n"); }};
  rules.out_of_time = out_of_time(budget);
  Plan plan = make_plan(read.scenario, read.plan,
                        simulate_in_children(workers, progress, rules.out_of_time), rules);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  say_details(globals, fmt::format("planned in {:.1f} s on {} workers: {} replications\n",
                                   took.count(), workers, plan.replications));
  PlanReport report{provenance_of(read.scenario, engine_settings()), std::move(plan)};
  report.from.inputs = read.inputs;
  if (report.plan.candidates.empty() && !report.plan.conflict) {
    complain(interrupted() ? "interrupted before a replication was complete: there is no plan\n"
             : report.plan.finished
                 ? "error: no replication of any placement came back: there is no plan\n"
                           : fmt::format("error: {} ended before a replication was complete: there is no "
                                         "plan\n  hint: give it longer with --budget\n",
                                         options.budget));
    return interrupt_exit().value_or(Exit::answer_is_no);
  }
  write_plan(report, read.scenario, options, globals);
  return exit_of(report.plan);
}

// What was best in another scenario is not the best as things are: from there nothing flips.
void refuse_stale(const PlanFile& plan, const ReadScenario& read, const CommandOptions& options) {
  const std::vector<std::string> changed = plan.inputs_changed(read.inputs);
  if (changed.empty()) return;
  throw UsageError(fmt::format(
      "{}: the plan is stale: {} {} not what it was made of\n  hint: renew it: berth plan {} -o {}{}",
      options.plan_file, fmt::join(changed, ", "), changed.size() == 1 ? "is" : "are", options.scenario,
      names_json(options.plan_file) ? options.plan_file : "plan.json",
      options.run.sets.empty() && options.run.overlays.empty()
          ? ", or give the --set and --overlay that it was made with"
          : ", with the same --set and --overlay"));
}

Exit flip(const CommandOptions& options, const Globals& globals) {
  check_writable(options.output.file, files_read(options));
  const auto budget = budget_of(options.budget);
  std::string json = read_input(options.plan_file);
  std::optional<ReadScenario> one = read_one(options, globals);
  if (!one) return Exit::wrong_input;
  ReadScenario& read = *one;
  Placement recommended;
  std::vector<FlipRival> rivals;
  Correction correction;
  std::string unfinished;
  Plan of_plan;
  FlipTableRules rules{.say = [&](const std::string& what) { say_details(globals, what + "\n"); }};
  try {
    const PlanFile plan(std::exchange(json, {}));  // or each child would carry it
    refuse_stale(plan, read, options);
    read.plan.objective = plan.objective();  // whatever the scenario says
    const auto may_be_chosen = options_of(read.scenario, read.plan).services;
    recommended = plan.recommended(read.scenario, may_be_chosen);
    rivals = plan.rivals(read.scenario, may_be_chosen);
    correction = plan.correction(read.scenario);
    rules.formula_error = plan.analytic_error().value_or(rules.formula_error);
    unfinished = plan.unfinished_because();
    of_plan = plan.recommends();
  } catch (const NoPlan& problem) {
    throw UsageError(options.plan_file + ": " + problem.what());
  }
  recommended.commitments = read.plan.held;
  for (FlipRival& rival : rivals) rival.placement.commitments = read.plan.held;
  PlanReport report{provenance_of(read.scenario, engine_settings()), std::move(of_plan)};
  report.from.inputs = read.inputs;
  if (!unfinished.empty())
    report.plan.notes.push_back(
        fmt::format("the plan is unfinished ({}): what would turn a choice that nobody settled", unfinished));
  if (!read.plan.savings_plans.empty())
    report.plan.notes.emplace_back(
        "Savings Plans may be bought: at each value each side has those that are best for it there");
  watch_interrupts();
  const int workers = options.run.workers.value_or(usable_cores());
  Progress progress(progress_style(globals), "flip " + short_name(read.path), complain);
  const auto began = std::chrono::steady_clock::now();
  const FlipTable table =
      flip_table(read.scenario, read.plan, recommended, rivals, correction,
                 simulate_in_children(workers, progress, out_of_time(budget)), rules);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  say_details(globals, fmt::format("looked for flips in {:.1f} s on {} workers: {} replications\n", took.count(),
                                   workers, table.replications));
  if (table.interrupted) {
    report.plan.finished = false;
    report.plan.unfinished = interrupted() ? "it was interrupted" : "the time budget ended";
  }
  const Format format = format_of(options.output);
  const bool json_wanted =
      format == Format::json || (format == Format::table && names_json(options.output.file));
  write_output(options.output.file,
               json_wanted                  ? flip_json(report, table.flips)
               : format == Format::markdown ? flip_markdown(report, table.flips)
               : format == Format::csv      ? flip_csv(report, table.flips)
                                            : flip_text(report, table.flips, colored(globals, options.output)));
  if (table.interrupted) complain(report.plan.unfinished + ": the table is not finished\n");
  return interrupt_exit().value_or(Exit::done);
}

}  // namespace

void add_plan(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<CommandOptions>();
  CLI::App* command = app.add_subcommand(
      "plan", "Choose a home for every workload: the front, the choice, why, how sure, how far");
  add_scenario(*command, *options);
  command->add_option("--objective", options->objective, "What is best, instead of the scenario's")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"cost", "marginal_cost", "start_latency", "serving_p99"}));
  command->add_option("--confidence", options->confidence, "How sure, from 0.5 to 0.999 (0.95)")
      ->type_name("P")
      ->check(between(0.5, 0.999));
  add_budget(*command, *options, "the plan then says what was reached");
  add_chance_options(*command, options->run);
  add_output_options(*command, options->output);
  command->footer(
      "Examples:\n"
      "  berth plan scenarios/lyft-hybrid.yaml --budget 120s -o plan.json\n"
      "  berth explain plan.json retrain-15min\n"
      "  berth flip scenarios/lyft-hybrid.yaml plan.json\n"
      "A file named .json is a plan for other commands; the table is printed besides.\n"
      "Exit codes: 0 a placement is recommended, 1 none is feasible or time ended before one was\n"
      "seen, 3 some replications failed.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return make(*options, globals); };
  });
}

void add_flip(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<CommandOptions>();
  CLI::App* command = app.add_subcommand(
      "flip", "The smallest change of each input that changes a plan's choice");
  add_scenario(*command, *options);
  command->add_option("plan", options->plan_file, "What `berth plan -o` wrote")
      ->required()
      ->type_name("PLAN.json");
  add_budget(*command, *options, "the table then says that it is unfinished");
  add_chance_options(*command, options->run);
  add_output_options(*command, options->output);
  command->footer(
      "Example:\n"
      "  berth flip scenarios/lyft-hybrid.yaml plan.json\n"
      "A plan of other files, overlays or --set than are given here is stale and refused: plan again.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return flip(*options, globals); };
  });
}

}  // namespace berth
