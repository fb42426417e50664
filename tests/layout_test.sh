#!/bin/sh
# A header of models/ or planner/ that no source of the product includes, but for its own, holds what
# only tests ask for: its place is tests/oracles/, where no reader takes it for part of the product.
# Run from the root of the project.
set -u
status=0
for header in $(find models planner -name '*.h' | LC_ALL=C sort); do
  grep -rlF --include='*.h' --include='*.cpp' "#include \"$header\"" models scenarios sim planner reports tools |
    grep -qvxF "${header%.h}.cpp" && continue
  echo "$header: nothing in models, scenarios, sim, planner, reports or tools includes it; move it to tests/oracles/"
  status=1
done
exit $status
