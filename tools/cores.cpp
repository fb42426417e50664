#include "tools/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>

namespace berth {
namespace {

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// "/a/b" of the line "0::/a/b".
std::string own_group() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::")) return line.substr(3);
  return "/";
}

// As far as there is a whole positive number; 0 where there is none.
double number_at(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::isfinite(value) && value > 0 ? value : 0;
}

}  // namespace

int cores_within(int cores, std::string_view quota) {
  const std::size_t blank = std::min(quota.find(' '), quota.size());
  const double runs = number_at(quota.substr(0, blank));
  const double period = number_at(quota.substr(std::min(blank + 1, quota.size())));
  if (runs == 0 || period == 0) return std::max(1, cores);  // "max", or nothing said
  return static_cast<int>(std::clamp(std::ceil(runs / period), 1.0, std::max(1.0, double(cores))));
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int cores = std::max(1, CPU_COUNT(&set));
  for (std::string group = own_group();; group.erase(group.rfind('/'))) {
    cores = cores_within(cores, first_line("/sys/fs/cgroup" + group + "/cpu.max"));
    if (group.rfind('/') == std::string::npos) break;
  }
  // Version 1 keeps the two numbers apart; in a container its own group is the root.
  const std::string cpu = "/sys/fs/cgroup/cpu/cpu.cfs_";
  return cores_within(cores, first_line(cpu + "quota_us") + " " + first_line(cpu + "period_us"));
}

}  // namespace berth
