#!/bin/sh
# Runs `berth check` as a CI step: fetches the base when it is not here, writes the comment, JUnit XML, the
# step's summary and outputs. Ends with berth's own exit code: 1 a broken limit, 2 wrong input. Limits that
# are kept while some replications failed (3) pass with a warning.
#   BERTH_SCENARIOS      files, separated by blanks or lines
#   BERTH_AGAINST        commit, branch or result file; BERTH_BASE_SHA when empty
#   BERTH_LIMITS, BERTH_ARGS, BERTH_BASE_SHA; RUNNER_TEMP, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY of the runner
set -u
scratch=${RUNNER_TEMP:-$(mktemp -d)}
comment="$scratch/berth-comment.md"
junit="$scratch/berth-junit.xml"
rm -f "$comment" "$junit"
against=${BERTH_AGAINST:-}
[ -n "$against" ] || against=${BERTH_BASE_SHA:-}
if [ -z "$against" ]; then
  echo "::error::berth: nothing to compare with; set the input \"against\""
  exit 2
fi
# A checkout of depth 1 does not have the base.
if [ ! -f "$against" ] && ! git rev-parse --verify --quiet --end-of-options "$against^{commit}" >/dev/null; then
  git fetch --quiet --depth=1 origin "$against" && against=FETCH_HEAD
fi
set --
[ -z "${BERTH_LIMITS:-}" ] || set -- "$@" --limits "$BERTH_LIMITS"
# shellcheck disable=SC2086 # lists of words on purpose
berth check $BERTH_SCENARIOS --against "$against" --markdown "$comment" --junit "$junit" --github \
  "$@" ${BERTH_ARGS:-}
code=$?
if [ $code = 3 ]; then
  echo "::warning::berth: the limits are kept, but some replications failed and are not in the numbers"
  code=0
fi
case $code in
  0) verdict=passed ;;
  1) verdict=failed ;;
  2) verdict=wrong-input ;;
  *) verdict=error ;;
esac
{
  echo "verdict=$verdict"
  [ ! -f "$comment" ] || echo "comment-file=$comment"
  [ ! -f "$junit" ] || echo "junit-file=$junit"
} >>"${GITHUB_OUTPUT:-/dev/null}"
[ ! -f "$comment" ] || cat "$comment" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit $code
