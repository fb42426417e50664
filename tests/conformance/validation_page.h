// docs/validation.md, written from a run of berth-conformance: every published start-up beside what
// is simulated, the environments, what is left out and why, and how many cases of every family
// passed. The same run gives the same bytes.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/published_starts.h"

namespace berth::conformance {

struct FamilyCount {
  std::string file, family;
  int passed = 0, failed = 0, skipped = 0;
};

// Of the figures that count.
struct StartErrors {
  int figures = 0;
  double median = 0, largest = 0;  // absolute, relative to the published
  std::string largest_of;          // "case key"
  int free = 0;                    // of the figures, those that set no parameter
  double free_median = 0;
};
StartErrors start_errors(const std::vector<PublishedStart>& starts);

// docs/validation.tsv, which stands on the report page: a line a subject, what it is held against and
// what came out, tab by tab; then the lines of whoever has more.
std::string scorecard(const std::vector<PublishedStart>& starts,
                      const std::vector<FamilyCount>& families,
                      const std::vector<std::string>& more);

std::string validation_page(const std::vector<PublishedStart>& starts,
                            const std::vector<FamilyCount>& families,
                            const std::vector<std::string>& lines);  // of the scorecard, from elsewhere

}  // namespace berth::conformance
