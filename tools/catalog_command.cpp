// berth catalog list | show TYPE: instance types and prices, each with day and source.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/read_catalogue.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::string file, type;
  CatalogueFilter filter;
  bool other = false;
  OutputOptions output;
};

Catalogue catalogue_of(const Options& options) {
  if (options.file.empty()) return builtin_catalogue();
  const std::string text = read_input(options.file);
  std::vector<Issue> issues;
  Catalogue catalogue = read_catalogue(text, options.file, issues);
  if (issues.empty()) return catalogue;
  std::string words;
  for (const Issue& issue : issues) words += render_issue(issue, text);
  complain(words);
  throw UsageError(options.file + " is not a catalogue that can be used");
}

Exit list(const Options& options, const Globals& globals) {
  const Catalogue catalogue = catalogue_of(options);
  const Format format = format_of(options.output);
  const bool color = colored(globals, options.output);
  if (!options.other && matching(catalogue, options.filter).empty()) {
    complain("no instance type of the catalogue matches\n");
    return Exit::answer_is_no;
  }
  write_output(options.output.file, options.other
                                        ? list_other_prices(catalogue, format, color)
                                        : list_types(catalogue, options.filter, format, color));
  return Exit::done;
}

std::string unknown_type(const Catalogue& catalogue, const std::string& name) {
  std::string words = fmt::format("the catalogue has no instance type \"{}\"", name);
  const auto nearest = nearest_types(catalogue, name);
  for (std::size_t i = 0; i < nearest.size(); ++i)
    words += (i == 0 ? "\n  hint: did you mean " : ", ") + ("\"" + nearest[i] + "\"");
  return nearest.empty() ? words : words + "?";
}

Exit show(const Options& options, const Globals& globals) {
  const Catalogue catalogue = catalogue_of(options);
  const InstanceType* type = catalogue.find(options.type);
  if (type == nullptr) throw UsageError(unknown_type(catalogue, options.type));
  write_output(options.output.file, show_type(catalogue, *type, format_of(options.output),
                                              colored(globals, options.output)));
  return Exit::done;
}

void add_catalogue_file(CLI::App& command, Options& options) {
  command.add_option("--catalogue", options.file, "A catalogue CSV instead of the built-in one")
      ->type_name("FILE");
}

void add_list(CLI::App& catalog, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = catalog.add_subcommand("list", "One row an instance type");
  command->add_option("--family", options->filter.family, "Families that begin so, as in g5 or m")
      ->type_name("NAME");
  command->add_flag("--gpu", options->filter.only_gpu, "Only types with GPUs or other accelerators");
  command->add_flag("--other", options->other, "Prices that do not belong to an instance type");
  add_catalogue_file(*command, *options);
  add_output_options(*command, options->output);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return list(*options, globals); };
  });
}

void add_show(CLI::App& catalog, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = catalog.add_subcommand("show", "Everything about one type, with sources");
  command->add_option("type", options->type, "An instance type, as in m5.xlarge or ml.m5.xlarge")
      ->required()
      ->type_name("TYPE");
  add_catalogue_file(*command, *options);
  add_output_options(*command, options->output);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return show(*options, globals); };
  });
}

}  // namespace

void add_catalog(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* catalog =
      app.add_subcommand("catalog", "Instance types and prices, each with day and source");
  catalog->require_subcommand(1);
  add_list(*catalog, globals, chosen);
  add_show(*catalog, globals, chosen);
  catalog->footer("Examples:\n  berth catalog list --family g5\n  berth catalog show ml.p4d.24xlarge");
}

}  // namespace berth
