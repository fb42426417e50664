// For every Workload: where it runs and how. A Scenario names several; a plan makes more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/billing/savings_plan.h"
#include "models/billing/usage_record.h"
#include "models/catalogue.h"
#include "models/ids.h"
#include "models/image_pull.h"
#include "models/sagemaker_endpoint.h"
#include "models/serving/autoscaler.h"
#include "models/units.h"

namespace berth {

enum class Offering { on_demand, spot };

struct TrainingHome {
  PlatformId platform;
  std::optional<PoolId> pool;      // on a Cluster
  TypeId type;                     // of the pool, or of the SageMaker job
  Offering offering = Offering::on_demand;
  PullMode pull = PullMode::full;
  Seconds keep_alive{0};           // SageMaker warm pool, 0 to 3600 s
  std::optional<Seconds> checkpoint_interval;  // instead of the class's own
};

struct ServiceHome {
  PlatformId platform;
  std::optional<PoolId> pool;
  TypeId type;
  PullMode pull = PullMode::full;
  ReplicaPolicy replicas;
  std::optional<SageMakerEndpoint> endpoint = {};  // on SageMaker; serverless: `type` means nothing
  bool is_serverless() const {
    return endpoint && std::holds_alternative<ServerlessEndpoint>(*endpoint);
  }
  // Pods, or instances of a realtime endpoint.
  bool runs_replicas() const {
    return !endpoint || std::holds_alternative<RealtimeEndpoint>(*endpoint);
  }
};

struct Placement {
  std::string name;
  std::string description;
  std::vector<TrainingHome> training;  // by TrainingId
  std::vector<ServiceHome> services;   // by ServiceId
  Commitments commitments;             // Savings Plans held, used or not
};

}  // namespace berth
