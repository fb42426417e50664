#include "sim/wire.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <tuple>

#include "models/random_stream.h"

namespace berth {
namespace {

// Every member of every struct, for comparing. A new member stops these from compiling.
auto members(const PriceTag& x) {
  const auto& [usd, as_of, source, status] = x;
  return std::tie(usd, as_of, source, status);
}
auto members(const BillLine& x) {
  const auto& [service, item, holder, charge, quantity, unit, unit_price, amount, list, reference, sku,
               price] = x;
  return std::tie(service, item, holder, charge, quantity, unit, unit_price, amount, list, reference, sku,
                  price);
}
auto members(const TrainingOutcome& x) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, phases, start, turnaround, chain,
               waiting, container, cost] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, phases, start, turnaround, chain,
                  waiting, container, cost);
}
auto members(const PodStarts& x) {
  const auto& [a, phases, container, ready, cost] = x;
  return std::tie(a, phases, container, ready, cost);
}
auto members(const ServiceSlice& x) {
  const auto& [a, b, c, d, e, f, g, h, i] = x;
  return std::tie(a, b, c, d, e, f, g, h, i);
}
auto members(const OverloadSpan& x) {
  const auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
auto members(const PoolOutcome& x) {
  const auto& [a, b, c, d, e, f, g, h, i, j] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j);
}
auto members(const HourlyUse& x) {
  const auto& [kind, type, instances] = x;
  return std::tie(kind, type, instances);
}
template <class T>
void check_same_lists(const std::vector<T>& got, const std::vector<T>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK((members(got[i]) == members(expected[i])));
}
void check_same(const ServiceOutcome& got, const ServiceOutcome& expected) {
  const auto& [a, b, r, t, u, v, w, c, d, e, f, g, latency, slices, fidelity, looks, error, spans,
               cold, starts] = got;
  const auto& [a2, b2, r2, t2, u2, v2, w2, c2, d2, e2, f2, g2, latency2, slices2, fidelity2, looks2,
               error2, spans2, cold2, starts2] = expected;
  CHECK((members(starts) == members(starts2)));
  CHECK(cold == cold2);
  CHECK((std::tie(a, b, r, t, u, v, w, c, d, e, f, g, latency, fidelity, looks, error) ==
         std::tie(a2, b2, r2, t2, u2, v2, w2, c2, d2, e2, f2, g2, latency2, fidelity2, looks2,
                  error2)));
  check_same_lists(slices, slices2);
  check_same_lists(spans, spans2);
}
void check_same(const Outcome& got, const Outcome& expected) {
  const auto& [training, services, pools, bill, hourly, events] = got;
  check_same_lists(training, expected.training);
  REQUIRE(services.size() == expected.services.size());
  for (std::size_t i = 0; i < services.size(); ++i) check_same(services[i], expected.services[i]);
  check_same_lists(pools, expected.pools);
  check_same_lists(hourly, expected.hourly);
  const auto& [lines, total, missing] = bill;
  check_same_lists(lines, expected.bill.lines);
  CHECK(total == expected.bill.total);
  CHECK(missing == expected.bill.missing);
  CHECK(events == expected.events);
}

Histogram some_times(std::uint64_t seed) {
  Histogram histogram;
  RandomStream stream(seed, 0, Purpose::launch, 0);
  for (int i = 0; i < 500; ++i) histogram.record(std::exp(10 * stream.uniform() - 5));
  histogram.record(0, 3);
  return histogram;
}

TrainingOutcome full_training() {
  TrainingOutcome x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  for (std::size_t i = 0; i < kPhaseCount; ++i) x.phases[i] = some_times(i);
  x.start_latency = some_times(20);
  x.turnaround = some_times(21);
  x.chain_turnaround = some_times(23);
  x.waiting = {0, 1.5, 2};
  x.container_started = some_times(22);
  for (std::size_t i = 0; i < kPhaseCount; ++i) x.phase_cost[i] = Usd{1000 + std::int64_t(i)};
  return x;
}

ServiceOutcome full_service() {
  ServiceOutcome x{1.5e8, 1.4e8, 11, 12, 13, 14, 15, Seconds{3.25}, Seconds{1}, Seconds{2}, 0.1,
                   1.0 / 3};
  for (int i = 1; i < 100; ++i) x.latency.record(0.001 * i, 1.0 / i);
  x.latency.record(0, 0.5);
  x.slices = {{1, 2, 3, 0.4, 0.05, true, 10, 11, 12}, {6, 7, 8, 0.9, 0.10, false, 13, 14, 15}};
  x.fidelity = "fluid";
  x.looked_at = {Seconds{7}, Seconds{8}, Seconds{9}};
  x.error = 0.05;
  x.overloads = {{Seconds{1}, Seconds{2}, Seconds{3}}, {Seconds{5}, Seconds{9}, Seconds{9.5}}};
  x.cold_starts = 41;
  x.starts.started = 42;
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    x.starts.phases[i] = some_times(30 + i);
    x.starts.phase_cost[i] = Usd{2000 + std::int64_t(i)};
  }
  x.starts.container_started = some_times(40);
  x.starts.ready = some_times(41);
  return x;
}

