#include "scenarios/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenarios/scenario_fields.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

const Shape& root_shape() {
  static const ShapeRef shape = object_shape(scenario_fields().texts(), "a scenario");
  return *shape;
}

// ---- JSON Schema --------------------------------------------------------------------------------

Json schema_of(const Shape& shape);

std::string absent_words(const Absent& absent) {
  switch (absent.kind) {
    case Absent::Kind::required:
      return "Required.";
    case Absent::Kind::optional:
      return fmt::format("When absent: {}.", absent.source);
    case Absent::Kind::otherwise:
    case Absent::Kind::computed:
      break;
  }
  return fmt::format("Default: {} ({}).", absent.value.empty() ? "\"\"" : absent.value,
                     absent.source);
}

// In a file that extends another, null removes what the other says; so null may stand anywhere.
Json with_null(Json schema) {
  if (schema.contains("anyOf"))
    schema["anyOf"].push_back({
        {"type", "null"}
    });
  else if (schema.contains("enum"))
    schema["enum"].push_back(nullptr);
  else if (schema.contains("$ref"))
    schema = {
        {"anyOf", Json::array({schema, {{"type", "null"}}})}
    };
  else if (schema["type"].is_array())
    schema["type"].push_back("null");
  else
    schema["type"] = Json::array({schema["type"], "null"});
  return schema;
}

Json quantity_schema(const Shape& shape) {
  const QuantityText& text = text_of(shape.quantity);
  Json schema{
      {"type",     text.also_number ? Json::array({"string", "number"}) : Json("string")},
      {"pattern",  text.pattern                                                         },
      {"examples", Json::array()                                                        }
  };
  std::string_view rest = text.examples;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(", ");
    schema["examples"].push_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 2);
  }
  if (text.also_number) schema["minimum"] = 0;
  if (shape.quantity == Quantity::share) schema["maximum"] = 1;
  return schema;
}

Json number_schema(const Shape& shape) {
  Json schema{
      {"type", shape.kind == Shape::Kind::whole ? "integer" : "number"}
  };
  if (shape.low) schema["minimum"] = *shape.low;
  if (shape.high) schema["maximum"] = *shape.high;
  return schema;
}

// Words that look like numbers are numbers in YAML: launch: 2024.
Json choice_schema(const Shape& shape) {
  Json words = Json::array();
  for (const Choice& one : shape.choices) {
    words.push_back(one.name);
    if (one.name.find_first_not_of("0123456789") == std::string::npos)
      words.push_back(std::stoi(one.name));
  }
  return {
      {"enum", words}
  };
}

Json object_schema(const Shape& shape) {
  Json properties = Json::object();
  for (const FieldText& field : shape.fields) {
    Json schema = with_null(schema_of(*field.shape));
    schema["description"] = field.doc + " " + absent_words(field.absent);
    properties[field.name] = std::move(schema);
  }
  return {
      {"type",                 "object"                 },
      {"properties",           std::move(properties)    },
      {"patternProperties",    {{"^x-", Json::object()}}},
      {"additionalProperties", false                    }
  };
}

Json map_schema(const Shape& shape) {
  return {
      {"type",                 "object"                       },
      {"patternProperties",    {{"^x-", Json::object()}}      },
      {"additionalProperties", with_null(schema_of(*shape.of))}
  };
}

Json list_schema(const Shape& shape) {
  Json schema{
      {"type",  "array"             },
      {"items", schema_of(*shape.of)}
  };
  if (shape.least > 0) schema["minItems"] = shape.least;
  if (shape.most > 0) schema["maxItems"] = shape.most;
  return schema;
}

Json schema_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text:
      return {
          {"type", {"string", "number"}}
      };
    case Shape::Kind::boolean:
      return {
          {"type", "boolean"}
      };
    case Shape::Kind::whole:
    case Shape::Kind::number:
      return number_schema(shape);
    case Shape::Kind::quantity:
      return quantity_schema(shape);
    case Shape::Kind::choice:
      return choice_schema(shape);
    case Shape::Kind::object:
      return object_schema(shape);
    case Shape::Kind::map:
      return map_schema(shape);
    case Shape::Kind::list:
      return list_schema(shape);
    case Shape::Kind::ref:
      return {
          {"$ref", "#/definitions/" + shape.name}
      };
    case Shape::Kind::any_of:
      break;
  }
  Json alternatives = Json::array();
  for (const ShapeRef& one : shape.any_of) alternatives.push_back(schema_of(*one));
  return {
      {"anyOf", std::move(alternatives)}
  };
}

