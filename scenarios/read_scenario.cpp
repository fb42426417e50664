#include "scenarios/read_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "scenarios/check_scenario.h"
#include "scenarios/document.h"
#include "scenarios/scenario_fields.h"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 64;
constexpr std::size_t kLargestTrace = std::size_t{256} << 20;
constexpr int kMainFile = 0;

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash + 1);
}

std::string beside(const std::string& file, const std::string& other) {
  if (other.starts_with('/')) return other;
  return fs::path(folder_of(file) + other).lexically_normal().generic_string();
}

FileText read_stdin(std::size_t limit) {
  std::string text;
  char block[65'536];
  while (std::cin.read(block, sizeof block), std::cin.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > limit)
      return {std::nullopt, fmt::format("more than the limit of {} bytes", limit), ""};
  }
  return {std::move(text), "", ""};
}

// ---- Files --------------------------------------------------------------------------------------

// Reads files and lays those that extend each other upon each other.
class Files {
 public:
  explicit Files(ReadFile read) : read_(std::move(read)) {}
  std::vector<Issue> issues;
  std::deque<SourceFile> sources;  // a deque: texts stay where they are

  std::optional<Node> load_text(std::string text, const std::string& name) {
    laid_.insert(fs::path(name).lexically_normal().generic_string());
    return lay(parse(std::move(text), name), name, {name});
  }

  std::optional<Node> load_main(const std::string& path) {
    const FileText read =
        path == "-" ? read_stdin(DocumentLimits{}.bytes) : read_file(path, DocumentLimits{}.bytes);
    const std::string name = path == "-" ? "<stdin>" : path;
    if (!read.text) {
      sources.push_back({name, ""});
      issues.push_back({name, 0, 0, "", read.wrong, read.hint, Severity::error});
      return std::nullopt;
    }
    return load_text(*read.text, name);
  }

  // Lays the file `path` over `root`; what it is called stays what it was.
  bool lay_over(Node& root, const std::string& path) {
    FileText read = read_file(path, DocumentLimits{}.bytes);
    if (!read.text) {
      sources.push_back({path, ""});
      issues.push_back({path, 0, 0, "", read.wrong, read.hint, Severity::error});
      return false;
    }
    laid_.insert(fs::path(path).lexically_normal().generic_string());
    auto laid = lay(parse(std::move(*read.text), path), path, {path});
    if (!laid) return false;
    drop_description(*laid);
    merge_patch(root, std::move(*laid), IdleNull::keep, make_room_for_law);
    return true;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> list;
    list.reserve(sources.size());
    for (const SourceFile& source : sources) list.push_back(source.name);
    return list;
  }

  std::vector<std::string> assumptions;  // x-assumed of all files, the base's first

  FileText read_file(const std::string& path, std::size_t limit) const {
    return read_(path, limit);
  }

 private:
  ReadFile read_;
  std::set<std::string> laid_;  // files that lie in the whole: laid again they would undo what came after

  std::optional<Node> parse(std::string text, const std::string& name) {
    const DocumentOrigin origin{
        name, {static_cast<int>(sources.size()), 1, 1}
    };
    sources.push_back({name, std::move(text)});
    auto node = parse_document(sources.back().text, origin, issues);
    if (node && !node->is_mapping()) {
      issues.push_back({name, node->at.line, node->at.column, "",
                        "expected a scenario, got " + std::string(describe_kind(*node)),
                        "a scenario starts with: schema: " + std::string(kScenarioSchema),
                        Severity::error});
      return std::nullopt;
    }
    if (node && is_another_document(*node, name)) return std::nullopt;
    return node;
  }

  // A result given for a scenario lacks every field of one: that it is a result says more.
  bool is_another_document(const Node& node, const std::string& name) {
    const Node* schema = node.find("schema");
    if (schema == nullptr || !schema->is_scalar()) return false;
    const std::string& kind = schema->text;
    if (!kind.starts_with("berth/") || kind.starts_with("berth/scenario/")) return false;
    issues.push_back({name, schema->at.line, schema->at.column, "/schema",
                      "this is a " + kind + ", not a scenario",
                      kind.starts_with("berth/trace/") || kind.starts_with("berth/plan/")
                          ? "`berth explain` and `berth report` read what berth wrote"
                          : "`berth report` reads what berth wrote",
                      Severity::error});
    return true;
  }

