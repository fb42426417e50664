// berth compare BASE OTHER...: what changes, paired replication by replication.
#include <CLI/CLI.hpp>
#include <algorithm>
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

bool has_placement(const Scenario& scenario, const std::string& name) {
  return std::ranges::find(scenario.placements, name, &Placement::name) !=
         scenario.placements.end();
}

// One file: its placements against the first. Several: each placement against its namesake in the
// base, under the base's seed and number of replications, or nothing could be paired.
void prepare(std::vector<ReadScenario>& scenarios, const RunOptions& options) {
  ReadScenario& base = scenarios.front();
  base.scenario.placements = chosen_placements(base.scenario, options.placements);
  if (scenarios.size() == 1 && base.scenario.placements.size() < 2)
    throw UsageError("compare needs two scenarios, or one with at least two placements");
  for (ReadScenario& other : std::span(scenarios).subspan(1)) {
    other.scenario.seed = base.scenario.seed;
    other.scenario.replications = base.scenario.replications;
    if (!options.placements.empty())
      other.scenario.placements = chosen_placements(other.scenario, options.placements);
  }
}

// Nobody should wait for placements that have nothing to be compared with.
std::vector<std::string> drop_unpaired(std::vector<ReadScenario>& scenarios,
                                       const std::vector<std::string>& names) {
  std::vector<std::string> notes;
  if (scenarios.size() == 1) return notes;
  Scenario& base = scenarios.front().scenario;
  const auto others = std::span(scenarios).subspan(1);
  for (std::size_t i = 1; i < scenarios.size(); ++i)
    std::erase_if(scenarios[i].scenario.placements, [&](const Placement& placement) {
      if (has_placement(base, placement.name)) return false;
      notes.push_back("placement " + placement.name + " is only in " + names[i]);
      return true;
    });
  std::erase_if(base.placements, [&](const Placement& placement) {
    const bool paired = std::ranges::any_of(
        others, [&](const ReadScenario& other) { return has_placement(other.scenario, placement.name); });
    if (!paired)
      notes.push_back("placement " + placement.name + " is only in " + names.front());
    return !paired;
  });
  if (base.placements.empty()) throw UsageError("the scenarios have no placement of the same name");
  return notes;
}

std::vector<Comparison> within(const Result& result) {
  std::vector<Comparison> comparisons;
  for (std::size_t i = 1; i < result.placements.size(); ++i)
    comparisons.push_back(compare(result.placements[0].placement, result.placements[0],
                                  result.placements[i].placement, result.placements[i]));
  return comparisons;
}

std::vector<Comparison> between(const std::vector<std::string>& names,
                                const std::vector<Result>& results) {
  std::vector<Comparison> comparisons;
  for (std::size_t i = 1; i < results.size(); ++i)
    for (const Summary& base : results[0].placements) {
      const auto same =
          std::ranges::find(results[i].placements, base.placement, &Summary::placement);
      if (same == results[i].placements.end()) continue;
      comparisons.push_back(compare(names[0] + ": " + base.placement, base,
                                    names[i] + ": " + base.placement, *same));
    }
  return comparisons;
}

std::string rendered(const ComparisonReport& report, Format format, bool color) {
  switch (format) {
    case Format::json: return json_report(report);
    case Format::csv: return csv_report(report);
    case Format::markdown: return markdown_report(report);
    case Format::table: return table_report(report, color);
  }
  return "";
}

Exit compare_scenarios(const Options& options, const Globals& globals) {
  check_writable(options.output.file, files_read(options.run));
  auto scenarios = read_scenarios(options.run, globals);
  if (!scenarios) return Exit::wrong_input;
  prepare(*scenarios, options.run);
  const std::vector<std::string> names = short_names(options.run.scenarios);
  ComparisonReport report{.notes = drop_unpaired(*scenarios, names)};
  Ran ran = run_scenarios(*scenarios, options.run, globals);
  if (ran.exit != Exit::done && ran.exit != Exit::some_failed) return ran.exit;
  report.comparisons =
      ran.results.size() == 1 ? within(ran.results[0]) : between(names, ran.results);
  if (report.comparisons.empty()) return Exit::internal;
  for (Result& result : ran.results) {
    report.from.push_back(std::move(result.from));
    report.failures.insert(report.failures.end(), result.failures.begin(), result.failures.end());
  }
  write_output(options.output.file, rendered(report, format_of(options.output),
                                             colored(globals, options.output)));
  return ran.exit;
}

}  // namespace

void add_compare(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("compare", "Paired differences with intervals; the base comes first");
  command
      ->add_option("scenario", options->run.scenarios,
                   "BASE OTHER...: placements of the same name; or one file: its placements")
      ->required()
      ->type_name("SCENARIO");
  add_run_options(*command, options->run);
  add_output_options(*command, options->output);
  command->footer(
      "Examples:\n"
      "  berth compare scenarios/lyft-hybrid.yaml scenarios/what-if/no-spot.yaml\n"
      "  berth compare scenarios/lyft-hybrid.yaml --placement hybrid --placement hybrid-soci\n"
      "Every scenario runs under the base's seed and replications, so differences are paired.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return compare_scenarios(*options, globals); };
  });
}

}  // namespace berth
