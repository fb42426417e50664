// When EC2 has none of an instance type, so that launches of it fail. Machines that run stay.
//
//   at a time   [from, from + lasts), on the scenario's clock
//   by a cron   the same, at each of its times
//   at random   an alternating renewal process: to be had for an exponential time of mean every -
//               lasts, then not for one of mean lasts. One begins every `every` on average, and the
//               share of time without is lasts / every. It starts stationary: short at once with that
//               probability, and what is left of either state is exponential again.
//
// The types of one entry are short together. Whether a launch finds the type is asked when it is
// made: draws belong to the process and not to launches, so two placements meet the same shortages.
// Left out: shortages of one zone, of sizes that are only partly to be had (a launch finds none or
// as many as it asks for), how EC2 picks spot pools by what capacity there is. Tested by
// tests/models/shortage_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "models/catalogue.h"
#include "models/ids.h"
#include "models/placement.h"
#include "models/random_stream.h"
#include "models/schedule.h"
#include "models/units.h"

namespace berth {

struct AtRandom {
  Seconds every{};  // from the begin of one to that of the next, on average
};
struct Shortage {
  std::vector<TypeId> types;
  std::optional<Offering> offering;            // absent: however it is bought
  std::variant<Seconds, Cron, AtRandom> when;  // Seconds: after the measured window's begin
  Seconds lasts{};                             // at random: on average

  bool concerns(TypeId type, Offering bought) const;
};

// Whose chance it is: of these types, bought like this, whatever the cluster and in whatever order.
// So clusters that say the same meet the same shortages, and how often and how long may vary under
// one luck.
std::uint64_t entity_of(const Shortage& shortage, const Catalogue& catalogue);

// The spans of one Shortage, on the simulated clock. Asked in order of time.
class ShortageSpans {
 public:
  struct Clock {
    std::int64_t starts_at = 0;  // of the measured window, seconds since 1970
    Seconds warm_up{0};          // simulated before it
  };
  ShortageSpans(const Shortage& shortage, const Clock& clock, RandomStream stream);

  bool holds(Seconds now);

 private:
  struct Span {
    Seconds from, to;
  };
  std::optional<Span> next();
  Seconds exponential_time(Seconds mean);

  const Shortage* shortage_;
  Clock clock_;
  RandomStream stream_;
  std::optional<Span> span_;  // the one that holds or comes; absent: no more
  std::int64_t cron_ = 0;     // its last time, seconds since 1970
};

}  // namespace berth
