#include "tools/job_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace berth {
namespace {

using nlohmann::json;

constexpr double kClockSlack = 1;                   // time stamps are whole seconds in many logs
constexpr double kLongestWait = 28 * 86400;         // SageMaker's largest MaxPendingTimeInSeconds
constexpr int kFirstYear = 2017, kLastYear = 2100;  // SageMaker began in November 2017
constexpr int kMostRowIssues = 20;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

// "m5" of "ml.m5.xlarge"; the type is one that accelerator_of knows, or none.
std::string family_of(std::string_view type) {
  if (!accelerator_of(type)) return {};
  type.remove_prefix(3);
  return std::string(type.substr(0, type.find('.')));
}

// What one record says about one job, before it is judged.
struct Record {
  LoggedJob job;
  std::string type;
  double modified_s = 0;  // of two records of one job the later one counts
  std::string reused_by;  // the job that took over this one's instances
  std::string name;
  bool out_of_order = false;  // a phase begins before the one in front of it
  bool skewed = false;        // a phase lies before the creation
};

class Collector {
 public:
  // Jobs and Kubernetes objects met so far.
  std::int64_t records() const { return history_.records + objects_; }
  bool take_kubernetes(const json& value) {
    const bool taken = kubernetes_.take(value);
    objects_ += taken;
    return taken;
  }
  std::size_t issues() const { return history_.issues.size(); }
  void leave_out(const std::string& reason) {
    ++history_.records;
    ++history_.left_out[reason];
  }
  void issue(Issue issue) { history_.issues.push_back(std::move(issue)); }

  void add(Record record) {
    ++history_.records;
    if (!record.reused_by.empty()) warm_.insert(record.reused_by);
    if (const auto reason = distrust(record)) {
      ++history_.left_out[*reason];
      return;
    }
    record.job.year = year_of(record.job.created_s);
    record.job.accelerator = accelerator_of(record.type);
    record.job.family = family_of(record.type);
    keep_latest(std::move(record));
  }

  JobHistory finish() {
    history_.kubernetes = kubernetes_.finish();
    for (auto& [key, record] : records_) {
      record.job.warm = warm_.contains(record.name);
      history_.jobs.push_back(std::move(record.job));
    }
    std::ranges::sort(history_.jobs, {},
                      [](const LoggedJob& job) { return std::tie(job.created_s, job.key); });
    return std::move(history_);
  }

 private:
  static std::optional<std::string> distrust(const Record& record) {
    const LoggedJob& job = record.job;
    if (!(std::abs(job.created_s) < 1e11)) return "creation time out of range";
    const int year = year_of(job.created_s);
    if (year < kFirstYear || year > kLastYear) return "creation time out of range";
    if (record.skewed || job.launch_s > kLongestWait || job.waited_s > kLongestWait)
      return "clock skew: times before the creation or weeks after it";
    if (record.out_of_order) return "phases out of order";
    if (!record.type.empty() && !accelerator_of(record.type)) return "unknown instance type";
    return {};
  }

  // try_emplace leaves the record alone when its job is known.
  void keep_latest(Record record) {
    const auto [known, is_new] = records_.try_emplace(record.job.key, std::move(record));
    if (is_new) return;
    ++history_.left_out["seen before"];
    if (record.modified_s > known->second.modified_s) known->second = std::move(record);
  }

