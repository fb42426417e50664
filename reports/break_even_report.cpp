#include "reports/break_even_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/break_even_words.h"
#include "reports/csv.h"
#include "reports/document_head.h"
#include "reports/flip_schema.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using enum Column::Align;

std::size_t nearest(const std::vector<double>& points, double value) {
  const auto distance = [&](double x) { return std::abs(x - value); };
  return static_cast<std::size_t>(std::ranges::min_element(points, {}, distance) - points.begin());
}

bool is_pull(const BreakEvenCurve& curve) { return is_pull_curve(curve.key); }

std::string chart(const BreakEvenCurve& curve, bool color) {
  // Time of a pull, dollars of a job: what the winner is chosen by.
  const auto values = [&](const BreakEvenSeries& s) -> const std::vector<double>& {
    return is_pull(curve) ? s.seconds : s.usd;
  };
  double low = INFINITY, high = 0;
  for (const BreakEvenSeries& s : curve.series)
    for (const double v : values(s)) low = std::min(low, v), high = std::max(high, v);
  const auto text = [&](double v) { return is_pull(curve) ? brief_duration(v) : money(v); };
  const std::size_t here = nearest(curve.at, curve.here);
  Grid grid({{"", left},
             {axis_value(curve.key, curve.at.front()), right},
             {is_pull(curve) ? "ready after" : "$ a job", left},
             {axis_value(curve.key, curve.at.back()), right},
             {"at " + axis_value(curve.key, curve.at[here]), right},
             {is_pull(curve) ? "$ a pull" : "wait", right}});
  for (const BreakEvenSeries& s : curve.series) {
    const std::vector<double>& v = values(s);
    grid.add({{s.name},
              {text(v.front())},
              {bars(v, low, high)},
              {text(v.back())},
              {text(v[here])},
              {is_pull(curve) ? money(s.usd[here]) : brief_duration(s.seconds[here])}});
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
      for (const std::string& sentence : crossover_sentences(curve))
        text += wrapped("    * ", "      ", sentence);
    }
  }
  return text;
}

Json contest_json(const Contest& contest) {
  Json best = Json::array(), list = Json::array();
  for (const Stretch& stretch : contest.best)
    best.push_back({{"from", stretch.from},
                    {"to", stretch.to},
                    {"winner", contest.candidates[stretch.winner]}});
  for (const Zone& zone : zones(contest.best)) {
    Json winners = Json::array();
    for (const std::size_t winner : zone.winners) winners.push_back(contest.candidates[winner]);
    list.push_back({{"from", zone.from},
                    {"to", zone.to},
                    {"winners", winners},
                    {"crossovers", zone.crossovers}});
  }
  return {{"among", contest.candidates}, {"best", best}, {"zones", list}};
}

Json curve_json(const BreakEvenCurve& curve) {
  Json series = Json::array();
  for (const BreakEvenSeries& s : curve.series)
    series.push_back({{"name", s.name},
                      {is_pull(curve) ? "ready_s" : "wait_s", s.seconds},
                      {is_pull(curve) ? "cost_usd_per_pull" : "cost_usd_per_job", s.usd}});
  Json contests = Json::array();
  for (const Contest& contest : curve.contests) contests.push_back(contest_json(contest));
  return {{"axis", curve.key},
          {"title", curve.title},
          {"at", curve.at},
          {"here", curve.here},
          {"series", series},
          {"contests", contests},
          {"crossovers", crossover_sentences(curve)}};
}

std::string as_json(const std::vector<BreakEvenSubject>& subjects, const Provenance& from) {
  Json list = Json::array();
  for (const BreakEvenSubject& subject : subjects) {
    Json curves = Json::array();
    for (const BreakEvenCurve& curve : subject.curves) curves.push_back(curve_json(curve));
    list.push_back({{"what", subject.what}, {"notes", subject.notes}, {"curves", curves}});
  }
  Json document = document_head(kBreakEvenSchema, from);
  document["subjects"] = std::move(list);
  return document.dump(2) + "\n";
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
      const ValueTable table = break_even_values(curve_json(curve));
      text += "\n**" + markdown_text(curve.title) + "**\n\n|";
      std::string rule = "\n|";
      for (const std::string& column : table.columns) {
        text += " " + markdown_text(column) + " |";
        rule += rule.size() == 2 ? " :-- |" : " --: |";
      }
      text += rule + "\n";
      for (const std::vector<std::string>& row : table.rows) {
        text += "|";
        for (const std::string& cell : row) text += " " + markdown_text(cell) + " |";
        text += "\n";
      }
      text += "\n";
      for (const std::string& sentence : crossover_sentences(curve))
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

std::string break_even_report(const std::vector<BreakEvenSubject>& subjects, const Provenance& from,
                              Format format, bool color) {
  switch (format) {
    case Format::json:
      return as_json(subjects, from);
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
