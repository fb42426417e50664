#include "models/kubernetes/disruption_budget.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

using Of = DisruptionBudget::Of;

TEST_CASE("a budget allows what is ready beyond what it wants", "[disruption_budget][oracle]") {
  struct Row {
    const char* because;
    DisruptionBudget budget;
    int expected, ready, wanted, allowed;
  };
  // By hand from the rules of Kubernetes' disruption controller; the rounding is that of its
  // documentation: with 7 pods, 50 % is 4 of them, available or not.
  const auto row = GENERATE(values<Row>({
      {"a number that must stay",             {Of::min_available, 3},          5, 5, 3, 2},
      {"fewer ready, fewer may go",           {Of::min_available, 3},          5, 4, 3, 1},
      {"never below none",                    {Of::min_available, 3},          5, 2, 3, 0},
      {"half of seven must stay: four",       {Of::min_available, 50, true},   7, 7, 4, 3},
      {"half of seven may be away: four",     {Of::max_unavailable, 50, true}, 7, 7, 3, 4},
      {"one may be away",                     {Of::max_unavailable, 1},        5, 5, 4, 1},
      {"one is away already",                 {Of::max_unavailable, 1},        5, 4, 4, 0},
      {"none may be away",                    {Of::max_unavailable, 0},        5, 5, 5, 0},
      {"all must stay",                       {Of::min_available, 100, true},  5, 5, 5, 0},
      {"more may be away than there are",     {Of::max_unavailable, 9},        5, 5, 0, 5},
      {"a pod more than expected may go",     {Of::min_available, 100, true},  5, 6, 5, 1},
      {"where none are expected, none may",   {Of::min_available, 0},          0, 2, 0, 0},
      {"1 % of 3 is one pod",                 {Of::max_unavailable, 1, true},  3, 3, 2, 1},
  }));
  CAPTURE(row.because);
  const BudgetStatus status = status_of(row.budget, row.expected, row.ready);
  CHECK(status.ready == row.ready);
  CHECK(status.wanted == row.wanted);
  CHECK(status.allowed == row.allowed);
}

TEST_CASE("the eviction API lets pods go that the budget does not need", "[disruption_budget]") {
  struct Row {
    const char* because;
    int wanted, ready;
    bool unready_may_go, runs, is_ready;
    bool evicted, blocks;
  };
  const auto row = GENERATE(values<Row>({
      {"one is allowed",                         2, 3, false, true,  true,  true,  false},
      {"none is allowed",                        3, 3, false, true,  true,  false, true },
      {"pulling still: nobody counts on it",     3, 3, false, false, false, true,  true },
      {"not ready, its fellows are enough",      3, 3, false, true,  false, true,  true },
      {"not ready, its fellows are too few",     3, 2, false, true,  false, false, true },
      {"not ready, and nobody need be ready",    0, 0, false, true,  false, false, true },
      {"too few, but what is not ready may go",  3, 2, true,  true,  false, true,  false},
      {"AlwaysAllow is not for those ready",     3, 3, true,  true,  true,  false, true },
  }));
  CAPTURE(row.because);
  const DisruptionBudget budget{.of = Of::min_available,
                                .amount = row.wanted,
                                .unready_may_go = row.unready_may_go};
  const GuardedPod pod{budget, status_of(budget, 5, row.ready), row.runs, row.is_ready};
  CHECK(may_be_evicted(pod) == row.evicted);
  CHECK(blocks_consolidation(pod) == row.blocks);
}

TEST_CASE("who is refused asks again", "[disruption_budget]") {
  CHECK(kKarpenterRetry.wait_after(1) == Seconds{0.1});
  CHECK(kKarpenterRetry.wait_after(4) == Seconds{0.8});
  CHECK(kKarpenterRetry.wait_after(7) == Seconds{6.4});
  CHECK(kKarpenterRetry.wait_after(8) == Seconds{10});
  CHECK(kKarpenterRetry.wait_after(100'000) == Seconds{10});
  CHECK_FALSE(kKarpenterRetry.over(Seconds{100'000}));
  CHECK(kClusterAutoscalerRetry.wait_after(5) == Seconds{10});
  CHECK_FALSE(kClusterAutoscalerRetry.over(Seconds{119}));
  CHECK(kClusterAutoscalerRetry.over(Seconds{120}));
}

}  // namespace
}  // namespace berth