  // The bases of a file, then the file. `stack` holds who extends whom down to this file.
  std::optional<Node> lay(std::optional<Node> node, const std::string& name,
                          const std::vector<std::string>& stack) {
    if (!node) return std::nullopt;
    Node whole{.kind = Node::Kind::mapping, .at = node->at};
    bool good = true;
    for (const Node* base : bases_of(*node, name, good)) {
      auto laid = load_base(*base, name, stack);
      if (!laid)
        good = false;
      else
        merge_patch(whole, std::move(*laid), IdleNull::keep, make_room_for_law);
    }
    note_assumptions(*node, name);
    merge_patch(whole, std::move(*node), IdleNull::keep, make_room_for_law);
    return good ? std::optional(std::move(whole)) : std::nullopt;
  }

  std::vector<const Node*> bases_of(const Node& node, const std::string& name, bool& good) {
    std::vector<const Node*> list;
    const Node* extends = node.find("extends");
    if (extends == nullptr || extends->is_null()) return list;
    if (extends->is_scalar()) list.push_back(extends);
    for (const Node& item : extends->items) list.push_back(&item);
    const bool texts = !extends->is_mapping() && std::ranges::all_of(list, [](const Node* one) {
      return one->is_scalar() && !one->is_null() && !one->text.empty();
    });
    if (texts) return list;
    issues.push_back({name, extends->at.line, extends->at.column, "/extends",
                      "expected a file or a list of files", "", Severity::error});
    good = false;
    return {};
  }

  std::optional<Node> load_base(const Node& named, const std::string& by,
                                const std::vector<std::string>& stack) {
    const auto fail = [&](std::string message, std::string hint) {
      issues.push_back({by, named.at.line, named.at.column, "/extends", std::move(message),
                        std::move(hint), Severity::error});
      return std::nullopt;
    };
    const std::string name = beside(by, named.text);
    if (std::ranges::find(stack, name) != stack.end()) return fail(cycle(stack, name), "");
    if (!laid_.insert(fs::path(name).lexically_normal().generic_string()).second)
      return Node{.kind = Node::Kind::mapping, .at = named.at};
    if (sources.size() >= kMostFiles)
      return fail(fmt::format("more than {} files extend each other", kMostFiles), "");
    FileText read = read_file(name, DocumentLimits{}.bytes);
    if (!read.text) return fail(path_in_quotes(name) + ": " + read.wrong, read.hint);
    std::vector<std::string> deeper = stack;
    deeper.push_back(name);
    auto laid = lay(parse(std::move(*read.text), name), name, deeper);
    if (laid) drop_description(*laid);
    return laid;
  }

  // Who is described belongs to the file that describes it.
  static void drop_description(Node& node) {
    std::erase_if(node.entries, [](const Entry& entry) {
      return entry.key == "name" || entry.key == "description" || entry.key == "extends";
    });
  }

  static std::string cycle(const std::vector<std::string>& stack, const std::string& again) {
    std::string names;
    for (auto at = std::ranges::find(stack, again); at != stack.end(); ++at) names += *at + " -> ";
    return "files extend each other in a circle: " + names + again;
  }

  void note_assumptions(Node& node, const std::string& name) {
    const Node* assumed = node.find("x-assumed");
    if (assumed == nullptr) return;
    for (const Node& item : assumed->items)
      if (item.is_scalar()) assumptions.push_back(item.text);
    const bool texts =
        assumed->is_sequence() && std::ranges::all_of(assumed->items, &Node::is_scalar);
    if (!texts)
      issues.push_back({name, assumed->at.line, assumed->at.column, "/x-assumed",
                        "expected a list of sentences", "", Severity::error});
  }
};

// ---- --set --------------------------------------------------------------------------------------

