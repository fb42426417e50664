#include "reports/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "reports/numbers.h"
#include "reports/trace.h"

namespace berth {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 5> kChapters{"decision", "pods", "nodes", "requests", "jobs"};

// ---- Reading ------------------------------------------------------------------------------------

// Pieces of "2026-03-02T18:05:00.000Z"; nothing when it is no such time.
std::optional<double> seconds_of_iso(std::string_view text) {
  const auto number = [&](std::size_t from, std::size_t length) -> std::optional<int> {
    int value = 0;
    if (from + length > text.size()) return std::nullopt;
    const char* begin = text.data() + from;
    const auto [end, error] = std::from_chars(begin, begin + length, value);
    if (error != std::errc{} || end != begin + length) return std::nullopt;
    return value;
  };
  const auto is = [&](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const auto hour = number(11, 2), minute = number(14, 2);
  if (!year || !month || !day || !hour || !minute || !is(4, '-') || !is(7, '-') || !is(13, ':') ||
      !(is(10, 'T') || is(10, ' ')) || *hour > 23 || *minute > 59)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  double second = 0;
  std::size_t end = 16;
  if (is(16, ':')) {
    const char* begin = text.data() + 17;
    const auto [rest, error] = std::from_chars(begin, text.data() + text.size(), second);
    if (error != std::errc{} || second < 0 || second >= 60) return std::nullopt;
    end = static_cast<std::size_t>(rest - text.data());
  }
  const std::string_view tail = text.substr(end);
  if (!tail.empty() && tail != "Z") return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return static_cast<double>(days) * 86400 + *hour * 3600 + *minute * 60 + second;
}

std::string text_or_empty(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

TraceWorkload workload_of(const Json& json) {
  TraceWorkload workload{.is_service = json.at("kind") == "service",
                         .name = json.at("name"),
                         .platform = json.at("platform")};
  if (json.at("pool").is_string()) workload.pool = json.at("pool").get<std::string>();
  if (workload.is_service) workload.slo_latency_s = json.at("slo_latency_s").get<double>();
  return workload;
}

RunTrace head_of(const Json& json) {
  RunTrace trace{.scenario = json.at("scenario"),
                 .placement = json.at("placement"),
                 .seed = json.at("seed"),
                 .replication = json.at("replication"),
                 .starts_at = seconds_of_iso(json.at("starts_at").get<std::string>()).value(),
                 .warm_up_s = json.at("warm_up_s"),
                 .horizon_s = json.at("horizon_s")};
  for (const Json& one : json.at("workloads")) trace.workloads.push_back(workload_of(one));
  return trace;
}

TracedEvent event_of(const Json& json, std::string_view line) {
  TracedEvent event{.at_s = json.at("at_s"),
                    .at = json.at("at"),
                    .type = json.at("type"),
                    .about = json.at("about"),
                    .words = json.at("words"),
                    .service = text_or_empty(json, "service"),
                    .workload_class = text_or_empty(json, "class"),
                    .platform = text_or_empty(json, "platform"),
                    .pool = text_or_empty(json, "pool"),
                    .by_service = text_or_empty(json, "by_service"),
                    .by_class = text_or_empty(json, "by_class"),
                    .changed = json.value("changed", true),
                    .line = std::string(line)};
  if (event.type == "service_observed")
    event.load = TracedLoad{.length_s = json.at("length_s"),
                            .request_rate = json.at("request_rate"),
                            .ready = json.at("ready"),
                            .desired = json.at("desired"),
                            .utilisation = json.at("utilisation"),
                            .p99_s = json.at("p99_s"),
                            .overloaded = json.at("overloaded"),
                            .rejected = json.at("rejected"),
                            .timed_out = json.at("timed_out"),
                            .cut_off = json.at("cut_off")};
  return event;
}

TraceProblem cut_short(int lines) {
  return {lines, "the trace ends too early: its last line is missing",
          "it was cut when it was written or copied; make it again with berth simulate --trace"};
}

// Takes one line off the front.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// ---- Telling ------------------------------------------------------------------------------------

std::string clock_of(const Explanation& e, double at_s) {
  const std::string iso = iso_time(e.starts_at + at_s);
  return iso.substr(11, iso.substr(17, 2) == "00" && std::fmod(at_s, 1) == 0 ? 5 : 8);
}

// Where the workload in question lives; nullptr for the clusters.
const TraceWorkload* subject_of(const RunTrace& trace, const Question& question) {
  const auto& name = question.service ? question.service : question.workload_class;
  if (!name) return nullptr;
  for (const TraceWorkload& one : trace.workloads)
    if (one.name == *name && one.is_service == question.service.has_value()) return &one;
  return nullptr;
}

bool concerns(const TracedEvent& event, const Question& question, const TraceWorkload* subject) {
  if (subject == nullptr) return event.about != "load" && event.about != "requests";
  const std::string& named = question.service ? event.service : event.workload_class;
  const std::string& by = question.service ? event.by_service : event.by_class;
  if (named == subject->name || by == subject->name) return true;
  return event.about == "nodes" && event.platform == subject->platform &&
         (!subject->pool || event.pool.empty() || event.pool == *subject->pool);
}

// A look at a service covers a stretch; one that only touches the window is outside.
bool falls_into(const TracedEvent& event, double from_s, double to_s) {
  if (!event.load) return event.at_s >= from_s && event.at_s <= to_s;
  return event.at_s > from_s && event.at_s - event.load->length_s < to_s;
}

std::string change_in_words(double before, double after) {
  if (before <= 0) return "";
  const double change = after / before - 1;
  return std::abs(change) < 0.005 ? "" : fmt::format(" ({})", percent_of_change(change));
}

std::string from_to(std::string_view what, double before, double after) {
  const std::string first = count(before), last = count(after);
  return first == last ? fmt::format("{} stayed at {}", what, first)
                       : fmt::format("{} went from {} to {}", what, first, last);
}

// Pods come by replicas; an instance of an endpoint, or its container, holds copies of the model.
void tell_load(Explanation& e, const TraceWorkload* subject) {
  if (e.loads.empty()) return;
  const TracedLoad& first = *e.loads.front().load;
  const TracedLoad& last = *e.loads.back().load;
  const auto peak = std::ranges::max_element(
      e.loads, {}, [](const TracedEvent& one) { return one.load->request_rate; });
  std::string words = from_to("Load", first.request_rate, last.request_rate) + " requests/s" +
                      change_in_words(first.request_rate, last.request_rate);
  if (peak->load->request_rate > std::max(first.request_rate, last.request_rate) * 1.005)
    words += fmt::format(", with {} at {}", count(peak->load->request_rate),
                         clock_of(e, peak->at_s - peak->load->length_s));
  e.summary.push_back(words + ".");
  const char* what = subject != nullptr && !subject->pool ? "Ready copies" : "Ready replicas";
  e.summary.push_back(fmt::format("{}; {}.", from_to(what, first.ready, last.ready),
                                  from_to("desired", first.desired, last.desired)));
}

// Replicas that were missing before the window already: since when, and why.
void tell_missing_since(Explanation& e, const RunTrace& trace, const TraceWorkload& service) {
  constexpr double kHalf = 0.5;
  const auto is_short = [&](const TracedLoad& load) { return load.ready + kHalf < load.desired; };
  if (e.loads.empty() || !is_short(*e.loads.front().load)) return;
  const TracedEvent* because = nullptr;
  for (const TracedEvent& one : trace.events) {
    if (one.at_s >= e.from_s) break;
    if (one.service != service.name) continue;
    if (one.load && !is_short(*one.load)) because = nullptr;
    if (one.type == "pod_unschedulable") because = &one;
  }
  if (because != nullptr)
    e.summary.push_back(
        fmt::format("Replicas were missing before, since {}: {}.", clock_of(e, because->at_s), because->words));
}

void tell_decisions(Explanation& e) {
  for (const Chapter& chapter : e.chapters) {
    if (chapter.about != "decision") continue;
    std::vector<const TracedEvent*> changes;
    for (const TracedEvent& event : chapter.events)
      if (event.changed) changes.push_back(&event);
    const std::size_t looks = chapter.events.size();
    if (changes.empty()) {
      e.summary.push_back(
          fmt::format("The autoscaler looked {} times and changed nothing.", looks));
      return;
    }
    e.summary.push_back(fmt::format("{} of {} decisions changed something. The first, at {}: {}.",
                                    changes.size(), looks, clock_of(e, changes.front()->at_s),
                                    changes.front()->words));
    return;
  }
}

struct Seen {
  int times = 0;
  double first_s = 0, last_s = 0;
};

Seen seen(const Explanation& e, std::string_view type) {
  Seen result;
  for (const Chapter& chapter : e.chapters)
    for (const TracedEvent& event : chapter.events) {
      if (event.type != type) continue;
      if (result.times++ == 0) result.first_s = event.at_s;
      result.last_s = event.at_s;
    }
  return result;
}

void tell_capacity(Explanation& e) {
  const Seen waiting = seen(e, "pod_unschedulable");
  if (waiting.times > 0)
    e.summary.push_back(fmt::format("Pods that found no room: {}, first at {}.",
                                    waiting.times, clock_of(e, waiting.first_s)));
  const Seen asked = seen(e, "node_requested"), ready = seen(e, "node_ready");
  if (asked.times > 0)
    e.summary.push_back(
        fmt::format("Nodes asked for: {}, first at {}.", asked.times, clock_of(e, asked.first_s)));
  if (ready.times > 0)
    e.summary.push_back(
        fmt::format("Nodes ready: {}, last at {}.", ready.times, clock_of(e, ready.last_s)));
  const Seen failed = seen(e, "launch_failed");
  if (failed.times > 0)
    e.summary.push_back(fmt::format("Launches for which EC2 had no capacity: {}, {}{}.", failed.times,
                                    failed.times > 1 ? "first at " : "at ",
                                    clock_of(e, failed.first_s)));
  const Seen unregistered = seen(e, "node_unregistered");
  if (unregistered.times > 0)
    e.summary.push_back(fmt::format("Nodes given back because they did not register in time: {}, {}{}.",
                                    unregistered.times,
                                    unregistered.times > 1 ? "first at " : "at ",
                                    clock_of(e, unregistered.first_s)));
  const Seen reclaimed = seen(e, "node_interrupted");
  if (reclaimed.times > 0)
    e.summary.push_back(
        fmt::format("AWS announced that it takes back {} spot nodes.", reclaimed.times));
}

// The looks at the service over the whole trace, in order: what happens after the window counts.
void tell_latency(Explanation& e, const RunTrace& trace, const TraceWorkload& service) {
  if (e.loads.empty() || !service.slo_latency_s) return;
  const double goal = *service.slo_latency_s;
  const auto bad = [&](const TracedEvent& one) { return one.load->p99_s > goal; };
  const auto first = std::ranges::find_if(e.loads, bad);
  if (first == e.loads.end()) {
    e.summary.push_back(fmt::format("The p99 stayed within the goal of {}.", duration(goal)));
    return;
  }
  double worst = 0, since = first->at_s - first->load->length_s;
  for (const TracedEvent& one : e.loads) worst = std::max(worst, one.load->p99_s);
  std::optional<double> recovered;
  double last_seen = first->at_s;
  for (const TracedEvent& one : trace.events) {
    if (!one.load || one.service != service.name || one.at_s < first->at_s) continue;
    last_seen = one.at_s;
    if (bad(one)) continue;
    recovered = one.at_s - one.load->length_s;
    break;
  }
  e.summary.push_back(fmt::format(
      "Slower than the goal from {}: p99 {} at worst, the goal is {}. {}", clock_of(e, since),
      duration(worst), duration(goal),
      recovered ? fmt::format("Recovered from {}.", clock_of(e, *recovered))
                : fmt::format("Not recovered when the trace ends at {}.", clock_of(e, last_seen))));
}

struct Overload {
  double from_s = 0;
  std::optional<double> to_s = {}, queue_gone_s = {};
  bool leaves_queue = false;
};
bool leaves_queue(const TracedEvent& ended) {
  const Json json = Json::parse(ended.line);
  return json.at("waiting").get<double>() > json.at("ready_slots").get<double>();
}
// To the second where the service's slots were watched; a serverless endpoint has only its slices.
std::vector<Overload> overloads_of(const RunTrace& trace, const TraceWorkload& service) {
  std::vector<Overload> watched, sliced;
  for (const TracedEvent& one : trace.events) {
    if (one.service != service.name) continue;
    if (one.type == "overload_began") watched.push_back({.from_s = one.at_s});
    if (one.type == "overload_ended" && !watched.empty()) {
      watched.back().to_s = one.at_s;
      watched.back().leaves_queue = leaves_queue(one);
    }
    if (one.type == "queue_gone")  // of all that left one before
      for (Overload& span : watched)
        if (span.leaves_queue && !span.queue_gone_s) span.queue_gone_s = one.at_s;
    if (!one.load || !one.load->overloaded) continue;
    const double from = one.at_s - one.load->length_s;
    if (!sliced.empty() && sliced.back().to_s == from)
      sliced.back().to_s = one.at_s;
    else
      sliced.push_back({.from_s = from, .to_s = one.at_s});
  }
  return watched.empty() ? sliced : watched;
}

void tell_overload(Explanation& e, const RunTrace& trace, const TraceWorkload& service) {
  std::vector<Overload> spans = overloads_of(trace, service);
  std::erase_if(spans, [&](const Overload& span) {
    return span.from_s > e.to_s || span.queue_gone_s.value_or(span.to_s.value_or(e.to_s)) < e.from_s;
  });
  if (spans.empty()) return;
  const Overload& first = spans.front();
  e.summary.push_back(fmt::format(
      "Overloaded from {}{}{}{}.", clock_of(e, first.from_s),
      first.to_s ? fmt::format(" to {}", clock_of(e, *first.to_s)) : ", to the end of the trace",
      first.queue_gone_s ? fmt::format(", its queue gone at {}", clock_of(e, *first.queue_gone_s)) : "",
      spans.size() > 1 ? fmt::format(" and {} times more", spans.size() - 1) : std::string()));
}

void tell_lost(Explanation& e, const TraceWorkload& service) {
  TracedLoad all;
  double requests = 0;
  for (const TracedEvent& one : e.loads) {
    requests += one.load->request_rate * one.load->length_s;
    all.rejected += one.load->rejected;
    all.timed_out += one.load->timed_out;
    all.cut_off += one.load->cut_off;
  }
  if (all.lost() == 0) return;
  std::string why;
  const auto add = [&](double n, const char* words) {
    if (n > 0) why += fmt::format("{}{} {}", why.empty() ? "" : ", ", count(n), words);
  };
  add(all.rejected, service.pool ? "found no pod or no room in its queue"
                                 : "found no instance, no room in its queue or no free container");
  add(all.timed_out, "waited longer than their timeout");
  add(all.cut_off, "went with their pod");
  e.summary.push_back(
      fmt::format("Lost: {} of {} requests; {}.", count(all.lost()), count(requests), why));
}

void tell_jobs(Explanation& e, const TraceWorkload* subject) {
  std::int64_t submitted = 0, started = 0, interrupted = 0, refused = 0;
  for (const auto& [name, times] : e.counted) {
    if (name.starts_with("job_submitted")) submitted += times;
    if (name.starts_with("job_started")) started += times;
    if (name.starts_with("attempt_interrupted")) interrupted += times;
    if (name.starts_with("capacity_refused")) refused += times;
  }
  if (submitted + started + interrupted + refused == 0) return;
  std::string words = fmt::format("{}: {} submitted, {} started",
                                  subject ? "Jobs" : "Jobs of all classes", submitted, started);
  if (interrupted > 0) words += fmt::format(", {} attempts interrupted", interrupted);
  if (refused > 0) words += fmt::format(", {} refused for want of capacity", refused);
  e.summary.push_back(words + ".");
}

}  // namespace

std::string schema_of_document(std::string_view text) {
  std::string_view rest = text;
  const std::string_view first = next_line(rest);
  // Of a long document nothing else is built.
  const auto keep = [](int depth, Json::parse_event_t event, const auto& key) {
    return event != Json::parse_event_t::key || depth != 1 || key == "schema";
  };
  for (const std::string_view part : {first, text}) {
    const Json json = Json::parse(part, keep, false);
    if (json.is_object()) return text_or_empty(json, "schema");
  }
  return "";
}

std::variant<RunTrace, TraceProblem> read_trace(std::string_view text) {
  std::string_view rest = text;
  int line = 1;
  try {
    const Json head = Json::parse(next_line(rest));
    const std::string schema = text_or_empty(head, "schema");
    if (schema != kTraceSchema)
      return TraceProblem{1,
                          fmt::format("expected schema \"{}\", found \"{}\"", kTraceSchema, schema),
                          "berth simulate --trace writes one"};
    RunTrace trace = head_of(head);
    while (!rest.empty()) {
      ++line;
      const bool whole = rest.find('\n') != std::string_view::npos;
      const std::string_view words = next_line(rest);
      if (!whole) return cut_short(line);
      const Json json = Json::parse(words);
      if (json.at("type") != "end") {
        trace.events.push_back(event_of(json, words));
        continue;
      }
      if (!rest.empty())
        return TraceProblem{line + 1, "there is more after the end of the trace",
                            "one trace a file"};
      if (json.at("events").get<std::size_t>() != trace.events.size())
        return TraceProblem{line,
                            fmt::format("the trace says it has {} events and has {}",
                                        json.at("events").get<std::size_t>(), trace.events.size()),
                            "lines are missing; make it again with berth simulate --trace"};
      return trace;
    }
    return cut_short(line);
  } catch (const std::exception&) {
    return TraceProblem{line, "this line is not one of a trace",
                        "berth simulate --trace writes one JSON object a line"};
  }
}

std::variant<double, TraceProblem> moment(const RunTrace& trace, std::string_view text) {
  const auto in_time = [&](double at) -> std::variant<double, TraceProblem> {
    if (at >= -trace.warm_up_s && at <= trace.horizon_s) return at;
    return TraceProblem{
        0, fmt::format("{} is outside the trace", text),
        fmt::format("it runs from {} to {}", iso_time(trace.starts_at - trace.warm_up_s),
                    iso_time(trace.starts_at + trace.horizon_s))};
  };
  if (text.starts_with('+')) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 1, end, value);
    if (error == std::errc{} && (rest == end || std::string_view(rest, end) == "s"))
      return in_time(value);
  } else if (const auto date_time = seconds_of_iso(text)) {
    return in_time(*date_time - trace.starts_at);
  } else if (const auto clock = seconds_of_iso(fmt::format("1970-01-01T{}", text))) {
    const double day = 86400;
    const double begins = std::fmod(std::fmod(trace.starts_at, day) + day, day);
    return in_time(*clock >= begins ? *clock - begins : *clock + day - begins);
  }
  return TraceProblem{0, fmt::format("\"{}\" is no time", text),
                      "18:05, 2026-03-02T18:05 or +3900 (seconds since the window opened)"};
}

