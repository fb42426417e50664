#include "models/shortage.h"

#include <algorithm>
#include <cmath>

#include "models/distribution.h"

namespace berth {

bool Shortage::concerns(TypeId type, Offering bought) const {
  return (!offering || *offering == bought) && std::ranges::find(types, type) != types.end();
}

std::uint64_t entity_of(const Shortage& shortage, const Catalogue& catalogue) {
  std::uint64_t sum = shortage.offering ? 1 + static_cast<std::uint64_t>(*shortage.offering) : 0;
  sum = splitmix64(sum);
  for (const TypeId type : shortage.types) {
    std::uint64_t name = 0;
    for (const char c : catalogue.types[type.index()].name)
      name = splitmix64(name ^ static_cast<unsigned char>(c));
    sum += name;  // in any order
  }
  return sum;
}

ShortageSpans::ShortageSpans(const Shortage& shortage, const Clock& clock, RandomStream stream)
    : shortage_(&shortage), clock_(clock), stream_(stream) {
  if (const auto* after = std::get_if<Seconds>(&shortage.when)) {
    const Seconds from = clock.warm_up + *after;
    span_ = Span{from, from + shortage.lasts};
  } else if (const auto* random = std::get_if<AtRandom>(&shortage.when)) {
    const bool at_once = stream_.uniform() < shortage.lasts / random->every;
    const Seconds from = at_once ? Seconds{0} : exponential_time(random->every - shortage.lasts);
    span_ = Span{from, from + exponential_time(shortage.lasts)};
  } else {
    // One that began before the simulated time may reach into it.
    cron_ = clock.starts_at -
            static_cast<std::int64_t>(std::ceil((clock.warm_up + shortage.lasts).count()));
    span_ = next();
  }
}

Seconds ShortageSpans::exponential_time(Seconds mean) {
  return Seconds{sample(exponential(mean.count()), stream_)};
}

std::optional<ShortageSpans::Span> ShortageSpans::next() {
  if (const auto* cron = std::get_if<Cron>(&shortage_->when)) {
    const auto at = next_cron_time(*cron, cron_);
    if (!at) return std::nullopt;
    cron_ = *at;
    const Seconds from = clock_.warm_up + Seconds{static_cast<double>(*at - clock_.starts_at)};
    return Span{from, from + shortage_->lasts};
  }
  if (const auto* random = std::get_if<AtRandom>(&shortage_->when)) {
    const Seconds from = span_->to + exponential_time(random->every - shortage_->lasts);
    return Span{from, from + exponential_time(shortage_->lasts)};
  }
  return std::nullopt;
}

bool ShortageSpans::holds(Seconds now) {
  while (span_ && now >= span_->to) span_ = next();
  return span_ && now >= span_->from;
}

}  // namespace berth
