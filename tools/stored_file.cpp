#include "tools/stored_file.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tools/command.h"

namespace berth {
namespace {

[[noreturn]] void too_large(const std::string& path, double bytes) {
  throw UsageError(
      fmt::format("{}: {:.0f} MB are more than the {} MB berth reads back\n  hint: simulate fewer "
                  "placements a file "
                  "(--placement), or fewer replications",
                  path, bytes / 1e6, kLargestStored / 1'000'000));
}

}  // namespace

std::string read_stored(const std::string& path) {
  namespace fs = std::filesystem;
  require_readable(path);
  std::error_code error;
  if (path != "-" && fs::is_regular_file(path, error))
    if (const auto bytes = fs::file_size(path, error); !error && bytes > kLargestStored)
      too_large(path, static_cast<double>(bytes));
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  std::array<char, 65'536> block{};
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kLargestStored) too_large(path, static_cast<double>(text.size()));
  }
  if ((path != "-" && !file.is_open()) || in.bad()) throw UsageError("cannot read " + path);
  return text;
}

}  // namespace berth
