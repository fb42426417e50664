#include "tools/cores.h"

#include <catch2/catch.hpp>

using berth::cores_within;

TEST_CASE("a quota of processor time bounds the cores", "[tools]") {
  CHECK(cores_within(96, "200000 100000") == 2);
  CHECK(cores_within(96, "150000 100000") == 2);  // one and a half
  CHECK(cores_within(96, "20000 100000") == 1);   // a fifth still runs one
  CHECK(cores_within(4, "800000 100000") == 4);   // not more than there are
}

TEST_CASE("without a quota the cores stand", "[tools]") {
  for (const char* none : {"max 100000", "-1 100000", "", " ", "max", "100000", "nonsense 0"})
    CHECK(cores_within(8, none) == 8);
}
