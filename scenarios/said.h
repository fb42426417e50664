// A value that remembers where it was said, for mistakes that show only later.
#pragma once

#include <optional>
#include <string>

#include "scenarios/fields.h"

namespace berth {

template <class V>
struct Said {
  V value{};
  Position at;
  std::string path;
};
template <class V>
using Maybe = std::optional<Said<V>>;

template <class V>
Type<Said<V>> said(const Type<V>& type) {
  return {type.shape, [read = type.read](Reading& in, const Node& node, Said<V>& target) {
            target.at = node.at;
            target.path = in.path();
            return read(in, node, target.value);
          }};
}

}  // namespace berth
