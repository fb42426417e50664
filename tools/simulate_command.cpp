// berth simulate SCENARIO...: what each placement costs and how long things take.
#include <CLI/CLI.hpp>
#include <memory>

#include "reports/csv.h"
#include "reports/json.h"
#include "reports/markdown.h"
#include "reports/table.h"
#include "tools/command.h"
#include "tools/output.h"
#include "tools/run_scenarios.h"

namespace berth {
namespace {

struct Options {
  RunOptions run;
  OutputOptions output;
};

std::string tables(const std::vector<Result>& results, bool color) {
  std::string text;
  for (const Result& result : results)
    text += (text.empty() ? "" : "\n\n") + table_report(result, color);
  return text;
}

std::string rendered(const std::vector<Result>& results, Format format, bool color) {
  switch (format) {
    case Format::json: return json_report(results);
    case Format::csv: return csv_report(results);
    case Format::markdown: return markdown_report(results);
    case Format::table: return tables(results, color);
  }
  return "";
}

Exit simulate(const Options& options, const Globals& globals) {
  check_writable(options.output.file);
  auto scenarios = read_scenarios(options.run, globals);
  if (!scenarios) return Exit::wrong_input;
  for (ReadScenario& read : *scenarios)
    read.scenario.placements = chosen_placements(read.scenario, options.run.placements);
  const Ran ran = run_scenarios(*scenarios, options.run, globals);
  if (ran.exit != Exit::done && ran.exit != Exit::some_failed) return ran.exit;
  write_output(options.output.file, rendered(ran.results, format_of(options.output),
                                             colored(globals, options.output)));
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
  command->footer(
      "Examples:\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --placement hybrid --placement hybrid-soci\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --set /horizon=7d --format json -o week.json\n"
      "Exit code 3: done, but some replications failed and are not in the numbers.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return simulate(*options, globals); };
  });
}

}  // namespace berth
