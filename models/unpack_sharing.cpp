#include "models/unpack_sharing.h"

#include <algorithm>
#include <limits>

namespace berth {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

bool is_busy(double left) { return left > 0; }

}  // namespace

UnpackSharing::Course& UnpackSharing::find(Pull pull) {
  return *std::ranges::find(courses_, pull, &Course::pull);
}

bool UnpackSharing::met_others(Pull pull) const {
  return std::ranges::find(courses_, pull, &Course::pull)->met_others;
}

UnpackSharing::Pull UnpackSharing::begin(Seconds now, const UnpackPlan& plan, Seconds download,
                                         Arrived arrived) {
  if (courses_.empty()) at_ = now.count();
  look(now);
  courses_.push_back(
      {.pull = next_, .plan = &plan, .download = download, .arrived = std::move(arrived)});
  if (courses_.size() > 1)
    for (Course& course : courses_) course.met_others = true;
  return next_++;
}

void UnpackSharing::end(Seconds now, Pull pull) {
  if (courses_.size() > 1) look(now);
  std::erase_if(courses_, [pull](const Course& course) { return course.pull == pull; });
}

void UnpackSharing::look(Seconds now) {
  for (Course& course : courses_) {
    course.share_from = course.share_to;
    course.share_to = std::clamp(course.arrived(), course.share_from, 1.0);
  }
  run(courses_, {at_, now.count()});
  at_ = now.count();
}

Seconds UnpackSharing::rest_alone(Seconds now, Pull pull) {
  look(now);
  std::vector<Course> alone{find(pull)};
  alone[0].share_from = alone[0].share_to = 1;
  return Seconds{run(alone, {at_, kNever}) - at_};
}

// When the download had come as far as it comes alone in `part`.
double UnpackSharing::has_come(const Course& course, Seconds part, const Stretch& stretch) {
  const double share = course.download.count() > 0 ? part / course.download : 0;
  if (share <= course.share_from) return stretch.from;
  if (share > course.share_to) return kNever;
  return stretch.from + (stretch.to - stretch.from) * (share - course.share_from) /
                            (course.share_to - course.share_from);
}

// Ends what has ended, begins what can. True when that changed something.
bool UnpackSharing::begin_streams(Course& course, double now, const Stretch& stretch) {
  const UnpackPlan& plan = *course.plan;
  const bool streamed = plan.unpackers.streamed;
  const auto here = [&](Seconds part) { return has_come(course, part, stretch) <= now; };
  // A layer that was unpacked while it came has not ended before it has come.
  bool changed = std::erase_if(course.streams, [&](const Stream& stream) {
                   return !is_busy(stream.left) && here(plan.steps[stream.step].downloaded);
                 }) > 0;
  const auto slots = static_cast<std::size_t>(std::clamp(plan.unpackers.slots, 1, kMostUnpackers));
  while (course.next < plan.steps.size() && course.streams.size() < slots) {
    const UnpackStep& step = plan.steps[course.next];
    if (!here(streamed ? step.first_byte : step.downloaded)) break;
    course.streams.push_back({course.next++, step.work});
    changed = true;
  }
  return changed;
}

double UnpackSharing::speed(const std::vector<Course>& courses) const {
  double streams = 0, disk = 0;
  for (const Course& course : courses) {
    const auto busy = static_cast<double>(std::ranges::count_if(
        course.streams, [](const Stream& stream) { return is_busy(stream.left); }));
    streams += busy;
    disk += busy * course.plan->unpackers.stream_rate / course.plan->unpackers.disk_rate;
  }
  double speed = 1;
  if (streams > cores_) speed = cores_ / streams;
  if (disk > 1) speed = std::min(speed, 1 / disk);
  return speed;
}

double UnpackSharing::run(std::vector<Course>& courses, const Stretch& stretch) const {
  for (double now = stretch.from;;) {
    for (Course& course : courses)
      while (begin_streams(course, now, stretch)) continue;
    const double slowed = speed(courses);
    double until = kNever;
    for (const Course& course : courses) {
      const double rate = slowed * course.plan->unpackers.stream_rate;
      for (const Stream& stream : course.streams)
        until = std::min(
            until, is_busy(stream.left)
                       ? now + stream.left / rate
                       : has_come(course, course.plan->steps[stream.step].downloaded, stretch));
      if (course.next == course.plan->steps.size()) continue;
      const UnpackStep& step = course.plan->steps[course.next];
      const double begins = has_come(
          course, course.plan->unpackers.streamed ? step.first_byte : step.downloaded, stretch);
      if (begins > now) until = std::min(until, begins);
    }
    const bool idle = until == kNever;
    if (idle && stretch.to == kNever) return now;
    until = std::min(until, stretch.to);
    for (Course& course : courses) {
      const double rate = slowed * course.plan->unpackers.stream_rate;
      for (Stream& stream : course.streams)  // whoever ends this step ends exactly
        stream.left = now + stream.left / rate <= until ? 0 : stream.left - rate * (until - now);
    }
    now = until;
    if (now >= stretch.to) return now;
  }
}

}  // namespace berth
