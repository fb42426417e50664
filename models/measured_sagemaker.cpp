#include "models/measured_sagemaker.h"

namespace berth {

SageMaker measured_sagemaker(Era era) {
  const auto law = [](PlatformLaw which) { return platform_law(which).distribution; };
  const auto launch = [&](PlatformLaw first) {
    return law(static_cast<PlatformLaw>(static_cast<int>(first) + static_cast<int>(era)));
  };
  const auto endpoint = [&](PlatformLaw since_2020) {
    return law(era == Era::from_2018 ? PlatformLaw::sagemaker_endpoint_2018 : since_2020);
  };
  return {.launch_cpu = launch(PlatformLaw::sagemaker_launch_cpu_2018),
          .launch_gpu = launch(PlatformLaw::sagemaker_launch_gpu_2018),
          .capacity_error_cpu = capacity_error(Accelerator::none, era),
          .capacity_error_gpu = capacity_error(Accelerator::gpu, era),
          .capacity_retry_cpu = law(PlatformLaw::sagemaker_capacity_retry_cpu),
          .capacity_retry_gpu = law(PlatformLaw::sagemaker_capacity_retry_gpu),
          .data_overhead_cpu = law(PlatformLaw::sagemaker_data_overhead_cpu),
          .data_overhead_gpu = law(PlatformLaw::sagemaker_data_overhead_gpu),
          .warm_start = law(PlatformLaw::sagemaker_warm_start),
          .container_create = law(PlatformLaw::container_create),
          .endpoint_creation_cpu = endpoint(PlatformLaw::sagemaker_endpoint_cpu),
          .endpoint_creation_gpu = endpoint(PlatformLaw::sagemaker_endpoint_gpu)};
}

}  // namespace berth
