// Schema, reference and decoder come from the same descriptors; here they are held against each
// other, with python3-jsonschema as the independent reader of the schema.
#include "scenarios/schema.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "models/random_stream.h"
#include "scenarios/document.h"
#include "scenarios/scenario_fields.h"
#include "scenarios/starter.h"
#include "tests/scenarios/small_scenario.h"
#include "tests/support/own_path.h"

namespace berth {
namespace {

using Json = nlohmann::json;

// What the YAML 1.2 core schema makes of a node; nullopt for what JSON has no word for.
std::optional<Json> to_json(const Node& node) {
  if (node.is_scalar()) {
    if (node.is_quoted) return Json(node.text);
    if (node.is_null()) return Json(nullptr);
    const Json number = Json::parse(node.text, nullptr, false);
    if (number.is_number() || number.is_boolean()) return number;
    return Json(node.text);
  }
  Json out = node.is_mapping() ? Json::object() : Json::array();
  for (const Node& item : node.items) out.push_back(*to_json(item));
  for (const Entry& entry : node.entries) out[entry.key] = *to_json(entry.value);
  return out;
}

std::optional<Json> json_of(const std::string& yaml) {
  std::vector<Issue> issues;
  const auto node = parse_document(yaml, {.name = "x.yaml"}, issues);
  return node ? to_json(*node) : std::nullopt;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has_validator() {
  return std::system("/usr/bin/python3 -c 'import jsonschema' >/dev/null 2>&1") == 0;
}

// Prints the names of the documents on which schema and expectation part.
std::string disagreements(const Json& documents) {
  const std::filesystem::path folder = own_path("schema_test");
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "schema.json") << scenario_schema();
  std::ofstream(folder / "documents.json") << documents.dump();
  std::ofstream(folder / "check.py") << R"(import json, jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for case in json.load(open("documents.json")):
    error = jsonschema.exceptions.best_match(validator.iter_errors(case["document"]))
    if (error is None) != case["good"]:
        print(case["name"], "|", "accepted" if error is None else
              "/".join(map(str, error.absolute_path)) + ": " + error.message[:300])
)";
  const std::string command =
      "cd '" + folder.string() +
      "' && /usr/bin/python3 check.py >found.txt 2>&1 || echo failed >>found.txt";
  REQUIRE(std::system(command.c_str()) == 0);
  const std::string found = read_file((folder / "found.txt").string());
  std::filesystem::remove_all(folder);
  return found;
}

void add(Json& documents, const std::string& name, const std::string& yaml, bool good) {
  const auto document = json_of(yaml);
  REQUIRE(document);
  documents.push_back({
      {"name",     name     },
      {"document", *document},
      {"good",     good     }
  });
}

std::string with_shortage(const std::string& when) {
  return with("max: 4}\n", "max: 4}\n    shortages: [{instance_type: m5.xlarge, " + when +
                               ", lasts: 3h}]\n");
}

TEST_CASE("the schema accepts every shipped file and refuses what the decoder refuses",
          "[scenarios][schema]") {
  if (!has_validator()) {
    WARN("skipped: python3-jsonschema is not installed");
    return;
  }
  Json documents = Json::array();
  const std::string folder = std::string(BERTH_SOURCE_DIR) + "/scenarios";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml")
      add(documents, entry.path().filename().string(), read_file(entry.path().string()), true);
  add(documents, "small", std::string(kSmall), true);
  add(documents, "an overlay may remove", "extends: x.yaml\ntraining: {t: null, u: {team: null}}",
      true);
  // Every way to write a quantity that the parsers take, in fields of that quantity.
  for (const char* text : {"90s", "1h30min", "2 min", "1e3s", "250ms", "7d", "1w", "40us"})
    add(documents, text, with("horizon: 1d", std::string("horizon: ") + text), true);
  for (const char* text : {"900MB", "4 KiB", "14Gi", "1kB", "2.5GiB", "1e9B"})
    add(documents, text, with("size: 1GB", std::string("size: ") + text), true);
  for (const char* text : {"1500/s", "30/h", "60M/day", "1.2k/min", "7/week"})
    add(documents, text, with("requests: 10/s", std::string("requests: ") + text), true);
  for (const char* text : {"4", "0.5", "500m", "4 vCPU"})
    add(documents, text, with("cpu: 1,", std::string("cpu: ") + text + ","), true);
  for (const char* text : {"99.9%", "0.999", "1"})
    add(documents, text, with("50ms}", std::string("50ms, target: ") + text + "}"), true);
  for (const char* text : {"10Gbit/s", "625MB/s", "100MiB/s"})
    add(documents, text,
        with("quota: 10}", std::string("quota: 10, s3_per_connection: ") + text + "}"), true);
  for (const char* text : {"from: 17h", "from: 1h30min", "cron: \"0 17 * * *\"", "random_every: 12h"})
    add(documents, text, with_shortage(text), true);
  const std::string dated = with("horizon: 1d", "horizon: 1d\nstarts_on: 2026-11-27",
                                 with_shortage("from: 2026-11-27 17:00:00.5"));
  REQUIRE(read_scenario_text(dated, "x.yaml").scenario);
  add(documents, "an instant", dated, true);
  for (const char* text : {"from: noon", "random_every: often", "from: 2026-11-27"}) {
    CHECK_FALSE(read_scenario_text(with_shortage(text), "x.yaml").scenario);
    add(documents, text, with_shortage(text), false);
  }
  struct Row {
    const char *because, *from, *to;
  };
  for (const Row& row : std::vector<Row>{
           {"a misspelt key",                "duration: 4min",             "durration: 4min"                          },
           {"an unknown field",              "horizon: 1d",                "horizon: 1d\nhorizont: 2d"                },
           {"a wrong unit",                  "every: 15min",               "every: 3 minutes"                         },
           {"a missing unit",                "horizon: 1d",                "horizon: 90"                              },
           {"a negative duration",           "duration: 4min",             "duration: -4min"                          },
           {"a number in quotes",            "max: 4}",                    "max: \"4\"}"                              },
           {"too large a number",            "max: 4}",                    "max: 400000000}"                          },
           {"not a choice",                  "kind: kubernetes",           "kind: nomad"                              },
           {"a list too short",              "requests: 10/s",             "requests: {mean: 10/s, hourly: [1, 2, 3]}"},
           {"a text for a mapping",          "slo: {latency: 50ms}",       "slo: 50ms"                                },
           {"something missing deep inside", "slo: {latency: 50ms}",       "slo: {target: 99%}"                       },
           {"no image",                      "    image: a\n    schedule", "    schedule"                             },
           {"another language",              "berth/scenario/1",           "berth/scenario/2"                         },
  }) {
    const std::string text = with(row.from, row.to);
    CAPTURE(row.because);
    CHECK_FALSE(read_scenario_text(text, "x.yaml").scenario);
    add(documents, row.because, text, false);
  }
  CHECK(disagreements(documents) == "");
}

// A character of the small scenario is replaced, dropped or doubled; what the decoder still takes,
// the schema must take, or an editor would mark a right file as wrong.
TEST_CASE("what the decoder accepts the schema accepts", "[scenarios][schema]") {
  if (!has_validator()) {
    WARN("skipped: python3-jsonschema is not installed");
    return;
  }
  Json documents = Json::array();
  RandomStream stream(11, 0, Purpose::arrival, 0);
  const std::string letters = "0123456789abcdhimnsGMKB%/.-_~ ";
  for (int run = 0; run < 2000; ++run) {
    std::string text(kSmall);
    const auto at = static_cast<std::size_t>(stream.uniform() * static_cast<double>(text.size()));
    const char letter =
        letters[static_cast<std::size_t>(stream.uniform() * static_cast<double>(letters.size()))];
    switch (run % 3) {
      case 0:
        text[at] = letter;
        break;
      case 1:
        text.erase(at, 1);
        break;
      default:
        text.insert(at, 1, letter);
        break;
    }
    if (read_scenario_text(text, "x.yaml").scenario)
      add(documents, std::to_string(run) + ": " + text.substr(at, 20), text, true);
  }
  CHECK(documents.size() > 100);
  CHECK(disagreements(documents) == "");
}

// What fields with a value of their own when absent say of themselves, with that value.
void collect_fallbacks(const Shape& shape, std::map<std::string, std::string>& list) {
  for (const FieldText& field : shape.fields) {
    if (field.absent.kind == Absent::Kind::otherwise && !field.absent.value.empty())
      list.emplace(field.doc + " Default: " + field.absent.value + " (" + field.absent.source + ").",
                   field.absent.value);
    collect_fallbacks(*field.shape, list);
  }
  if (shape.of) collect_fallbacks(*shape.of, list);
  for (const ShapeRef& one : shape.any_of) collect_fallbacks(*one, list);
}

// Those values with the schema that stands beside their description.
void collect_defaults(const Json& schema, const Json& definitions, const std::string& path,
                      const std::map<std::string, std::string>& fallbacks, Json& list) {
  if (schema.is_array())
    for (const Json& one : schema) collect_defaults(one, definitions, path, fallbacks, list);
  if (!schema.is_object()) return;
  for (const auto& [key, below] : schema.items())
    collect_defaults(below, definitions, path + "/" + key, fallbacks, list);
  if (!schema.contains("description") || !schema.at("description").is_string()) return;
  const auto found = fallbacks.find(schema.at("description").get<std::string>());
  if (found == fallbacks.end()) return;
  const auto document = json_of("v: " + found->second + "\n");
  CAPTURE(path, found->second);
  REQUIRE(document);
  Json one{{"name", path + ": " + found->second}, {"value", document->at("v")}};
  one["schema"] = {{"definitions", definitions}};
  one["schema"]["allOf"].push_back(schema);
  list.push_back(std::move(one));
}

TEST_CASE("every default is a value its own field takes", "[scenarios][schema]") {
  if (!has_validator()) return;
  const Json schema = Json::parse(scenario_schema());
  std::map<std::string, std::string> fallbacks;
  collect_fallbacks(*object_shape(scenario_fields().texts(), "a scenario"), fallbacks);
  Json list = Json::array();
  collect_defaults(schema, schema.value("definitions", Json::object()), "", fallbacks, list);
  CHECK(list.size() > 60);
  const std::filesystem::path folder = own_path("schema_defaults");
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "list.json") << list.dump();
  std::ofstream(folder / "check.py") << R"(import json, jsonschema
for one in json.load(open("list.json")):
    if not jsonschema.Draft7Validator(one["schema"]).is_valid(one["value"]):
        print(one["name"])
)";
  CHECK(std::system(("cd " + folder.string() + " && /usr/bin/python3 check.py > wrong.txt").c_str()) ==
        0);
  CHECK(read_file((folder / "wrong.txt").string()) == "");
}

