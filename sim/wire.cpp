#include "sim/wire.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <optional>
#include <type_traits>
#include <vector>

#include "models/random_stream.h"

namespace berth {
namespace {

constexpr std::uint64_t kMagic = 0x3163'6f68'7472'6562;  // "berthoc1"
constexpr std::size_t kHeader = 3 * sizeof(std::uint64_t);

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;
template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::same_as<T, Seconds> ||
    std::same_as<T, Histogram::WideCount>;

// ---- The list of fields ------------------------------------------------------------------------
// Each struct is taken apart by a structured binding, so a member more or less does not compile.

template <class Archive, class Tag>
void fields(Archive& a, Id<Tag>& x) {
  a(x.value);
}
template <class Archive, class Tag>
void fields(Archive& a, const Id<Tag>& x) {
  a(x.value);
}

void fields(auto& a, Is<Usd> auto& x) {
  auto& [nanos] = x;
  a(nanos);
}
void fields(auto& a, Is<Holder> auto& x) {
  auto& [kind, index] = x;
  a(kind, index);
}
void fields(auto& a, Is<PriceTag> auto& x) {
  auto& [usd, as_of, source, status] = x;
  a(usd, as_of, source, status);
}
void fields(auto& a, Is<Sku> auto& x) {
  auto& [kind, type] = x;
  a(kind, type);
}
void fields(auto& a, Is<BillLine> auto& x) {
  auto& [service, item, holder, charge, quantity, unit, unit_price, amount, list_amount, reference,
         sku, price] = x;
  a(service, item, holder, charge, quantity, unit, unit_price, amount, list_amount, reference, sku, price);
}
void fields(auto& a, Is<Bill> auto& x) {
  auto& [lines, total, missing] = x;
  a(lines, total, missing);
}
template <class Archive, class Weight>
void fields(Archive& a, Buckets<Weight>& x) {
  auto& [offset, counts] = x;
  a(offset, counts);
}
template <class Archive, class Weight>
void fields(Archive& a, const Buckets<Weight>& x) {
  auto& [offset, counts] = x;
  a(offset, counts);
}
void fields(auto& a, Is<Histogram::State> auto& x) {
  auto& [buckets, zeros, min, max, sums_offset, sums] = x;
  a(buckets, zeros, min, max, sums_offset, sums);
}
void fields(auto& a, Is<WeightedHistogram::State> auto& x) {
  auto& [buckets, weight, zeros, sum, min, max] = x;
  a(buckets, weight, zeros, sum, min, max);
}
void fields(auto& a, Is<TrainingOutcome> auto& x) {
  auto& [submitted, completed, failed, skipped, waiting_at_end, running_at_end, started, interruptions,
         capacity_errors, warm_starts, slo_due, slo_met, deadline_due, deadline_missed,
         backlog_at_begin, backlog_at_end, phases, start_latency, turnaround, chain_turnaround, waiting,
         container_started, phase_cost] = x;
  a(submitted, completed, failed, skipped, waiting_at_end, running_at_end, started, interruptions,
    capacity_errors, warm_starts, slo_due, slo_met, deadline_due, deadline_missed,
    backlog_at_begin, backlog_at_end, phases, start_latency, turnaround, chain_turnaround, waiting,
    container_started, phase_cost);
}
void fields(auto& a, Is<PodStarts> auto& x) {
  auto& [started, phases, container_started, ready, phase_cost] = x;
  a(started, phases, container_started, ready, phase_cost);
}
void fields(auto& a, Is<ServiceSlice> auto& x) {
  auto& [request_rate, ready, desired, utilisation, p99_s, overloaded, rejected, timed_out, cut_off] = x;
  a(request_rate, ready, desired, utilisation, p99_s, overloaded, rejected, timed_out, cut_off);
}
void fields(auto& a, Is<ServiceOutcome> auto& x) {
  auto& [requests, good, rejected, timed_out, cut_off, waiting_at_begin, waiting_at_end, overloaded,
         doubtful, replica_time, busy_slot_seconds, slot_seconds, latency, slices, fidelity,
         looked_at, error, overloads, cold_starts, starts] = x;
  a(requests, good, rejected, timed_out, cut_off, waiting_at_begin, waiting_at_end, overloaded,
    doubtful, replica_time, busy_slot_seconds, slot_seconds, latency, slices, fidelity, looked_at,
    error, overloads, cold_starts,
    starts);
}
void fields(auto& a, Is<OverloadSpan> auto& x) {
  auto& [from, to, queue_gone] = x;
  a(from, to, queue_gone);
}
void fields(auto& a, Is<PoolOutcome> auto& x) {
  auto& [platform, pool, launched, removed, reclaimed, launches_failed, unregistered,
         node_time, nodes, reclaims] = x;
  a(platform, pool, launched, removed, reclaimed, launches_failed, unregistered, node_time, nodes,
    reclaims);
}
void fields(auto& a, Is<HourlyUse> auto& x) {
  auto& [kind, type, instances] = x;
  a(kind, type, instances);
}
void fields(auto& a, Is<Outcome> auto& x) {
  auto& [training, services, pools, bill, hourly, events] = x;
  a(training, services, pools, bill, hourly, events);
}

// ---- The two directions ------------------------------------------------------------------------

class Writer {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  std::string bytes;

