#include "scenarios/starter.h"

#include "scenarios/schema.h"

namespace berth {

extern const char* const kQuickstart;  // made from scenarios/quickstart.yaml when Berth is built

std::vector<StarterFile> starter_files() {
  const std::string settings = R"({
  "yaml.schemas": {"./.berth/scenario.schema.json": ["/*.yaml", "/scenarios/**/*.yaml"]},
  "json.schemas": [
    {"fileMatch": ["/scenarios/**/*.json"], "url": "./.berth/scenario.schema.json"}
  ]
}
)";
  return {{"quickstart.yaml",
           "# yaml-language-server: $schema=./.berth/scenario.schema.json\n" +
               std::string(kQuickstart),
           "eight models, each trained every 15 minutes, placed two ways"},
          {".berth/scenario.schema.json", scenario_schema(),
           "completion and hints in editors"},
          {".vscode/settings.json", settings, "ties the schema to scenario files in VS Code"}};
}

}  // namespace berth
