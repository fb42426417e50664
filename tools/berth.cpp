// The berth command: choose a subcommand, run it, turn what happened into an exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "models/model_version.h"
#include "reports/grid.h"
#include "reports/read_result.h"
#include "scenarios/issue.h"
#include "sim/settings.h"
#include "tools/command.h"
#include "tools/output.h"

namespace {

using namespace berth;

std::string version_text() {
  std::string text = fmt::format("berth {} (model {})", tool_version(), model_version());
  for (const auto& [name, value] : engine_settings())
    if (name == "simgrid") text += ", SimGrid " + value;
  return text;
}

void add_globals(CLI::App& app, Globals& globals) {
  app.add_flag("-q,--quiet", globals.quiet, "No progress and no remarks on stderr, only errors");
  app.add_flag("-v,--verbose", globals.verbosity, "Say on stderr what is read and how long it took");
  app.add_option("--color", globals.color, "auto, always or never (NO_COLOR is heeded)")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.set_version_flag("--version", version_text);
}

void add_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  app.require_subcommand(1);
  add_simulate(app, globals, chosen);
  add_compare(app, globals, chosen);
  add_explain(app, globals, chosen);
  add_report(app, globals, chosen);
  add_check(app, globals, chosen);
  add_validate(app, globals, chosen);
  add_schema(app, globals, chosen);
  add_reference(app, globals, chosen);
  add_catalog(app, globals, chosen);
  add_init(app, globals, chosen);
  add_import(app, globals, chosen);
  add_calibrate(app, globals, chosen);
  add_backtest(app, globals, chosen);
  add_breakeven(app, globals, chosen);
  add_plan(app, globals, chosen);
  add_flip(app, globals, chosen);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
    for (const CLI::Option* option : at->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// The command furthest down that was named: "catalog" in `catalog lst`.
const CLI::App& deepest(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : deepest(*parsed.front());
}

std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? "berth" : full_name(*parent) + " " + app.get_name();
}

// Help of at most 98 columns: what CLI11 leaves in one line goes on below its description.
class NarrowHelp : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::istringstream help(CLI::Formatter::make_help(app, std::move(name), mode));
    const std::size_t column = get_column_width();
    std::string text;
    for (std::string line; std::getline(help, line);) {
      if (width_of(line) <= kWidest) {
        text += line + "\n";
        continue;
      }
      const bool described = line.starts_with("  ") && line.size() > column && line[column - 1] == ' ';
      const std::string indent(line.starts_with(" ") ? column : 0, ' ');
      const std::string words = line.substr(described ? column : line.find_first_not_of(' '));
      const std::string broken = wrapped(indent, indent, words);
      text += described ? line.substr(0, column) + broken.substr(column) : broken;
    }
    return text;
  }

 private:
  static constexpr std::size_t kWidest = 100;
};

// CLI11 says "A subcommand is required" for `berth simulat x.yaml`: look at the word itself.
std::string unexpected_word(const CLI::App& command, const std::vector<std::string>& left) {
  for (const std::string& word : left) {
    if (word.starts_with("-") && word != "-") {
      const std::string hint = nearest_hint(word, option_names(command));
      return fmt::format("{} has no option \"{}\"{}", full_name(command), word,
                         hint.empty() ? "" : "\n  hint: " + hint);
    }
    const std::vector<std::string> names = command_names(command);
    if (names.empty()) return fmt::format("{} does not expect \"{}\"", full_name(command), word);
    const std::string hint = nearest_hint(word, names);
    return fmt::format("{} has no command \"{}\"{}", full_name(command), word,
                       hint.empty() ? "" : "\n  hint: " + hint);
  }
  return "";
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = deepest(app);
  std::string word = unexpected_word(command, app.remaining(true));
  if (!word.empty()) return word;
  if (!command_names(command).empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return full_name(command) + " needs a command";
  return error.what();
}

int wrong_usage(const CLI::App& app, const CLI::ParseError& error) {
  complain(fmt::format("error: {}\nSee {} --help\n", usage_message(app, error),
                       full_name(deepest(app))));
  return status(Exit::wrong_input);
}

int run(const Action& action) {
  try {
    return status(action());
  } catch (const UsageError& error) {
    complain(fmt::format("error: {}\n", error.what()));
    return status(Exit::wrong_input);
  } catch (const WrongFile& error) {
    complain(error.what());
    return status(Exit::wrong_input);
  } catch (const Unreadable& error) {
    complain(fmt::format("{}\n", error.what()));
    return status(Exit::wrong_input);
  } catch (const CannotWrite& error) {
    complain(fmt::format("error: {}\n", error.what()));
    return status(Exit::wrong_input);
  } catch (const std::exception& error) {
    complain(fmt::format("internal error: {}\n", error.what()));
    return status(Exit::internal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Where ML workloads should run, what that costs and how long things take: simulated.",
               "berth");
  app.formatter(std::make_shared<NarrowHelp>());
  app.fallthrough();  // global options also after the command
  app.footer("Exit codes: 0 done, 1 the answer is no, 2 wrong input or usage, 3 some replications "
             "failed,\n  70 internal error, 130 or 143 interrupted.\n"
             "Example:\n  berth simulate scenarios/lyft-hybrid.yaml");
  Globals globals;
  Action chosen;
  add_globals(app, globals);
  add_commands(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return wrong_usage(app, error);
  }
  return run(chosen);
}
