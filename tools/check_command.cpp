// berth check SCENARIO... --against BASE: fails when a cost or a latency moves past its limit.
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>

#include "reports/gate_report.h"
#include "reports/read_result.h"
#include "tools/command.h"
#include "tools/git.h"
#include "tools/limits_file.h"
#include "tools/output.h"
#include "tools/run_scenarios.h"
#include "tools/stored_file.h"

namespace berth {
namespace {

namespace fs = std::filesystem;

struct Options {
  RunOptions run;
  OutputOptions output;
  std::string against, limits, markdown, junit;
  bool github = false, undecided_fails = false;
};

// What a scenario is held against: the other side's placements, and what is known of their making.
struct Base {
  Provenance from;
  std::vector<GateSide> placements;
};

// A scenario of today, and of the base where git has it.
struct Pair {
  ReadScenario head;
  std::vector<ScenarioValue> head_values, base_values;
  std::optional<ReadScenario> base;
  std::optional<Base> stored;
  bool unchanged = false;
};

bool is_file(const std::string& path) {
  struct stat info {};
  return path == "-" || (stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode));
}

LimitsFile limits_of(const Options& options, const Globals& globals) {
  if (options.limits.empty()) return default_limits();
  const std::string text = read_input(options.limits);
  std::vector<Issue> issues;
  auto limits = read_limits(text, options.limits, issues);
  std::string words;
  for (const Issue& issue : issues) words += render_issue(issue, text);
  if (!limits) throw WrongFile(words);
  say(globals, words);
  return *limits;
}

void hold_to(const Options& options, const LimitsFile& limits, const std::vector<Pair>& pairs,
             const Globals& globals) {
  if (options.limits.empty()) return;
  std::vector<FigureName> names;
  for (const Pair& pair : pairs)
    for (FigureName& name : figure_names(pair.head.scenario)) names.push_back(std::move(name));
  std::vector<Issue> issues;
  check_limits(limits, names, options.limits, issues);
  if (issues.empty()) return;
  const std::string text = read_input(options.limits);
  std::string words;
  for (const Issue& issue : issues) words += render_issue(issue, text);
  if (has_errors(issues)) throw WrongFile(words);
  say(globals, words);
}

std::vector<GateLimit> plain(const LimitsFile& limits) {
  std::vector<GateLimit> list;
  list.reserve(limits.limits.size());
  for (const PlacedLimit& placed : limits.limits) list.push_back(placed.limit);
  return list;
}

// ---- Two readings ------------------------------------------------------------------------------

// The same files and the same --set give the same result: nothing needs to run twice.
bool same_files(const std::vector<SourceFile>& a, const std::vector<SourceFile>& b) {
  return std::ranges::equal(a, b, [](const SourceFile& x, const SourceFile& y) {
    return x.name == y.name && x.text == y.text;
  });
}

void read_base_of(Pair& pair, const Loaded& head, const Options& options, const ReadFile& read) {
  const std::string& path = pair.head.path;
  if (!read(path, std::size_t{16} << 20).text) return;  // new in this change
  Loaded base = load_scenario(path, options.run.sets, options.run.overlays, read);
  if (!base.scenario)
    throw WrongFile(fmt::format("{}error: that is {} as it is in {}\n", render_issues(base), path,
                                options.against));
  pair.unchanged = same_files(head.files, base.files);
  pair.base_values = std::move(base.values);
  pair.base = as_run(path, std::move(base), options.run);
  pair.base->scenario.seed = pair.head.scenario.seed;
  pair.base->scenario.replications = pair.head.scenario.replications;
}

std::optional<std::vector<Pair>> read_pairs(const Options& options, const Globals& globals) {
  std::vector<Pair> pairs;
  bool wrong = false;
  std::map<std::string, GitCommit> commits;
  const bool in_git = !is_file(options.against);
  for (const std::string& path : options.run.scenarios) {
    Loaded head = load_scenario(path, options.run.sets, options.run.overlays);
    if (!head.scenario)
      complain(render_issues(head));
    else if (!head.issues.empty())
      say(globals, render_issues(head));
    wrong = wrong || !head.scenario;
    if (wrong) continue;
    Pair pair{.head_values = head.values};
    pair.head = as_run(path, head, options.run);
    if (in_git) {
      auto [commit, fresh] = commits.try_emplace(fs::path(path).parent_path().string());
      if (fresh) commit->second = git_commit(options.against, path);
      read_base_of(pair, head, options, read_from_git(commit->second));
    }
    pairs.push_back(std::move(pair));
  }
  if (wrong) return std::nullopt;
  return pairs;
}

// The placements asked for, of a side that may not have all of them.
void choose(Scenario& scenario, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::erase_if(scenario.placements, [&](const Placement& placement) {
    return std::ranges::find(names, placement.name) == names.end();
  });
}

// ---- A stored result ---------------------------------------------------------------------------

// Since when a file is as it is; `how` is empty where nobody knows.
struct Dated {
  std::string how, date;  // "committed", "2026-11-20"
};
Dated date_of(const std::string& path) {
  if (path == "-") return {};
  if (const std::string committed = last_commit_date(path); !committed.empty())
    return {"committed", committed};
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {"written", iso_date(info.st_mtime)};
}

// The age is told to who waits and stands in no report: a report is the same bytes tomorrow.
void say_age(const Globals& globals, const std::string& path, const Dated& dated) {
  std::tm then{};
  if (strptime(dated.date.c_str(), "%Y-%m-%d", &then) == nullptr) return;
  const double days = std::difftime(std::time(nullptr), timegm(&then)) / 86'400;
  say(globals,
      fmt::format("{} was {} {}\n", path, dated.how,
                  days < 1   ? "today"
                  : days < 2 ? "yesterday"
                             : fmt::format("{} days ago", static_cast<int>(days))));
}

// Both sides see the same chance, or nothing is paired.
void pair_with_stored(Pair& pair, const StoredResult& stored, const Options& options) {
  if (options.run.seed && *options.run.seed != stored.from.seed)
    throw UsageError(fmt::format("--seed {} cannot be paired with {}, which was made under seed {}",
                                 *options.run.seed, options.against, stored.from.seed));
  pair.head.scenario.seed = stored.from.seed;
  if (!options.run.replications) pair.head.scenario.replications = stored.from.replications;
  pair.stored = Base{stored.from, stored.placements};
  std::erase_if(pair.stored->placements, [&](const GateSide& side) {
    const auto& names = options.run.placements;
    return !names.empty() && std::ranges::find(names, side.placement) == names.end();
  });
}

std::string join_stored(std::vector<Pair>& pairs, const Options& options, const Globals& globals) {
  const auto stored = read_results(read_stored(options.against),
                                   options.against == "-" ? "<stdin>" : options.against);
  std::vector<std::string> names;
  names.reserve(stored.size());
  for (const StoredResult& result : stored) names.push_back(result.from.scenario);
  for (Pair& pair : pairs) {
    const auto at = std::ranges::find(names, pair.head.scenario.name);
    if (at == names.end()) {
      const std::string hint = nearest_hint(pair.head.scenario.name, names);
      throw UsageError(fmt::format("{} holds no result of scenario {}{}", options.against,
                                   in_quotes(pair.head.scenario.name),
                                   hint.empty() ? "" : "\n  hint: " + hint));
    }
    pair_with_stored(pair, stored[static_cast<std::size_t>(at - names.begin())], options);
  }
  const Provenance& from = stored.front().from;
  const Dated dated = date_of(options.against);
  say_age(globals, options.against, dated);
  return fmt::format("{} ({}berth {}, model {}, prices {})", options.against,
                     dated.how.empty() ? "" : dated.how + " " + dated.date + "; ",
                     from.tool_version, from.model_version, from.price_date);
}

// ---- Judging -----------------------------------------------------------------------------------

std::vector<ValueChange> value_changes(const std::vector<ScenarioValue>& before,
                                       const std::vector<ScenarioValue>& after) {
  std::map<std::string, ValueChange> changes;
  for (const ScenarioValue& value : before)
    changes[value.pointer] = {value.pointer, value.text, ""};
  for (const ScenarioValue& value : after) {
    changes[value.pointer].pointer = value.pointer;
    changes[value.pointer].after = value.text;
  }
  std::vector<ValueChange> list;
  for (auto& [pointer, change] : changes)
    if (change.before != change.after) list.push_back(std::move(change));
  return list;
}

std::vector<PriceChange> price_changes(const std::vector<GateSide>& before,
                                       const std::vector<GateSide>& after) {
  std::map<std::pair<std::string, std::string>, double> old;
  for (const GateSide& side : before)
    for (const UnitPrice& price : side.prices) old[{price.line, price.unit}] = price.usd;
  std::map<std::pair<std::string, std::string>, PriceChange> changes;
  for (const GateSide& side : after)
    for (const UnitPrice& price : side.prices) {
      const auto was = old.find({price.line, price.unit});
      if (was != old.end() && was->second != price.usd)
        changes[was->first] = {price.line, price.unit, was->second, price.usd};
    }
  std::vector<PriceChange> list;
  list.reserve(changes.size());
  for (const auto& [key, change] : changes) list.push_back(change);
  return list;
}

std::vector<GateSide> sides_of(const Result& result) {
  std::vector<GateSide> sides;
  sides.reserve(result.placements.size());
  for (const Summary& placement : result.placements) sides.push_back(side_of(placement));
  return sides;
}

GatePlacement judge_placement(const std::vector<GateLimit>& limits, bool only_warn_feasible,
                              const GateSide* before, const GateSide& after) {
  GatePlacement placement{.name = after.placement, .rows = judge(limits, before, after)};
  for (GateRow& row : placement.rows) {
    if (!only_warn_feasible || row.limit != "feasible") continue;
    row.only_warn = true;
    if (row.verdict == GateVerdict::failed) row.verdict = GateVerdict::warned;
  }
  if (before != nullptr)
    placement.comparison = compare("before", before->figures, "after", after.figures);
  return placement;
}

GateScenario judge_scenario(const Pair& pair, const Base* base, const Result& head,
                            const LimitsFile& limits) {
  GateScenario scenario{.file = pair.head.path,
                        .after = head.from,
                        .is_new = base == nullptr,
                        .unchanged = pair.unchanged};
  const std::vector<GateSide> after = sides_of(head);
  const std::vector<GateSide> none;
  const std::vector<GateSide>& before = base == nullptr ? none : base->placements;
  if (base != nullptr)
    scenario.before = base->from;
  else
    scenario.notes.push_back("this scenario is new: only limits it must stay within are judged");
  if (pair.unchanged) scenario.notes.push_back("its files are the same on both sides");
  for (const GateSide& side : after) {
    const auto was = std::ranges::find(before, side.placement, &GateSide::placement);
    scenario.placements.push_back(judge_placement(plain(limits), limits.only_warn_feasible,
                                                  was == before.end() ? nullptr : &*was, side));
  }
  for (const GateSide& side : before)
    if (std::ranges::find(after, side.placement, &GateSide::placement) == after.end())
      scenario.notes.push_back("placement " + side.placement + " is gone");
  if (pair.base) scenario.changes = value_changes(pair.base_values, pair.head_values);
  scenario.prices = price_changes(before, after);
  return scenario;
}

// A limit of bill lines is only known to be about nothing when the bill is there.
void refuse_idle_limits(const LimitsFile& limits, const GateReport& report,
                        const std::string& file) {
  for (const PlacedLimit& placed : limits.limits) {
    if (!placed.limit.metric.starts_with("cost_line")) continue;
    bool used = false;
    for (const GateScenario& scenario : report.scenarios)
      for (const GatePlacement& placement : scenario.placements)
        for (const GateRow& row : placement.rows) used = used || matches(placed.limit, row.name);
    if (!used && !placed.limit.of.empty() && !report.scenarios.front().is_new)
      throw UsageError(fmt::format("{}:{}:{}: no bill has a line {}", file, placed.line,
                                   placed.column, in_quotes(placed.limit.of)));
  }
}

std::string rendered(const GateReport& report, Format format, bool color) {
  switch (format) {
    case Format::json:
      return json_report(report);
    case Format::csv:
      return csv_report(report);
    case Format::markdown:
      return markdown_report(report);
    case Format::table:
      return table_report(report, color);
  }
  return "";
}

void write_reports(const GateReport& report, const Options& options, const Globals& globals) {
  if (!options.markdown.empty()) write_output(options.markdown, markdown_report(report));
  if (!options.junit.empty()) write_output(options.junit, junit_report(report));
  if (options.github) complain(github_annotations(report));
  write_output(options.output.file,
               rendered(report, format_of(options.output), colored(globals, options.output)));
}

void check_outputs(const Options& options) {
  int to_stdout = 0;
  std::vector<std::string> inputs = files_read(options.run);
  inputs.insert(inputs.end(), {options.against, options.limits});
  for (const std::string& file : {options.output.file, options.markdown, options.junit}) {
    check_writable(file, inputs);
    to_stdout += file == "-";
  }
  if (to_stdout > 1 || (to_stdout == 1 && options.output.file.empty()))
    throw UsageError("only one report can go to standard output");
}

Exit check(const Options& options, const Globals& globals) {
  check_outputs(options);
  const LimitsFile limits = limits_of(options, globals);
  // What is named like a result is one that is missing, and no branch.
  if (options.against.ends_with(".json")) require_readable(options.against);
  auto pairs = read_pairs(options, globals);
  if (!pairs) return Exit::wrong_input;
  GateReport report{.undecided_fails = options.undecided_fails};
  if (is_file(options.against)) {
    report.against = join_stored(*pairs, options, globals);
  } else {
    const GitCommit commit = git_commit(options.against, options.run.scenarios.front());
    report.against =
        fmt::format("{} ({}, {})", options.against, commit.id.substr(0, 10), commit.date);
  }
  hold_to(options, limits, *pairs, globals);

  std::vector<ReadScenario> runs;
  for (Pair& pair : *pairs) {
    pair.head.scenario.placements = chosen_placements(pair.head.scenario, options.run.placements);
    runs.push_back(pair.head);
  }
  for (Pair& pair : *pairs) {
    if (!pair.base || pair.unchanged) continue;
    choose(pair.base->scenario, options.run.placements);
    if (!pair.base->scenario.placements.empty()) runs.push_back(*pair.base);
  }
  Ran ran = run_scenarios(runs, options.run, globals);
  if (ran.exit != Exit::done && ran.exit != Exit::some_failed) return ran.exit;

  std::size_t next = pairs->size();
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    Pair& pair = (*pairs)[i];
    const Result& head = ran.results[i];
    std::optional<Base> base = pair.stored;
    if (pair.base) {
      const bool ran_too = !pair.unchanged && !pair.base->scenario.placements.empty();
      const Result& other = ran_too ? ran.results[next++] : head;
      base =
          Base{other.from, pair.unchanged || ran_too ? sides_of(other) : std::vector<GateSide>{}};
      if (ran_too)
        report.failures.insert(report.failures.end(), other.failures.begin(), other.failures.end());
    }
    report.failures.insert(report.failures.end(), head.failures.begin(), head.failures.end());
    report.scenarios.push_back(judge_scenario(pair, base ? &*base : nullptr, head, limits));
  }
  refuse_idle_limits(limits, report, options.limits);
  write_reports(report, options, globals);
  return gate_is_open(report) ? ran.exit : Exit::answer_is_no;
}

}  // namespace

