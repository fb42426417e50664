#include "tools/sha256.h"

#include <catch2/catch.hpp>

using namespace berth;

TEST_CASE("SHA-256 gives NIST's example values") {
  struct Row {
    std::string text;
    const char* digest;
    const char* because;
  };
  // FIPS 180-4 examples and the long message of the NIST test vectors.
  const Row rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "the empty text"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "one block"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
       "56 bytes: the length goes into a second block"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "many blocks"},
  };
  for (const Row& row : rows) {
    INFO(row.because);
    CHECK(sha256(row.text) == row.digest);
  }
}
