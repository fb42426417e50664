// berth report RESULT.json|PLAN.json... -o report.html: results and plans as a page, Markdown, tables or a FOCUS bill.
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "reports/focus.h"
#include "reports/page.h"
#include "reports/result_tables.h"
#include "tools/command.h"
#include "tools/output.h"
#include "tools/stored_file.h"

namespace berth {
namespace {

constexpr const char* kMetadataEnding = ".metadata.json";  // beside a bill

struct Options {
  std::vector<std::string> documents;
  std::string page, markdown, tables, focus;
};

Documents read_documents(const Options& options) {
  if (std::ranges::count(options.documents, "-") > 1)
    throw UsageError("standard input (-) can be read once");
  std::vector<StoredText> texts;
  for (const std::string& path : options.documents)
    texts.push_back({path == "-" ? "<stdin>" : path, read_stored(path)});
  return texts;
}

void make_folder(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
  if (mkdir(path.c_str(), 0777) != 0)
    throw CannotWrite(fmt::format("cannot make the folder {}: {}", path, std::strerror(errno)));
}

void check_outputs(const Options& options) {
  int to_stdout = 0;
  for (const std::string& file : {options.page, options.markdown, options.focus}) {
    if (!file.empty()) check_writable(file, options.documents);
    to_stdout += file == "-";
  }
  if (!options.focus.empty() && options.focus != "-")
    check_writable(options.focus + kMetadataEnding, options.documents);
  if (to_stdout > 1) throw UsageError("only one report can go to standard output");
  if (options.page.empty() && options.markdown.empty() && options.tables.empty() &&
      options.focus.empty())
    throw UsageError(
        "what shall be written?\n  hint: -o report.html, --markdown FILE, --csv FOLDER or --focus "
        "FILE");
}

std::string size_words(std::size_t bytes) {
  const auto size = static_cast<double>(bytes);
  return size < 1e3   ? fmt::format("{} B", bytes)
         : size < 1e6 ? fmt::format("{:.1f} kB", size / 1e3)
                      : fmt::format("{:.1f} MB", size / 1e6);
}

void said(const Globals& globals, const std::string& path, const std::string& text,
          const char* what) {
  if (path == "-") return;
  say(globals,
      fmt::format("wrote {}  {}{}\n", path, size_words(text.size()), what));
}

Exit report(const Options& options, const Globals& globals) {
  check_outputs(options);
  const Documents documents = read_documents(options);
  // Everything is made before anything is written, so a wrong file leaves nothing behind.
  const std::string page = options.page.empty() ? "" : html_page(documents);
  const std::string markdown = options.markdown.empty() ? "" : page_markdown(documents);
  const std::string focus = options.focus.empty() ? "" : focus_csv(documents);
  const auto tables = options.tables.empty() ? std::vector<NamedTable>{} : result_tables(documents);
  if (!options.tables.empty()) make_folder(options.tables);
  if (!page.empty())
    write_output(options.page, page),
        said(globals, options.page, page, ", opens without a network");
  if (!markdown.empty())
    write_output(options.markdown, markdown), said(globals, options.markdown, markdown, "");
  if (!focus.empty()) {
    write_output(options.focus, focus);
    said(globals, options.focus, focus, "");
    if (options.focus != "-") {
      const std::string metadata = focus_metadata(documents);
      write_output(options.focus + kMetadataEnding, metadata);
      said(globals, options.focus + kMetadataEnding, metadata, "");
    }
  }
  for (const NamedTable& table : tables) {
    const std::string path = options.tables + "/" + table.file;
    write_output(path, table.text);
    said(globals, path, table.text, "");
  }
  return Exit::done;
}

}  // namespace

void add_report(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("report", "Results as one page to open in a meeting, or for other tools");
  command
      ->add_option("result", options->documents,
                   "Results, plans, flips and break-evens (JSON); - is standard input")
      ->required()
      ->type_name("RESULT.json");
  command->add_option("-o,--output", options->page, "One self-contained HTML page")
      ->type_name("FILE");
  command->add_option("--markdown", options->markdown, "A summary in Markdown")->type_name("FILE");
  command->add_option("--csv", options->tables, "Long tables, a CSV file each")
      ->type_name("FOLDER");
  command->add_option("--focus", options->focus, "The results' bill in FOCUS 1.2 columns (CSV)")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --format json -o result.json\n"
      "  berth report result.json -o report.html\n"
      "  berth report result.json --csv tables --focus bill.csv");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return report(*options, globals); };
  });
}

}  // namespace berth
