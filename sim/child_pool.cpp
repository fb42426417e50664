#include "sim/child_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace berth {
namespace {

constexpr int kPollMs = 50;  // half of what the contract promises for stop()
constexpr char kDone = 'd', kThrew = 't';  // first byte of what a child sends

struct Child {
  std::size_t piece = 0;
  pid_t pid = 0;
  int fd = -1;  // the pipe's read end
  std::string received;
};

std::string error_text(const char* what) {
  return std::string(what) + ": " + std::generic_category().message(errno);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void become_child(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent died before the line above
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  dup2(STDERR_FILENO, STDOUT_FILENO);
}

// Everything the child will say, result or reason. Nothing may unwind into the parent's frames.
std::pair<char, std::string> outcome_of(const std::function<std::string(std::size_t)>& work,
                                        std::size_t piece) {
  try {
    return {kDone, work(piece)};
  } catch (const std::exception& error) {
    return {kThrew, error.what()};
  } catch (...) {
    return {kThrew, "an exception of unknown type"};
  }
}

[[noreturn]] void live_as_child(int fd, pid_t parent,
                                const std::function<std::string(std::size_t)>& work,
                                std::size_t piece) {
  become_child(parent);
  const auto [kind, bytes] = outcome_of(work, piece);
  const bool sent = write_all(fd, {&kind, 1}) && write_all(fd, bytes);
  std::fflush(nullptr);
  _exit(sent ? 0 : 1);  // not exit(): the parent's destructors and buffers are the parent's
}

struct Started {
  std::optional<Child> child;
  std::string problem;  // when there is none
};

Started start_child(const std::function<std::string(std::size_t)>& work, std::size_t piece) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {{}, error_text("cannot make a pipe")};
  std::fflush(nullptr);  // or the child would print our pending output a second time
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) live_as_child(ends[1], parent, work, piece);
  close(ends[1]);
  if (pid < 0) {
    Started failed{{}, error_text("cannot start a child process")};
    close(ends[0]);
    return failed;
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Child{.piece = piece, .pid = pid, .fd = ends[0]}, {}};
}

int reap(const Child& child) {
  close(child.fd);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Takes what is in the pipe, at most 4 MiB a turn so that stop() is asked in time; true when the
// child has closed its end, that is, ended.
bool drain(Child& child) {
  std::array<char, 65536> buffer;
  for (int turn = 0; turn < 64; ++turn) {
    const ssize_t n = read(child.fd, buffer.data(), buffer.size());
    if (n > 0) child.received.append(buffer.data(), static_cast<std::size_t>(n));
    if (n == 0) return true;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno != EAGAIN;
  }
  return false;
}

ChildResult result_of(std::string received, int status) {
  if (WIFSIGNALED(status))
    return ChildFailed{"killed by signal " + std::to_string(WTERMSIG(status))};
  if (WEXITSTATUS(status) != 0)
    return ChildFailed{"exited with status " + std::to_string(WEXITSTATUS(status))};
  if (received.empty()) return ChildFailed{"ended without a result"};
  const char kind = received.front();
  received.erase(0, 1);
  if (kind == kThrew) return ChildFailed{std::move(received)};
  return received;
}

class Pool {
 public:
  Pool(std::size_t count, const std::function<std::string(std::size_t)>& work,
       const ChildPoolOptions& options)
      : count_(count), work_(work), options_(options) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { kill_all(); }  // also when a callback throws

  bool run() {
    report_progress();
    while (done_ < count_) {
      if (options_.stop && options_.stop()) return false;
      start_some();
      wait_for_news();
      collect();
      report_progress();
    }
    return true;
  }

 private:
  void start_some() {
    const auto limit = static_cast<std::size_t>(std::max(options_.workers, 1));
    while (alive_.size() < limit && next_ < count_) {
      Started started = start_child(work_, next_);
      if (!started.child && !alive_.empty()) return;  // too many processes: try when one has ended
      if (started.child)
        alive_.push_back(std::move(*started.child));
      else
        finish(next_, ChildFailed{std::move(started.problem)});
      ++next_;
    }
  }

  void wait_for_news() {
    std::vector<pollfd> polled;
    for (const Child& child : alive_) polled.push_back({.fd = child.fd, .events = POLLIN});
    if (!polled.empty()) poll(polled.data(), polled.size(), kPollMs);
  }

  void collect() {
    for (std::size_t i = 0; i < alive_.size();) {
      if (!drain(alive_[i])) {
        ++i;
        continue;
      }
      Child ended = std::move(alive_[i]);
      alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(i));
      const int status = reap(ended);
      finish(ended.piece, result_of(std::move(ended.received), status));
    }
  }

  void finish(std::size_t piece, ChildResult result) {
    ++done_;
    if (options_.finished) options_.finished(piece, std::move(result));
  }

  void kill_all() {
    for (const Child& child : alive_) kill(child.pid, SIGKILL);
    for (const Child& child : alive_) reap(child);
    alive_.clear();
  }

  void report_progress() const {
    if (options_.progress) options_.progress(done_, count_);
  }

  std::size_t count_, next_ = 0, done_ = 0;
  const std::function<std::string(std::size_t)>& work_;
  const ChildPoolOptions& options_;
  std::vector<Child> alive_;
};

}  // namespace

bool run_in_children(std::size_t count, const std::function<std::string(std::size_t)>& work,
                     const ChildPoolOptions& options) {
  return Pool(count, work, options).run();
}

}  // namespace berth
