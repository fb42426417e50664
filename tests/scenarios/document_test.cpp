#include "scenarios/document.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

struct Parse {
  std::optional<Node> node;
  std::vector<Issue> issues;
};

Parse parse(const std::string& text, const DocumentLimits& limits = {}) {
  Parse out;
  out.node = parse_document(text, {.name = "x.yaml"}, out.issues, limits);
  CHECK(out.node.has_value() == out.issues.empty());
  return out;
}

std::string error_of(const std::string& text, const DocumentLimits& limits = {}) {
  const Parse parsed = parse(text, limits);
  if (parsed.issues.empty()) return "";
  const std::string line = render_issue(parsed.issues.front(), "");
  return line.substr(0, line.find('\n'));
}

// A tree as one line, to compare trees.
std::string write(const Node& node) {
  std::string out;
  if (node.is_scalar()) return node.is_quoted ? "'" + node.text + "'" : node.text;
  for (const Node& item : node.items) out += (out.empty() ? "" : ",") + write(item);
  for (const Entry& entry : node.entries)
    out += (out.empty() ? "" : ",") + entry.key + ":" + write(entry.value);
  return node.is_sequence() ? "[" + out + "]" : "{" + out + "}";
}

std::string merged(const std::string& target, const std::string& patch) {
  Node node = *parse(target).node;
  merge_patch(node, *parse(patch).node);
  return write(node);
}

TEST_CASE("YAML and JSON give the same tree, in file order", "[scenarios][document]") {
  CHECK(write(*parse("b: 1\na: [x, 'y']\nc:\n  d:\n").node) == "{b:1,a:[x,'y'],c:{d:}}");
  CHECK(write(*parse("{\n\t\"b\": 1,\n\t\"a\": [\"x\", \"y\"]\n}\n").node) == "{b:1,a:['x','y']}");
}

TEST_CASE("every node knows where it was written", "[scenarios][document]") {
  const Node node = *parse("a: \"q\"\nb:\n  \xc3\xa9: 'z'\n  c: [1, 2]\n").node;
  CHECK(node.find("a")->at == Position{0, 1, 4});  // the quote, not what follows it
  const Node& inner = *node.find("b");
  CHECK(inner.entries[0].at == Position{0, 3, 3});
  CHECK(inner.entries[0].value.at == Position{0, 3, 6});  // columns are characters, not bytes
  CHECK(inner.find("c")->items[1].at == Position{0, 4, 10});
}

TEST_CASE("scalars stay text and remember their quotes", "[scenarios][document]") {
  const Node node = *parse("[8, \"8\", no, 010, ~, null, '', 1_000]").node;
  CHECK_FALSE(node.items[0].is_quoted);
  CHECK(node.items[1].is_quoted);
  CHECK(node.items[2].text == "no");
  CHECK(node.items[3].text == "010");
  CHECK(node.items[4].is_null());
  CHECK(node.items[5].is_null());
  CHECK_FALSE(node.items[6].is_null());
  CHECK(write(*parse("a: \"\\ud83d\\ude80\"").node) == "{a:'\xf0\x9f\x9a\x80'}");
}

TEST_CASE("anchors, aliases and merge keys are written out", "[scenarios][document]") {
  CHECK(write(*parse("x: &n {k: 1, m: 2}\ny: *n\nz: {<<: *n, k: 3}\n").node) ==
        "{x:{k:1,m:2},y:{k:1,m:2},z:{k:3,m:2}}");
  CHECK(write(*parse("a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n").node) ==
        "{a:{k:1},b:{k:2,l:3},c:{k:1,l:3}}");
}

TEST_CASE("what cannot be read is refused with its place", "[scenarios][document]") {
  struct Row {
    const char* because;
    std::string text;
    const char* error;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing in it",                     "",                   "x.yaml: error: the file is empty"                   },
      {"blanks only",                       " \n\t\n",            "x.yaml: error: the file is empty"                   },
      {"comments only",                     "# nothing\n",        "x.yaml: error: the file holds no values"            },
      {"a duplicate key",                   "a: 1\nb: 2\na: 3\n",
       "x.yaml:3:1: error: the key \"a\" stands twice in this mapping"                                                 },
      {"two documents",                     "a: 1\n---\nb: 2\n",  "x.yaml:2:1: error: a second document starts here"   },
      {"an unknown alias",                  "a: *b\n",            "x.yaml:1:5: error: no anchor \"&b\" above this line"},
      {"an alias of itself",                "a: &a [*a]\n",       "x.yaml:1:9: error: no anchor \"&a\" above this line"},
      {"a tag",                             "a: !!str 5\n",
       "x.yaml:1:4: error: tags are not used here: \"tag:yaml.org,2002:str\""                                          },
      {"a key that is a list",              "? [a]\n: 1\n",       "x.yaml:1:3: error: a key must be a text"            },
      {"not YAML",                          "a: x: y\n",
       "x.yaml:1:5: error: not valid YAML: invalid nested block mapping on the same line"                              },
      {"binary",                            std::string("a: \0b", 5),
       "x.yaml:1:4: error: not a text file: byte 0x00 at offset 3"},
      {"Latin-1",                                   "a: caf\xe9\n",                                               "x.yaml:1:7: error: not valid UTF-8: byte 0xe9 at offset 6"                                                   },
      {"an overlong form",                                   "a: \xc0\xaf\n",
       "x.yaml:1:4: error: not valid UTF-8: byte 0xc0 at offset 3"},
      {"a lone surrogate",                                   "\xed\xa0\x80",
       "x.yaml:1:1: error: not valid UTF-8: byte 0xed at offset 0"                                                    },
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",                                                4),
       "x.yaml: error: the file is UTF-16"},
      {"a merge of a text", "a: &a x\nb: {<<: *a}\n",
       "x.yaml:2:5: error: \"<<\" needs an alias of a mapping, or a list of such"                                                       },
  }));
  CAPTURE(row.because);
  CHECK(error_of(row.text) == row.error);
}

