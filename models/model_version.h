// Which model made a number. Raised whenever a change moves results for the same input; every
// result carries it, and CHANGELOG.md says which numbers moved and why.
#pragma once

#include <string_view>

namespace berth {

std::string_view tool_version();   // "0.1.0", from the build
std::string_view model_version();  // "1"

}  // namespace berth