TEST_CASE("every field is described in a sentence, and a default says why", "[scenarios][schema]") {
  std::function<void(const Shape&, const std::string&)> visit = [&](const Shape& shape,
                                                                    const std::string& path) {
    for (const FieldText& field : shape.fields) {
      const std::string here = path + "." + field.name;
      CAPTURE(here);
      CHECK(field.doc.ends_with('.') == (field.name != "kind"));
      CHECK_FALSE((field.absent.kind != Absent::Kind::required && field.absent.source.empty()));
      visit(*field.shape, here);
    }
    if (shape.of) visit(*shape.of, path + "[]");
    for (const ShapeRef& one : shape.any_of) visit(*one, path);
  };
  visit(*object_shape(scenario_fields().texts(), "a scenario"), "");
}

TEST_CASE("the reference explains a field and offers the nearest word", "[scenarios][schema]") {
  std::string hint;
  const auto field = scenario_reference("training.max_attempts", &hint);
  REQUIRE(field);
  CHECK(*field ==
        "training.max_attempts    a whole number, 1 to 127\n"
        "  An interrupted job is tried this often in all.\n"
        "  Default: 7 (Kubernetes' Job: a first attempt and backoffLimit 6).\n");
  CHECK(scenario_reference("/training/any-name/max_attempts", &hint) == field);
  CHECK_THAT(*scenario_reference("services.requests", &hint), Catch::Contains("  hourly "));
  CHECK_FALSE(scenario_reference("training.max_atempts", &hint));
  CHECK(hint == "did you mean \"max_attempts\"?");
  CHECK_THAT(*scenario_reference("", &hint), Catch::StartsWith("# The scenario file\n"));
}

TEST_CASE("the starter scenario is right as it is written", "[scenarios][schema]") {
  for (const StarterFile& file : starter_files()) {
    CAPTURE(file.path);
    if (file.path.ends_with(".yaml")) {
      const Loaded loaded = read_scenario_text(file.text, file.path);
      CHECK(render_issues(loaded) == "");
    } else {
      CHECK(Json::accept(file.text));
    }
  }
}

}  // namespace
}  // namespace berth
