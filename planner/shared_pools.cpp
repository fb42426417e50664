#include "planner/shared_pools.h"

#include <algorithm>
#include <tuple>

#include "planner/demand.h"
#include "planner/submission_times.h"

namespace berth {
namespace {

constexpr std::size_t kMostJobs = 12'000, kFewJobs = 4000;
// A change of less than this share of a node is none.
constexpr double kSaves = 0.02;

}  // namespace

SharedPools::SharedPools(const Scenario& scenario)
    : from_s_(scenario.warm_up.count()), to_s_((scenario.warm_up + scenario.horizon).count()) {
  std::size_t most = 0;
  for (std::uint32_t r = 0; r < 2 && (r == 0 || histories_[0].size() <= kFewJobs); ++r) {
    std::vector<Submission>& all = histories_.emplace_back();
    for (std::uint32_t i = 0; i < scenario.training.size(); ++i) {
      const auto times = submission_times(scenario, {static_cast<std::int32_t>(i)}, r, kMostWalked);
      for (std::uint32_t n = 0; n < times.size(); ++n) all.push_back({times[n], i, n});
      most = std::max(most, times.size());
    }
    std::ranges::sort(all, {},
                      [](const Submission& one) { return std::tuple(one.at, one.of, one.number); });
    // The end of a long history stands for all of it.
    if (all.size() > kMostJobs)
      all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kMostJobs));
  }
  durations_.resize(scenario.training.size());
  for (std::size_t i = 0; i < scenario.training.size(); ++i) {
    std::size_t jobs = 0;
    for (const auto& all : histories_)
      for (const Submission& one : all)
        if (one.of == i) jobs = std::max(jobs, std::size_t{one.number} + 1);
    durations_[i].reserve(jobs);
    for (std::size_t n = 0; n < jobs; ++n)
      durations_[i].push_back(quantile(scenario.training[i].duration, spread_evenly(n)));
  }
}

void SharedPools::add(std::size_t resource, const WalkedPool& pool, std::size_t workload,
                      WalkedClass work, double constant, double stretch) {
  Pool& shared = pools_[resource];
  shared.pool = pool;
  const auto [at, is_new] = shared.members.try_emplace(workload, Member{.work = work});
  if (!is_new) return;
  std::vector<double>& held = at->second.held_s;
  held.reserve(durations_[workload].size());
  for (const double duration : durations_[workload]) held.push_back(constant + stretch * duration);
  at->second.work.held_s = held;
}

std::vector<WalkedNodes> SharedPools::walk(const Pool& pool,
                                           const std::vector<std::size_t>& members) {
  ++walks_;
  std::vector<const WalkedClass*> classes(durations_.size(), nullptr);
  for (const std::size_t w : members) classes[w] = &pool.members.at(w).work;
  std::vector<WalkedNodes> mean(members.size(), WalkedNodes{.spread = 0});
  for (const auto& history : histories_) {
    const auto one = walk_nodes(history, from_s_, to_s_, pool.pool, classes);
    for (std::size_t i = 0; i < members.size(); ++i) {
      mean[i].waiting += one[members[i]].waiting / double(histories_.size());
      mean[i].spread += one[members[i]].spread / double(histories_.size());
      mean[i].jobs += one[members[i]].jobs;
    }
  }
  return mean;
}

void SharedPools::judge(Pool& pool) {
  std::vector<std::size_t> everybody;
  everybody.reserve(pool.members.size());
  for (const auto& [w, member] : pool.members) everybody.push_back(w);
  const std::vector<WalkedNodes> all = walk(pool, everybody);
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    const WalkedNodes alone = walk(pool, {everybody[i]}).front();
    ShareOfPool share{.alone = alone, .least = alone};
    share.least.spread = std::min(alone.spread, all[i].spread);
    share.least.waiting = std::min(alone.waiting, all[i].waiting);
    share.saves = alone.spread - share.least.spread > kSaves;
    if (!share.saves) share.least.spread = alone.spread;
    pool.members.at(everybody[i]).share = share;
  }
}

std::optional<ShareOfPool> SharedPools::share(std::size_t resource, std::size_t workload) {
  const auto found = pools_.find(resource);
  if (found == pools_.end() || found->second.members.size() < 2) return std::nullopt;
  Pool& pool = found->second;
  if (!pool.members.begin()->second.share) judge(pool);
  return pool.members.at(workload).share;
}

const std::vector<Sharing>& SharedPools::together(std::size_t resource,
                                                  const std::vector<std::size_t>& members) {
  Pool& pool = pools_.at(resource);
  if (!pool.members.begin()->second.share) judge(pool);
  const auto known = pool.known.find(members);
  if (known != pool.known.end()) return known->second;
  std::vector<Sharing> sharing;
  sharing.reserve(members.size());
  std::vector<WalkedNodes> walked;
  if (members.size() > 1) walked = walk(pool, members);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ShareOfPool& share = *pool.members.at(members[i]).share;
    const WalkedNodes& here = members.size() > 1 ? walked[i] : share.alone;
    const double unit = share.saves ? share.alone.spread - share.least.spread : share.least.spread;
    sharing.push_back({.beyond = std::max(0.0, here.spread - share.least.spread) / unit,
                       .waiting = std::max(here.waiting, share.least.waiting)});
  }
  return pool.known.emplace(members, std::move(sharing)).first->second;
}

}  // namespace berth
