// berth breakeven SCENARIO --image NAME: which way to start wins when, by pull mode and by
// platform.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "planner/break_even_study.h"
#include "reports/break_even_report.h"
#include "scenarios/quantities.h"
#include "tools/command.h"
#include "tools/output.h"
#include "tools/run_scenarios.h"

namespace berth {
namespace {

struct Options {
  std::string scenario, image, class_name, type, wait_price;
  std::vector<std::string> sets, overlays;
  OutputOptions output;
};

std::string with_hint(std::string message, const std::string& word,
                      const std::vector<std::string>& known) {
  const std::string hint = nearest_hint(word, known);
  return hint.empty() ? message : message + "; " + hint;
}

// The position of a name; UsageError names the nearest one.
template <class T>
std::int32_t position_of(const std::vector<T>& list, const std::string& name, const char* what) {
  const auto found = std::ranges::find(list, name, &T::name);
  if (found != list.end()) return static_cast<std::int32_t>(found - list.begin());
  std::vector<std::string> names;
  names.reserve(list.size());
  for (const T& one : list) names.push_back(one.name);
  throw UsageError(
      with_hint(fmt::format("the scenario has no {} \"{}\"", what, name), name, names));
}

UsdPerHour wait_price(const std::string& text) {
  if (text.empty()) return {0};
  const auto money = parse_money(text);
  if (!money.value)
    throw UsageError("expected a price as $30/h for --wait-price, not \"" + text + "\"");
  return {money.value->usd};
}

BreakEvenOptions asked(const Scenario& scenario, const Options& options) {
  BreakEvenOptions asked{.image = ImageId{position_of(scenario.images, options.image, "image")},
                         .wait = wait_price(options.wait_price)};
  if (!options.class_name.empty())
    asked.only_class =
        TrainingId{position_of(scenario.training, options.class_name, "training class")};
  if (!options.type.empty()) {
    const auto type = scenario.catalogue.index_of(options.type);
    if (!type)
      throw UsageError(with_hint("the catalogue has no instance type \"" + options.type + "\"",
                                 options.type, nearest_types(scenario.catalogue, options.type)));
    asked.type = TypeId{*type};
  }
  return asked;
}

Exit break_even(const Options& options, const Globals& globals) {
  std::vector<std::string> inputs = options.overlays;
  inputs.push_back(options.scenario);
  check_writable(options.output.file, inputs);
  const auto read = read_scenarios(
      {.scenarios = {options.scenario}, .overlays = options.overlays, .sets = options.sets},
      globals);
  if (!read) return Exit::wrong_input;
  const Scenario& scenario = read->front().scenario;
  const BreakEvenStudy study = study_break_even(scenario, asked(scenario, options));
  if (!study.wrong.empty()) throw UsageError(study.wrong);
  Provenance from = provenance_of(scenario, {});  // by formulas, with no engine
  from.inputs = read->front().inputs;
  write_output(options.output.file,
               break_even_report(study.subjects, from, format_of(options.output),
                                 colored(globals, options.output)));
  return Exit::done;
}

}  // namespace

void add_breakeven(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "breakeven",
      "Which pull mode and which platform start an image best, and where that changes");
  command->add_option("scenario", options->scenario, "A scenario file; - is standard input")
      ->required()
      ->type_name("SCENARIO");
  command->add_option("--image", options->image, "An image of the scenario")
      ->required()
      ->type_name("NAME");
  command->add_option("--class", options->class_name, "Only this training class of the image")
      ->type_name("NAME");
  command->add_option("--type", options->type, "The machine, instead of the placements' own")
      ->type_name("TYPE");
  command
      ->add_option("--wait-price", options->wait_price,
                   "What an hour of waiting for a job's start is worth, as $30/h")
      ->type_name("PRICE");
  command
      ->add_option("--overlay", options->overlays, "Lay a file over the scenario (may be repeated)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--set", options->sets, "Replace one value of the scenario (may be repeated)")
      ->type_name("/json/pointer=VALUE")
      ->allow_extra_args(false);
  add_output_options(*command, options->output);
  command->footer(
      "Example:\n  berth breakeven scenarios/lyft-hybrid.yaml --image plain --class retrain");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return break_even(*options, globals); };
  });
}

}  // namespace berth
