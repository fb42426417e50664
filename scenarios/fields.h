// One list of field descriptors, four uses: reading a value, naming what is wrong with it, the JSON
// Schema and the reference page. A field says once what it is called, how it is written, what it
// means and what holds when it is absent: an error (required), a value with its source (otherwise),
// or nothing (optional).
//
//   fields.add("models", &TrainingClass::models, whole(1, 1'000'000),
//              otherwise("1", "a class is one model unless it says more"),
//              "Like models with the same schedule, each with jobs of its own.");
//
// A Type<T> is how a T is written: its Shape (for schema and reference) and a function that reads
// it. Types are built from types: list_of(duration()), map_of(text(), ...), object(fields).
// Reading never stops at a mistake: it notes the issue, leaves the target as it was and goes on.
//
// Tested by tests/scenarios/read_scenario_test.cpp, bad_input_test.cpp and schema_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/catalogue.h"
#include "models/distribution.h"
#include "models/units.h"
#include "scenarios/document.h"
#include "scenarios/issue.h"
#include "scenarios/quantities.h"

namespace berth {

// ---- What a value looks like --------------------------------------------------------------------

struct Shape;
using ShapeRef = std::shared_ptr<const Shape>;

struct Absent {
  enum class Kind { required, otherwise, computed, optional };
  Kind kind = Kind::required;
  std::string value;   // otherwise: as a user would write it; computed: in words
  std::string source;  // why this value; optional: what absence means
};
Absent required();
Absent otherwise(std::string value, std::string source);
Absent computed(std::string words, std::string source);  // the owner fills it in
Absent optional(std::string meaning);

struct FieldText {
  std::string name, doc;
  ShapeRef shape;
  Absent absent;
};

struct Choice {
  std::string name, doc;
};

struct Shape {
  enum class Kind {
    text,
    boolean,
    whole,
    number,
    quantity,
    choice,
    object,
    map,
    list,
    any_of,
    ref
  };
  Kind kind = Kind::text;
  std::string words;                // "a duration", "the name of an image": for people
  Quantity quantity{};              // Kind::quantity
  std::optional<double> low, high;  // Kind::whole, number: inclusive
  std::string pattern;              // Kind::text, when it has one
  std::vector<Choice> choices;
  std::vector<FieldText> fields;    // Kind::object
  ShapeRef of;                      // Kind::map and list
  std::size_t least = 0, most = 0;  // Kind::list: items, 0 is no limit
  std::string name;                 // Kind::ref: the shape of this name (shared or recursive)
  std::vector<ShapeRef> any_of;
};

// Shapes that occur in several places or in themselves, by name.
const std::map<std::string, ShapeRef>& named_shapes();

// ---- Reading ------------------------------------------------------------------------------------

class Reading {
 public:
  Reading(std::vector<std::string> file_names, std::vector<Issue>& issues)
      : file_names_(std::move(file_names)), issues_(issues) {}

  // At the current path, where the node stands.
  void fail(const Node& node, std::string message, std::string hint = "");
  void fail_at(const Position& at, std::string message, std::string hint = "");
  // At any other path.
  void fail_path(const Position& at, std::string path, std::string message, std::string hint = "");
  void warn_path(const Position& at, std::string path, std::string message, std::string hint = "");
  // In another file than the scenario's: a trace, a sample. The path is the current one.
  void fail_in(const std::string& file, int line, int column, std::string message,
               std::string hint = "");
  // Whether no error lies at the path or below it.
  bool clean(std::string_view path) const;

  // One step into a mapping or list, for as long as the scope lives.
  class Scope {
   public:
    Scope(Reading& in, std::string_view token, const Position& at);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Reading& in_;
    std::size_t length_;
    Position at_;
  };
  const std::string& path() const { return path_; }
  const Position& key_position() const { return key_at_; }

  const std::string& file_name(const Position& at) const;
  std::string folder_of(const Position& at) const;  // where relative paths start: "" or "a/b/"

  // What names stand for, in order; empty until its part of the file is read.
  const Catalogue* catalogue = nullptr;
  std::vector<std::string> images, training;
  std::int64_t starts_at = 0;  // of the measured window
  Seconds warm_up{0}, horizon{0};
  // Reads a file named in the scenario; nullptr after an issue. The text lives as long as this.
  std::function<const std::string*(const std::string& path, const Node& named)> read_file;

 private:
  friend class Scope;
  void add(const Position& at, std::string path, std::string message, std::string hint, Severity s);

