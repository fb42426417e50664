#include "models/kubernetes/image_gc.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

ImageOnNode image(int id, int gigabytes, int last_used, int containers = 0) {
  return {{id}, {gigabytes * kGiB}, last_used, containers};
}

TEST_CASE("images go when the disk is over 85 %, least recently used first", "[kubernetes]") {
  struct Row {
    const char* because;
    std::vector<ImageOnNode> images;
    std::vector<ImageId> expected;
  };
  const auto row = GENERATE(values<Row>({
      {"85 % is not over it", {image(0, 50, 1), image(1, 35, 2)}, {}},
      {"the oldest goes", {image(0, 50, 2), image(1, 36, 1)}, {{1}}},
      {"down to 80 % or below", {image(0, 4, 1), image(1, 4, 2), image(2, 79, 3)}, {{0}, {1}}},
      {"one that runs stays", {image(0, 50, 1, 1), image(1, 40, 2)}, {{1}}},
      {"equal age: the lower id", {image(3, 45, 1), image(2, 45, 1)}, {{2}}},
      {"nothing idle, nothing goes", {image(0, 90, 1, 2)}, {}},
  }));
  CAPTURE(row.because);
  CHECK(images_to_remove(row.images, {100 * kGiB}) == row.expected);
}

}  // namespace
}  // namespace berth
