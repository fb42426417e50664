// berth import prices | sagemaker FILE...: real price lists and job histories into files a scenario
// can use. What was used and what was not goes to stderr.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "scenarios/read_catalogue.h"
#include "tools/command.h"
#include "tools/import_prices.h"
#include "tools/import_sagemaker.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string base;
  SagemakerImportOptions sagemaker;
  OutputOptions output;
};

// A file is streamed: bulk price lists have hundreds of megabytes.
class Input {
 public:
  explicit Input(const std::string& path) : name_(path == "-" ? "<stdin>" : path) {
    if (path == "-") return;
    require_readable(path);
    file_ = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (file_->peek() == std::ifstream::traits_type::eof())
      throw WrongFile(path + ": error: the file is empty\n");
  }
  std::istream& stream() { return file_ ? *file_ : std::cin; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::unique_ptr<std::ifstream> file_;
};

std::vector<Input> inputs_of(const std::vector<std::string>& paths) {
  if (std::ranges::count(paths, "-") > 1) throw UsageError("standard input (-) can be read once");
  std::vector<Input> inputs;
  inputs.reserve(paths.size());
  for (const std::string& path : paths) inputs.emplace_back(path);
  return inputs;
}

Catalogue base_catalogue(const std::string& file) {
  if (file.empty()) return builtin_catalogue();
  const std::string text = read_input(file);
  std::vector<Issue> issues;
  Catalogue catalogue = read_catalogue(text, file, issues);
  for (const Issue& issue : issues) complain(render_issue(issue, text));
  if (!issues.empty()) throw UsageError(file + " is not a catalogue that can be used");
  return catalogue;
}

Exit prices(const Options& options, const Globals& globals) {
  std::vector<std::string> inputs = options.files;
  inputs.push_back(options.base);
  check_writable(options.output.file, inputs);
  Catalogue catalogue = base_catalogue(options.base);
  std::size_t used = 0;
  bool wrong = false;
  for (Input& input : inputs_of(options.files)) {
    const PriceImport result = import_prices(input.stream(), input.name(), catalogue);
    if (result.error) complain(summary(result));
    else say(globals, summary(result));
    wrong = wrong || result.error.has_value();
    used += result.used.size();
  }
  if (wrong) return Exit::wrong_input;
  if (used == 0) throw UsageError("no price in these files is one the catalogue can use");
  write_output(options.output.file, write_catalogue_csv(catalogue));
  return Exit::done;
}

Exit sagemaker(const Options& options, const Globals& globals) {
  check_writable(options.output.file, options.files);
  std::vector<Input> inputs = inputs_of(options.files);
  std::vector<HistoryInput> history;
  history.reserve(inputs.size());
  for (Input& input : inputs) history.push_back({input.name(), &input.stream()});
  const SagemakerImport result = import_sagemaker(history, options.sagemaker);
  if (result.overlay.empty()) {
    complain(summary(result));
    throw UsageError("these jobs are too few to fit anything");
  }
  say(globals, summary(result));
  write_output(options.output.file, result.overlay);
  return Exit::done;
}

CLI::App* add_kind(CLI::App& import, const char* name, const char* about, Options& options) {
  CLI::App* command = import.add_subcommand(name, about);
  command->add_option("file", options.files, "Files; - is standard input")
      ->required()
      ->type_name("FILE");
  add_output_file(*command, options.output);
  return command;
}

void add_prices(CLI::App& import, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_kind(import, "prices", "AWS price lists into a catalogue CSV", *options);
  command->add_option("--base", options->base, "Update this catalogue instead of the built-in one")
      ->type_name("FILE");
  command->footer("Example:\n  berth import prices AmazonEC2.json AmazonSageMaker.json -o prices.csv");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return prices(*options, globals); };
  });
}

void add_sagemaker(CLI::App& import, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_kind(import, "sagemaker",
                               "SageMaker job histories into start-up laws for a scenario", *options);
  command->add_option("--from-year", options->sagemaker.from_year, "Leave out jobs created earlier")
      ->type_name("YEAR");
  command->add_option("--platform", options->sagemaker.platform, "The platform's name in the scenario")
      ->type_name("NAME")
      ->capture_default_str();
  command->footer("Example:\n  berth import sagemaker jobs.json -o measured.yaml");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return sagemaker(*options, globals); };
  });
}

}  // namespace

void add_import(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* import = app.add_subcommand("import", "Real prices and job histories into files to use");
  import->require_subcommand(1);
  add_prices(*import, globals, chosen);
  add_sagemaker(*import, globals, chosen);
}

}  // namespace berth
