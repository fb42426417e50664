#include "models/needed_prices.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/builders.h"

namespace berth {
namespace {

using enum SimplePrice;

// Training at home in placement 0 (SageMaker) or 1 (a cluster); a service is added beside it.
Scenario with_service() {
  Scenario scenario = small_scenario(test_class(Every{.interval = 600s}, 10s));
  scenario.services.push_back({.name = "s", .request_bytes = {1000}, .response_bytes = {1000}});
  scenario.placements[0].services = {
      {.platform = {0}, .type = {0}}
  };
  scenario.placements[1].services = {
      {.platform = {1}, .pool = PoolId{0}, .type = {0}}
  };
  return scenario;
}

SageMaker& sagemaker(Scenario& s) { return std::get<SageMaker>(s.platforms[0]); }
Cluster& cluster(Scenario& s) { return std::get<Cluster>(s.platforms[1]); }

TEST_CASE("a placement needs the prices of what it uses", "[needed_prices]") {
  struct Row {
    const char* because;
    std::size_t placement;
    std::function<void(Scenario&)> change;
    std::vector<SimplePrice> needed;
  };
  const Row rows[] = {
      {"SageMaker: volumes and what an endpoint moves, no cluster",
       0, [](Scenario&) {},
       {ecr_gb_month, sagemaker_storage_gb_month, sagemaker_endpoint_data_gb}                  },
      {"a type with local disks has no volumes",
       0, [](Scenario& s) { s.catalogue.types[0].nvme = {1}; },
       {ecr_gb_month, sagemaker_endpoint_data_gb}                                              },
      {"nothing moves",
       0, [](Scenario& s) { s.services[0].request_bytes = s.services[0].response_bytes = {}; },
       {ecr_gb_month, sagemaker_storage_gb_month}                                              },
      {"NAT gateways: hours and bytes",
       0, [](Scenario& s) { sagemaker(s).egress.nat_gateways = 1; },
       {nat_hour, nat_gb, ecr_gb_month, sagemaker_storage_gb_month, sagemaker_endpoint_data_gb}},
      {"NAT gateways of a platform nobody uses cost nothing",
       0, [](Scenario& s) { cluster(s).egress.nat_gateways = 1; },
       {ecr_gb_month, sagemaker_storage_gb_month, sagemaker_endpoint_data_gb}                  },
      {"a cluster: its hours and its nodes' volumes",
       1, [](Scenario&) {},
       {eks_cluster_hour, ecr_gb_month, gp3_gb_month}                                          },
      {"an old version of Kubernetes has its own price",
       1, [](Scenario& s) { cluster(s).extended_support = true; },
       {eks_cluster_extended_hour, ecr_gb_month, gp3_gb_month}                                 },
      {"bytes that cross a zone",
       1, [](Scenario& s) { cluster(s).cross_zone_share = 0.5; },
       {eks_cluster_hour, cross_az_gb, ecr_gb_month, gp3_gb_month}                             },
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    Scenario scenario = with_service();
    row.change(scenario);
    CHECK(needed_prices(scenario, scenario.placements[row.placement]) == row.needed);
  }
}

}  // namespace
}  // namespace berth
