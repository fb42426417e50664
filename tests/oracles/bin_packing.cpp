#include "tests/oracles/bin_packing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "tests/oracles/linear_program.h"

namespace berth {
namespace {

constexpr double kSlack = 1e-9;

int up(double value) { return static_cast<int>(std::ceil(value - kSlack)); }

bool fits_in(const Sizes& item, const Sizes& free) {
  for (std::size_t d = 0; d < item.size(); ++d)
    if (item[d] > free[d] + kSlack) return false;
  return true;
}

double dimension_sum(std::span<const Sizes> items, std::size_t d) {
  double sum = 0;
  for (const Sizes& item : items) sum += item[d];
  return sum;
}

double normalised(const Sizes& item, const Sizes& capacity) {
  double sum = 0;
  for (std::size_t d = 0; d < item.size(); ++d)
    if (capacity[d] > 0) sum += item[d] / capacity[d];
  return sum;
}

// Sums of fractions tie only up to rounding; a tie goes to the earlier position.
std::vector<std::size_t> largest_first(std::span<const Sizes> items, const Sizes& capacity) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return normalised(items[a], capacity) > normalised(items[b], capacity) + kSlack;
  });
  return order;
}

int l2_in_one_dimension(std::vector<double> sizes, double capacity) {
  std::erase_if(sizes, [](double size) { return size <= 0; });
  int best = 0;
  std::vector<double> thresholds{0};
  for (const double size : sizes)
    if (size <= capacity / 2) thresholds.push_back(size);
  for (const double a : thresholds) {
    int alone = 0, half = 0;
    double half_sum = 0, small_sum = 0;
    for (const double size : sizes) {
      if (size > capacity - a)
        ++alone;
      else if (size > capacity / 2)
        ++half, half_sum += size;
      else if (size >= a)
        small_sum += size;
    }
    const double left = small_sum - (half * capacity - half_sum);
    best = std::max(best, alone + half + std::max(0, up(left / capacity)));
  }
  return best;
}

Sizes largest_capacity(std::span<const BinKind> kinds) {
  Sizes largest = kinds.front().capacity;
  for (const BinKind& kind : kinds)
    for (std::size_t d = 0; d < largest.size(); ++d)
      largest[d] = std::max(largest[d], kind.capacity[d]);
  return largest;
}

void take(Sizes& free, const Sizes& item, double sign = 1) {
  for (std::size_t d = 0; d < item.size(); ++d) free[d] -= sign * item[d];
}

struct OpenBin {
  std::size_t kind = 0;
  Sizes free;
  std::vector<std::size_t> items;
};

double alignment(const Sizes& item, const Sizes& free, const Sizes& capacity) {
  double sum = 0;
  for (std::size_t d = 0; d < item.size(); ++d)
    if (capacity[d] > 0) sum += item[d] * free[d] / (capacity[d] * capacity[d]);
  return sum;
}

// The bin whose free room points the item's way most, or none.
std::optional<std::size_t> best_bin(const std::vector<OpenBin>& bins, const Sizes& item,
                                    std::span<const BinKind> kinds,
                                    std::optional<std::size_t> but) {
  std::optional<std::size_t> best;
  double least = 0;
  for (std::size_t b = 0; b < bins.size(); ++b) {
    if (b == but || !fits_in(item, bins[b].free)) continue;
    // Best fit: the least room left, measured along the item.
    const double left = alignment(item, bins[b].free, kinds[bins[b].kind].capacity);
    if (!best || left < least - kSlack) best = b, least = left;
  }
  return best;
}

std::optional<std::size_t> cheapest_kind(std::span<const Sizes> items,
                                         const std::vector<std::size_t>& inside,
                                         std::span<const BinKind> kinds) {
  Sizes total(kinds.front().capacity.size(), 0.0);
  for (const std::size_t i : inside) take(total, items[i], -1);
  std::optional<std::size_t> best;
  for (std::size_t k = 0; k < kinds.size(); ++k)
    if (fits_in(total, kinds[k].capacity) && (!best || kinds[k].cost < kinds[*best].cost)) best = k;
  return best;
}

