#include "tools/job_history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <istream>
#include <string_view>

#include "tools/described_jobs.h"
#include "tools/job_collector.h"
#include "tools/phase_log.h"

namespace berth {
namespace {

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
    const auto fraction = finite_number(rest.substr(0, end));
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
  JobCollector collector;
  for (const HistoryInput& input : inputs) {
    const std::int64_t before = collector.records();
    const std::size_t issues_before = collector.issues();
    skip_byte_order_mark(*input.text);
    const int first = (*input.text >> std::ws).peek();
    if (first == '{' || first == '[')
      read_described_jobs(input, collector);
    else
      read_phase_log(input, collector);
    if (collector.records() == before && collector.issues() == issues_before)
      collector.issue({input.name, 0, 0, "",
                       "no training job and no Kubernetes object found in this file", ""});
  }
  return collector.finish();
}

}  // namespace berth
