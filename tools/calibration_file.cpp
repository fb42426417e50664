#include "tools/calibration_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <numeric>
#include <tuple>
#include <utility>

#include "models/image.h"
#include "scenarios/document.h"
#include "tools/overlay_text.h"

namespace berth {
namespace {

// ---- Writing -----------------------------------------------------------------------------------

std::string components_text(const std::vector<LognormalComponent>& components) {
  std::string text;
  for (const LognormalComponent& c : components)
    text += fmt::format("{}{{weight: {}, mu: {}, sigma: {}}}", text.empty() ? "" : ", ", c.weight,
                        c.mu, c.sigma);
  return "[" + text + "]";
}

std::string seconds_text(double log_seconds) {
  return fmt::format("{:.4g}", std::exp(log_seconds));
}

std::string phase_block(const CalibratedPhase& phase) {
  std::string text = fmt::format(
      "    - phase: {}\n      class: {}\n      observations: {}\n      lower_bounds: {}\n"
      "      instant: {}\n      distance: {}\n      first: {}\n      last: {}\n"
      "      deviations: {{within: {:.3f}, years: {:.3f}, families: {:.3f}}}\n"
      "      residual: {}\n      years:  # s: the centre in seconds, known with 95 % to lie in "
      "between\n",
      name_of(phase.phase), class_name(phase.accelerator), phase.observations, phase.lower_bounds,
      phase.instant, phase.distance, day_text(phase.first_s), day_text(phase.last_s), phase.within,
      phase.between_years, phase.between_families, components_text(phase.residual));
  for (const CalibratedYear& y : phase.years)
    text += fmt::format(
        "        - {{year: {}, centre: {}, low: {}, high: {}, spread: {}, observations: {}, grade: "
        "{}}}"
        "  # {} s [{}, {}]\n",
        y.year, y.centre, y.low, y.high, y.spread, y.observations, grade(phase, y),
        seconds_text(y.centre), seconds_text(y.low), seconds_text(y.high));
  text += phase.families.empty() ? "      families: []\n" : "      families:\n";
  for (const CalibratedFamily& f : phase.families)
    text +=
        fmt::format("        - {{family: {}, offset: {}, low: {}, high: {}, observations: {}}}\n",
                    f.family, f.offset, f.low, f.high, f.observations);
  return text;
}

std::string pulls_block(const PullFit& fit) {
  if (fit.pulls == 0) return "";
  std::string text = fmt::format("  pulls:\n    observations: {}\n", fit.pulls);
  for (const PullTerm& term : fit.terms) {
    if (term.name == "fixed") {
      text +=
          fmt::format("    fixed_s: {:.4g}  # [{:.4g}, {:.4g}]\n", term.value, term.low, term.high);
      continue;
    }
    if (term.value <= 0) {
      text += fmt::format("    # no dependence on {} size was seen\n", term.name);
      continue;
    }
    const auto rate = [](double s_per_byte) { return s_per_byte > 0 ? 1e-6 / s_per_byte : 0; };
    text += fmt::format("    {}_mb_per_s: {:.4g}  # [{:.4g}, {}]\n", term.name, rate(term.value),
                        rate(term.high),
                        term.low > 0 ? fmt::format("{:.4g}", rate(term.low)) : "unbounded");
  }
  if (!fit.terms.empty())
    text +=
        fmt::format("    condition: {:.3g}\n    scatter_s: {:.3g}\n", fit.condition, fit.scatter_s);
  for (const std::string& reason : fit.refused) text += "    # refused: " + reason + "\n";
  return text;
}

std::string refused_block(const Calibration& calibration) {
  if (calibration.refused.empty()) return "  refused: []\n";
  std::string text = "  refused:\n";
  for (const RefusedGroup& group : calibration.refused)
    text += fmt::format("    - {{phase: {}, scope: {}, observations: {}}}\n", name_of(group.phase),
                        group.scope, group.observations);
  return text;
}

// ---- The overlay -------------------------------------------------------------------------------

// A law as scenarios write it: lognormals by median and 95th percentile.
std::string law_text(const std::vector<LognormalComponent>& components) {
  constexpr double kZ95 = 1.6448536269514722;
  const auto one = [](const LognormalComponent& c) {
    return fmt::format("{{median: {:.6g}s, p95: {:.6g}s}}", std::exp(c.mu),
                       std::exp(c.mu + kZ95 * c.sigma));
  };
  if (components.size() == 1) return one(components.front());
  std::string parts;
  for (const LognormalComponent& c : components)
    parts +=
        fmt::format("{}{{weight: {}%, of: {}}}", parts.empty() ? "" : ", ", 100 * c.weight, one(c));
  return "{mixture: [" + parts + "]}";
}

// One job does not make a year's law to plan with: the newest year of at least this many.
constexpr std::size_t kLeastToPlanWith = 5;
std::size_t year_to_plan_with(const CalibratedPhase& phase) {
  for (std::size_t i = phase.years.size(); i-- > 0;)
    if (phase.years[i].observations >= kLeastToPlanWith) return i;
  return phase.years.size() - 1;
}

// A line "g5: LAW" a family with an offset of its own; "" without one.
std::string family_laws_text(const Calibration& calibration, const std::string& indent) {
  std::string text;
  for (std::size_t i = 0; i < calibration.phases.size(); ++i) {
    const CalibratedPhase& one = calibration.phases[i];
    if (one.phase != StartupPhase::launch) continue;
    for (std::size_t f = 0; f < one.families.size(); ++f)
      text += fmt::format(
          "{}{}: {}  # {} jobs\n", indent, key_text(one.families[f].family),
          law_text(components_of(calibration, ChosenLaw{i, year_to_plan_with(one), f})),
          one.families[f].observations);
  }
  return text;
}

// A line "cpu: LAW" a calibrated class; "" without one.
std::string laws_text(const Calibration& calibration, StartupPhase phase,
                      const std::string& indent) {
  std::string text;
  for (std::size_t i = 0; i < calibration.phases.size(); ++i) {
    const CalibratedPhase& one = calibration.phases[i];
    if (one.phase != phase) continue;
    const ChosenLaw newest{i, year_to_plan_with(one), std::nullopt};
    const CalibratedYear& year = one.years[newest.year];
    text += fmt::format("{}{}: {}  # {}, {} jobs of {} in all, grade {}\n", indent,
                        class_name(one.accelerator), law_text(components_of(calibration, newest)),
                        year.year, year.observations, one.observations, grade(one, year));
  }
  return text;
}

std::string no_capacity_errors(const Calibration& calibration) {
  std::string text;
  for (const CalibratedPhase& one : calibration.phases)
    if (one.phase == StartupPhase::launch)
      text += fmt::format("{}{}: 0%", text.empty() ? "" : ", ", class_name(one.accelerator));
  return text;
}

std::string sagemaker_overlay(const Calibration& calibration, const std::string& platform) {
  const std::string indent(6, ' ');
  const std::string launch = laws_text(calibration, StartupPhase::launch, indent);
  const std::string data = laws_text(calibration, StartupPhase::data, indent);
  if (launch.empty() && data.empty()) return "";
  std::string text = fmt::format("  {}:\n", key_text(platform));
  if (!launch.empty())
    text +=
        fmt::format("    launch:\n{}    capacity_errors: {{{}}}  # the laws contain these waits\n",
                    launch, no_capacity_errors(calibration));
  if (const std::string families = family_laws_text(calibration, indent); !families.empty())
    text += "    launch_by_family:  # a scenario's laws of other families stay\n" + families;
  if (!data.empty()) text += "    data_overhead:\n" + data;
  for (std::size_t i = 0; i < calibration.phases.size(); ++i) {
    const CalibratedPhase& one = calibration.phases[i];
    if (one.phase != StartupPhase::image) continue;
    const Distribution law =
        distribution_of(calibration, ChosenLaw{i, year_to_plan_with(one), std::nullopt});
    text += fmt::format(
        "    # image step, {}: p10 {:.3g} s, p50 {:.3g} s, p90 {:.3g} s; not laid over, it follows from sizes\n",
        class_name(one.accelerator), quantile(law, 0.1), quantile(law, 0.5), quantile(law, 0.9));
  }
  return text;
}

// Whole pulls at the log's rate; see the header.
std::string inflate_text(const PullFit& pulls) {
  for (const PullTerm& term : pulls.terms)
    if (term.name == "compressed" && term.value > 0)
      return fmt::format("    inflate: {:.4g}MB/s  # {} pulls at {:.3g} MB/s compressed, x {}\n",
                         kUnpackedRatio * 1e-6 / term.value, pulls.pulls, 1e-6 / term.value,
                         kUnpackedRatio);
  return "";
}

std::string cluster_overlay(const Calibration& calibration, const std::string& cluster,
                            const PullFit& pulls) {
  const std::string boot = laws_text(calibration, StartupPhase::node, std::string(6, ' '));
  // One law for all pods: the class with more of them.
  std::optional<ChosenLaw> pods;
  for (std::size_t i = 0; i < calibration.phases.size(); ++i) {
    const CalibratedPhase& one = calibration.phases[i];
    if (one.phase != StartupPhase::pod) continue;
    if (!pods || one.observations > calibration.phases[pods->phase].observations)
      pods = ChosenLaw{i, year_to_plan_with(one), std::nullopt};
  }
  const std::string inflate = inflate_text(pulls);
  const auto timed = [&](StartupPhase phase) {
    return std::ranges::find(calibration.phases, phase, &CalibratedPhase::phase) !=
           calibration.phases.end();
  };
  std::string text;
  if (boot.empty() && timed(StartupPhase::join))
    text += "  # node_boot is not set: without NodeClaims nobody knows when a node was asked for\n";
  if (boot.empty() && !pods && inflate.empty()) return text;
  text += fmt::format("  {}:\n", key_text(cluster));
  if (!boot.empty()) text += "    node_boot:\n" + boot;
  if (pods)
    text += fmt::format("    pod_overhead: {}  # {} pods on {} nodes; those of others are not in it\n",
                        law_text(components_of(calibration, *pods)),
                        calibration.phases[pods->phase].observations,
                        class_name(calibration.phases[pods->phase].accelerator));
  text += inflate;
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
    if (node->is_scalar() && error == std::errc{} && stopped == end && value >= low &&
        value <= high)
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
    const Node* list = child(parent, "residual");
    std::vector<LognormalComponent> all;
    if (list == nullptr) return all;
    double sum = 0;
    for (const Node& item : list->items) {
      all.push_back({number(item, "weight", 1e-12, 1), number(item, "mu", -50, 50),
                     number(item, "sigma", 1e-6, 50)});
      sum += all.back().weight;
    }
    if (all.empty() || std::abs(sum - 1) > 1e-6)
      complain(*list, "expected a residual law: components whose weights add up to 1");
    return all;
  }

