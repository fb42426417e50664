#!/bin/sh
# Makes a report page of lyft-hybrid and tests it in Chromium; screenshots stay in FOLDER/screenshots.
#   run.sh BERTH FOLDER
# Installs what is missing: chromium, nodejs and npm (apt), and with npm the driver and axe into FOLDER.
# Exit 77: that could not be had, nothing was tested; that is for the caller to judge, and no success.
set -u
here=$(cd "$(dirname "$0")" && pwd)
berth=$(realpath "$1")
mkdir -p "$2" && cd "$2" || exit 70
missing=
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing=chromium
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
  echo "Installing what the page is tested with:" $missing >&2
  # shellcheck disable=SC2086 # a list of packages
  { $root apt-get install -q -y --no-install-recommends $missing ||
    { $root apt-get update -q && $root apt-get install -q -y --no-install-recommends $missing; }; } >&2 ||
    { echo "browser tests: not tested, not to be had from apt: $missing"; exit 77; }
fi
if ! cmp -s "$here/package.json" package.json || [ ! -d node_modules/playwright-core ]; then
  cp "$here/package.json" package.json
  npm install --no-audit --no-fund --ignore-scripts >&2 || { rm -f package.json; echo 'browser tests: not tested, npm has no driver'; exit 77; }
fi
"$berth" simulate "$here/../../scenarios/lyft-hybrid.yaml" --replications 5 --quiet --format json -o result.json || exit 1
"$berth" report result.json -o report.html --quiet || exit 1
"$berth" breakeven "$here/../../scenarios/lyft-hybrid.yaml" --image plain --class retrain-15min --format json -o breakeven.json || exit 1
small=$here/../../scenarios/quickstart.yaml
"$berth" plan "$small" --quiet -o plan.json >/dev/null || exit 1
"$berth" flip "$small" plan.json --quiet --format json -o flip.json || exit 1
"$berth" report result.json breakeven.json flip.json -o turns.html --quiet || exit 1
"$berth" simulate "$small" --replications 3 --quiet --format json -o small.json || exit 1
"$berth" report plan.json small.json -o planned.html --quiet || exit 1
"$berth" report plan.json -o alone.html --quiet || exit 1
exec node "$here/page_test.mjs" report.html screenshots turns.html planned.html alone.html
