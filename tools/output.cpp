#include "tools/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& where, int error) {
  throw CannotWrite("cannot write " + where + ": " + std::strerror(error));
}

bool is_stdout(const std::string& path) { return path.empty() || path == "-"; }

// Renaming over a device or a pipe would replace it by a file.
bool is_special(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

bool is_directory(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string behind_links(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real.string();
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Network file systems report a full disk only here.
  int finish() {
    const int result = close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

// The name beside the final place; it goes away unless it was renamed.
class Beside {
 public:
  explicit Beside(const std::string& path) : name_(path + ".XXXXXX") {}
  ~Beside() {
    if (made_) unlink(name_.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  int open() {
    const int fd = mkostemp(name_.data(), O_CLOEXEC);
    made_ = fd >= 0;
    return fd;
  }
  bool rename_to(const std::string& path) {
    const bool renamed = std::rename(name_.c_str(), path.c_str()) == 0;
    if (renamed) made_ = false;
    return renamed;
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  bool made_ = false;
};

void write_all(int fd, const std::string& text, const std::string& where) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(fd, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) refuse(where, errno);
    done += static_cast<std::size_t>(wrote);
  }
}

// A temporary file is private (0600); a result is as readable as any file the user makes.
mode_t wanted_mode(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0) return info.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

void write_special(const std::string& path, const std::string& text) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) refuse(path, errno);
  write_all(file.get(), text, path);
}

void write_regular(const std::string& path, const std::string& text) {
  const std::string target = behind_links(path);
  Beside beside(target);
  Descriptor file(beside.open());
  if (file.get() < 0) refuse(path, errno);
  write_all(file.get(), text, path);
  if (fchmod(file.get(), wanted_mode(target)) != 0) refuse(path, errno);
  if (file.finish() != 0) refuse(path, errno);
  if (!beside.rename_to(target)) refuse(path, errno);
}

// Where pieces gather whose place cannot be renamed over: a file without a name.
int open_nameless() {
  std::string name = (fs::temp_directory_path() / "berth.XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) refuse(name, errno);
  unlink(name.c_str());
  return fd;
}

void copy_all(int from, int to, const std::string& where) {
  if (lseek(from, 0, SEEK_SET) < 0) refuse(where, errno);
  std::string piece(std::size_t{1} << 16, '\0');
  while (true) {
    const ssize_t n = read(from, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(where, errno);
    if (n == 0) return;
    write_all(to, piece.substr(0, static_cast<std::size_t>(n)), where);
  }
}

}  // namespace

struct PendingOutput::Impl {
  std::string path;
  std::optional<Beside> beside;  // absent: a pipe, a device or standard output
  std::optional<Descriptor> file;
};

PendingOutput::PendingOutput(const std::string& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  if (is_directory(path)) refuse(path, EISDIR);
  if (is_stdout(path) || is_special(path)) {
    impl_->file.emplace(open_nameless());
    return;
  }
  impl_->beside.emplace(behind_links(path));
  impl_->file.emplace(impl_->beside->open());
  if (impl_->file->get() < 0) refuse(path, errno);
}

PendingOutput::~PendingOutput() = default;

void PendingOutput::append(const std::string& text) {
  write_all(impl_->file->get(), text, impl_->path);
}

void PendingOutput::finish() {
  const std::string& path = impl_->path;
  if (is_stdout(path)) return copy_all(impl_->file->get(), STDOUT_FILENO, "standard output");
  if (!impl_->beside) {
    Descriptor target(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (target.get() < 0) refuse(path, errno);
    return copy_all(impl_->file->get(), target.get(), path);
  }
  const std::string target = behind_links(path);
  if (fchmod(impl_->file->get(), wanted_mode(target)) != 0) refuse(path, errno);
  if (impl_->file->finish() != 0) refuse(path, errno);
  if (!impl_->beside->rename_to(target)) refuse(path, errno);
}

void check_writable(const std::string& path, std::span<const std::string> inputs) {
  if (is_stdout(path)) return;
  if (is_directory(path)) refuse(path, EISDIR);
  for (const std::string& input : inputs) {
    std::error_code none;  // what cannot be looked at is no file: whoever reads it says so
    if (input != "-" && !is_special(path) && fs::equivalent(path, input, none))
      throw CannotWrite("cannot write " + path +
                        ": this command reads it\n  hint: name another file to write to");
  }
  if (is_special(path)) {
    if (access(path.c_str(), W_OK) != 0) refuse(path, errno);
    return;
  }
  Beside beside(behind_links(path));
  const Descriptor file(beside.open());
  if (file.get() < 0) refuse(path, errno);
}

void write_output(const std::string& path, const std::string& text) {
  if (is_stdout(path)) return write_all(STDOUT_FILENO, text, "standard output");
  if (is_directory(path)) refuse(path, EISDIR);
  if (is_special(path)) return write_special(path, text);
  write_regular(path, text);
}

}  // namespace berth
