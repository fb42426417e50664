// What the fields of a scenario say about themselves, for editors and for people. Both texts come
// from the descriptors that read a scenario (scenarios/fields.h), so they cannot disagree with it.
// Tested by tests/scenarios/schema_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth {

// JSON Schema, draft-07: what editors understand. Ends with a newline.
std::string scenario_schema();

// Like `kubectl explain`: the field at "training.schedule" (also "/training/retrain/schedule",
// names users choose are skipped), its type, default and the fields below it. "" is the whole page
// in Markdown. nullopt when there is no such field; then *hint says which is nearest.
std::optional<std::string> scenario_reference(std::string_view path, std::string* hint);

}  // namespace berth
