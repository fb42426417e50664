#!/bin/sh
# The berth command as a shell sees it: exit codes, what goes to stdout and what to stderr, files.
#   cli_test.sh BERTH SCENARIO
# SCENARIO: a small scenario with at least two placements. Prints a line for each check that fails.
berth=$1
scenario=$2
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
checks=0

fail() {
  failed=$((failed + 1))
  printf 'FAILED %s\n' "$1"
  sed 's/^/  stdout: /' "$scratch/out" | head -5
  sed 's/^/  stderr: /' "$scratch/err" | head -5
}

# expect WHAT CODE ARGUMENTS...: runs berth, keeps its output, checks the exit code.
expect() {
  what=$1 code=$2
  shift 2
  "$berth" "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  checks=$((checks + 1))
  [ "$got" = "$code" ] || fail "$what: exit code $got, not $code"
}
stdout_has() { checks=$((checks + 1)); grep -qF -- "$1" "$scratch/out" || fail "$what: stdout lacks '$1'"; }
stderr_has() { checks=$((checks + 1)); grep -qF -- "$1" "$scratch/err" || fail "$what: stderr lacks '$1'"; }
stdout_empty() { checks=$((checks + 1)); [ ! -s "$scratch/out" ] || fail "$what: stdout is not empty"; }
stderr_empty() { checks=$((checks + 1)); [ ! -s "$scratch/err" ] || fail "$what: stderr is not empty"; }
no_file() { checks=$((checks + 1)); [ -z "$(ls -A "$1" 2>/dev/null)" ] || fail "$what: left a file in $1"; }

# ---- Help and wrong usage ----
expect 'help' 0 --help
stdout_has 'simulate'
stderr_empty
for command in '' $("$berth" --help | sed -n '/^Subcommands/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'); do
  # shellcheck disable=SC2086 # none for the help of all
  expect "help of $command" 0 $command --help
  checks=$((checks + 1))
  grep -q '.\{101\}' "$scratch/out" && fail "help of $command: wider than 100 columns"
done
expect 'version' 0 --version
stdout_has 'model'
stdout_has 'SimGrid'
expect 'no command' 2
stdout_empty
stderr_has 'needs a command'
expect 'unknown command' 2 simulat x.yaml
stdout_empty
stderr_has 'did you mean "simulate"?'
expect 'unknown command below catalog' 2 catalog lst
stderr_has 'did you mean "list"?'
expect 'unknown option' 2 simulate --replicatoins 3 "$scenario"
stderr_has 'did you mean "--replications"?'
expect 'no scenario' 2 simulate
for confidence in nan 0 1 inf x; do
  expect "confidence $confidence" 2 plan --confidence $confidence "$scenario"
  stderr_has "$confidence is no number between 0.5 and 0.999"
done
expect 'replications 0' 2 simulate --replications 0 "$scenario"
stderr_has 'a whole number from 1'
expect 'replications not a number' 2 simulate --replications many "$scenario"
expect 'a negative seed' 2 simulate --seed -3 "$scenario"
stderr_has 'expected a whole number'
expect 'bad --set' 2 simulate --set seed=7 "$scenario"
stderr_has '/json/pointer=VALUE'
expect 'bad format' 2 simulate --format xml "$scenario"
expect 'unknown placement' 2 simulate --placement no-such-place "$scenario"
stdout_empty
stderr_has 'no-such-place'
expect 'more requests than can be looked at' 2 simulate "$(dirname "$scenario")/step-load.yaml" --fidelity request \
  --set /services/score/requests/steps/0/rate=900000000/s
stdout_empty
stderr_has 'requests a replication are too many'
stderr_has 'at fidelity request; most are of service score'
expect 'more requests of gaps than can be sampled' 2 simulate "$(dirname "$scenario")/step-load.yaml" --fidelity sampled \
  --set /services/score/requests/steps/0/rate=900000000/s --set /services/score/arrival_scv=2
stdout_empty
stderr_has 'take --fidelity fluid or auto'
expect 'stdin twice' 2 simulate - -