  JobHistory history_;
  KubernetesObjects kubernetes_;
  std::int64_t objects_ = 0;
  std::unordered_map<std::string, Record> records_;  // finish() sorts what it holds
  std::set<std::string> warm_;
};

// ---- The phase log -----------------------------------------------------------------------------

constexpr std::array<std::string_view, 7> kPhaseColumns{"t_launch_requested",
                                                        "t_preparing",
                                                        "t_downloading_data",
                                                        "t_downloading_image",
                                                        "t_training_started",
                                                        "t_uploading",
                                                        "t_done"};
constexpr std::size_t kData = 2, kImage = 3, kTraining = 4;
using PhaseTimes = std::array<std::optional<double>, kPhaseColumns.size()>;

std::vector<std::string> split_csv(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

struct PhaseLogColumns {
  std::size_t start = 0, type = 0, count = 0;
  std::array<std::optional<std::size_t>, kPhaseColumns.size()> phases;
  std::vector<std::size_t> others;  // by name
};

std::optional<std::size_t> position(const std::vector<std::string>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name);
  if (found == fields.end()) return {};
  return static_cast<std::size_t>(found - fields.begin());
}

std::optional<PhaseLogColumns> phase_log_columns(const std::vector<std::string>& header,
                                                 const std::string& file, Collector& collector) {
  PhaseLogColumns columns{.count = header.size()};
  const auto start = position(header, "job_start_utc"), type = position(header, "instance_type");
  for (std::size_t i = 0; i < kPhaseColumns.size(); ++i)
    columns.phases[i] = position(header, kPhaseColumns[i]);
  if (!start || !type || !columns.phases[kData]) {
    collector.issue({file, 1, 1, "",
                     "expected a phase log with the columns job_start_utc, instance_type and "
                     "t_downloading_data, or DescribeTrainingJob answers as JSON",
                     ""});
    return {};
  }
  columns.start = *start;
  columns.type = *type;
  for (std::size_t i = 0; i < header.size(); ++i)
    if (i != *start && i != *type && std::ranges::find(columns.phases, i) == columns.phases.end())
      columns.others.push_back(i);
  std::ranges::stable_sort(columns.others, {}, [&](std::size_t i) { return header[i]; });
  return columns;
}

// Tells rows of jobs apart, however a program quoted, ordered or rounded out what they say.
std::string identity(const Record& record, const PhaseTimes& times,
                     const std::vector<std::string>& fields, const PhaseLogColumns& columns) {
  std::string key = fmt::format("{} {}", record.job.created_s, record.type);
  for (const auto& time : times) key += time ? fmt::format(" {}", *time) : " -";
  for (const std::size_t i : columns.others) key += '\n' + fields[i];
  return key;
}

// The phases of a job that never came to its first download, but was seen waiting.
std::optional<double> last_seen_waiting(const PhaseTimes& times) {
  const bool went_on = std::any_of(times.begin() + kData, times.end(),
                                   [](const auto& time) { return time.has_value(); });
  const auto last = std::max(times[0], times[1]);
  return !went_on && last > 0.0 ? last : std::nullopt;
}

bool is_out_of_order(const PhaseTimes& times) {
  double last = 0;
  for (const auto& time : times) {
    if (time && *time < last) return true;
    last = time.value_or(last);
  }
  return false;
}

std::string unread(std::string_view column, std::string_view found, std::string_view expected) {
  return fmt::format("{}: expected {}, found \"{}\"; the row is left out", column, expected,
                     found.substr(0, 40));
}

// Without a record, `wrong` says what cannot be read.
std::optional<Record> phase_log_record(const std::vector<std::string>& fields,
                                       const PhaseLogColumns& columns, std::string& wrong) {
  PhaseTimes times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!columns.phases[i] || fields[*columns.phases[i]].empty()) continue;
    const std::string& text = fields[*columns.phases[i]];
    times[i] = number(text);
    if (times[i]) continue;
    wrong = unread(kPhaseColumns[i], text, "seconds since the creation");
    return {};
  }
  const auto created = parse_time(fields[columns.start]);
  if (!created) {
    wrong = unread("job_start_utc", fields[columns.start], "a time as 2024-05-31T08:15:00");
    return {};
  }
  Record record{.type = fields[columns.type]};
  record.job.created_s = *created;
  record.job.launch_s = times[kData] ? times[kData] : times[kImage];
  if (times[kData] && times[kImage]) record.job.data_s = *times[kImage] - *times[kData];
  if (times[kImage] && times[kTraining]) record.job.image_s = *times[kTraining] - *times[kImage];
  record.job.ready_s = times[kTraining];
  record.job.waited_s = last_seen_waiting(times);
  record.skewed = std::ranges::any_of(times, [](const auto& time) { return time && *time < 0; });
  record.out_of_order = is_out_of_order(times);
  record.job.key = identity(record, times, fields, columns);
  return record;
}

void read_phase_log(const HistoryInput& input, Collector& collector) {
  std::string line;
  std::getline(*input.text, line);
  if (line.ends_with('\r')) line.pop_back();
  const auto columns = phase_log_columns(split_csv(line), input.name, collector);
  if (!columns) return;
  for (int row = 2, complaints = 0; std::getline(*input.text, line); ++row) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const std::vector<std::string> fields = split_csv(line);
    const bool whole = fields.size() == columns->count;
    std::string wrong = fmt::format("a row of {} fields where the header has {}; it is left out",
                                    fields.size(), columns->count);
    auto record = whole ? phase_log_record(fields, *columns, wrong) : std::nullopt;
    if (record) {
      collector.add(std::move(*record));
      continue;
    }
    const char* reason = whole ? "a row with an unreadable number or time"
                               : "a row that breaks off or has too many fields";
    collector.leave_out(reason);
    if (++complaints <= kMostRowIssues)
      collector.issue({input.name, row, 1, "", std::move(wrong), "", Severity::warning});
  }
}

