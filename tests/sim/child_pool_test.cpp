#include "sim/child_pool.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace berth {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Collected {
  std::vector<std::string> bytes;    // by piece
  std::vector<std::string> reasons;  // by piece
  bool complete = false;
};

Collected collect(std::size_t count, const std::function<std::string(std::size_t)>& work,
                  ChildPoolOptions options = {}) {
  Collected got{std::vector<std::string>(count), std::vector<std::string>(count)};
  options.finished = [&](std::size_t piece, ChildResult result) {
    if (auto* bytes = std::get_if<std::string>(&result)) got.bytes[piece] = std::move(*bytes);
    if (auto* failed = std::get_if<ChildFailed>(&result)) got.reasons[piece] = failed->reason;
  };
  got.complete = run_in_children(count, work, options);
  return got;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// -1 with ECHILD: this process has no child left, running or zombie.
bool has_no_children() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

std::string square(std::size_t piece) { return std::to_string(piece * piece); }

TEST_CASE("every piece's bytes arrive under its number, whatever the number of workers",
          "[child_pool]") {
  for (int workers : {-1, 1, 2, 7, 100}) {
    CAPTURE(workers);
    const Collected got = collect(20, square, {.workers = workers});
    CHECK(got.complete);
    for (std::size_t i = 0; i < 20; ++i) CHECK(got.bytes[i] == std::to_string(i * i));
  }
}

TEST_CASE("nothing to do is done at once", "[child_pool]") {
  CHECK(collect(0, square).complete);
}

// A pipe holds 64 KiB: a child blocks on it unless the parent reads while others run.
TEST_CASE("results larger than a pipe pass while several children write", "[child_pool]") {
  const auto large = [](std::size_t piece) {
    return std::string(5'000'000 + piece, static_cast<char>('a' + piece));
  };
  const Collected got = collect(6, large, {.workers = 3});
  for (std::size_t i = 0; i < 6; ++i) CHECK(got.bytes[i] == large(i));
}

TEST_CASE("bytes of any value pass, also none", "[child_pool]") {
  const Collected got =
      collect(2, [](std::size_t i) { return i == 0 ? std::string() : std::string("\0\xff\n", 3); });
  CHECK(got.reasons[0].empty());
  CHECK(got.bytes[0].empty());
  CHECK(got.bytes[1] == std::string("\0\xff\n", 3));
}

TEST_CASE("a piece that fails says why, and the others go on", "[child_pool]") {
  struct Row {
    const char* because;
    void (*fate)();
    const char* reason;
  };
  const Row rows[] = {
      {"an exception's text is the reason", [] { throw std::runtime_error("no room at t=3 s"); },
       "no room at t=3 s"},
      {"anything can be thrown", [] { throw 7; }, "an exception of unknown type"},
      {"a crash", [] { signal(SIGSEGV, SIG_DFL), raise(SIGSEGV); }, "killed by signal 11"},
      {"an abort, as SimGrid's assertions do", [] { signal(SIGABRT, SIG_DFL), std::abort(); },
       "killed by signal 6"},
      {"killed from outside, as for want of memory", [] { raise(SIGKILL); }, "killed by signal 9"},
      {"somebody called exit", [] { _exit(3); }, "exited with status 3"},
      {"left without a word", [] { _exit(0); }, "ended without a result"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const auto work = [&](std::size_t piece) {
      if (piece == 1) row.fate();
      return square(piece);
    };
    const Collected got = collect(4, work, {.workers = 2});
    CHECK(got.complete);
    CHECK(got.reasons[1] == row.reason);
    CHECK(got.bytes[3] == "9");
  }
}

TEST_CASE("stop kills the children within a moment and leaves nothing behind", "[child_pool]") {
  const std::size_t before = open_descriptors();
  const auto sleep_long = [](std::size_t) {
    std::this_thread::sleep_for(60s);
    return std::string();
  };
  const auto began = Clock::now();
  const auto stop = [&] { return Clock::now() - began > 200ms; };
  CHECK_FALSE(collect(5, sleep_long, {.workers = 3, .stop = stop}).complete);
  CHECK(Clock::now() - began < 5s);  // far from 60 s, also on a busy machine
  CHECK(has_no_children());
  CHECK(open_descriptors() == before);
}

TEST_CASE("what was done before a stop is kept", "[child_pool]") {
  bool seen = false;
  ChildPoolOptions options{.workers = 1, .stop = [&] { return seen; }};
  options.progress = [&](std::size_t done, std::size_t) { seen = done >= 2; };
  const Collected got = collect(5, square, options);
  CHECK_FALSE(got.complete);
  CHECK(got.bytes[1] == "1");
  CHECK(got.bytes[4].empty());
}

TEST_CASE("no zombie and no descriptor is left after many children", "[child_pool]") {
  const std::size_t before = open_descriptors();
  collect(60, square, {.workers = 4});
  CHECK(has_no_children());
  CHECK(open_descriptors() == before);
}

TEST_CASE("a callback that throws leaves no children", "[child_pool]") {
  ChildPoolOptions options{.workers = 3};
  options.finished = [](std::size_t, ChildResult) { throw std::runtime_error("full"); };
  const auto work = [](std::size_t piece) {
    if (piece > 0) std::this_thread::sleep_for(60s);
    return std::string();
  };
  CHECK_THROWS_WITH(run_in_children(3, work, options), "full");
  CHECK(has_no_children());
}

TEST_CASE("progress goes from none to all and never back", "[child_pool]") {
  std::vector<std::size_t> seen;
  ChildPoolOptions options{.workers = 2};
  options.progress = [&](std::size_t done, std::size_t total) {
    CHECK(total == 7);
    seen.push_back(done);
  };
  collect(7, square, options);
  CHECK(seen.front() == 0);
  CHECK(seen.back() == 7);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("Ctrl-C reaches the group, and only the parent decides what it means", "[child_pool]") {
  const auto hit_by_signals = [](std::size_t piece) {
    raise(SIGINT), raise(SIGTERM);
    return square(piece);
  };
  CHECK(collect(2, hit_by_signals).bytes[1] == "1");
}

// A middle process starts a sleeping child and is killed; the child holds a pipe open as long as it
// lives, so the end of that pipe shows its death.
TEST_CASE("children die with their parent", "[child_pool]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t middle = fork();
  if (middle == 0) {
    const auto hold = [&](std::size_t) {
      if (write(ends[1], "!", 1) == 1) std::this_thread::sleep_for(60s);
      return std::string();
    };
    run_in_children(1, hold, {});
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 1);  // the child lives
  kill(middle, SIGKILL);
  waitpid(middle, nullptr, 0);
  const auto began = Clock::now();
  CHECK(read(ends[0], &byte, 1) == 0);
  CHECK(Clock::now() - began < 30s);
  close(ends[0]);
}

}  // namespace
}  // namespace berth
