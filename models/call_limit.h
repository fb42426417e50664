// How fast an API may be called: so many calls a second, after a burst. A bucket that fills at the rate (the
// generic cell rate algorithm): a call is let through when the bucket's own date is at most (burst - 1) calls
// ahead. SageMaker's CreateTrainingJob, and the client that kube-controller-manager makes pods with.
// Tested by tests/models/sagemaker_test.cpp.
#pragma once

#include "models/units.h"

namespace berth {

struct CallLimit {
  double per_second = 1;
  int burst = 1;
};
struct CallBucket {
  Seconds next{0};  // when the next call would be on schedule
};
// How long a call at `now` waits; counts it.
Seconds wait_for_call(CallBucket& bucket, const CallLimit& limit, Seconds now);

}  // namespace berth
