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
  const std::string scenario =
      "# yaml-language-server: $schema=./.berth/scenario.schema.json\n" + std::string(kQuickstart);
  std::vector<StarterFile> files;
  files.push_back({"quickstart.yaml", scenario, "eight models that train every 15 minutes"});
  files.push_back({".berth/scenario.schema.json", scenario_schema(), "completion in editors"});
  files.push_back({".vscode/settings.json", settings, "ties the schema to scenarios in VS Code"});
  return files;
}

}  // namespace berth
