#include "tools/phase_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <istream>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {
namespace {

constexpr int kMostRowIssues = 20;
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
                                                 const std::string& file, JobCollector& collector) {
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
std::string identity(const JobRecord& record, const PhaseTimes& times,
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
std::optional<JobRecord> phase_log_record(const std::vector<std::string>& fields,
                                       const PhaseLogColumns& columns, std::string& wrong) {
  PhaseTimes times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!columns.phases[i] || fields[*columns.phases[i]].empty()) continue;
    const std::string& text = fields[*columns.phases[i]];
    times[i] = finite_number(text);
    if (times[i]) continue;
    wrong = unread(kPhaseColumns[i], text, "seconds since the creation");
    return {};
  }
  const auto created = parse_time(fields[columns.start]);
  if (!created) {
    wrong = unread("job_start_utc", fields[columns.start], "a time as 2024-05-31T08:15:00");
    return {};
  }
  JobRecord record{.type = fields[columns.type]};
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

}  // namespace

void read_phase_log(const HistoryInput& input, JobCollector& collector) {
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

}  // namespace berth
