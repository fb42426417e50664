#include "tools/described_jobs.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {
namespace {

using nlohmann::json;

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

void judge_order(JobRecord& record, const std::vector<Transition>& transitions) {
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

std::optional<JobRecord> describe_record(const json& job) {
  const auto created = time_at(job, "CreationTime");
  if (!created) return {};
  const std::vector<Transition> transitions = transitions_of(job);
  JobRecord record{.type = type_of(job), .name = text_at(job, "TrainingJobName")};
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
  explicit JobPicker(JobCollector& collector) : collector_(collector) {}

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
  JobCollector& collector_;
};

struct JsonText {
  std::string_view text;
  int line = 1;  // of its first character
};

// Parses one document. False when it breaks off or is no JSON; jobs before that point are kept.
bool pick_jobs(const JsonText& document, const std::string& file, JobCollector& collector) {
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

void read_json_values(std::string_view text, const std::string& file, JobCollector& collector) {
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
void read_json_lines(std::string_view text, const std::string& file, JobCollector& collector) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    if (one.find_first_not_of(kSpace) != std::string_view::npos)
      pick_jobs({one, line}, file, collector);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

void read_described_jobs(const HistoryInput& input, JobCollector& collector) {
  const std::string text(std::istreambuf_iterator<char>(*input.text), {});
  const std::string_view first_line = std::string_view(text).substr(0, text.find('\n'));
  if (first_line.starts_with('{') && json::accept(first_line))
    read_json_lines(text, input.name, collector);
  else
    read_json_values(text, input.name, collector);
}

}  // namespace berth
