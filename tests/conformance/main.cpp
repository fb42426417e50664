// berth-conformance FILE...: runs published and textbook cases through the code the simulator uses.
//
// Prints "id pass|fail|skipped got expected" for every case ("id/simulated" for its simulation by the
// request engine, where it has a formula as well) and a closing "N passed, N failed, N
// skipped". Exit 0: none failed; 1: some failed; 2: a file cannot be read or is of no known kind,
// said before anything is run.
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/schemas.h"

namespace berth::conformance {
namespace {

template <class Entry>
std::vector<Entry> joined(std::initializer_list<std::vector<Entry>> lists) {
  std::vector<Entry> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

std::vector<Schema> schemas() {
  return {
      validation_schema(joined<Family>({arrival_families(), queueing_families(), random_families(),
                                        statistics_families(), money_families(), startup_families(),
                                        autoscaler_families(), planning_families()}),
                        simulated_queueing_families()),
      kubernetes_schema(joined<Kind>({kubernetes_node_kinds(), kubernetes_hpa_kinds(), node_autoscaler_kinds()})),
      startup_schema(),
  };
}

struct CaseFile {
  std::string path;
  Json content;
  const Schema* schema = nullptr;
};

// Empty text: the file is ready to run.
std::string open(CaseFile& file, const std::vector<Schema>& known) {
  std::ifstream in(file.path);
  if (!in) return "cannot be read";
  file.content = Json::parse(in, nullptr, false);
  if (file.content.is_discarded()) return "is not JSON";
  for (const Schema& schema : known)
    if (schema.recognises(file.content)) file.schema = &schema;
  if (file.schema) return "";
  std::string names;
  for (const Schema& schema : known) names += (names.empty() ? "" : "; ") + schema.name;
  return "is of no known kind (known: " + names + ")";
}

std::vector<Verdict> run_case(const CaseFile& file, const Json& item) {
  try {
    return file.schema->run(item);
  } catch (const std::exception& error) {
    const std::string id = item.is_object() ? item.value("id", "?") : "?";
    return {{Verdict::Kind::fail, id, std::string("error: ") + error.what(), {}}};
  }
}

int run(const std::vector<CaseFile>& files) {
  std::map<Verdict::Kind, int> counts;
  for (const CaseFile& file : files) {
    for (const Json& item : file.content.at("cases")) {
      for (const Verdict& verdict : run_case(file, item)) {
        ++counts[verdict.kind];
        std::printf("%s\n", line(verdict).c_str());
      }
    }
  }
  std::printf("%d passed, %d failed, %d skipped\n", counts[Verdict::Kind::pass],
              counts[Verdict::Kind::fail], counts[Verdict::Kind::skipped]);
  return counts[Verdict::Kind::fail] > 0 ? 1 : 0;
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: berth-conformance FILE...\n");
    return 2;
  }
  const std::vector<Schema> known = schemas();
  std::vector<CaseFile> files;
  bool all_ready = true;
  for (int i = 1; i < argc; ++i) {
    files.push_back({.path = argv[i]});
    const std::string problem = open(files.back(), known);
    if (problem.empty()) continue;
    std::fprintf(stderr, "%s: error: %s\n", argv[i], problem.c_str());
    all_ready = false;
  }
  return all_ready ? run(files) : 2;
}

}  // namespace
}  // namespace berth::conformance

int main(int argc, char** argv) {
  try {
    return berth::conformance::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "berth-conformance: internal error: %s\n", error.what());
    return 70;
  }
}
