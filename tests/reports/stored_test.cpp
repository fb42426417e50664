#include "reports/stored.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/json.h"
#include "reports/read_result.h"
#include "tests/reports/canned_result.h"

using namespace berth;

namespace {

std::string refusal(const std::string& text) {
  try {
    stored_documents(text, "base.json", {"berth/result/1"});
  } catch (const Unreadable& wrong) {
    return wrong.what();
  }
  return "";
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string good() { return json_report(std::vector{canned::result()}); }
std::string with(const std::string& from, const std::string& to) {
  std::string text = good();
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("what berth wrote is read again") {
  CHECK(stored_documents(good(), "base.json", {"berth/result/1"}).size() == 1);
  CHECK(stored_documents(json_report(std::vector{canned::result(), canned::result()}), "base.json",
                         {"berth/result/1"})
            .size() == 2);
}

TEST_CASE("a file that cannot be used is refused with the place and the way out") {
  struct Row {
    std::string text;
    const char *says, *also;
  };
  const Row rows[] = {
      {"", "base.json: error: the file is empty", ""},
      {good().substr(0, good().size() / 2), "the JSON breaks off here", "base.json:"},
      {"name: yaml\n", "base.json:1:", "this is not JSON"},
      {"{}", "has no \"schema\"", "berth/result/1"},
      {"[]", "the list is empty", ""},
      {"[3]", "/0 has no \"schema\"", ""},
      {R"({"schema": "berth/result/2"})", "\"berth/result/2\"", "newer berth"},
      {R"({"schema": "berth/result/0"})", "\"berth/result/0\"", "older berth"},
      {R"({"schema": "berth/comparison/1"})", "expected berth/result/1", "berth/comparison/1"},
      {R"({"schema": "infracost"})", "expected berth/result/1", "infracost"},
      {with("\"seed\": 1", "\"seed\": \"1\""), "/seed: is not of type \"integer\"", "make it anew"},
      {with("\"figures\"", "\"figurines\""), "lacks \"figures\"", "unknown field \"figurines\""},
      {R"({"schema": 1e999})", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 40));
    const std::string why = refusal(row.text);
    CHECK(!why.empty());
    CHECK(has(why, row.says));
    CHECK(has(why, row.also));
  }
}

TEST_CASE("a tower of brackets is an error and not a crash") {
  CHECK(!refusal(std::string(2'000'000, '[')).empty());
}
