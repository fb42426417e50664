#include "tools/limits_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/document.h"
#include "scenarios/quantities.h"

namespace berth {
namespace {

// Every metric there is, each once, of a scenario with one of everything.
std::vector<FigureName> every_metric() {
  Scenario scenario;
  scenario.training.emplace_back().name = "*";
  scenario.services.emplace_back().name = "*";
  Cluster cluster{.name = "*"};
  cluster.pools.emplace_back().name = "*";
  scenario.platforms.emplace_back(cluster);
  return figure_names(scenario);
}

class Reader {
 public:
  Reader(const std::string& file, std::vector<Issue>& issues) : file_(file), issues_(issues) {}

  std::optional<LimitsFile> read(const Node& root) {
    if (!root.is_mapping()) {
      fail(root.at, "", "expected limits, got " + std::string(describe_kind(root)),
           "one a line, as in: cost_usd_per_month: +2%");
      return std::nullopt;
    }
    for (const Entry& entry : root.entries) read_entry(entry);
    if (limits_.limits.empty() && !failed_)
      fail(root.at, "", "there is no limit in this file", "cost_usd_per_month: +2%");
    return failed_ ? std::nullopt : std::optional(std::move(limits_));
  }

 private:
  void fail(Position at, const std::string& path, const std::string& message,
            const std::string& hint = "") {
    issues_.push_back({file_, at.line, at.column, path, message, hint, Severity::error});
    failed_ = true;
  }

  void read_entry(const Entry& entry) {
    if (entry.key.starts_with("x-")) return;
    if (entry.key == "schema") {
      if (entry.value.text != "berth/limits/1")
        fail(entry.value.at, "/schema",
             "expected berth/limits/1, got " + in_quotes(entry.value.text));
      return;
    }
    if (entry.key == "feasible") {
      limits_.only_warn_feasible = warns(entry.value, "/feasible");
      return;
    }
    read_limit(entry);
  }

  bool warns(const Node& action, const std::string& path) {
    if (!action.is_scalar() || (action.text != "fail" && action.text != "warn"))
      fail(action.at, path, "expected fail or warn",
           action.is_scalar() ? nearest_hint(action.text, std::vector<std::string>{"fail", "warn"})
                              : "");
    return action.is_scalar() && action.text == "warn";
  }

  void read_limit(const Entry& entry) {
    PlacedLimit placed{.line = entry.at.line, .column = entry.at.column};
    GateLimit& limit = placed.limit;
    const std::string path = "/" + pointer_token(entry.key);
    const auto open = entry.key.find('[');
    limit.metric = entry.key.substr(0, open);
    if (open != std::string::npos) {
      if (!entry.key.ends_with(']') || entry.key.size() - open < 3)
        return fail(entry.at, path,
                    "expected a metric and whose in brackets, got " + in_quotes(entry.key),
                    "example: start_latency_p95_s[retrain]");
      limit.of = entry.key.substr(open + 1, entry.key.size() - open - 2);
    }
    const auto unit = unit_of(limit.metric);
    if (!unit)
      return fail(entry.at, path, "there is no metric " + in_quotes(limit.metric),
                  hint_for(limit.metric));
    if (entry.value.is_scalar())
      read_bound(entry.value, path, *unit, limit);
    else if (entry.value.is_mapping())
      read_details(entry.value, path, *unit, limit);
    else
      fail(entry.value.at, path,
           "expected a limit, got " + std::string(describe_kind(entry.value)));
    limits_.limits.push_back(std::move(placed));
  }

  void read_details(const Node& node, const std::string& path, const std::string& unit,
                    GateLimit& limit) {
    const std::vector<std::string> known{"limit", "action", "reason"};
    for (const Entry& entry : node.entries) {
      const std::string at = path + "/" + pointer_token(entry.key);
      if (entry.key == "limit")
        read_bound(entry.value, at, unit, limit);
      else if (entry.key == "action")
        limit.only_warn = warns(entry.value, at);
      else if (entry.key == "reason" && entry.value.is_scalar())
        limit.reason = entry.value.text;
      else if (entry.key == "reason")
        fail(entry.value.at, at, "expected a sentence");
      else if (!entry.key.starts_with("x-"))
        fail(entry.at, at, "unknown field " + in_quotes(entry.key), nearest_hint(entry.key, known));
    }
    if (node.find("limit") == nullptr) fail(node.at, path, "there is no limit here", "limit: +2%");
  }

