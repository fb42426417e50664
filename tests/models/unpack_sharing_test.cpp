#include "models/unpack_sharing.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "models/pull_plan.h"

namespace berth {
namespace {

// Layers of so many bytes that arrive one a second, and unpackers of 1 byte a second each.
UnpackPlan layers_of(std::vector<double> work, int slots, double disk_rate) {
  UnpackPlan plan{.unpackers = {.slots = slots, .stream_rate = 1, .disk_rate = disk_rate}};
  for (std::size_t i = 0; i < work.size(); ++i)
    plan.steps.push_back(
        {.downloaded = Seconds{double(i + 1)}, .work = work[i], .first_byte = Seconds{double(i)}});
  return plan;
}

Seconds download_of(const UnpackPlan& plan) { return plan.steps.back().downloaded; }

// A pull whose download is not disturbed, looked at until it is done.
struct Course {
  const UnpackPlan& plan;
  double begins, ends = 0;
  UnpackSharing::Pull pull = 0;
};

template <std::size_t N>
void run_all(double cores, std::array<Course, N>& courses) {
  UnpackSharing machine(cores);
  double now = 0;
  const double step = 1 / 64.0;  // exact in binary, finer than what is compared
  for (std::size_t left = N; left > 0; now += step)
    for (Course& course : courses) {
      if (course.ends > 0) continue;
      if (now == course.begins)
        course.pull =
            machine.begin(Seconds{now}, course.plan, download_of(course.plan), [&now, &course] {
              return std::min((now - course.begins) / download_of(course.plan).count(), 1.0);
            });
      if (now < course.begins + download_of(course.plan).count()) continue;
      if (machine.rest_alone(Seconds{now}, course.pull).count() > 1e-9) continue;
      machine.end(Seconds{now}, course.pull);
      course.ends = now;
      --left;
    }
}

TEST_CASE("a pull alone on a machine is as fast as its plan says", "[unpack_sharing]") {
  const UnpackPlan plan =
      GENERATE(layers_of({3, 1, 4, 1, 5, 9}, 1, 10), layers_of({3, 1, 4, 1, 5, 9}, 3, 2),
               layers_of({3, 1, 4, 1, 5, 9}, 8, 100));
  const bool streamed = GENERATE(false, true);
  UnpackPlan one = plan;
  one.unpackers.streamed = streamed && one.unpackers.slots == 1;
  UnpackSharing machine(8);
  bool arrived = false;
  const auto pull = machine.begin(7s, one, download_of(one), [&] { return arrived ? 1.0 : 0.0; });
  CHECK_FALSE(machine.met_others(pull));
  const Seconds at = 7s + download_of(one);
  arrived = true;
  // What came between two looks came evenly: nothing at first, all at the second.
  const Seconds all = unpacked_after(one.steps, one.unpackers, 1);
  CHECK((machine.rest_alone(at, pull) + download_of(one)).count() == Approx(all.count()));
}

TEST_CASE("pulls share cores and disk, whichever is narrower", "[unpack_sharing]") {
  struct Row {
    const char* because;
    int streams;
    double cores, disk, slowed;
  };
  const auto row = GENERATE(values<Row>({
      {"four streams on four cores fit", 2, 4, 100, 1.0},
      {"three cores each: 6 on 4", 3, 4, 100, 1.5},
      {"each wants the whole disk", 2, 8, 2, 2.0},
      {"a disk of 4 for 6 streams is narrower than 5 cores", 3, 5, 4, 1.5},
  }));
  CAPTURE(row.because);
  // Everything is there at 1 s; then 100 bytes a stream at 1 / slowed each.
  UnpackPlan plan =
      layers_of(std::vector<double>(std::size_t(row.streams), 100), row.streams, row.disk);
  for (UnpackStep& step : plan.steps) step.downloaded = 1s;
  std::array courses{Course{plan, 0}, Course{plan, 0}};
  run_all(row.cores, courses);
  for (const Course& course : courses)
    CHECK(course.ends == Approx(1 + 100 * row.slowed).margin(0.05));
}

TEST_CASE("a pull is slowed while others unpack, and no longer", "[unpack_sharing]") {
  // A disk of 1. The first has it alone from 1 s to 11 s; with the second, at half speed, it does its
  // last 10 in 20 s: until 31 s. The second has then done 10 of 20 and does the rest alone: 41 s.
  const UnpackPlan plan = layers_of({20}, 1, 1);
  std::array courses{Course{plan, 0}, Course{plan, 10}};
  run_all(4, courses);
  CHECK(courses[0].ends == Approx(31).margin(0.05));
  CHECK(courses[1].ends == Approx(41).margin(0.05));
}

TEST_CASE("a pull that has one layer left leaves the disk to another", "[unpack_sharing]") {
  // A disk of 2 for two streams of 1. Each pull: layers of 10 and 30 bytes at once. Four streams at half
  // speed until the small ones are done (20 s), then two large ones at full speed: 20 left, 20 s more.
  // Taken at its peak (two streams) all the way it would be 60 s.
  UnpackPlan plan = layers_of({10, 30}, 2, 2);
  for (UnpackStep& step : plan.steps) step.downloaded = 1s;
  std::array courses{Course{plan, 0}, Course{plan, 0}};
  run_all(8, courses);
  for (const Course& course : courses) CHECK(course.ends == Approx(1 + 40).margin(0.05));
}

TEST_CASE("a pull that waits for its download hurts nobody", "[unpack_sharing]") {
  // Of two layers of 1 byte the second arrives at 100 s. Between, the disk of 1 is the other's: from
  // 1 s on it shares for 2 s (1 done of 20), then does 19 alone.
  UnpackPlan slow = layers_of({1, 1}, 1, 1);
  slow.steps[1].downloaded = 100s;
  const UnpackPlan plan = layers_of({20}, 1, 1);
  std::array courses{Course{slow, 0}, Course{plan, 0}};
  run_all(4, courses);
  CHECK(courses[1].ends == Approx(1 + 2 + 19).margin(0.05));
  CHECK(courses[0].ends == Approx(101).margin(0.05));
}

// Two pulls of one plan in steps of a millisecond, by the rules in words: layers begin in order of
// arrival, in free slots; streams share the disk.
double by_small_steps(const UnpackPlan& plan, double later) {
  struct One {
    double begins;
    std::vector<double> left;
    std::size_t next = 0, done = 0;
    std::vector<std::size_t> busy{};
  };
  std::vector<One> pulls(2);
  for (std::size_t p = 0; p < 2; ++p) {
    pulls[p].begins = double(p) * later;
    for (const UnpackStep& step : plan.steps) pulls[p].left.push_back(step.work);
  }
  const double step = 1e-3;
  double now = 0;
  for (; pulls[0].done + pulls[1].done < 2 * plan.steps.size(); now += step) {
    std::size_t streams = 0;
    for (One& one : pulls) {
      while (one.next < plan.steps.size() && one.busy.size() < std::size_t(plan.unpackers.slots) &&
             one.begins + plan.steps[one.next].downloaded.count() <= now)
        one.busy.push_back(one.next++);
      streams += one.busy.size();
    }
    const double rate =
        std::min(plan.unpackers.stream_rate,
                 plan.unpackers.disk_rate / double(std::max<std::size_t>(streams, 1)));
    for (One& one : pulls)
      std::erase_if(one.busy, [&](std::size_t i) {
        one.left[i] -= rate * step;
        one.done += one.left[i] <= 0;
        return one.left[i] <= 0;
      });
  }
  return now;
}

TEST_CASE("two parallel pulls of one large image are as small steps of time find them",
          "[unpack_sharing][oracle]") {
  // 9.72 GB on a g5.4xlarge: most of a pull alone is its largest layer in one stream of 220 MB/s, while
  // the disk moves 1049 MB/s, so two at once take about a fifth longer, not twice as long.
  const double later = GENERATE(0.0, 16.0);
  const Image image{.name = "vllm",
                    .layers = synthesise_layers({{9'720'000'000}, {23'000'000'000}, 40, {0}})};
  const NodeShape node{.network = gigabits_per_second(10), .disk = kGp3Maximum, .vcpus = 16};
  const PullPlan plan = plan_pull(image, {}, PullMode::soci_parallel, node);
  const double alone = (ready(plan, plan.alone()) - plan.before).count();
  std::array courses{Course{plan.unpack, 0}, Course{plan.unpack, later}};
  run_all(double(2 * node.vcpus), courses);
  const double last = std::max(courses[0].ends, courses[1].ends);
  CHECK(last == Approx(by_small_steps(plan.unpack, later)).epsilon(0.005));
  CHECK(last - later < 1.4 * alone);
  CHECK(last - later > alone);
}

}  // namespace
}  // namespace berth
