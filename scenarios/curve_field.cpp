#include "scenarios/curve_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/csv.h"

namespace berth {
namespace {

constexpr double kHourS = 3600;

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return 1;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// ---- Traces -------------------------------------------------------------------------------------

// Either the times of single arrivals or bins; relative to the start of the measured window.
struct TraceText {
  std::vector<double> times;
  std::vector<double> counts;  // of the bin that starts at times[i]; none for single arrivals
};

std::optional<double> instant(const Reading& in, const std::string& cell) {
  if (const auto iso = iso_instant(cell)) return *iso - static_cast<double>(in.starts_at);
  const auto number = parse_number(cell);
  return number.value;
}

// What the scenario says of a trace besides its name.
struct TraceOptions {
  std::optional<std::string> column;
  bool ascending = false;  // a time before the last is a mistake
  bool any_time = false;   // it need not lie in the simulated time
};
constexpr std::size_t kMostTimes = 20'000'000;

std::optional<std::size_t> column_of(Reading& in, const Node& node, const std::string& file,
                                     const std::vector<CsvRow>& rows, const TraceOptions& options) {
  if (!options.column) return 0;
  const auto& head = rows.front().cells;
  const auto found = std::ranges::find(head, *options.column);
  if (found != head.end()) return static_cast<std::size_t>(found - head.begin());
  in.fail_in(file, rows.front().line, 1, "no column " + in_quotes(*options.column),
             nearest_hint(*options.column, head));
  (void)node;
  return std::nullopt;
}

std::optional<TraceText> read_trace(Reading& in, const Node& node,
                                    const TraceOptions& options = {}) {
  const std::string* name = expect_scalar(in, node, "the name of a CSV file");
  if (name == nullptr) return std::nullopt;
  const std::string* content = in.read_file(*name, node);
  if (content == nullptr) return std::nullopt;
  const std::string file = in.folder_of(node.at) + *name;
  std::vector<CsvRow> rows = read_csv(*content);
  std::size_t column = 0;
  const std::size_t columns = rows.empty() ? 0 : rows.front().cells.size();
  if (!rows.empty()) {
    const auto found = column_of(in, node, file, rows, options);
    if (!found) return std::nullopt;
    column = *found;
    if (options.column || is_header(rows.front())) rows.erase(rows.begin());
  }
  if (rows.empty()) {
    in.fail(node, path_in_quotes(*name) + " holds no arrivals");
    return std::nullopt;
  }
  if (rows.size() > kMostTimes) {
    in.fail(node, fmt::format("{} holds {} lines; at most {} are read", path_in_quotes(*name),
                              rows.size(), kMostTimes),
            "count them in bins: lines of bin_start,count");
    return std::nullopt;
  }
  const bool bins = !options.column && rows.front().cells.size() == 2;
  TraceText trace;
  for (const CsvRow& row : rows) {
    if (const std::string wrong = wrong_width(row, columns); options.column && !wrong.empty()) {
      in.fail_in(file, row.line, 1, wrong, "a cell with a comma is written in quotes");
      return std::nullopt;
    }
    const bool complete = options.column ? column < row.cells.size()
                                         : row.cells.size() == (bins ? 2U : 1U);
    const auto at = complete ? instant(in, row.cells[column]) : std::nullopt;
    const double count = bins && complete ? parse_count(row.cells[1]).value.value_or(-1) : 0;
    if (!at || !complete || count < 0 || !std::isfinite(*at)) {
      in.fail_in(file, row.line, 1,
                 bins ? "expected a time and a count" : "expected a time (seconds or ISO 8601)",
                 "times are seconds after starts_on, or like 2026-11-23T08:00:00Z (only UTC)");
      return std::nullopt;
    }
    if (bins && !trace.times.empty() && *at <= trace.times.back()) {
      in.fail_in(file, row.line, 1, "the bins of a trace must ascend in time");
      return std::nullopt;
    }
    if (options.ascending && !trace.times.empty() && *at < trace.times.back()) {
      in.fail_in(file, row.line, 1, "a request before the one above it",
                 "sort the file by time");
      return std::nullopt;
    }
    trace.times.push_back(*at);
    if (bins) trace.counts.push_back(count);
  }
  const double first = -in.warm_up.count(), last = in.horizon.count();
  if (!options.any_time &&
      std::ranges::none_of(trace.times, [&](double t) { return t >= first && t < last; })) {
    in.fail(node, path_in_quotes(*name) + " has nothing in the simulated time",
            fmt::format("its times run from {} s to {} s after starts_on", trace.times.front(),
                        trace.times.back()));
    return std::nullopt;
  }
  return trace;
}

std::optional<RateCurve> binned_curve(Reading& in, const Node& node, const TraceText& trace) {
  if (trace.times.size() < 2) {
    in.fail(node, "a trace of counts needs at least two bins: the width is their distance");
    return std::nullopt;
  }
  std::vector<Seconds> edges;
  std::vector<double> rates;
  edges.reserve(trace.times.size() + 1);
  rates.reserve(trace.counts.size());
  for (const double time : trace.times) edges.push_back(Seconds{time} + in.warm_up);
  edges.push_back(edges.back() + (edges.back() - edges[edges.size() - 2]));
  for (std::size_t i = 0; i < trace.counts.size(); ++i)
    rates.push_back(trace.counts[i] / (edges[i + 1] - edges[i]).count());
  return RateCurve::steps(edges, rates);
}

// ---- Curves -------------------------------------------------------------------------------------

struct StepText {
  Seconds at{0};
  double rate = 0;
};

struct CurveText {
  std::optional<double> mean;
  std::optional<std::vector<StepText>> steps;
  std::optional<std::vector<double>> hourly, weekly;
  bool has_trace = false;
};

const Fields<StepText>& step_fields() {
  static const Fields<StepText> fields = [] {
    Fields<StepText> f;
    f.add("at", &StepText::at, duration(), required(), "Time after starts_on.");
    f.add("rate", &StepText::rate, rate(), required(), "The rate from then on.");
    return f;
  }();
  return fields;
}

const Fields<CurveText>& curve_fields() {
  static const Fields<CurveText> fields = [] {
    Fields<CurveText> f;
    const Type<double> weight = number(0, 1e9);
    f.add("mean", &CurveText::mean, rate(Zero::refused), optional("a trace says it"),
          "The mean over a week.");
    f.add("hourly", &CurveText::hourly, list_of(weight, 24, 24), optional("all hours alike"),
          "Relative weight of the hours of a day from 00:00 UTC.");
    f.add("weekly", &CurveText::weekly, list_of(weight, 7, 7), optional("all days alike"),
          "Relative weight of the days, Monday first.");
    f.add("steps", &CurveText::steps, list_of(object(step_fields(), "a step"), 1),
          optional("a mean says it"),
          "Constant rates, each until the next begins; the first also before its time.");
    f.custom("trace", text("the name of a CSV file").shape, optional("a mean says it"),
             "A CSV file of bin_start,count lines; times in seconds after starts_on or ISO 8601.",
             [](Reading&, const Node&, CurveText& target) { return target.has_trace = true; });
    return f;
  }();
  return fields;
}

bool all_zero(Reading& in, const Node& node, const std::optional<std::vector<double>>& weights) {
  if (!weights || std::ranges::any_of(*weights, [](double w) { return w > 0; })) return false;
  in.fail(node, "all weights are 0: nothing would ever arrive");
  return true;
}

bool stepped_curve(Reading& in, const Node& node, const std::vector<StepText>& steps,
                   RateCurve& target) {
  constexpr Seconds kForEver{1e12};
  std::vector<Seconds> edges{Seconds{0}};
  std::vector<double> rates;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0 && steps[i].at <= steps[i - 1].at) {
      in.fail(*node.find("steps"), "steps must ascend in time");
      return false;
    }
    if (i > 0) edges.push_back(steps[i].at + in.warm_up);
    rates.push_back(steps[i].rate);
  }
  edges.push_back(kForEver);
  if (std::ranges::all_of(rates, [](double r) { return r == 0; })) {
    in.fail(*node.find("steps"), "all rates are 0: nothing would ever arrive");
    return false;
  }
  target = RateCurve::steps(edges, rates);
  return true;
}

