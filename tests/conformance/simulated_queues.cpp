// Families of queues, simulated request by request: one long run in 20 batches after a warm-up.
#include <cmath>
#include <memory>
#include <stdexcept>

#include "sim/serving/request_engine.h"
#include "tests/conformance/laws.h"
#include "tests/conformance/simulated.h"

namespace berth::conformance {
namespace {

using namespace serving;

constexpr int kBatches = 20;
constexpr double kRequestsPerBatch = 200'000;
constexpr StreamKey kKey{.seed = 1};

struct Queue {
  std::unique_ptr<ArrivalSource> arrivals;
  double rate = 0;  // mean, for the length of a batch
  ServiceRules rules;
  int pods = 1, slots = 1;
  double requests = kRequestsPerBatch;  // of a batch
};

std::unique_ptr<ArrivalSource> poisson(double rate) {
  return std::make_unique<PoissonArrivals>(RateCurve::constant(rate), 0,
                                           request_stream(kKey, Purpose::arrival, 0));
}

// One batch, of `seconds`, with all that any of the families asks for.
std::map<std::string, double> measure(const ServingCounts& counts, double seconds, double slots,
                                      const Json& expected, const Distribution& service) {
  const auto served = static_cast<double>(counts.served()),
             arrived = static_cast<double>(counts.arrived),
             abandoned = static_cast<double>(counts.abandoned),
             not_waiting = static_cast<double>(counts.waits.zeros() + counts.late_waits.zeros());
  const double waited = counts.waits.sum() + counts.late_waits.sum();
  const double latency =
      counts.waits.sum() + counts.latencies.sum() + (counts.waits.count() > 0 ? counts.busy : 0);
  double square = 0;
  counts.waits.for_each([&](double low, double high, std::int64_t n) {
    square += static_cast<double>(n) * (low * low + low * high + high * high) / 3;
  });
  const double mean_wait = waited / served;
  std::map<std::string, double> all{
      {"utilization", counts.busy / (seconds * slots)},
      {"p_wait", 1 - not_waiting / served},
      {"sigma", 1 - not_waiting / served},
      {"p_wait_accepted", 1 - not_waiting / served},
      {"mean_wait", mean_wait},
      {"mean_wait_accepted", mean_wait},
      {"var_wait", square / served - mean_wait * mean_wait},
      {"mean_queue", (waited + counts.abandoned_wait) / seconds},
      {"mean_sojourn", latency / served},
      {"mean_latency", latency / served},
      {"mean_in_system", latency / seconds},
      {"mean_in_service", counts.busy / seconds},
      {"mean_arrival_rate", arrived / seconds},
      {"throughput", served / seconds},
      {"p_block", static_cast<double>(counts.rejected) / arrived},
      {"p_abandon", abandoned / arrived},
      {"p_delay", 1 - not_waiting / arrived},
      {"mean_wait_all", (waited + counts.abandoned_wait) / arrived},
      {"mean_batch_size", served / static_cast<double>(std::max<std::int64_t>(counts.batches, 1))},
      {"batches_per_s", static_cast<double>(counts.batches) / seconds}};
  for (const auto& [key, value] : expected.items()) {
    if (quantile_level(key) == 0) continue;
    all[key] = key.starts_with("wait") ? wait_share_within(counts, value)
                                       : share_within(counts, service, value);
  }
  return all;
}

Batches run(Queue queue, const Json& expected) {
  RequestEngine engine(queue.rules, std::move(queue.arrivals), kKey);
  for (Pod pod = 0; pod < queue.pods; ++pod) engine.join(pod, queue.slots, 0);
  const double seconds = queue.requests / queue.rate;
  engine.advance(seconds / 2);
  engine.take_counts();
  Batches batches;
  for (int i = 0; i < kBatches; ++i) {
    engine.advance(engine.now() + seconds);
    const auto all = measure(engine.take_counts(), seconds, queue.pods * queue.slots, expected,
                             queue.rules.service_time);
    for (const auto& [key, value] : expected.items())
      if (const auto found = all.find(key); found != all.end()) {
        batches[key].resize(1);
        batches[key][0].push_back(found->second);
      }
  }
  return batches;
}

// --- one queue -----------------------------------------------------------------------------------

Batches one_queue(double rate, const Distribution& service, int servers, const Json& expected) {
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = service},
              .slots = servers},
             expected);
}

