#include "models/break_even.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "models/platform_startup.h"
#include "models/sagemaker.h"

namespace berth {
namespace {

constexpr double kExact = 1e-6;

double at_step(double low, double high, Axis axis, double share) {
  if (axis == Axis::linear) return low + share * (high - low);
  return std::exp(std::log(low) + share * (std::log(high) - std::log(low)));
}

double middle(double a, double b, Axis axis) {
  return axis == Axis::linear ? (a + b) / 2 : std::sqrt(a * b);
}

double in_usd(UsdPerHour price, Seconds time) { return price.rate * time.count() / 3600; }

// Machines that are needed at once when each job holds one for `busy`.
double machines(Seconds busy, Seconds interval) {
  return std::max(1.0, std::ceil(busy / interval - 1e-9));
}

}  // namespace

std::vector<double> points(double low, double high, Axis axis, int count) {
  std::vector<double> list;
  list.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int i = 0; i < count; ++i)
    list.push_back(at_step(low, high, axis, static_cast<double>(i) / std::max(1, count - 1)));
  return list;
}

std::vector<Stretch> winners(const std::function<double(std::size_t, double)>& value,
                             std::size_t candidates, double low, double high, Axis axis,
                             int steps) {
  const auto least_at = [&](double x) {
    std::size_t best = 0;
    double least = value(0, x);
    for (std::size_t i = 1; i < candidates; ++i)
      if (const double v = value(i, x); v < least) least = v, best = i;
    return best;
  };
  std::vector<Stretch> list{
      {low, high, least_at(low)}
  };
  double left = low;
  for (const double right : points(low, high, axis, steps + 1)) {
    if (right <= low) continue;
    const std::size_t next = least_at(right);
    if (next != list.back().winner) {
      // The last point at which the former winner still wins.
      double a = left, b = right;
      while (b - a > kExact * std::max(std::abs(a), std::abs(b))) {
        const double x = middle(a, b, axis);
        (least_at(x) == list.back().winner ? a : b) = x;
      }
      list.back().to = b;
      list.push_back({b, high, next});
    }
    left = right;
  }
  return list;
}

std::vector<Zone> zones(const std::vector<Stretch>& stretches) {
  struct Span {
    std::size_t first, last;
  };
  std::map<std::size_t, Span> spans;  // of stretches, by winner
  for (std::size_t i = 0; i < stretches.size(); ++i)
    spans.try_emplace(stretches[i].winner, Span{i, i}).first->second.last = i;
  const auto disputed = [&](std::size_t i) {
    return std::ranges::count_if(spans, [&](const auto& span) {
             return span.second.first <= i && i <= span.second.last;
           }) > 1;
  };
  std::vector<Zone> list;
  bool turns = false;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto& [from, to, winner] = stretches[i];
    if (turns && disputed(i)) {
      Zone& zone = list.back();
      zone.to = to;
      ++zone.crossovers;
      if (std::ranges::find(zone.winners, winner) == zone.winners.end())
        zone.winners.push_back(winner);
      continue;
    }
    turns = disputed(i);
    list.push_back({from, to, {winner}, 0});
  }
  return list;
}

Image resized(const Image& image, double compressed_bytes) {
  const double ratio =
      static_cast<double>(total_unpacked(image.layers).count) /
      static_cast<double>(std::max<std::int64_t>(1, total_compressed(image.layers).count));
  const Bytes compressed{std::max<std::int64_t>(1, std::llround(compressed_bytes))};
  Image other = image;
  other.layers = synthesise_layers({compressed, scaled(compressed, ratio),
                                    static_cast<int>(std::max<std::size_t>(1, image.layers.size())),
                                    LayerId{0}});
  return other;
}

Image read_share(const Image& image, double share) {
  Image other = image;
  other.read_before_ready = share;
  other.read_during_run = std::min(image.read_during_run, 1 - share);
  return other;
}

Seconds time_to_ready(const PullCase& pull, PullMode mode) {
  const PullPlan plan = plan_pull(pull.image, {}, mode, pull.node);
  Seconds took = plan.alone();
  if (pull.link && plan.network_bytes.count > 0)
    took = std::max(took, pull.at_once * (plan.network_bytes / *pull.link));
  return ready(plan, took);
}

std::string_view name_of(StartWay way) {
  constexpr std::array<std::string_view, kStartWays> kNames{"sagemaker cold", "sagemaker warm pool",
                                                            "kubernetes warm nodes", "karpenter"};
  return kNames[static_cast<std::size_t>(way)];
}

WayCost cost_of(StartWay way, const StartFigures& f, Seconds interval, Seconds run) {
  const auto priced = [&](Seconds wait, double paid) {
    return WayCost{wait, paid + in_usd(f.wait, wait), paid};
  };
  const Seconds cold_busy = f.sagemaker_overhead + f.sagemaker_input + f.sagemaker_image +
                            f.container + f.init + run;
  switch (way) {
    case StartWay::sagemaker_cold:
      return priced(f.launch + cold_busy - run, in_usd(f.sagemaker, cold_busy));
    case StartWay::sagemaker_warm: {
      const Seconds busy = f.warm_start + f.sagemaker_input + f.container + f.init + run;
      const double k = machines(busy, interval);
      if (k * interval - busy > kKeepAliveMax)
        return priced(f.launch + cold_busy - run,
                      in_usd(f.sagemaker, cold_busy + kKeepAliveMax));
      return priced(busy - run, in_usd(f.sagemaker, k * interval - f.warm_start));
    }
    case StartWay::kubernetes_warm: {
      const Seconds busy = f.pod + f.node_data + f.init + run;
      return priced(busy - run, in_usd(f.node, machines(busy, interval) * interval));
    }
    case StartWay::karpenter: {
      const Seconds warm = f.pod + f.node_data + f.init + run;
      if (machines(warm, interval) * interval - warm <= f.kept_empty)
        return cost_of(StartWay::kubernetes_warm, f, interval, run);
      const Seconds busy = warm + f.node_image;
      const Seconds booting = std::max(f.boot - kMachineRuns, Seconds{0});
      return priced(f.batch + f.boot + busy - run, in_usd(f.node, booting + busy + f.kept_empty));
    }
  }
  return {};
}

}  // namespace berth