bool read_curve(Reading& in, const Node& node, RateCurve& target) {
  if (node.is_scalar()) {
    double constant_rate = 0;
    if (!rate(Zero::refused).read(in, node, constant_rate)) return false;
    target = RateCurve::constant(constant_rate);
    return true;
  }
  CurveText text;
  if (!curve_fields().read(in, node, text)) return false;
  const int kinds = int{text.has_trace} + int{text.mean.has_value()} + int{text.steps.has_value()};
  if (kinds != 1 || (!text.mean && (text.hourly || text.weekly))) {
    in.fail(node, "a rate over time is a mean (with hourly and weekly), steps, or a trace",
            "examples: 700/s, {mean: 60M/day, hourly: [...]}, {trace: load.csv}");
    return false;
  }
  if (text.steps) return stepped_curve(in, node, *text.steps, target);
  if (text.has_trace) {
    const Node& named = *node.find("trace");
    const Reading::Scope scope(in, "trace", named.at);
    const auto trace = read_trace(in, named);
    if (!trace) return false;
    if (trace->counts.empty()) {
      in.fail(named, "a rate needs counts: lines of bin_start,count");
      return false;
    }
    const auto curve = binned_curve(in, named, *trace);
    if (curve) target = *curve;
    return curve.has_value();
  }
  if (all_zero(in, node, text.hourly) || all_zero(in, node, text.weekly)) return false;
  const Shapes shapes{text.hourly.value_or(std::vector<double>{}),
                      text.weekly.value_or(std::vector<double>{})};
  target = weekly_curve(*text.mean, shapes, static_cast<double>(in.starts_at) - in.warm_up.count());
  return true;
}

