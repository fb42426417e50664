# Sourced by ./berth and ./run-tests. Makes build/release when it is missing or older than the
# sources, and says so on stderr; stdout stays free for the program's own output.
#
#   prepare berth            the program alone
#   prepare all              everything the tests need
#
# When nothing changed this costs one `find` over the source folders, a few milliseconds; the build
# tool is not asked. A stamp is laid before a build and put in place after it succeeded, so an edit
# during a build is noticed by the next call. Only files that are compiled or embedded count, so that
# editing a scenario, or writing a result next to it, builds nothing; a source that is added or removed
# is named in a CMakeLists.txt, which counts.

build="$root/build/release"
sources="CMakeLists.txt CMakePresets.json cmake models scenarios sim planner reports tools third_party docs/validation.tsv"

say() { printf '%s\n' "$*" >&2; }
stop() { say "$0: $*"; exit 70; }

# A source newer than the stamp, or no stamp, means that a build is due.
stale() {
  [ -e "$1" ] || return 0
  reference=$1; shift
  existing=
  for path in "$@"; do [ -e "$root/$path" ] && existing="$existing $path"; done
  [ -n "$(cd "$root" && find $existing -type f -newer "$reference" \( \
    -name '*.cpp' -o -name '*.h' -o -name CMakeLists.txt -o -name CMakePresets.json \
    -o -name '*.cmake' -o -name '*.in' -o -path '*/catalogue/*.csv' -o -name quickstart.yaml \
    -o -name packages.txt -o -path '*/page/page.*' -o -name '*.min.js' -o -name validation.tsv \) -print -quit)" ]
}

listed_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/cmake/packages.txt" | awk '{print $1}'; }

missing_packages() {
  listed_packages | while read -r package; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || printf '%s\n' "$package"
  done
}

# The package lists of a fresh image are empty; then, and only then, are they fetched first.
lists_lack_one_of() {
  for package in "$@"; do
    [ -n "$(apt-cache madison "$package" 2>/dev/null)" ] || return 0
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@" >&2
  elif command -v sudo >/dev/null 2>&1; then
    say "As root, with sudo: $*"
    sudo "$@" >&2
  else stop "needs root to install packages, and there is no sudo. As root run:
  apt-get update && apt-get install --no-install-recommends $missing"
  fi
}

install_missing_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "Not a Debian system: packages are not checked; cmake/packages.txt lists what is needed."
    return
  fi
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  say "Installing Debian packages that are missing:"
  for package in $missing; do grep "^$package " "$root/cmake/packages.txt" | sed 's/^/  /' >&2; done
  if lists_lack_one_of $missing; then
    as_root apt-get update -q || stop "apt-get update failed"
  fi
  apt_install $missing && return
  say "Trying once more with fresh package lists."
  as_root apt-get update -q && apt_install $missing || stop "the packages could not be installed"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# One builder at a time in a tree; the second waits and then finds the work done.
prepare() {
  target=$1
  stamp="$build/.$target-built"
  watched=$sources
  [ "$target" = all ] && watched="$sources tests bench"
  stale "$stamp" $watched || return 0
  mkdir -p "$build" || stop "cannot write $build"
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$root/build/.lock"
    flock -n 9 || { say "Another build of this tree is running; waiting for it."; flock 9; }
    if ! stale "$stamp" $watched; then exec 9>&-; return 0; fi
  fi
  install_missing_packages
  build_target
  exec 9>&-
}

# On a terminal ninja's own progress line is shown; otherwise a log is kept, shown when it fails.
build_target() {
  started="$build/.$target-started"
  : > "$started"
  log="$build/build-$target.log"
  if [ -t 2 ]; then
    say "Building berth in build/release (the first time takes some minutes)."
    (cd "$root" && cmake --preset release > "$log" && cmake --build --preset release --target "$target") >&2 ||
      stop "the build failed"
  else
    say "Building berth in build/release; log: build/release/${log##*/}"
    (cd "$root" && cmake --preset release && cmake --build --preset release --target "$target") > "$log" 2>&1 ||
      { tail -n 40 "$log" >&2; stop "the build failed"; }
  fi
  mv "$started" "$stamp"
}