 private:
  void raw(const void* from, std::size_t size) {
    bytes.append(static_cast<const char*>(from), size);
  }
  template <Plain T>
  void put(const T& value) {
    raw(&value, sizeof value);
  }
  void put(const std::string& text) {
    put(text.size());
    bytes += text;
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put(list.size());
    if constexpr (Plain<T>)
      raw(list.data(), list.size() * sizeof(T));
    else
      for (const T& item : list) put(item);
  }
  template <class T, std::size_t N>
  void put(const std::array<T, N>& list) {
    for (const T& item : list) put(item);
  }
  template <class T>
  void put(const std::optional<T>& maybe) {
    put(maybe.has_value());
    if (maybe) put(*maybe);
  }
  void put(const Histogram& histogram) { put(histogram.state()); }
  void put(const WeightedHistogram& histogram) { put(histogram.state()); }
  template <class T>
  void put(const T& value) {
    fields(*this, value);
  }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool at_end() const { return left_.empty(); }

 private:
  void raw(void* to, std::size_t size) {
    if (size > left_.size()) throw WireError("an outcome's bytes end too early");
    if (size > 0) std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }
  // A count that the bytes cannot hold is refused before anything is allocated.
  std::size_t length(std::size_t least_bytes_each) {
    std::size_t count = 0;
    raw(&count, sizeof count);
    if (count > left_.size() / least_bytes_each)
      throw WireError("an outcome's bytes end too early");
    return count;
  }
  template <Plain T>
  void get(T& value) {
    raw(&value, sizeof value);
  }
  void get(bool& value) {
    unsigned char byte = 0;
    raw(&byte, 1);
    if (byte > 1) throw WireError("an outcome's bytes hold an impossible truth value");
    value = byte == 1;
  }
  void get(std::string& text) {
    text.resize(length(1));
    raw(text.data(), text.size());
  }
  template <class T>
  void get(std::vector<T>& list) {
    list.resize(length(Plain<T> ? sizeof(T) : 1));
    if constexpr (Plain<T>)
      raw(list.data(), list.size() * sizeof(T));
    else
      for (T& item : list) get(item);
  }
  template <class T, std::size_t N>
  void get(std::array<T, N>& list) {
    for (T& item : list) get(item);
  }
  template <class T>
  void get(std::optional<T>& maybe) {
    bool has_value = false;
    get(has_value);
    if (has_value) get(maybe.emplace());
  }
  void get(Histogram& histogram) {
    Histogram::State state;
    get(state);
    histogram = Histogram::from_state(state);
  }
  void get(WeightedHistogram& histogram) {
    WeightedHistogram::State state;
    get(state);
    histogram = WeightedHistogram::from_state(std::move(state));
  }
  template <class T>
  void get(T& value) {
    fields(*this, value);
  }

  std::string_view left_;
};

// Every step is a bijection of the word it takes, so no single altered word goes unnoticed.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), size);
    sum = splitmix64(sum ^ word);
    bytes.remove_prefix(size);
  }
  return sum;
}

}  // namespace

std::string encode(const Outcome& outcome) {
  Writer writer;
  writer(kMagic, std::uint64_t{0}, std::uint64_t{0}, outcome);
  const std::string_view payload = std::string_view(writer.bytes).substr(kHeader);
  const std::array<std::uint64_t, 2> rest{payload.size(), checksum(payload)};
  std::memcpy(writer.bytes.data() + sizeof kMagic, rest.data(), sizeof rest);
  return std::move(writer.bytes);
}

Outcome decode(std::string_view bytes) {
  if (bytes.size() < kHeader) throw WireError("an outcome's bytes end too early");
  std::array<std::uint64_t, 3> header{};
  std::memcpy(header.data(), bytes.data(), kHeader);
  const std::string_view payload = bytes.substr(kHeader);
  if (header[0] != kMagic) throw WireError("these bytes are not an outcome");
  if (header[1] != payload.size()) throw WireError("an outcome's bytes have the wrong length");
  if (header[2] != checksum(payload)) throw WireError("an outcome's bytes have been altered");
  Reader reader(payload);
  Outcome outcome;
  reader(outcome);
  if (!reader.at_end()) throw WireError("an outcome's bytes have the wrong length");
  return outcome;
}

}  // namespace berth