// ---- Requests -----------------------------------------------------------------------------------

struct RequestText {
  std::optional<std::string> column;
  double scale = 1;
  bool at_window = false, poisson = false;
  Seconds bin{60};
  bool has_trace = false;
};

const Fields<RequestText>& request_fields() {
  static const Fields<RequestText> fields = [] {
    Fields<RequestText> f;
    f.custom("trace", text("the name of a CSV file").shape, required(),
             "A CSV file with one request a line, in order of time.",
             [](Reading&, const Node&, RequestText& target) { return target.has_trace = true; });
    f.add("column", &RequestText::column, text("a column's name"), optional("the only column"),
          "Which column holds the times (seconds after starts_on, or ISO 8601).");
    f.add("scale", &RequestText::scale, number(1e-6, 1e6), otherwise("1", "as recorded"),
          "So many times the rate: all gaps are divided by it.");
    f.custom("begins",
             choice_shape({{"recorded", "at the times of the file"},
                           {"window", "the first when the measured window opens"}}),
             otherwise("recorded", "the file's own dates"), "When the first request comes.",
             [](Reading& in, const Node& node, RequestText& target) {
               const auto found = read_choice(in, node,
                                              {{"recorded", "at the times of the file"},
                                               {"window", "when the measured window opens"}});
               if (found) target.at_window = *found == 1;
               return found.has_value();
             });
    f.add("poisson", &RequestText::poisson, boolean(), otherwise("false", "as recorded"),
          "Instead of the recorded requests a Poisson stream of their rate: what burstiness costs.");
    f.add("bin", &RequestText::bin, duration(Zero::refused), otherwise("1min", "assumed"),
          "The rate is that of bins of this length.");
    return f;
  }();
  return fields;
}

// The rate in bins from the first request to the last.
RateCurve rate_of(const std::vector<double>& times, double bin) {
  std::vector<Seconds> edges{Seconds{times.front()}};
  std::vector<double> rates;
  std::size_t i = 0;
  while (i < times.size()) {
    const double end = edges.back().count() + bin;
    std::size_t in_bin = 0;
    while (i < times.size() && times[i] < end) ++i, ++in_bin;
    rates.push_back(static_cast<double>(in_bin) / bin);
    edges.emplace_back(end);
  }
  return RateCurve::steps(edges, rates);
}

bool read_requests(Reading& in, const Node& node, RequestTimes& target) {
  const Node* named = node.is_mapping() ? node.find("trace") : nullptr;
  const bool single = named != nullptr && (node.find("column") != nullptr ||
                                           node.find("begins") != nullptr ||
                                           node.find("scale") != nullptr ||
                                           node.find("poisson") != nullptr ||
                                           node.find("bin") != nullptr);
  if (!single) return rate_curve().read(in, node, target.rate);
  RequestText text;
  if (!request_fields().read(in, node, text)) return false;
  const Reading::Scope scope(in, "trace", named->at);
  const auto trace = read_trace(in, *named,
                                {.column = text.column, .ascending = true, .any_time = text.at_window});
  if (!trace) return false;
  if (!trace->counts.empty()) {
    in.fail(*named, "column, scale, begins and poisson go with one request a line",
            "for lines of bin_start,count write only {trace: ...}");
    return false;
  }
  const double warm_up = in.warm_up.count(), end = warm_up + in.horizon.count();
  const double origin = text.at_window ? trace->times.front() : 0;
  std::vector<double> times;
  for (const double time : trace->times) {
    const double at = warm_up + (time - origin) / text.scale;
    if (at >= 0 && at < end) times.push_back(at);
  }
  if (times.empty()) {
    in.fail(*named, "no request of the trace falls in the simulated time",
            "begins: window moves the first to the window's begin");
    return false;
  }
  constexpr double kMostBins = 1e6;
  if (end > kMostBins * text.bin.count()) {
    in.fail(*node.find("bin"), "bins this short would be more than a million", "example: bin: 1min");
    return false;
  }
  target.rate = rate_of(times, text.bin.count());
  if (!text.poisson) target.recorded = std::move(times);
  return true;
}