int servers_of(const Parameters& in) { return in.has("servers") ? in.count("servers") : 1; }

Batches mmc(const Parameters& in, const Json& expected) {
  return one_queue(in.number("arrival_rate"), exponential(1 / in.number("service_rate")),
                   servers_of(in), expected);
}

Batches mdc(const Parameters& in, const Json& expected) {
  return one_queue(in.number("arrival_rate"), constant(in.number("service_time")), servers_of(in),
                   expected);
}

Batches any_service(const Parameters& in, const Json& expected) {
  return one_queue(in.number("arrival_rate"), service_of(in), servers_of(in), expected);
}

Batches gm1(const Parameters& in, const Json& expected) {
  const double rate = in.number("arrival_rate");
  Distribution gaps = interarrival_of(in);  // to mean 1: the engine's are on the scale of the curve
  if (auto* mixed = std::get_if<Mixture>(&gaps.law))
    for (auto& part : mixed->components) std::get<Exponential>(part.distribution.law).mean *= rate;
  else if (auto* fixed = std::get_if<Constant>(&gaps.law))
    fixed->value = 1;
  else if (auto* gamma_law = std::get_if<Gamma>(&gaps.law))
    gaps = gamma(gamma_law->shape(), 1 / gamma_law->shape());
  else
    gaps = exponential(1);
  return run({.arrivals = std::make_unique<PoissonArrivals>(
                  RateCurve::constant(rate), gaps, 0, request_stream(kKey, Purpose::arrival, 0)),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate"))}},
             expected);
}

Batches mmck(const Parameters& in, const Json& expected) {
  QueueRules rules;
  rules.queue_limit = static_cast<std::uint64_t>(in.count("capacity") - in.count("servers"));
  const double rate = in.number("arrival_rate");
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate")), .queue = rules},
              .slots = in.count("servers")},
             expected);
}

Batches erlang_a(const Parameters& in, const Json& expected) {
  QueueRules rules;
  rules.patience = exponential(1 / in.number("abandonment_rate"));
  const double rate = in.number("arrival_rate");
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate")), .queue = rules},
              .slots = in.count("servers")},
             expected);
}

// Bursts come seldom, so a batch must be long to hold many.
Batches mmpp(const Parameters& in, const Json& expected) {
  const double stay_1 = 1 / in.number("switch_12"), stay_2 = 1 / in.number("switch_21");
  const double rate_1 = in.number("rate_phase1"), rate_2 = in.number("rate_phase2");
  const double rate = (rate_1 * stay_1 + rate_2 * stay_2) / (stay_1 + stay_2);
  return run({.arrivals = std::make_unique<PoissonArrivals>(
                  RateCurve::constant(1), Bursts{{rate_1, rate_2}, {stay_1, stay_2}}, 0,
                  request_stream(kKey, Purpose::arrival, 0)),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate"))},
              .slots = in.count("servers"),
              .requests = std::max(2 * kRequestsPerBatch, 300 * rate * (stay_1 + stay_2))},
             expected);
}

Batches batching(const Parameters& in, const Json& expected) {
  const double rate = in.number("arrival_rate");
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = constant(1),
                        .dispatching = BatchRules{.max_batch = in.count("max_batch"),
                                                  .fixed = in.number("batch_fixed"),
                                                  .per_item = in.number("batch_per_item")}}},
             expected);
}

// --- a queue at each pod -------------------------------------------------------------------------

