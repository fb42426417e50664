// What the JSON Schemas (draft-07) of our documents are made of. For reports/*.cpp only: it brings the
// JSON library. Tested by tests/reports/schema_check_test.cpp and the documents' own tests.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace berth::json_schema {

using Json = nlohmann::ordered_json;
using Fields = std::initializer_list<std::pair<const char*, Json>>;

Json typed(const char* type);
Json typed_or_null(const char* type);
Json at_least(const char* type, int minimum);
Json ref(const char* definition);  // of the document's own
Json or_null(Json schema);
Json list_of(Json items);
Json non_empty(Json items);  // a list, at least one
Json map_of(Json values);  // any names
Json one_of(std::initializer_list<const char*> values);
Json always(std::string_view value);
Json described(Json schema, const char* words);
Json object(Fields fields);       // all these fields, no others
Json open_object(Fields fields);  // others besides
Json with_optional(Json object, Fields fields);  // that may be left out

// With these definitions; what the document is made of is the caller's to add.
Json document(std::string_view id, Fields definitions);

// As `object`, of a document that also says what it was made with and of.
Json headed(std::string_view schema, Fields fields);

// What most documents have.
Json scenario();
Json input();
Json prices();
Json engine();
Json failure();

}  // namespace berth::json_schema