// ---- DescribeTrainingJob -----------------------------------------------------------------------

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> time_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (found->is_string()) return parse_time(found->get_ref<const std::string&>());
  if (found->is_number()) return found->get<double>();
  return {};
}

bool mentions(std::string text, std::string_view what) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text.find(what) != std::string::npos;
}

struct Transition {
  std::string status, message;
  std::optional<double> from, to;
};

std::vector<Transition> transitions_of(const json& job) {
  std::vector<Transition> list;
  const auto found = job.find("SecondaryStatusTransitions");
  if (found == job.end() || !found->is_array()) return list;
  for (const json& one : *found)
    if (one.is_object())
      list.push_back({text_at(one, "Status"), text_at(one, "StatusMessage"),
                      time_at(one, "StartTime"), time_at(one, "EndTime")});
  return list;
}

// Older jobs name the parts of a launch and the image step; today they are messages.
bool is_waiting(const Transition& t) {
  return t.status == "Starting" || t.status == "Pending" || t.status == "LaunchingMLInstances" ||
         t.status == "PreparingTrainingStack";
}

bool is_after_launch(const Transition& t) {
  return t.status == "Downloading" || t.status == "DownloadingTrainingImage" ||
         t.status == "Training" || t.status == "Uploading";
}

// All types of a heterogeneous cluster; it launches when the last instance does.
std::string type_of(const json& job) {
  const auto config = job.find("ResourceConfig");
  if (config == job.end() || !config->is_object()) return {};
  std::string type = text_at(*config, "InstanceType");
  const auto groups = config->find("InstanceGroups");
  if (!type.empty() || groups == config->end() || !groups->is_array()) return type;
  for (const json& group : *groups)
    if (type.empty() || accelerator_of(type) != Accelerator::gpu)
      type = group.is_object() ? text_at(group, "InstanceType") : type;
  return type;
}

int instances_of(const json& job) {
  const json::json_pointer count("/ResourceConfig/InstanceCount");
  return job.contains(count) && job.at(count).is_number_integer() ? job.at(count).get<int>() : 1;
}

void judge_order(Record& record, const std::vector<Transition>& transitions) {
  double last = record.job.created_s;
  for (const Transition& t : transitions) {
    if (t.from && *t.from < record.job.created_s - kClockSlack) record.skewed = true;
    if (t.from && *t.from < last - kClockSlack) record.out_of_order = true;
    if (t.from && t.to && *t.to < *t.from - kClockSlack) record.out_of_order = true;
    if (t.from) last = std::max(last, *t.from);
  }
}

// The first attempt's phases: what follows an interruption started under other circumstances. A
// "Downloading" that covers data and image carries the image's message in the end, and where one
// ended and the other began is not told; one with the data's message is the data step alone.
void read_phases(LoggedJob& job, const std::vector<Transition>& transitions) {
  for (const Transition& t : transitions) {
    if (t.status == "Interrupted") return;
    if (is_waiting(t) && !job.launch_s)
      job.capacity_wait |= mentions(t.message, "insufficient capacity");
    if (!t.from || !is_after_launch(t)) continue;
    if (!job.launch_s) job.launch_s = std::max(0.0, *t.from - job.created_s);
    const std::optional<double> took = t.to ? std::optional(*t.to - *t.from) : std::nullopt;
    if (t.status == "Downloading" && mentions(t.message, "input data")) job.data_s = took;
    if (t.status == "DownloadingTrainingImage") job.image_s = took;
    if (t.status != "Training") continue;
    job.ready_s = std::max(0.0, *t.from - job.created_s);
    return;
  }
}

// How long a job without a launch is known to have waited.
std::optional<double> waited(const json& job, double created,
                             const std::vector<Transition>& transitions) {
  std::optional<double> until = time_at(job, "TrainingEndTime");
  for (const Transition& t : transitions)
    if (is_waiting(t) && t.to) until = std::max(until, t.to);
  if (!until) until = time_at(job, "LastModifiedTime");
  if (!until || *until <= created) return {};
  return *until - created;
}

