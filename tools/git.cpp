#include "tools/git.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <vector>

#include "scenarios/issue.h"
#include "tools/command.h"

extern char** environ;

namespace berth {
namespace {

namespace fs = std::filesystem;

struct GitAnswer {
  int status = -1;  // -1: git could not be started
  std::string out, err;
};

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) == 0) read = ends[0], write = ends[1];
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

bool take(int from, std::string& into) {
  std::array<char, 65'536> block{};
  const ssize_t got = read(from, block.data(), block.size());
  if (got < 0 && errno == EINTR) return true;
  if (got > 0) into.append(block.data(), static_cast<std::size_t>(got));
  return got > 0;
}

// Both streams at once, or a child that fills one pipe would wait for us for ever.
void drain(Pipe& out, Pipe& err, GitAnswer& answer) {
  while (out.read >= 0 || err.read >= 0) {
    std::array<pollfd, 2> ends{{{out.read, POLLIN, 0}, {err.read, POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return;
    if (ends[0].revents != 0 && !take(out.read, answer.out)) Pipe::close_end(out.read);
    if (ends[1].revents != 0 && !take(err.read, answer.err)) Pipe::close_end(err.read);
  }
}

// The environment without what a hook says of its repository: -C says where ours is. Where objects are
// kept stays: a pre-receive hook's new ones are in quarantine.
std::vector<char*> our_environment() {
  constexpr std::array<std::string_view, 5> kOfHooks{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
                                                     "GIT_PREFIX", "GIT_COMMON_DIR"};
  std::vector<char*> environment;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view text = *one;
    if (std::ranges::find(kOfHooks, text.substr(0, text.find('='))) == kOfHooks.end())
      environment.push_back(*one);
  }
  environment.push_back(nullptr);
  return environment;
}

// `input` is short (one line): it fits into the pipe before the child reads.
GitAnswer git(const std::string& folder, std::vector<std::string> arguments,
              const std::string& input = "") {
  arguments.insert(arguments.begin(), {"git", "-C", folder.empty() ? "." : folder});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Pipe in, out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const auto& [from, to] : {std::pair{in.read, 0}, {out.write, 1}, {err.write, 2}})
    posix_spawn_file_actions_adddup2(&actions, from, to);
  for (const int end : {in.read, in.write, out.read, out.write, err.read, err.write})
    if (end > 2) posix_spawn_file_actions_addclose(&actions, end);
  pid_t child = 0;
  std::vector<char*> environment = our_environment();
  const int failed =
      posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  GitAnswer answer;
  if (failed != 0) return answer;
  if (write(in.write, input.data(), input.size()) < 0) answer.err = "git did not listen";
  Pipe::close_end(in.write);
  Pipe::close_end(in.read);
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  drain(out, err, answer);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return answer;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string folder_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// The file as the repository calls it; "" when it lies outside.
std::string inside(const std::string& top, const std::string& path) {
  std::error_code error;
  const fs::path file =
      fs::weakly_canonical(fs::path(folder_of(path)), error) / fs::path(path).filename();
  const std::string relative = file.lexically_relative(top).generic_string();
  return relative.empty() || relative.starts_with("..") ? "" : relative;
}

// What git says of a name that stands for no file, by "cat-file --follow-symlinks".
bool is_no_file(const std::string& head) {
  return head.ends_with(" missing") || head.starts_with("dangling ") ||
         head.starts_with("notdir ") || head.find(" tree ") != std::string::npos;
}

// An object that cannot be had is "missing", too; but then the commit's tree still has its name.
bool is_lost(const GitCommit& commit, const std::string& relative, const std::string& head) {
  return head.ends_with(" missing") &&
         git(commit.top, {"rev-parse", "--verify", "--quiet", commit.id + ":" + relative}).status ==
             0;
}

// A git that fails is told: taken for "no such file", it would make the scenario a new one, which
// no limit stops.
FileText blob(const GitCommit& commit, const std::string& relative, std::size_t limit) {
  const auto missing = [&] {
    return FileText{std::nullopt, fmt::format("no such file in {}", commit.id.substr(0, 10)), ""};
  };
  if (relative.find('\n') != std::string::npos) return missing();
  GitAnswer answer = git(commit.top, {"cat-file", "--batch", "--follow-symlinks"},
                         commit.id + ":" + relative + "\n");
  const std::string head = first_line(answer.out);  // "ID blob SIZE", or "... missing"
  const auto kind = head.find(" blob ");
  if (answer.status == 0 && is_no_file(head) && !is_lost(commit, relative, head)) return missing();
  if (answer.status != 0 || kind == std::string::npos)
    throw UsageError(fmt::format("git cannot read {} of {}: {}", relative, commit.id.substr(0, 10),
                                 first_line(answer.status != 0 ? answer.err : answer.out)));
  const std::size_t size = std::stoull(head.substr(kind + 6));
  if (size > limit)
    return {std::nullopt, fmt::format("{} bytes are more than the limit of {}", size, limit), ""};
  return {answer.out.substr(head.size() + 1, size), "", ""};
}

}  // namespace

GitCommit git_commit(const std::string& ref, const std::string& path) {
  const std::string folder = folder_of(path);
  const GitAnswer top = git(folder, {"rev-parse", "--show-toplevel"});
  if (top.status == -1 || top.status == 127)
    throw UsageError("--against " + ref + " needs the git command, and there is none");
  if (top.status != 0)
    throw UsageError(
        fmt::format("{} is in no git repository, so there is no {} to compare with\n  hint: give a "
                    "result file: "
                    "--against result.json ({})",
                    path, in_quotes(ref), first_line(top.err)));
  GitCommit commit{.top = first_line(top.out)};
  const GitAnswer id =
      git(commit.top, {"rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"});
  if (id.status != 0 || ref.starts_with('-'))
    throw UsageError(
        fmt::format("git knows no commit {}, and there is no such file\n  hint: in CI fetch it "
                    "first: git fetch "
                    "--depth=1 origin main, then --against FETCH_HEAD",
                    in_quotes(ref)));
  commit.id = first_line(id.out);
  commit.date = first_line(git(commit.top, {"show", "-s", "--format=%cs", commit.id}).out);
  return commit;
}

ReadFile read_from_git(const GitCommit& commit) {
  return [commit](const std::string& path, std::size_t limit) {
    const std::string relative = inside(commit.top, path);
    return relative.empty() ? read_from_disk(path, limit) : blob(commit, relative, limit);
  };
}

std::string last_commit_date(const std::string& path) {
  const GitAnswer answer =
      git(folder_of(path), {"log", "-1", "--format=%cs", "--", fs::path(path).filename().string()});
  return answer.status == 0 ? first_line(answer.out) : "";
}

}  // namespace berth
