#include "models/queueing/load_balancing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>

#include "models/queueing/mg1.h"
#include "models/queueing/solve.h"

namespace berth::queueing {
namespace {

constexpr int kMostPods = 4;
using Lengths = std::array<int, kMostPods>;  // longest first

// P(the shortest of the pods looked at is among the `longest` pods with the longest queues).
double all_among(Balancing policy, int longest, int pods) {
  const double g = longest, n = pods;
  switch (policy) {
    case Balancing::shortest_queue:
      return longest == pods;
    case Balancing::two_choices:
      return g * (g - 1) / (n * (n - 1));
    case Balancing::two_choices_with_replacement:
      return g * g / (n * n);
    default:
      return g / n;
  }
}

// The chain on sorted lengths: the shortest queue up to `shortest`, the longest at most `spread`
// above it. What would lead farther is left out.
class SortedQueues {
 public:
  SortedQueues(Balancing policy, int pods, double arrival_rate, double service_rate, int shortest,
               int spread)
      : policy_(policy), pods_(pods), arrival_rate_(arrival_rate), service_rate_(service_rate),
        shortest_(shortest), spread_(spread) {
    for (int n = 0; n < kMostPods; ++n)
      for (int m = 0; m <= spread + pods; ++m) choose_[n].push_back(binomial(m, n + 1));
    for (int least = 0; least <= shortest; ++least) {
      Lengths lengths{};
      lengths[pods - 1] = least;
      enumerate(0, least + spread, lengths);
    }
    link();
    solve();
  }

  // at_least[k]: an arrival joins a pod that holds k or more.
  std::vector<double> joined() const {
    std::vector<double> at_least(shortest_ + spread_ + 1, 0.0);
    for (std::size_t s = 0; s < states_.size(); ++s)
      for (int k = 0; k <= shortest_ + spread_; ++k) {
        const int longer = static_cast<int>(
            std::count_if(states_[s].begin(), states_[s].begin() + pods_,
                          [k](int length) { return length >= k; }));
        if (longer == 0) break;
        at_least[k] += pi_[s] * all_among(policy_, longer, pods_);
      }
    return at_least;
  }

 private:
  struct Incoming {
    int from;
    double rate;
  };

  static int binomial(int m, int n) {
    double value = 1;
    for (int i = 0; i < n; ++i) value = value * (m - i) / (i + 1);
    return m < n ? 0 : static_cast<int>(std::lround(value));
  }

  // The place of a state: by its shortest queue, then by how far the others stand out, in
  // lexicographic order (the combinatorial number system).
  int rank(const Lengths& lengths) const {
    const int least = lengths[pods_ - 1], others = pods_ - 1;
    int place = least * choose_[others - 1][spread_ + others];
    for (int i = 0; i < others; ++i)
      place += choose_[others - 1 - i][lengths[i] - least + others - 1 - i];
    return place;
  }

  bool inside(const Lengths& lengths) const {
    const int least = lengths[pods_ - 1];
    return least <= shortest_ && lengths[0] - least <= spread_;
  }

  void enumerate(int pod, int at_most, Lengths lengths) {
    if (pod == pods_ - 1) {
      states_.push_back(lengths);
      return;
    }
    for (int length = lengths[pods_ - 1]; length <= at_most; ++length) {
      lengths[pod] = length;
      enumerate(pod + 1, length, lengths);
    }
  }

  // Calls move(first, last, length) for every run of pods of equal length.
  template <class Visit>
  void for_runs(const Lengths& lengths, Visit visit) const {
    for (int first = 0, last = 0; first < pods_; first = last) {
      while (last < pods_ && lengths[last] == lengths[first]) ++last;
      visit(first, last, lengths[first]);
    }
  }

