#include "reports/trace.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "models/model_version.h"
#include "reports/numbers.h"
#include "reports/trace_words.h"

namespace berth {
namespace trace {

double in_s(Seconds time) { return std::round(time.count() * 1000) / 1000; }
std::string text(Seconds time) { return duration(in_s(time)); }

Json joined(Json first, const Json& second) {
  first.update(second);
  return first;
}

std::string made_of(const StartupLedger& ledger) {
  std::vector<Phase> phases(kPhases.begin(), kPhases.end());
  std::ranges::stable_sort(phases, std::greater<>{}, [&](Phase p) { return ledger[p]; });
  std::string words;
  for (const Phase phase : phases)
    if (ledger[phase] >= Seconds{0.05})
      words +=
          fmt::format("{}{} {}", words.empty() ? "" : ", ", text(ledger[phase]), to_text(phase));
  return words.empty() ? "no wait at all" : words;
}

}  // namespace trace
namespace {

using namespace trace;

Json homes_of(const Scenario& scenario, const Placement& placement) {
  const Names names{scenario, placement};
  Json list = Json::array();
  for (std::size_t i = 0; i < placement.services.size(); ++i) {
    const ServiceHome& home = placement.services[i];
    const Service& service = scenario.services[i];
    list.push_back({{"kind", "service"},
                    {"name", service.name},
                    {"platform", names.of(home.platform)},
                    {"pool", home.pool ? Json(names.of(home.platform, *home.pool)) : Json(nullptr)},
                    {"slo_latency_s", service.slo_latency.count()},
                    {"slo_target", service.slo_target}});
  }
  for (std::size_t i = 0; i < placement.training.size(); ++i) {
    const TrainingHome& home = placement.training[i];
    const TrainingClass& work = scenario.training[i];
    list.push_back(
        {{"kind", "training"},
         {"name", work.name},
         {"platform", names.of(home.platform)},
         {"pool", home.pool ? Json(names.of(home.platform, *home.pool)) : Json(nullptr)},
         {"start_slo_s", work.start_slo ? Json(work.start_slo->count()) : Json(nullptr)}});
  }
  return list;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string iso_time(double seconds_since_1970) {
  const auto ms = std::llround(seconds_since_1970 * 1000);
  const auto whole = static_cast<std::time_t>(std::floor(static_cast<double>(ms) / 1000));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), ms - whole * 1000);
}

std::string TraceWriter::head() const {
  const double starts = static_cast<double>(scenario_.starts_at);
  return line_of({{"schema", kTraceSchema},
                  {"tool_version", tool_version()},
                  {"model_version", model_version()},
                  {"scenario", scenario_.name},
                  {"placement", placement_.name},
                  {"seed", replication_.seed},
                  {"replication", replication_.number},
                  {"starts_at", iso_time(starts)},
                  {"warm_up_s", scenario_.warm_up.count()},
                  {"horizon_s", scenario_.horizon.count()},
                  {"workloads", homes_of(scenario_, placement_)}});
}

std::string TraceWriter::line(const Event& event) {
  ++events_;
  const Names names{scenario_, placement_};
  const auto [said, at] = std::visit(
      [&](const auto& e) { return std::pair(say(e, names), e.at - scenario_.warm_up); }, event);
  Json json{{"at_s", in_s(at)},
            {"at", iso_time(static_cast<double>(scenario_.starts_at) + at.count())},
            {"type", said.type},
            {"about", said.about}};
  json.update(said.fields);
  json["words"] = said.words;
  return line_of(json);
}

std::string TraceWriter::end() const { return line_of({{"type", "end"}, {"events", events_}}); }

}  // namespace berth
