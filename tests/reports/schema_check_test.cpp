#include "tests/reports/schema_check.h"

#include <catch2/catch.hpp>

using namespace berth;
using Json = nlohmann::json;

TEST_CASE("a schema finds what is missing, unknown and of the wrong kind, each with its place") {
  const SchemaCheck check(
      R"({"type": "object", "required": ["a", "b"], "additionalProperties": false,
    "properties": {"a": {"type": "array", "items": {"$ref": "#/definitions/n"}}, "b": {"enum": ["x"]}},
    "definitions": {"n": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}}})");
  CHECK(check.errors(Json::parse(R"({"a": [1, null], "b": "x"})")).empty());
  CHECK(check.errors(Json::parse(R"({"a": [1, "2"], "c": 3})")).size() == 3);
  CHECK(check.errors(Json::parse(R"({"a": [-1], "b": "x"})")) ==
        std::vector<std::string>{"/a/0: is below 0"});
  CHECK(check.errors(Json::parse("[]")) ==
        std::vector<std::string>{"the document: is not of type \"object\""});
}

TEST_CASE("a schema may ask how a text is written and for elements of a list") {
  const SchemaCheck check(R"({"properties": {"day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
    "list": {"type": "array", "minItems": 1}}})");
  CHECK(check.errors(Json::parse(R"({"day": "2026-11", "list": [1]})")).empty());
  CHECK(check.errors(Json::parse(R"({"day": "stoi", "list": []})")).size() == 2);
}

TEST_CASE("a keyword the check does not know is an error, not a pass") {
  CHECK(SchemaCheck(R"({"maximum": 3})").errors(Json(2)).size() == 1);
}
