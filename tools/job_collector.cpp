#include "tools/job_collector.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace berth {
namespace {

constexpr double kLongestWait = 28 * 86400;         // SageMaker's largest MaxPendingTimeInSeconds
constexpr int kFirstYear = 2017, kLastYear = 2100;  // SageMaker began in November 2017

// "m5" of "ml.m5.xlarge"; the type is one that accelerator_of knows, or none.
std::string family_of(std::string_view type) {
  if (!accelerator_of(type)) return {};
  type.remove_prefix(3);
  return std::string(type.substr(0, type.find('.')));
}

std::optional<std::string> distrust(const JobRecord& record) {
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

}  // namespace

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

bool JobCollector::take_kubernetes(const nlohmann::json& value) {
  const bool taken = kubernetes_.take(value);
  objects_ += taken;
  return taken;
}

void JobCollector::leave_out(const std::string& reason) {
  ++history_.records;
  ++history_.left_out[reason];
}

void JobCollector::add(JobRecord record) {
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

JobHistory JobCollector::finish() {
  history_.kubernetes = kubernetes_.finish();
  for (auto& [key, record] : records_) {
    record.job.warm = warm_.contains(record.name);
    history_.jobs.push_back(std::move(record.job));
  }
  std::ranges::sort(history_.jobs, {},
                    [](const LoggedJob& job) { return std::tie(job.created_s, job.key); });
  return std::move(history_);
}

// try_emplace leaves the record alone when its job is known.
void JobCollector::keep_latest(JobRecord record) {
  const auto [known, is_new] = records_.try_emplace(record.job.key, std::move(record));
  if (is_new) return;
  ++history_.left_out["seen before"];
  if (record.modified_s > known->second.modified_s) known->second = std::move(record);
}

}  // namespace berth