// Only what is required, for files that extend no other; null where nothing is.
Json required_part(const Shape& shape) {
  if (shape.kind == Shape::Kind::map || shape.kind == Shape::Kind::list) {
    Json below = required_part(*shape.of);
    if (below.is_null()) return below;
    if (shape.kind == Shape::Kind::list)
      return {
          {"items", std::move(below)}
      };
    return {
        {"patternProperties",    {{"^x-", Json::object()}}},
        {"additionalProperties", std::move(below)         }
    };
  }
  if (shape.kind != Shape::Kind::object) return nullptr;
  Json names = Json::array(), properties = Json::object();
  for (const FieldText& field : shape.fields) {
    if (field.absent.kind == Absent::Kind::required) names.push_back(field.name);
    if (Json below = required_part(*field.shape); !below.is_null())
      properties[field.name] = std::move(below);
  }
  if (names.empty() && properties.empty()) return nullptr;
  Json part = Json::object();
  if (!names.empty()) part["required"] = std::move(names);
  if (!properties.empty()) part["properties"] = std::move(properties);
  return part;
}

// ---- Reference ----------------------------------------------------------------------------------

std::string type_words(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::quantity:
      return fmt::format("{}: {}", text_of(shape.quantity).article,
                         text_of(shape.quantity).examples);
    case Shape::Kind::whole:
    case Shape::Kind::number:
      return fmt::format("{}, {} to {}", shape.words, shape.low.value_or(0),
                         shape.high.value_or(0));
    case Shape::Kind::choice: {
      std::string list;
      for (const Choice& one : shape.choices) list += (list.empty() ? "" : " or ") + one.name;
      return list;
    }
    case Shape::Kind::list:
      return fmt::format(
          "a list{} of: {}",
          shape.least > 0 && shape.least == shape.most ? fmt::format(" of {}", shape.least) : "",
          type_words(*shape.of));
    case Shape::Kind::map:
      return fmt::format("a mapping from {} to: {}", shape.words, type_words(*shape.of));
    default:
      return shape.words;
  }
}

// The objects a value may be, and the map or list it is made of.
void collect_objects(const Shape& shape, std::vector<const Shape*>& objects) {
  switch (shape.kind) {
    case Shape::Kind::object:
      objects.push_back(&shape);
      break;
    case Shape::Kind::map:
    case Shape::Kind::list:
      collect_objects(*shape.of, objects);
      break;
    case Shape::Kind::any_of:
      for (const ShapeRef& one : shape.any_of) collect_objects(*one, objects);
      break;
    case Shape::Kind::ref:
      collect_objects(*named_shapes().at(shape.name), objects);
      break;
    default:
      break;
  }
}

std::string choices_text(const Shape& shape) {
  std::string out;
  for (const Choice& one : shape.choices) out += fmt::format("    {:<20} {}\n", one.name, one.doc);
  return out;
}

std::string explain(const std::string& path, const FieldText& field) {
  std::string out = fmt::format("{}    {}\n  {}\n  {}\n", path, type_words(*field.shape), field.doc,
                                absent_words(field.absent));
  if (field.shape->kind == Shape::Kind::choice) out += choices_text(*field.shape);
  std::vector<const Shape*> objects;
  collect_objects(*field.shape, objects);
  for (const Shape* object : objects) {
    out += fmt::format("\nFields ({}):\n", object->words);
    for (const FieldText& below : object->fields)
      out += fmt::format("  {:<24} {}\n{:27}{} {}\n", below.name, type_words(*below.shape), "",
                         below.doc, absent_words(below.absent));
  }
  return out;
}

// ---- The whole page -----------------------------------------------------------------------------

std::string cell(std::string text) {
  for (std::size_t i = 0; (i = text.find('|', i)) != std::string::npos; i += 2)
    text.replace(i, 1, "\\|");
  return text;
}

void write_section(const std::string& path, const Shape& shape, std::string& out);

// Below a field: the path of what its objects hold ("training.NAME").
std::string path_below(const std::string& path, const Shape& shape) {
  if (shape.kind == Shape::Kind::map) return path_below(path + ".NAME", *shape.of);
  if (shape.kind == Shape::Kind::list) return path_below(path + "[]", *shape.of);
  return path;
}

