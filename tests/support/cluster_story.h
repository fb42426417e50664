// What a cluster did in one replication, as lines to compare with those computed by hand. Small
// scenarios to tell such stories of: one_pool.h.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/overloaded.h"
#include "sim/child_pool.h"
#include "sim/replication.h"
#include "sim/wire.h"
#include "tests/support/laws.h"
#include "tests/support/one_pool.h"

namespace berth {

inline std::string at(Seconds seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", seconds.count());
  return text;
}
inline std::string who(Holder holder) {
  if (holder.kind == Holder::Kind::unattributed) return "pause";
  return (holder.kind == Holder::Kind::training ? "class" : "service") +
         std::to_string(holder.index);
}
inline std::string node(std::int64_t number) { return "node" + std::to_string(number); }

// What the cluster did, in words; "" for events that are not about it.
inline std::string told(const Event& event) {
  constexpr std::array kMethods{"empty", "several", "one", "underutilised"};
  constexpr std::array kWhy{"empty", "consolidated", "replaced", "reclaimed", "cut off", "drained", "unregistered"};
  constexpr std::array kEvicted{"preempted", "consolidated", "scaled down", "interrupted"};
  constexpr std::array kBy{"minimum", "karpenter", "consolidation", "autoscaler"};
  const auto of = [](const auto& names, auto value) {
    return std::string(names[static_cast<std::size_t>(value)]);
  };
  return std::visit(
      Overloaded{
          [&](const PodUnschedulable& e) {
            return at(e.at) + " no room for " + who(e.holder) + ": " + std::to_string(e.failed[1]) +
                   " of " + std::to_string(e.nodes) + " lack cpu";
          },
          [&](const PodBound& e) { return at(e.at) + " " + who(e.holder) + " on " + node(e.node); },
          [&](const PodEvicted& e) {
            const std::string by =
                e.why == PodEvicted::Why::preempted ? " by " + who(e.by) : std::string{};
            return at(e.at) + " " + who(e.holder) + " leaves " + node(e.node) + ", " +
                   of(kEvicted, e.why) + by + ", by " + at(e.gone_by);
          },
          [&](const NodeRequested& e) {
            return at(e.at) + " " + node(e.node) + " asked for, type " +
                   std::to_string(e.type.value) + ", " + of(kBy, e.by) + ", for " +
                   std::to_string(e.pods);
          },
          [&](const LaunchFailed& e) {
            return at(e.at) + " none of type " + std::to_string(e.type.value) + ", " +
                   of(kBy, e.by) + ", " + std::to_string(e.nodes) + " for " +
                   std::to_string(e.pods) +
                   (e.instead ? ", type " + std::to_string(e.instead->value) + " instead"
                              : std::string{}) +
                   ", not before " + at(e.not_before);
          },
          [&](const NodeUnregistered& e) {
            return at(e.at) + " " + node(e.node) + " given up, " + of(kBy, e.by);
          },
          [&](const ScaleUpTimedOut& e) {
            return at(e.at) + " type " + std::to_string(e.type.value) + " timed out, asked for at " +
                   at(e.asked) + ", " + std::to_string(e.nodes) + " missing, not before " +
                   at(e.not_before);
          },
          [&](const NodeReady& e) { return at(e.at) + " " + node(e.node) + " ready"; },
          [&](const NodeUnneeded& e) { return at(e.at) + " " + node(e.node) + " unneeded"; },
          [&](const ScaleUpChosen& e) {
            return at(e.at) + " type " + std::to_string(e.type.value) + " of " +
                   std::to_string(e.options) + " options: " + std::to_string(e.nodes) +
                   " nodes for " + std::to_string(e.pods);
          },
          [&](const DisruptionDecided& e) {
            return at(e.at) + " to go: " + std::to_string(e.nodes) + ", " + of(kMethods, e.method) +
                   (e.replacement ? ", for type " + std::to_string(e.replacement->value)
                                  : std::string{});
          },
          [&](const DisruptionDropped& e) { return at(e.at) + " dropped"; },
          [&](const NodeCordoned& e) { return at(e.at) + " " + node(e.node) + " cordoned"; },
          [&](const EvictionRefused& e) {
            return at(e.at) + " " + std::to_string(e.pods) + " of " + who(e.holder) + " stay on " +
                   node(e.node);
          },
          [&](const NodeUncordoned& e) {
            return at(e.at) + " " + node(e.node) + " uncordoned";
          },
          [&](const NodeGone& e) {
            return at(e.at) + " " + node(e.node) + " gone, " + of(kWhy, e.why);
          },
          [&](const auto&) { return std::string{}; },
      },
      event);
}

struct Story {
  Outcome outcome;
  std::vector<Event> journal;
  std::vector<std::string> lines;
};
// The events these tests are about are plain values: they cross a pipe as bytes.
using Kept = std::variant<AttemptInterrupted, JobCompleted, PodUnschedulable, PodBound, PodEvicted,
                          NodeRequested, LaunchFailed, NodeUnregistered, ScaleUpTimedOut, NodeReady,
                          NodeInterrupted, NodeUnneeded, ScaleUpChosen, DisruptionDecided, DisruptionDropped, NodeCordoned, EvictionRefused,
                          NodeUncordoned, NodeGone>;
static_assert(std::is_trivially_copyable_v<Kept>);

inline std::vector<Kept> kept_of(const std::vector<Event>& journal) {
  std::vector<Kept> kept;
  for (const Event& event : journal)
    std::visit(
        [&](const auto& e) {
          if constexpr (std::is_constructible_v<Kept, decltype(e)>) kept.emplace_back(e);
        },
        event);
  return kept;
}

// In a process of its own, since a test tells several: the number of events, events, outcome.
inline Story story(const Scenario& scenario) {
  const auto record = [&](std::size_t) {
    const Recorded recorded =
        record_replication(scenario, scenario.placements[1], {.seed = scenario.seed, .number = 0});
    const std::vector<Kept> kept = kept_of(recorded.journal);
    const std::size_t count = kept.size();
    std::string bytes(sizeof count + count * sizeof(Kept), '\0');
    std::memcpy(bytes.data(), &count, sizeof count);
    std::memcpy(bytes.data() + sizeof count, kept.data(), count * sizeof(Kept));
    return bytes + encode(recorded.outcome);
  };
  std::string bytes;
  run_in_children(1, record, {.finished = [&](std::size_t, ChildResult result) {
                    if (const auto* failed = std::get_if<ChildFailed>(&result)) FAIL(failed->reason);
                    bytes = std::get<std::string>(std::move(result));
                  }});
  std::size_t count = 0;
  std::memcpy(&count, bytes.data(), sizeof count);
  std::vector<Kept> kept(count);
  std::memcpy(static_cast<void*>(kept.data()), bytes.data() + sizeof count, count * sizeof(Kept));
  Story story;
  for (const Kept& one : kept)
    std::visit([&](const auto& e) { story.journal.emplace_back(e); }, one);
  story.outcome = decode(std::string_view(bytes).substr(sizeof count + count * sizeof(Kept)));
  check_laws(story.outcome);
  check_laws(story.journal);
  for (const Event& event : story.journal)
    if (const std::string line = told(event); !line.empty()) story.lines.push_back(line);
  return story;
}

template <class E>
std::vector<E> all(const Story& story) {
  std::vector<E> found;
  for (const Event& event : story.journal)
    if (const E* one = std::get_if<E>(&event)) found.push_back(*one);
  return found;
}

// Its lines from that one on, or no more than so many of them.
inline std::vector<std::string> lines_from(const Story& story, const std::string& first,
                                           std::size_t most = std::string::npos) {
  const auto from = std::ranges::find(story.lines, first);
  const auto left = static_cast<std::size_t>(story.lines.end() - from);
  return {from, from + static_cast<std::ptrdiff_t>(std::min(most, left))};
}
inline std::vector<std::string> first_lines(const Story& story, std::size_t most) {
  const auto count = std::min(most, story.lines.size());
  return {story.lines.begin(), story.lines.begin() + static_cast<std::ptrdiff_t>(count)};
}
// Those that have one of these words.
inline std::vector<std::string> lines_with(const Story& story,
                                           const std::vector<std::string>& words) {
  std::vector<std::string> lines;
  for (const std::string& line : story.lines)
    if (std::ranges::any_of(words, [&](const std::string& word) { return line.find(word) != std::string::npos; }))
      lines.push_back(line);
  return lines;
}

}  // namespace berth
