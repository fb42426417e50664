#include "models/model_version.h"

namespace berth {

std::string_view tool_version() { return BERTH_VERSION; }
std::string_view model_version() { return "1"; }

}  // namespace berth
