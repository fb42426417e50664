// What `berth init` writes: a commented scenario to start from and what an editor needs to help
// with it. The scenario is scenarios/quickstart.yaml, embedded when Berth is built.
#pragma once

#include <string>
#include <vector>

namespace berth {

struct StarterFile {
  std::string path;  // below the chosen directory
  std::string text;
  std::string about;  // a few words for the list that is printed
};

std::vector<StarterFile> starter_files();

}  // namespace berth
