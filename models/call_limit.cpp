#include "models/call_limit.h"

#include <algorithm>

namespace berth {

Seconds wait_for_call(CallBucket& bucket, const CallLimit& limit, Seconds now) {
  const Seconds gap{1.0 / limit.per_second};
  const Seconds allowed = std::max(now, bucket.next - gap * (limit.burst - 1));
  bucket.next = std::max(bucket.next, allowed) + gap;
  return allowed - now;
}

}  // namespace berth
