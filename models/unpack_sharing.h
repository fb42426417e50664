// Several pulls that inflate and write on one machine, layer by layer.
//
//   speed(t) = min(1, cores / streams, 1 / sum over pulls of streams x stream rate / disk rate)
//
// A stream is a layer that is being unpacked; all streams of a machine are slowed alike, each to
// speed x its own rate. A pull's layers arrive as its download moves on, are unpacked in its order by
// as many streams as it has unpackers (models/image_pull.h), and nobody waits for a stream that has
// ended. So two pulls hurt each other while both unpack much, and not while one of them still
// downloads or has its largest layer left. A pull alone on a machine is as models/image_pull.h says.
//
// What has arrived between two looks is taken to have come evenly. A look steps through the layers
// that ended since the last one: O(layers x pulls); a pull that meets nobody is never looked at.
// Left out: what user code takes of the cores and the disk.
// Tested by tests/models/unpack_sharing_test.cpp, against small steps of time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/image_pull.h"

namespace berth {

class UnpackSharing {
 public:
  explicit UnpackSharing(double cores) : cores_(cores) {}

  using Pull = std::int64_t;
  // The share of a pull's bytes that has arrived by now, from 0 to 1, never falling.
  using Arrived = std::function<double()>;

  // Time never runs backwards. `plan` outlives the pull; its download lasts `download` if nobody
  // disturbs it.
  Pull begin(Seconds now, const UnpackPlan& plan, Seconds download, Arrived arrived);
  void end(Seconds now, Pull pull);
  // Its download moves otherwise from now on, or has ended.
  void look(Seconds now);

  bool met_others(Pull pull) const;
  // Of a pull that has arrived: how long it takes from now on if the others are gone. That is the
  // least it can take.
  Seconds rest_alone(Seconds now, Pull pull);

  std::size_t pulls() const { return courses_.size(); }

 private:
  struct Stream {
    std::size_t step;
    double left;  // bytes to be unpacked
  };
  struct Course {
    Pull pull;
    const UnpackPlan* plan;
    Seconds download;
    Arrived arrived;
    double share_from = 0, share_to = 0;  // arrived, at the last look and at this one
    std::size_t next = 0;                 // the step that begins next
    std::vector<Stream> streams{};
    bool met_others = false;
  };
  struct Stretch {
    double from, to;
  };

  Course& find(Pull pull);
  static double has_come(const Course& course, Seconds part, const Stretch& stretch);
  static bool begin_streams(Course& course, double now, const Stretch& stretch);
  double speed(const std::vector<Course>& courses) const;
  // Returns when nothing is left to do before stretch.to: that, or the end of the last stream.
  double run(std::vector<Course>& courses, const Stretch& stretch) const;

  double cores_;
  double at_ = 0;  // of the last look
  Pull next_ = 0;
  std::vector<Course> courses_;
};

}  // namespace berth
