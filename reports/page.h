// Results as one self-contained HTML page: the answer in a sentence with its confidence, cost
// against latency, and everything else following the placement that is chosen. Works from disk,
// loads nothing.
//
//   page = template + style + glue (reports/page/) + chart library (third_party/vega) + model
//   model = what the documents say, ready to be shown: sentences, rows, specifications
//   (reports/charts.h)
//
// The model stands in a script element of type application/json with every "<" written \u003c, and
// the glue writes text, never markup: a workload called "</script><b>" is shown as that. Documents:
// results (reports/json.h), several of them or lists. Tested by tests/reports/page_test.cpp and, in
// a browser, by tests/browser/.
#pragma once

#include <span>
#include <string>

namespace berth {

struct StoredText {
  std::string name;  // of the file, for messages and to tell results apart
  std::string text;
};

// Throws Unreadable (reports/read_result.h) for a document that is not understood.
std::string html_page(std::span<const StoredText> documents);
std::string page_model(std::span<const StoredText> documents);  // its JSON, for tests
// The same answer, placements, costs and waits as Markdown, short enough for a wiki page.
std::string page_markdown(std::span<const StoredText> documents);

}  // namespace berth
