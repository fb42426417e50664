#include "scenarios/platform_parts.h"

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

}  // namespace berth