void add_check(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("check", "Fail when a cost or a latency moves past its limit");
  command->add_option("scenario", options->run.scenarios, "Scenario files as they are now")
      ->required()
      ->type_name("SCENARIO");
  command
      ->add_option("--against", options->against,
                   "A git commit, branch or tag, or a result file (JSON)")
      ->required()
      ->type_name("REF|RESULT.json");
  command
      ->add_option("--limits", options->limits,
                   "Limits (default: cost +1%, start p95 and serving p99 +5%)")
      ->type_name("FILE");
  command->add_option("--markdown", options->markdown, "Also write a comment for a pull request")
      ->type_name("FILE");
  command->add_option("--junit", options->junit, "Also write JUnit XML for a CI system")
      ->type_name("FILE");
  command->add_flag("--github", options->github, "Also print GitHub annotations, on stderr");
  command->add_flag("--undecided-fails", options->undecided_fails,
                    "An undecided limit fails the gate, too");
  add_run_options(*command, options->run);
  add_output_options(*command, options->output);
  command->footer(
      "Examples:\n"
      "  berth check scenarios/lyft-hybrid.yaml --against origin/main --limits limits.yaml\n"
      "  berth check scenarios/*.yaml --against HEAD~1 --markdown comment.md --junit report.xml\n"
      "--set and --overlay hold for both sides: what differs is what the files say.\n"
      "Limits, one a line: `cost_usd_per_month: +2%`, `start_latency_p95_s[retrain]: 60`; metrics "
      "are those\n"
      "of `simulate --format csv`. Exit codes: 0 kept, 1 a limit is broken, 2 wrong input.");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return check(*options, globals); };
  });
}

}  // namespace berth
