// berth calibrate LOG... and berth backtest LOG...: start-up laws from job logs, and how well one
// part of a log predicts the other. What was used and what was not goes to stderr.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "reports/backtest_report.h"
#include "tools/calibration_file.h"
#include "tools/between.h"
#include "tools/command.h"
#include "tools/output.h"

namespace berth {
namespace {

struct Options {
  std::vector<std::string> files;
  std::size_t least = kLeastCalibrated;
  OverlayNames names;
  double train_fraction = 0.6;
  std::string split = "interleaved";
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
    require_readable(path);
    files.push_back(std::make_unique<std::ifstream>(path, std::ios::binary));
    if (files.back()->peek() == std::ifstream::traits_type::eof())
      throw WrongFile(path + ": error: the file is empty\n");
    inputs.push_back({path, files.back().get()});
  }
  JobHistory history = read_job_history(inputs);
  keep_calibratable(history);
  if (has_errors(history.issues) || (history.jobs.empty() && history.kubernetes.phases.empty())) {
    complain(summary(history));
    throw UsageError("there is nothing to use in these logs");
  }
  return history;
}

void say_refused(const Calibration& calibration, const Globals& globals) {
  for (const RefusedGroup& group : calibration.refused)
    say_details(globals, fmt::format("  no law of its own: {} of {}, {} observations\n",
                                     name_of(group.phase), group.scope, group.observations));
  if (!calibration.refused.empty())
    say(globals, fmt::format("  {} groups have too few observations for a law\n",
                             calibration.refused.size()));
}

Exit run_calibrate(const Options& options, const Globals& globals) {
  check_writable(options.output.file, options.files);
  const JobHistory history = history_of(options.files);
  const Calibration calibration = calibrate(timed_phases(history), options.least);
  const PullFit pulls = fit_pulls(history.kubernetes.pulls);
  say(globals, summary(history));
  say_refused(calibration, globals);
  if (calibration.phases.empty())
    throw UsageError(fmt::format("no group has the {} observations a law needs", options.least));
  write_output(options.output.file, write_calibration(calibration, options.names, pulls));
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

std::vector<BacktestStep> steps_of(const Part& part, const Units& units, std::size_t least) {
  std::vector<BacktestStep> steps;
  for (const HeldBack& one : part)
    steps.push_back({units.of(one.held_back), calibrate(units.of(one.training), least)});
  return steps;
}

void predict_parts(BacktestReport& report, const Units& units, Split split, std::size_t least) {
  const std::vector<Part> parts = split_jobs(units.what, split, report.train_fraction);
  if (parts.empty()) throw UsageError("no jobs are held back");
  report.trained_on = parts.front().front().training.size();
  for (const HeldBack& one : parts.front()) report.held_back += one.held_back.size();
  std::vector<BacktestStep> all;
  for (const Part& part : parts) {
    std::vector<BacktestStep> steps = steps_of(part, units, least);
    if (parts.size() > 1) report.parts.push_back(backtest(steps));
    std::ranges::move(steps, std::back_inserter(all));
  }
  report.result = backtest(all);
  if (report.result.rows.empty())
    throw UsageError(
        fmt::format("no class of jobs to train on has the {} observations a law needs", least));
}

Exit run_backtest(const Options& options, const Globals& globals) {
  std::vector<std::string> inputs = options.files;
  inputs.push_back(options.calibration);
  check_writable(options.output.file, inputs);
  const JobHistory history = history_of(options.files);
  const Split split = *split_named(options.split);
  BacktestReport report{.split = options.split,
                        .question = std::string(question_of(split)),
                        .train_fraction = options.train_fraction,
                        .calibration = options.calibration,
                        .jobs_found = history.records,
                        .left_out = history.left_out};
  say(globals, summary(history));
  if (options.calibration.empty()) {
    predict_parts(report, units_of(history), split, options.least);
  } else {
    report.split = "calibration";
    report.question = "how good is a calibration made elsewhere?";
    report.held_back = history.jobs.size() + history.kubernetes.phases.size();
    report.result = backtest(timed_phases(history), calibration_of(options.calibration));
  }
  write_output(options.output.file, backtest_report(report, format_of(options.output),
                                                    colored(globals, options.output)));
  return Exit::done;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* about, Options& options) {
  CLI::App* command = app.add_subcommand(name, about);
  command
      ->add_option(
          "log", options.files,
          "Phase logs (CSV), DescribeTrainingJob answers or Kubernetes events and nodes (JSON); - "
          "is standard input")
      ->required()
      ->type_name("LOG");
  command->add_option("--least", options.least, "Observations a law needs")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{8}, std::size_t{1000000}));
  return command;
}

}  // namespace

void add_calibrate(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, "calibrate",
                                  "Start-up laws by phase, group and year from job logs", *options);
  command
      ->add_option("--platform", options->names.sagemaker,
                   "The SageMaker platform the overlay sets")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--cluster", options->names.cluster, "The cluster the overlay sets")
      ->type_name("NAME")
      ->capture_default_str();
  add_output_file(*command, options->output);
  command->footer(
      "Examples:\n"
      "  berth calibrate jobs.json -o calibration.yaml\n"
      "  berth simulate scenarios/lyft-hybrid.yaml --overlay calibration.yaml");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return run_calibrate(*options, globals); };
  });
}

void add_backtest(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, "backtest", "How well one part of a log predicts the start-ups of the other", *options);
  command
      ->add_option("--train-fraction", options->train_fraction,
                   "The share of the jobs that is not held back")
      ->type_name("SHARE")
      ->capture_default_str()
      ->check(between(0, 1));
  command
      ->add_option("--split", options->split,
                   "Who is held back: interleaved (comparable jobs of the same days, five ways), "
                   "walk-forward (the newest, each from all before it), time (the newest, from one "
                   "calibration before the cut)")
      ->type_name("WAY")
      ->capture_default_str()
      ->check(CLI::IsMember({"interleaved", "walk-forward", "time"}));
  command
      ->add_option("--calibration", options->calibration,
                   "Predict the whole log with these laws; nothing is trained")
      ->type_name("FILE");
  add_output_options(*command, options->output);
  command->footer(
      "Example:\n  berth backtest jobs.json --train-fraction 0.6\n"
      "  berth backtest jobs.json --split walk-forward");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return run_backtest(*options, globals); };
  });
}

}  // namespace berth