// The shape one step down; nullptr where there is none.
const Shape* step(const Shape* shape, const std::string& token) {
  if (shape == nullptr) return nullptr;
  switch (shape->kind) {
    case Shape::Kind::object: {
      const auto found = std::ranges::find(shape->fields, token, &FieldText::name);
      return found == shape->fields.end() ? nullptr : found->shape.get();
    }
    case Shape::Kind::map:
    case Shape::Kind::list:
      return shape->of.get();
    case Shape::Kind::ref:
      return step(named_shapes().at(shape->name).get(), token);
    case Shape::Kind::any_of:
      for (const ShapeRef& one : shape->any_of)
        if (const Shape* found = step(one.get(), token)) return found;
      return nullptr;
    default:
      return nullptr;
  }
}

// The words that may stand below a shape.
std::vector<std::string> words_below(const Shape* shape, const Node& node) {
  std::vector<std::string> words;
  if (shape != nullptr && shape->kind == Shape::Kind::object)
    for (const FieldText& field : shape->fields) words.push_back(field.name);
  else
    for (const Entry& entry : node.entries) words.push_back(entry.key);
  return words;
}

// Applies "/json/pointer=VALUE" options to the tree.
class Setter {
 public:
  Setter(Files& files, std::span<const std::string> sets) : files_(files), sets_(sets) {
    std::string text;
    for (const std::string& one : sets) {
      std::string line = one;
      std::ranges::replace(line, '\n', ' ');
      text += line + "\n";
    }
    file_ = static_cast<int>(files.sources.size());
    files.sources.push_back({kName, std::move(text)});
  }

  bool apply(Node& root) {
    bool good = true;
    for (std::size_t i = 0; i < sets_.size(); ++i) good = apply_one(root, i) && good;
    return good;
  }

 private:
  static constexpr const char* kName = "--set";

  bool fail(std::size_t i, std::size_t column, std::string path, std::string message,
            std::string hint = "") {
    files_.issues.push_back({kName, static_cast<int>(i) + 1, static_cast<int>(column) + 1,
                             std::move(path), std::move(message), std::move(hint),
                             Severity::error});
    return false;
  }

  bool apply_one(Node& root, std::size_t i) {
    const std::string& option = sets_[i];
    const std::size_t equals = option.find('=');
    const auto tokens = split_pointer(std::string_view(option).substr(0, equals));
    if (equals == std::string::npos || !tokens || tokens->empty())
      return fail(i, 0, "", "expected /json/pointer=VALUE, got " + in_quotes(option),
                  "example: --set /horizon=7d");
    const Position at{file_, static_cast<int>(i) + 1, static_cast<int>(equals) + 2};
    const std::string value_text = option.substr(equals + 1);
    // Taken for a null it would remove what it means to set.
    if (value_text.find_first_not_of(" \t") == std::string::npos)
      return fail(i, equals + 1, option.substr(0, equals), "nothing stands behind the =",
                  "null removes, \"\" is an empty text");
    auto value = parse_document(value_text, {kName, at}, files_.issues);
    return value && put(root, i, *tokens, std::move(*value));
  }

