#include "models/pull_fit.h"

#include <catch2/catch.hpp>

namespace berth {
namespace {

Bytes gb(double n) { return Bytes{static_cast<std::int64_t>(n * 1e9)}; }

// 2 s and 10 s a GB: 100 MB/s.
std::vector<LoggedPull> exact_pulls() {
  std::vector<LoggedPull> pulls;
  for (int i = 1; i <= 20; ++i) pulls.push_back({2 + 10 * 0.5 * i, gb(0.5 * i), {}});
  return pulls;
}

TEST_CASE("a fixed time and a rate are found again", "[pull_fit]") {
  const PullFit fit = fit_pulls(exact_pulls());
  REQUIRE(fit.terms.size() == 2);
  CHECK(fit.terms[0].value == Approx(2).margin(1e-6));
  CHECK(1 / fit.terms[1].value == Approx(1e8).epsilon(1e-6));
  CHECK(fit.refused.empty());
}

TEST_CASE("pulls behind a storm move the rate little", "[pull_fit]") {
  std::vector<LoggedPull> pulls = exact_pulls();
  for (std::size_t i = 0; i < pulls.size(); ++i) pulls[i].seconds += i % 2 == 0 ? 0.5 : -0.5;
  for (std::size_t i = 0; i < 3; ++i) pulls[5 * i].seconds += 600;
  const PullFit fit = fit_pulls(pulls);
  CHECK(1 / fit.terms.at(1).value == Approx(1e8).epsilon(0.1));
  CHECK(fit.terms[1].low < 1e-8);
  CHECK(fit.terms[1].high > 1e-8);
}

TEST_CASE("images of one size give no rate", "[pull_fit]") {
  std::vector<LoggedPull> pulls;
  for (int i = 0; i < 20; ++i) pulls.push_back({20.0 + i % 3, gb(2 + 0.001 * i), {}});
  const PullFit fit = fit_pulls(pulls);
  CHECK(fit.terms.empty());
  REQUIRE(fit.refused.size() == 1);
  CHECK(fit.refused[0].find("of one size") != std::string::npos);
}

TEST_CASE("unpacked bytes in a constant ratio are refused, the joint rate is told", "[pull_fit]") {
  std::vector<LoggedPull> pulls = exact_pulls();
  for (LoggedPull& pull : pulls) pull.unpacked = Bytes{pull.compressed.count * 2};
  const PullFit fit = fit_pulls(pulls);
  REQUIRE(fit.terms.size() == 2);
  CHECK(fit.refused.size() == 1);
  CHECK(fit.condition <= kMostCondition);
}

TEST_CASE("unpacked bytes of their own are told apart", "[pull_fit]") {
  std::vector<LoggedPull> pulls;
  for (int i = 0; i < 24; ++i) {
    const double z = 1 + i % 6, u = 2 + 3 * (i / 6);  // a grid: nothing goes together
    pulls.push_back({1 + 8 * z + 5 * u, gb(z), gb(u)});
  }
  const PullFit fit = fit_pulls(pulls);
  REQUIRE(fit.terms.size() == 3);
  CHECK(fit.terms[1].value == Approx(8e-9).epsilon(1e-6));
  CHECK(fit.terms[2].value == Approx(5e-9).epsilon(1e-6));
}

TEST_CASE("no term is negative", "[pull_fit]") {
  std::vector<LoggedPull> pulls = exact_pulls();
  for (LoggedPull& pull : pulls) pull.seconds -= 5;  // a fixed time of -3 s would fit best
  const PullFit fit = fit_pulls(pulls);
  CHECK(fit.terms.at(0).value == 0);
  CHECK(fit.terms.at(1).value > 0);
}

TEST_CASE("too few pulls are refused with their number", "[pull_fit]") {
  const std::vector<LoggedPull> all = exact_pulls();
  CHECK(fit_pulls(std::span(all).first(7)).refused.size() == 1);
  CHECK(fit_pulls({}).terms.empty());
}

}  // namespace
}  // namespace berth
