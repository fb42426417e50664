// The catalogue for people and programs: a row an instance type, or everything about one, each price
// with its day, where it was read and whether a source printed it (sourced), it was computed from
// printed figures (derived, "~" in the table) or the user set it. Unknown prices are shown as such.
// Tested by tests/reports/catalogue_report_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/catalogue.h"

namespace berth {

enum class Format { table, json, csv, markdown };

struct CatalogueFilter {
  std::string family;     // "m5", or its beginning; "" is all
  bool only_gpu = false;  // any accelerator
};
std::vector<const InstanceType*> matching(const Catalogue& catalogue, const CatalogueFilter& filter);

std::string list_types(const Catalogue& catalogue, const CatalogueFilter& filter, Format format,
                       bool color);
// Prices that do not belong to an instance type.
std::string list_other_prices(const Catalogue& catalogue, Format format, bool color);
std::string show_type(const Catalogue& catalogue, const InstanceType& type, Format format,
                      bool color);

}  // namespace berth