# ---- Reading ----
expect 'missing file' 2 simulate "$scratch/none.yaml"
stdout_empty
stderr_has 'none.yaml'
expect 'validate a good file' 0 validate "$scenario"
stdout_has 'ok'
stderr_empty
printf 'schema: berth/scenario/1\nname: x\nplatformz: {}\n' >"$scratch/bad.yaml"
expect 'validate a bad file and a good one' 2 validate "$scratch/bad.yaml" "$scenario"
stdout_has 'ok'
stderr_has 'bad.yaml:3:1: error:'
expect 'reference of an unknown field' 2 reference training.shedule
stderr_has 'schedule'
expect 'reference' 0 reference training.schedule
expect 'schema' 0 schema
stdout_has 'draft-07'
expect 'schema of results' 0 schema --result
stdout_has 'cost_usd_per_month'

# ---- Running ----
expect 'a table' 0 simulate "$scenario" --replications 2
stdout_has 'Cost per month'
stderr_empty
expect 'global options after the command' 0 simulate "$scenario" --replications 1 --quiet --color never
stderr_empty
expect 'verbose' 0 simulate "$scenario" --replications 1 -v
stderr_has 'simulated'
for format in json csv markdown; do
  expect "format $format" 0 simulate "$scenario" --replications 2 --format $format
  stderr_empty
done
expect 'standard input' 0 simulate - --replications 1 --format json <"$scenario"
stdout_has 'berth/result/1'
expect 'one worker' 0 simulate "$scenario" --replications 3 --format json --workers 1 -o "$scratch/one.json"
stdout_empty
expect 'two workers' 0 simulate "$scenario" --replications 3 --format json --workers 2 -o "$scratch/two.json"
checks=$((checks + 1))
cmp -s "$scratch/one.json" "$scratch/two.json" || fail 'one and two workers give the same bytes'
expect 'colour on demand' 0 simulate "$scenario" --replications 1 --color always
stdout_has "$(printf '\033[1m')"
expect 'no colour in a pipe' 0 simulate "$scenario" --replications 1
checks=$((checks + 1))
grep -q "$(printf '\033')" "$scratch/out" && fail 'no colour in a pipe'
expect 'compare placements of one file' 0 compare "$scenario" --replications 2
stdout_has ' -> '
mkdir -p "$scratch/a" "$scratch/b"
cp "$scenario" "$scratch/a/same.yaml"
cp "$scenario" "$scratch/b/same.yaml"
expect 'compare two files of the same name' 0 compare "$scratch/a/same.yaml" "$scratch/b/same.yaml" --replications 2
stdout_has 'a/same: '
stdout_has 'b/same: '
expect 'a scenario is not written over' 2 simulate "$scratch/a/same.yaml" -o "$scratch/a/same.yaml"
stderr_has 'this command reads it'
checks=$((checks + 1))
cmp -s "$scenario" "$scratch/a/same.yaml" || fail 'a scenario is not written over'
expect 'a result is no scenario' 2 simulate "$scratch/one.json"
stderr_has 'this is a berth/result/1, not a scenario'
checks=$((checks + 1))
[ "$(grep -c 'error:' "$scratch/err")" = 1 ] || fail 'a result is no scenario: one error'
for words in 'report -o x.html' calibrate explain 'import prices' "flip $scenario" "check $scenario --against"; do
  # shellcheck disable=SC2086 # a command and its options
  expect "$words of a file that is not there" 2 $words "$scratch/missing.json"
  stderr_has 'missing.json: error: no such file'
  # shellcheck disable=SC2086
  expect "$words of a folder" 2 $words "$scratch/a"
done
expect 'compare two files' 0 compare "$scenario" "$scenario" --replications 2
stdout_has 'the same'
expect 'compare needs two sides' 2 compare "$scenario" --placement "$("$berth" simulate "$scenario" \
  --replications 1 --format csv | sed -n '2s/^[^,]*,\([^,]*\),.*/\1/p')"

# ---- Traces ----
one=$("$berth" simulate "$scenario" --replications 1 --format csv | sed -n '2s/^[^,]*,\([^,]*\),.*/\1/p')
expect 'a trace' 0 simulate "$scenario" --placement "$one" --replications 2 --replication 1 \
  --trace "$scratch/trace.jsonl"
