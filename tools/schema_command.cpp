// berth schema: the JSON Schema of scenarios for editors, or of results for programs that read them.
#include <CLI/CLI.hpp>
#include <memory>

#include "reports/check_schema.h"
#include "reports/flip_schema.h"
#include "reports/plan_report.h"
#include "reports/result_schema.h"
#include "reports/trace_schema.h"
#include "scenarios/schema.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::string what = "scenario";
  bool result = false, comparison = false, trace = false;
  OutputOptions output;
};

Exit print_schema(const Options& options) {
  const std::string what = options.result       ? "result"
                           : options.comparison ? "comparison"
                           : options.trace      ? "trace"
                                                : options.what;
  write_output(options.output.file, what == "result"       ? result_schema()
                                    : what == "comparison" ? comparison_schema()
                                    : what == "trace"      ? trace_schema()
                                    : what == "plan"       ? plan_schema()
                                    : what == "check"      ? check_schema()
                                    : what == "flip"       ? flip_schema()
                                    : what == "breakeven"  ? break_even_schema()
                                                           : scenario_schema());
  return Exit::done;
}

}  // namespace

void add_schema(CLI::App& app, const Globals&, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("schema", "JSON Schema (draft-07) of what berth reads and writes");
  CLI::Option* what =
      command
          ->add_option("what", options->what,
                       "scenario, result, comparison, trace, plan, check, flip or breakeven")
          ->type_name("WHAT")
          ->check(CLI::IsMember({"scenario", "result", "comparison", "trace", "plan", "check", "flip",
                                 "breakeven"}));
  CLI::Option* result =
      command->add_flag("--result", options->result, "What `simulate --format json` writes")
          ->excludes(what);
  CLI::Option* comparison =
      command->add_flag("--comparison", options->comparison, "What `compare --format json` writes")
          ->excludes(what)
          ->excludes(result);
  command->add_flag("--trace", options->trace, "A line of what `simulate --trace` writes")
      ->excludes(what)
      ->excludes(result)
      ->excludes(comparison);
  add_output_file(*command, options->output);
  command->footer("Example:\n  berth schema -o scenario.schema.json");
  command->callback([options, &chosen] { chosen = [options] { return print_schema(*options); }; });
}

}  // namespace berth