Explanation explain(const RunTrace& trace, const Question& question) {
  const TraceWorkload* subject = subject_of(trace, question);
  Explanation e{.scenario = trace.scenario,
                .placement = trace.placement,
                .seed = trace.seed,
                .replication = trace.replication,
                .question = question,
                .starts_at = trace.starts_at,
                .from_s = std::max(question.at_s - question.window_s, -trace.warm_up_s),
                .to_s = std::min(question.at_s + question.window_s, trace.horizon_s)};
  for (const char* about : kChapters) e.chapters.push_back({about, {}});
  for (const TracedEvent& event : trace.events) {
    if (!falls_into(event, e.from_s, e.to_s) || !concerns(event, question, subject)) continue;
    if (event.load) {
      e.loads.push_back(event);
      continue;
    }
    if (event.about == "jobs")
      ++e.counted[fmt::format("{} of {}", event.type, event.workload_class)];
    if (event.about == "jobs" && subject == nullptr) continue;
    for (Chapter& chapter : e.chapters)
      if (chapter.about == event.about) chapter.events.push_back(event);
  }
  std::erase_if(e.chapters, [](const Chapter& chapter) { return chapter.events.empty(); });
  tell_load(e, subject);
  if (subject != nullptr && subject->is_service) tell_missing_since(e, trace, *subject);
  tell_decisions(e);
  tell_capacity(e);
  if (subject != nullptr && subject->is_service) {
    tell_latency(e, trace, *subject);
    tell_overload(e, trace, *subject);
    tell_lost(e, *subject);
  }
  tell_jobs(e, subject);
  if (e.summary.empty()) e.summary.push_back("Nothing happened that the trace tells.");
  return e;
}

}  // namespace berth