  CalibratedPhase phase(const Node& node) {
    CalibratedPhase result;
    const auto phase = startup_phase(word(node, "phase"));
    if (!phase) complain(node, "expected a phase, as launch or node");
    result.phase = phase.value_or(StartupPhase::launch);
    const std::string accelerators = word(node, "class");
    if (accelerators != "cpu" && accelerators != "gpu")
      complain(node, "expected the class cpu or gpu");
    result.accelerator = accelerators == "gpu" ? Accelerator::gpu : Accelerator::none;
    result.observations = whole<std::size_t>(node, "observations", 2, 1e12);
    result.lower_bounds = whole<std::size_t>(node, "lower_bounds", 0, 1e12);
    result.instant = whole<std::size_t>(node, "instant", 0, 1e12);
    result.distance = number(node, "distance", 0, 1);
    result.first_s = day(node, "first");
    result.last_s = day(node, "last");
    result.residual = components(node);
    read_years(node, result);
    if (const Node* families = child(node, "families"))
      for (const Node& item : families->items)
        result.families.push_back({word(item, "family"), number(item, "offset", -50, 50),
                                   number(item, "low", -50, 50), number(item, "high", -50, 50),
                                   whole<std::size_t>(item, "observations", 0, 1e12)});
    return result;
  }

 private:
  void read_years(const Node& node, CalibratedPhase& into) {
    const Node* years = child(node, "years");
    if (years == nullptr) return;
    for (const Node& item : years->items)
      into.years.push_back({whole<int>(item, "year", 2000, 2100), number(item, "centre", -50, 50),
                            number(item, "low", -50, 50), number(item, "high", -50, 50),
                            number(item, "spread", 1e-6, 1e6),
                            whole<std::size_t>(item, "observations", 0, 1e12)});
    const auto not_later = [](const CalibratedYear& a, const CalibratedYear& b) {
      return a.year >= b.year;
    };
    if (into.years.empty() || std::ranges::adjacent_find(into.years, not_later) != into.years.end())
      complain(*years, "expected a list of years, the oldest first");
  }

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
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const LoggedJob& job = jobs[i];
    const auto add = [&](StartupPhase phase, std::optional<double> seconds, bool at_least = false) {
      if (seconds)
        phases.push_back({phase, job.family, job.accelerator.value_or(Accelerator::none), job.year,
                          job.created_s, std::max(0.0, *seconds), at_least, i});
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

std::vector<TimedPhase> timed_phases(const JobHistory& history) {
  std::vector<TimedPhase> phases = timed_phases(history.jobs);
  std::ranges::copy(history.kubernetes.phases, std::back_inserter(phases));
  return phases;
}

Units units_of(const JobHistory& history) {
  struct Unit {
    SplitJob what;
    std::vector<TimedPhase> phases;
  };
  std::vector<Unit> units;
  for (const LoggedJob& job : history.jobs) {
    const double took =
        std::max({job.ready_s.value_or(0), job.launch_s.value_or(0), job.waited_s.value_or(0)});
    units.push_back({
        {job.created_s, job.created_s + took, job.accelerator.value_or(Accelerator::none),
         job.family},
        timed_phases(std::span(&job, 1))
    });
  }
  for (const TimedPhase& one : history.kubernetes.phases)
    units.push_back({
        {one.created_s,    one.created_s + one.seconds, one.accelerator, one.family},
        {one}
    });
  std::ranges::stable_sort(units, {}, [](const Unit& unit) { return unit.what.created_s; });
  Units result;
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (TimedPhase& phase : units[i].phases) phase.job = i;
    result.what.push_back(std::move(units[i].what));
    result.phases.push_back(std::move(units[i].phases));
  }
  return result;
}

std::vector<TimedPhase> Units::of(std::span<const std::size_t> which) const {
  std::vector<TimedPhase> some;
  for (const std::size_t i : which) some.insert(some.end(), phases[i].begin(), phases[i].end());
  return some;
}

std::string write_calibration(const Calibration& calibration, const OverlayNames& names,
                              const PullFit& pulls) {
  std::string text =
      "# Start-up laws from job logs, as an overlay: berth simulate SCENARIO --overlay THIS-FILE.\n"
      "# How they were made and what the grades mean: docs/model.md, \"Calibrated from a log\".\n";
  const std::string overlay =
      sagemaker_overlay(calibration, names.sagemaker) + cluster_overlay(calibration, names.cluster, pulls);
  text += overlay.empty() ? "platforms: {}\n" : "platforms:\n" + overlay;
  text += "x-calibration:\n  schema: berth/calibration/2\n";
  text += calibration.phases.empty() ? "  phases: []\n" : "  phases:\n";
  for (const CalibratedPhase& phase : calibration.phases) text += phase_block(phase);
  return text + refused_block(calibration) + pulls_block(pulls);
}

std::optional<Calibration> read_calibration(std::string_view text, const std::string& file,
                                            std::vector<Issue>& issues) {
  const std::size_t before = issues.size();
  const auto root = parse_document(text,
                                   {
                                       file, {0, 1, 1}
  },
                                   issues);
  if (!root) return {};
  Reader reader(file, issues);
  const Node* note = root->is_mapping() ? root->find("x-calibration") : nullptr;
  const Node* schema = note != nullptr && note->is_mapping() ? note->find("schema") : nullptr;
  if (schema == nullptr || schema->text != "berth/calibration/2") {
    reader.complain(*root, fmt::format("expected a calibration: x-calibration with the schema "
                                       "berth/calibration/2, found {}",
                                       in_quotes(needed_text(schema))));
    return {};
  }
  Calibration calibration;
  if (const Node* phases = reader.child(*note, "phases"))
    for (const Node& node : phases->items) calibration.phases.push_back(reader.phase(node));
  if (calibration.phases.empty() && issues.size() == before)
    reader.complain(*note, "expected at least one phase");
  if (issues.size() > before) return {};
  return calibration;
}

std::string summary(const JobHistory& history) {
  std::string text;
  for (const Issue& issue : history.issues) text += render_issue(issue, "");
  const auto count = [&](std::int64_t found, std::int64_t used, const char* what,
                         const std::map<std::string, std::int64_t>& left_out) {
    text += fmt::format("{} {} found, {} used\n", found, what, used);
    for (const auto& [reason, n] : left_out)
      text += fmt::format("  left out: {:>6}  {}\n", n, reason);
  };
  const KubernetesFacts& objects = history.kubernetes;
  if (history.records > 0 || objects.objects == 0)
    count(history.records, static_cast<std::int64_t>(history.jobs.size()), "jobs",
          history.left_out);
  if (objects.objects > 0)
    count(objects.objects, objects.used, "Kubernetes objects", objects.left_out);
  return text;
}

}  // namespace berth
