#include "tests/conformance/published_starts.h"

#include <catch2/catch.hpp>

#include "models/units.h"

namespace berth::conformance {
namespace {

const StartFigure& figure(const PublishedStart& start, const char* key) {
  for (const StartFigure& f : start.figures)
    if (f.key == key) return f;
  FAIL("no figure " << key);
  return start.figures.front();
}

TEST_CASE("a case's environment is read from its words", "[published_starts]") {
  struct Row { const char* because; const char* item; const char* environment; };
  const auto row = GENERATE(values<Row>({
      {"nothing is said", R"({"id": "a", "eager_s": 1})", "EC2"},
      {"an SDK's instance type", R"({"id": "a", "config": "ml.g5.2xlarge P50"})", "SageMaker hosting"},
      {"what is measured", R"({"id": "a", "alt_s": {"soci_lazy_app_inservice": 3}})", "SageMaker Studio"},
      {"public ECR", R"({"id": "a", "config": "gp3 125 MB/s, public ECR"})", "EC2, docker, public ECR"},
      {"Fargate", R"({"id": "a", "config": "Fargate task start"})", "Fargate"},
      {"a runner", R"({"id": "a", "config": "p95, GitHub Actions"})", "GitHub Actions, GHCR"},
      {"one layer, inflated", R"({"id": "a", "image": "cuda layer", "config": "gzip decode only"})",
       "inflating one layer"},
  }));
  CAPTURE(row.because);
  CHECK(simulate_published_start(Json::parse(row.item)).environment == row.environment);
}

TEST_CASE("what a case lacks leaves figures out with the reason", "[published_starts]") {
  const auto nothing = simulate_published_start(
      Json::parse(R"({"id": "a", "alt_s": {"soci_lazy": 3}, "compressed_bytes": null})"));
  CHECK_FALSE(figure(nothing, "soci_lazy").counts());
  CHECK(figure(nothing, "soci_lazy").because == "neither sizes nor a whole pull are published");
  const auto sized = simulate_published_start(
      Json::parse(R"({"id": "a", "eager_s": 60, "alt_s": {"soci_lazy": 9, "nydus": 2}})"));
  CHECK_FALSE(figure(sized, "eager_s").counts());
  CHECK(figure(sized, "eager_s").simulated.value() == Approx(60).epsilon(1e-6));
  CHECK(figure(sized, "soci_lazy").counts());
  CHECK(figure(sized, "nydus").because == "no model of this way to start");
}

TEST_CASE("what is of the wrong kind is as good as absent", "[published_starts]") {
  const char* item = GENERATE(R"({"id": "a"})", R"({"id": "a", "image": 3, "config": null, "alt_s": []})",
                              R"({"id": "a", "eager_s": "9", "compressed_bytes": "1", "alt_s": null})",
                              R"({"id": "a", "eager_s": -1, "compressed_bytes": 0, "alt_s": {"x": null}})");
  CAPTURE(item);
  for (const StartFigure& f : simulate_published_start(Json::parse(item)).figures)
    CHECK_FALSE(f.counts());
}

TEST_CASE("the blueprint's Bottlerocket has the blueprint's settings", "[published_starts]") {
  const auto pulled = [](const char* source) {
    const Json item{{"id", "a"}, {"compressed_bytes", 10.78e9}, {"config", "gp3 1000 MiB/s"},
                    {"source", source}, {"note", "pull time"}, {"alt_s", {{"soci_parallel_bottlerocket", 40}}}};
    return figure(simulate_published_start(item), "soci_parallel_bottlerocket").simulated.value();
  };
  // Measured at 240 and 403 MB/s: 44.9 and 26.7 s, 34.7 s in the geometric middle.
  const double tuned = pulled("https://github.com/aws-samples/karpenter-blueprints/tree/main/x");
  CHECK(tuned == Approx(34.7).epsilon(0.02));
  // As it comes, one stream of 430 MB/s unpacks 2.4 x 10.78 GB.
  CHECK(pulled("elsewhere") == Approx(2.4 * 10.78e9 / 430e6).epsilon(0.05));
}

TEST_CASE("a second start is not taken for a pull", "[published_starts]") {
  const auto start = simulate_published_start(
      Json::parse(R"({"id": "a", "compressed_bytes": 1e9, "alt_s": {"soci_lazy_second_start": 2}})"));
  CHECK_FALSE(figure(start, "soci_lazy_second_start").counts());
}

TEST_CASE("a faster disk in the words is a faster disk", "[published_starts]") {
  const auto whole_pull = [](const char* config) {
    Json item{{"id", "a"}, {"compressed_bytes", 1e10}, {"eager_s", 100}, {"config", config}};
    return figure(simulate_published_start(item), "eager_s").simulated.value();
  };
  // 10 GB and 24 GB unpacked: at 131 MB/s 259 s, at 1049 MB/s the inflate stream's 109 s.
  CHECK(whole_pull("gp3 125 MB/s") == Approx(3.4e10 / (125.0 * double(kMiB)) + 1.2).epsilon(0.02));
  CHECK(whole_pull("gp3 16k IOPS/1000 MiB/s") == Approx(2.4e10 / 220e6 + 1.2).epsilon(0.02));
}

}  // namespace
}  // namespace berth::conformance
