// The making of one analysis, in the formulas of analytic.h; for planner/*.cpp only.
//
//   analytic.cpp           platforms, pools and quotas as shared resources
//   analytic_training.cpp  options of training classes
//   analytic_serving.cpp   options of services
// Tested by tests/planner/analytic_test.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "models/keep_alive.h"
#include "models/node_shape.h"
#include "models/pull_plan.h"
#include "models/random_stream.h"
#include "planner/analytic.h"
#include "planner/demand.h"
#include "planner/node_walk.h"
#include "planner/shared_pools.h"
#include "planner/unit_costs.h"

namespace berth {

class Analyst {
 public:
  Analyst(const Scenario& scenario, const PlanRequest& request, Options options,
          AnalysisMemory& memory);
  Analysis run();

 private:
  const InstanceType& type(TypeId id) const { return scenario_.catalogue.types[id.index()]; }

  void add_platforms();
  void add_held_plans();
  // Plan rate and list price of an instance that a plan may be bought for.
  struct Rated {
    double rate = 0, list = 0;
    double discount() const { return 1 - rate / list; }
  };
  std::optional<Rated> rated(const InstanceType& machine, const std::optional<PriceTag>& list,
                             Commitment::Plan plan) const;
  void add_plans_to_buy();
  void add_node_plans_to_buy();
  void add_held_node_plans();
  void use_node_plans(PlacementOption& option, PlatformId platform, PoolId pool);
  void cover_by_plans(PlacementOption& option, double usd_per_month, std::vector<double> shape,
                      const InstanceType& machine, const std::optional<PriceTag>& list);
  std::size_t pool_resource(PlatformId platform, PoolId pool) const {
    return platform_resource_[platform.index()] + 1 + pool.index();
  }
  std::size_t quota_resource(PlatformId platform, TypeId id);

  // ---- Training ---------------------------------------------------------------------------------

  PullPlan pull_of(ImageId image, PullMode mode, const PullSite& site) const;
  double copy_s(const TrainingClass& work, BytesPerSecond connection, TypeId machine) const;
  // How much longer reclaims make the work, and how often they come.
  struct Reclaims {
    double stretch = 1, per_job = 0;
  };
  Reclaims reclaims_of(const TrainingClass& work, const TrainingHome& home, double start_s) const;
  void train(std::size_t i, double share_of_jobs);
  WalkedUse kept_use(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                     const SageMaker& platform, const Held& cold, const Held& warm) const;
  void train_on_sagemaker(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                          double share_of_jobs, PlacementOption& option,
                          TrainingForecast& forecast);
  // A class on a pool of nodes, as one home has it.
  struct OnPool {
    PullPlan plan;
    double image_s = 0, copied = 0, upload = 0;
    Reclaims reclaims;
    Held held;
    int fit = 1;  // pods a node holds
    bool gpu = false;
    WalkedPool pool;
    WalkedClass work;  // without its held_s
  };
  OnPool on_pool(const TrainingClass& work, const TrainingHome& home) const;
  void gather_pools();
  std::vector<double> outlived(std::vector<double> filled, const std::vector<double>& held,
                               double spread) const;
  WalkedNodes nodes_for(std::size_t i, std::size_t resource, const OnPool& there);
  void train_on_cluster(std::size_t i, const TrainingClass& work, const TrainingHome& home,
                        double share_of_jobs, PlacementOption& option, TrainingForecast& forecast);
  static void note_busy(const std::vector<double>& busy, TrainingForecast& forecast);
  struct DrawnStart {
    double luck = 0;            // it waits for a node when this is below the share that does
    double warm = 0, cold = 0;  // the start without and with that
    double length = 0;          // of what comes after
  };
  template <class Draw>
  std::vector<DrawnStart> draw_starts(std::size_t i, const TrainingClass& work, Draw draw_start,
                                      const Held& held, double upload) const;
  static void judge_starts(const TrainingClass& work, const std::vector<DrawnStart>& drawn,
                           double cold, TrainingForecast& forecast);
  static std::vector<double> starts_by_waiting(const std::vector<DrawnStart>& drawn, double apart,
                                               double least_s, double weight);

  // ---- Services ---------------------------------------------------------------------------------

  const Served& served(std::size_t i, const ServiceHome& home, int copies);
  const ServedServerless& served_serverless(std::size_t i, const ServerlessEndpoint& endpoint);
  Served served_queue(std::size_t i, const ServiceHome& home, const AsyncEndpoint& endpoint) const;
  void serve_serverless(std::size_t i, const ServiceHome& home, PlacementOption& option,
                        ServiceForecast& forecast);
  void serve_instances(std::size_t i, const ServiceHome& home, PlacementOption& option,
                       ServiceForecast& forecast);
  void serve(std::size_t i, double share_of_requests);

  const Scenario& scenario_;
  const PlanRequest& request_;
  TimeGrid grid_;
  Analysis result_;
  double months_ = 1;
  std::vector<std::vector<double>> arrivals_;
  std::vector<std::size_t> platform_resource_;
  std::shared_ptr<SharedPools> pools_;  // asked by the problem for as long as that is there
  std::set<std::pair<std::size_t, std::size_t>> gathered_;  // resource, class
  std::map<std::pair<PlatformId, TypeId>, std::size_t> quotas_;
  // By class, pool and what a job holds.
  std::map<std::tuple<std::size_t, std::size_t, double, double, double>, WalkedNodes> walked_;
  std::optional<std::size_t> plans_;  // the resource of SageMaker's plans that are held
  std::optional<std::size_t> to_buy_, nodes_to_buy_;  // of those that may be bought
  double most_discount_ = 0;                          // of SageMaker's, of any option
  struct PlansOfNodes {
    std::size_t resource = 0;
    std::map<std::pair<std::size_t, std::size_t>, double> list_usd_per_hour;
  };
  std::vector<PlansOfNodes> node_plans_;  // Compute and EC2 Instance plans that are held
  AnalysisMemory& memory_;
};

}  // namespace berth