BalancerRules balancer_of(const std::string& policy) {
  if (policy == "random") return {.balancing = Balancing::random};
  if (policy == "round_robin") return {.balancing = Balancing::round_robin};
  if (policy == "jsq") return {.balancing = Balancing::least_outstanding};
  if (policy == "p2c_with_replacement") return {.balancing = Balancing::choices};
  if (policy == "p2c_without_replacement")
    return {.balancing = Balancing::choices, .with_replacement = false};
  throw std::invalid_argument("no dispatch policy named " + policy);
}

Batches load_balancing(const Parameters& in, const Json& expected) {
  const double rate = in.number("total_arrival_rate");
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate")),
                        .dispatching = balancer_of(in.text("policy"))},
              .pods = in.count("pods")},
             expected);
}

// The limit for many pods: what 2,000 are off it is of the order of 1/2000.
Batches p2c_meanfield(const Parameters& in, const Json& expected) {
  constexpr int kPods = 2000;
  const double rate = in.number("utilization") * in.number("service_rate") * kPods;
  const BalancerRules balancer{.balancing = Balancing::choices, .choices = in.count("choices")};
  return run({.arrivals = poisson(rate),
              .rate = rate,
              .rules = {.service_time = exponential(1 / in.number("service_rate")),
                        .dispatching = balancer},
              .pods = kPods,
              .requests = 2 * kRequestsPerBatch},
             expected);
}

// --- a number of servers that changes ------------------------------------------------------------

// The same course again and again, far enough apart for everything to have ended in between. Every
// server is a pod of its own; as many as agreed are there at any time.
class ChangingServers {
 public:
  ChangingServers(const Parameters& in, const Json& expected)
      : service_rate_(in.number("service_rate")),
        changes_(in.numbers("c_start_times")),
        servers_(in.numbers("c_values")),
        looks_(in.numbers("sample_times")),
        drains_(in.text("policy") == "drain"),
        probe_at_(in.number("wait_time")),
        horizon_(in.number("horizon")),
        period_(horizon_ + 60 / service_rate_),
        expected_(expected),
        engine_({.service_time = exponential(1 / service_rate_)}, arrivals(in), kKey) {}

  Batches run() {
    for (int batch = 0; batch < kBatches; ++batch) {
      for (int i = 0; i < kCourses; ++i) one_course(i % kProbeEvery == 0);
      end_batch();
    }
    return std::move(batches_);
  }

 private:
  static constexpr int kCourses = 2000, kProbeEvery = 4;

  std::unique_ptr<ArrivalSource> arrivals(const Parameters& in) const {
    std::vector<Seconds> edges;
    for (double t : in.numbers("lambda_start_times")) edges.push_back(Seconds{t});
    std::vector<double> rates = in.numbers("lambda_values");
    edges.push_back(Seconds{horizon_});
    edges.push_back(Seconds{period_});
    rates.push_back(0);
    return std::make_unique<PoissonArrivals>(RateCurve::steps(edges, rates, true), 0,
                                             request_stream(kKey, Purpose::arrival, 0));
  }

  // What comes in a course, in order; at one instant the change of servers comes first.
  void one_course(bool probe) {
    std::size_t change = 0, look = 0;
    while (change < changes_.size() || look < looks_.size() || probe) {
      const double next_change = change < changes_.size() ? changes_[change] : kNever;
      const double next_look = look < looks_.size() ? looks_[look] : kNever;
      const double next_probe = probe ? probe_at_ : kNever;
      const double at = std::min({next_change, next_look, next_probe});
      engine_.advance(begin_ + at);
      if (next_change == at) {
        set_servers(static_cast<int>(servers_[change++]));
      } else if (next_look == at) {
        look_now(look++);
      } else {
        send_probe();
        probe = false;
      }
    }
    engine_.advance(begin_ += period_);
  }

  double now() const { return engine_.now(); }
  bool busy(Pod pod) const { return engine_.dispatcher().in_service(pod, now()) > 0; }

