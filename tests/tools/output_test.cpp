#include "tools/output.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace berth;
namespace fs = std::filesystem;

namespace {

// A directory of its own that goes away with the test.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "berth-output-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{path}, {}));
  }
};

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a file is replaced as a whole and nothing else is left beside it") {
  const Scratch scratch;
  write_output(scratch.file("a.json"), "old\n");
  write_output(scratch.file("a.json"), "new\n");
  CHECK(content(scratch.file("a.json")) == "new\n");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("a new file is as readable as any other, an old one keeps its mode") {
  const Scratch scratch;
  const mode_t mask = umask(022);
  write_output(scratch.file("new"), "x");
  chmod(scratch.file("new").c_str(), 0640);
  write_output(scratch.file("other"), "x");
  write_output(scratch.file("new"), "y");
  umask(mask);
  struct stat info{};
  stat(scratch.file("other").c_str(), &info);
  CHECK((info.st_mode & 0777) == 0644);
  stat(scratch.file("new").c_str(), &info);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("a link is followed, not replaced") {
  const Scratch scratch;
  write_output(scratch.file("real"), "old");
  fs::create_symlink("real", scratch.path / "link");
  write_output(scratch.file("link"), "new");
  CHECK(fs::is_symlink(scratch.path / "link"));
  CHECK(content(scratch.file("real")) == "new");
}

TEST_CASE("a path that cannot be written is refused before any work and leaves nothing") {
  const Scratch scratch;
  CHECK_THROWS_AS(check_writable(scratch.file("no/such/dir.json"), {}), CannotWrite);
  CHECK_THROWS_AS(check_writable(scratch.path.string(), {}), CannotWrite);
  CHECK_THROWS_AS(write_output(scratch.path.string(), "x"), CannotWrite);
  check_writable(scratch.file("fine.json"), {});
  CHECK(scratch.entries() == 0);
}

TEST_CASE("checking does not touch what is there") {
  const Scratch scratch;
  write_output(scratch.file("kept"), "old");
  check_writable(scratch.file("kept"), {});
  CHECK(content(scratch.file("kept")) == "old");
}

TEST_CASE("what a command reads it does not write over, by whatever name") {
  const Scratch scratch;
  write_output(scratch.file("in.yaml"), "horizon: 1d");
  fs::create_symlink("in.yaml", scratch.path / "link.yaml");
  const std::vector<std::string> inputs{"-", scratch.file("missing.yaml"), scratch.file("in.yaml")};
  CHECK_THROWS_WITH(check_writable(scratch.file("in.yaml"), inputs),
                    Catch::Contains("this command reads it"));
  CHECK_THROWS_AS(check_writable(scratch.file("link.yaml"), inputs), CannotWrite);
  CHECK_THROWS_AS(check_writable((scratch.path / "." / "in.yaml").string(), inputs), CannotWrite);
  check_writable(scratch.file("out.json"), inputs);
  check_writable("-", inputs);
  check_writable("/dev/null", std::vector<std::string>{"/dev/null"});
  CHECK(content(scratch.file("in.yaml")) == "horizon: 1d");
}

TEST_CASE("a device is written straight and stays a device") {
  write_output("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_AS(write_output("/dev/full", "x"), CannotWrite);
}
