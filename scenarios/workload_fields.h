// Images, training classes and services as users write them.
// Tested by tests/scenarios/read_scenario_test.cpp.
#pragma once

#include "models/scenario.h"
#include "scenarios/fields.h"

namespace berth {

// An image before its layers are numbered: totals, or an exact list.
struct LayerText {
  std::string digest;
  Bytes size, unpacked;
};
struct ImageText {
  std::optional<std::string> from;
  std::optional<Bytes> size, unpacked;
  std::optional<int> layer_count;
  std::optional<std::vector<LayerText>> layers;
  Image image;  // the rest
};

const Fields<ImageText>& image_fields();
const Fields<TrainingClass>& training_fields();
const Fields<Service>& service_fields();

// Numbers the layers of all images: equal digests and inherited layers have one id. Images are in
// file order; how many layers there are is `layer_count`. False after an issue.
bool lay_images(Reading& in, const Node& images_node, const Named<ImageText>& texts,
                std::vector<Image>& images, int& layer_count);

}  // namespace berth
