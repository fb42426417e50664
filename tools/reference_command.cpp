// berth reference [PATH]: what can be written in a scenario, field by field.
#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/schema.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::string path;
  OutputOptions output;
};

Exit print_reference(const Options& options) {
  std::string hint;
  const auto text = scenario_reference(options.path, &hint);
  if (!text)
    throw UsageError("a scenario has no field \"" + options.path + "\"" +
                     (hint.empty() ? "" : "\n  hint: " + hint));
  write_output(options.output.file, *text);
  return Exit::done;
}

}  // namespace

void add_reference(CLI::App& app, const Globals&, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("reference", "Explain a field of a scenario, or all");
  command->add_option("path", options->path, "A field, as in training.schedule; without it, all")
      ->type_name("PATH");
  add_output_file(*command, options->output);
  command->footer("Example:\n  berth reference training.schedule");
  command->callback([options, &chosen] { chosen = [options] { return print_reference(*options); }; });
}

}  // namespace berth