// ---- Schedules ----------------------------------------------------------------------------------

struct ScheduleText {
  std::optional<Seconds> every, offset, jitter;
  std::optional<bool> spread;
  std::optional<std::string> cron;
  std::optional<RateCurve> poisson;
  bool has_trace = false;
  std::vector<std::string> after;
};

const Fields<ScheduleText>& schedule_fields() {
  static const Fields<ScheduleText> fields = [] {
    Fields<ScheduleText> f;
    const Absent no = optional("another schedule is written");
    f.add("every", &ScheduleText::every, duration(Zero::refused), no,
          "Each model of the class submits a job this often.");
    f.add("offset", &ScheduleText::offset, duration(), optional("0s: from the first instant on"),
          "With every: when the first one comes.");
    f.add("jitter", &ScheduleText::jitter, duration(), optional("0s: on the dot"),
          "With every and cron: each submission is late by up to this.");
    f.add(
        "spread", &ScheduleText::spread, boolean(),
        optional("true: a scheduler that lets all start at once is the exception"),
        "With every: the models of a class are set evenly over one interval; false: all submit at "
        "once.");
    f.add("cron", &ScheduleText::cron, text("five fields of cron"), no,
          "minute hour day-of-month month day-of-week, UTC: numbers, *, lists, ranges, steps.");
    f.add("poisson", &ScheduleText::poisson, rate_curve(), no,
          "Submissions of the whole class at random, at a rate that may vary.");
    f.custom("trace", text("the name of a CSV file").shape, no,
             "A CSV file: one time a line, or bin_start,count lines.",
             [](Reading&, const Node&, ScheduleText& target) { return target.has_trace = true; });
    f.add("after", &ScheduleText::after, list_of(text("a training class"), 1), no,
          "A job is submitted when those of its number in these classes are done; of a class with "
          "one model all models wait for one job, or one job for all models.");
    return f;
  }();
  return fields;
}

// Options that belong to another kind of schedule would do nothing, so they are mistakes.
bool only_with(Reading& in, const Node& node, std::string_view option, std::string_view kinds,
               bool allowed) {
  const Entry* entry = node.find_entry(option);
  if (entry == nullptr || allowed) return true;
  in.fail_at(entry->at, fmt::format("\"{}\" only goes with {}", option, kinds));
  return false;
}

std::optional<Schedule> cron_schedule(Reading& in, const Node& node, const ScheduleText& text) {
  std::string why;
  auto cron = parse_cron(*text.cron, &why);
  if (!cron) {
    in.fail(*node.find("cron"), why, "example: \"0 2 * * 1-5\" is 02:00 UTC on working days");
    return std::nullopt;
  }
  cron->jitter = text.jitter.value_or(Seconds{0});
  if (!next_cron_time(*cron, in.starts_at)) {
    in.fail(*node.find("cron"), in_quotes(*text.cron) + " never comes");
    return std::nullopt;
  }
  return Schedule{*cron};
}

std::optional<Schedule> trace_schedule(Reading& in, const Node& named) {
  const Reading::Scope scope(in, "trace", named.at);
  const auto trace = read_trace(in, named);
  if (!trace) return std::nullopt;
  if (!trace->counts.empty()) {
    const auto curve = binned_curve(in, named, *trace);
    return curve ? std::optional<Schedule>{Poisson{*curve}} : std::nullopt;
  }
  Trace times;
  for (const double time : trace->times) times.at.emplace_back(time);
  std::ranges::sort(times.at);
  return Schedule{std::move(times)};
}

