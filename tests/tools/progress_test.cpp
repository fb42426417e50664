#include "tools/progress.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace berth;

namespace {

struct Watched {
  Progress::Clock::time_point now{};
  std::vector<std::string> written;

  std::function<void(const std::string&)> write() {
    return [this](const std::string& text) { written.push_back(text); };
  }
  std::function<Progress::Clock::time_point()> clock() {
    return [this] { return now; };
  }
  void pass(std::chrono::milliseconds time) { now += time; }
};

}  // namespace

TEST_CASE("in a log progress is one line every ten seconds") {
  Watched w;
  Progress progress(ProgressStyle::lines, "small", w.write(), w.clock());
  for (std::size_t done = 0; done <= 30; ++done) {
    w.pass(std::chrono::seconds{1});
    progress.show(done, 30);
  }
  CHECK(w.written == std::vector<std::string>{"small: 9 of 30 replications after 10 s\n",
                                              "small: 19 of 30 replications after 20 s\n",
                                              "small: 29 of 30 replications after 30 s\n"});
}

TEST_CASE("a bar is drawn over itself, at most ten times a second, and cleared at the end") {
  Watched w;
  {
    Progress progress(ProgressStyle::bar, "small", w.write(), w.clock());
    for (int i = 1; i <= 4; ++i) {
      w.pass(std::chrono::milliseconds{50});
      progress.show(1, 2);
    }
    CHECK(w.written.size() == 2);
    CHECK(w.written[0].starts_with("\r    1/2 ━━"));
  }
  CHECK(w.written.back() == "\r\033[K");
}

TEST_CASE("a run that is over at once is not worth a word, and quiet is quiet") {
  Watched w;
  {
    Progress progress(ProgressStyle::bar, "small", w.write(), w.clock());
    progress.show(1, 1);
    Progress quiet(ProgressStyle::none, "small", w.write(), w.clock());
    w.pass(std::chrono::seconds{60});
    quiet.show(1, 1);
  }
  CHECK(w.written.empty());
}