// No member has its default value.
Outcome full_outcome() {
  Outcome x;
  x.training = {full_training(), {}};
  x.services = {full_service()};
  x.pools = {{PlatformId{1}, PoolId{2}, 3, 4, 5, 9, 8, Seconds{6}, {7, 8.5, -0.0}, {0, 3, 1}}};
  x.bill.lines = {
      {"Amazon SageMaker", "ml.m5.xlarge training, spot", Holder::of(TrainingId{3}),
       Charge::commitment_used, 12.5, "h", 0.23, Usd{2'875'000'000}, Usd{-1},
       PriceTag{0.23, "2026-11-01", "AWS Price List", PriceStatus::derived},
       Sku{UsageKind::sagemaker_training_spot, TypeId{4}}, SimplePrice::nat_gb},
      {"People", "upgrades", Holder::nobody(), Charge::people, 1, "h", 120, usd(120), usd(120), {}},
  };
  x.bill.total = usd(122.875);
  x.bill.missing = {"ec2_spot of trn1.2xlarge", ""};
  x.hourly = {{UsageKind::sagemaker_hosting, TypeId{5}, {1.5, 0, 2}}};
  x.events = 123'456'789'012;
  return x;
}

TEST_CASE("an outcome comes back from its bytes as it was, every member", "[wire]") {
  check_same(decode(encode(full_outcome())), full_outcome());
  check_same(decode(encode(Outcome{})), Outcome{});
}

TEST_CASE("a list that forgets a member would be noticed", "[wire]") {
  // The full outcome differs from the empty one in every member of every struct.
  const Outcome full = full_outcome();
  const auto differ = [](const auto& a, const auto& b) {
    return std::apply(
        [&](const auto&... x) {
          return std::apply([&](const auto&... y) { return (... && !(x == y)); }, members(b));
        },
        members(a));
  };
  CHECK(differ(full.training[0], TrainingOutcome{}));
  CHECK(differ(full.services[0].slices[0], ServiceSlice{}));
  CHECK(differ(full.services[0].starts, PodStarts{}));
  CHECK(differ(full.pools[0], PoolOutcome{}));
  CHECK(differ(full.bill.lines[0], BillLine{}));
  CHECK(differ(*full.bill.lines[0].reference, PriceTag{}));
}

TEST_CASE("doubles keep their bits, also the odd ones", "[wire]") {
  Outcome odd;
  const double values[] = {-0.0, 5e-324, std::numeric_limits<double>::infinity(),
                           std::nextafter(1, 2)};
  odd.pools.push_back({.nodes = {std::begin(values), std::end(values)}});
  const Outcome back = decode(encode(odd));
  CHECK(back.pools[0].nodes == odd.pools[0].nodes);
  CHECK(std::signbit(back.pools[0].nodes[0]));
}

TEST_CASE("quantiles and sums of a histogram survive the pipe", "[wire]") {
  Outcome outcome;
  outcome.training = {full_training()};
  const Histogram& sent = outcome.training[0].start_latency;
  const Histogram got = decode(encode(outcome)).training[0].start_latency;
  CHECK(got.count() == 503);
  CHECK(got.quantile(0.99) == sent.quantile(0.99));
  CHECK(got.sum() == sent.sum());
}

TEST_CASE("bytes that end anywhere are an error", "[wire]") {
  const std::string bytes = encode(full_outcome());
  for (std::size_t size = 0; size < bytes.size(); size += size < 400 ? 1 : 97)
    CHECK_THROWS_AS(decode(std::string_view(bytes).substr(0, size)), WireError);
  CHECK_THROWS_WITH(decode(bytes + '\0'), "an outcome's bytes have the wrong length");
  CHECK_THROWS_WITH(decode(std::string(100, 'x')), "these bytes are not an outcome");
}

TEST_CASE("no altered byte goes unnoticed", "[wire]") {
  const std::string bytes = encode(full_outcome());
  for (std::size_t i = 0; i < bytes.size(); i += i < 400 ? 1 : 53) {
    std::string altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 0x40);
    CHECK_THROWS_AS(decode(altered), WireError);
  }
}

}  // namespace
}  // namespace berth
