// Vega-Lite specifications of the report page's charts, as values: which field stands where, on
// which scale, with which words. The rows come from the page under the names used here ("rows",
// "chosen"); colours are named ("theme:a") and become the reader's, light or dark. Only for
// reports/*.cpp and tests: it brings nlohmann/json along. Tested by tests/reports/charts_test.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace berth {

// Cost against a latency: points by state, intervals, the front, the chosen ones.
nlohmann::ordered_json scatter_spec(const std::string& label, const std::string& unit);
nlohmann::ordered_json cost_spec();          // a stacked bar a placement, with its interval
nlohmann::ordered_json starts_spec();        // p50, p95 and p99 of every class
nlohmann::ordered_json waterfall_spec();     // the phases of one class, each where the last ended
nlohmann::ordered_json distribution_spec();  // share of jobs started within
nlohmann::ordered_json line_specs();         // over time: requests, replicas, latency, nodes, queue

// A line a series over an input, both on logarithmic scales, with a rule where the input stands.
// Units: "s", "USD/month", "share", "bytes" or anything else for plain numbers.
nlohmann::ordered_json curves_spec(const std::string& description, const std::string& x_title,
                                   const std::string& x_unit, const std::string& y_title,
                                   const std::string& y_unit);
// How far each input moves before the answer turns ("flips"), on the range searched ("rows"); in times now.
nlohmann::ordered_json flips_spec();
// A horizontal bar a row, the largest first.
nlohmann::ordered_json bars_spec(const char* description, const char* name, const char* value,
                                 const std::string& unit);

}  // namespace berth
