// Families of queues with a closed form or an exact solution.
#include <stdexcept>

#include "models/queueing/erlang.h"
#include "models/queueing/gigc.h"
#include "models/queueing/load_balancing.h"
#include "models/queueing/mg1.h"
#include "tests/conformance/family.h"
#include "tests/conformance/laws.h"
#include "tests/oracles/mdc.h"
#include "tests/oracles/qbd.h"

namespace berth::conformance {
namespace {

using namespace queueing;

Json mmc(const Parameters& in) {
  const Mmc queue{in.number("arrival_rate"), in.number("service_rate"),
                  in.has("servers") ? in.count("servers") : 1};
  return {{"utilization", queue.utilisation()},
          {"p_wait", queue.p_wait()},
          {"mean_wait", queue.mean_wait()},
          {"mean_queue", queue.mean_queue()},
          {"mean_sojourn", queue.mean_sojourn()},
          {"mean_in_system", queue.arrival_rate * queue.mean_sojourn()},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)},
          {"sojourn_p50", queue.sojourn_quantile(0.50)},
          {"sojourn_p95", queue.sojourn_quantile(0.95)},
          {"sojourn_p99", queue.sojourn_quantile(0.99)}};
}

Json mdc(const Parameters& in) {
  const Mdc queue(in.number("arrival_rate"), in.number("service_time"),
                  in.has("servers") ? in.count("servers") : 1);
  return {{"utilization", queue.utilisation()},
          {"p_wait", queue.p_wait()},
          {"mean_wait", queue.mean_wait()},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)},
          {"sojourn_p50", queue.sojourn_quantile(0.50)},
          {"sojourn_p95", queue.sojourn_quantile(0.95)},
          {"sojourn_p99", queue.sojourn_quantile(0.99)}};
}

Json mg1(const Parameters& in) {
  const Distribution service = service_of(in);
  const Mg1 queue(in.number("arrival_rate"), service);
  return {{"utilization", queue.utilisation()},
          {"p_wait", queue.utilisation()},
          {"mean_wait", queue.mean_wait()},
          {"var_wait", queue.wait_variance()},
          {"mean_sojourn", queue.mean_wait() + mean(service)},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)}};
}

Json phase_queue(const PhaseQueue& queue) {
  return {{"mean_arrival_rate", queue.arrival_rate()},
          {"utilization", queue.utilisation()},
          {"p_wait", queue.p_wait()},
          {"mean_wait", queue.mean_wait()},
          {"mean_queue", queue.mean_queue()},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)}};
}

Json mphc_case(const Parameters& in) {
  const double mean = in.number("service_mean");
  const TwoPhaseService service = in.text("service_law") == "erlang2"
                                      ? erlang2_service(mean)
                                      : hyper2_service(mean, in.number("service_cv"));
  return phase_queue(mphc(in.number("arrival_rate"), service, in.count("servers")));
}

Json mmpp_case(const Parameters& in) {
  return phase_queue(mmpp_mmc({in.number("rate_phase1"), in.number("rate_phase2"),
                               in.number("switch_12"), in.number("switch_21")},
                              in.number("service_rate"), in.count("servers")));
}

Json gm1_case(const Parameters& in) {
  const Gm1 queue = gm1(interarrival_of(in), in.number("service_rate"));
  return {{"sigma", queue.sigma},
          {"utilization", in.number("arrival_rate") / queue.service_rate},
          {"p_wait", queue.sigma},
          {"mean_wait", queue.mean_wait()},
          {"mean_sojourn", queue.mean_sojourn()},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)},
          {"sojourn_p50", queue.sojourn_quantile(0.50)},
          {"sojourn_p95", queue.sojourn_quantile(0.95)},
          {"sojourn_p99", queue.sojourn_quantile(0.99)}};
}

Json mmck_case(const Parameters& in) {
  const Mmck queue = mmck(in.number("arrival_rate"), in.number("service_rate"),
                          in.count("servers"), in.count("capacity"));
  return {{"p_block", queue.p_block},
          {"throughput", queue.throughput},
          {"mean_queue", queue.mean_queue},
          {"mean_wait_accepted", queue.mean_wait_accepted},
          {"utilization", queue.utilisation},
          {"p_wait_accepted", queue.p_wait_accepted}};
}

Json erlang_a_case(const Parameters& in) {
  const ErlangA queue = erlang_a(in.number("arrival_rate"), in.number("service_rate"),
                                 in.count("servers"), in.number("abandonment_rate"));
  return {{"p_abandon", queue.p_abandon},
          {"p_delay", queue.p_delay},
          {"mean_queue", queue.mean_queue},
          {"mean_wait_all", queue.mean_wait_all},
          {"mean_in_service", queue.mean_in_service}};
}

Balancing policy_of(const std::string& name) {
  if (name == "random") return Balancing::random;
  if (name == "round_robin") return Balancing::round_robin;
  if (name == "jsq") return Balancing::shortest_queue;
  if (name == "p2c_without_replacement") return Balancing::two_choices;
  if (name == "p2c_with_replacement") return Balancing::two_choices_with_replacement;
  throw std::invalid_argument("no dispatch policy named " + name);
}

