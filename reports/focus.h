// The simulated bill in the columns of FOCUS (FinOps Open Cost and Usage Specification): all
// mandatory columns of 1.2, with the names 1.3 made mandatory and those it deprecated, so that
// validators of either accept it; our own columns last, with the prefix x_.
//
// A row a bill line and holder of a placement, a month long: the month in which the scenario
// starts, 730 h of it. Amounts are means over replications; an account is a placement of one
// simulation (x_SimRunId: a digest of all that its result says), so one account is one bill:
//   sum of BilledCost of an account = cost_usd_per_month of its placement (people included)
// What AWS would invoice and what people's hours cost are two invoices (InvoiceId).
//   usage          BilledCost = EffectiveCost; ListCost is the same usage on demand without plan or spot
//   plan, used     BilledCost 0, EffectiveCost the plan's rate, PricingCategory Committed, under the
//                  service that used it
//   plan, unused   BilledCost 0, EffectiveCost what is lost, no ConsumedQuantity
//   plan, bought   a Purchase row: BilledCost what used and unused add up to, EffectiveCost 0
// Left out: SKU ids (the catalogue has none), zones, resources (the bill is by class, not by job).
// Tested by tests/reports/focus_test.cpp against the published rules.
#pragma once

#include <string>

#include "reports/documents.h"

namespace berth {

// Of the results every placement; where there is none, of the plans what they recommend. Flips and
// break-evens have no bill: Unreadable (reports/read_result.h) with nothing else.
std::string focus_csv(const Documents& documents);
std::string focus_metadata(const Documents& documents);  // JSON: the version, the columns

}  // namespace berth