  std::vector<std::string> file_names_;
  std::vector<Issue>& issues_;
  std::string path_;
  Position key_at_{0, 1, 1};
};

// False after an issue.
bool expect_mapping(Reading& in, const Node& node);
bool expect_list(Reading& in, const Node& node);
// The text of a scalar that is not null; nullptr after an issue "expected WHAT, got ...".
const std::string* expect_scalar(Reading& in, const Node& node, std::string_view what);

template <class T>
struct Type {
  ShapeRef shape;
  std::function<bool(Reading&, const Node&, T&)> read;
};

Type<std::string> text(const std::string& words = "a text");
Type<std::string> name_text(const std::string& words);  // not empty
Type<bool> boolean();
Type<int> whole(int low, int high);
Type<std::uint64_t> seed_number();
Type<double> number(double low, double high);
Type<double> positive_number();
enum class Zero { allowed, refused };
Type<Seconds> duration(Zero zero = Zero::allowed, std::optional<Seconds> most = std::nullopt);
Type<Bytes> size(Zero zero = Zero::allowed);
Type<double> rate(Zero zero = Zero::allowed);
Type<BytesPerSecond> bandwidth();
Type<UsdPerHour> dollars_per_hour();
Type<double> dollars_per(const std::string& unit);  // "$0.045" or "$0.045/GB"
Type<double> share(double low = 0, double high = 1);
// "10%", a whole percentage, or a number of `what`, as Kubernetes' IntOrString.
struct CountOrPercent {
  int value = 0;
  bool percent = false;
};
Type<CountOrPercent> count_or_percent(int most, const std::string& what);
Type<std::int64_t> cpu();
Type<Date> date();
Type<Seconds> moment();  // after the measured window opens: 17h, or 2026-11-27T17:00:00Z
Type<Resources> resources();
Type<std::string> image_name();
Type<std::string> type_name();      // of an instance type in the catalogue
Type<Distribution> duration_law();  // scenarios/law_field.cpp
// Where files are laid over each other a law is one value: a whole one replaces what was there, never
// mixes with it (a part of one, as {at_most: 6s}, changes that part). What was one law for types with
// and without accelerators becomes one for each before only one of them is replaced.
void make_room_for_law(Node& target, const Node& patch);

ShapeRef choice_shape(std::vector<Choice> choices);
// Position among the choices; nullopt after an issue.
std::optional<std::size_t> read_choice(Reading& in, const Node& node,
                                       const std::vector<Choice>& choices);

template <class T>
Type<T> choice(const std::vector<std::pair<Choice, T>>& values) {
  std::vector<Choice> choices;
  choices.reserve(values.size());
  for (const auto& value : values) choices.push_back(value.first);
  return {choice_shape(choices), [choices, values](Reading& in, const Node& node, T& target) {
            const auto found = read_choice(in, node, choices);
            if (found) target = values[*found].second;
            return found.has_value();
          }};
}

ShapeRef list_shape(ShapeRef of, std::size_t least, std::size_t most);
template <class T>
Type<std::vector<T>> list_of(const Type<T>& type, std::size_t least = 0, std::size_t most = 0) {
  return {list_shape(type.shape, least, most),
          [type, least, most](Reading& in, const Node& node, std::vector<T>& target) {
            if (!expect_list(in, node)) return false;
            const std::size_t items = node.items.size();
            if (items < least || (most > 0 && items > most)) {
              const std::string wanted = most == least ? std::to_string(least)
                                         : most > 0
                                             ? std::to_string(least) + " to " + std::to_string(most)
                                             : "at least " + std::to_string(least);
              in.fail(node, "expected a list of " + wanted + ", got " + std::to_string(items));
              return false;
            }
            bool good = true;
            for (std::size_t i = 0; i < items; ++i) {
              const Reading::Scope scope(in, std::to_string(i), node.items[i].at);
              target.emplace_back();
              good = type.read(in, node.items[i], target.back()) && good;
            }
            return good;
          }};
}

// Keys are the user's words. In file order; keys that start with "x-" are notes.
bool is_note(std::string_view key);
// Entry by entry, each in the scope of its key: each(entry) is false after an issue, and so is this.
template <class Each>
bool read_entries(Reading& in, const Node& node, Each each) {
  if (!expect_mapping(in, node)) return false;
  bool good = true;
  for (const Entry& entry : node.entries) {
    if (is_note(entry.key)) continue;
    const Reading::Scope scope(in, entry.key, entry.at);
    good = each(entry) && good;
  }
  return good;
}
// The key of an entry, as something to be read.
inline Node key_of(const Entry& entry) {
  return {.kind = Node::Kind::scalar, .at = entry.at, .text = entry.key};
}

template <class T>
using Named = std::vector<std::pair<std::string, T>>;
ShapeRef map_shape(ShapeRef of, std::string keys);
template <class T>
Type<Named<T>> map_of(Type<T> type, std::string keys) {
  return {map_shape(type.shape, std::move(keys)),
          [type](Reading& in, const Node& node, Named<T>& target) {
            return read_entries(in, node, [&](const Entry& entry) {
              target.emplace_back(entry.key, T{});
              return type.read(in, entry.value, target.back().second);
            });
          }};
}

ShapeRef any_of(std::vector<ShapeRef> shapes, std::string words);

// ---- Objects ------------------------------------------------------------------------------------

template <class T>
struct Field {
  FieldText text;
  std::optional<Node> fallback;  // Absent::otherwise, ready to be read
  std::function<bool(Reading&, const Node&, T&)> read;
};

// A default as a node; defaults are written in the language itself.
Node node_of(std::string_view text);
void unknown_field(Reading& in, const Entry& entry, const std::vector<FieldText>& known);
void missing_field(Reading& in, const std::string& name);
ShapeRef object_shape(std::vector<FieldText> fields, std::string words);

// Fields are read in the order they were added, whatever the order in the file: a later one may
// rely on what an earlier one left in the Reading.
template <class T>
class Fields {
 public:
  template <class M>
  Fields& add(std::string name, M T::*member, const Type<M>& type, Absent absent, std::string doc) {
    return custom(std::move(name), type.shape, std::move(absent), std::move(doc),
                  [member, read = type.read](Reading& in, const Node& node, T& target) {
                    return read(in, node, target.*member);
                  });
  }
  template <class M>
  Fields& add(std::string name, std::optional<M> T::*member, const Type<M>& type, Absent absent,
              std::string doc) {
    return custom(std::move(name), type.shape, std::move(absent), std::move(doc),
                  [member, read = type.read](Reading& in, const Node& node, T& target) {
                    M value{};
                    if (!read(in, node, value)) return false;
                    target.*member = std::move(value);
                    return true;
                  });
  }
  // A nested mapping whose fields belong to the same T.
  Fields& group(std::string name, const Fields& inner, Absent absent, std::string doc) {
    return custom(std::move(name), object_shape(inner.texts(), "a mapping"), std::move(absent),
                  std::move(doc), [inner](Reading& in, const Node& node, T& target) {
                    return inner.read(in, node, target);
                  });
  }
  Fields& custom(std::string name, ShapeRef shape, Absent absent, std::string doc,
                 std::function<bool(Reading&, const Node&, T&)> read) {
    Field<T> field{{std::move(name), std::move(doc), std::move(shape), std::move(absent)},
                   std::nullopt,
                   std::move(read)};
    if (field.text.absent.kind == Absent::Kind::otherwise)
      field.fallback = node_of(field.text.absent.value);
    fields_.push_back(std::move(field));
    return *this;
  }