Json joined_queue(const JoinedQueue& queue, double utilisation) {
  return {{"utilization", utilisation},
          {"p_wait", queue.p_wait()},
          {"mean_wait", queue.mean_wait()},
          {"mean_sojourn", queue.mean_sojourn()},
          {"wait_p50", queue.wait_quantile(0.50)},
          {"wait_p95", queue.wait_quantile(0.95)},
          {"wait_p99", queue.wait_quantile(0.99)},
          {"sojourn_p50", queue.sojourn_quantile(0.50)},
          {"sojourn_p95", queue.sojourn_quantile(0.95)},
          {"sojourn_p99", queue.sojourn_quantile(0.99)}};
}

Json load_balancing(const Parameters& in) {
  const int pods = in.count("pods");
  const double rate = in.number("total_arrival_rate"), service = in.number("service_rate");
  return joined_queue(balance_load(policy_of(in.text("policy")), pods, rate, service),
                      rate / (pods * service));
}

Json p2c_meanfield(const Parameters& in) {
  const double utilisation = in.number("utilization");
  return joined_queue(
      mean_field_choices(utilisation, in.number("service_rate"), in.count("choices")), utilisation);
}

Json priority(const Parameters& in) {
  const auto rates = in.numbers("arrival_rates"), means = in.numbers("service_means"),
             seconds = in.numbers("service_second_moments");
  std::vector<PriorityClass> classes;
  for (std::size_t i = 0; i < rates.size(); ++i)
    classes.push_back({rates[i], means.at(i), seconds.at(i)});
  const PriorityQueue queue = mg1_priority(classes);
  return {{"mean_wait_by_class", queue.mean_waits},
          {"utilization", queue.utilisation},
          {"residual_work", queue.residual_work}};
}

Json batching(const Parameters& in) {
  const DynamicBatching got = dynamic_batching(in.number("arrival_rate"), in.number("batch_fixed"),
                                               in.number("batch_per_item"), in.count("max_batch"));
  return {{"mean_batch_size", got.mean_batch_size},
          {"utilization", got.utilisation},
          {"mean_latency", got.mean_latency},
          {"mean_in_system", got.mean_in_system},
          {"batches_per_s", got.batches_per_s}};
}

Json processor_sharing(const Parameters& in) {
  const ProcessorSharing got =
      mg1_processor_sharing(in.number("arrival_rate"), in.number("mean_size"));
  return {{"utilization", got.utilisation},
          {"mean_sojourn", got.mean_sojourn},
          {"mean_in_system", got.mean_in_system},
          {"slowdown", got.slowdown}};
}

Json capped_sharing(const Parameters& in) {
  const CappedSharing got =
      capped_processor_sharing(in.number("arrival_rate"), in.number("mean_size"),
                               in.number("link_capacity"), in.number("flow_cap"));
  return {{"load", got.load},
          {"mean_flows", got.mean_flows},
          {"mean_transfer_time", got.mean_transfer_time},
          {"mean_slowdown", got.mean_slowdown},
          {"p_contention", got.p_contention}};
}

Json finite_source_case(const Parameters& in) {
  const FiniteSource got = finite_source(in.count("clients"), in.count("servers"),
                                         in.number("think_rate"), in.number("service_rate"));
  return {{"throughput", got.throughput},       {"mean_down", got.mean_down},
          {"mean_response", got.mean_response}, {"mean_wait", got.mean_wait},
          {"utilization", got.utilisation},     {"p_all_idle", got.p_all_idle}};
}

Json gigc(const Parameters& in) {
  const Gigc queue{in.number("arrival_rate"), in.number("service_rate"), in.count("servers"),
                   in.number("ca2"), in.number("cs2")};
  return {{"erlang_c", erlang_c(queue.servers, queue.arrival_rate / queue.service_rate)},
          {"mmc_mean_wait", queue.mmc_mean_wait()},
          {"allen_cunneen_mean_wait", queue.allen_cunneen_mean_wait()},
          {"whitt93_mean_wait", queue.whitt_mean_wait()},
          {"kimura_mean_wait", queue.kimura_mean_wait()},
          {"cosmetatos_mdc_mean_wait", queue.mdc_mean_wait()},
          {"decay_two_moment", queue.decay_rate()}};
}

Json provisioned_pool(const Parameters& in) {
  const double cold =
      erlang_b(in.count("pool_size"), in.number("arrival_rate") * in.number("mean_service"));
  return {{"p_cold", cold}, {"p_warm", 1 - cold}};
}

}  // namespace

std::vector<Family> queueing_families() {
  return {{"mm1", mmc},
          {"mmc", mmc},
          {"md1", mdc},
          {"mdc", mdc},
          {"mg1", mg1},
          {"mphc", mphc_case},
          {"gm1", gm1_case},
          {"mmck", mmck_case},
          {"erlang_a", erlang_a_case},
          {"mmpp_mmc", mmpp_case},
          {"load_balancing", load_balancing},
          {"p2c_meanfield", p2c_meanfield},
          {"mg1_priority", priority},
          {"dynamic_batching", batching},
          {"mg1_ps", processor_sharing},
          {"ps_capped", capped_sharing},
          {"finite_source", finite_source_case},
          {"gigc_approximation", gigc},
          {"provisioned_pool", provisioned_pool}};
}

}  // namespace berth::conformance
