#!/bin/sh
# Renews the committed chart library: installs the versions named in package.json with npm into a
# scratch folder, copies the minified builds, gathers the licence texts of everything bundled in them
# and writes the checksums. Nothing of this runs in a build: a build takes what is committed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here/package.json" "$scratch"
(cd "$scratch" && npm install --ignore-scripts --no-audit --no-fund --omit=dev >&2)
for name in vega vega-lite vega-embed; do
  # The last line names a source map that does not come along.
  sed '/^\/\/# sourceMappingURL=/d' "$scratch/node_modules/$name/build/$name.min.js" > "$here/$name.min.js"
done
{
  printf 'Licences of vega, vega-lite, vega-embed and of the packages bundled in their builds.\n'
  find "$scratch/node_modules" -mindepth 2 -maxdepth 3 -name package.json -not -path '*/.*' | LC_ALL=C sort |
    while read -r package; do
      folder=$(dirname "$package")
      case "$folder" in */node_modules/@*/*|*/node_modules/*) ;; *) continue ;; esac
      licence=$(find "$folder" -maxdepth 1 -iname 'licen[cs]e*' | LC_ALL=C sort | head -n 1)
      [ -n "$licence" ] || continue
      printf '\n%s\n' "--------------------------------------------------------------------------------"
      node -e 'const p=require(process.argv[1]);console.log(p.name+" "+p.version+" ("+p.license+")\n")' "$package"
      tr -d '\r' < "$licence"
    done
} > "$here/LICENSES.txt"
(cd "$here" && sha256sum vega.min.js vega-lite.min.js vega-embed.min.js LICENSES.txt > SHA256SUMS)
