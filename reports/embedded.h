// What stands in the binary as it stands in the source tree: the page's parts and the chart
// library. Put there by reports/embed_page.cmake.
#pragma once

#include <string_view>

namespace berth {

std::string_view embedded_page_html();
std::string_view embedded_page_css();
std::string_view embedded_page_js();
std::string_view embedded_vega();
std::string_view embedded_vega_lite();
std::string_view embedded_vega_embed();
std::string_view embedded_scorecard();  // docs/validation.tsv: tab-separated, with a header

}  // namespace berth
