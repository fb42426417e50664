#include "models/layer_sharing.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Layer layer(int id, std::int64_t bytes) { return {{id}, {bytes}, {2 * bytes}}; }

TEST_CASE("a layer that several images name is stored once", "[layer_sharing]") {
  // base 100 under two images, driver 40 under one of them; a third stands alone with 7, twice listed.
  const std::vector<Image> images{{.name = "plain", .layers = {layer(0, 100), layer(1, 3)}},
                                  {.name = "alone", .layers = {layer(4, 7), layer(4, 7)}},
                                  {.name = "gpu", .layers = {layer(0, 100), layer(2, 40)}}};
  const std::vector<ImageId> used{{2}, {0}, {1}, {0}};
  const LayerSharing sharing = layer_sharing(images, used);
  CHECK(sharing.separate == Bytes{103 + 7 + 140});
  CHECK(sharing.stored == Bytes{100 + 3 + 40 + 7});
  const std::vector<std::vector<ImageId>> families{{{0}, {2}}, {{1}}};
  CHECK(sharing.families == families);
  CHECK(shared_bytes(images[0], images[2]) == Bytes{100});
  CHECK(shared_bytes(images[0], images[1]) == Bytes{0});
}

TEST_CASE("images hang together through a third one", "[layer_sharing]") {
  const std::vector<Image> images{{.name = "a", .layers = {layer(0, 1)}},
                                  {.name = "b", .layers = {layer(1, 1)}},
                                  {.name = "both", .layers = {layer(0, 1), layer(1, 1)}}};
  const std::vector<ImageId> two{{0}, {1}}, all{{0}, {1}, {2}};
  CHECK(layer_sharing(images, two).families.size() == 2);
  CHECK(layer_sharing(images, all).families.size() == 1);
  CHECK(layer_sharing(images, {}).families.empty());
}

}  // namespace
}  // namespace berth