std::optional<Record> describe_record(const json& job) {
  const auto created = time_at(job, "CreationTime");
  if (!created) return {};
  const std::vector<Transition> transitions = transitions_of(job);
  Record record{.type = type_of(job), .name = text_at(job, "TrainingJobName")};
  record.job.key = text_at(job, "TrainingJobArn");
  if (record.job.key.empty()) record.job.key = record.name;
  record.job.created_s = *created;
  record.job.instances = instances_of(job);
  record.modified_s = time_at(job, "LastModifiedTime").value_or(0);
  if (const auto pool = job.find("WarmPoolStatus"); pool != job.end() && pool->is_object())
    record.reused_by = text_at(*pool, "ReusedByJob");
  judge_order(record, transitions);
  read_phases(record.job, transitions);
  const auto started = time_at(job, "TrainingStartTime");
  if (!record.job.launch_s && started) record.job.launch_s = *started - *created;
  if (!record.job.launch_s) record.job.waited_s = waited(job, *created, transitions);
  record.job.capacity_wait |= mentions(text_at(job, "FailureReason"), "capacityerror");
  return record;
}

bool is_training_job(const json& value) {
  return value.is_object() && value.contains("TrainingJobName") && value.contains("CreationTime");
}

// Takes jobs out of the document as they are complete, so that a broken end costs only the last.
class JobPicker {
 public:
  explicit JobPicker(Collector& collector) : collector_(collector) {}

  bool operator()(int, json::parse_event_t event, json& value) {
    if (event != json::parse_event_t::object_end) return true;
    if (collector_.take_kubernetes(value)) return false;
    if (!is_training_job(value)) return true;
    take(value);
    return false;
  }

 private:
  void take(const json& job) {
    if (!job.contains("ResourceConfig") && !job.contains("SecondaryStatusTransitions"))
      return collector_.leave_out("a summary from ListTrainingJobs, without type and phases");
    if (auto record = describe_record(job))
      collector_.add(std::move(*record));
    else
      collector_.leave_out("a creation time that cannot be read");
  }
  Collector& collector_;
};

struct JsonText {
  std::string_view text;
  int line = 1;  // of its first character
};

// Parses one document. False when it breaks off or is no JSON; jobs before that point are kept.
bool pick_jobs(const JsonText& document, const std::string& file, Collector& collector) {
  try {
    const json rest = json::parse(document.text, JobPicker(collector));
    return true;
  } catch (const json::parse_error& error) {
    const std::size_t at = std::min(error.byte, document.text.size());
    const std::string_view before = document.text.substr(0, at);
    const auto lines = static_cast<int>(std::ranges::count(before, '\n'));
    const bool cut = error.byte > document.text.size();
    collector.leave_out(cut ? "the job in which a file breaks off" : "a job in broken JSON");
    collector.issue({file, document.line + lines,
                     static_cast<int>(at - (before.rfind('\n') + 1)) + (cut ? 1 : 0), "",
                     cut ? "the file breaks off here; jobs before this point are used"
                         : "this is not valid JSON; jobs before this point are used",
                     "", Severity::warning});
    return false;
  } catch (const json::out_of_range&) {
    collector.leave_out("a job in broken JSON");
    collector.issue({file, document.line, 1, "",
                     "a number here is larger than any that can be held; jobs before it are used",
                     "", Severity::warning});
    return false;
  }
}

// How much of the text its first value takes: up to the bracket that closes it.
std::size_t first_value(std::string_view text) {
  int depth = 0;
  bool quoted = false, escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool was_escaped = std::exchange(escaped, quoted && !escaped && c == '\\');
    if (c == '"' && !was_escaped) quoted = !quoted;
    if (quoted) continue;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth <= 0) return i + 1;
  }
  return text.size();
}

constexpr std::string_view kSpace = " \t\r\n";

void read_json_values(std::string_view text, const std::string& file, Collector& collector) {
  for (int line = 1; !text.empty();) {
    const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
    line += static_cast<int>(std::ranges::count(text.substr(0, begin), '\n'));
    text.remove_prefix(begin);
    const JsonText value{text.substr(0, first_value(text)), line};
    if (value.text.empty() || !pick_jobs(value, file, collector)) return;
    line += static_cast<int>(std::ranges::count(value.text, '\n'));
    text.remove_prefix(value.text.size());
  }
}