  bool put(Node& root, std::size_t i, const std::vector<std::string>& tokens, Node value) {
    if (tokens.front() == "extends" || tokens.front() == "x-assumed")
      return fail(i, 0, "/" + tokens.front(), in_quotes(tokens.front()) + " cannot be set");
    Node* node = &root;
    const Shape shape = *object_shape(scenario_fields().texts(), "a scenario");
    const Shape* below = &shape;
    std::string path;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const bool last = t + 1 == tokens.size();
      const Shape* here = below;
      path += "/" + pointer_token(tokens[t]);
      below = step(here, tokens[t]);
      if (node->is_sequence()) {
        node = item_of(*node, tokens[t]);
        if (node == nullptr)
          return fail(i, 0, path, "no item " + in_quotes(tokens[t]) + " in this list",
                      "lists count from 0");
        if (last) {
          *node = std::move(value);
          return true;
        }
        continue;
      }
      if (!node->is_mapping())
        return fail(i, 0, path,
                    "nothing is below a " + std::string(describe_kind(*node)).substr(2));
      const bool known = node->find(tokens[t]) != nullptr;
      if (last && value.is_null() && !known)
        return fail(i, 0, path, "there is no " + in_quotes(tokens[t]) + " here to remove",
                    nearest_hint(tokens[t], words_below(here, *node)));
      const bool named_by_user = here != nullptr && here->kind == Shape::Kind::map;
      if (!known && !is_note(tokens[t]) && (below == nullptr || (named_by_user && !last)))
        return fail(i, 0, path, "there is no " + in_quotes(tokens[t]) + " here",
                    nearest_hint(tokens[t], words_below(here, *node)));
      if (last) {
        set_entry(*node, tokens[t], std::move(value));
        return true;
      }
      node = &open_entry(*node, tokens[t], value.at);
    }
    return true;
  }

  static Node* item_of(Node& list, const std::string& token) {
    std::size_t index = 0;
    const char* end = token.data() + token.size();
    const auto parsed = std::from_chars(token.data(), end, index);
    const bool good = parsed.ec == std::errc{} && parsed.ptr == end && index < list.items.size();
    return good ? &list.items[index] : nullptr;
  }

  static void set_entry(Node& mapping, const std::string& key, Node value) {
    const auto found = std::ranges::find(mapping.entries, key, &Entry::key);
    if (value.is_null()) {
      if (found != mapping.entries.end()) mapping.entries.erase(found);
      return;
    }
    const Position at = value.at;
    Node fresh{.kind = Node::Kind::scalar, .at = at};
    merge_patch(fresh, std::move(value), IdleNull::keep);
    if (found != mapping.entries.end())
      *found = {key, at, std::move(fresh)};
    else
      mapping.entries.push_back({key, at, std::move(fresh)});
  }

  static Node& open_entry(Node& mapping, const std::string& key, const Position& at) {
    const auto found = std::ranges::find(mapping.entries, key, &Entry::key);
    if (found != mapping.entries.end()) return found->value;
    mapping.entries.push_back({
        key, at, Node{.kind = Node::Kind::mapping, .at = at}
    });
    return mapping.entries.back().value;
  }

  Files& files_;
  std::span<const std::string> sets_;
  int file_ = 0;
};

// ---- From tree to scenario ----------------------------------------------------------------------

std::string stem_of(const std::string& name) {
  if (name.starts_with('<')) return "scenario";
  return fs::path(name).stem().generic_string();
}

// By file in the order they were read, then place; the same mistake met twice (a rule that holds
// for many workloads, an alias) is one.
void sort_issues(std::vector<Issue>& issues, const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> order;
  for (std::size_t i = 0; i < names.size(); ++i) order.try_emplace(names[i], i);
  const auto rank = [&](const Issue& issue) {
    const auto found = order.find(issue.file);
    return std::tuple(found == order.end() ? names.size() : found->second, issue.line,
                      issue.column);
  };
  std::ranges::stable_sort(issues,
                           [&](const Issue& a, const Issue& b) { return rank(a) < rank(b); });
  std::set<std::tuple<std::string, int, int, std::string>> seen;
  std::erase_if(issues, [&](const Issue& issue) {
    return !seen.emplace(issue.file, issue.line, issue.column, issue.message).second;
  });
}

// Every scalar below a node with its pointer; an empty list or mapping is a value, too.
void flatten(const Node& node, const std::string& pointer, std::vector<ScenarioValue>& out) {
  if (node.is_scalar()) return out.push_back({pointer, node.is_null() ? "null" : node.text});
  if (node.entries.empty() && node.items.empty())
    return out.push_back({pointer, node.is_mapping() ? "{}" : "[]"});
  for (const Entry& entry : node.entries)
    if (!entry.key.starts_with("x-"))
      flatten(entry.value, pointer + "/" + pointer_token(entry.key), out);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    flatten(node.items[i], pointer + "/" + std::to_string(i), out);
}

