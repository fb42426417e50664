// A SageMaker serverless endpoint: a container a request, kept warm for a while, no queue.
//
//   a request finds   an idle container  -> it is served at once (warm)
//                     none, and fewer than max_concurrency requests are in service
//                                        -> a container is started for it: cold start + service
//                     none otherwise     -> it is turned away (throttled)
//
// Provisioned containers are always there and are taken first. Of the others the one idle for the
// shortest time is taken, and one that was idle for its keep-warm time is gone. A container serves
// one request at a time; max_concurrency counts requests, cold starts included.
//
//   cold start = create the container + lazily read part of the image / rate + the service's init
//
// ServerlessPool is exact, request by request. serverless_shares is the stationary approximation
// for Poisson arrivals: container j of an ordered list sees the requests that found the first j - 1
// busy, about a Poisson stream of rate lambda B(j-1, a) (B: Erlang's loss formula), and is cold
// when none of them came for the keep-warm time T:
//
//   cold      = sum over j > provisioned of (B(j-1, a) - B(j, a)) exp(-lambda B(j-1, a) T)
//   throttled = B(max_concurrency, a),   a = lambda (E[S] + cold x E[cold start])
//
// Exact for negligible service times (1 - p_warm = exp(-lambda T)) and for T = 0 behind provisioned
// containers (Erlang's loss formula). SageMaker's limits: 1 to 6 GB, 200 concurrent, image of 10
// GB, no GPU (developer guide, A). How long containers stay warm is not published: 5 min is assumed
// (D). Left out: a request that waits for a container that is just being freed, the ramp of
// concurrency. Tested by tests/models/serving/serverless_test.cpp against the closed forms.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <vector>

#include "models/units.h"

namespace berth {

enum class Reuse : std::uint8_t { newest, oldest };  // of several idle containers

struct ServerlessLimits {
  int max_concurrency = 1;
  int provisioned = 0;
  Reuse reuse = Reuse::newest;
};

class ServerlessPool {
 public:
  explicit ServerlessPool(const ServerlessLimits& limits) : limits_(limits) {
    idle_provisioned_ = limits.provisioned;
  }

  enum class Found : std::uint8_t { warm, provisioned, cold, throttled };
  // Times must not decrease. A request that is not throttled must be begun.
  Found find(double now);
  // Since when the container that was found warm last has been there; of a provisioned one: for ever.
  double found_since() const { return found_since_; }
  // Occupies what was found until `end`; then the container stays for `keep`. `since`: it is there.
  void begin(Found found, double end, double keep, double since = kForEver);
  // A warm container out of nothing, as if a request had just ended.
  void add_idle(double now, double keep);

  int busy() const { return static_cast<int>(busy_.size()); }
  int idle(double now);  // not counting provisioned ones

 private:
  static constexpr double kForEver = -std::numeric_limits<double>::infinity();
  struct Busy {
    double end, keep, there_since;
    bool provisioned;
    std::uint64_t number;  // so that equal times have an order
    bool operator>(const Busy& other) const {
      return end != other.end ? end > other.end : number > other.number;
    }
  };
  struct Idle {
    double since, until, there_since;
  };
  void move_on(double now);

  ServerlessLimits limits_;
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy_;
  std::vector<Idle> idle_;  // by since, ascending
  int idle_provisioned_ = 0;
  double found_since_ = kForEver;
  std::uint64_t next_ = 0;
};

struct ServerlessShares {
  double warm = 0, cold = 0, throttled = 0;  // of all requests; sum 1
};
ServerlessShares serverless_shares(const ServerlessLimits& limits, double rate, double service_s,
                                   double cold_start_s, double keep_s);

// What Poisson requests at an even rate come to in a stretch of time, as if it had always been so.
struct ServerlessUse {
  ServerlessShares shares;
  double busy_s = 0;  // of containers that serve; cold starts are not billed
  double provisioned_busy_s =
      0;  // of these in provisioned ones: what Erlang's formula says they carry
};
ServerlessUse serverless_use(const ServerlessLimits& limits, double requests, double stretch_s,
                             double service_s, double cold_start_s, double keep_s);

}  // namespace berth
