#include "scenarios/document.h"

#include <fmt/format.h>
#include <libfyaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>

namespace berth {

bool Node::is_null() const {
  return is_scalar() && !is_quoted &&
         (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

const Entry* Node::find_entry(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

std::string_view describe_kind(const Node& node) {
  if (node.is_mapping()) return "a mapping";
  if (node.is_sequence()) return "a list";
  if (node.is_null()) return "nothing";
  if (node.is_quoted) return "a text";
  if (node.text == "true" || node.text == "false") return "true or false";
  double number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto parsed = std::from_chars(node.text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end ? "a number" : "a text";
}

namespace {

struct LineColumn {
  int line = 1, column = 1;
};

LineColumn line_and_column(std::string_view text, std::size_t offset) {
  LineColumn at;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    if (text[i] == '\n')
      at = {at.line + 1, 1};
    else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
      ++at.column;
  }
  return at;
}

// Length of the UTF-8 sequence that starts here, 0 when it is none (overlong, surrogate, cut off).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) >= 0xa0) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

struct Destroy {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

struct Stop {};  // thrown once an issue says why the text cannot be read

// The parser's events, one at a time. The event in hand is freed when the next one is taken.
class Events {
 public:
  explicit Events(std::string_view text) {
    fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = nullptr;
    diag_.reset(fy_diag_create(&diag_config));
    fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg config{};
    config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG |
                                                   FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2);
    config.diag = diag_.get();
    parser_.reset(fy_parser_create(&config));
    fy_parser_set_string(parser_.get(), text.data(), text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() { drop(); }

  // False when the text cannot be parsed further.
  bool take() {
    drop();
    event_ = fy_parser_parse(parser_.get());
    return event_ != nullptr && !fy_parser_get_stream_error(parser_.get());
  }
  const fy_event& now() const { return *event_; }

  struct Error {
    int line = 0, column = 0;
    std::string message = "the text cannot be parsed";
  };
  Error first_error() const {
    void* previous = nullptr;
    while (const fy_diag_error* error = fy_diag_errors_iterate(diag_.get(), &previous))
      if (error->type == FYET_ERROR && error->msg != nullptr)
        return {error->line, error->column, error->msg};
    return {};
  }

 private:
  void drop() {
    if (event_ != nullptr) fy_parser_event_free(parser_.get(), event_);
    event_ = nullptr;
  }

  std::unique_ptr<fy_diag, Destroy> diag_;
  std::unique_ptr<fy_parser, Destroy> parser_;
  fy_event* event_ = nullptr;
};

std::string text_of(fy_token* token) {
  std::size_t length = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &length);
  return text == nullptr ? std::string() : std::string(text, length);
}

// Pulls events and builds the tree. Recursion is bounded by the depth limit.
class Builder {
 public:
  Builder(std::string_view text, const DocumentOrigin& origin, const DocumentLimits& limits,
          std::vector<Issue>& issues)
      : text_(text),
        events_(text),
        origin_(origin),
        limits_(limits),
        issues_(issues),
        last_(origin.start) {}

  Node build() {
    std::optional<Node> root;
    for (take(); type() != FYET_STREAM_END; take()) {
      if (type() == FYET_DOCUMENT_START && root)
        fail(at(events_.now().document_start.document_start), "a second document starts here",
             "a file holds one scenario; what follows \"---\" belongs into a file of its own");
      if (type() == FYET_STREAM_START || type() == FYET_DOCUMENT_START ||
          type() == FYET_DOCUMENT_END)
        continue;
      root = read_node(0);
    }
    if (!root) fail({}, "the file holds no values", "");
    return std::move(*root);
  }

 private:
  fy_event_type type() const { return events_.now().type; }

  void take() {
    if (!events_.take()) syntax_error();
  }

  [[noreturn]] void fail(Position where, std::string message, std::string hint) {
    issues_.push_back({origin_.name, where.line, where.column, "", std::move(message),
                       std::move(hint), Severity::error});
    throw Stop{};
  }

  [[noreturn]] void syntax_error() {
    const Events::Error error = events_.first_error();
    const auto lines = 1 + std::ranges::count(text_, '\n') - (text_.ends_with('\n') ? 1 : 0);
    const bool inside = error.line > 0 && error.line <= lines;  // else the end came too early
    const Position where = inside ? shifted(error.line, error.column) : last_;
    const bool tab = text_.find("\n\t") != std::string_view::npos;
    fail(where, "not valid YAML: " + error.message,
         tab ? "a line starts with a tab; YAML is indented with blanks" : "");
  }

  Position shifted(int line, int column) const {
    const Position& start = origin_.start;
    return {start.file, start.line + line - 1, line == 1 ? start.column + column - 1 : column};
  }

  // Where a token starts; a quoted one at its quote. Nothing written stands where we were last.
  Position at(fy_token* token) {
    const fy_mark* mark = token == nullptr ? nullptr : fy_token_start_mark(token);
    if (mark == nullptr) return last_;
    const fy_scalar_style style = fy_token_scalar_style(token);
    const bool quote = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    return last_ = shifted(mark->line + 1, mark->column + (quote ? 0 : 1));
  }

  void charge(std::size_t weight) {
    weight_ += weight;
    if (weight_ > limits_.weight)
      fail(last_, fmt::format("more than {} values once aliases are written out", limits_.weight),
           "aliases of aliases multiply; name fewer things");
  }

  Node read_node(int depth) {
    if (depth > limits_.depth)
      fail(last_, fmt::format("nested more than {} levels deep", limits_.depth), "");
    const fy_event& event = events_.now();
    switch (type()) {
      case FYET_SCALAR:
        return anchored(event.scalar.anchor, event.scalar.tag, read_scalar());
      case FYET_ALIAS:
        return read_alias();
      case FYET_MAPPING_START:
        return read_mapping(depth);
      case FYET_SEQUENCE_START:
        return read_sequence(depth);
      default:
        fail(last_, "not valid YAML here", "");
    }
  }

  // Tags say what a value is; here the field it belongs to says so.
  void refuse_tag(fy_token* tag) {
    if (tag != nullptr) fail(at(tag), "tags are not used here: " + in_quotes(text_of(tag)), "");
  }

  Node remembered(const std::string& anchor, Node node) {
    if (anchor.empty()) return node;
    charge(weight_of(node));
    return anchors_[anchor] = std::move(node);
  }

  Node anchored(fy_token* anchor, fy_token* tag, Node node) {
    refuse_tag(tag);
    return remembered(text_of(anchor), std::move(node));
  }

  Node read_scalar() {
    fy_token* token = events_.now().scalar.value;
    Node node{.kind = Node::Kind::scalar, .at = at(token), .text = text_of(token)};
    node.is_quoted = token != nullptr && fy_token_scalar_style(token) != FYSS_PLAIN;
    charge(1 + node.text.size() / 64);
    return node;
  }

  Node read_alias() {
    fy_token* token = events_.now().alias.anchor;
    const std::string name = text_of(token);
    const Position where = at(token);
    const auto found = anchors_.find(name);
    if (found == anchors_.end())
      fail(where, fmt::format("no anchor \"&{}\" above this line", name), "");
    charge(weight_of(found->second));
    return found->second;
  }

  static std::size_t weight_of(const Node& node) {
    std::size_t weight = 1 + node.text.size() / 64;
    for (const Node& item : node.items) weight += weight_of(item);
    for (const Entry& entry : node.entries) weight += 1 + weight_of(entry.value);
    return weight;
  }

  Node read_sequence(int depth) {
    const auto& start = events_.now().sequence_start;
    refuse_tag(start.tag);
    const std::string anchor = text_of(start.anchor);
    Node node{.kind = Node::Kind::sequence, .at = at(start.sequence_start)};
    charge(1);
    for (take(); type() != FYET_SEQUENCE_END; take()) node.items.push_back(read_node(depth + 1));
    return remembered(anchor, std::move(node));
  }

  Node read_mapping(int depth) {
    const auto& start = events_.now().mapping_start;
    refuse_tag(start.tag);
    const std::string anchor = text_of(start.anchor);
    Node node{.kind = Node::Kind::mapping, .at = at(start.mapping_start)};
    std::vector<Node> bases;
    std::set<std::string> seen;
    for (take(); type() != FYET_MAPPING_END; take()) {
      if (type() != FYET_SCALAR)
        fail(at_event(), "a key must be a text", "quote it when it starts with * or [");
      const Node key = read_scalar();
      if (!seen.insert(key.text).second)
        fail(key.at, fmt::format("the key {} stands twice in this mapping", in_quotes(key.text)),
             "");
      take();
      Node value = read_node(depth + 1);
      if (key.text == "<<" && !key.is_quoted)
        bases = merge_bases(std::move(value), key.at);
      else
        node.entries.push_back({key.text, key.at, std::move(value)});
    }
    for (const Node& base : bases)
      for (const Entry& entry : base.entries)
        if (seen.insert(entry.key).second) node.entries.push_back(entry);
    return remembered(anchor, std::move(node));
  }

  Position at_event() {
    const fy_event& event = events_.now();
    if (type() == FYET_ALIAS) return at(event.alias.anchor);
    if (type() == FYET_MAPPING_START) return at(event.mapping_start.mapping_start);
    if (type() == FYET_SEQUENCE_START) return at(event.sequence_start.sequence_start);
    return last_;
  }

  std::vector<Node> merge_bases(Node value, Position where) {
    std::vector<Node> bases;
    if (value.is_sequence())
      bases = std::move(value.items);
    else
      bases.push_back(std::move(value));
    if (!std::ranges::all_of(bases, &Node::is_mapping))
      fail(where, "\"<<\" needs an alias of a mapping, or a list of such", "");
    return bases;
  }

  std::string_view text_;
  Events events_;
  const DocumentOrigin& origin_;
  const DocumentLimits& limits_;
  std::vector<Issue>& issues_;
  Position last_;
  std::size_t weight_ = 0;
  std::map<std::string, Node> anchors_;
};

}  // namespace

std::optional<Issue> text_problem(std::string_view bytes, const std::string& name) {
  const auto issue = [&](std::size_t offset, std::string message, std::string hint) {
    const LineColumn at = line_and_column(bytes, offset);
    return Issue{name,           at.line, at.column, "", std::move(message), std::move(hint),
                 Severity::error};
  };
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Issue{
        name,           0, 0, "", "the file is empty", "berth init writes one to start from",
        Severity::error};
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
    return Issue{name, 0, 0, "", "the file is UTF-16", "save it as UTF-8", Severity::error};
  for (std::size_t i = 0; i < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')
      return issue(i, fmt::format("not a text file: byte 0x{:02x} at offset {}", byte, i), "");
    const std::size_t length = utf8_length(bytes.substr(i));
    if (length == 0)
      return issue(i, fmt::format("not valid UTF-8: byte 0x{:02x} at offset {}", byte, i),
                   "save the file as UTF-8");
    i += length;
  }
  return std::nullopt;
}

std::optional<Node> parse_document(std::string_view text, const DocumentOrigin& origin,
                                   std::vector<Issue>& issues, const DocumentLimits& limits) {
  if (text.size() > limits.bytes) {
    issues.push_back({origin.name, 0, 0, "",
                      fmt::format("{} bytes are more than the limit of {} for a scenario",
                                  text.size(), limits.bytes),
                      "arrivals over time belong into a trace file", Severity::error});
    return std::nullopt;
  }
  if (auto issue = text_problem(text, origin.name)) {
    issues.push_back(std::move(*issue));
    return std::nullopt;
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  try {
    return Builder(text, origin, limits, issues).build();
  } catch (const Stop&) {
    return std::nullopt;
  }
}

namespace {

// Positions of keys; a plain search is faster for the few of a hand-written mapping.
class KeyIndex {
 public:
  explicit KeyIndex(const std::vector<Entry>& entries) : entries_(entries) {
    if (entries.size() > 32)
      for (std::size_t i = 0; i < entries.size(); ++i) index_.emplace(entries[i].key, i);
  }
  std::optional<std::size_t> find(const std::string& key) const {
    if (index_.empty()) {
      const auto found = std::ranges::find(entries_, key, &Entry::key);
      if (found == entries_.end()) return std::nullopt;
      return static_cast<std::size_t>(found - entries_.begin());
    }
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    return found->second;
  }

 private:
  const std::vector<Entry>& entries_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace

void merge_patch(Node& target, Node patch, IdleNull idle, const MakeRoom& make_room) {
  if (!patch.is_mapping()) {
    target = std::move(patch);
    return;
  }
  if (make_room) make_room(target, patch);
  if (!target.is_mapping()) target = Node{.kind = Node::Kind::mapping, .at = patch.at};
  const std::size_t known = target.entries.size();
  std::vector<Entry> added;
  std::vector<bool> removed(known, false);
  const KeyIndex index(target.entries);
  for (Entry& entry : patch.entries) {
    const auto found = index.find(entry.key);
    if (entry.value.is_null() && (found || idle == IdleNull::vanishes)) {
      if (found) removed[*found] = true;
    } else if (found) {
      merge_patch(target.entries[*found].value, std::move(entry.value), idle, make_room);
    } else {
      Node fresh{.kind = Node::Kind::scalar, .at = entry.value.at};
      merge_patch(fresh, std::move(entry.value), idle, make_room);
      added.push_back({std::move(entry.key), entry.at, std::move(fresh)});
    }
  }
  std::vector<Entry> kept;
  kept.reserve(known + added.size());
  for (std::size_t i = 0; i < known; ++i)
    if (!removed[i]) kept.push_back(std::move(target.entries[i]));
  std::ranges::move(added, std::back_inserter(kept));
  target.entries = std::move(kept);
}

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else {
      if (++i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      tokens.back() += pointer[i] == '0' ? '~' : '/';
    }
  }
  return tokens;
}

std::string pointer_token(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

const Node* find_at(const Node& root, std::string_view pointer) {
  const auto tokens = split_pointer(pointer);
  if (!tokens) return nullptr;
  const Node* node = &root;
  for (const std::string& token : *tokens) {
    if (node->is_sequence()) {
      std::size_t index = 0;
      const char* end = token.data() + token.size();
      const auto parsed = std::from_chars(token.data(), end, index);
      if (parsed.ec != std::errc{} || parsed.ptr != end || index >= node->items.size())
        return nullptr;
      node = &node->items[index];
    } else if ((node = node->find(token)) == nullptr) {
      return nullptr;
    }
  }
  return node;
}

}  // namespace berth
