#include "scenarios/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace berth {

Absent required() { return {Absent::Kind::required, "", ""}; }
Absent otherwise(std::string value, std::string source) {
  return {Absent::Kind::otherwise, std::move(value), std::move(source)};
}
Absent computed(std::string words, std::string source) {
  return {Absent::Kind::computed, std::move(words), std::move(source)};
}
Absent optional(std::string meaning) { return {Absent::Kind::optional, "", std::move(meaning)}; }

// ---- Reading ------------------------------------------------------------------------------------

void Reading::add(const Position& at, std::string path, std::string message, std::string hint,
                  Severity severity) {
  issues_.push_back({file_name(at), at.line, at.column, std::move(path), std::move(message),
                     std::move(hint), severity});
}

void Reading::fail(const Node& node, std::string message, std::string hint) {
  fail_at(node.at, std::move(message), std::move(hint));
}

void Reading::fail_at(const Position& at, std::string message, std::string hint) {
  add(at, path_, std::move(message), std::move(hint), Severity::error);
}

void Reading::fail_path(const Position& at, std::string path, std::string message,
                        std::string hint) {
  add(at, std::move(path), std::move(message), std::move(hint), Severity::error);
}

void Reading::warn_path(const Position& at, std::string path, std::string message,
                        std::string hint) {
  add(at, std::move(path), std::move(message), std::move(hint), Severity::warning);
}

void Reading::fail_in(const std::string& file, int line, int column, std::string message,
                      std::string hint) {
  issues_.push_back(
      {file, line, column, path_, std::move(message), std::move(hint), Severity::error});
}

bool Reading::clean(std::string_view path) const {
  return std::ranges::none_of(issues_, [&](const Issue& issue) {
    return issue.severity == Severity::error && issue.path.starts_with(path) &&
           (issue.path.size() == path.size() || issue.path[path.size()] == '/');
  });
}

const std::string& Reading::file_name(const Position& at) const {
  return file_names_[static_cast<std::size_t>(at.file)];
}

std::string Reading::folder_of(const Position& at) const {
  const std::string& name = file_name(at);
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash + 1);
}

Reading::Scope::Scope(Reading& in, std::string_view token, const Position& at)
    : in_(in), length_(in.path_.size()), at_(in.key_at_) {
  in_.path_ += "/" + pointer_token(token);
  in_.key_at_ = at;
}

Reading::Scope::~Scope() {
  in_.path_.resize(length_);
  in_.key_at_ = at_;
}

