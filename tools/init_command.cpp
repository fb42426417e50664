// berth init [DIR]: a commented scenario to start from, and what an editor needs to help with it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "scenarios/starter.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string directory = ".";
  bool force = false;
};

// Somebody's work is never written over by a starter; all or nothing.
void refuse_existing(const std::vector<StarterFile>& files, const fs::path& directory) {
  std::string there;
  for (const StarterFile& file : files)
    if (fs::exists(directory / file.path)) there += "\n  " + (directory / file.path).string();
  if (!there.empty()) throw UsageError("these files are there already (--force replaces them):" + there);
}

Exit init(const Options& options, const Globals& globals) {
  const std::vector<StarterFile> files = starter_files();
  const fs::path directory = options.directory;
  if (!options.force) refuse_existing(files, directory);
  for (const StarterFile& file : files) {
    const fs::path path = directory / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) throw CannotWrite("cannot make " + path.parent_path().string() + ": " + error.message());
    write_output(path.string(), file.text);
    say(globals, fmt::format("wrote  {:<36}  {}\n", path.lexically_normal().string(), file.about));
  }
  say(globals, fmt::format("Next:  berth simulate {}\n",
                           (directory / files.front().path).lexically_normal().string()));
  return Exit::done;
}

}  // namespace

void add_init(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("init", "Write a commented starter scenario");
  command->add_option("dir", options->directory, "Where to (default: here)")->type_name("DIR");
  command->add_flag("--force", options->force, "Replace files that are there already");
  command->footer("Example:\n  berth init my-platform");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return init(*options, globals); };
  });
}

}  // namespace berth