std::vector<OpenBin> pack_into(std::span<const Sizes> items, std::span<const BinKind> kinds,
                               std::size_t opened_as) {
  std::vector<OpenBin> bins;
  for (const std::size_t i : largest_first(items, largest_capacity(kinds))) {
    auto where = best_bin(bins, items[i], kinds, std::nullopt);
    if (!where) {
      std::size_t kind = opened_as;
      if (!fits_in(items[i], kinds[kind].capacity)) {
        const auto any = cheapest_kind(items, {i}, kinds);
        if (!any) throw std::invalid_argument("an item fits no bin");
        kind = *any;
      }
      bins.push_back({kind, kinds[kind].capacity, {}});
      where = bins.size() - 1;
    }
    take(bins[*where].free, items[i]);
    bins[*where].items.push_back(i);
  }
  return bins;
}

// The lightest bins are emptied into the others while that works.
void empty_light_bins(std::vector<OpenBin>& bins, std::span<const Sizes> items,
                      std::span<const BinKind> kinds) {
  for (bool moved = true; moved && bins.size() > 1;) {
    moved = false;
    std::vector<std::size_t> order(bins.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t b) { return bins[b].items.size(); });
    for (const std::size_t b : order) {
      std::vector<OpenBin> trial = bins;
      bool good = true;
      for (const std::size_t i : bins[b].items) {
        const auto where = best_bin(trial, items[i], kinds, b);
        good = where.has_value();
        if (!good) break;
        take(trial[*where].free, items[i]);
        trial[*where].items.push_back(i);
      }
      if (!good) continue;
      trial.erase(trial.begin() + static_cast<std::ptrdiff_t>(b));
      bins = std::move(trial);
      moved = true;
      break;
    }
  }
}

Packing packing_of(const std::vector<OpenBin>& bins, std::span<const Sizes> items,
                   std::span<const BinKind> kinds) {
  Packing packing;
  for (const OpenBin& bin : bins) {
    const std::size_t kind = *cheapest_kind(items, bin.items, kinds);
    packing.kinds.push_back(kind);
    packing.items.push_back(bin.items);
    packing.cost += kinds[kind].cost;
  }
  return packing;
}

// All fillings of a bin to which no further item of any shape can be added.
bool list_patterns(std::span<const Sizes> shapes, const Sizes& free, std::size_t from,
                   std::vector<double>& pattern, std::vector<std::vector<double>>& found,
                   std::size_t most) {
  if (from == shapes.size()) {
    for (const Sizes& shape : shapes)
      if (fits_in(shape, free)) return true;  // not maximal: another pattern covers it
    found.push_back(pattern);
    return found.size() <= most;
  }
  Sizes rest = free;
  std::vector<Sizes> levels{rest};
  while (fits_in(shapes[from], rest) && levels.size() <= 1000) {
    take(rest, shapes[from]);
    levels.push_back(rest);
  }
  for (std::size_t n = levels.size(); n-- > 0;) {
    pattern[from] = static_cast<double>(n);
    if (!list_patterns(shapes, levels[n], from + 1, pattern, found, most)) return false;
  }
  pattern[from] = 0;
  return true;
}

// Depth first over items, largest first; bins of one kind and equal filling are alike.
class Exact {
 public:
  Exact(std::span<const Sizes> items, std::span<const BinKind> kinds, std::size_t most_nodes)
      : items_(items),
        kinds_(kinds),
        left_(most_nodes),
        order_(largest_first(items, largest_capacity(kinds))) {
    best_ = best_fit_decreasing(items, kinds);
  }
  ExactPacking run() {
    descend(0, 0);
    return {best_, left_ > 0};
  }

