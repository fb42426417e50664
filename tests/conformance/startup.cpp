// Families of start-up, pulls and sharing: image_pull, soci_timeline, distinct_spans, lru_cache,
// keepalive_*, warm_tokens_fifo, gang_startup_max, checkpoint_spot, maxmin, gang_schedule.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "models/keep_alive.h"
#include "models/lazy_pull.h"
#include "models/spot.h"
#include "tests/conformance/family.h"
#include "tests/oracles/gang.h"
#include "tests/oracles/lru_cache.h"
#include "tests/oracles/max_min.h"

namespace berth::conformance {
namespace {

Seconds seconds(const Parameters& in, const char* key) { return Seconds{in.number(key)}; }
Bytes megabytes(double mb) { return {std::llround(mb * 1e6)}; }
Bytes megabytes(const Parameters& in, const char* key) { return megabytes(in.number(key)); }
BytesPerSecond rate(const Parameters& in, const char* key) {
  return megabytes_per_second(in.number(key));
}

Json counts(const std::vector<Seconds>& times) {
  Json list = Json::array();
  for (const Seconds time : times) list.push_back(time.count());
  return list;
}

Json image_pull(const Parameters& in) {
  const std::vector<double> compressed = in.numbers("layer_compressed"),
                            unpacked = in.numbers("layer_uncompressed");
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < compressed.size(); ++i)
    layers.push_back(
        {{static_cast<std::int32_t>(i)}, megabytes(compressed[i]), megabytes(unpacked.at(i))});
  PullPath path{.node_bandwidth = rate(in, "node_bandwidth"),
                .connection_cap = rate(in, "connection_cap"),
                .download_slots = in.count("download_slots"),
                .time_to_first_byte = seconds(in, "ttfb"),
                .unpack_rate = rate(in, "unpack_rate"),
                .unpack_slots = in.count("unpack_slots")};
  if (in.text("mode") == "parallel") path.unpack_order = UnpackOrder::arrival;
  if (in.has("disk_rate")) path.disk_rate = rate(in, "disk_rate");
  const PullTimeline timeline = pull_timeline(layers, path);
  return {{"download_done", counts(timeline.download_done)},
          {"unpack_done", counts(timeline.unpack_done)},
          {"download_makespan", timeline.download_makespan.count()},
          {"ready", timeline.ready.count()}};
}

// The case unpacks the layers pulled at once at another rate than it inflates a fault, and has no
// constant for mounting: their unpacking takes that constant's place.
Json soci_timeline(const Parameters& in) {
  LazyPath path;
  path.round_trip = seconds(in, "rtt");
  path.connection = rate(in, "conn_bw");
  path.node = rate(in, "node_bw");
  path.inflate = rate(in, "decompress_rate");
  path.background_silence = seconds(in, "bg_silence");
  path.background_period = seconds(in, "bg_period");
  path.mount = megabytes(in, "eager_uncompressed") / rate(in, "unpack_rate");
  const LazyWork work{.requests = in.number("metadata_requests"),
                .index = megabytes(in, "metadata_bytes"),
                .eager = megabytes(in, "eager_bytes"),
                .faults_before_ready = in.number("fault_spans"),
                .total_spans = in.number("total_spans"),
                .span_compressed = megabytes(in, "span_compressed"),
                .span_unpacked = megabytes(in, "span_uncompressed")};
  const Seconds own = seconds(in, "container_create") + seconds(in, "startup_cpu");
  const LazyStart start = lazy_start(work, path, own);
  // The eager alternative of the case: one stream downloads everything, then it is unpacked.
  const Layer whole{{0}, megabytes(in, "full_compressed"), megabytes(in, "full_uncompressed")};
  const Seconds eager = own + pull_timeline(std::vector{whole},
                                            {.node_bandwidth = rate(in, "node_bw_full"),
                                             .connection_cap = rate(in, "node_bw_full"),
                                             .unpack_rate = rate(in, "unpack_rate")})
                                  .ready;
  return {{"t_mounted", start.mounted.count()},
          {"t_ready", start.ready.count()},
          {"fault_time", start.faults.count()},
          {"t_ready_eager", eager.count()},
          {"speedup", eager / start.ready},
          {"t_background_last_fetch_start", start.last_background_fetch.count()},
          {"break_even_fault_spans", break_even_faults(work, path, own, eager)}};
}

Json distinct(const Parameters& in) {
  return {{"expected_distinct", distinct_spans(in.number("spans"), in.number("reads"))}};
}

Json lru(const Parameters& in) {
  const std::vector<double> probabilities = in.numbers("probabilities");
  const CacheUse exact = exact_lru(probabilities, in.count("capacity"));
  return {{"hit_ratio", exact.hit_ratio},
          {"occupancy", exact.occupancy},
          {"hit_ratio_exact", exact.hit_ratio},
          {"che_hit_ratio", che_lru(probabilities, in.count("capacity")).hit_ratio}};
}

Json keepalive_single_slot(const Parameters& in) {
  const OneSlotUse use = one_slot({in.number("arrival_rate"), seconds(in, "keep_alive"),
                                   seconds(in, "busy_warm"), seconds(in, "busy_cold")});
  return {{"p_warm", use.warm},
          {"p_cold_busy", use.cold_busy},
          {"p_cold_expired", use.cold_expired},
          {"mean_idle_warm_fraction", use.warm},
          {"mean_busy_fraction", use.cold_busy}};
}

Json keepalive_infinite_exp(const Parameters& in) {
  const PoolUse use = unlimited_exponential(in.number("arrival_rate"), seconds(in, "mean_service"),
                                            seconds(in, "mean_keep"));
  return {{"p_warm", use.warm}, {"mean_idle", use.mean_idle}, {"mean_busy", use.mean_busy}};
}

Json keepalive_zero_service(const Parameters& in) {
  const NoService use =
      unlimited_without_service(in.number("arrival_rate"), seconds(in, "keep_alive"));
  return {{"p_warm", use.warm}, {"idle_per_request", use.idle_per_request.count()}};
}

Json warm_tokens_fifo(const Parameters& in) {
  const TokenUse use =
      warm_tokens(in.number("supply_rate"), in.number("demand_rate"), seconds(in, "lifetime"));
  return {{"p_warm", use.warm}, {"p_token_wasted", use.wasted}};
}

Json gang_startup_max(const Parameters& in) {
  const Distribution one = lognormal_from_mean_cv(in.number("mean"), in.number("cv"));
  const int n = in.count("instances");
  return {{"mean_max", slowest_mean(one, n)},
          {"p50", slowest_quantile(one, n, 0.50)},
          {"p95", slowest_quantile(one, n, 0.95)},
          {"p99", slowest_quantile(one, n, 0.99)}};
}

Json checkpoint_spot(const Parameters& in) {
  const CheckpointedRun run{
      .work = seconds(in, "work"),
      .interval = seconds(in, "checkpoint_interval"),
      .checkpoint = seconds(in, "checkpoint_cost"),
      .restart = seconds(in, "restart"),
      .mtbf = seconds(in, "mtbf"),
      .interrupted_while_restarting = in.value("failures_during_restart").get<bool>()};
  return {{"expected_wall", expected_wall(run).count()},
          {"expected_interruptions", expected_interruptions(run)},
          {"efficiency", efficiency(run)},
          {"tau_opt_exact", best_interval(run.checkpoint, run.mtbf).count()},
          {"tau_young", young_interval(run.checkpoint, run.mtbf).count()},
          {"tau_daly", daly_interval(run.checkpoint, run.mtbf).count()}};
}

std::vector<Flow> flows_of(const Parameters& in) {
  const auto names = in.value("link_names").get<std::vector<std::string>>();
  const std::vector<double> sizes = in.numbers("flow_sizes"), starts = in.numbers("flow_starts");
  std::vector<Flow> flows;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Flow flow{.size = sizes[i], .start = Seconds{starts.at(i)}};
    for (const Json& link : in.value("flow_routes").at(i))
      flow.route.push_back(static_cast<int>(
          std::ranges::find(names, link.get<std::string>()) - names.begin()));
    const Json& cap = in.value("flow_caps").at(i);
    if (!cap.is_null()) flow.cap = cap.get<double>();
    flows.push_back(flow);
  }
  return flows;
}