  template <class Visit>
  void for_moves(const Lengths& lengths, Visit visit) const {
    for_runs(lengths, [&](int first, int last, int length) {
      Lengths to = lengths;
      const double chance = all_among(policy_, last, pods_) - all_among(policy_, first, pods_);
      ++to[first];
      if (chance > 0 && inside(to)) visit(to, arrival_rate_ * chance);
      --to[first];
      --to[last - 1];
      if (length > 0 && inside(to)) visit(to, service_rate_ * (last - first));
    });
  }

  void link() {
    const std::size_t n = states_.size();
    out_.assign(n, 0);
    starts_.assign(n + 1, 0);
    for (const Lengths& state : states_)
      for_moves(state, [&](const Lengths& to, double) { ++starts_[rank(to) + 1]; });
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    incoming_.resize(starts_.back());
    std::vector<int> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t s = 0; s < n; ++s)
      for_moves(states_[s], [&](const Lengths& to, double rate) {
        incoming_[next[rank(to)]++] = {static_cast<int>(s), rate};
        out_[s] += rate;
      });
  }

  // Gauss-Seidel sweeps; after each, every total number of requests gets the weight that balances
  // the flow between it and the next (the slow direction of the plain sweeps).
  void solve() {
    pi_.assign(states_.size(), 1.0 / static_cast<double>(states_.size()));
    for (int sweep = 0; sweep < 5000; ++sweep) {
      const std::vector<double> before = pi_;
      for (std::size_t s = 0; s < pi_.size(); ++s) relax(s);
      for (std::size_t s = pi_.size(); s-- > 0;) relax(s);
      balance_totals();
      double change = 0;
      for (std::size_t s = 0; s < pi_.size(); ++s) change += std::abs(pi_[s] - before[s]);
      if (change < 1e-12) return;
    }
    throw std::runtime_error("the load-balancing chain did not settle");
  }

  void relax(std::size_t s) {
    double flow = 0;
    for (int i = starts_[s]; i < starts_[s + 1]; ++i)
      flow += pi_[incoming_[i].from] * incoming_[i].rate;
    pi_[s] = flow / out_[s];
  }

  void balance_totals() {
    std::vector<double> mass(pods_ * (shortest_ + spread_) + 1), up(mass.size()), down(mass.size());
    for (std::size_t s = 0; s < pi_.size(); ++s) {
      const int total = total_of(states_[s]);
      mass[total] += pi_[s];
      for_moves(states_[s], [&](const Lengths& to, double rate) {
        (total_of(to) > total ? up : down)[total] += pi_[s] * rate;
      });
    }
    std::vector<double> factor(mass.size(), 1.0);
    double sum = mass[0];
    for (std::size_t n = 1; n < mass.size(); ++n) {
      factor[n] = down[n] > 0 ? factor[n - 1] * up[n - 1] / down[n] : 0;
      sum += factor[n] * mass[n];
    }
    for (std::size_t s = 0; s < pi_.size(); ++s) pi_[s] *= factor[total_of(states_[s])] / sum;
  }

  int total_of(const Lengths& lengths) const {
    return std::accumulate(lengths.begin(), lengths.begin() + pods_, 0);
  }

  Balancing policy_;
  int pods_;
  double arrival_rate_, service_rate_;
  int shortest_, spread_;
  std::array<std::vector<int>, kMostPods> choose_;
  std::vector<Lengths> states_;
  std::vector<int> starts_;
  std::vector<Incoming> incoming_;
  std::vector<double> out_, pi_;
};

JoinedQueue geometric(double sigma, double service_rate) {
  std::vector<double> at_least = {1};
  while (at_least.back() > 1e-20) at_least.push_back(at_least.back() * sigma);
  return {at_least, service_rate};
}

}  // namespace

double JoinedQueue::mean_sojourn() const {
  return std::accumulate(at_least_.begin(), at_least_.end(), 0.0) / service_rate_;
}

