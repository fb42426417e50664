// A plan file as a document that is what its schema says, so that whoever reads on checks nothing.
// Tested by tests/reports/plan_report_test.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace berth {

// NoPlan (reports/plan_report.h) tells the first things that are wrong with it, by their place.
nlohmann::json read_plan_document(const std::string& json);

}  // namespace berth
