#include "models/processor_sharing.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "models/random_stream.h"
#include "tests/oracles/max_min.h"

namespace berth {
namespace {

TEST_CASE("transfers share the link up to their cap", "[processor_sharing]") {
  // 100 B/s, cap 60: one transfer of 120 B alone takes 2 s; at 1 s it has 60 left and shares: 50 B/s
  // each. It ends at 2.2 s; the second (100 B) has 40 left and runs at 60 B/s: 2.2 + 2/3 s.
  SharedLink link({100});
  link.begin(0s, Bytes{120}, {60});
  CHECK(link.next_end()->count() == Approx(2));
  link.begin(1s, Bytes{100}, {60});
  CHECK(link.next_end()->count() == Approx(2.2));
  CHECK(link.end_next() == 0);
  CHECK(link.next_end()->count() == Approx(2.2 + 40.0 / 60));
  CHECK(link.end_next() == 1);
  CHECK_FALSE(link.next_end());
}

TEST_CASE("a transfer that is given up leaves its share", "[processor_sharing]") {
  SharedLink link({100});
  const auto first = link.begin(0s, Bytes{100}, {100});
  link.begin(0s, Bytes{100}, {100});
  CHECK(link.left(1s, first) == Approx(link.left(1s, first + 1)));
  CHECK(link.cancel(1s, first));  // each has moved 50 B
  CHECK_FALSE(link.cancel(1s, first));
  CHECK(link.next_end()->count() == Approx(1.5));
}

// Ends in the order of `begin`, by stepping through begins and ends.
std::vector<Seconds> run(SharedLink link, const std::vector<Flow>& flows) {
  std::vector<Seconds> done(flows.size());
  const auto end_until = [&](double time) {
    while (link.next_end() && link.next_end()->count() <= time) {
      const Seconds end = *link.next_end();
      done[static_cast<std::size_t>(link.end_next())] = end;
    }
  };
  for (const Flow& flow : flows) {
    end_until(flow.start.count());
    link.begin(flow.start, Bytes{static_cast<std::int64_t>(flow.size)}, {*flow.cap});
  }
  end_until(std::numeric_limits<double>::infinity());
  return done;
}

TEST_CASE("virtual time gives the same ends as filling the link anew at every event",
          "[processor_sharing][max_min]") {
  const double cap = GENERATE(1e9, 250.0, 40.0);
  RandomStream stream(7, 0, Purpose::image, 0);
  std::vector<Flow> flows;
  double start = 0;
  for (int i = 0; i < 300; ++i) {
    start += 3 * stream.uniform();
    flows.push_back({{0}, std::floor(1 + 1000 * stream.uniform()), Seconds{start}, cap});
  }
  const std::vector<double> capacities{500};
  const std::vector<Seconds> filled = completion_times(capacities, flows);
  const std::vector<Seconds> shared = run(SharedLink({500}), flows);
  for (std::size_t i = 0; i < flows.size(); ++i)
    CHECK(shared[i].count() == Approx(filled[i].count()).epsilon(1e-9));
}

TEST_CASE("transfers of several caps leave each other what they cannot use", "[processor_sharing]") {
  // 100 B/s. Caps 20, 20 and 1000: 20, 20 and 60 B/s. The third (120 B) ends at 2 s; the others have
  // moved 40 B each and go on at their cap: 100 B at 5 s, in the order of their begin.
  SharedLink link({100});
  link.begin(0s, Bytes{100}, {20});
  link.begin(0s, Bytes{120}, {1000});
  link.begin(0s, Bytes{100}, {20});
  CHECK(link.next_end()->count() == Approx(2));
  CHECK(link.end_next() == 1);
  CHECK(link.next_end()->count() == Approx(5));
  CHECK(link.end_next() == 0);
  CHECK(link.end_next() == 2);
  CHECK(link.transfers() == 0);
}

TEST_CASE("caps of their own are shared as max-min fairness shares them",
          "[processor_sharing][max_min]") {
  RandomStream stream(8, 0, Purpose::image, 0);
  const double caps[] = {15, 40, 90, 1e6};
  std::vector<Flow> flows;
  double start = 0;
  for (int i = 0; i < 300; ++i) {
    start += 3 * stream.uniform();
    const double cap = caps[static_cast<std::size_t>(4 * stream.uniform())];
    flows.push_back({{0}, std::floor(1 + 1000 * stream.uniform()), Seconds{start}, cap});
  }
  const std::vector<double> capacities{500};
  const std::vector<Seconds> filled = completion_times(capacities, flows);
  const std::vector<Seconds> shared = run(SharedLink({500}), flows);
  for (std::size_t i = 0; i < flows.size(); ++i)
    CHECK(shared[i].count() == Approx(filled[i].count()).epsilon(1e-9));
}

}  // namespace
}  // namespace berth
