// Text to Catalogue and back, strictly, and the catalogue built into the program.
//
// The format is CSV with three kinds of lines before and between the rows:
//   # comment
//   @name,VALUE   @region,VALUE   @date,DAY
//   @source,KEY,DAY,sourced|derived|user,WORDS     where a price was read
// A header line that starts with "type" opens a table of instance types, one that starts with
// "item" a table of other prices (names as in models/catalogue.h). A price is written
// "0.192 KEY": dollars, then the key of its source. An empty field is unknown. Numbers are plain
// decimals. Examples: scenarios/catalogue/*.csv. What a node offers its pods (pod_cpu_m,
// pod_memory_mib) follows from the type's size and max_pods where it is not said
// (models/kubernetes/allocatable.h), max_pods is then kubelet's 110.
//
// Tested by tests/scenarios/read_catalogue_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/catalogue.h"
#include "scenarios/issue.h"

namespace berth {

// Adds every mistake to `issues`; the catalogue is only meant to be used when there is none.
Catalogue read_catalogue(std::string_view text, const std::string& file,
                         std::vector<Issue>& issues);

// Adds the types and prices of a further file to a catalogue already read.
void read_catalogue_into(Catalogue& catalogue, std::string_view text, const std::string& file,
                         std::vector<Issue>& issues);

// One file with everything in it. Reading it back gives an equal catalogue.
std::string write_catalogue_csv(const Catalogue& catalogue);

// scenarios/catalogue/*.csv as they were when the program was built.
const Catalogue& builtin_catalogue();

}  // namespace berth
