#include "sim/serving/fast_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>
#include <variant>

namespace berth::serving {
namespace {

constexpr double kStraightEnough = 1e-3;

double inverse(const Distribution& law, double u) {
  double x = 0;
  if (const auto* gamma = std::get_if<Gamma>(&law.law)) {
    x = law.shift + gamma->fast_quantile(u);
    if (law.at_most) x = std::min(x, *law.at_most);
  } else {
    x = quantile(law, u);
  }
  return std::max(x, 0.0);
}

// A thousand services of three laws share three tables of 74 KB, as long as one of them is left.
std::shared_ptr<const LawTable> table_of(const Distribution& law) {
  static std::mutex mutex;
  static std::vector<std::pair<Distribution, std::weak_ptr<const LawTable>>> known;
  const std::scoped_lock lock(mutex);
  std::erase_if(known, [](const auto& one) { return one.second.expired(); });
  for (const auto& [of, held] : known)
    if (auto table = held.lock(); table && of == law) return table;
  auto table = std::make_shared<const LawTable>(law);
  known.emplace_back(law, table);
  return table;
}

}  // namespace

LawTable::LawTable(const Distribution& law) : law_(law), cells_(2 * kCells) {
  fill(false);
  fill(true);
}

double LawTable::exact(double w, bool upper) const {
  return inverse(law_, upper ? 1 - w / 2 : w / 2);
}

void LawTable::fill(bool upper) {
  const auto edge = [](std::uint64_t cell) {
    return std::bit_cast<double>((cell + kFirstKey) << kShift);
  };
  double left = exact(edge(0), upper);
  for (std::uint64_t i = 0; i < kCells; ++i) {
    const double low = edge(i), high = edge(i + 1), right = exact(high, upper);
    Cell& cell = cells_[(upper ? kCells : 0) + i];
    cell = {left, right - left};
    // In the outermost octaves 53 bits of u no longer tell neighbours apart: a line is all there
    // is.
    const double probe = exact((low + high) / 2, upper), line = left + cell.rise / 2;
    if (low > 0x1p-24 && std::abs(probe - line) > kStraightEnough * std::abs(probe))
      cell.rise = std::numeric_limits<double>::quiet_NaN();
    left = right;
  }
}

LawDraws::LawDraws(const Distribution& law)
    : law_(law), mean_(berth::mean(law)), ceiling_(std::numeric_limits<double>::infinity()) {
  const auto* mixture = std::get_if<Mixture>(&law.law);
  if (mixture == nullptr) {
    add(law, 1);
    return;
  }
  shift_ = law.shift;
  if (law.at_most) ceiling_ = *law.at_most;
  for (const auto& [weight, part] : mixture->components) add(part, weight);
}

void LawDraws::add(const Distribution& law, double weight) {
  const double before = parts_.empty() ? 0 : parts_.back().up_to;
  if (!std::holds_alternative<Mixture>(law.law)) {
    parts_.push_back({before + weight, table_of(law)});
    return;
  }
  // A mixture inside a mixture, with its own shift and clamp: rare enough to flatten the plain
  // case.
  for (const auto& [share, part] : std::get<Mixture>(law.law).components) {
    Distribution moved = part;
    moved.shift += law.shift;
    if (moved.at_most) *moved.at_most += law.shift;
    if (law.at_most) moved.at_most = std::min(moved.at_most.value_or(*law.at_most), *law.at_most);
    add(moved, weight * share);
  }
}

const LawTable& LawDraws::choose(FastRandom& random) const {
  const double u = random.uniform() * parts_.back().up_to;
  std::size_t i = 0;
  while (i + 1 < parts_.size() && u >= parts_[i].up_to) ++i;
  return *parts_[i].table;
}

// A generator whose address choose() is given lies in memory; so each loop has its own.
void LawDraws::fill(std::span<double> out, FastRandom& random) const {
  if (const LawTable* const table = plain()) {
    FastRandom local = random;
    const double shift = shift_, ceiling = ceiling_;
    for (double& x : out) {
      const double drawn = shift + table->at(local.bits());
      x = drawn < ceiling ? drawn : ceiling;
    }
    random = local;
  } else {
    for (double& x : out) x = draw(random);
  }
}

}  // namespace berth::serving
