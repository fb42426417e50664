#include "tools/write_trace.h"

#include <fmt/format.h>

#include <utility>

#include "reports/trace.h"
#include "sim/child_pool.h"
#include "sim/replication.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/output.h"

namespace berth {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18;

// Runs in the child.
std::string tell(PendingOutput& output, const Scenario& scenario, const Placement& placement,
                 Replication replication) {
  TraceWriter writer(scenario, placement, replication);
  std::string piece = writer.head();
  tell_replication(scenario, placement, replication, [&](const Event& event) {
    piece += writer.line(event);
    if (piece.size() < kPiece) return;
    output.append(piece);
    piece.clear();
  });
  output.append(piece + writer.end());
  return "";
}

}  // namespace

Exit write_trace(const std::string& path, const Scenario& scenario, const Placement& placement,
                 Replication replication) {
  PendingOutput output(path);
  std::string failed;
  const bool ended = run_in_children(
      1, [&](std::size_t) { return tell(output, scenario, placement, replication); },
      {.stop = interrupted, .finished = [&](std::size_t, ChildResult result) {
         if (auto* failure = std::get_if<ChildFailed>(&result)) failed = std::move(failure->reason);
       }});
  if (!ended || interrupted()) {
    complain("interrupted: nothing was written\n");
    return interrupt_exit().value_or(Exit::interrupted);
  }
  if (!failed.empty()) {
    complain(fmt::format("error: placement {}, seed {}, replication {}: the trace failed: {}\n",
                         placement.name, replication.seed, replication.number, failed));
    return Exit::internal;
  }
  output.finish();
  return Exit::done;
}

}  // namespace berth
