#include "tools/progress.h"

#include <fmt/format.h>

#include <utility>

namespace berth {
namespace {

constexpr std::chrono::milliseconds kBetweenFrames{100};
constexpr std::chrono::seconds kBetweenLines{10};
constexpr std::size_t kBarCells = 40;

}  // namespace

Progress::Progress(ProgressStyle style, std::string what,
                   std::function<void(const std::string&)> write,
                   std::function<Clock::time_point()> now)
    : style_(style),
      what_(std::move(what)),
      write_(std::move(write)),
      now_(std::move(now)),
      began_(now_()),
      shown_(began_) {}

Progress::~Progress() {
  if (drawn_) write_("\r\033[K");
}

void Progress::show(std::size_t done, std::size_t total) {
  if (style_ == ProgressStyle::none || total == 0) return;
  const Clock::time_point now = now_();
  const bool is_bar = style_ == ProgressStyle::bar;
  // A run that is over within the first pause is never worth a word.
  if (now - shown_ < (is_bar ? Clock::duration{kBetweenFrames} : Clock::duration{kBetweenLines}))
    return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double per_second = static_cast<double>(done) / seconds;
  if (is_bar) {
    write_("\r" + bar(done, total, per_second) + "\033[K");
    drawn_ = true;
  } else {
    write_(fmt::format("{}: {} of {} replications after {:.0f} s\n", what_, done, total, seconds));
  }
}

std::string Progress::bar(std::size_t done, std::size_t total, double per_second) const {
  std::string cells;
  for (std::size_t i = 0; i < kBarCells; ++i) cells += i < kBarCells * done / total ? "━" : " ";
  return fmt::format("{:>5}/{} {} {:.1f}/s  {}", done, total, cells, per_second, what_);
}

}  // namespace berth
