// Where a result goes: standard output, or a file that is either the old one or the whole new one.
//
// A file is written beside its final place and renamed, so an error, a full disk or Ctrl-C leaves
// nothing half-written. Devices and pipes (/dev/null, /dev/stdout) are written straight. A link is
// followed, the file it points to is replaced. Tested by tests/tools/output_test.cpp.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace berth {

// A path or a pipe that cannot be written: the user's to mend, exit code 2.
struct CannotWrite : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Fails now rather than after minutes of simulation. Leaves nothing behind. "" and "-" are standard
// output and always pass. `inputs` are the files that the command reads: none of them is written over,
// nobody wants a scenario replaced by its result.
void check_writable(const std::string& path, std::span<const std::string> inputs);

// All of `text`, or CannotWrite and nothing.
void write_output(const std::string& path, const std::string& text);

// What is too long to be held in memory: written piece by piece to a descriptor, also by a forked
// child, and put in its place at the end. Without finish() nothing is left behind.
class PendingOutput {
 public:
  explicit PendingOutput(const std::string& path);  // CannotWrite
  ~PendingOutput();
  PendingOutput(const PendingOutput&) = delete;
  PendingOutput& operator=(const PendingOutput&) = delete;

  void append(const std::string& text);  // CannotWrite
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth
