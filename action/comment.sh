#!/bin/sh
# Keeps one comment under a pull request: finds its own earlier one by its hidden mark and replaces the text,
# or writes the first. A token that may not comment (a pull request from a fork has such a one) is a warning:
# the verdict is the check's.
#   BERTH_COMMENT        Markdown that begins with the mark
#   BERTH_REPOSITORY     owner/name
#   BERTH_PULL_REQUEST   its number; GH_TOKEN for the gh command
set -u
denied() { echo "::warning::berth: no comment, the token may not write here; the report is in the step's summary"; exit 0; }
mark='<!-- berth-check -->'
comments="repos/$BERTH_REPOSITORY/issues/$BERTH_PULL_REQUEST/comments"
all=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id") || denied
mine=$(printf '%s\n' "$all" | head -n 1)
if [ -n "$mine" ]; then
  gh api --method PATCH "repos/$BERTH_REPOSITORY/issues/comments/$mine" --field "body=@$BERTH_COMMENT" >/dev/null || denied
else
  gh api --method POST "$comments" --field "body=@$BERTH_COMMENT" >/dev/null || denied
fi
