// berth simulate SCENARIO...: what each placement costs and how long things take.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "reports/csv.h"
#include "reports/json.h"
#include "reports/page.h"
#include "reports/table.h"
#include "tools/command.h"
#include "tools/output.h"
#include "tools/run_scenarios.h"
#include "tools/write_trace.h"

namespace berth {
namespace {

struct Options {
  RunOptions run;
  OutputOptions output;
  std::string trace;               // a file; "": none
  std::optional<int> replication;  // that is traced
};

std::string tables(const std::vector<Result>& results, bool color) {
  std::string text;
  for (const Result& result : results)
    text += (text.empty() ? "" : "\n\n") + table_report(result, color);
  return text;
}

std::string rendered(const std::vector<Result>& results, Format format, bool color) {
  switch (format) {
    case Format::json:
      return json_report(results);
    case Format::csv:
      return csv_report(results);
    case Format::markdown:
      return page_markdown(std::vector<StoredText>{{"result", json_report(results)}});
    case Format::table:
      return tables(results, color);
  }
  return "";
}

void check_trace(const Options& options) {
  if (options.replication && options.trace.empty())
    throw UsageError("--replication says which history is traced: it needs --trace FILE");
  if (options.trace.empty()) return;
  if (options.run.scenarios.size() != 1 || options.run.placements.size() > 1)
    throw UsageError("--trace follows one placement of one scenario");
  const auto to_stdout = [](const std::string& file) { return file.empty() || file == "-"; };
  if (options.trace == options.output.file ||
      (options.trace == "-" && to_stdout(options.output.file)))
    throw UsageError("the trace and the result need two places: name the result with -o FILE");
  check_writable(options.trace, files_read(options.run));
}

// One placement, and a replication that is among those simulated.
void check_traced(const Options& options, const Scenario& scenario) {
  if (options.trace.empty()) return;
  if (scenario.placements.size() != 1)
    throw UsageError(
        fmt::format("--trace follows one placement and {} has {}; name it: "
                    "--placement {}",
                    scenario.name, scenario.placements.size(), scenario.placements.front().name));
  const int traced = options.replication.value_or(0);
  if (traced < 0 || traced >= scenario.replications)
    throw UsageError(fmt::format("replication {} is not among the {} simulated, 0 to {}", traced,
                                 scenario.replications, scenario.replications - 1));
}

Exit simulate(const Options& options, const Globals& globals) {
  check_writable(options.output.file, files_read(options.run));
  check_trace(options);
  auto scenarios = read_scenarios(options.run, globals);
  if (!scenarios) return Exit::wrong_input;
  for (ReadScenario& read : *scenarios)
    read.scenario.placements = chosen_placements(read.scenario, options.run.placements);
  check_traced(options, scenarios->front().scenario);
  const Ran ran = run_scenarios(*scenarios, options.run, globals);
  if (ran.exit != Exit::done && ran.exit != Exit::some_failed) return ran.exit;
  if (!options.trace.empty()) {
    const Scenario& scenario = scenarios->front().scenario;
    const Exit traced =
        write_trace(options.trace, scenario, scenario.placements.front(),
                    {scenario.seed, static_cast<std::uint32_t>(options.replication.value_or(0))});
    if (traced != Exit::done) return traced;
  }
  write_output(options.output.file,
               rendered(ran.results, format_of(options.output), colored(globals, options.output)));
  return ran.exit;
}

}  // namespace

void add_simulate(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "simulate", "Simulate placements of scenarios: cost, start latency, serving");
  command->add_option("scenario", options->run.scenarios, "Scenario files; - is standard input")
      ->required()
      ->type_name("SCENARIO");
  add_run_options(*command, options->run);
  add_output_options(*command, options->output);
  command
      ->add_option("--trace", options->trace,
                   "Write what happened in one replication as JSON lines, for `berth explain`")
      ->type_name("FILE");
  command->add_option("--replication", options->replication, "Which one is traced (default: 0)")
      ->type_name("K");
  command->footer(
      "Examples:\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --placement hybrid --placement hybrid-soci\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --set /horizon=7d --format json -o week.json\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --placement hybrid --trace day.jsonl\n"
      "Exit code 3: done, but some replications failed and are not in the numbers.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return simulate(*options, globals); };
  });
}

}  // namespace berth
