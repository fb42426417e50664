#!/bin/sh
# The CSV tables and the FOCUS bill of a real result: every column of one kind that data frames and
# spreadsheets read without being told, and a bill with Savings Plans that adds up.
#   tables_test.sh BERTH      exit 77 (skipped) without python3
berth=$1
command -v python3 >/dev/null || { echo 'skipped: no python3'; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# 1 $/h of SageMaker usage is committed and not all of it used; of 0.5 $/h for EC2 nothing is.
cat > "$scratch/plans.yaml" <<'YAML'
schema: berth/scenario/1
name: plans
horizon: 1d
starts_on: 2026-11-19
images:
  trainer: {size: 2.5GB, unpacked: 6GB, layers: 20}
platforms:
  sagemaker: {kind: sagemaker, default_training_quota: 20}
training:
  retrain:
    team: pricing
    image: trainer
    schedule: {every: 15min, jitter: 1min}
    models: 8
    needs: {cpu: 3, memory: 12GiB}
    duration: {median: 4min, p95: 7min}
    start_within: 20min
placements:
  held:
    training: {"*": {platform: sagemaker, instance_type: ml.m5.xlarge}}
    commitments: {sagemaker_sp: {hourly: $1/h, term: 1y}, compute_sp: {hourly: $0.5/h, term: 3y}}
  free: {training: {"*": {platform: sagemaker, instance_type: ml.m5.xlarge}}}
YAML
"$berth" simulate "$scratch/plans.yaml" --replications 3 --quiet --format json -o "$scratch/r.json" &&
  "$berth" plan "$scratch/plans.yaml" --quiet -o "$scratch/plan.json" >/dev/null &&
  "$berth" flip "$scratch/plans.yaml" "$scratch/plan.json" --quiet --format json -o "$scratch/flip.json" &&
  "$berth" breakeven "$scratch/plans.yaml" --image trainer --format json -o "$scratch/even.json" &&
  "$berth" report "$scratch/r.json" "$scratch/plan.json" "$scratch/flip.json" "$scratch/even.json" \
    --csv "$scratch/tables" --focus "$scratch/bill.csv" --quiet || exit 1

python3 - "$scratch" <<'PYTHON'
import csv, pathlib, re, sys

scratch = pathlib.Path(sys.argv[1])
wrong = []
def check(what, good):
    if not good:
        wrong.append(what)

number = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")  # no thousands apart, no plus before it, no unit
day = re.compile(r"\d{4}-\d{2}-\d{2}")
moment = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
kinds = {"number": number, "day": day, "moment": moment, "truth": re.compile("true|false")}

def rows_of(file):
    raw = file.read_bytes()
    check(f"{file.name}: UTF-8 without a mark", not raw.startswith(b"\xef\xbb\xbf") and raw.decode())
    rows = list(csv.DictReader(raw.decode().splitlines(), strict=True))
    check(f"{file.name}: a header and rows of its length", rows and all(None not in r and None not in r.values() for r in rows))
    return rows

def kind_of(values):
    for name, pattern in kinds.items():
        if all(pattern.fullmatch(v) for v in values):
            return name
    return "text"

# What each column is; every other column is text. A column that is empty here is of any kind.
expected = {
    "placements.csv": {"number": "cost_usd_per_month low high replications goals_missed"},
    "figures.csv": {"number": "mean low high n"},
    "replications.csv": {"number": "replication value"},
    "cost.csv": {"number": "quantity_per_month usd_per_month list_usd_per_month usd_per_unit", "day": "price_as_of"},
    "homes.csv": {"number": "keep_alive_s"},
    "series.csv": {"number": "hour value"},
    "distributions.csv": {"number": "share start_latency_s"},
    "plan_candidates.csv": {"truth": "recommended on_front meets_limits from_scenario",
        "number": "replications usd_per_month low high marginal_usd_per_month analytic_usd_per_month start_latency_p95_s "
                  "serving_latency_p99_s portable_share people_hours_per_month limits_broken"},
    "plan_homes.csv": {"number": "usd_per_month low high start_latency_p95_s start_within_share latency_p99_s slo_share "
                                 "runner_up_usd_per_month_more"},
    "flips.csv": {"number": "now flips_at searched_low searched_high"},
    "breakevens.csv": {"number": "at value"},
    "bill.csv": {"number": "BilledCost EffectiveCost ListCost ContractedCost ListUnitPrice ContractedUnitPrice PricingQuantity "
                           "ConsumedQuantity CommitmentDiscountQuantity x_Seed",
                 "moment": "BillingPeriodStart BillingPeriodEnd ChargePeriodStart ChargePeriodEnd", "day": "x_PriceAsOf"},
}
files = sorted((scratch / "tables").glob("*.csv")) + [scratch / "bill.csv"]
check("all tables are there", sorted(f.name for f in files) == sorted(expected))
for file in files:
    rows = rows_of(file)
    of = {column: kind for kind, columns in expected[file.name].items() for column in columns.split()}
    check(f"{file.name}: columns are named", set(of) <= set(rows[0]))
    for column in rows[0]:
        values = [r[column] for r in rows if r[column] != ""]
        if values:
            check(f"{file.name}: {column} is {kind_of(values)}, not {of.get(column, 'text')}: {values[:3]}",
                  kind_of(values) == of.get(column, "text"))

bill = [r for r in rows_of(scratch / "bill.csv") if r["x_Placement"] == "held"]
usd = lambda rows, column: sum(float(r[column]) for r in rows)
near = lambda a, b: abs(a - b) <= 1e-6 * max(1, abs(b))
for name, category, monthly, is_used in (("SageMaker Savings Plan, 1 year", "AI and Machine Learning", 730, True),
                                         ("Compute Savings Plan, 3 years", "Compute", 365, False)):
    of = [r for r in bill if r["CommitmentDiscountId"].startswith(name)]
    bought = [r for r in of if r["ChargeCategory"] == "Purchase"]
    used = [r for r in of if r["CommitmentDiscountStatus"] == "Used"]
    unused = [r for r in of if r["CommitmentDiscountStatus"] == "Unused"]
    check(f"{name}: one purchase, one unused row", len(bought) == 1 and len(unused) == 1 and len(of) == 2 + len(used))
    check(f"{name}: a month of the fee is billed: 730 h", near(usd(bought, "BilledCost"), monthly) and usd(used + unused, "BilledCost") == 0)
    check(f"{name}: used and unused make up the purchase", near(usd(used + unused, "EffectiveCost"), monthly) and usd(bought, "EffectiveCost") == 0)
    check(f"{name}: its own category", all(r["ServiceCategory"] == category for r in bought + unused))
    check(f"{name}: used", bool(used) == is_used and all(float(r["ListCost"]) > float(r["EffectiveCost"]) > 0 and
          r["PricingCategory"] == "Committed" and r["ServiceName"] == "Amazon SageMaker" and r["SkuMeter"].startswith("ml.") and
          r["x_Workload"] == "retrain" and r["SubAccountName"] == "pricing" for r in used))
    check(f"{name}: unused is no usage", all(r["ConsumedQuantity"] == "" and float(r["EffectiveCost"]) > 0 for r in unused))
total = next(float(r["cost_usd_per_month"]) for r in rows_of(scratch / "tables" / "placements.csv") if r["placement"] == "held")
check(f"the bill is the placement's cost: {usd(bill, 'BilledCost')}, {total}", near(usd(bill, "BilledCost"), total) and near(usd(bill, "EffectiveCost"), total))
check("unit prices are those of the list", any(r["ListUnitPrice"] == "0.1" for r in bill) and any(r["ListUnitPrice"] == "0.23" for r in bill))

print("\n".join("FAILED " + w for w in wrong) or "ok")
sys.exit(1 if wrong else 0)
PYTHON
