#!/bin/sh
# Makes a report page of lyft-hybrid and tests it in Chromium; screenshots stay in FOLDER/screenshots.
#   run.sh BERTH FOLDER
# Installs what is missing: chromium (apt), and with npm the driver and axe into FOLDER. Exit 77: that could
# not be had, nothing was tested.
set -u
here=$(cd "$(dirname "$0")" && pwd)
berth=$(realpath "$1")
mkdir -p "$2" && cd "$2" || exit 70
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
  echo 'Installing chromium: the browser the page is tested in' >&2
  { $root apt-get install -q -y --no-install-recommends chromium ||
    { $root apt-get update -q && $root apt-get install -q -y --no-install-recommends chromium; }; } >&2 ||
    { echo 'browser tests: skipped, no chromium to be had'; exit 77; }
fi
for tool in node npm; do
  command -v $tool >/dev/null || { echo "browser tests: skipped, no $tool here (apt-get install nodejs npm)"; exit 77; }
done
if ! cmp -s "$here/package.json" package.json || [ ! -d node_modules/playwright-core ]; then
  cp "$here/package.json" package.json
  npm install --no-audit --no-fund --ignore-scripts >&2 || { rm -f package.json; echo 'browser tests: skipped, npm has no driver'; exit 77; }
fi
"$berth" simulate "$here/../../scenarios/lyft-hybrid.yaml" --replications 5 --quiet --format json -o result.json || exit 1
"$berth" report result.json -o report.html --quiet || exit 1
exec node "$here/page_test.mjs" report.html screenshots