std::optional<Schedule> after_schedule(Reading& in, const Node& named,
                                       const std::vector<std::string>& names) {
  const Reading::Scope scope(in, "after", named.at);
  After after;
  bool good = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Node& node = named.items[i];
    const Reading::Scope one(in, std::to_string(i), node.at);
    const auto found = std::ranges::find(in.training, names[i]);
    const TrainingId id{static_cast<std::int32_t>(found - in.training.begin())};
    if (found == in.training.end())
      in.fail(node, "no training class named " + in_quotes(names[i]),
              nearest_hint(names[i], in.training));
    else if (std::ranges::find(after.classes, id) != after.classes.end())
      in.fail(node, in_quotes(names[i]) + " is named twice");
    else {
      after.classes.push_back(id);
      continue;
    }
    good = false;
  }
  std::ranges::sort(after.classes);
  return good ? std::optional<Schedule>{std::move(after)} : std::nullopt;
}

bool read_schedule(Reading& in, const Node& node, Schedule& target) {
  ScheduleText text;
  if (!schedule_fields().read(in, node, text)) return false;
  const int kinds = int{text.every.has_value()} + int{text.cron.has_value()} +
                    int{text.poisson.has_value()} + int{text.has_trace} +
                    int{!text.after.empty()};
  if (kinds != 1) {
    in.fail(node,
            kinds == 0 ? "a schedule needs every, cron, poisson, trace or after"
                       : "a schedule is one of every, cron, poisson, trace and after, not several",
            "examples: {every: 15min, jitter: 1min}, {cron: \"0 2 * * *\"}, {poisson: 30/h}, "
            "{after: [features]}");
    return false;
  }
  bool good = only_with(in, node, "offset", "every", text.every.has_value());
  good = only_with(in, node, "spread", "every", text.every.has_value()) && good;
  good = only_with(in, node, "jitter", "every and cron", text.every || text.cron) && good;
  if (!good) return false;
  if (text.offset && *text.offset >= *text.every) {
    in.fail(*node.find("offset"), "offset must be shorter than the interval",
            fmt::format("every is {}: an offset of 0s to less than that says it all",
                        write_duration(*text.every)));
    return false;
  }
  std::optional<Schedule> schedule;
  if (text.every)
    schedule = Every{*text.every, text.offset.value_or(Seconds{0}),
                     text.jitter.value_or(Seconds{0}), text.spread.value_or(true)};
  else if (text.cron)
    schedule = cron_schedule(in, node, text);
  else if (text.poisson)
    schedule = Poisson{*text.poisson};
  else if (!text.after.empty())
    schedule = after_schedule(in, *node.find("after"), text.after);
  else
    schedule = trace_schedule(in, *node.find("trace"));
  if (schedule) target = std::move(*schedule);
  return schedule.has_value();
}

}  // namespace

RateCurve weekly_curve(double mean_rate, const Shapes& shapes, double begin) {
  if (shapes.hourly.empty() && shapes.weekly.empty()) return RateCurve::constant(mean_rate);
  const int hours = shapes.weekly.empty() ? 24 : 168;
  const double norm = mean_rate / (mean_of(shapes.hourly) * mean_of(shapes.weekly));
  const double period = hours * kHourS;
  std::vector<Seconds> edges{Seconds{0}};
  std::vector<double> rates;
  auto hour = static_cast<std::int64_t>(std::floor(begin / kHourS));
  while (edges.back().count() < period) {
    const auto day = static_cast<std::int64_t>(std::floor(static_cast<double>(hour) / 24));
    const auto monday_first = (weekday_from_days(day) + 6) % 7;
    const auto of_day = static_cast<std::size_t>(hour - day * 24);
    rates.push_back(norm * (shapes.hourly.empty() ? 1 : shapes.hourly[of_day]) *
                    (shapes.weekly.empty() ? 1 : shapes.weekly[monday_first]));
    ++hour;
    edges.emplace_back(std::min(period, static_cast<double>(hour) * kHourS - begin));
  }
  return RateCurve::steps(edges, rates, true);
}

Type<RateCurve> rate_curve() {
  return {any_of({rate().shape, object_shape(curve_fields().texts(), "a rate over time")},
                 "a rate, or a rate over time"),
          read_curve};
}

Type<RequestTimes> request_times() {
  return {any_of({rate_curve().shape, object_shape(request_fields().texts(), "recorded requests")},
                 "a rate, a rate over time, or recorded requests"),
          read_requests};
}

Type<Schedule> schedule() {
  return {object_shape(schedule_fields().texts(), "when jobs are submitted"), read_schedule};
}

}  // namespace berth
