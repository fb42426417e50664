// What a trace says about one workload, or the clusters, around one moment: the story an engineer
// on call wants. Load, what the autoscaler read and decided, pods that waited, nodes, latency,
// jobs.
//
//   read_trace(text)             a trace ("berth/trace/1"), or the first thing that is wrong with
//   it moment(trace, "18:05")       seconds since the window opened explain(trace, question)     a
//   value; explanation_text and explanation_json turn it into text
//
// A service's story holds the lines that name it and the nodes of the pool it lives in; a class's
// likewise; without either it is all nodes, pods and decisions, with jobs counted. Lines that say
// "changed": false (a look that changed nothing) are drawn together.
// Everything comes from the trace: no scenario is read and nothing is simulated.
// Tested by tests/reports/explain_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth {

struct TraceWorkload {
  bool is_service = true;
  std::string name, platform;
  std::optional<std::string> pool;
  std::optional<double> slo_latency_s;
};

struct TracedLoad {  // of a line of type service_observed
  double length_s = 0, request_rate = 0, ready = 0, desired = 0, utilisation = 0, p99_s = 0;
  bool overloaded = false;
  double rejected = 0, timed_out = 0, cut_off = 0;  // requests lost
  double lost() const { return rejected + timed_out + cut_off; }
};

struct TracedEvent {
  double at_s = 0;
  std::string at, type, about, words;
  std::string service, workload_class, platform, pool;  // "" where the line names none
  std::string by_service, by_class;  // who got the room
  bool changed = true;
  std::optional<TracedLoad> load;
  std::string line;  // as it stands in the trace
};

struct RunTrace {
  std::string scenario, placement;
  std::uint64_t seed = 0;
  std::uint32_t replication = 0;
  double starts_at = 0;  // seconds since 1970 of the window's begin
  double warm_up_s = 0, horizon_s = 0;
  std::vector<TraceWorkload> workloads;
  std::vector<TracedEvent> events;  // in time order, as they stand
};

struct TraceProblem {
  int line = 0;  // 0: the whole
  std::string message, hint;
};

// "berth/trace/1" of a trace, the schema of any other JSON document, "" when there is none: what a
// file is, is told by what is in it.
std::string schema_of_document(std::string_view text);

std::variant<RunTrace, TraceProblem> read_trace(std::string_view text);

// "18:05" or "18:05:30" (the first such time since the window opened), "2026-03-02T18:05" with or
// without seconds and Z, "+3900" seconds since the window opened. Negative: in the warm-up.
std::variant<double, TraceProblem> moment(const RunTrace& trace, std::string_view text);

struct Question {
  std::optional<std::string> service, workload_class;  // at most one; neither: the clusters
  double at_s = 0;
  double window_s = 600;  // on either side
};

struct Chapter {
  std::string about;
  std::vector<TracedEvent> events;
};

struct Explanation {
  std::string scenario, placement;
  std::uint64_t seed = 0;
  std::uint32_t replication = 0;
  Question question;
  double starts_at = 0, from_s = 0, to_s = 0;  // the window that is told
  std::vector<std::string> summary;
  std::vector<TracedEvent> loads;               // of the service
  std::vector<Chapter> chapters;                // decision, pods, nodes, requests, jobs: not empty
  std::map<std::string, std::int64_t> counted;  // "job_started of retrain": told as numbers only
};

// The workload must be in the trace and the moment in its time.
Explanation explain(const RunTrace& trace, const Question& question);

std::string explanation_text(const Explanation& explanation, bool color);
std::string explanation_json(const Explanation& explanation);

}  // namespace berth
