// An Explanation as text for a terminal, and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/explain.h"
#include "reports/numbers.h"
#include "reports/trace.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

// So that a busy hour still fits a screen or two; the JSON has all.
constexpr std::size_t kMostLines = 40;

struct Pen {
  const Explanation& e;
  bool color;
  std::string text{};

  std::string clock(double at_s) const { return iso_time(e.starts_at + at_s).substr(11, 8); }
  void heading(std::string_view words) {
    text += color ? fmt::format("\n\033[1m{}\033[0m\n", words) : fmt::format("\n{}\n", words);
  }
  void line(std::string_view when, std::string_view words) {
    text += fmt::format("  {:<8}  {}\n", when, words);
  }
};

std::string title_of(const std::string& about) {
  if (about == "decision") return "What the autoscaler read and decided";
  if (about == "pods") return "Pods";
  if (about == "nodes") return "Nodes";
  if (about == "requests") return "Requests";
  return "Jobs";
}

std::string subject(const Explanation& e) {
  if (e.question.service) return *e.question.service;
  if (e.question.workload_class) return *e.question.workload_class;
  return "The clusters";
}

void write_loads(Pen& pen, const Explanation& e) {
  if (e.loads.empty()) return;
  pen.heading("Load");
  pen.text += fmt::format("  {:<8}  {:>10}  {:>7}  {:>7}  {:>6}  {:>8}\n", "from", "requests/s",
                          "ready", "desired", "busy", "p99");
  for (const TracedEvent& one : e.loads) {
    const TracedLoad& load = *one.load;
    pen.text += fmt::format("  {:<8}  {:>10}  {:>7}  {:>7}  {:>6}  {:>8}{}{}\n",
                            pen.clock(one.at_s - load.length_s), count(load.request_rate),
                            count(load.ready), count(load.desired), percent(load.utilisation),
                            duration(load.p99_s), load.overloaded ? "  overloaded" : "",
                            load.lost() > 0 ? fmt::format("  {} lost", count(load.lost())) : "");
  }
}

// Looks in a row that changed nothing are one line.
std::size_t quiet_run(const std::vector<TracedEvent>& events, std::size_t from) {
  std::size_t to = from;
  while (to < events.size() && !events[to].changed) ++to;
  return to - from;
}

// Eight pods that go to eight nodes within a second are one line, too: alike but for their numbers.
std::string without_numbers(const std::string& words) {
  std::string rest;
  for (const char c : words)
    if (c < '0' || c > '9') rest += c;
  return rest;
}
std::size_t alike_run(const std::vector<TracedEvent>& events, std::size_t from) {
  const auto alike = [&, words = without_numbers(events[from].words)](const TracedEvent& event) {
    return event.changed && event.type == events[from].type &&
           std::floor(event.at_s) == std::floor(events[from].at_s) &&
           without_numbers(event.words) == words;
  };
  std::size_t to = from;
  while (to < events.size() && alike(events[to])) ++to;
  return to - from;
}

void write_chapter(Pen& pen, const Chapter& chapter) {
  pen.heading(title_of(chapter.about));
  std::size_t lines = 0;
  for (std::size_t i = 0; i < chapter.events.size(); ++lines) {
    if (lines == kMostLines) {
      pen.line("",
               fmt::format("... and {} more (--format json has all)", chapter.events.size() - i));
      return;
    }
    const std::size_t quiet = quiet_run(chapter.events, i);
    pen.line(pen.clock(chapter.events[i].at_s), chapter.events[i].words);
    if (quiet > 1)
      pen.line("", fmt::format("... {} until {} changed nothing", counted(static_cast<std::int64_t>(quiet) - 1, "more look"),
                               pen.clock(chapter.events[i + quiet - 1].at_s)));
    const std::size_t alike = quiet == 0 ? alike_run(chapter.events, i) : 0;
    if (alike > 1) pen.line("", fmt::format("... and {} alike", alike - 1));
    i += std::max({quiet, alike, std::size_t{1}});
  }
}

}  // namespace

std::string explanation_text(const Explanation& e, bool color) {
  Pen pen{e, color};
  const std::string when = iso_time(e.starts_at + e.question.at_s);
  pen.text =
      fmt::format("{} at {} of {}, from {} to {}\n{}, placement {}, replication {} of seed {}\n",
                  subject(e), when.substr(11, 8), when.substr(0, 10), pen.clock(e.from_s),
                  pen.clock(e.to_s), e.scenario, e.placement, e.replication, e.seed);
  pen.heading("In short");
  for (const std::string& sentence : e.summary) pen.text += "  " + sentence + "\n";
  write_loads(pen, e);
  for (const Chapter& chapter : e.chapters) write_chapter(pen, chapter);
  if (!e.counted.empty() && !e.question.workload_class) {
    pen.heading("Jobs, counted");
    for (const auto& [what, times] : e.counted) pen.line(count(static_cast<double>(times)), what);
  }
  return pen.text;
}

std::string explanation_json(const Explanation& e) {
  const auto or_null = [](const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
  };
  const auto lines = [](const std::vector<TracedEvent>& events) {
    Json list = Json::array();
    for (const TracedEvent& event : events) list.push_back(Json::parse(event.line));
    return list;
  };
  Json json{
      {"schema",      "berth/explanation/1"                  },
      {"scenario",    e.scenario                             },
      {"placement",   e.placement                            },
      {"seed",        e.seed                                 },
      {"replication", e.replication                          },
      {"service",     or_null(e.question.service)            },
      {"class",       or_null(e.question.workload_class)     },
      {"at",          iso_time(e.starts_at + e.question.at_s)},
      {"from",        iso_time(e.starts_at + e.from_s)       },
      {"to",          iso_time(e.starts_at + e.to_s)         },
      {"summary",     e.summary                              },
      {"load",        lines(e.loads)                         }
  };
  for (const Chapter& chapter : e.chapters) json[chapter.about] = lines(chapter.events);
  if (!e.counted.empty()) json["counted"] = e.counted;
  return json.dump(2) + "\n";
}

}  // namespace berth
