#include "models/billing/meter.h"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;  // microseconds

std::int64_t micros(Seconds s) { return std::llround(s.count() * 1e6); }

// nobody 0, training 0 -> 1, service 0 -> 2, training 1 -> 3 ...
std::size_t slot(Holder holder) {
  if (holder.kind == Holder::Kind::unattributed) return 0;
  const std::size_t odd = holder.kind == Holder::Kind::training ? 1 : 2;
  return 2 * static_cast<std::size_t>(holder.index) + odd;
}

Holder holder_at(std::size_t slot) {
  if (slot == 0) return Holder::nobody();
  const auto index = static_cast<std::int32_t>((slot - 1) / 2);
  return slot % 2 == 1 ? Holder::of(TrainingId{index}) : Holder::of(ServiceId{index});
}

std::vector<Holder> holders_in_order(std::size_t slots) {
  std::vector<Holder> holders;
  holders.reserve(slots);
  for (std::size_t s = 0; s < slots; ++s) holders.push_back(holder_at(s));
  std::ranges::sort(holders);
  return holders;
}

template <class Vector>
auto& grown(Vector& values, std::size_t index) {
  if (values.size() <= index) values.resize(index + 1);
  return values[index];
}

std::int64_t times(std::int64_t held, double count) {
  return count == 1 ? held
                    : static_cast<std::int64_t>(std::floor(static_cast<double>(held) * count));
}

}  // namespace

Meter::Meter(Seconds window_from, Seconds window_to, BillingRules rules)
    : from_(window_from), to_(window_to), rules_(rules) {
  window_micros_ = std::max<std::int64_t>(0, micros(to_) - micros(from_));
  hours_ = static_cast<std::size_t>((window_micros_ + kHour - 1) / kHour);
}

Meter::Span Meter::billed_span(const UsageRecord& record) const {
  Seconds to = record.to;
  const Seconds held = record.to - record.from;
  const bool free = record.kind == UsageKind::ec2_spot && record.reclaimed &&
                    held < rules_.free_if_reclaimed_within;
  if (record.launch && free) return {};
  if (record.launch) to = std::max(to, record.from + rules_.ec2_minimum);
  const std::int64_t start = micros(from_);
  return {std::clamp<std::int64_t>(micros(record.from) - start, 0, window_micros_),
          std::clamp<std::int64_t>(micros(to) - start, 0, window_micros_)};
}

Meter::Cell& Meter::cell(UsageKind kind, std::optional<TypeId> type, Holder holder) {
  auto& by_type = held_[static_cast<std::size_t>(kind)];
  auto& by_holder = grown(by_type, type ? type->index() + 1 : 0);
  Cell& found = grown(by_holder, slot(holder));
  if (found.by_hour.empty() && settled_hourly(kind)) found.by_hour.resize(hours_);
  return found;
}

// Rounds down hour by hour, whatever the sign, so a share gives exactly what it takes.
void Meter::fold(Cell& cell, Span span, double count, int sign) {
  if (cell.by_hour.empty()) {
    cell.micros += sign * times(span.to - span.from, count);
    return;
  }
  for (std::int64_t hour = span.from / kHour; hour * kHour < span.to; ++hour) {
    const auto from = std::max(span.from, hour * kHour);
    const auto amount = sign * times(std::min(span.to, (hour + 1) * kHour) - from, count);
    cell.micros += amount;
    cell.by_hour[static_cast<std::size_t>(hour)] += amount;
  }
}

void Meter::add(const UsageRecord& record) {
  const Span span = billed_span(record);
  if (span.from >= span.to) return;
  fold(cell(record.kind, record.type, record.holder), span, record.count, 1);
}

void Meter::add_share(const UsageRecord& share, double fraction) {
  const Span span = billed_span(share);
  if (span.from >= span.to || share.holder == Holder::nobody()) return;
  fold(cell(share.kind, share.type, share.holder), span, share.count * fraction, 1);
  fold(cell(share.kind, share.type, Holder::nobody()), span, share.count * fraction, -1);
}

void Meter::add(const QuantityRecord& record) {
  if (record.at < from_ || record.at >= to_) return;
  auto& by_holder = quantities_[static_cast<std::size_t>(record.what)];
  grown(by_holder, slot(record.holder)) += std::llround(record.amount * 1e9);
}

void Meter::merge(const Meter& other) {
  for (const Held& h : other.held()) {
    Cell& mine = cell(h.kind, h.type, h.holder);
    mine.micros += h.micros;
    for (std::size_t hour = 0; hour < h.by_hour->size(); ++hour)
      mine.by_hour[hour] += (*h.by_hour)[hour];
  }
  for (const Quantity& q : other.quantities())
    grown(quantities_[static_cast<std::size_t>(q.what)], slot(q.holder)) += q.billionths;
}

std::vector<Meter::Held> Meter::held() const {
  std::vector<Held> all;
  for (std::size_t kind = 0; kind < held_.size(); ++kind)
    for (std::size_t type = 0; type < held_[kind].size(); ++type) {
      const ByHolder& cells = held_[kind][type];
      for (const Holder holder : holders_in_order(cells.size())) {
        const Cell& c = cells[slot(holder)];
        const bool used = c.micros != 0 || std::ranges::any_of(c.by_hour, [](auto m) { return m; });
        if (!used) continue;
        std::optional<TypeId> id;
        if (type > 0) id = TypeId{static_cast<std::int32_t>(type) - 1};
        all.push_back({static_cast<UsageKind>(kind), id, holder, c.micros, &c.by_hour});
      }
    }
  return all;
}

std::vector<Meter::Quantity> Meter::quantities() const {
  std::vector<Quantity> all;
  for (std::size_t what = 0; what < quantities_.size(); ++what)
    for (const Holder holder : holders_in_order(quantities_[what].size()))
      if (const std::int64_t n = quantities_[what][slot(holder)]; n != 0)
        all.push_back({static_cast<SimplePrice>(what), holder, n});
  return all;
}

}  // namespace berth