  void set_servers(int wanted) {
    while (std::ssize(pods_) < wanted) {
      pods_.push_back(next_pod_++);
      engine_.join(pods_.back(), 1, now());
    }
    // Idle ones leave first.
    std::ranges::stable_sort(pods_, {}, [&](Pod pod) { return !busy(pod); });
    while (std::ssize(pods_) > wanted) {
      if (drains_)
        engine_.drain(pods_.back(), now(), kNever);
      else
        engine_.kill(pods_.back(), now());
      pods_.pop_back();
    }
  }

  void look_now(std::size_t look) {
    const Dispatcher& queue = engine_.dispatcher();
    const auto busy_now = std::ranges::count_if(pods_, [&](Pod pod) { return busy(pod); });
    in_system_.resize(looks_.size());
    all_busy_.resize(looks_.size());
    in_system_[look] += static_cast<double>(queue.in_system(now()));
    all_busy_[look] +=
        busy_now + static_cast<std::ptrdiff_t>(queue.waiting(now())) >= std::ssize(pods_);
  }

  // How long one who came now would wait: the queue with him and without, to its end.
  void send_probe() {
    const auto& queue = dynamic_cast<const CentralQueue&>(engine_.dispatcher());
    const double wait = waits_to_the_end(queue, true) - waits_to_the_end(queue, false);
    ++probes_;
    for (const auto& [key, value] : expected_.items())
      if (quantile_level(key) > 0) within_[key] += wait <= value.get<double>() + 1e-9;
  }

  double waits_to_the_end(CentralQueue queue, bool with_probe) const {
    const double arrival = now(), service = 1;
    if (with_probe) queue.serve({{&arrival, 1}, {&service, 1}, {}}, arrival);
    queue.serve_until(begin_ + period_);
    return queue.counts().waits.sum() + queue.counts().late_waits.sum();
  }

  void end_batch() {
    const ServingCounts counts = engine_.take_counts();
    const auto arrived = static_cast<double>(counts.arrived);
    add("expected_arrivals", {arrived / kCourses});
    add("mean_wait_all", {(counts.waits.sum() + counts.late_waits.sum()) / arrived});
    for (double& x : in_system_) x /= kCourses;
    for (double& x : all_busy_) x /= kCourses;
    add("mean_in_system_at", in_system_);
    add("p_all_busy_at", all_busy_);
    for (const auto& [key, n] : within_) add(key, {n / probes_});
    in_system_.clear();
    all_busy_.clear();
    within_.clear();
    probes_ = 0;
  }

  void add(const std::string& key, const std::vector<double>& values) {
    batches_[key].resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) batches_[key][i].push_back(values[i]);
  }

  double service_rate_;
  std::vector<double> changes_, servers_, looks_;
  bool drains_;
  double probe_at_, horizon_, period_;
  const Json& expected_;
  RequestEngine engine_;
  double begin_ = 0;
  std::vector<Pod> pods_;
  Pod next_pod_ = 0;
  std::vector<double> in_system_, all_busy_;
  std::map<std::string, double> within_;
  double probes_ = 0;
  Batches batches_;
};

Batches mtmct(const Parameters& in, const Json& expected) {
  return ChangingServers(in, expected).run();
}

}  // namespace

std::vector<SimulatedFamily> simulated_queueing_families() {
  return {{"mm1", mmc},
          {"mmc", mmc},
          {"md1", mdc},
          {"mdc", mdc},
          {"mg1", any_service},
          {"mphc", any_service},
          {"gm1", gm1},
          {"mmck", mmck},
          {"erlang_a", erlang_a},
          {"mmpp_mmc", mmpp},
          {"load_balancing", load_balancing},
          {"p2c_meanfield", p2c_meanfield},
          {"dynamic_batching", batching},
          {"mtmct", mtmct}};
}

}  // namespace berth::conformance
