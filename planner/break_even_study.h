// The curves of `berth breakeven`: an image by pull mode against its size, the share of it that is
// read and the number of nodes that pull at once; a training class by way to start against its
// interval and its length; and where the winner changes (in words: reports/break_even_words.h).
//
// The machine is the one a placement starts the image on, as `berth simulate` has it: its platform's
// registry, its pool's volume and system, its price as that platform sells it. A class's ways are of
// the class's first home on SageMaker and its first on a cluster (else the first platform of the
// kind), with the pull that is honoured there. What nodes share is the platform's `egress:
// shared_link`, or one NAT gateway's 100 Gbit/s (AWS's limit). Dollars of a pull: the machine's hourly
// price while the container is not ready, and the gateway's price a GB where the platform has one, for a
// machine that stays until a lazily loaded image has come whole.
//
// Left out: see models/break_even.h and models/pull_plan.h.
// Tested by tests/planner/break_even_study_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/break_even.h"
#include "models/scenario.h"

namespace berth {

struct BreakEvenSeries {
  std::string name;
  std::vector<double> seconds, usd;  // at the curve's points
};

// Who is least where: the fastest pull, the cheapest way.
struct Contest {
  std::vector<std::string> candidates;
  std::vector<Stretch> best;
};

struct BreakEvenCurve {
  std::string key;    // "size_bytes", "read_share", "pulls_at_once", "interval_s", "run_s"
  std::string title;  // for people
  std::vector<double> at;
  double here = 0;  // the scenario's own value
  std::vector<BreakEvenSeries> series;
  std::vector<Contest> contests;  // all candidates first, then pairs
};

struct BreakEvenSubject {
  std::string what;  // "image plain, 1.3 GB ..." or "class retrain ..."
  std::vector<std::string> notes;
  std::vector<BreakEvenCurve> curves;
};

struct BreakEvenOptions {
  ImageId image;
  std::optional<TrainingId> only_class;  // absent: every training class of the image
  std::optional<TypeId> type;            // absent: the first a placement starts the image on
  UsdPerHour wait{0};                    // what an hour of waiting for a start is worth
  int curve_points = 41;
};

// What cannot be asked: no type, no price, a class of another image.
struct BreakEvenStudy {
  std::vector<BreakEvenSubject> subjects;  // the image first
  std::string wrong;                       // why there is none
};
BreakEvenStudy study_break_even(const Scenario& scenario, const BreakEvenOptions& options);

}  // namespace berth