stdout_has 'Cost per month'
stderr_empty
expect 'the same trace again' 0 simulate "$scenario" --placement "$one" --replications 3 --replication 1 \
  --workers 1 --trace "$scratch/again.jsonl" -o "$scratch/again.txt"
checks=$((checks + 1))
cmp -s "$scratch/trace.jsonl" "$scratch/again.jsonl" || fail 'a trace is the same bytes again'
expect 'a trace to stdout' 0 simulate "$scenario" --placement "$one" --replications 1 --trace - \
  -o "$scratch/result.txt"
stdout_has 'berth/trace/1'
expect 'two things to stdout' 2 simulate "$scenario" --placement "$one" --trace -
expect 'a trace of several placements' 2 simulate "$scenario" --replications 1 --trace "$scratch/no.jsonl"
stderr_has '--placement'
expect 'a replication that is not simulated' 2 simulate "$scenario" --placement "$one" \
  --replications 2 --replication 2 --trace "$scratch/no.jsonl"
stderr_has '0 to 1'
expect 'a replication without a trace' 2 simulate "$scenario" --replication 0
checks=$((checks + 1))
[ ! -e "$scratch/no.jsonl" ] || fail 'a refused trace leaves no file'
expect 'explain the clusters' 0 explain "$scratch/trace.jsonl" --at 12:00
stdout_has 'In short'
expect 'explain as JSON' 0 explain - --at +3600 --window 1h --format json <"$scratch/trace.jsonl"
stdout_has 'berth/explanation/1'
expect 'explain an unknown service' 2 explain "$scratch/trace.jsonl" --service no-such-service --at 12:00
stderr_has 'no-such-service'
expect 'explain no time' 2 explain "$scratch/trace.jsonl" --at noon
stderr_has '18:05'
expect 'explain without a moment' 2 explain "$scratch/trace.jsonl"
stderr_has '--at'
sed '$d' "$scratch/trace.jsonl" >"$scratch/cut.jsonl"
expect 'explain a trace that is cut' 2 explain "$scratch/cut.jsonl" --at 12:00
stderr_has 'ends too early'
expect 'explain something else' 2 explain "$scenario" --at 12:00
stderr_has '--trace'

# ---- Files ----
mkdir "$scratch/dir"
expect 'a directory is no file' 2 simulate "$scenario" --replications 1 -o "$scratch/dir"
stderr_has 'cannot write'
no_file "$scratch/dir"
expect 'no such directory' 2 simulate "$scenario" --replications 1 -o "$scratch/none/x.json"
stderr_has 'cannot write'
expect 'nothing is written when the scenario is wrong' 2 simulate "$scratch/bad.yaml" -o "$scratch/dir/x"
no_file "$scratch/dir"
"$berth" simulate "$scenario" --replications 1 >/dev/full 2>"$scratch/err"
[ $? = 2 ] || fail 'a full disk is exit code 2'

# ---- Interrupts ----
interrupt() {
  what="$1 during a run" code=$2
  : >"$scratch/out"
  # A background job of a shell without job control ignores SIGINT; env gives the default back.
  env --default-signal=INT "$berth" simulate "$scenario" --replications 100000 --quiet \
    -o "$scratch/dir/cut.json" 2>"$scratch/err" &
  pid=$!
  sleep 1
  kill -"$1" $pid
  wait $pid
  got=$?
  checks=$((checks + 1))
  [ $got = "$code" ] || fail "$what: exit code $got, not $code"
  no_file "$scratch/dir"
}
interrupt INT 130
interrupt TERM 143

# ---- A worker that dies ----
if command -v pgrep >/dev/null; then
  what='a worker that is killed'
  "$berth" simulate "$scenario" --replications 4 --workers 1 --quiet --set /horizon=60d \
    >"$scratch/out" 2>"$scratch/err" &
  pid=$!
  tries=0
  until child=$(pgrep -P $pid | head -1) && [ -n "$child" ] && kill -KILL "$child" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -gt 200 ] && break
    sleep 0.01
  done
  wait $pid
  got=$?
  checks=$((checks + 1))
  [ $got = 3 ] || fail "$what: exit code $got, not 3"
  stderr_has 'replication'
  stderr_has 'seed'
  stdout_has 'failed and are not in the numbers'
