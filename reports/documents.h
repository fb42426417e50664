// What `berth report` was given, read and checked once, for every form it is written in: the page,
// Markdown, tables, the bill. Tested by tests/reports/page_test.cpp and page_plan_test.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace berth {

struct StoredText {
  std::string name;  // of the file, for messages and to tell results apart
  std::string text;
};

struct DocumentValues;  // reports/document_values.h

class Documents {
 public:
  // Results, plans, flips and break-evens, or lists of them. Throws Unreadable
  // (reports/read_result.h) for one that is not understood.
  Documents(const std::vector<StoredText>& texts);  // NOLINT: a list of texts is documents
  [[nodiscard]] const DocumentValues& values() const { return *values_; }

 private:
  std::shared_ptr<const DocumentValues> values_;
};

}  // namespace berth
