#include "scenarios/platform_parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace berth {

const Distribution& law(PlatformLaw which) { return platform_law(which).distribution; }

Absent from_table(std::initializer_list<PlatformLaw> laws) {
  std::string names, sources;
  for (const PlatformLaw which : laws) {
    const SourcedDistribution& row = platform_law(which);
    names += (names.empty() ? "" : "; ") + std::string(row.name);
    const std::string source = fmt::format("{} (confidence {})", row.source, row.confidence);
    if (sources.find(source) == std::string::npos)
      sources += (sources.empty() ? "" : "; ") + source;
  }
  return computed(names, sources);
}

std::optional<TypeId> read_type_id(Reading& in, const Node& node) {
  std::string name;
  if (!type_name().read(in, node, name) || in.catalogue == nullptr) return std::nullopt;
  return TypeId{*in.catalogue->index_of(name)};
}

bool read_types(Reading& in, const Node& node, std::vector<TypeId>& target) {
  std::vector<std::string> names;
  bool good = list_of(type_name(), 1, 100).read(in, node, names);
  if (!good || in.catalogue == nullptr) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const TypeId type{*in.catalogue->index_of(names[i])};
    if (std::ranges::find(target, type) != target.end()) {
      in.fail(node.items[i], in_quotes(names[i]) + " stands here twice");
      good = false;
    }
    target.push_back(type);
  }
  return good;
}

bool says_types_once(Reading& in, const Node& node) {
  const bool one = node.find("instance_type") != nullptr;
  const bool several = node.find("instance_types") != nullptr;
  if (one && several)
    in.fail(node, "instance_type and instance_types say the same thing twice",
            "leave one of them out");
  else if (!one && !several)
    in.fail(node, "an instance type is missing",
            "add instance_type: NAME or instance_types: [NAME, ...]");
  return one != several;
}

}  // namespace berth