  void read_bound(const Node& node, const std::string& path, const std::string& unit,
                  GateLimit& limit) {
    const auto wrong = [&] {
      fail(node.at, path,
           "expected a limit, got " +
               (node.is_scalar() ? in_quotes(node.text) : std::string(describe_kind(node))),
           unit == "s"                       ? "examples: +2%, +5, 60, 90s, 5min"
           : more_is_better(limit.metric) ? "examples: -1%, -0.5, 99%"
                                          : "examples: +2%, +500, 60");
    };
    if (!node.is_scalar() || node.is_null()) return wrong();
    limit.text = node.text;
    std::string_view number = node.text;
    const bool rises = number.starts_with('+'), falls = number.starts_with('-');
    if (rises || falls) number.remove_prefix(1);
    const bool percent = number.ends_with('%');
    if (percent) number.remove_suffix(1);
    auto value = number.starts_with('-') || number.starts_with('+') ? std::nullopt
                                                                    : parse_number(number).value;
    if (!value && unit == "s" && !percent)
      if (const auto seconds = parse_duration(number).value) value = seconds->count();
    if (!value) return wrong();
    const bool points = percent && unit == "share";
    limit.bound = percent ? *value / 100 : *value;
    if (!rises && !falls) {
      if (percent && !points) return wrong();  // 2 % of what?
      limit.kind =
          more_is_better(limit.metric) ? GateLimit::Kind::at_least : GateLimit::Kind::at_most;
    } else if (percent && !points) {
      limit.kind = rises ? GateLimit::Kind::rise_by_share : GateLimit::Kind::fall_by_share;
    } else {
      limit.kind = rises ? GateLimit::Kind::rise_by : GateLimit::Kind::fall_by;
    }
    const bool more = more_is_better(limit.metric),
               less = unit == "USD/month" || unit == "s";  // counts may matter either way
    if ((rises && more) || (falls && less))
      issues_.push_back(
          {file_, node.at.line, node.at.column, path,
           fmt::format("this limits how far {} may {}, which is the good direction", limit.metric,
                       rises ? "rise" : "fall"),
           fmt::format("{}{} limits how far it may {}", rises ? '-' : '+', node.text.substr(1),
                       rises ? "fall" : "rise"),
           Severity::warning});
  }

  std::optional<std::string> unit_of(const std::string& metric) const {
    for (const FigureName& name : metrics_)
      if (metric == name.metric || metric == metric_with_unit(name)) return name.unit;
    return std::nullopt;
  }

  std::string hint_for(const std::string& metric) const {
    std::set<std::string> known;
    for (const FigureName& name : metrics_) known.insert(metric_with_unit(name));
    const std::string hint =
        nearest_hint(metric, std::vector<std::string>(known.begin(), known.end()));
    return hint.empty()
               ? "metrics are those of a result: cost_usd_per_month, start_latency_p95_s, ..."
               : hint;
  }

  const std::string& file_;
  std::vector<Issue>& issues_;
  const std::vector<FigureName> metrics_ = every_metric();
  LimitsFile limits_;
  bool failed_ = false;
};

}  // namespace

std::optional<LimitsFile> read_limits(std::string_view text, const std::string& file,
                                      std::vector<Issue>& issues) {
  const auto root = parse_document(text, {.name = file}, issues);
  return root ? Reader(file, issues).read(*root) : std::nullopt;
}

void check_limits(const LimitsFile& file, const std::vector<FigureName>& names,
                  const std::string& name, std::vector<Issue>& issues) {
  for (const PlacedLimit& placed : file.limits) {
    const GateLimit& limit = placed.limit;
    // Bill lines are only known when the bill is.
    if (limit.metric.starts_with("cost_line")) continue;
    if (std::ranges::any_of(names, [&](const FigureName& one) { return matches(limit, one); }))
      continue;
    std::set<std::string> known;
    for (const FigureName& one : names)
      if (matches({.metric = limit.metric}, one))
        known.insert(whose(one)), known.insert(one.workload);
    known.erase("");
    // A limit for all is for whatever there is: one file may serve a repository of many scenarios.
    const bool for_all = limit.of.empty() || limit.of == "*";
    issues.push_back(
        {name, placed.line, placed.column, "/" + pointer_token(limit.metric),
         for_all ? "no scenario here has " + limit.metric + ": this limit judges nothing"
                 : fmt::format("no scenario has {} of {}", limit.metric, in_quotes(limit.of)),
         nearest_hint(limit.of, std::vector<std::string>(known.begin(), known.end())),
         for_all ? Severity::warning : Severity::error});
  }
}

LimitsFile default_limits() {
  const auto rise = [](std::string metric, double bound, std::string text) {
    return PlacedLimit{.limit = {.metric = std::move(metric),
                                 .kind = GateLimit::Kind::rise_by_share,
                                 .bound = bound,
                                 .text = std::move(text)}};
  };
  return {.limits = {rise("cost", 0.01, "+1%"), rise("start_latency_p95", 0.05, "+5%"),
                     rise("latency_p99", 0.05, "+5%")}};
}

}  // namespace berth
