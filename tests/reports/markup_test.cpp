#include "reports/markup.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

TEST_CASE("what HTML and XML would read is escaped, and nothing else is changed") {
  CHECK(markup_text("a < b & \"c\" > d'") == "a &lt; b &amp; &quot;c&quot; &gt; d'");
  CHECK(markup_text("</title><script>") == "&lt;/title&gt;&lt;script&gt;");
  CHECK(markup_text("line\nand\x01tab\t") == "line and tab ");
  CHECK(markup_text("Z\xc3\xbcrich") == "Z\xc3\xbcrich");
}

}  // namespace
}  // namespace berth
