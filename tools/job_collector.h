// Jobs as files tell of them, one record after the other, and which of them can be trusted: the part
// of job_history.h that does not depend on the format of a file. Tested with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/job_history.h"

namespace berth {

inline constexpr double kClockSlack = 1;  // time stamps are whole seconds in many logs

// What one record says about one job, before it is judged.
struct JobRecord {
  LoggedJob job;
  std::string type;
  double modified_s = 0;  // of two records of one job the later one counts
  std::string reused_by;  // the job that took over this one's instances
  std::string name;
  bool out_of_order = false;  // a phase begins before the one in front of it
  bool skewed = false;        // a phase lies before the creation
};

class JobCollector {
 public:
  // Jobs and Kubernetes objects met so far.
  std::int64_t records() const { return history_.records + objects_; }
  bool take_kubernetes(const nlohmann::json& value);
  std::size_t issues() const { return history_.issues.size(); }
  void leave_out(const std::string& reason);
  void issue(Issue issue) { history_.issues.push_back(std::move(issue)); }
  void add(JobRecord record);
  JobHistory finish();

 private:
  void keep_latest(JobRecord record);

  JobHistory history_;
  KubernetesObjects kubernetes_;
  std::int64_t objects_ = 0;
  std::unordered_map<std::string, JobRecord> records_;  // finish() sorts what it holds
  std::set<std::string> warm_;
};

// All of the text is a number, and a finite one.
std::optional<double> finite_number(std::string_view text);

}  // namespace berth
