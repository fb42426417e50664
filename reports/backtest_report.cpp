#include "reports/backtest_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using enum Column::Align;

struct Quantile {
  const char* name;
  QuantileError BacktestRow::* at;
};
constexpr Quantile kQuantiles[] = {
    {"p10", &BacktestRow::p10}, {"p50", &BacktestRow::p50}, {"p90", &BacktestRow::p90}};

Json number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json();
}

Json quantile_json(const QuantileError& q) {
  return {{"actual", q.actual},         {"predicted", q.predicted},
          {"error", number(q.error)},   {"actual_low", q.actual_low},
          {"actual_high", q.actual_high}, {"error_low", number(q.error_low)},
          {"error_high", number(q.error_high)}};
}

Json row_json(const BacktestRow& row) {
  Json json{{"phase", name_of(row.phase)}, {"group", row.group}, {"n", row.n}};
  for (const Quantile& q : kQuantiles) json[q.name] = quantile_json(row.*(q.at));
  json["inside_p10_p90"] = row.inside;
  return json;
}

std::string as_json(const BacktestReport& report) {
  Json groups = Json::array();
  for (const BacktestRow& row : report.result.rows) groups.push_back(row_json(row));
  Json median = Json::object();
  for (const Quantile& q : kQuantiles) median[q.name] = number(median_error(report.result, q.at));
  const Json json{
      {"schema", "berth/backtest/1"},
      {"train_fraction", report.train_fraction},
      {"calibration", report.calibration.empty() ? Json() : Json(report.calibration)},
      {"jobs", {{"found", report.jobs_found},
                {"trained_on", report.trained_on},
                {"held_back", report.held_back},
                {"left_out", report.left_out}}},
      {"phases_left_out", {{"no_law", report.result.unpredicted},
                           {"of_0_s", report.result.instant},
                           {"lower_bounds", report.result.lower_bounds}}},
      {"median_absolute_error", median},
      {"least_jobs_judged", kLeastJudged},
      {"groups", groups}};
  return json.dump(2) + "\n";
}

std::string as_csv(const BacktestReport& report) {
  std::string text =
      "phase,group,n,quantile,actual_s,actual_low_s,actual_high_s,predicted_s,error,error_low,"
      "error_high\n";
  for (const BacktestRow& row : report.result.rows)
    for (const Quantile& q : kQuantiles) {
      const QuantileError& e = row.*(q.at);
      text += fmt::format("{},{},{},{}", name_of(row.phase), csv_field(row.group), row.n, q.name);
      for (const double value : {e.actual, e.actual_low, e.actual_high, e.predicted, e.error,
                                 e.error_low, e.error_high})
        text += "," + shortest(value);
      text += "\n";
    }
  return text;
}

std::vector<std::string> words_of(const BacktestRow& row) {
  std::vector<std::string> words{std::string(name_of(row.phase)), row.group, std::to_string(row.n)};
  for (const Quantile& q : kQuantiles) {
    const QuantileError& e = row.*(q.at);
    words.push_back(fmt::format("{:.0f}", e.actual));
    words.push_back(fmt::format("{:.0f}", e.predicted));
    words.push_back(fmt::format("{:+.0f} % [{:+.0f}, {:+.0f}]", 100 * e.error, 100 * e.error_low,
                                100 * e.error_high));
  }
  return words;
}

const std::vector<std::string>& titles() {
  static const std::vector<std::string> all{"phase",      "group", "n",   "p10 s", "pred",
                                            "error",      "p50 s", "pred", "error", "p90 s",
                                            "pred",       "error"};
  return all;
}

std::string error_text(const BacktestReport& report, QuantileError BacktestRow::* at) {
  const auto error = median_error(report.result, at);
  return error ? fmt::format("{:.1f} %", 100 * *error) : "unknown";
}

std::string judgement(const BacktestReport& report) {
  const std::string origin =
      report.calibration.empty()
          ? fmt::format("laws from the first {} jobs", report.trained_on)
          : fmt::format("laws from {}", report.calibration);
  return fmt::format(
      "{}; {} jobs held back. Median absolute error over groups of {} or more: p50 {}, p90 {}. Not "
      "compared: {} phases of 0 s, {} lower bounds, {} without a law. Errors in brackets: 95 %, by the "
      "held-back jobs' own luck.",
      origin, report.held_back, kLeastJudged, error_text(report, &BacktestRow::p50),
      error_text(report, &BacktestRow::p90), report.result.instant, report.result.lower_bounds,
      report.result.unpredicted);
}

std::string as_table(const BacktestReport& report, bool color) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < titles().size(); ++i)
    columns.push_back({titles()[i], i < 2 ? left : right});
  Grid grid(columns);
  for (const BacktestRow& row : report.result.rows) {
    std::vector<Cell> cells;
    for (const std::string& word : words_of(row))
      cells.push_back({word, row.n < kLeastJudged ? Style::dim : Style::plain});
    grid.add(std::move(cells));
  }
  return grid.text("", color) + "\n" + wrapped("", "", judgement(report));
}

std::string as_markdown(const BacktestReport& report) {
  std::string text = "|", rule = "|";
  for (std::size_t i = 0; i < titles().size(); ++i) {
    text += " " + titles()[i] + " |";
    rule += i < 2 ? " :-- |" : " --: |";
  }
  text += "\n" + rule + "\n";
  for (const BacktestRow& row : report.result.rows) {
    text += "|";
    for (const std::string& word : words_of(row)) text += " " + markdown_text(word) + " |";
    text += "\n";
  }
  return text + "\n" + markdown_text(judgement(report)) + "\n";
}

}  // namespace

std::string backtest_report(const BacktestReport& report, Format format, bool color) {
  switch (format) {
    case Format::json: return as_json(report);
    case Format::csv: return as_csv(report);
    case Format::markdown: return as_markdown(report);
    case Format::table: break;
  }
  return as_table(report, color);
}

}  // namespace berth