void write_object(const std::string& path, const Shape& object, std::string& out) {
  out +=
      fmt::format("\n### {}\n\n", path.empty() ? "The file" : "`" + path + "` - " + object.words);
  out += "| field | written as | meaning | when absent |\n| --- | --- | --- | --- |\n";
  for (const FieldText& field : object.fields)
    out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, cell(type_words(*field.shape)),
                       cell(field.doc), cell(absent_words(field.absent)));
  for (const FieldText& field : object.fields)
    if (field.shape->kind != Shape::Kind::ref)
      write_section((path.empty() ? "" : path + ".") + field.name, *field.shape, out);
}

void write_section(const std::string& path, const Shape& shape, std::string& out) {
  if (shape.kind == Shape::Kind::ref) return;  // it has a section of its own
  if (shape.kind == Shape::Kind::object) return write_object(path, shape, out);
  if (shape.of) return write_section(path_below(path, shape), *shape.of, out);
  for (const ShapeRef& one : shape.any_of) write_section(path_below(path, *one), *one, out);
}

std::string whole_page() {
  std::string out =
      "# The scenario file\n\n"
      "YAML 1.2 or JSON. Keys that start with `x-` may stand anywhere and are ignored (notes,\n"
      "anchors); `x-assumed`, a list of sentences, names what is assumed and goes into results.\n"
      "Quantities carry their unit. Made by `berth reference`.\n";
  write_section("", root_shape(), out);
  for (const auto& [name, shape] : named_shapes()) {
    out += fmt::format("\n## {}: {}\n", name, shape->words);
    write_section(name, *shape, out);
  }
  return out;
}

// ---- Finding a field ----------------------------------------------------------------------------

std::vector<std::string> path_words(std::string_view path) {
  std::vector<std::string> words(1);
  for (const char c : path) {
    if (c != '.' && c != '/')
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

const FieldText* field_named(const Shape& shape, const std::string& name) {
  std::vector<const Shape*> objects;
  collect_objects(shape, objects);
  for (const Shape* object : objects)
    for (const FieldText& field : object->fields)
      if (field.name == name) return &field;
  return nullptr;
}

std::vector<std::string> names_below(const Shape& shape) {
  std::vector<const Shape*> objects;
  collect_objects(shape, objects);
  std::vector<std::string> names;
  for (const Shape* object : objects)
    for (const FieldText& field : object->fields) names.push_back(field.name);
  return names;
}

bool has_user_names(const Shape& shape) {
  return shape.kind == Shape::Kind::map || shape.kind == Shape::Kind::list;
}

}  // namespace

std::string scenario_schema() {
  Json schema{
      {"$schema",     "http://json-schema.org/draft-07/schema#"        },
      {"title",       "Berth scenario"                                 },
      {"description", "What berth simulate, compare and validate read."}
  };
  const Json root = object_schema(root_shape());
  for (const auto& [key, value] : root.items()) schema[key] = value;
  schema["if"] = {
      {"not", {{"required", {"extends"}}}}
  };
  schema["then"] = required_part(root_shape());
  for (const auto& [name, shape] : named_shapes()) schema["definitions"][name] = schema_of(*shape);
  return schema.dump(2) + "\n";
}

std::optional<std::string> scenario_reference(std::string_view path, std::string* hint) {
  const std::vector<std::string> words = path_words(path);
  if (words.empty()) return whole_page();
  const Shape* at = &root_shape();
  const FieldText* field = nullptr;
  std::string found_path;
  bool named = true;  // the user's name at this place has been skipped already
  for (const std::string& word : words) {
    const FieldText* next = field_named(*at, word);
    const bool last = &word == &words.back();
    const bool misspelt = last && !nearest_words(word, names_below(*at), 1).empty();
    if (next == nullptr && !named && !misspelt) {
      named = true;
      continue;
    }
    if (next == nullptr) {
      if (hint != nullptr) *hint = nearest_hint(word, names_below(*at));
      return std::nullopt;
    }
    field = next;
    found_path += (found_path.empty() ? "" : ".") + word;
    at = field->shape.get();
    named = !has_user_names(*at);
  }
  return explain(found_path, *field);
}

}  // namespace berth
