// Several pulls that inflate and write on one machine: how much slower each is than alone.
//
//   speed(t) = min(1, cores / cores wanted by all, 1 / share of the disk wanted by all)
//   slowdown of a pull, begin to now = (now - begin) / int speed dt
//
// All are slowed alike, so one integral serves everybody: O(pulls) when one begins or ends, O(1) to
// ask. A pull alone on a machine has a slowdown of 1.
// Left out: a pull that wants little of the narrow resource is slowed like the others; what user code
// takes of the cores and the disk. Tested by tests/models/unpack_sharing_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "models/units.h"

namespace berth {

// What one pull takes of a machine while it unpacks, alone on it.
struct UnpackDemand {
  double cores = 0;
  double disk = 0;  // share of what the disk moves
  bool none() const { return cores <= 0 && disk <= 0; }
};

class UnpackSharing {
 public:
  explicit UnpackSharing(double cores) : cores_(cores) {}

  using Pull = std::int64_t;
  // Time never runs backwards.
  Pull begin(Seconds now, UnpackDemand demand);
  void end(Seconds now, Pull pull);
  double slowdown(Seconds now, Pull pull) const;  // since it began; >= 1

  // The slowdown it has `rest` from now if it has the machine to itself from now on: the least it can.
  double least_slowdown(Seconds now, Seconds rest, Pull pull) const;

  std::size_t pulls() const { return active_.size(); }

 private:
  struct Active {
    Pull pull;
    UnpackDemand demand;
    Seconds began{0};
    double progress = 0;  // the integral when it began
  };
  double progress_at(Seconds now) const { return progress_ + speed_ * (now - now_).count(); }
  void advance(Seconds now);
  void share();

  double cores_;
  Seconds now_{0};
  double progress_ = 0, speed_ = 1;
  Pull next_ = 0;
  std::vector<Active> active_;
};

}  // namespace berth
