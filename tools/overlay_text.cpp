#include "tools/overlay_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace berth {

std::string day_text(double since_1970) {
  const std::chrono::sys_seconds at{std::chrono::seconds{static_cast<std::int64_t>(since_1970)}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string key_text(const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (plain) return name;
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void leave_out(JobHistory& history, const std::string& reason,
               const std::function<bool(const LoggedJob&)>& unwanted) {
  const auto gone = static_cast<std::int64_t>(std::erase_if(history.jobs, unwanted));
  if (gone > 0) history.left_out[reason] += gone;
}

}  // namespace berth
