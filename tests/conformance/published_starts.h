// Published start-ups: how long real images took to start on real machines, beside what the models
// say for the environment the publication states.
//
// A case names an image (perhaps with its sizes), a configuration in words, the time of a whole pull
// (`eager_s`) and those of other ways (`alt_s`). Its environment is read from those words: machine,
// disk, registry, what the measured time spans. There is one set of parameters an environment
// (published_environments) and none a case. What an application reads before it is ready follows
// from what it is (a notebook server, an editor, inference, a model inside its image).
//
// An image without sizes is sized by its own whole pull: then the whole pull is no prediction and is
// not counted, the other ways are. A figure whose mechanism is not modelled is left out with the
// reason. Times are seconds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/family.h"

namespace berth::conformance {

struct StartFigure {
  std::string key;  // "eager_s", or a key of alt_s
  double published = 0;
  std::optional<double> simulated;
  std::string because;  // why it is not counted; empty: it is
  std::string sets;     // the parameter that was set with it: it fits by construction
  double error() const { return *simulated / published - 1; }
  bool counts() const { return simulated && because.empty(); }
};

struct PublishedStart {
  std::string id, image, environment;
  std::vector<StartFigure> figures;
};

// Relative error above which a figure fails.
inline constexpr double kLargestStartError = 0.35;

PublishedStart simulate_published_start(const Json& item);

struct EnvironmentRow {
  std::string name, parameters, source;
};
std::vector<EnvironmentRow> published_environments();

}  // namespace berth::conformance
