#!/bin/sh
# Keeps one comment under a pull request: finds its own earlier one by its hidden mark and replaces the text,
# or writes the first.
#   BERTH_COMMENT        Markdown that begins with the mark
#   BERTH_REPOSITORY     owner/name
#   BERTH_PULL_REQUEST   its number; GH_TOKEN for the gh command
set -eu
mark='<!-- berth-check -->'
comments="repos/$BERTH_REPOSITORY/issues/$BERTH_PULL_REQUEST/comments"
mine=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)
if [ -n "$mine" ]; then
  gh api --method PATCH "repos/$BERTH_REPOSITORY/issues/comments/$mine" --field "body=@$BERTH_COMMENT" >/dev/null
else
  gh api --method POST "$comments" --field "body=@$BERTH_COMMENT" >/dev/null
fi
