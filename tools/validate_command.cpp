// berth validate SCENARIO...: all mistakes of all files on stderr, or "ok" for each on stdout.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "scenarios/read_scenario.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::vector<std::string> scenarios, overlays, sets;
};

Exit validate(const Options& options, const Globals& globals) {
  if (std::ranges::count(options.scenarios, "-") > 1)
    throw UsageError("standard input (-) can be read once");
  std::string fine;
  Exit exit = Exit::done;
  for (const std::string& path : options.scenarios) {
    const Loaded loaded = load_scenario(path, options.sets, options.overlays);
    if (!loaded.scenario)
      complain(render_issues(loaded));
    else if (!loaded.issues.empty())
      say(globals, render_issues(loaded));
    if (!loaded.scenario)
      exit = Exit::wrong_input;
    else
      fine += (path == "-" ? "<stdin>" : path) + ": ok\n";
  }
  write_output("", fine);
  return exit;
}

}  // namespace

void add_validate(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("validate", "Check scenarios: all mistakes of all files, or ok");
  command->add_option("scenario", options->scenarios, "Scenario files; - is standard input")
      ->required()
      ->type_name("SCENARIO");
  command
      ->add_option("--overlay", options->overlays, "Lay a file over each first (may be repeated)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--set", options->sets, "Replace one value first (may be repeated)")
      ->type_name("/json/pointer=VALUE")
      ->allow_extra_args(false);
  command->footer(
      "Example:\n  berth validate scenarios/*.yaml\nExit code 2 when anything is wrong.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return validate(*options, globals); };
  });
}

}  // namespace berth