namespace {

// "a text "8"", "a list", "nothing".
std::string describe(const Node& node) {
  if (!node.is_scalar() || node.is_null()) return std::string(describe_kind(node));
  return (node.is_quoted ? "the text " : "") + in_quotes(node.text);
}

ShapeRef make(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

}  // namespace

bool expect_mapping(Reading& in, const Node& node) {
  if (node.is_mapping()) return true;
  in.fail(node, "expected a mapping, got " + describe(node));
  return false;
}

bool expect_list(Reading& in, const Node& node) {
  if (node.is_sequence()) return true;
  in.fail(node, "expected a list, got " + describe(node));
  return false;
}

const std::string* expect_scalar(Reading& in, const Node& node, std::string_view what) {
  if (node.is_scalar() && !node.is_null()) return &node.text;
  in.fail(node, fmt::format("expected {}, got {}", what, describe(node)));
  return nullptr;
}

// ---- Plain types --------------------------------------------------------------------------------

Type<std::string> text(const std::string& words) {
  Shape shape{.kind = Shape::Kind::text, .words = words};
  return {make(shape), [words](Reading& in, const Node& node, std::string& target) {
            const std::string* found = expect_scalar(in, node, words);
            if (found != nullptr) target = *found;
            return found != nullptr;
          }};
}

Type<std::string> name_text(const std::string& words) {
  Type<std::string> type = text(words);
  type.read = [read = type.read, words](Reading& in, const Node& node, std::string& target) {
    if (!read(in, node, target)) return false;
    if (!target.empty()) return true;
    in.fail(node, fmt::format("expected {}, got an empty text", words));
    return false;
  };
  return type;
}

Type<bool> boolean() {
  return {make({.kind = Shape::Kind::boolean, .words = "true or false"}),
          [](Reading& in, const Node& node, bool& target) {
            const bool yes = node.is_scalar() && node.text == "true";
            if (node.is_scalar() && !node.is_quoted && (yes || node.text == "false")) {
              target = yes;
              return true;
            }
            const bool old = node.is_scalar() && (node.text == "yes" || node.text == "no" ||
                                                  node.text == "on" || node.text == "off");
            in.fail(node, "expected true or false, got " + describe(node),
                    old ? "yes and no are texts in YAML 1.2" : "");
            return false;
          }};
}

namespace {

// The number a plain scalar holds; nullopt after an issue. Quoted numbers are texts.
std::optional<double> read_number(Reading& in, const Node& node, std::string_view what) {
  if (!node.is_scalar() || node.is_quoted || node.is_null()) {
    in.fail(node, fmt::format("expected {}, got {}", what, describe(node)));
    return std::nullopt;
  }
  const Parsed<double> parsed = parse_number(node.text);
  if (!parsed.value)
    in.fail(node, fmt::format("expected {}, got {}", what, in_quotes(node.text)), parsed.hint);
  return parsed.value;
}

bool in_range(Reading& in, const Node& node, double value, double low, double high) {
  if (value >= low && value <= high) return true;
  const bool below = value < low;
  in.fail(node, fmt::format("must be at {} {}, got {}", below ? "least" : "most",
                            below ? low : high, node.text));
  return false;
}

}  // namespace

Type<int> whole(int low, int high) {
  return {make({.kind = Shape::Kind::whole, .words = "a whole number", .low = low, .high = high}),
          [low, high](Reading& in, const Node& node, int& target) {
            const auto value = read_number(in, node, "a whole number");
            if (!value) return false;
            if (*value != std::floor(*value)) {
              in.fail(node, "expected a whole number, got " + node.text);
              return false;
            }
            if (!in_range(in, node, *value, low, high)) return false;
            target = static_cast<int>(*value);
            return true;
          }};
}

Type<CountOrPercent> count_or_percent(int most, const std::string& what) {
  const Type<int> number = whole(0, most);
  const Type<double> percent = share();
  return {any_of({number.shape, percent.shape}, "a number of " + what + ", or a percentage of them"),
          [number, percent, what](Reading& in, const Node& node, CountOrPercent& target) {
            CountOrPercent read{.percent = node.is_scalar() && node.text.ends_with('%')};
            if (!read.percent) {
              if (!number.read(in, node, read.value)) return false;
              target = read;
              return true;
            }
            double value = 0;
            if (!percent.read(in, node, value)) return false;
            read.value = static_cast<int>(std::lround(value * 100));
            if (std::abs(value * 100 - read.value) < 1e-9) return target = read, true;
            in.fail(node, "expected a whole percentage of " + what + ", got " + node.text);
            return false;
          }};
}

Type<std::uint64_t> seed_number() {
  constexpr double kLargestExact = 9'007'199'254'740'991;  // JSON numbers are doubles
  return {
      make(
          {.kind = Shape::Kind::whole, .words = "a whole number", .low = 0, .high = kLargestExact}),
      [](Reading& in, const Node& node, std::uint64_t& target) {
        const auto value = read_number(in, node, "a whole number");
        if (!value) return false;
        if (*value != std::floor(*value)) {
          in.fail(node, "expected a whole number, got " + node.text);
          return false;
        }
        if (!in_range(in, node, *value, 0, kLargestExact)) return false;
        target = static_cast<std::uint64_t>(*value);
        return true;
      }};
}

Type<double> number(double low, double high) {
  return {make({.kind = Shape::Kind::number, .words = "a number", .low = low, .high = high}),
          [low, high](Reading& in, const Node& node, double& target) {
            const auto value = read_number(in, node, "a number");
            if (!value || !in_range(in, node, *value, low, high)) return false;
            target = *value;
            return true;
          }};
}

Type<double> positive_number() {
  constexpr double kSmallest = 1e-9, kLargest = 1e9;
  return number(kSmallest, kLargest);
}

// ---- Quantities ---------------------------------------------------------------------------------

namespace {

// A scalar through one of the parsers of quantities.h.
template <class V>
std::optional<V> read_quantity(Reading& in, const Node& node, Quantity quantity,
                               Parsed<V> (*parse)(std::string_view)) {
  const QuantityText& expected = text_of(quantity);
  const std::string* found = expect_scalar(in, node, expected.article);
  if (found == nullptr) return std::nullopt;
  Parsed<V> parsed = parse(*found);
  if (!parsed.value) in.fail(node, parsed.wrong, parsed.hint);
  return parsed.value;
}

ShapeRef quantity_shape(Quantity quantity) {
  return make({.kind = Shape::Kind::quantity,
               .words = std::string(text_of(quantity).article),
               .quantity = quantity});
}

bool not_zero(Reading& in, const Node& node, bool zero, Zero allowed) {
  if (!zero || allowed == Zero::allowed) return true;
  in.fail(node, "must be more than 0, got " + in_quotes(node.text));
  return false;
}

}  // namespace

Type<Seconds> duration(Zero zero, std::optional<Seconds> most) {
  return {quantity_shape(Quantity::duration),
          [zero, most](Reading& in, const Node& node, Seconds& target) {
            const auto value = read_quantity(in, node, Quantity::duration, parse_duration);
            if (!value || !not_zero(in, node, value->count() <= 0, zero)) return false;
            if (most && *value > *most) {
              in.fail(node, fmt::format("must be at most {}, got {}", write_duration(*most),
                                        in_quotes(node.text)));
              return false;
            }
            target = *value;
            return true;
          }};
}

Type<Bytes> size(Zero zero) {
  return {quantity_shape(Quantity::size), [zero](Reading& in, const Node& node, Bytes& target) {
            const auto value = read_quantity(in, node, Quantity::size, parse_size);
            if (!value || !not_zero(in, node, value->count <= 0, zero)) return false;
            target = *value;
            return true;
          }};
}

Type<double> rate(Zero zero) {
  return {quantity_shape(Quantity::rate), [zero](Reading& in, const Node& node, double& target) {
            const auto value = read_quantity(in, node, Quantity::rate, parse_rate);
            if (!value || !not_zero(in, node, *value <= 0, zero)) return false;
            target = *value;
            return true;
          }};
}

Type<BytesPerSecond> bandwidth() {
  return {quantity_shape(Quantity::bandwidth),
          [](Reading& in, const Node& node, BytesPerSecond& target) {
            const auto value = read_quantity(in, node, Quantity::bandwidth, parse_bandwidth);
            if (!value || !not_zero(in, node, value->rate <= 0, Zero::refused)) return false;
            target = *value;
            return true;
          }};
}

Type<double> dollars_per(const std::string& unit) {
  ShapeRef shape = quantity_shape(Quantity::money);
  return {shape, [unit](Reading& in, const Node& node, double& target) {
            const auto value = read_quantity(in, node, Quantity::money, parse_money);
            if (!value) return false;
            if (!value->per.empty() && value->per != unit) {
              in.fail(node,
                      fmt::format("this price is per {}, got {}", unit, in_quotes(node.text)));
              return false;
            }
            target = value->usd;
            return true;
          }};
}

Type<UsdPerHour> dollars_per_hour() {
  const Type<double> plain = dollars_per("h");
  return {plain.shape, [plain](Reading& in, const Node& node, UsdPerHour& target) {
            return plain.read(in, node, target.rate);
          }};
}

Type<double> share(double low, double high) {
  return {
      quantity_shape(Quantity::share), [low, high](Reading& in, const Node& node, double& target) {
        const auto value = read_quantity(in, node, Quantity::share, parse_share);
        if (!value) return false;
        if (*value < low || *value > high) {
          in.fail(node, fmt::format("must be {} {}%, got {}", *value < low ? "at least" : "at most",
                                    100 * (*value < low ? low : high), in_quotes(node.text)));
          return false;
        }
        target = *value;
        return true;
      }};
}

Type<std::int64_t> cpu() {
  return {quantity_shape(Quantity::cpu), [](Reading& in, const Node& node, std::int64_t& target) {
            const auto value = read_quantity(in, node, Quantity::cpu, parse_cpu);
            if (value) target = *value;
            return value.has_value();
          }};
}

Type<Date> date() {
  return {quantity_shape(Quantity::date), [](Reading& in, const Node& node, Date& target) {
            const auto value = read_quantity(in, node, Quantity::date, parse_date);
            if (value) target = *value;
            return value.has_value();
          }};
}

Type<Seconds> moment() {
  return {any_of({quantity_shape(Quantity::duration), quantity_shape(Quantity::instant)},
                 "how long after the measured window opens, or an instant"),
          [](Reading& in, const Node& node, Seconds& target) {
            const std::string* text = expect_scalar(in, node, "a time");
            if (text == nullptr) return false;
            const auto instant = iso_instant(*text);
            const auto after = parse_duration(*text);
            if (instant)
              target = Seconds{*instant - static_cast<double>(in.starts_at)};
            else if (after.value)
              target = *after.value;
            else
              in.fail(node, "expected a time, got " + in_quotes(*text),
                      "17h after the measured window opens, or an instant: 2026-11-27T17:00:00Z");
            return instant || after.value;
          }};
}

Type<Resources> resources() {
  static const Fields<Resources> fields = [] {
    Fields<Resources> f;
    f.add("cpu", &Resources::cpu_milli, cpu(), required(), "CPUs requested.");
    f.add("memory", &Resources::memory, size(), required(), "Memory requested.");
    f.add("gpu", &Resources::gpus, whole(0, 1024), otherwise("0", "no accelerator is asked for"),
          "Accelerators requested: GPU, Trainium or Inferentia chips.");
    return f;
  }();
  return object(fields, "CPU, memory and GPU");
}

// ---- Names --------------------------------------------------------------------------------------

Type<std::string> image_name() {
  return {make({.kind = Shape::Kind::text, .words = "the name of an image"}),
          [](Reading& in, const Node& node, std::string& target) {
            const std::string* found = expect_scalar(in, node, "the name of an image");
            if (found == nullptr) return false;
            if (std::ranges::find(in.images, *found) == in.images.end()) {
              in.fail(node, "no image named " + in_quotes(*found), nearest_hint(*found, in.images));
              return false;
            }
            target = *found;
            return true;
          }};
}

Type<std::string> type_name() {
  return {make({.kind = Shape::Kind::text, .words = "an instance type of the catalogue"}),
          [](Reading& in, const Node& node, std::string& target) {
            const std::string* found = expect_scalar(in, node, "an instance type");
            if (found == nullptr) return false;
            if (in.catalogue != nullptr && in.catalogue->find(*found) == nullptr) {
              const std::vector<std::string> near = nearest_types(*in.catalogue, *found);
              const std::string prefix = found->starts_with("ml.") ? "ml." : "";
              in.fail(node, "no instance type named " + in_quotes(*found),
                      near.empty() ? "berth catalog list shows the known ones"
                                   : "did you mean \"" + prefix + near.front() + "\"?");
              return false;
            }
            target = *found;
            return true;
          }};
}

// ---- Choices, lists, maps, objects --------------------------------------------------------------

ShapeRef choice_shape(std::vector<Choice> choices) {
  return make(
      {.kind = Shape::Kind::choice, .words = "one of a few words", .choices = std::move(choices)});
}

std::optional<std::size_t> read_choice(Reading& in, const Node& node,
                                       const std::vector<Choice>& choices) {
  std::string list;
  std::vector<std::string> names;
  for (const Choice& one : choices) {
    names.push_back(one.name);
    list += (list.empty() ? "" : &one == &choices.back() ? " or " : ", ") + one.name;
  }
  if (node.is_scalar())
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (choices[i].name == node.text) return i;
  const auto near = node.is_scalar() ? nearest_words(node.text, names, 1) : names;
  in.fail(
      node, fmt::format("expected {}, got {}", list, describe(node)),
      node.is_scalar() && !near.empty() ? fmt::format("did you mean \"{}\"?", near.front()) : "");
  return std::nullopt;
}

ShapeRef list_shape(ShapeRef of, std::size_t least, std::size_t most) {
  return make({.kind = Shape::Kind::list,
               .words = "a list",
               .of = std::move(of),
               .least = least,
               .most = most});
}

bool is_note(std::string_view key) { return key.starts_with("x-"); }

ShapeRef map_shape(ShapeRef of, std::string keys) {
  return make({.kind = Shape::Kind::map, .words = std::move(keys), .of = std::move(of)});
}

ShapeRef any_of(std::vector<ShapeRef> shapes, std::string words) {
  return make(
      {.kind = Shape::Kind::any_of, .words = std::move(words), .any_of = std::move(shapes)});
}

ShapeRef object_shape(std::vector<FieldText> fields, std::string words) {
  return make(
      {.kind = Shape::Kind::object, .words = std::move(words), .fields = std::move(fields)});
}

Node node_of(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('['))
    return {
        .kind = Node::Kind::scalar, .is_quoted = text.empty(), .at = {}, .text = std::string(text)};
  std::vector<Issue> issues;
  auto node = parse_document(text, {.name = "default"}, issues);
  if (!node) throw std::logic_error("a default that cannot be read: " + std::string(text));
  return std::move(*node);
}

void unknown_field(Reading& in, const Entry& entry, const std::vector<FieldText>& known) {
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const FieldText& field : known) names.push_back(field.name);
  const Reading::Scope scope(in, entry.key, entry.at);
  in.fail_at(entry.at, "unknown field " + in_quotes(entry.key), nearest_hint(entry.key, names));
}

void missing_field(Reading& in, const std::string& name) {
  in.fail_at(in.key_position(), fmt::format("\"{}\" is missing", name));
}

}  // namespace berth
