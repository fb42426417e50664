#!/bin/sh
# Validates real results and a real comparison against the schemas berth prints.
#   schema_test.sh BERTH SCENARIO SMALL      exit 77 (skipped) without python3-jsonschema
berth=$1
scenario=$2
small=$3  # with two placements or more
python=
for candidate in /usr/bin/python3 python3; do
  "$candidate" -c 'import jsonschema' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || { echo 'skipped: no python3-jsonschema'; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

"$berth" schema --result -o "$scratch/result.schema.json" &&
  "$berth" schema --comparison -o "$scratch/comparison.schema.json" &&
  "$berth" schema --trace -o "$scratch/trace.schema.json" &&
  "$berth" schema plan -o "$scratch/plan.schema.json" &&
  "$berth" plan "$small" --quiet -o "$scratch/plan.json" >/dev/null &&
  "$berth" simulate "$scenario" --replications 2 --quiet --format json -o "$scratch/result.json" &&
  "$berth" simulate "$small" "$small" --replications 1 --quiet --format json \
    -o "$scratch/results.json" &&
  "$berth" schema check -o "$scratch/check.schema.json" &&
  "$berth" schema flip -o "$scratch/flip.schema.json" &&
  "$berth" schema breakeven -o "$scratch/breakeven.schema.json" &&
  "$berth" breakeven "$small" --image trainer --class retrain --format json -o "$scratch/breakeven.json" &&
  "$berth" flip "$small" "$scratch/plan.json" --quiet --format json -o "$scratch/flip.json" &&
  "$berth" simulate "$small" --replications 2 --quiet --format json -o "$scratch/base.json" &&
  "$berth" check "$small" --against "$scratch/base.json" --replications 2 --quiet --format json \
    -o "$scratch/check.json" &&
  "$berth" compare "$small" --replications 2 --quiet --format json -o "$scratch/comparison.json" ||
  exit 1
one=$("$berth" simulate "$small" --replications 1 --format csv | sed -n '2s/^[^,]*,\([^,]*\),.*/\1/p')
"$berth" simulate "$small" --placement "$one" --replications 1 --quiet --trace "$scratch/trace.jsonl" \
  -o "$scratch/ignored.txt" || exit 1

"$python" - "$scratch" <<'PYTHON'
import json, pathlib, sys
import jsonschema

scratch = pathlib.Path(sys.argv[1])
wrong = 0
for document, schema in (("result", "result"), ("results", "result"), ("comparison", "comparison"),
                         ("plan", "plan"), ("check", "check"), ("flip", "flip"),
                         ("breakeven", "breakeven")):
    rules = json.loads((scratch / f"{schema}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(rules)
    value = json.loads((scratch / f"{document}.json").read_text())
    for error in jsonschema.Draft7Validator(rules).iter_errors(value):
        print(f"{document}: {error.message[:300]}")
        wrong += 1
rules = json.loads((scratch / "trace.schema.json").read_text())
jsonschema.Draft7Validator.check_schema(rules)
line_rules = jsonschema.Draft7Validator(rules)
for number, line in enumerate((scratch / "trace.jsonl").read_text().splitlines(), 1):
    for error in line_rules.iter_errors(json.loads(line)):
        print(f"trace, line {number}: {error.message[:300]}")
        wrong += 1
sys.exit(1 if wrong else 0)
PYTHON
