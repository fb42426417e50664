// YAML 1.2 or JSON text to a small tree of our own in which every node knows where it was written,
// and what is done to such trees before they mean anything: merge patches and pointers.
//
// Scalars stay text; `quoted` tells "8" from 8. Aliases are copied under a budget of nodes, so a
// file of nested aliases ("billion laughs") is an error and not a memory; `<<` merges are applied.
// Refused with a position: duplicate keys, a second document, tags, keys that are not texts, texts
// that are not UTF-8, nesting deeper than 64, files above the size limit.
//
// Left out: YAML 1.1 (yes/no, octal, 1_000), tags, comments.
// Tested by tests/scenarios/document_test.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/issue.h"

namespace berth {

struct Position {
  int file = 0;  // position in the list of files read
  int line = 0, column = 0;
  auto operator<=>(const Position&) const = default;
};

struct Entry;

struct Node {
  enum class Kind { mapping, sequence, scalar };
  Kind kind = Kind::scalar;
  bool is_quoted = false;
  Position at;
  std::string text;            // of a scalar
  std::vector<Entry> entries;  // of a mapping, in file order
  std::vector<Node> items;     // of a sequence

  bool is_mapping() const { return kind == Kind::mapping; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const;  // a plain null, ~ or nothing
  const Node* find(std::string_view key) const;
  const Entry* find_entry(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;
  Node value;
};

// "a mapping", "a list", "nothing", "a number", "text": how a message calls what it found.
std::string_view describe_kind(const Node& node);

struct DocumentLimits {
  std::size_t bytes = std::size_t{16} << 20;
  std::size_t weight =
      400'000;  // nodes after aliases are copied, and one more per 64 bytes of text
  int depth = 64;
};

// Where the text stands: `file` is its number, line and column what its first character has.
struct DocumentOrigin {
  std::string name;
  Position start{0, 1, 1};
};

// nullopt exactly when an issue was added.
std::optional<Node> parse_document(std::string_view text, const DocumentOrigin& origin,
                                   std::vector<Issue>& issues, const DocumentLimits& limits = {});

// Whether the bytes are text at all: not empty, no NUL, valid UTF-8. The issue names the offset.
std::optional<Issue> text_problem(std::string_view bytes, const std::string& name);

// RFC 7386: mappings merge key by key, null removes, everything else replaces. Positions of what
// came from the patch are the patch's. New keys follow the old ones in the order of the patch.
// A null with nothing to remove vanishes, says the RFC; `keep` leaves it standing, so that the
// reader can tell a misspelt key from a removed one.
enum class IdleNull { vanishes, keep };
// Looks at a mapping and what it is about to be merged into, and may change the latter: what is one
// value to the language is to be replaced and not mixed.
using MakeRoom = std::function<void(Node& target, const Node& patch)>;
void merge_patch(Node& target, Node patch, IdleNull idle = IdleNull::vanishes,
                 const MakeRoom& make_room = {});

// "/a~1b/0" to {"a/b", "0"}; nullopt when it does not start with "/" or has a "~" that is neither
// "~0" nor "~1". "" is the whole document.
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);
std::string pointer_token(std::string_view token);  // with "~" and "/" escaped
const Node* find_at(const Node& root, std::string_view pointer);

}  // namespace berth
