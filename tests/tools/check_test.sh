#!/bin/sh
# The gate in a repository of its own: what fails, what passes, what is wrong input, and what base and
# reports look like.
#   check_test.sh BERTH SCENARIO
# SCENARIO: quickstart.yaml. Prints a line for each check that fails; exit 77 without git.
berth=$1
scenario=$2
command -v git >/dev/null || { echo "skipped: no git here"; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
checks=0

fail() {
  failed=$((failed + 1))
  printf 'FAILED %s\n' "$1"
  sed 's/^/  stdout: /' "$scratch/out" | head -8
  sed 's/^/  stderr: /' "$scratch/err" | head -8
}
expect() {
  what=$1 code=$2
  shift 2
  "$berth" "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  checks=$((checks + 1))
  [ "$got" = "$code" ] || fail "$what: exit code $got, not $code"
}
has() { checks=$((checks + 1)); grep -qF -- "$2" "$scratch/$1" || fail "$what: $1 lacks '$2'"; }
lacks() { checks=$((checks + 1)); grep -qF -- "$2" "$scratch/$1" && fail "$what: $1 has '$2'"; }
git_here() { git -c user.name=test -c user.email=test@example.org -c init.defaultBranch=main "$@" >/dev/null 2>&1; }

mkdir "$scratch/repo" && cd "$scratch/repo" || exit 1
git_here init
mkdir platform
sed '/^name:/d' "$scenario" >platform/base.yaml
printf 'extends: platform/base.yaml\nname: pricing\n' >pricing.yaml
printf 'cost_usd_per_month: +2%%\nstart_latency_p95_s[retrain]: 5min\n' >limits.yaml
git_here add -A && git_here commit -m base

# ---- Nothing changed ----
expect 'an unchanged scenario passes' 0 check pricing.yaml --against HEAD --limits limits.yaml
has out 'Gate passed'
has out 'its files are the same on both sides'

# ---- A change that costs 3 % more, in a file the scenario extends ----
# Training is 525 $ of 538 $ a month; 3.09 % on its price of 0.23 $/h are 3.0 % of the whole.
printf 'prices: {as_of: 2026-11-01, sagemaker_training: {ml.m5.xlarge: $0.2371/h}}\n' >>platform/base.yaml
expect 'three per cent more fails' 1 check pricing.yaml --against HEAD --limits limits.yaml \
  --placement cold --markdown ../comment.md --junit ../junit.xml --github
has out 'Gate failed: cold: cost per month +'
has out '(+3.0 %)'
has out '/prices/sagemaker_training/ml.m5.xlarge: $0.2371/h (new)'
has out 'ml.m5.xlarge training, on demand: 0.23 → 0.2371 $/h'
has err '::error file=pricing.yaml,title='
has comment.md '<!-- berth-check -->'
has comment.md '✗ **Gate failed'
has junit.xml '<failure type="limit"'
printf 'cost_usd_per_month: +5%%\n' >wide.yaml
expect 'the same change within its limit passes' 0 check pricing.yaml --against HEAD --limits wide.yaml --placement cold
has out 'Gate passed'
printf 'cost_usd_per_month: {limit: +2%%, action: warn}\n' >warn.yaml
expect 'a warning does not fail' 0 check pricing.yaml --against HEAD --limits warn.yaml --placement cold
has out 'warning'
expect 'an absolute limit that is broken' 1 check pricing.yaml --against HEAD --placement cold --limits - <<Y
start_latency_p95_s[retrain]: 60
Y
has out 'retrain: start p95'
expect 'programs read the verdict' 1 check pricing.yaml --against HEAD --limits limits.yaml --placement cold --format json
has out '"passed": false'
expect 'undecided is no failure' 0 check pricing.yaml --against HEAD --limits limits.yaml --placement cold --replications 1
has out 'undecided'
expect 'unless it is asked to be one' 1 check pricing.yaml --against HEAD --limits limits.yaml --placement cold \
  --replications 1 --undecided-fails
expect 'a limit that may only warn does not fail undecided either' 0 check pricing.yaml --against HEAD --limits warn.yaml \
  --placement cold --replications 1 --undecided-fails

# ---- In a hook: git tells it where the repository is, as seen from the repository ----
mkdir nested && sed 's|extends: |extends: ../|' pricing.yaml >nested/pricing.yaml
git_here add nested && git_here commit -m nested -- nested
printf 'training: {retrain: {models: 90}}\n' >>nested/pricing.yaml
GIT_DIR=$PWD/.git GIT_INDEX_FILE=$PWD/.git/index
export GIT_DIR GIT_INDEX_FILE
expect 'a hook compares, too' 1 check nested/pricing.yaml --against HEAD --limits limits.yaml --placement cold
lacks out 'is new'
unset GIT_DIR GIT_INDEX_FILE
git_here worktree add ../linked HEAD
printf 'training: {retrain: {models: 90}}\n' >>../linked/nested/pricing.yaml
mkdir -p .git/hooks
cat >.git/hooks/pre-commit <<H
#!/bin/sh
"$berth" check nested/pricing.yaml --against HEAD --limits limits.yaml --placement cold --quiet
H
chmod +x .git/hooks/pre-commit
checks=$((checks + 1))
(cd ../linked && git -c user.name=test -c user.email=test@example.org commit -qam dearer) >../out 2>../err
[ $? = 1 ] || fail "the hook of a linked working tree stops what breaks a limit"
what='the hook of a linked working tree'
has err 'Gate failed'
rm .git/hooks/pre-commit
git_here worktree remove --force ../linked
# A blob that cannot be had is not a file that is new.
object=.git/objects/$(git rev-parse HEAD:nested/pricing.yaml | sed 's|^..|&/|')
mv "$object" ../kept
expect 'a file git cannot read' 2 check nested/pricing.yaml --against HEAD --limits wide.yaml --placement cold
has err 'git cannot read nested/pricing.yaml'
mv ../kept "$object"
git_here checkout HEAD -- nested

# ---- A result file as the base ----
git stash -q
"$berth" simulate pricing.yaml --format json -o base.json || fail 'a base result'
git stash pop -q
expect 'against a result' 1 check pricing.yaml --against base.json --limits limits.yaml --placement cold
has out 'base.json (written'
has out 'model '
expect 'paired like git is: the same difference' 1 check pricing.yaml --against base.json --limits limits.yaml \
  --placement cold --format csv
cp ../out ../stored.csv
"$berth" check pricing.yaml --against HEAD --limits limits.yaml --placement cold --format csv >../fromgit.csv
checks=$((checks + 1))
cmp -s ../stored.csv ../fromgit.csv || fail 'a stored base and a base from git give the same bytes'
expect 'another seed cannot be paired' 2 check pricing.yaml --against base.json --seed 9
has err 'cannot be paired'
head -c 20000 base.json >cut.json
expect 'a result that breaks off' 2 check pricing.yaml --against cut.json
has err 'cut.json:'
has err 'breaks off'
sed 's|berth/result/1|berth/result/9|' base.json >newer.json
expect 'a result of a newer berth' 2 check pricing.yaml --against newer.json
has err 'newer berth'
truncate -s 500M big.json
expect 'a result of 500 MB' 2 check pricing.yaml --against big.json
has err 'more than the'
sed 's/"name": "pricing"/"name": "prcing"/' base.json >other.json
expect 'a result of another scenario' 2 check pricing.yaml --against other.json
has err 'did you mean "prcing"?'
rm -f ./*.json

# ---- Wrong input is 2, never 1 ----
expect 'an unknown ref' 2 check pricing.yaml --against no-such-branch
has err 'no-such-branch'
expect 'a ref that looks like an option' 2 check pricing.yaml --against=--output=/tmp/x
mkdir "$scratch/bare" && cp platform/base.yaml "$scratch/bare/x.yaml"
expect 'no repository' 2 check "$scratch/bare/x.yaml" --against HEAD
has err 'no git repository'
expect 'an unwritable comment' 2 check pricing.yaml --against HEAD --markdown "$scratch/none/c.md"
has err 'cannot write'
expect 'an unwritable report' 2 check pricing.yaml --against HEAD --junit "$scratch/none/j.xml"
printf 'cost_usd_per_mnth: +2%%\n' >bad.yaml
expect 'a limit on no metric' 2 check pricing.yaml --against HEAD --limits bad.yaml
has err 'bad.yaml:1:1: error:'
has err 'cost_usd_per_month'
printf 'start_latency_p95_s[retrian]: 60\n' >bad.yaml
expect 'a limit on no class' 2 check pricing.yaml --against HEAD --limits bad.yaml
has err 'did you mean "retrain"?'
expect 'no limits file' 2 check pricing.yaml --against HEAD --limits none.yaml
sed -i 's/duration:/duratoin:/' platform/base.yaml
expect 'a typo' 2 check pricing.yaml --against HEAD --limits limits.yaml
has err 'did you mean "duration"?'
git_here add -A && git_here commit -m broken
git_here checkout HEAD~1 -- platform/base.yaml
expect 'a base that cannot be read' 2 check pricing.yaml --against HEAD --limits limits.yaml
has err 'as it is in HEAD'

# ---- Names from a stranger ----
sed 's/retrain:/"<img src=x onerror=alert(1)> @all":/' platform/base.yaml >evil.yaml
expect 'a new scenario' 0 check evil.yaml --against HEAD --replications 2 --markdown ../comment.md
has out 'this scenario is new'
lacks comment.md '<img'
lacks comment.md '@all'

echo "$checks checks, $failed failed"
[ $failed = 0 ]