fi

# ---- Plans ----
expect 'a plan' 0 plan "$scenario" --quiet -o "$scratch/plan.json"
stdout_has 'he analytic optimum itself (proven)'
cp "$scratch/plan.json" "$scratch/plan-2-workers.json"
expect 'the same plan on one worker' 0 plan "$scenario" --quiet --workers 1 -o "$scratch/plan.json"
cmp -s "$scratch/plan.json" "$scratch/plan-2-workers.json" || fail 'workers change the plan'
expect 'an explanation' 0 explain "$scratch/plan.json" retrain
stdout_has 'bottleneck'
expect 'an explanation with options of traces' 2 explain "$scratch/plan.json" retrain --at 12:00
expect 'an explanation of a plan as JSON' 2 explain "$scratch/plan.json" --format json
expect 'a workload of a trace' 2 explain "$scratch/trace.jsonl" retrain --at 12:00
expect 'an explanation of nobody' 2 explain "$scratch/plan.json" retrian
stderr_has 'no workload named'
expect 'a flip table' 0 flip "$scenario" "$scratch/plan.json" --quiet
stdout_has 'sagemaker_price'
# Older tables did not say whose figure they turn on: shown without, one would be taken for another's.
expect 'a flip table as JSON' 0 flip "$scenario" "$scratch/plan.json" --quiet --format json -o "$scratch/flips.json"
expect 'the same flips on one worker' 0 flip "$scenario" "$scratch/plan.json" --quiet --workers 1 --format json \
  -o "$scratch/flips-1.json"
cmp -s "$scratch/flips.json" "$scratch/flips-1.json" || fail 'workers change the flips'
expect 'a page of flips' 0 report "$scratch/plan.json" "$scratch/flips.json" -o "$scratch/flips.html"
sed '/^ *"of": /d' "$scratch/flips.json" > "$scratch/old-flips.json"
expect 'a page of old flips' 2 report "$scratch/plan.json" "$scratch/old-flips.json" -o "$scratch/old-flips.html"
stderr_has 'old-flips.json: error: /flips/0: lacks "of"'
stderr_has 'by an earlier berth: make it anew'
[ ! -e "$scratch/old-flips.html" ] || fail 'a page of old flips was left behind'
expect 'an explanation with flips' 0 explain "$scratch/plan.json" retrain --flips "$scratch/flips.json"
expect 'a plan by marginal cost' 0 plan "$scenario" --quiet --objective marginal_cost -o "$scratch/marginal.json"
expect 'flips of another plan' 2 explain "$scratch/marginal.json" retrain --flips "$scratch/flips.json"
stderr_has 'was made of a plan for cost, and this one is for marginal_cost'
stderr_has 'hint: berth flip'
expect 'a stale plan' 2 flip "$scenario" "$scratch/plan.json" --quiet --set /horizon=2d
stdout_empty
stderr_has 'the plan is stale: --set is not what it was made of'
stderr_has "hint: renew it: berth plan $scenario -o $scratch/plan.json"
expect 'a plan for latency' 0 plan "$scenario" --quiet --objective start_latency -o "$scratch/latency.json"
expect 'flips of a plan for latency' 0 flip "$scenario" "$scratch/latency.json" --quiet
stdout_has 'which is the best by start_latency'
stdout_has 'another is faster by more than'
stdout_has 'changes bills alone: nothing to start_latency'
expect 'too little time for flips' 0 flip "$scenario" "$scratch/plan.json" --quiet --budget 1ms
stdout_has 'UNFINISHED: the time budget ended'
expect 'no time to plan' 2 plan "$scenario" --budget 0
stderr_has 'leaves no time'
expect 'too little time to plan' 1 plan "$scenario" --budget 1ms
stdout_empty
stderr_has '1ms ended before a replication was complete'
expect 'limits nobody can keep' 1 plan "$scenario" --quiet --set /training/retrain/start_within=1s
stdout_has 'No placement that was simulated meets every limit'
expect 'an objective without its workloads' 2 plan "$scenario" --objective serving_p99
stderr_has 'serves nothing'

