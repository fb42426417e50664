#include <stdexcept>

#include "scenarios/read_catalogue.h"

namespace berth {

// Written by CMake from scenarios/catalogue/*.csv, so an installed program needs no data files.
extern const char* const kInstanceCsv;
extern const char* const kPriceCsv;

namespace {

Catalogue read_builtin() {
  std::vector<Issue> issues;
  Catalogue catalogue = read_catalogue(kInstanceCsv, "built-in instances", issues);
  read_catalogue_into(catalogue, kPriceCsv, "built-in prices", issues);
  if (!issues.empty())
    throw std::logic_error(issues.front().file + ":" + std::to_string(issues.front().line) + ": " +
                           issues.front().message);
  return catalogue;
}

}  // namespace

const Catalogue& builtin_catalogue() {
  static const Catalogue catalogue = read_builtin();
  return catalogue;
}

}  // namespace berth
