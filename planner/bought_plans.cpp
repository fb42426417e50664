#include "planner/bought_plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

namespace berth {
namespace {

std::string name_to_buy(const BoughtPlan& plan) {
  return fmt::format("{}, {} (to buy)", name_of(plan.plan), name_of(plan.term));
}

void scale(BillLine& line, double factor) {
  line.quantity *= factor;
  line.amount = scaled(line.amount, factor);
  line.list_amount = scaled(line.list_amount, factor);
}

}  // namespace

PlanPurchase::PlanPurchase(const Scenario& scenario, const std::vector<Commitment::Term>& terms,
                           const Placement& placement, const Observations& measures)
    : scenario_(scenario), placement_(placement), measures_(measures) {
  const double window = Hours{scenario.horizon}.count();
  const auto hours = static_cast<std::size_t>(std::ceil(window));
  for (const PlanKind& kind : kPlanKinds) {
    if (std::ranges::find(terms, kind.term) == terms.end()) continue;
    EligibleUse use = eligible_use(scenario, placement.commitments, measures, kind, 1, hours);
    if (use.skus.empty()) continue;
    // Of each replication the window; its last hour may be a part of one.
    for (std::size_t r = 0; r < measures.size(); ++r)
      for (std::size_t h = use.begins[r]; h < use.begins[r + 1]; ++h)
        use.hours[h].hours = std::clamp(window - double(h - use.begins[r]), 0.0, 1.0);
    kinds_.push_back({kind, std::move(use)});
  }
}

std::vector<BoughtPlan> PlanPurchase::best(std::optional<std::size_t> left_out) const {
  std::vector<BoughtPlan> plans;
  std::vector<double> saved;
  for (const auto& [kind, use] : kinds_) {
    std::vector<UsageBlock> hours = use.hours;
    if (left_out)
      for (std::size_t h = use.begins[*left_out]; h < use.begins[*left_out + 1]; ++h)
        hours[h].hours = 0;
    const CommitmentChoice choice = best_commitment(hours, use.discounts);
    const double less = choice.on_demand_cost - choice.cost;
    if (choice.commitment <= 0 || less <= 0) continue;
    const bool other_term = !plans.empty() && plans.back().plan == kind.plan;
    if (other_term && less <= saved.back()) continue;
    if (other_term) plans.pop_back(), saved.pop_back();
    plans.push_back({kind.plan, kind.term, choice.commitment});
    saved.push_back(less);
  }
  return plans;
}

std::vector<BoughtPlan> PlanPurchase::plans_for(std::size_t replication) const {
  const auto known =
      std::ranges::count_if(measures_, [](const auto& one) { return one.has_value(); });
  return best(known > 1 ? std::optional(replication) : std::nullopt);
}

// As AWS applies a plan: the highest saving first, hour by hour.
std::vector<PlanPurchase::Covered> PlanPurchase::covered(std::size_t replication,
                                                         const BoughtPlan& plan) const {
  const auto at = std::ranges::find_if(kinds_, [&](const Kind& one) {
    return one.kind.plan == plan.plan && one.kind.term == plan.term;
  });
  const EligibleUse& use = at->use;
  std::vector<std::size_t> order(use.skus.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t sku) { return -use.discounts[sku]; });
  std::vector<double> worth(use.skus.size(), 0.0), whole(use.skus.size(), 0.0);
  for (std::size_t h = use.begins[replication]; h < use.begins[replication + 1]; ++h) {
    double left = plan.hourly_usd;
    for (const std::size_t sku : order) {
      const double there = use.hours[h].usage[sku], rate = 1 - use.discounts[sku];
      const double spent = std::min(left, there * rate);
      worth[sku] += use.hours[h].hours * spent / rate;
      whole[sku] += use.hours[h].hours * there;
      left -= spent;
    }
  }
  std::vector<Covered> list;
  for (std::size_t sku = 0; sku < use.skus.size(); ++sku)
    if (whole[sku] > 0)
      list.push_back({use.skus[sku], use.rates[sku], std::min(1.0, worth[sku] / whole[sku])});
  return list;
}

double PlanPurchase::paid_for(const BoughtPlan& plan) const {
  return plan.hourly_usd * Hours{scenario_.horizon}.count();
}

Bill PlanPurchase::bill(std::size_t replication) const { return billed(replication).bill; }

PlanPurchase::Billed PlanPurchase::billed(std::size_t replication) const {
  Billed billed{.bill = *measures_[replication]->bill};
  Bill& bill = billed.bill;
  std::vector<BillLine> lines;
  for (const BoughtPlan& plan : plans_for(replication)) {
    Usd unused = usd(paid_for(plan));
    const std::string name = name_to_buy(plan);
    for (const Covered& covered : covered(replication, plan))
      for (BillLine& line : bill.lines) {
        if (line.charge != Charge::usage || line.sku != covered.sku || covered.share == 0) continue;
        BillLine used = line;
        scale(used, covered.share);
        scale(line, 1 - covered.share);
        used.item = name + ": " + line.item;
        used.charge = Charge::commitment_used;
        used.sku = {};
        used.unit_price = covered.rate;
        used.amount = usd(covered.rate * used.quantity);
        used.reference = PriceTag{.usd = covered.rate,
                                  .as_of = scenario_.catalogue.date,
                                  .source = name,
                                  .status = PriceStatus::derived};
        unused -= used.amount;
        lines.push_back(std::move(used));
      }
    // Rounding may leave what is used a few nano-dollars above what is paid.
    if (unused.nanos < 0 && !lines.empty()) lines.back().amount += std::exchange(unused, Usd{});
    billed.unused += unused;
    if (unused.nanos != 0)
      lines.push_back({.service = "Savings Plans",
                       .item = name + ": unused",
                       .charge = Charge::commitment_unused,
                       .quantity = unused.dollars(),
                       .unit = "USD",
                       .unit_price = 1,
                       .amount = unused});
  }
  std::erase_if(bill.lines, [](const BillLine& line) {
    return line.sku && line.charge == Charge::usage && line.quantity == 0;
  });
  std::ranges::move(lines, std::back_inserter(bill.lines));
  std::ranges::sort(bill.lines, {}, [](const BillLine& line) {
    return std::tie(line.service, line.item, line.charge, line.holder);
  });
  bill.total = {};
  for (const BillLine& line : bill.lines) bill.total += line.amount;
  return billed;
}

Observations PlanPurchase::paid() const {
  Observations list;
  const double month = kMonth / scenario_.horizon;
  for (std::size_t r = 0; r < measures_.size(); ++r) {
    list.emplace_back();
    if (!measures_[r]) continue;
    const Billed window = billed(r);
    Observation& one = list.back().emplace(*measures_[r]);
    one.hourly.clear();
    one.bill.reset();
    price(one, scenario_, placement_, window.bill);
    one.marginal_usd += month * window.unused.dollars();
  }
  return list;
}

}  // namespace berth