  bool read(Reading& in, const Node& node, T& target) const {
    if (!expect_mapping(in, node)) return false;
    bool good = true;
    std::vector<const Entry*> written(fields_.size(), nullptr);
    for (const Entry& entry : node.entries) {
      if (is_note(entry.key)) continue;
      const std::size_t found = position_of(entry.key);
      if (found < fields_.size())
        written[found] = &entry;
      else
        unknown_field(in, entry, texts()), good = false;
    }
    for (std::size_t i = 0; i < fields_.size(); ++i)
      good = read_field(in, fields_[i], written[i], target) && good;
    return good;
  }

  std::vector<FieldText> texts() const {
    std::vector<FieldText> out;
    out.reserve(fields_.size());
    for (const Field<T>& field : fields_) out.push_back(field.text);
    return out;
  }

 private:
  std::size_t position_of(std::string_view key) const {
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].text.name == key) return i;
    return fields_.size();
  }
  static bool read_field(Reading& in, const Field<T>& field, const Entry* written, T& target) {
    if (written != nullptr && !written->value.is_null()) {  // null: taken back
      const Reading::Scope scope(in, written->key, written->at);
      return field.read(in, written->value, target);
    }
    if (field.text.absent.kind == Absent::Kind::required)
      missing_field(in, field.text.name);
    else if (field.fallback)
      field.read(in, *field.fallback, target);
    return field.text.absent.kind != Absent::Kind::required;
  }

  std::vector<Field<T>> fields_;
};

template <class T>
Type<T> object(const Fields<T>& fields, std::string words = "a mapping") {
  return {
      object_shape(fields.texts(), std::move(words)),
      [fields](Reading& in, const Node& node, T& target) { return fields.read(in, node, target); }};
}

}  // namespace berth
