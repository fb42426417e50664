// What the commands of `berth` share: options that mean the same everywhere, and how a command is
// added. CLI11 is only included where commands are defined; it is slow to compile.
//
// A command adds its options to the parser and, when it is chosen, puts what to do into `chosen`.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "reports/catalogue_report.h"
#include "tools/exit_code.h"
#include "tools/terminal.h"

namespace CLI {
class App;
}

namespace berth {

// Wrong usage found after parsing: printed as an error, exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A file that says for itself what is wrong with it, line by line; exit code 2.
struct WrongFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Globals {
  bool quiet = false;
  int verbosity = 0;
  std::string color = "auto";
};

struct OutputOptions {
  std::string format = "table";
  std::string file;  // "" and "-": standard output
};

using Action = std::function<Exit()>;

void add_simulate(CLI::App& app, const Globals& globals, Action& chosen);
void add_compare(CLI::App& app, const Globals& globals, Action& chosen);
void add_check(CLI::App& app, const Globals& globals, Action& chosen);
void add_report(CLI::App& app, const Globals& globals, Action& chosen);
void add_validate(CLI::App& app, const Globals& globals, Action& chosen);
void add_schema(CLI::App& app, const Globals& globals, Action& chosen);
void add_reference(CLI::App& app, const Globals& globals, Action& chosen);
void add_catalog(CLI::App& app, const Globals& globals, Action& chosen);
void add_init(CLI::App& app, const Globals& globals, Action& chosen);
void add_import(CLI::App& app, const Globals& globals, Action& chosen);
void add_calibrate(CLI::App& app, const Globals& globals, Action& chosen);
void add_explain(CLI::App& app, const Globals& globals, Action& chosen);
void add_backtest(CLI::App& app, const Globals& globals, Action& chosen);
void add_breakeven(CLI::App& app, const Globals& globals, Action& chosen);
void add_plan(CLI::App& app, const Globals& globals, Action& chosen);
void add_flip(CLI::App& app, const Globals& globals, Action& chosen);

// --format and -o; only -o for results that have one form.
void add_output_options(CLI::App& command, OutputOptions& output);
void add_output_file(CLI::App& command, OutputOptions& output);
Format format_of(const OutputOptions& output);
// Colour for what goes to `output`: never into a file, unless asked for.
bool colored(const Globals& globals, const OutputOptions& output);

void say(const Globals& globals, const std::string& text);        // stderr, unless --quiet
void say_details(const Globals& globals, const std::string& text);  // stderr, with -v
void complain(const std::string& text);                           // stderr, always

// WrongFile says why a file cannot be read: it is not there, is a folder, may not be opened. "-" passes.
void require_readable(const std::string& path);
// The whole file, "-" for standard input. WrongFile when it cannot be read.
std::string read_input(const std::string& path);

}  // namespace berth