# ---- Catalogue and starter ----
expect 'catalogue' 0 catalog list --family m5
stdout_has 'm5.xlarge'
expect 'catalogue, nothing matches' 1 catalog list --family zz
expect 'one type' 0 catalog show ml.m5.xlarge
stdout_has 'as of'
expect 'a misspelt type' 2 catalog show m5.xlrge
stderr_has 'm5.xlarge'
expect 'init' 0 init "$scratch/new"
expect 'init never writes over' 2 init "$scratch/new"
stderr_has 'there already'
expect 'what init wrote is valid' 0 validate "$scratch/new/quickstart.yaml"
expect 'an import of nothing' 2 import sagemaker "$scratch/none.json"
expect 'prices from something else' 2 import prices "$scratch/bad.yaml"

# ---- Logs: calibrate, lay over, backtest ----
log="$scratch/jobs.csv"
{
  echo 'job_start_utc,instance_type,t_downloading_data,t_downloading_image,t_training_started'
  i=0
  while [ $i -lt 60 ]; do  # launches of 41 to 100 s, one a minute
    printf '2026-08-01T0%d:%02d:00,ml.m5.xlarge,%d,%d,%d\n' $((i % 10)) $i $((41 + i)) $((71 + i)) $((131 + i))
    i=$((i + 1))
  done
  echo '2026-08-02T00:00:00,ml.m5.xlarge,90,70,140'   # out of order
  echo '2026-08-02T00:01:00,ml.zz9.xlarge,70,90,140'  # a type nobody knows
  printf '2026-08-02T00:02:00,ml.m5.x'                # breaks off
} >"$log"
i=0
while [ $i -lt 20 ]; do  # an older family, which today's catalogue lacks
  printf '2026-07-01T0%d:%02d:00,ml.c4.xlarge,%d,%d,%d\n' $((i % 10)) $i $((141 + i)) $((171 + i)) $((231 + i))
  i=$((i + 1))
done | sed "1e echo 'job_start_utc,instance_type,t_downloading_data,t_downloading_image,t_training_started'" >"$scratch/older.csv"
expect 'calibrate an older family' 0 calibrate "$scratch/older.csv" -o "$scratch/older.yaml"
expect 'an older family is laid over with a warning' 0 validate "$scenario" --overlay "$scratch/older.yaml"
stderr_has 'no instance family named "c4"'
expect 'calibrate' 0 calibrate "$log" -o "$scratch/calibration.yaml"
stderr_has '63 jobs found, 60 used'
stderr_has 'phases out of order'
stderr_has 'unknown instance type'
stderr_has 'breaks off'
expect 'a calibration over a scenario' 0 simulate "$scenario" --overlay "$scratch/calibration.yaml" --replications 1 --format json
stdout_has 'calibration.yaml'
expect 'an overlay that is not there' 2 validate "$scenario" --overlay "$scratch/none.yaml"
expect 'backtest' 0 backtest "$log" --format json
stdout_has '"split": "interleaved"'
expect 'backtest with a calibration' 0 backtest "$log" --calibration "$scratch/calibration.yaml"
stdout_has 'all 60 jobs held back'
expect 'a split nobody knows' 2 backtest "$log" --split random
head -n 11 "$log" >"$scratch/ten.csv"
expect 'ten jobs are too few' 2 calibrate "$scratch/ten.csv"
stderr_has 'no group has the 20 observations'
expect 'ten jobs are too few to train on' 2 backtest "$scratch/ten.csv"
stderr_has '10 jobs found, 10 used'
stderr_has 'no class of jobs to train on'
expect 'break-even' 0 breakeven "$scenario" --image trainer
stdout_has 'is fastest'
expect 'break-even of a misspelt image' 2 breakeven "$scenario" --image trainr
stderr_has 'trainer'
expect 'break-even on a misspelt machine' 2 breakeven "$scenario" --image trainer --type m5.xlrge
stderr_has 'm5.xlarge'

echo "$checks checks, $failed failed"
[ $failed = 0 ]
