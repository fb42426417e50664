#include "reports/break_even_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/flip_schema.h"
#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using enum Column::Align;

std::string value_text(const std::string& key, double value) {
  if (key == "size_bytes")
    return value < 1e9 ? fmt::format("{:.3g} MB", value / 1e6)
                       : fmt::format("{:.3g} GB", value / 1e9);
  if (key == "read_share") return fmt::format("{:.3g} %", 100 * value);
  if (key == "pulls_at_once") return fmt::format("{:.3g}", value);
  return brief_duration(value);
}

std::size_t nearest(const std::vector<double>& points, double value) {
  const auto distance = [&](double x) { return std::abs(x - value); };
  return static_cast<std::size_t>(std::ranges::min_element(points, {}, distance) - points.begin());
}

bool is_pull(const BreakEvenCurve& curve) {
  return curve.key != "interval_s" && curve.key != "run_s";
}

std::string usd_text(double usd) { return fmt::format("{:.3g} $", usd); }

std::string chart(const BreakEvenCurve& curve, bool color) {
  // Time of a pull, dollars of a job: what the winner is chosen by.
  const auto values = [&](const BreakEvenSeries& s) -> const std::vector<double>& {
    return is_pull(curve) ? s.seconds : s.usd;
  };
  double low = INFINITY, high = 0;
  for (const BreakEvenSeries& s : curve.series)
    for (const double v : values(s)) low = std::min(low, v), high = std::max(high, v);
  const auto text = [&](double v) { return is_pull(curve) ? brief_duration(v) : usd_text(v); };
  const std::size_t here = nearest(curve.at, curve.here);
  Grid grid({
      {"",                   left                  },
      {value_text(curve.key, curve.at.front()),      right},
      {is_pull(curve) ? "ready after" : "$ a job",                    left},
      {value_text(curve.key,                    curve.at.back()),                       right},
      {"at " + value_text(curve.key,               curve.at[here]),               right},
      {is_pull(curve) ? "$ a pull" : "wait",right}
  });
  for (const BreakEvenSeries& s : curve.series) {
    const std::vector<double>& v = values(s);
    grid.add({{s.name},
              {text(v.front())},
              {bars(v, low, high)},
              {text(v.back())},
              {text(v[here])},
              {is_pull(curve) ? usd_text(s.usd[here]) : brief_duration(s.seconds[here])}});
  }
  return grid.text("    ", color);
}

std::string as_table(const std::vector<BreakEvenSubject>& subjects, bool color) {
  std::string text;
  for (const BreakEvenSubject& subject : subjects) {
    text += (text.empty() ? "" : "\n") + styled(subject.what, Style::bold, color) + "\n";
    for (const std::string& note : subject.notes) text += wrapped("  ", "  ", note);
    for (const BreakEvenCurve& curve : subject.curves) {
      text += "\n  " + curve.title + "\n" + chart(curve, color);
      for (const std::string& sentence : curve.crossovers)
        text += wrapped("    * ", "      ", sentence);
    }
  }
  return text;
}

Json curve_json(const BreakEvenCurve& curve) {
  Json series = Json::array();
  for (const BreakEvenSeries& s : curve.series)
    series.push_back({
        {"name",                                                    s.name   },
        {is_pull(curve) ? "ready_s" : "wait_s",                     s.seconds},
        {is_pull(curve) ? "cost_usd_per_pull" : "cost_usd_per_job", s.usd    }
    });
  Json best = Json::array();
  for (const Stretch& stretch : curve.best)
    best.push_back({
        {"from",   stretch.from                    },
        {"to",     stretch.to                      },
        {"winner", curve.candidates[stretch.winner]}
    });
  return {
      {"axis",       curve.key       },
      {"title",      curve.title     },
      {"at",         curve.at        },
      {"here",       curve.here      },
      {"series",     series          },
      {"best",       best            },
      {"crossovers", curve.crossovers}
  };
}

std::string as_json(const std::vector<BreakEvenSubject>& subjects, const std::string& scenario) {
  Json list = Json::array();
  for (const BreakEvenSubject& subject : subjects) {
    Json curves = Json::array();
    for (const BreakEvenCurve& curve : subject.curves) curves.push_back(curve_json(curve));
    list.push_back({
        {"what",   subject.what },
        {"notes",  subject.notes},
        {"curves", curves       }
    });
  }
  return Json{
             {"schema",   kBreakEvenSchema},
             {"scenario", scenario           },
             {"subjects", list               }
  }
             .dump(2) +
         "\n";
}

std::string as_csv(const std::vector<BreakEvenSubject>& subjects) {
  std::string text = "subject,axis,at,series,seconds,usd\n";
  for (const BreakEvenSubject& subject : subjects)
    for (const BreakEvenCurve& curve : subject.curves)
      for (const BreakEvenSeries& s : curve.series)
        for (std::size_t i = 0; i < curve.at.size(); ++i)
          text += fmt::format("{},{},{},{},{},{}\n", csv_field(subject.what), curve.key,
                              shortest(curve.at[i]), csv_field(s.name), shortest(s.seconds[i]),
                              shortest(s.usd[i]));
  return text;
}

std::string as_markdown(const std::vector<BreakEvenSubject>& subjects) {
  std::string text;
  for (const BreakEvenSubject& subject : subjects) {
    text += "### " + markdown_text(subject.what) + "\n\n";
    for (const std::string& note : subject.notes) text += markdown_text(note) + ".\n";
    for (const BreakEvenCurve& curve : subject.curves) {
      text += "\n| " + curve.title + " |" + (is_pull(curve) ? " ready after" : " $ a job");
      std::string rule = "\n| :-- | :--", head;
      const std::size_t step = std::max<std::size_t>(1, (curve.at.size() - 1) / 5);
      for (std::size_t i = 0; i < curve.at.size(); i += step) {
        head += " | " + value_text(curve.key, curve.at[i]);
        rule += " | --:";
      }
      text += head + " |" + rule + " |\n";
      for (const BreakEvenSeries& s : curve.series) {
        text += "| " + markdown_text(s.name) + " | ";
        for (std::size_t i = 0; i < curve.at.size(); i += step)
          text += " | " + (is_pull(curve) ? brief_duration(s.seconds[i]) : usd_text(s.usd[i]));
        text += " |\n";
      }
      text += "\n";
      for (const std::string& sentence : curve.crossovers)
        text += "* " + markdown_text(sentence) + "\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string bars(const std::vector<double>& values, double low, double high) {
  constexpr std::array<std::string_view, 8> kHeights{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double floor = std::max(low, high * 1e-9), width = std::log(high / floor);
  std::string text;
  for (const double value : values) {
    const double share = width > 0 ? std::log(std::max(value, floor) / floor) / width : 0;
    text += kHeights[std::min<std::size_t>(
        7, static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * 8))];
  }
  return text;
}

std::string break_even_report(const std::vector<BreakEvenSubject>& subjects,
                              const std::string& scenario, Format format, bool color) {
  switch (format) {
    case Format::json:
      return as_json(subjects, scenario);
    case Format::csv:
      return as_csv(subjects);
    case Format::markdown:
      return as_markdown(subjects);
    case Format::table:
      break;
  }
  return as_table(subjects, color);
}

}  // namespace berth
