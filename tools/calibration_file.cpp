#include "tools/calibration_file.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <functional>
#include <tuple>
#include <utility>

#include "scenarios/document.h"

namespace berth {
namespace {

void leave_out(JobHistory& history, const std::string& reason,
               const std::function<bool(const LoggedJob&)>& unwanted) {
  const auto gone = static_cast<std::int64_t>(std::erase_if(history.jobs, unwanted));
  if (gone > 0) history.left_out[reason] += gone;
}

// ---- Writing -----------------------------------------------------------------------------------

std::string day_text(double since_1970) {
  const std::chrono::sys_seconds at{std::chrono::seconds{static_cast<std::int64_t>(since_1970)}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string interval_text(const ParameterInterval& interval) {
  return fmt::format("[{:.4g}, {:.4g}]", interval.low, interval.high);
}

std::string law_block(const CalibratedLaw& law) {
  std::string text = fmt::format(
      "  - phase: {}\n    scope: {}\n    year: {}\n    from_year: {}\n    observations: {}\n"
      "    lower_bounds: {}\n    instant: {}\n    distance: {}\n    first: {}\n    last: {}\n"
      "    grade: {}\n    components:  # seconds: p50 {:.4g}, p90 {:.4g}\n",
      name_of(law.phase), law.scope, law.year, law.from_year, law.observations, law.lower_bounds,
      law.instant, law.distance, day_text(law.first_s), day_text(law.last_s), grade(law),
      quantile(law.law(), 0.5), quantile(law.law(), 0.9));
  for (const LognormalComponent& c : law.components)
    text += fmt::format("      - {{weight: {}, mu: {}, sigma: {}}}\n", c.weight, c.mu, c.sigma);
  text += "    intervals:\n";
  for (const ComponentIntervals& one : intervals(law))
    text += fmt::format("      - {{weight: {}, mu: {}, sigma: {}}}\n", interval_text(one.weight),
                        interval_text(one.mu), interval_text(one.sigma));
  return text;
}

std::string refused_block(const Calibration& calibration) {
  if (calibration.refused.empty()) return "refused: []\n";
  std::string text = "refused:\n";
  for (const RefusedGroup& group : calibration.refused)
    text += fmt::format("  - {{phase: {}, scope: {}, year: {}, observations: {}}}\n",
                        name_of(group.phase), group.scope, group.year, group.observations);
  return text;
}

// ---- Reading -----------------------------------------------------------------------------------

class Reader {
 public:
  Reader(const std::string& file, std::vector<Issue>& issues) : file_(file), issues_(issues) {}

  void complain(const Node& at, const std::string& message) {
    issues_.push_back({file_, at.at.line, at.at.column, "", message, ""});
  }

  const Node* child(const Node& parent, std::string_view key) {
    const Node* found = parent.is_mapping() ? parent.find(key) : nullptr;
    if (found == nullptr) complain(parent, fmt::format("expected a key \"{}\"", key));
    return found;
  }

  std::string word(const Node& parent, std::string_view key) {
    const Node* node = child(parent, key);
    if (node == nullptr) return {};
    if (!node->is_scalar() || node->text.empty())
      complain(*node, fmt::format("expected a word for {}", key));
    return node->text;
  }

  double number(const Node& parent, std::string_view key, double low, double high) {
    const Node* node = child(parent, key);
    if (node == nullptr) return low;
    double value = 0;
    const char* const end = node->text.data() + node->text.size();
    const auto [stopped, error] = std::from_chars(node->text.data(), end, value);
    if (node->is_scalar() && error == std::errc{} && stopped == end && value >= low && value <= high)
      return value;
    complain(*node, fmt::format("expected a number from {} to {} for {}", low, high, key));
    return low;
  }

  template <std::integral T>
  T whole(const Node& parent, std::string_view key, double low, double high) {
    const double value = number(parent, key, low, high);
    if (value != std::floor(value))
      complain(parent, fmt::format("expected a whole number for {}", key));
    return static_cast<T>(value);
  }

  double day(const Node& parent, std::string_view key) {
    const Node* node = child(parent, key);
    if (node == nullptr) return 0;
    const auto at = parse_time(node->text + "T00:00:00");
    if (!at) complain(*node, fmt::format("expected a day for {}, as in 2026-08-01", key));
    return at.value_or(0);
  }

  std::vector<LognormalComponent> components(const Node& parent) {
    const Node* list = child(parent, "components");
    std::vector<LognormalComponent> all;
    if (list == nullptr) return all;
    double sum = 0;
    for (const Node& item : list->items) {
      all.push_back({number(item, "weight", 1e-12, 1), number(item, "mu", -50, 50),
                     number(item, "sigma", 1e-6, 50)});
      sum += all.back().weight;
    }
    if (all.empty() || std::abs(sum - 1) > 1e-6)
      complain(*list, "expected a list of components whose weights add up to 1");
    return all;
  }

  CalibratedLaw law(const Node& node) {
    CalibratedLaw law;
    const auto phase = startup_phase(word(node, "phase"));
    if (!phase) complain(node, "expected the phase launch, data, image, billed or ready");
    law.phase = phase.value_or(StartupPhase::launch);
    law.scope = word(node, "scope");
    law.year = whole<int>(node, "year", 2000, 2100);
    law.from_year = whole<int>(node, "from_year", 2000, 2100);
    law.observations = whole<std::size_t>(node, "observations", 2, 1e12);
    law.lower_bounds = whole<std::size_t>(node, "lower_bounds", 0, 1e12);
    law.instant = whole<std::size_t>(node, "instant", 0, 1e12);
    law.distance = number(node, "distance", 0, 1);
    law.first_s = day(node, "first");
    law.last_s = day(node, "last");
    law.components = components(node);
    return law;
  }

 private:
  const std::string& file_;
  std::vector<Issue>& issues_;
};

std::string needed_text(const Node* schema) {
  return schema != nullptr ? schema->text : "no schema";
}

}  // namespace

void keep_calibratable(JobHistory& history) {
  leave_out(history, "took over another job's instances",
            [](const LoggedJob& job) { return job.warm; });
  leave_out(history, "a start that took no time (local mode)",
            [](const LoggedJob& job) { return job.launch_s && *job.launch_s <= 0; });
  leave_out(history, "no instance type", [](const LoggedJob& job) { return !job.accelerator; });
  leave_out(history, "phases missing: neither a launch nor a wait for one",
            [](const LoggedJob& job) { return !job.launch_s && !job.waited_s; });
}

std::vector<TimedPhase> timed_phases(std::span<const LoggedJob> jobs) {
  std::vector<TimedPhase> phases;
  for (const LoggedJob& job : jobs) {
    const auto add = [&](StartupPhase phase, std::optional<double> seconds, bool at_least = false) {
      if (seconds)
        phases.push_back({phase, job.family, job.accelerator.value_or(Accelerator::none), job.year,
                          job.created_s, std::max(0.0, *seconds), at_least});
    };
    if (job.instances == 1) {
      add(StartupPhase::launch, job.launch_s);
      add(StartupPhase::launch, job.waited_s, true);
    }
    add(StartupPhase::data, job.data_s);
    add(StartupPhase::image, job.image_s);
    if (job.launch_s && job.ready_s) add(StartupPhase::billed, *job.ready_s - *job.launch_s);
    add(StartupPhase::ready, job.ready_s);
  }
  return phases;
}

std::string write_calibration(const Calibration& calibration) {
  std::string text =
      "# Start-up laws of SageMaker training jobs by phase, scope and year, in seconds: lognormals, one\n"
      "# or a mixture of two by BIC. first and last: the days of the jobs a law comes from. Intervals\n"
      "# are 95 %. Grade A: 100 jobs of one year, close fit; B: 50; C: fewer.\n"
      "schema: berth/calibration/1\n";
  text += calibration.laws.empty() ? "laws: []\n" : "laws:\n";
  for (const CalibratedLaw& law : calibration.laws) text += law_block(law);
  return text + refused_block(calibration);
}

std::optional<Calibration> read_calibration(std::string_view text, const std::string& file,
                                            std::vector<Issue>& issues) {
  const std::size_t before = issues.size();
  const auto root = parse_document(text, {file, {0, 1, 1}}, issues);
  if (!root) return {};
  Reader reader(file, issues);
  const Node* schema = root->is_mapping() ? root->find("schema") : nullptr;
  if (schema == nullptr || schema->text != "berth/calibration/1") {
    reader.complain(*root, fmt::format("expected the schema berth/calibration/1, found {}",
                                       in_quotes(needed_text(schema))));
    return {};
  }
  Calibration calibration;
  if (const Node* laws = reader.child(*root, "laws"))
    for (const Node& node : laws->items) calibration.laws.push_back(reader.law(node));
  if (calibration.laws.empty() && issues.size() == before)
    reader.complain(*root, "expected at least one law");
  if (issues.size() > before) return {};
  return calibration;
}

std::string summary(const JobHistory& history) {
  std::string text;
  for (const Issue& issue : history.issues) text += render_issue(issue, "");
  text += fmt::format("{} jobs found, {} used\n", history.records, history.jobs.size());
  for (const auto& [reason, count] : history.left_out)
    text += fmt::format("  left out: {:>6}  {}\n", count, reason);
  return text;
}

}  // namespace berth