Loaded finish(Files& files, std::optional<Node> root, std::span<const std::string> sets) {
  Loaded loaded;
  bool good = root.has_value();
  if (root && !sets.empty()) good = Setter(files, sets).apply(*root);
  if (good) {
    flatten(*root, "", loaded.values);
    std::ranges::sort(loaded.values, {}, &ScenarioValue::pointer);
    Reading in(files.names(), files.issues);
    in.read_file = [&](const std::string& path, const Node& named) -> const std::string* {
      const std::string name = beside(in.file_name(named.at), path);
      const auto known = std::ranges::find(files.sources, name, &SourceFile::name);
      if (known != files.sources.end()) return &known->text;
      FileText read = files.read_file(name, kLargestTrace);
      if (!read.text)
        return in.fail(named, path_in_quotes(name) + ": " + read.wrong, read.hint), nullptr;
      if (auto issue = text_problem(*read.text, name)) {
        in.fail_in(name, issue->line, issue->column, issue->message);
        return nullptr;
      }
      files.sources.push_back({name, std::move(*read.text)});
      return &files.sources.back().text;
    };
    ScenarioText text;
    scenario_fields().read(in, *root, text);
    check_scenario(in, text.scenario, *root);
    Scenario& scenario = text.scenario;
    scenario.source_file = files.sources[kMainFile].name;
    if (scenario.name.empty()) scenario.name = stem_of(scenario.source_file);
    scenario.assumptions = files.assumptions;
    if (!has_errors(files.issues)) {
      loaded.scenario = std::move(scenario);
      loaded.plan = std::move(text.plan);
    }
  }
  sort_issues(files.issues, files.names());
  loaded.issues = std::move(files.issues);
  loaded.files.assign(std::make_move_iterator(files.sources.begin()),
                      std::make_move_iterator(files.sources.end()));
  return loaded;
}

}  // namespace

// Reads at most `limit` bytes; a regular file that is larger is refused by its size alone.
FileText read_from_disk(const std::string& path, std::size_t limit) {
  const auto too_large = [&](std::uintmax_t bytes) {
    return FileText{std::nullopt,
                    fmt::format("{} bytes are more than the limit of {}", bytes, limit),
                    "arrivals over time belong into a trace file"};
  };
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return {std::nullopt, "no such file", ""};
  if (fs::is_directory(status)) return {std::nullopt, "this is a folder, not a file", ""};
  if (fs::is_regular_file(status))
    if (const auto bytes = fs::file_size(path, error); !error && bytes > limit)
      return too_large(bytes);
  std::ifstream in(path, std::ios::binary);
  if (!in) return {std::nullopt, "the file cannot be opened", "check its permissions"};
  std::string text;
  char block[65'536];
  while (in.read(block, sizeof block), in.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit) return too_large(text.size());
  }
  if (in.bad()) return {std::nullopt, "the file cannot be read", ""};
  return {std::move(text), "", ""};
}

Loaded load_scenario(const std::string& path_or_dash, std::span<const std::string> sets,
                     std::span<const std::string> overlays, const ReadFile& read) {
  Files files(read);
  auto root = files.load_main(path_or_dash);
  bool laid = true;
  for (const std::string& path : overlays)
    if (root) laid = files.lay_over(*root, path) && laid;
  if (!laid) root.reset();
  return finish(files, std::move(root), sets);
}

Loaded read_scenario_text(std::string text, const std::string& name,
                          std::span<const std::string> sets) {
  Files files(read_from_disk);
  auto root = files.load_text(std::move(text), name);
  return finish(files, std::move(root), sets);
}

std::string render_issues(const Loaded& loaded) {
  std::string out;
  std::size_t errors = 0;
  for (const Issue& issue : loaded.issues) {
    const auto file = std::ranges::find(loaded.files, issue.file, &SourceFile::name);
    out += render_issue(issue, file == loaded.files.end() ? "" : std::string_view(file->text));
    errors += issue.severity == Severity::error;
  }
  if (errors > 0)
    out += fmt::format("{} error{}. Nothing was run.\n", errors, errors == 1 ? "" : "s");
  return out;
}

}  // namespace berth
