// An earlier state of a repository, for `check --against REF`: which commit a word means, and files
// as they were then. Runs the git command; asks nothing of the network. Tested by
// tests/tools/check_test.sh.
#pragma once

#include <string>

#include "scenarios/read_scenario.h"

namespace berth {

struct GitCommit {
  std::string top;   // of the working tree, without links
  std::string id;    // 40 digits
  std::string date;  // of the commit, ISO
};

// The commit `ref` means in the repository that holds `path`. UsageError: no git, no repository, a
// word git does not know.
GitCommit git_commit(const std::string& ref, const std::string& path);

// Files as they were in the commit, links followed; what lies outside the repository is read from
// disk.
ReadFile read_from_git(const GitCommit& commit);

// "2026-11-20", when the file was last changed by a commit; "" when no repository knows it.
std::string last_commit_date(const std::string& path);

}  // namespace berth
