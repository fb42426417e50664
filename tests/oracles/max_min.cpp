#include "tests/oracles/max_min.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace berth {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

class Filling {
 public:
  Filling(std::span<const double> capacities, std::span<const Flow* const> flows)
      : flows_(flows),
        left_(capacities.begin(), capacities.end()),
        rising_(capacities.size(), 0),
        rates_(flows.size(), -1.0) {
    for (const Flow* flow : flows_)
      for (const int link : flow->route) ++rising_[static_cast<std::size_t>(link)];
  }

  std::vector<double> run() {
    for (std::size_t settled = 0; settled < flows_.size();) settled += settle(next_level());
    return rates_;
  }

 private:
  double fair_share(std::size_t link) const {
    return rising_[link] > 0 ? left_[link] / rising_[link] : kNever;
  }

  // The lowest rate at which somebody stops: a full link or a cap.
  double next_level() const {
    double level = kNever;
    for (std::size_t link = 0; link < left_.size(); ++link)
      level = std::min(level, fair_share(link));
    for (std::size_t i = 0; i < flows_.size(); ++i)
      if (rates_[i] < 0) level = std::min(level, flows_[i]->cap.value_or(kNever));
    return level;
  }

  bool stops(const Flow& flow, double level, std::span<const char> full) const {
    if (level == kNever || (flow.cap && *flow.cap <= level)) return true;
    return std::ranges::any_of(flow.route,
                               [&](int link) { return full[static_cast<std::size_t>(link)] != 0; });
  }

  std::size_t settle(double level) {
    // Which links are full is decided before any flow is taken off, or the first to stop would make
    // room on its link for the others by a rounding error.
    std::vector<char> full(left_.size());
    for (std::size_t link = 0; link < left_.size(); ++link)
      full[link] = fair_share(link) <= level ? 1 : 0;
    std::size_t settled = 0;
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      if (rates_[i] >= 0 || !stops(*flows_[i], level, full)) continue;
      rates_[i] = level;
      ++settled;
      for (const int link : flows_[i]->route) take(static_cast<std::size_t>(link), level);
    }
    return settled;
  }

  void take(std::size_t link, double rate) {
    left_[link] = std::max(left_[link] - rate, 0.0);
    --rising_[link];
  }

  std::span<const Flow* const> flows_;
  std::vector<double> left_;
  std::vector<int> rising_;
  std::vector<double> rates_;
};

struct Transfer {
  std::size_t flow;
  double left;
};

class Network {
 public:
  Network(std::span<const double> capacities, std::span<const Flow> flows)
      : capacities_(capacities), flows_(flows), done_(flows.size()), order_(flows.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, {}, [&](std::size_t i) { return std::pair(flows_[i].start, i); });
  }

  std::vector<Seconds> run() {
    while (next_ < order_.size() || !moving_.empty()) {
      begin_due();
      const std::vector<double> rates = current_rates();
      advance(rates, std::min(first_end(rates), next_start()));
    }
    return done_;
  }

 private:
  double next_start() const {
    return next_ < order_.size() ? flows_[order_[next_]].start.count() : kNever;
  }

  void begin_due() {
    if (moving_.empty()) now_ = std::max(now_, next_start());
    for (; next_start() <= now_; ++next_)
      moving_.push_back({order_[next_], flows_[order_[next_]].size});
  }

  std::vector<double> current_rates() const {
    std::vector<const Flow*> active;
    active.reserve(moving_.size());
    for (const Transfer& transfer : moving_) active.push_back(&flows_[transfer.flow]);
    return Filling(capacities_, active).run();
  }

  double first_end(std::span<const double> rates) const {
    double end = kNever;
    for (std::size_t i = 0; i < moving_.size(); ++i)
      end = std::min(end, now_ + moving_[i].left / rates[i]);
    return end;
  }

  void advance(std::span<const double> rates, double to) {
    std::vector<Transfer> still_moving;
    for (std::size_t i = 0; i < moving_.size(); ++i) {
      if (now_ + moving_[i].left / rates[i] <= to)
        done_[moving_[i].flow] = Seconds{to};
      else
        still_moving.push_back({moving_[i].flow, moving_[i].left - rates[i] * (to - now_)});
    }
    moving_ = std::move(still_moving);
    now_ = to;
  }

  std::span<const double> capacities_;
  std::span<const Flow> flows_;
  std::vector<Seconds> done_;
  std::vector<std::size_t> order_;
  std::vector<Transfer> moving_;
  std::size_t next_ = 0;
  double now_ = 0;
};

}  // namespace

std::vector<double> max_min_rates(std::span<const double> capacities, std::span<const Flow> flows) {
  std::vector<const Flow*> all;
  for (const Flow& flow : flows) all.push_back(&flow);
  return Filling(capacities, all).run();
}

std::vector<Seconds> completion_times(std::span<const double> capacities,
                                      std::span<const Flow> flows) {
  return Network(capacities, flows).run();
}

}  // namespace berth