TEST_CASE("a tab at the start of a line is named as the reason", "[scenarios][document]") {
  const Parse parsed = parse("a:\n\tb: 1\n");
  REQUIRE_FALSE(parsed.issues.empty());
  CHECK(parsed.issues.front().hint == "a line starts with a tab; YAML is indented with blanks");
}

TEST_CASE("a byte order mark is passed over", "[scenarios][document]") {
  CHECK(write(*parse("\xef\xbb\xbf"
                     "a: 1\n")
                   .node) == "{a:1}");
}

TEST_CASE("aliases of aliases stop at a budget", "[scenarios][document]") {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int copy = 1; copy < 9; ++copy) laughs += ", " + before;
    laughs += "]\n";
  }
  CHECK_THAT(error_of(laughs),
             Catch::Contains("more than 400000 values once aliases are written out"));
  const std::string long_text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  std::string copies = long_text;
  for (int i = 0; i < 1000; ++i) copies += "*a, ";
  CHECK_THAT(error_of(copies + "*a]\n"), Catch::Contains("once aliases are written out"));
}

TEST_CASE("depth and size have limits", "[scenarios][document]") {
  CHECK_THAT(error_of(std::string(100, '[') + std::string(100, ']')),
             Catch::Contains("nested more than 64 levels deep"));
  CHECK(error_of("a: 12345678\n", {.bytes = 8}) ==
        "x.yaml: error: 12 bytes are more than the limit of 8 for a scenario");
}

TEST_CASE("merge patches follow the examples of RFC 7386", "[scenarios][document]") {
  struct Row {
    const char *target, *patch, *result;
  };
  const auto row = GENERATE(values<Row>({
      {"{a: b}",        "{a: c}",                 "{a:c}"       },
      {"{a: b}",        "{b: c}",                 "{a:b,b:c}"   },
      {"{a: b}",        "{a: null}",              "{}"          },
      {"{a: b, b: c}",  "{a: null}",              "{b:c}"       },
      {"{a: [b]}",      "{a: c}",                 "{a:c}"       },
      {"{a: c}",        "{a: [b]}",               "{a:[b]}"     },
      {"{a: {b: c}}",   "{a: {b: d, c: null}}",   "{a:{b:d}}"   },
      {"{a: [{b: c}]}", "{a: [1]}",               "{a:[1]}"     },
      {"[a, b]",        "[c, d]",                 "[c,d]"       },
      {"{a: b}",        "[c]",                    "[c]"         },
      {"{e: null}",     "{a: 1}",                 "{e:null,a:1}"},
      {"[1, 2]",        "{a: b, c: null}",        "{a:b}"       },
      {"{}",            "{a: {bb: {ccc: null}}}", "{a:{bb:{}}}" },
  }));
  CAPTURE(row.target, row.patch);
  CHECK(merged(row.target, row.patch) == row.result);
}

TEST_CASE("merging large mappings takes time in proportion", "[scenarios][document]") {
  std::string base, patch;
  for (int i = 0; i < 20'000; ++i) {
    base += "k" + std::to_string(i) + ": 1\n";
    patch += "k" + std::to_string(2 * i) + ": 2\n";
  }
  Node node = *parse(base).node;
  merge_patch(node, *parse(patch).node);
  CHECK(node.entries.size() == 30'000);
  CHECK(node.find("k2")->text == "2");
}

TEST_CASE("pointers are split and found as RFC 6901 says", "[scenarios][document]") {
  CHECK(split_pointer("")->empty());
  CHECK(*split_pointer("/a~1b/m~0n/0") == std::vector<std::string>{"a/b", "m~n", "0"});
  CHECK_FALSE(split_pointer("a"));
  CHECK_FALSE(split_pointer("/a~2"));
  CHECK_FALSE(split_pointer("/a~"));
  const Node node = *parse("a/b: [x, {c: y}]").node;
  CHECK(find_at(node, "/a~1b/1/c")->text == "y");
  CHECK(find_at(node, "/a~1b/2") == nullptr);
  CHECK(pointer_token("a/b~c") == "a~1b~0c");
}

}  // namespace
}  // namespace berth