// Before k services are done at most k - 1 ended: P(wait > t) = sum over j of Pois(j) at_least[j+1].
double JoinedQueue::wait_quantile(double p) const {
  if (p_wait() <= 1 - p) return 0;
  const auto ahead = std::span<const double>(at_least_).subspan(1);
  return falls_to([&](double t) { return poisson_mixture(ahead, service_rate_ * t); }, 1 - p,
                  mean_sojourn());
}

double JoinedQueue::sojourn_quantile(double p) const {
  return falls_to([&](double t) { return poisson_mixture(at_least_, service_rate_ * t); }, 1 - p,
                  mean_sojourn());
}

JoinedQueue balance_load(Balancing policy, int pods, double total_arrival_rate,
                         double service_rate) {
  const double rho = total_arrival_rate / (pods * service_rate);
  if (pods < 1 || rho >= 1)
    throw std::domain_error("load balancing needs a pod and a load below capacity");
  if (policy == Balancing::random || pods == 1) return geometric(rho, service_rate);
  if (policy == Balancing::round_robin)
    return geometric(gm1(erlang(pods, pods / total_arrival_rate), service_rate).sigma,
                     service_rate);
  if (pods > kMostPods)
    throw std::domain_error("choosing pods by queue length is exact for up to four pods");
  // All queues grow together with the ratio rho^pods, e^-25 at the last; single queues stand out with
  // a ratio of at most 1/2 (two draws of the same of two pods).
  const int shortest = static_cast<int>(-25 / (pods * std::log(rho))) + 4, spread = 48 / pods + 10;
  return {SortedQueues(policy, pods, total_arrival_rate, service_rate, shortest, spread).joined(),
          service_rate};
}

// s_k: the share of pods with k or more. Flow over k: c rho phi(s_{k-1}) = k s_k + s_{k+1} + .. + s_c up
// to c slots, s_k = rho phi(s_{k-1}) beyond, where phi(s) = s^2 + s (1 - s) / pods is the chance that both
// draws find k or more. All s_k up to c add up to c rho, so each follows from those before it; the first
// is found by halving.
TwoDraws two_draws(double utilisation, int slots, int pods) {
  if (!(utilisation < 1) || slots < 1 || pods < 1)
    throw std::domain_error("load balancing needs a pod and a load below capacity");
  const double load = slots * utilisation;
  const auto both = [&](double s) { return s * s + s * (1 - s) / pods; };
  // The share with all slots busy or more, and the one before it; above 0: the first was too large.
  struct Tried {
    double before = 1, last = 0, excess = 0;
  };
  const auto from_first = [&](double first) {
    Tried tried{.last = first};
    double rest = load - first;
    for (int k = 2; k <= slots; ++k) {
      const double next = (load * both(tried.last) - rest) / (k - 1);
      if (next > tried.last || next < 0) return Tried{1, 0, next > tried.last ? 1.0 : -1.0};
      tried = {.before = tried.last, .last = next};
      rest -= next;
    }
    tried.excess = tried.last - utilisation * both(tried.before);
    return tried;
  };
  double low = 0, high = 1;
  if (slots == 1) low = high = utilisation;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (from_first(middle).excess > 0 ? high : low) = middle;
  }
  TwoDraws found{.p_wait = both(from_first(low).last)};
  double waiting = 0;  // requests at a pod
  double s = utilisation * found.p_wait;
  while (s > 1e-15) {
    waiting += s;
    s = utilisation * both(s);
  }
  if (load > 0) found.mean_wait = waiting / load;
  return found;
}

JoinedQueue mean_field_choices(double utilisation, double service_rate, int choices) {
  if (utilisation >= 1) throw std::domain_error("load balancing needs a load below capacity");
  std::vector<double> at_least;
  double exponent = 0;  // (d^i - 1)/(d - 1) for i = 0, 1, ..
  double probability = 1;
  while (probability > 1e-20) {
    at_least.push_back(probability);
    exponent = exponent * choices + 1;
    probability = std::pow(utilisation, exponent * choices);  // all d hold i or more
  }
  return {at_least, service_rate};
}

}  // namespace berth::queueing
