// berth explain FILE: why something happened, told from a file that berth wrote. What kind of file
// it is, is told by the "schema" in it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "reports/explain.h"
#include "reports/plan_report.h"
#include "reports/trace.h"
#include "scenarios/issue.h"
#include "scenarios/quantities.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::string file, workload, flips;
  std::optional<std::string> service, workload_class, at;
  std::string window = "10min";
  std::string format = "text", output;
};

UsageError problem(const std::string& where, int line, const std::string& message,
                   const std::string& hint) {
  const std::string place = line > 0 ? fmt::format("{}:{}", where, line) : where;
  return UsageError(
      fmt::format("{}: {}{}", place, message, hint.empty() ? "" : "\n  hint: " + hint));
}

void check_workload(const RunTrace& trace, bool is_service, const std::string& name) {
  std::vector<std::string> known;
  for (const TraceWorkload& one : trace.workloads)
    if (one.is_service == is_service) known.push_back(one.name);
  if (std::ranges::find(known, name) != known.end()) return;
  throw problem(
      fmt::format("trace of {}", trace.scenario), 0,
      fmt::format("no {} named {}", is_service ? "service" : "training class", in_quotes(name)),
      nearest_hint(name, known));
}

Question question_of(const RunTrace& trace, const Options& options) {
  Question question{.service = options.service, .workload_class = options.workload_class};
  if (options.service) check_workload(trace, true, *options.service);
  if (options.workload_class) check_workload(trace, false, *options.workload_class);
  const auto window = parse_duration(options.window);
  if (!window.value || window.value->count() <= 0)
    throw problem("--window", 0, window.value ? "expected more than no time at all" : window.wrong,
                  window.hint);
  question.window_s = window.value->count();
  const auto at = moment(trace, *options.at);
  if (const auto* wrong = std::get_if<TraceProblem>(&at))
    throw problem("--at", 0, wrong->message, wrong->hint);
  question.at_s = std::get<double>(at);
  return question;
}

Exit explain_trace(const std::string& text, const Options& options, const Globals& globals) {
  if (!options.flips.empty()) throw UsageError("--flips is of a plan");
  if (!options.workload.empty())
    throw UsageError(fmt::format("WORKLOAD is of a plan; of a trace: --service {0} or --class {0}",
                                 options.workload));
  if (!options.at)
    throw UsageError("a trace needs a moment: --at 18:05, --at 2026-03-02T18:05 or --at +3900");
  const auto read = read_trace(text);
  if (const auto* wrong = std::get_if<TraceProblem>(&read))
    throw problem(options.file, wrong->line, wrong->message, wrong->hint);
  const RunTrace& trace = std::get<RunTrace>(read);
  const Explanation told = explain(trace, question_of(trace, options));
  const OutputOptions output{.file = options.output};
  write_output(options.output, options.format == "json"
                                   ? explanation_json(told)
                                   : explanation_text(told, colored(globals, output)));
  return Exit::done;
}

Exit explain_plan_file(const std::string& text, const Options& options, const Globals& globals) {
  if (options.service || options.workload_class || options.at)
    throw UsageError("--service, --class and --at are of a trace; of a plan name a workload");
  if (options.format != "text")
    throw UsageError("a plan is explained as text; the plan file is the JSON");
  const OutputOptions output{.file = options.output};
  try {
    const std::string flips = options.flips.empty() ? "" : read_input(options.flips);
    write_output(options.output,
                 explain_plan(text, options.workload, colored(globals, output), flips));
  } catch (const NoPlan& wrong) {
    throw problem(options.file, 0, wrong.what(), "");
  }
  return Exit::done;
}

Exit explain_file(const Options& options, const Globals& globals) {
  check_writable(options.output, std::vector{options.file, options.flips});
  const std::string text = read_input(options.file);
  const std::string schema = schema_of_document(text);
  if (schema == kTraceSchema) return explain_trace(text, options, globals);
  if (schema == kPlanSchema) return explain_plan_file(text, options, globals);
  throw problem(options.file, 0,
                schema.empty() ? "this is no file that berth wrote"
                               : fmt::format("nothing is known to explain in a {}", schema),
                fmt::format("berth simulate --trace writes a trace ({}), berth plan -o a plan ({})",
                            kTraceSchema, kPlanSchema));
}

}  // namespace

void add_explain(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "explain", "Why something happened: the story of a trace, or the reasons of a plan");
  command->add_option("file", options->file, "A trace or a plan; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("workload", options->workload, "Of a plan: only this workload")
      ->type_name("WORKLOAD");
  command->add_option("--flips", options->flips, "Of a plan: what `berth flip -o` wrote of it")
      ->type_name("FLIPS.json");
  CLI::Option* service =
      command->add_option("--service", options->service, "The story of this service")
          ->type_name("NAME");
  command->add_option("--class", options->workload_class, "The story of this training class")
      ->type_name("NAME")
      ->excludes(service);
  command
      ->add_option("--at", options->at, "HH:MM, a date-time, or +seconds since the window opened")
      ->type_name("TIME");
  command->add_option("--window", options->window, "How far to look on either side")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--format", options->format, "text or json")
      ->type_name("text|json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_option("-o,--output", options->output, "Write to FILE instead of standard output")
      ->type_name("FILE");
  command->footer(
      "Example:\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --placement hybrid --trace day.jsonl\n"
      "  berth explain day.jsonl --service pricing --at 18:05\n"
      "  berth explain plan.json retrain-15min\n"
      "  berth explain plan.json retrain-15min --flips flips.json\n"
      "Of a trace without --service and --class: the clusters.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return explain_file(*options, globals); };
  });
}

}  // namespace berth
