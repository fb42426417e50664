#include "models/image.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("synthetic layers add up to the totals to the byte", "[image]") {
  struct Row { const char* because; LayerTotals totals; };
  const auto row = GENERATE(values<Row>({
      {"the vLLM container of AWS's lazy-loading post", {{9'720'000'000}, {22'980'000'000}, 40, {0}}},
      {"one layer takes everything",                    {{1'000'003}, {2'000'001}, 1, {5}}},
      {"more layers than bytes: some are empty",        {{3}, {7}, 9, {0}}},
      {"nothing at all",                                {{0}, {0}, 4, {0}}},
      {"the 34-layer workspace image of an ECS team",   {{962'592'768}, {2'400'000'000}, 34, {100}}},
  }));
  CAPTURE(row.because);
  const std::vector<Layer> layers = synthesise_layers(row.totals);
  CHECK(layers.size() == static_cast<std::size_t>(row.totals.count));
  CHECK(total_compressed(layers) == row.totals.compressed);
  CHECK(total_unpacked(layers) == row.totals.unpacked);
  CHECK(layers.front().id == row.totals.first_id);
  CHECK(std::ranges::none_of(layers, [](const Layer& l) { return l.compressed.count < 0; }));
}

TEST_CASE("the largest synthetic layer is two fifths of the image and not at either end", "[image]") {
  const std::vector<Layer> layers = synthesise_layers({{10'000'000'000}, {23'000'000'000}, 20, {0}});
  const auto largest = std::ranges::max_element(layers, {}, &Layer::compressed);
  // Shares 0.4 * 0.6^i of 20 layers sum to 1 - 0.6^20 = 0.99996; the floor of 1e-4 adds 0.1 % at most.
  CHECK(static_cast<double>(largest->compressed.count) == Approx(4e9).epsilon(0.002));
  CHECK(largest - layers.begin() == 11);  // int(0.6 * 19)
}

TEST_CASE("equal layer sets compare equal whatever happened to them before", "[image]") {
  LayerSet once, again;
  once.add(LayerId{3});
  again.add(LayerId{3});
  again.add(LayerId{200});
  CHECK(once != again);
  CHECK(again.size() == 2);
  again.remove(LayerId{200});
  again.remove(LayerId{7});  // was never there
  CHECK(once == again);
  again.remove(LayerId{3});
  CHECK(again.empty());
}

TEST_CASE("a node pulls the layers it does not hold, once each, in manifest order", "[image]") {
  const Layer base{{0}, {100}, {300}}, driver{{1}, {50}, {90}}, code{{2}, {1}, {2}};
  const Image image{.name = "trainer", .layers = {base, driver, code, driver}};
  LayerSet cached;
  cached.add(base.id);
  CHECK(missing(image, cached) == std::vector<Layer>{driver, code});
  CHECK_FALSE(holds(cached, image));
  cached.add(image);
  CHECK(missing(image, cached).empty());
  CHECK(holds(cached, image));
}

}  // namespace
}  // namespace berth
