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

// 2026-11-23T08:00:00Z, with a blank for the T, without the Z, or with a fraction.
std::optional<double> iso_instant(std::string_view text) {
  if (text.size() < 19 || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
  const auto day = parse_date(text.substr(0, 10));
  if (!day.value || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto hour = parse_number(text.substr(11, 2)), minute = parse_number(text.substr(14, 2));
  const auto second = parse_number(text.substr(17));
  if (!hour.value || !minute.value || !second.value) return std::nullopt;
  if (*hour.value > 24 || *minute.value > 59 || *second.value >= 61) return std::nullopt;
  return static_cast<double>(day.value->days) * 86'400 + *hour.value * kHourS + *minute.value * 60 +
         *second.value;
}

std::optional<double> instant(const Reading& in, const std::string& cell) {
  if (const auto iso = iso_instant(cell)) return *iso - static_cast<double>(in.starts_at);
  const auto number = parse_number(cell);
  return number.value;
}

bool is_header(const Reading& in, const CsvRow& row) { return !instant(in, row.cells[0]); }

std::optional<TraceText> read_trace(Reading& in, const Node& node) {
  const std::string* name = expect_scalar(in, node, "the name of a CSV file");
  if (name == nullptr) return std::nullopt;
  const std::string* content = in.read_file(*name, node);
  if (content == nullptr) return std::nullopt;
  const std::string file = in.folder_of(node.at) + *name;
  std::vector<CsvRow> rows = read_csv(*content);
  if (!rows.empty() && is_header(in, rows.front())) rows.erase(rows.begin());
  if (rows.empty()) {
    in.fail(node, in_quotes(*name) + " holds no arrivals");
    return std::nullopt;
  }
  const bool bins = rows.front().cells.size() == 2;
  TraceText trace;
  for (const CsvRow& row : rows) {
    const auto at = instant(in, row.cells[0]);
    const bool complete = row.cells.size() == (bins ? 2 : 1);
    const double count = bins && complete ? parse_count(row.cells[1]).value.value_or(-1) : 0;
    if (!at || !complete || count < 0) {
      in.fail_in(file, row.line, 1,
                 bins ? "expected a time and a count" : "expected a time (seconds or ISO 8601)",
                 "times are seconds after starts_on, or like 2026-11-23T08:00:00Z");
      return std::nullopt;
    }
    if (bins && !trace.times.empty() && *at <= trace.times.back()) {
      in.fail_in(file, row.line, 1, "the bins of a trace must ascend in time");
      return std::nullopt;
    }
    trace.times.push_back(*at);
    if (bins) trace.counts.push_back(count);
  }
  const double first = -in.warm_up.count(), last = in.horizon.count();
  if (std::ranges::none_of(trace.times, [&](double t) { return t >= first && t < last; })) {
    in.fail(node, in_quotes(*name) + " has nothing in the simulated time",
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
  for (const double time : trace.times) edges.push_back(Seconds{time} + in.warm_up);
  edges.push_back(edges.back() + (edges.back() - edges[edges.size() - 2]));
  for (std::size_t i = 0; i < trace.counts.size(); ++i)
    rates.push_back(trace.counts[i] / (edges[i + 1] - edges[i]).count());
  return RateCurve::steps(edges, rates);
}

// ---- Curves -------------------------------------------------------------------------------------

struct CurveText {
  std::optional<double> mean;
  std::optional<std::vector<double>> hourly, weekly;
  bool has_trace = false;
};

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

bool read_curve(Reading& in, const Node& node, RateCurve& target) {
  if (node.is_scalar()) {
    double constant_rate = 0;
    if (!rate(Zero::refused).read(in, node, constant_rate)) return false;
    target = RateCurve::constant(constant_rate);
    return true;
  }
  CurveText text;
  if (!curve_fields().read(in, node, text)) return false;
  if (text.has_trace == text.mean.has_value() || (text.has_trace && (text.hourly || text.weekly))) {
    in.fail(node, "a rate over time is a mean (with hourly and weekly), or a trace",
            "examples: 700/s, {mean: 60M/day, hourly: [...]}, {trace: load.csv}");
    return false;
  }
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

// ---- Schedules ----------------------------------------------------------------------------------

struct ScheduleText {
  std::optional<Seconds> every, offset, jitter;
  std::optional<bool> spread;
  std::optional<std::string> cron;
  std::optional<RateCurve> poisson;
  bool has_trace = false;
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

bool read_schedule(Reading& in, const Node& node, Schedule& target) {
  ScheduleText text;
  if (!schedule_fields().read(in, node, text)) return false;
  const int kinds = int{text.every.has_value()} + int{text.cron.has_value()} +
                    int{text.poisson.has_value()} + int{text.has_trace};
  if (kinds != 1) {
    in.fail(node,
            kinds == 0 ? "a schedule needs every, cron, poisson or trace"
                       : "a schedule is one of every, cron, poisson and trace, not several",
            "examples: {every: 15min, jitter: 1min}, {cron: \"0 2 * * *\"}, {poisson: 30/h}");
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

Type<Schedule> schedule() {
  return {object_shape(schedule_fields().texts(), "when jobs are submitted"), read_schedule};
}

}  // namespace berth
