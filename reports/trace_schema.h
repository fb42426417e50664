// The JSON Schema (draft-07) of one line of a trace (reports/trace.h): its head, an event, its end.
// Head and end are closed. Of an event the schema says what every kind has and what the fields that
// name workloads are; further fields depend on `type` and kinds may be added, so it is open.
// tests/reports/trace_test.cpp holds every kind of event to it.
#pragma once

#include <string>

namespace berth {

std::string trace_schema();

}  // namespace berth
