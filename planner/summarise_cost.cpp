#include "planner/summarise_cost.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <map>
#include <set>

#include "planner/people.h"

namespace berth {
namespace {

using MonthlyBills = std::vector<std::optional<Bill>>;  // by replication

Bill monthly_bill(const Scenario& scenario, const Placement& placement, const Bill& window) {
  Bill bill = per_month(window, scenario.horizon);
  add_people(bill, toil_lines(scenario.people.activities, looked_after(scenario, placement), scenario.people.hour),
             scenario.people.hour);
  return bill;
}

MonthlyBills monthly_bills(const Scenario& scenario, const Placement& placement,
                           const Outcomes& outcomes) {
  MonthlyBills bills;
  for (const std::optional<Outcome>& outcome : outcomes.by_replication)
    bills.push_back(outcome ? std::optional(monthly_bill(scenario, placement, outcome->bill)) : std::nullopt);
  return bills;
}

template <class Read>
Figure each(const MonthlyBills& bills, Read read) {
  Figure figure;
  for (const std::optional<Bill>& bill : bills)
    figure.values.push_back(bill ? std::optional<double>(read(*bill)) : std::nullopt);
  return figure;
}

template <class Matches>
Figure sum_of(const MonthlyBills& bills, Matches matches) {
  return each(bills, [&](const Bill& bill) {
    Usd sum;
    for (const BillLine& line : bill.lines)
      if (matches(line)) sum += line.amount;
    return sum.dollars();
  });
}

bool is_nobodys(const BillLine& line) {
  return line.holder == Holder::nobody() && line.charge != Charge::people;
}
// Hours of machines nobody used. What a plan charges for hours nobody ran is not a machine.
bool is_idle(const BillLine& line) {
  const bool machine = line.service == "Amazon EC2" || line.charge == Charge::commitment_used;
  return is_nobodys(line) && machine && line.unit == "h";
}

bool is_shared(const BillLine& line) { return is_nobodys(line) && !is_idle(line); }

// One line per service, item and way it is charged, whoever holds it.
struct LineKey {
  std::string service, item;
  Charge charge{};
  auto operator<=>(const LineKey&) const = default;
};
LineKey key_of(const BillLine& line) { return {line.service, line.item, line.charge}; }

LineShare line_share(const MonthlyBills& bills, const std::vector<std::string>& training,
                     const std::vector<std::string>& services, const BillLine& like) {
  const auto matches = [&like](const BillLine& line) {
    return key_of(line) == key_of(like) && line.holder == like.holder;
  };
  const auto sum = [&](auto read) {
    return each(bills, [&](const Bill& bill) {
      double total = 0;
      for (const BillLine& line : bill.lines)
        if (matches(line)) total += read(line);
      return total;
    });
  };
  LineShare share{
      .quantity_per_month = sum([](const BillLine& line) { return line.quantity; }),
      .usd_per_month = sum_of(bills, matches),
      .list_usd_per_month = sum([](const BillLine& line) { return line.list_amount.dollars(); })};
  const auto index = static_cast<std::size_t>(like.holder.index);
  if (like.charge == Charge::people)
    share.kind = "people";
  else if (like.holder.kind == Holder::Kind::training)
    share.kind = "training", share.workload = training[index];
  else if (like.holder.kind == Holder::Kind::service)
    share.kind = "service", share.workload = services[index];
  else
    share.kind = is_idle(like) ? "idle" : "shared";
  return share;
}

std::vector<LineShare> line_shares(const Scenario& scenario, const MonthlyBills& bills,
                                   const BillLine& like) {
  std::vector<std::string> training, services;
  for (const TrainingClass& one : scenario.training) training.push_back(one.name);
  for (const Service& one : scenario.services) services.push_back(one.name);
  std::map<Holder, const BillLine*> holders;
  for (const std::optional<Bill>& bill : bills)
    if (bill)
      for (const BillLine& line : bill->lines)
        if (key_of(line) == key_of(like)) holders.try_emplace(line.holder, &line);
  std::vector<LineShare> shares;
  for (const auto& [holder, line] : holders)
    shares.push_back(line_share(bills, training, services, *line));
  return shares;
}

CostLine cost_line(const Scenario& scenario, const MonthlyBills& bills, const BillLine& like) {
  const auto matches = [key = key_of(like)](const BillLine& line) { return key_of(line) == key; };
  CostLine line{.service = like.service,
                .item = like.item,
                .charge = std::string{name_of(like.charge)},
                .unit = like.unit,
                .quantity_per_month = each(bills,
                                           [&](const Bill& bill) {
                                             double sum = 0;
                                             for (const BillLine& other : bill.lines)
                                               if (matches(other)) sum += other.quantity;
                                             return sum;
                                           }),
                .usd_per_month = sum_of(bills, matches),
                .usd_per_unit = like.unit_price,
                .shares = line_shares(scenario, bills, like)};
  if (like.reference) {
    line.price_as_of = like.reference->as_of;
    line.price_source = like.reference->source;
    line.price_status = name_of(like.reference->status);
  }
  return line;
}

std::vector<CostLine> cost_lines(const Scenario& scenario, const MonthlyBills& bills) {
  std::map<LineKey, const BillLine*> first;
  for (const std::optional<Bill>& bill : bills)
    if (bill)
      for (const BillLine& line : bill->lines) first.try_emplace(key_of(line), &line);
  std::vector<CostLine> lines;
  lines.reserve(first.size());
  for (const auto& [key, line] : first) lines.push_back(cost_line(scenario, bills, *line));
  // Stable: equal amounts stay in the order of their keys.
  std::ranges::stable_sort(lines, std::greater{},
                           [](const CostLine& line) { return mean_or_zero(line.usd_per_month); });
  return lines;
}

std::vector<WorkloadCost> workload_costs(const Scenario& scenario, const MonthlyBills& bills) {
  std::vector<WorkloadCost> costs;
  const auto add = [&](std::string kind, const std::string& name, Holder holder) {
    costs.push_back({std::move(kind), name, sum_of(bills, [&](const BillLine& line) {
                       return line.holder == holder && line.charge != Charge::people;
                     })});
  };
  for (std::size_t i = 0; i < scenario.training.size(); ++i)
    add("training", scenario.training[i].name,
        Holder::of(TrainingId{static_cast<std::int32_t>(i)}));
  for (std::size_t i = 0; i < scenario.services.size(); ++i)
    add("service", scenario.services[i].name, Holder::of(ServiceId{static_cast<std::int32_t>(i)}));
  return costs;
}

std::vector<std::string> missing_prices(const MonthlyBills& bills) {
  std::set<std::string> missing;
  for (const std::optional<Bill>& bill : bills)
    if (bill) missing.insert(bill->missing.begin(), bill->missing.end());
  return {missing.begin(), missing.end()};
}

}  // namespace

MonthlyCost monthly_cost(const Scenario& scenario, const Placement& placement, const Bill& window) {
  const Bill bill = monthly_bill(scenario, placement, window);
  const std::size_t classes = scenario.training.size();
  std::vector<Usd> workloads(classes + scenario.services.size());
  Usd people, shared;
  for (const BillLine& line : bill.lines) {
    const auto w = static_cast<std::size_t>(line.holder.index);
    if (line.charge == Charge::people)
      people += line.amount;
    else if (line.holder.kind != Holder::Kind::unattributed)
      workloads[line.holder.kind == Holder::Kind::training ? w : classes + w] += line.amount;
    else if (is_shared(line))
      shared += line.amount;
  }
  MonthlyCost cost{bill.total.dollars(), people.dollars(), shared.dollars(), {}};
  for (const Usd usd : workloads) cost.workload_usd.push_back(usd.dollars());
  return cost;
}

CostSummary summarise_cost(const Scenario& scenario, const Placement& placement,
                           const Outcomes& outcomes) {
  const MonthlyBills bills = monthly_bills(scenario, placement, outcomes);
  return {.total_usd_per_month = each(bills, [](const Bill& bill) { return bill.total.dollars(); }),
          .lines = cost_lines(scenario, bills),
          .workloads = workload_costs(scenario, bills),
          .idle_usd_per_month = sum_of(bills, is_idle),
          .shared_usd_per_month = sum_of(bills, is_shared),
          .people_usd_per_month =
              sum_of(bills, [](const BillLine& line) { return line.charge == Charge::people; }),
          .list_usd_per_month = each(bills,
                                     [](const Bill& bill) {
                                       Usd sum;
                                       for (const BillLine& line : bill.lines)
                                         sum += line.list_amount;
                                       return sum.dollars();
                                     }),
          .missing = missing_prices(bills)};
}

}  // namespace berth
