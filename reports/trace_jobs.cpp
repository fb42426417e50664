#include <fmt/format.h>

#include "reports/trace_words.h"

namespace berth::trace {
namespace {

Json of_job(const std::string& name, Seconds at, Seconds submitted) {
  return {{"class", name}, {"submitted_ago_s", in_s(at - submitted)}};
}

const char* word(AttemptInterrupted::Why why) {
  switch (why) {
    case AttemptInterrupted::Why::reclaimed:
      return "reclaimed";
    case AttemptInterrupted::Why::preempted:
      return "preempted";
    case AttemptInterrupted::Why::moved:
      return "moved";
  }
  return "";
}

const char* sentence(AttemptInterrupted::Why why) {
  switch (why) {
    case AttemptInterrupted::Why::reclaimed:
      return "its spot machine is taken back";
    case AttemptInterrupted::Why::preempted:
      return "a pod of higher priority needs the room";
    case AttemptInterrupted::Why::moved:
      return "its node is given back";
  }
  return "";
}

}  // namespace

Said say(const JobSubmitted& e, const Names& names) {
  return {"job_submitted",
          "jobs",
          {{"class", names.of(e.workload)}},
          fmt::format("a job of {} is submitted", names.of(e.workload))};
}

Said say(const JobStarted& e, const Names& names) {
  Json phases = Json::object();
  for (const Phase phase : kPhases) phases[std::string(to_text(phase))] = in_s(e.ledger[phase]);
  return {"job_started",
          "jobs",
          {{"class", names.of(e.workload)},
           {"waited_s", in_s(e.at - e.submitted)},
           {"warm", e.warm},
           {"phases_s", phases}},
          fmt::format("a job of {} starts {} after it was submitted{}: {}", names.of(e.workload),
                      text(e.at - e.submitted), e.warm ? ", warm" : "", made_of(e.ledger))};
}

Said say(const AttemptInterrupted& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"attempt_interrupted", "jobs",
          joined(of_job(name, e.at, e.submitted), {{"why", word(e.why)}}),
          fmt::format("an attempt of {} is interrupted: {}", name, sentence(e.why))};
}

Said say(const CapacityRefused& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"capacity_refused", "jobs", of_job(name, e.at, e.submitted),
          fmt::format("SageMaker has no capacity for a job of {}: it waits and tries again", name)};
}

Said say(const JobCompleted& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {
      "job_completed", "jobs", of_job(name, e.at, e.submitted),
      fmt::format("a job of {} is done {} after it was submitted", name, text(e.at - e.submitted))};
}

Said say(const JobFailed& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"job_failed", "jobs", of_job(name, e.at, e.submitted),
          fmt::format("a job of {} has failed: its last attempt was interrupted", name)};
}

Said say(const JobSkipped& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  return {"job_skipped",
          "jobs",
          {{"class", name}},
          fmt::format("a job of {} will never be submitted: one it comes after has failed", name)};
}

Said say(const JobCutOff& e, const Names& names) {
  const std::string& name = names.of(e.workload);
  Json fields = of_job(name, e.at, e.submitted);
  fields["started"] = e.started;
  return {"job_cut_off", "jobs", fields,
          fmt::format("a job of {} {} when the window closes", name,
                      e.started ? "is under way" : "still waits for its first start")};
}

Said say(const WindowOpened&, const Names&) {
  return {"window_opened", "run", Json::object(), "the measured window opens"};
}

}  // namespace berth::trace
