// Results as one self-contained HTML page: the answer in a sentence with its confidence, cost
// against latency, and everything else following the placement that is chosen. Works from disk,
// loads nothing.
//
//   page = template + style + glue (reports/page/) + chart library (third_party/vega) + model
//   model = what the documents say, ready to be shown: sentences, rows, specifications
//   (reports/charts.h)
//
// The model stands in a script element of type application/json with every "<" written \u003c, and
// the glue writes text, never markup: a workload called "</script><b>" is shown as that. Tested by tests/reports/page_test.cpp and, in
// a browser, by tests/browser/.
#pragma once

#include <string>

#include "reports/documents.h"

namespace berth {

// A page needs a result or a plan; Unreadable (reports/read_result.h) without.
std::string html_page(const Documents& documents);
std::string page_model(const Documents& documents);  // its JSON, for tests
// The same answer, placements, costs and waits as Markdown, short enough for a wiki page; of plans
// their claim, candidates, homes and what was left out; flips and break-evens as tables and sentences.
std::string page_markdown(const Documents& documents);

}  // namespace berth