 private:
  // What the items that are left need beyond the room in open bins.
  double rest_bound(std::size_t depth) const {
    double bound = 0;
    for (std::size_t d = 0; d < kinds_.front().capacity.size(); ++d) {
      double need = 0, cheapest = std::numeric_limits<double>::infinity();
      for (std::size_t i = depth; i < order_.size(); ++i) need += items_[order_[i]][d];
      for (const OpenBin& bin : bins_) need -= bin.free[d];
      for (const BinKind& kind : kinds_)
        if (kind.capacity[d] > 0) cheapest = std::min(cheapest, kind.cost / kind.capacity[d]);
      if (need > kSlack) bound = std::max(bound, need * cheapest);
    }
    return bound;
  }
  void descend(std::size_t depth, double cost) {
    if (left_ == 0 || cost + rest_bound(depth) >= best_.cost - kSlack) return;
    --left_;
    if (depth == order_.size()) {
      best_ = packing_of(bins_, items_, kinds_);
      return;
    }
    const std::size_t item = order_[depth];
    for (std::size_t b = 0; b < bins_.size(); ++b) {
      if (!fits_in(items_[item], bins_[b].free)) continue;
      take(bins_[b].free, items_[item]);
      bins_[b].items.push_back(item);
      descend(depth + 1, cost);
      bins_[b].items.pop_back();
      take(bins_[b].free, items_[item], -1);
    }
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      if (!fits_in(items_[item], kinds_[k].capacity)) continue;
      bins_.push_back({k, kinds_[k].capacity, {item}});
      take(bins_.back().free, items_[item]);
      descend(depth + 1, cost + kinds_[k].cost);
      bins_.pop_back();
    }
  }

  std::span<const Sizes> items_;
  std::span<const BinKind> kinds_;
  std::size_t left_;
  std::vector<std::size_t> order_;
  std::vector<OpenBin> bins_;
  Packing best_;
};

}  // namespace

int continuous_bound(std::span<const Sizes> items, const Sizes& capacity) {
  int bound = 0;
  for (std::size_t d = 0; d < capacity.size(); ++d)
    if (capacity[d] > 0) bound = std::max(bound, up(dimension_sum(items, d) / capacity[d]));
  return bound;
}

int l2_bound(std::span<const Sizes> items, const Sizes& capacity) {
  int bound = 0;
  for (std::size_t d = 0; d < capacity.size(); ++d) {
    if (capacity[d] <= 0) continue;
    std::vector<double> sizes;
    for (const Sizes& item : items) sizes.push_back(item[d]);
    bound = std::max(bound, l2_in_one_dimension(std::move(sizes), capacity[d]));
  }
  return bound;
}

double covering_bound(std::span<const Sizes> items, std::span<const BinKind> kinds) {
  double bound = 0;
  for (std::size_t d = 0; d < kinds.front().capacity.size(); ++d) {
    double cheapest = std::numeric_limits<double>::infinity();
    for (const BinKind& kind : kinds)
      if (kind.capacity[d] > 0) cheapest = std::min(cheapest, kind.cost / kind.capacity[d]);
    const double sum = dimension_sum(items, d);
    if (sum > 0) bound = std::max(bound, sum * cheapest);
  }
  return bound;
}

std::optional<double> pattern_bound(std::span<const Sizes> shapes, std::span<const double> counts,
                                    std::span<const BinKind> kinds, std::size_t most_patterns) {
  std::vector<std::vector<double>> patterns;
  std::vector<double> costs;
  for (const BinKind& kind : kinds) {
    std::vector<double> pattern(shapes.size(), 0.0);
    if (!list_patterns(shapes, kind.capacity, 0, pattern, patterns, most_patterns))
      return std::nullopt;
    costs.resize(patterns.size(), kind.cost);
  }
  // The dual: what each shape is worth, no filling being worth more than its bin.
  const auto solved = maximise(counts, patterns, costs);
  if (!solved) return std::nullopt;  // a shape that no pattern holds may be worth anything
  return solved->value;
}

std::size_t first_fit_decreasing(std::span<const Sizes> items, const Sizes& capacity) {
  std::vector<Sizes> bins;
  for (const std::size_t i : largest_first(items, capacity)) {
    auto bin =
        std::ranges::find_if(bins, [&](const Sizes& free) { return fits_in(items[i], free); });
    if (bin == bins.end()) {
      if (!fits_in(items[i], capacity)) throw std::invalid_argument("an item fits no bin");
      bin = bins.insert(bins.end(), capacity);
    }
    take(*bin, items[i]);
  }
  return bins.size();
}

Packing best_fit_decreasing(std::span<const Sizes> items, std::span<const BinKind> kinds) {
  std::optional<Packing> best;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    std::vector<OpenBin> bins = pack_into(items, kinds, k);
    empty_light_bins(bins, items, kinds);
    Packing packing = packing_of(bins, items, kinds);
    if (!best || packing.cost < best->cost) best = std::move(packing);
  }
  return *best;
}

ExactPacking pack_exactly(std::span<const Sizes> items, std::span<const BinKind> kinds,
                          std::size_t most_nodes) {
  return Exact(items, kinds, most_nodes).run();
}

}  // namespace berth
