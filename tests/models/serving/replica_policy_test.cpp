#include "models/serving/replica_policy.h"

#include <catch2/catch.hpp>

#include "tests/support/builders.h"

namespace berth {
namespace {

Service eta() { return {.name = "eta", .service_time = constant(0.1), .concurrency = 2}; }

TEST_CASE("enough replicas to be at the target, within bounds", "[serving]") {
  const ReplicaPolicy policy{.min = 2, .max = 10, .target_utilisation = 0.5};
  struct Row {
    const char* because;
    double rate;
    int expected;
  };
  const auto row = GENERATE(values<Row>({
      {"40/s x 0.1 s = 4 busy slots, 2 a pod at half load", 40, 4},
      {"a little more needs one more", 40.1, 5},
      {"never below min", 0, 2},
      {"never above max", 1000, 10},
  }));
  CAPTURE(row.because);
  CHECK(wished_replicas(eta(), policy, row.rate) == row.expected);
}

TEST_CASE("down only when the highest wish is old enough", "[serving]") {
  const ReplicaPolicy policy{
      .min = 1, .max = 100, .target_utilisation = 0.5, .scale_down_delay = 300s};
  const Service service = eta();
  ReplicaController controller(service, policy);
  CHECK(controller.desired(0s, 100) == 10);
  CHECK(controller.desired(15s, 50) == 10);
  CHECK(controller.desired(300s, 50) == 10);  // 300 s old still counts
  CHECK(controller.desired(315s, 50) == 5);
  CHECK(controller.desired(330s, 200) == 20);  // up at once
}

TEST_CASE("a machine holds what its scarcest resource allows", "[serving]") {
  const InstanceType machine = one_type_catalogue().types[0];  // 4 vCPU, 16 GiB, no GPU
  Service service = eta();
  service.needs = {.cpu_milli = 500, .memory = {kGiB}};
  CHECK(replicas_on(machine, service) == 8);
  service.needs = {.cpu_milli = 500, .memory = {3 * kGiB}};
  CHECK(replicas_on(machine, service) == 5);
  service.needs = {.cpu_milli = 500, .memory = {kGiB}, .gpus = 1};
  CHECK(replicas_on(machine, service) == 0);
}

}  // namespace
}  // namespace berth
