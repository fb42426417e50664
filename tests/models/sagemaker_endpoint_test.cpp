#include "models/sagemaker_endpoint.h"

#include <catch2/catch.hpp>

#include "models/scenario.h"
#include "tests/support/builders.h"

using namespace berth;

TEST_CASE("a cold start creates the container, reads a part of the image and starts the service") {
  // 6.4 % of 100 MB at 100 MB/s are 0.064 s; with 2 s to create and 3 s of init: 5.064 s.
  const Image image = small_scenario(test_class(Every{}, 1s)).images[0];
  const Distribution start =
      cold_start_of(constant(2), image, megabytes_per_second(100), 3s);
  CHECK(mean(start) == Approx(5.064));
  Distribution capped = constant(2);
  capped.at_most = 2;
  CHECK(mean(cold_start_of(capped, image, megabytes_per_second(100), 3s)) == Approx(5.064));
}

TEST_CASE("an endpoint's routing and queue are its own, whatever the service says") {
  const Service service{.concurrency = 4,
                        .balancing = LoadBalancing::central_queue,
                        .timeout = 2s,
                        .queue_limit = 10};
  CHECK(served_by(RealtimeEndpoint{}, service).balancing == LoadBalancing::random);
  CHECK(served_by(RealtimeEndpoint{Routing::least_outstanding}, service).balancing ==
        LoadBalancing::least_outstanding);
  CHECK(served_by(RealtimeEndpoint{}, service).timeout == Seconds{2});
  const Service queued = served_by(AsyncEndpoint{.max_concurrent = 3}, service);
  CHECK(queued.balancing == LoadBalancing::central_queue);
  CHECK(queued.concurrency == 3);
  CHECK(queued.timeout == Seconds{21'600});
  CHECK(queued.queue_limit == 2'000'000);  // 120 MB
}
