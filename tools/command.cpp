#include "tools/command.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace berth {

void add_output_file(CLI::App& command, OutputOptions& output) {
  command.add_option("-o,--output", output.file, "Write to FILE instead of standard output")
      ->type_name("FILE");
}

void add_output_options(CLI::App& command, OutputOptions& output) {
  command.add_option("--format", output.format, "table, json, csv or markdown")
      ->type_name("FORMAT")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json", "csv", "markdown"}));
  add_output_file(command, output);
}

Format format_of(const OutputOptions& output) {
  if (output.format == "json") return Format::json;
  if (output.format == "csv") return Format::csv;
  return output.format == "markdown" ? Format::markdown : Format::table;
}

bool colored(const Globals& globals, const OutputOptions& output) {
  const ColorWish wish = globals.color == "always"  ? ColorWish::always
                         : globals.color == "never" ? ColorWish::never
                                                    : ColorWish::automatic;
  const bool to_file = !output.file.empty() && output.file != "-";
  if (to_file && wish == ColorWish::automatic) return false;
  return use_color(wish, surroundings(fileno(stdout)));
}

void complain(const std::string& text) { std::fputs(text.c_str(), stderr); }

void say(const Globals& globals, const std::string& text) {
  if (!globals.quiet) complain(text);
}

void say_details(const Globals& globals, const std::string& text) {
  if (!globals.quiet && globals.verbosity > 0) complain(text);
}

void require_readable(const std::string& path) {
  if (path == "-") return;
  const auto refuse = [&](const std::string& why) { throw WrongFile(path + ": error: " + why + "\n"); };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) refuse("no such file");
  if (std::filesystem::is_directory(status)) refuse("this is a folder, not a file");
  if (!std::ifstream(path, std::ios::binary).is_open()) refuse(std::strerror(errno));
}

std::string read_input(const std::string& path) {
  require_readable(path);
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  // A directory opens and only fails when read.
  if (!in.is_open() || in.bad()) throw UsageError("cannot read " + path);
  return text;
}

}  // namespace berth
