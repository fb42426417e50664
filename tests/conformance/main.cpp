// berth-conformance [--markdown PAGE] [--scorecard TSV] [--line TEXT]... FILE...: runs published and
// textbook cases through the code the simulator uses, and writes what came out as a page and as the
// report page's scorecard, with further lines of it.
//
// Prints "id pass|fail|skipped got expected" for every case ("id/simulated" for its simulation by the
// request engine, where it has a formula as well), the errors of published start-ups if there were
// any, and a closing "N passed, N failed, N skipped". Exit 0: none failed; 1: some failed; 2: a file
// cannot be read or is of no known kind, said before anything is run.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/schemas.h"
#include "tests/conformance/validation_page.h"

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
  if (file.schema) return file.content.at("cases").empty() ? "holds no case" : "";
  std::string names;
  for (const Schema& schema : known) names += (names.empty() ? "" : "; ") + schema.name;
  return "is of no known kind (known: " + names + ")";
}

// A word of a case that may be of any kind.
std::string word_of(const Json& item, const char* key, std::string otherwise) {
  const auto found = item.is_object() ? item.find(key) : item.end();
  if (found == item.end() || found->is_null()) return otherwise;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::vector<Verdict> run_case(const CaseFile& file, const Json& item) {
  try {
    return file.schema->run(item);
  } catch (const std::exception& error) {
    return {{Verdict::Kind::fail, word_of(item, "id", "?"), std::string("error: ") + error.what(), {}}};
  }
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// What a case belongs to, as its file names it.
std::string family_of(const Json& item, const Verdict& verdict) {
  if (!item.is_object()) return "?";
  const std::string name = word_of(item, "family", word_of(item, "kind", "published start-ups"));
  return verdict.id.ends_with("/simulated") ? name + "/simulated" : name;
}

void count(std::vector<FamilyCount>& families, const std::string& file, const std::string& family,
           Verdict::Kind kind) {
  auto found = std::ranges::find_if(families, [&](const FamilyCount& known) {
    return known.file == file && known.family == family;
  });
  if (found == families.end())
    found = families.insert(families.end(), {.file = file, .family = family});
  found->passed += kind == Verdict::Kind::pass;
  found->failed += kind == Verdict::Kind::fail;
  found->skipped += kind == Verdict::Kind::skipped;
}

// Beside the page first, so that a page is whole or not there.
void write_page(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  std::ofstream out(draft);
  out << text;
  out.close();
  if (!out || std::rename(draft.c_str(), path.c_str()) != 0) {
    std::remove(draft.c_str());
    throw std::runtime_error(path + " cannot be written");
  }
}

struct Written {
  std::string page, scorecard;
  std::vector<std::string> lines;  // of the scorecard, from elsewhere
};

int run(const std::vector<CaseFile>& files, const Written& written) {
  std::map<Verdict::Kind, int> counts;
  std::vector<FamilyCount> families;
  std::vector<PublishedStart> starts;
  for (const CaseFile& file : files) {
    for (const Json& item : file.content.at("cases")) {
      const std::vector<Verdict> verdicts = run_case(file, item);
      for (const Verdict& verdict : verdicts) {
        ++counts[verdict.kind];
        count(families, base_name(file.path), family_of(item, verdict), verdict.kind);
        std::printf("%s\n", line(verdict).c_str());
      }
      if (file.schema->name == kStartupSchema && !verdicts.front().is_error())
        starts.push_back(simulate_published_start(item));
    }
  }
  if (const StartErrors errors = start_errors(starts); errors.figures > 0)
    std::printf("published start-ups: %d figures, median absolute error %.1f %%, largest %.1f %% (%s)\n",
                errors.figures, 100 * errors.median, 100 * errors.largest,
                errors.largest_of.c_str());
  if (!written.page.empty()) write_page(written.page, validation_page(starts, families, written.lines));
  if (!written.scorecard.empty())
    write_page(written.scorecard, scorecard(starts, families, written.lines));
  std::printf("%d passed, %d failed, %d skipped\n", counts[Verdict::Kind::pass],
              counts[Verdict::Kind::fail], counts[Verdict::Kind::skipped]);
  return counts[Verdict::Kind::fail] > 0 ? 1 : 0;
}

int run(int argc, char** argv) {
  Written written;
  int first = 1;
  for (; argc > first + 1; first += 2) {
    const std::string option = argv[first], value = argv[first + 1];
    if (option == "--markdown")
      written.page = value;
    else if (option == "--scorecard")
      written.scorecard = value;
    else if (option == "--line")
      written.lines.push_back(value);
    else
      break;
  }
  if (argc <= first || argv[first][0] == '-') {
    std::fprintf(stderr,
                 "usage: berth-conformance [--markdown PAGE] [--scorecard TSV] [--line TEXT]... "
                 "FILE...\n");
    return 2;
  }
  const std::vector<Schema> known = schemas();
  std::vector<CaseFile> files;
  bool all_ready = true;
  for (int i = first; i < argc; ++i) {
    files.push_back({.path = argv[i]});
    const std::string problem = open(files.back(), known);
    if (problem.empty()) continue;
    std::fprintf(stderr, "%s: error: %s\n", argv[i], problem.c_str());
    all_ready = false;
  }
  return all_ready ? run(files, written) : 2;
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
