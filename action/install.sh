#!/bin/sh
# Makes `berth` callable in the steps that follow: from a .deb, from the PATH, or built from the source
# this action stands in.
#   BERTH_DEB            a .deb file, or empty
#   GITHUB_PATH          file that takes folders for the PATH of later steps
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
if [ -n "${BERTH_DEB:-}" ]; then
  if [ "$(id -u)" = 0 ]; then root=; else root=sudo; fi
  $root apt-get install -q -y --no-install-recommends "$(realpath "$BERTH_DEB")"
elif ! command -v berth >/dev/null 2>&1; then
  "$source/berth" --version    # installs what is missing and builds
  echo "$source" >>"${GITHUB_PATH:-/dev/null}"
fi
