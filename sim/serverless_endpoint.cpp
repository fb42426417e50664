#include "sim/serverless_endpoint.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/serving/fidelity.h"
#include "sim/serving/recorded_requests.h"

namespace berth {
namespace {

// Spans of overload that a result lists; what comes after is joined to the last.
constexpr std::size_t kMostSpans = 1000;

constexpr std::size_t kBlock = 1024;

serving::StreamKey key_of(const World& world, ServiceId id) {
  return {world.replication.seed, world.replication.number, static_cast<std::uint32_t>(id.index())};
}

// What a law has up to `most`: its share of all, and its mean.
struct PartOfLaw {
  double share = 1, mean = 0;
};
PartOfLaw part_up_to(const std::vector<CdfPoint>& law, double most) {
  PartOfLaw part{.share = queueing::probability_at_most(law, most)};
  if (part.share <= 0) return part;
  double sum = 0;
  for (std::size_t i = 1; i < law.size() && law[i - 1].value <= most; ++i) {
    const bool all = law[i].value <= most;
    const double end = all ? law[i].value : most, by_end = all ? law[i].probability : part.share;
    sum += (by_end - law[i - 1].probability) * (law[i - 1].value + end) / 2;
  }
  part.mean = sum / part.share;
  return part;
}

}  // namespace

ServerlessService::ServerlessService(World& world, ServiceId id, const ServerlessEndpoint& endpoint)
    : world_(world),
      id_(id),
      service_(world.scenario.services[id.index()]),
      endpoint_(endpoint),
      fluid_(world.scenario.fidelity == Fidelity::fluid),
      demand_(service_.demand),
      arrivals_(serving::arrivals_of(serving::request_settings(service_, Fidelity::request, false),
                                     key_of(world, id))),
      services_(service_.service_time),
      service_random_(serving::request_stream(key_of(world, id), Purpose::service, 0)),
      cold_starts_(serving::request_stream(key_of(world, id), Purpose::launch, 0)),
      pool_({.max_concurrency = endpoint.max_concurrency, .provisioned = endpoint.provisioned}),
      law_(queueing::service_law(service_.service_time)),
      cold_law_(queueing::service_law(endpoint.cold_start)),
      block_(kBlock) {
  outcome_.fidelity = name_of(world.scenario.fidelity);
  if (world.scenario.fidelity != Fidelity::automatic) return;
  serving::RequestServiceSettings settings =
      serving::request_settings(service_, Fidelity::automatic, false);
  serving::bound_requests(settings, world.window_end(), key_of(world, id));
  bounded_ = settings.bound.has_value();
  demand_ = std::move(settings.demand);
}

void ServerlessService::serve_until(Seconds to) {
  if (to <= now_) return;
  if (fluid_ || bounded_)
    serve_parts_by_formula(to);
  else
    serve_requests(to);
  bill(now_, to);
  now_ = to;
}

void ServerlessService::serve_requests(Seconds to) {
  using Found = ServerlessPool::Found;
  const double goal = service_.slo_latency.count(), keep = endpoint_.keep_warm.count();
  const double patience = patience_s();
  const PodWarmUp& warm_up = service_.warm_up;
  while (const std::size_t n = arrivals_->fill(block_, to.count())) {
    for (const double at : std::span(block_).first(n)) {
      double service = services_.draw(service_random_);
      const Found found = pool_.find(at);
      ++slice_.requests;
      if (found == Found::throttled) {
        ++slice_.throttled;
        continue;
      }
      const double start = found == Found::cold ? sample(endpoint_.cold_start, cold_starts_) : 0;
      const double there_since = found == Found::cold ? at + start : pool_.found_since();
      if (warm_up.extra > 0)
        service *= 1 + warm_up.extra * std::exp((there_since - at - start) / warm_up.fades.count());
      pool_.begin(found, at + start + service, keep, there_since);
      slice_.most = std::max(slice_.most, pool_.busy());
      slice_.cold += found == Found::cold;
      slice_.busy += service;
      if (found == Found::provisioned) slice_.provisioned_busy += service;
      if (start > patience) {
        ++slice_.given_up;
        continue;
      }
      slice_.good += start + service <= goal;
      slice_.latency.record(start + service, 1);
    }
  }
  outcome_.looked_at[static_cast<std::size_t>(Look::whole)] += to - now_;
}

void ServerlessService::serve_parts_by_formula(Seconds to) {
  for (Seconds from = now_; from < to;) {
    const Seconds end = level_until(demand_, from, to);
    serve_by_formula(from, end);
    from = end;
  }
}

double ServerlessService::patience_s() const {
  return service_.timeout ? service_.timeout->count() : std::numeric_limits<double>::infinity();
}

// A cold request's latency is its service time after the mean cold start, so the cold starts' own
// spread is not in the law.
void ServerlessService::serve_by_formula(Seconds from, Seconds to) {
  outcome_.looked_at[static_cast<std::size_t>(Look::formula)] += to - from;
  const double requests = demand_.expected_between(from, to);
  if (requests <= 0) return;
  const ServerlessLimits limits{.max_concurrency = endpoint_.max_concurrency,
                                .provisioned = endpoint_.provisioned};
  const ServerlessUse use = serverless_use(limits, requests, (to - from).count(), law_.mean,
                                           cold_law_.mean, endpoint_.keep_warm.count());
  const ServerlessShares& shares = use.shares;
  const double goal = service_.slo_latency.count();
  const auto add = [&](const std::vector<CdfPoint>& law, double weight) {
    if (weight <= 0) return;
    slice_.latency.record_curve(law, weight);
    slice_.good += weight * queueing::probability_at_most(law, goal);
  };
  add(law_.points, requests * shares.warm);
  const PartOfLaw answered = part_up_to(cold_law_.points, patience_s());
  add(queueing::shifted(law_.points, std::isinf(patience_s()) ? cold_law_.mean : answered.mean),
      requests * shares.cold * answered.share);
  slice_.given_up += requests * shares.cold * (1 - answered.share);
  slice_.requests += requests;
  slice_.cold += requests * shares.cold;
  slice_.throttled += requests * shares.throttled;
  slice_.busy += use.busy_s;
  slice_.provisioned_busy += use.provisioned_busy_s;
}

void ServerlessService::bill(Seconds from, Seconds to) {
  const auto add = [&](SimplePrice what, double amount) {
    if (amount > 0)
      world_.meter.add(
          QuantityRecord{.what = what, .holder = Holder::of(id_), .at = from, .amount = amount});
  };
  const double gb = endpoint_.memory_gb;
  add(SimplePrice::sagemaker_serverless_gb_s, (slice_.busy - slice_.provisioned_busy) * gb);
  add(SimplePrice::sagemaker_serverless_provisioned_use_gb_s, slice_.provisioned_busy * gb);
  add(SimplePrice::sagemaker_serverless_provisioned_gb_s,
      endpoint_.provisioned * gb * (to - from).count());
  add(SimplePrice::sagemaker_endpoint_data_gb,
      (slice_.requests - slice_.throttled) *
          gibibytes(service_.request_bytes + service_.response_bytes));
}

// What came in the warm-up keeps containers warm and is not counted.
void ServerlessService::open_window() {
  slice_ = {};
  std::ranges::fill(outcome_.looked_at, Seconds{0});
  slice_began_ = now_;
}

// By the rate's curve; of bursts and recorded requests, whose curve is a mean, by those who came in the slice.
std::vector<std::pair<Seconds, Seconds>> ServerlessService::overloads_of_slice() const {
  const double carried = endpoint_.max_concurrency / law_.mean;
  if ((!service_.bursts || bounded_) && service_.recorded.empty())
    return spans_at_or_above(demand_, carried, slice_began_, now_);
  if (slice_.requests / (now_ - slice_began_).count() < carried) return {};
  return {{slice_began_, now_}};
}

void ServerlessService::end_slice() {
  const double seconds = (now_ - slice_began_).count();
  if (seconds <= 0) return;
  const double slots = endpoint_.max_concurrency * seconds;
  const std::vector<std::pair<Seconds, Seconds>> overloads = overloads_of_slice();
  const double busy = std::min(slice_.busy, slots);
  const ServiceSlice seen{.request_rate = slice_.requests / seconds,
                          .ready = busy / seconds,
                          .desired = busy / seconds,
                          .utilisation = busy / slots,
                          .p99_s = slice_.latency.count() > 0 ? slice_.latency.quantile(0.99) : 0,
                          .overloaded = !overloads.empty(),
                          .rejected = slice_.throttled,
                          .timed_out = slice_.given_up};
  outcome_.slices.push_back(seen);
  outcome_.requests += slice_.requests;
  outcome_.good += slice_.good;
  outcome_.rejected += slice_.throttled;
  outcome_.timed_out += slice_.given_up;
  outcome_.cold_starts += slice_.cold;
  outcome_.replica_time += Seconds{busy};
  outcome_.busy_slot_seconds += busy;
  outcome_.slot_seconds += slots;
  for (const auto& [from, to] : overloads) {
    outcome_.overloaded += to - from;
    const Seconds opens = world_.scenario.warm_up;
    // Whoever finds no container is turned away: no queue is left.
    const OverloadSpan span{.from = from - opens, .to = to - opens, .queue_gone = to - opens};
    const bool joins = !outcome_.overloads.empty() && (outcome_.overloads.back().to == span.from ||
                                                       outcome_.overloads.size() >= kMostSpans);
    if (joins)
      outcome_.overloads.back().to = outcome_.overloads.back().queue_gone = span.to;
    else
      outcome_.overloads.push_back(span);
  }
  outcome_.latency.merge(slice_.latency);
  world_.tally.record(ServerlessObserved{.at = now_,
                                         .from = slice_began_,
                                         .service = id_,
                                         .requests = slice_.requests,
                                         .cold = slice_.cold,
                                         .throttled = slice_.throttled,
                                         .most = slice_.most});
  world_.tally.record(ServiceObserved{now_, slice_began_, id_, seen});
  slice_ = {};
  slice_began_ = now_;
}

// Within a third of the cold starts, says the approximation's test; p99 may be one of them, and where it is not
// it is the quantile of so many more or fewer. It is of a Poisson stream: of other arrivals, and of containers
// that are slow at first, it knows nothing.
double ServerlessService::error_by_formula() const {
  constexpr double kMostCold = 0.005, kOfThem = 1 / 3.0, kFormula = 0.05;
  const bool is_poisson =
      !service_.bursts && service_.arrival_scv == 1 && service_.recorded.empty() && !service_.batching;
  if (outcome_.latency.count() <= 0) return kFormula;
  const double cold = outcome_.cold_starts / outcome_.requests;
  if (!is_poisson || service_.warm_up.extra > 0 || cold > kMostCold) return 1;
  const double p99 = outcome_.latency.quantile(0.99);
  const double more = outcome_.latency.quantile(0.99 + kOfThem * cold);
  const double fewer = outcome_.latency.quantile(0.99 - kOfThem * cold);
  return p99 > 0 ? kFormula + std::max(more - p99, p99 - fewer) / p99 : kFormula;
}

ServiceOutcome ServerlessService::take() {
  serve_until(world_.window_end());
  end_slice();
  if (fluid_ || bounded_) outcome_.error = error_by_formula();
  return std::move(outcome_);
}

Life control_serverless(World& world, ServerlessService& service) {
  auto warm_up = sleep_until(world.agenda, world.scenario.warm_up, Instant::observe);
  co_await warm_up;
  service.serve_until(world.now());
  service.open_window();
  while (true) {
    auto slice = sleep(world.agenda, world.scenario.slice);
    co_await slice;
    service.serve_until(world.now());
    service.end_slice();
  }
}

}  // namespace berth