// A broken line costs itself only.
void read_json_lines(std::string_view text, const std::string& file, Collector& collector) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    if (one.find_first_not_of(kSpace) != std::string_view::npos)
      pick_jobs({one, line}, file, collector);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void read_describe_answers(const HistoryInput& input, Collector& collector) {
  const std::string text(std::istreambuf_iterator<char>(*input.text), {});
  const std::string_view first_line = std::string_view(text).substr(0, text.find('\n'));
  if (first_line.starts_with('{') && json::accept(first_line))
    read_json_lines(text, input.name, collector);
  else
    read_json_values(text, input.name, collector);
}

void skip_byte_order_mark(std::istream& in) {
  for (const int expected : {0xEF, 0xBB, 0xBF})
    if (in.peek() == expected) in.get();
}

}  // namespace

std::optional<Accelerator> accelerator_of(std::string_view type) {
  if (!type.starts_with("ml.")) return {};
  type.remove_prefix(3);
  const std::string_view family = type.substr(0, type.find('.'));
  if (family.size() == type.size() || type.ends_with('.')) return {};  // no size
  const std::size_t letters = family.find_first_of("0123456789");
  if (letters == 0 || letters == std::string_view::npos) return {};
  const std::string_view kind = family.substr(0, letters);
  constexpr std::array<std::string_view, 5> kAccelerated{"p", "g", "trn", "inf", "dl"};
  constexpr std::array<std::string_view, 9> kPlain{"t", "m", "c", "r", "x", "z", "i", "d", "h"};
  if (std::ranges::find(kAccelerated, kind) != kAccelerated.end()) return Accelerator::gpu;
  if (std::ranges::find(kPlain, kind) != kPlain.end()) return Accelerator::none;
  return {};
}

int year_of(double since_1970) {
  const std::chrono::sys_seconds at{std::chrono::seconds{static_cast<std::int64_t>(since_1970)}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return static_cast<int>(day.year());
}

std::optional<double> parse_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() < kShape.size()) return {};
  const auto part = [&](std::size_t from, std::size_t length) {
    int value = -1;
    const char* const end = text.data() + from + length;
    const auto [stopped, error] = std::from_chars(text.data() + from, end, value);
    return error == std::errc{} && stopped == end ? value : -1;
  };
  for (const std::size_t i : {4, 7, 10, 13, 16})
    if (text[i] != kShape[i] && !(i == 10 && text[i] == ' ')) return {};
  const int hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  const std::chrono::year_month_day day{std::chrono::year{part(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(part(5, 2))},
                                        std::chrono::day{static_cast<unsigned>(part(8, 2))}};
  if (!day.ok() || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return {};
  const auto days = std::chrono::sys_days{day}.time_since_epoch().count();
  double since_1970 = static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second;

  std::string_view rest = text.substr(kShape.size());
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    const auto fraction = number(rest.substr(0, end));
    if (end == 1 || !fraction) return {};
    since_1970 += *fraction;
    rest.remove_prefix(end);
  }
  if (rest.empty() || rest == "Z") return since_1970;
  if (rest[0] != '+' && rest[0] != '-') return {};
  const std::size_t colon = rest.size() == 6 && rest[3] == ':' ? 1 : 0;
  if (rest.size() != 5 + colon) return {};
  const std::size_t at = text.size() - rest.size();
  const int off_hours = part(at + 1, 2), off_minutes = part(at + 3 + colon, 2);
  if (off_hours < 0 || off_minutes < 0 || off_minutes > 59) return {};
  const double offset = off_hours * 3600 + off_minutes * 60;
  return rest[0] == '+' ? since_1970 - offset : since_1970 + offset;
}

JobHistory read_job_history(std::span<const HistoryInput> inputs) {
  Collector collector;
  for (const HistoryInput& input : inputs) {
    const std::int64_t before = collector.records();
    const std::size_t issues_before = collector.issues();
    skip_byte_order_mark(*input.text);
    const int first = (*input.text >> std::ws).peek();
    if (first == '{' || first == '[')
      read_describe_answers(input, collector);
    else
      read_phase_log(input, collector);
    if (collector.records() == before && collector.issues() == issues_before)
      collector.issue({input.name, 0, 0, "",
                       "no training job and no Kubernetes object found in this file", ""});
  }
  return collector.finish();
}

}  // namespace berth
