#include "models/unpack_sharing.h"

#include <algorithm>

namespace berth {

void UnpackSharing::advance(Seconds now) {
  progress_ = progress_at(now);
  now_ = now;
}

void UnpackSharing::share() {
  double cores = 0, disk = 0;
  for (const Active& active : active_) {
    cores += active.demand.cores;
    disk += active.demand.disk;
  }
  speed_ = 1;
  if (cores > cores_) speed_ = cores_ / cores;
  if (disk > 1) speed_ = std::min(speed_, 1 / disk);
}

UnpackSharing::Pull UnpackSharing::begin(Seconds now, UnpackDemand demand) {
  advance(now);
  active_.push_back({next_, demand, now, progress_});
  share();
  return next_++;
}

void UnpackSharing::end(Seconds now, Pull pull) {
  advance(now);
  std::erase_if(active_, [pull](const Active& active) { return active.pull == pull; });
  share();
}

double UnpackSharing::slowdown(Seconds now, Pull pull) const {
  const auto active = std::ranges::find(active_, pull, &Active::pull);
  if (active == active_.end()) return 1;
  const double progress = progress_at(now) - active->progress;
  const double took = (now - active->began).count();
  // Nothing has passed yet: what the next moment brings.
  return std::max(progress > 0 ? took / progress : 1 / speed_, 1.0);
}

double UnpackSharing::least_slowdown(Seconds now, Seconds rest, Pull pull) const {
  const auto active = std::ranges::find(active_, pull, &Active::pull);
  if (active == active_.end()) return 1;
  const double progress = progress_at(now) - active->progress + rest.count();
  const double took = (now + rest - active->began).count();
  return progress > 0 ? std::max(took / progress, 1.0) : 1;
}

}  // namespace berth