Json maxmin(const Parameters& in) {
  const std::vector<double> capacities = in.numbers("link_capacities");
  const std::vector<Flow> flows = flows_of(in);
  std::vector<Flow> first;
  std::ranges::copy_if(flows, std::back_inserter(first),
                       [](const Flow& flow) { return flow.start == 0s; });
  const std::vector<Seconds> done = completion_times(capacities, flows);
  return {{"completion_times", counts(done)},
          {"completion_times_exact", counts(done)},
          {"initial_rates", max_min_rates(capacities, first)}};
}

GangPolicy policy_of(const std::string& name) {
  if (name == "fcfs") return GangPolicy::first_come_first_served;
  if (name == "easy") return GangPolicy::easy_backfill;
  throw std::invalid_argument("no policy named " + name);
}

Json gang_schedule(const Parameters& in) {
  std::vector<GangJob> jobs;
  for (const Json& job : in.value("jobs"))
    jobs.push_back({Seconds{job.at(0).get<double>()}, job.at(1).get<int>(),
                    Seconds{job.at(2).get<double>()}});
  const std::vector<Seconds> starts =
      gang_starts(jobs, in.count("slots"), policy_of(in.text("policy")));
  Seconds makespan{0}, waited{0};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    makespan = std::max(makespan, starts[i] + jobs[i].runtime);
    waited += starts[i] - jobs[i].arrival;
  }
  return {{"start_times", counts(starts)},
          {"makespan", makespan.count()},
          {"mean_wait", waited.count() / static_cast<double>(jobs.size())}};
}

}  // namespace

std::vector<Family> startup_families() {
  return {{"image_pull", image_pull},
          {"soci_timeline", soci_timeline},
          {"distinct_spans", distinct},
          {"lru_cache", lru},
          {"keepalive_single_slot", keepalive_single_slot},
          {"keepalive_infinite_exp", keepalive_infinite_exp},
          {"keepalive_zero_service", keepalive_zero_service},
          {"warm_tokens_fifo", warm_tokens_fifo},
          {"gang_startup_max", gang_startup_max},
          {"checkpoint_spot", checkpoint_spot},
          {"maxmin", maxmin},
          {"gang_schedule", gang_schedule}};
}

}  // namespace berth::conformance
