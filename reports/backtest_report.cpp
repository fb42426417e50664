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
  QuantileError BacktestRow::*at;
};
constexpr Quantile kQuantiles[] = {
    {"p10", &BacktestRow::p10},
    {"p50", &BacktestRow::p50},
    {"p90", &BacktestRow::p90}
};

Json number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json();
}

Json quantile_json(const QuantileError& q) {
  return {
      {"actual",      q.actual            },
      {"predicted",   q.predicted         },
      {"error",       number(q.error)     },
      {"actual_low",  q.actual_low        },
      {"actual_high", q.actual_high       },
      {"error_low",   number(q.error_low) },
      {"error_high",  number(q.error_high)}
  };
}

Json row_json(const BacktestRow& row) {
  Json json{
      {"phase", name_of(row.phase)},
      {"group", row.group         },
      {"n",     row.n             }
  };
  for (const Quantile& q : kQuantiles) json[q.name] = quantile_json(row.*(q.at));
  json["inside_p10_p90"] = row.inside;
  return json;
}

Json rows_json(const Backtest& result) {
  Json rows = Json::array();
  for (const BacktestRow& row : result.rows) rows.push_back(row_json(row));
  return rows;
}

Json median_json(std::span<const Backtest> parts) {
  Json median = Json::object();
  for (const Quantile& q : kQuantiles) median[q.name] = number(median_error(parts, q.at));
  return median;
}

std::string as_json(const BacktestReport& report) {
  Json parts = Json::array();
  for (const Backtest& part : report.parts) parts.push_back(rows_json(part));
  const Json json{
      {"schema",                "berth/backtest/1"                                               },
      {"split",                 report.split                                                     },
      {"question",              report.question                                                  },
      {"train_fraction",        report.calibration.empty() ? Json(report.train_fraction) : Json()},
      {"calibration",           report.calibration.empty() ? Json() : Json(report.calibration)   },
      {"jobs",
       {{"found", report.jobs_found},
        {"trained_on", report.trained_on},
        {"held_back", report.held_back},
        {"left_out", report.left_out}}                                                           },
      {"phases_left_out",
       {{"no_law", report.result.unpredicted},
        {"of_0_s", report.result.instant},
        {"lower_bounds", report.result.lower_bounds}}                                            },
      {"median_absolute_error", median_json(std::span(&report.result,                              1))},
      {"median_absolute_error_of_single_parts",
       report.parts.empty() ? Json() : median_json(report.parts)                                                 },
      {"least_jobs_judged",                       kLeastJudged                    },
      {"groups",                       rows_json(report.result)                                                            },
      {"parts",                       parts                     }
  };
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
      for (const double value :
           {e.actual, e.actual_low, e.actual_high, e.predicted, e.error, e.error_low, e.error_high})
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
  static const std::vector<std::string> all{"phase", "group", "n",     "p10 s", "pred", "error",
                                            "p50 s", "pred",  "error", "p90 s", "pred", "error"};
  return all;
}

std::string errors_text(std::span<const Backtest> parts) {
  const auto one = [&](QuantileError BacktestRow::*at) {
    const auto error = median_error(parts, at);
    return error ? fmt::format("{:.1f} %", 100 * *error) : "unknown";
  };
  return fmt::format("p50 {}, p90 {}", one(&BacktestRow::p50), one(&BacktestRow::p90));
}

std::string origin_of(const BacktestReport& report) {
  if (!report.calibration.empty())
    return fmt::format("laws from {}; all {} jobs held back", report.calibration, report.held_back);
  if (report.parts.empty())
    return fmt::format("{} jobs held back, laws from {} before", report.held_back,
                       report.trained_on);
  return fmt::format(
      "{} parts, each with {} jobs to train on and {} held back; no job helps to "
      "predict itself",
      report.parts.size(), report.trained_on, report.held_back);
}

std::string judgement(const BacktestReport& report) {
  std::string text = fmt::format(
      "Split {}: {} {}. Median absolute error over groups of {} or more: {}.", report.split,
      report.question, origin_of(report), kLeastJudged, errors_text(std::span(&report.result, 1)));
  if (!report.parts.empty())
    text += fmt::format(" In a single part, with the luck of its few jobs: {}.",
                        errors_text(report.parts));
  return text + fmt::format(
                    " Not compared: {} phases of 0 s, {} lower bounds, {} without a law. Errors in "
                    "brackets: 95 %, by the held-back jobs' own luck.",
                    report.result.instant, report.result.lower_bounds, report.result.unpredicted);
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
    case Format::json:
      return as_json(report);
    case Format::csv:
      return as_csv(report);
    case Format::markdown:
      return as_markdown(report);
    case Format::table:
      break;
  }
  return as_table(report, color);
}

}  // namespace berth
