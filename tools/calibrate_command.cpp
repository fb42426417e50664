// berth calibrate LOG... and berth backtest LOG...: start-up laws from job logs, and how well the
// log's first part predicts its last. What was used and what was not goes to stderr.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "reports/backtest_report.h"
#include "tools/calibration_file.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::vector<std::string> files;
  std::size_t least = kLeastCalibrated;
  double train_fraction = 0.6;
  std::string calibration;
  OutputOptions output;
};

JobHistory history_of(const std::vector<std::string>& paths) {
  if (std::ranges::count(paths, "-") > 1) throw UsageError("standard input (-) can be read once");
  std::vector<std::unique_ptr<std::ifstream>> files;
  std::vector<HistoryInput> inputs;
  for (const std::string& path : paths) {
    if (path == "-") {
      inputs.push_back({"<stdin>", &std::cin});
      continue;
    }
    files.push_back(std::make_unique<std::ifstream>(path, std::ios::binary));
    if (!files.back()->is_open() || files.back()->peek() == std::ifstream::traits_type::eof())
      throw UsageError("cannot read " + path + ", or it is empty");
    inputs.push_back({path, files.back().get()});
  }
  JobHistory history = read_job_history(inputs);
  keep_calibratable(history);
  if (has_errors(history.issues) || history.jobs.empty()) {
    complain(summary(history));
    throw UsageError("there are no jobs to use in these logs");
  }
  return history;
}

void say_refused(const Calibration& calibration, const Globals& globals) {
  for (const RefusedGroup& group : calibration.refused)
    say_details(globals, fmt::format("  not fitted: {} of {} in {}, {} observations with all before\n",
                                     name_of(group.phase), group.scope, group.year,
                                     group.observations));
  if (!calibration.refused.empty())
    say(globals, fmt::format("  {} groups have too few observations for a law\n",
                             calibration.refused.size()));
}

Exit run_calibrate(const Options& options, const Globals& globals) {
  check_writable(options.output.file);
  const JobHistory history = history_of(options.files);
  const Calibration calibration = calibrate(timed_phases(history.jobs), options.least);
  say(globals, summary(history));
  say_refused(calibration, globals);
  if (calibration.laws.empty())
    throw UsageError(fmt::format("no group has the {} observations a law needs", options.least));
  write_output(options.output.file, write_calibration(calibration));
  return Exit::done;
}

Calibration calibration_of(const std::string& file) {
  const std::string text = read_input(file);
  std::vector<Issue> issues;
  auto calibration = read_calibration(text, file, issues);
  for (const Issue& issue : issues) complain(render_issue(issue, text));
  if (!calibration) throw UsageError(file + " is not a calibration that can be used");
  return std::move(*calibration);
}

double cut_of(const std::vector<LoggedJob>& jobs, double fraction) {
  std::vector<double> created;
  created.reserve(jobs.size());
  for (const LoggedJob& job : jobs) created.push_back(job.created_s);
  return cut_in_time(created, fraction);
}

Exit run_backtest(const Options& options, const Globals& globals) {
  check_writable(options.output.file);
  const JobHistory history = history_of(options.files);
  const double cut = cut_of(history.jobs, options.train_fraction);
  const auto held = std::ranges::find_if(
      history.jobs, [&](const LoggedJob& job) { return job.created_s >= cut; });
  const std::vector<LoggedJob> training(history.jobs.begin(), held);
  const std::vector<LoggedJob> rest(held, history.jobs.end());
  const bool from_file = !options.calibration.empty();
  const Calibration calibration = from_file
                                      ? calibration_of(options.calibration)
                                      : calibrate(timed_phases(training), options.least);
  say(globals, summary(history));
  if (calibration.laws.empty())
    throw UsageError(fmt::format("no group of the first {} jobs has the {} observations a law needs",
                                 training.size(), options.least));
  if (rest.empty()) throw UsageError("no jobs are held back");
  const BacktestReport report{options.train_fraction,
                              from_file ? 0 : training.size(),
                              rest.size(),
                              options.calibration,
                              history.records,
                              history.left_out,
                              backtest(timed_phases(rest), calibration)};
  write_output(options.output.file, backtest_report(report, format_of(options.output),
                                                    colored(globals, options.output)));
  return Exit::done;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* about, Options& options) {
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("log", options.files,
                      "Phase logs (CSV) or DescribeTrainingJob answers (JSON); - is standard input")
      ->required()
      ->type_name("LOG");
  command->add_option("--least", options.least, "Observations a law needs")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{5}, std::size_t{1000000}));
  return command;
}

}  // namespace

void add_calibrate(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "calibrate", "Start-up laws by phase, group and year from job logs", *options);
  add_output_file(*command, options->output);
  command->footer("Example:\n  berth calibrate jobs.json -o calibration.yaml");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return run_calibrate(*options, globals); };
  });
}

void add_backtest(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "backtest", "How well a log's first part predicts the start-ups of its last", *options);
  command->add_option("--train-fraction", options->train_fraction,
                      "The share of the jobs, oldest first, that is not held back")
      ->type_name("SHARE")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--calibration", options->calibration,
                      "Predict with these laws instead of the first part's")
      ->type_name("FILE");
  add_output_options(*command, options->output);
  command->footer("Example:\n  berth backtest jobs.json --train-fraction 0.6");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return run_backtest(*options, globals); };
  });
}

}  // namespace berth
