#!/bin/sh
# The steps of action.yml and the hooks of .pre-commit-hooks.yaml, run in a repository of its own: a pull
# request that adds 3 % cost fails, within limits it passes, a typo is wrong input; the comment is written
# once and then replaced.
#   action_test.sh BERTH SOURCE
berth=$1
source=$2
command -v git >/dev/null || { echo "skipped: no git here"; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
checks=0
check() { checks=$((checks + 1)); [ "$2" = "$3" ] || { failed=$((failed + 1)); printf 'FAILED %s: %s, not %s\n' "$1" "$2" "$3"; }; }
has() { checks=$((checks + 1)); grep -qF -- "$3" "$2" || { failed=$((failed + 1)); printf 'FAILED %s: no "%s" in %s\n' "$1" "$3" "$2"; }; }

mkdir "$scratch/bin" "$scratch/temp"
ln -s "$(realpath "$berth")" "$scratch/bin/berth"
# Stands for GitHub: keeps comments in a file each, answers the two questions comment.sh asks.
cat >"$scratch/bin/gh" <<'G'
#!/bin/sh
store=$BERTH_TEST_STORE
while [ $# -gt 0 ]; do
  case $1 in
    --method) method=$2; shift ;;
    --field) body=${2#body=@}; shift ;;
    --jq) shift ;;
    repos/*/issues/comments/*) id=${1##*/} ;;
  esac
  shift
done
[ "${method:-GET}" = GET ] || [ ! -e "$store.read-only" ] || { echo 'HTTP 403: Resource not accessible by integration' >&2; exit 1; }
case ${method:-GET} in
  GET) for file in "$store"/*; do [ -f "$file" ] && grep -q '^<!-- berth-check -->' "$file" && basename "$file"; done ;;
  POST) cp "$body" "$store/$(($(ls "$store" | wc -l) + 7))" ;;
  PATCH) cp "$body" "$store/$id" ;;
esac
exit 0
G
chmod +x "$scratch/bin/gh"
mkdir "$scratch/store"
export PATH="$scratch/bin:$PATH" BERTH_TEST_STORE="$scratch/store" RUNNER_TEMP="$scratch/temp" \
  GITHUB_OUTPUT="$scratch/output" GITHUB_STEP_SUMMARY="$scratch/summary" GITHUB_PATH="$scratch/path"

# An origin with a base, and a clone of depth 1 with a change, as a pull request's checkout is.
git_as() { git -c user.name=test -c user.email=test@example.org -c init.defaultBranch=main "$@" >/dev/null 2>&1; }
mkdir -p "$scratch/origin/scenarios" && cd "$scratch/origin" || exit 1
git_as init
git config uploadpack.allowAnySHA1InWant true
cp "$source/scenarios/quickstart.yaml" scenarios/platform.yaml
printf 'cost_usd_per_month: +2%%\n' >limits.yaml
git_as add -A && git_as commit -m base
base=$(git rev-parse HEAD)
printf 'prices: {as_of: 2026-11-01, sagemaker_training: {ml.m5.xlarge: $0.2371/h}}\n' >>scenarios/platform.yaml
git_as commit -am 'three per cent more'
git_as clone --depth=1 "file://$scratch/origin" "$scratch/clone"
cd "$scratch/clone" || exit 1

step() {
  : >"$GITHUB_OUTPUT"
  : >"$GITHUB_STEP_SUMMARY"
  BERTH_SCENARIOS='scenarios/platform.yaml' BERTH_AGAINST='' BERTH_BASE_SHA=$base BERTH_LIMITS=$1 \
    BERTH_ARGS='--placement cold' "$source/action/check.sh" >"$scratch/out" 2>"$scratch/err"
  echo $?
}
comment() {
  BERTH_COMMENT="$scratch/temp/berth-comment.md" BERTH_REPOSITORY=o/r BERTH_PULL_REQUEST=3 GH_TOKEN=x "$source/action/comment.sh"
}

"$source/action/install.sh" || check 'install' $? 0
check 'a pull request that adds 3 % fails' "$(step limits.yaml)" 1
has 'outputs' "$GITHUB_OUTPUT" 'verdict=failed'
has 'outputs' "$GITHUB_OUTPUT" 'junit-file='
has 'summary' "$GITHUB_STEP_SUMMARY" 'Gate failed'
has 'annotations' "$scratch/err" '::error file=scenarios/platform.yaml'
comment
check 'one comment' "$(ls "$scratch/store" | wc -l)" 1
printf 'cost_usd_per_month: +5%%\n' >limits.yaml
check 'within its limits it passes' "$(step limits.yaml)" 0
has 'outputs' "$GITHUB_OUTPUT" 'verdict=passed'
comment
check 'still one comment' "$(ls "$scratch/store" | wc -l)" 1
has 'the comment was replaced' "$(ls -d "$scratch"/store/*)" 'Gate passed'
touch "$scratch/store.read-only"
comment >"$scratch/out" 2>"$scratch/err"
check 'a fork may not comment, and its check is not red for that' $? 0
has 'that is told' "$scratch/out" '::warning::berth: no comment'
rm "$scratch/store.read-only"
# Stands for a berth some of whose replications failed: exit code 3.
mkdir "$scratch/three"
printf '#!/bin/sh\nexit 3\n' >"$scratch/three/berth"
chmod +x "$scratch/three/berth"
check 'kept, with failed replications, passes' "$(PATH="$scratch/three:$PATH"; step limits.yaml)" 0
has 'outputs' "$GITHUB_OUTPUT" 'verdict=passed'
has 'and is told' "$scratch/out" '::warning::berth: the limits are kept, but some replications failed'
sed -i 's/models:/modles:/' scenarios/platform.yaml
check 'a typo is wrong input' "$(step limits.yaml)" 2
has 'outputs' "$GITHUB_OUTPUT" 'verdict=wrong-input'
sed -i 's/modles:/models:/' scenarios/platform.yaml

# Every script and variable action.yml names is one of ours.
for script in $(grep -o 'action/[a-z]*\.sh' "$source/action.yml"); do check "$script" "$([ -x "$source/$script" ] && echo there)" there; done
for name in $(grep -o '^        BERTH_[A-Z_]*' "$source/action.yml"); do
  checks=$((checks + 1))
  grep -q "$name" "$source"/action/*.sh || { failed=$((failed + 1)); echo "FAILED $name is used by no step"; }
done

# pre-commit calls `entry FILES`, the first word being a program of the hook's repository.
hook() { awk -v id="$1" '$2 == "id:" {on = ($3 == id)} $1 == "-" && $2 == "id:" {on = ($3 == id)} on && $1 == "entry:" {sub(/^ *entry: /, ""); print}' "$source/.pre-commit-hooks.yaml"; }
for id in berth-validate berth-check; do
  entry=$(hook $id)
  check "$id begins with our program" "${entry%% *}" berth
  # shellcheck disable=SC2086
  $entry scenarios/platform.yaml >"$scratch/out" 2>&1
  check "hook $id" $? 0
done

echo "$checks checks, $failed failed"
[ $failed = 0 ]
