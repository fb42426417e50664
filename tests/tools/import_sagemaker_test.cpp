#include "tools/import_sagemaker.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/distribution.h"
#include "scenarios/read_scenario.h"
#include "tests/support/own_path.h"

namespace berth {
namespace {

constexpr double kZ95 = 1.6448536269514722;
const std::string kHeader =
    "job_start_utc,instance_type,t_downloading_data,t_downloading_image,t_training_started\n";

std::string rounded(double seconds) {
  std::ostringstream text;
  text.precision(15);
  text << seconds;
  return text.str();
}

// Jobs whose launches are the law's own quantiles, with a data step of 20 s and an image step of 30.
std::string log_of(const Distribution& law, int jobs, const std::string& type, int year = 2024) {
  std::string text;
  for (int i = 0; i < jobs; ++i) {
    const double launch = quantile(law, (i + 0.5) / jobs);
    text += std::to_string(year) + "-03-01T00:00:00," + type + "," + rounded(launch) + "," +
            rounded(launch + 20) + "," + rounded(launch + 50) + "\n";
  }
  return text;
}

SagemakerImport import(const std::string& text, const SagemakerImportOptions& options = {}) {
  std::istringstream in(text);
  const HistoryInput input{"log", &in};
  return import_sagemaker({&input, 1}, options);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("launches come back with the law they were drawn from", "[import_sagemaker]") {
  const SagemakerImport got = import(kHeader + log_of(lognormal(4.5, 0.3), 400, "ml.m5.xlarge") +
                                     log_of(lognormal(5.0, 0.5), 300, "ml.g5.xlarge"));
  REQUIRE(got.fits.size() == 5);
  const StartupFit &cpu = got.fits[0], &gpu = got.fits[1];
  CHECK(cpu.what == "launch on CPU instances");
  REQUIRE(cpu.fit);
  CHECK(cpu.observations == 400);
  CHECK(cpu.fit->components[0].mu == Approx(4.5).margin(0.002));
  CHECK(cpu.fit->components[0].sigma == Approx(0.3).margin(0.003));
  REQUIRE(gpu.fit);
  CHECK(gpu.fit->components[0].sigma == Approx(0.5).margin(0.005));
  CHECK(contains(got.overlay, "cpu: {median: 90.017s, p95: "));  // e^4.5 = 90.017
  CHECK(contains(got.overlay, "gpu: {median: 148.41s, p95: "));  // e^5 = 148.41
}

TEST_CASE("an overlay says what a scenario needs and nothing else", "[import_sagemaker]") {
  // All launches 60 s: sigma is the floor of 0.05, p95 = 60 exp(1.64485 x 0.05) = 65.143.
  const SagemakerImport got = import(kHeader + log_of(constant(60), 25, "ml.m5.xlarge"));
  const std::string law = "{median: 60s, p95: 65.143s}\n";
  CHECK(60 * std::exp(kZ95 * kLeastSigma) == Approx(65.143).epsilon(1e-5));
  // The 25 rows are alike, and a log that repeats a job counts it once.
  CHECK(got.overlay.empty());

  std::string rows;
  for (int i = 0; i < 25; ++i)
    rows += "2024-03-01T00:00:" + std::to_string(10 + i) + ",ml.m5.xlarge,60,80,110\n";
  CHECK(import(kHeader + rows).overlay ==
        "# Start-up of SageMaker training jobs, fitted from 25 logged jobs (2024-03-01 to "
        "2024-03-01).\n"
        "# Lay it over a scenario with  extends: [your-scenario.yaml, this-file.yaml]: its laws replace\n"
        "# the scenario's.\n"
        "# Each law: maximum likelihood, one lognormal or a mixture of two, whichever has the "
        "smaller\n"
        "# BIC; distance is the largest between the law and the jobs' own distribution function.\n"
        "schema: berth/scenario/1\n"
        "platforms:\n"
        "  sagemaker:\n"
        "    launch:\n"
        "      # 25 jobs; median 60 s, p90 63.97 s, p95 65.14 s; distance 0.500\n"
        "      cpu: " + law +
        "    capacity_errors:\n"
        "      # waits for capacity are part of the launches above\n"
        "      cpu: 0%\n"
        "    data_overhead:\n"
        "      # 25 jobs; median 20 s, p90 21.32 s, p95 21.71 s; distance 0.500\n"
        "      cpu: {median: 20s, p95: 21.714s}\n"
        "# Measured image steps, for comparison (Berth computes them from image sizes):\n"
        "#   CPU: 25 jobs, p10 30 s, median 30 s, p90 30 s\n");
}

TEST_CASE("two modes are written as a mixture", "[import_sagemaker]") {
  const Distribution law = mixture({{0.9, lognormal(4.6, 0.2)}, {0.1, lognormal(6.5, 0.1)}});
  const SagemakerImport got = import(kHeader + log_of(law, 1000, "ml.p4d.24xlarge"));
  CHECK(contains(got.overlay, "gpu: {mixture: [{weight: 90%, of: {median: 99.4"));  // e^4.6 = 99.48
}

TEST_CASE("too few jobs are not fitted, and their number is named", "[import_sagemaker]") {
  const SagemakerImport got = import(kHeader + log_of(lognormal(4.5, 0.3), 19, "ml.g5.xlarge") +
                                     log_of(lognormal(4.5, 0.3), 20, "ml.m5.xlarge"));
  CHECK(got.fits[0].fit);
  CHECK_FALSE(got.fits[1].fit);
  CHECK(contains(summary(got), "launch on GPU instances: not fitted, 19 of at least 20"));
  CHECK_FALSE(contains(got.overlay, "gpu:"));

  CHECK(import(kHeader).overlay.empty());
}

TEST_CASE("jobs before a year can be left out", "[import_sagemaker]") {
  const std::string log = kHeader + log_of(lognormal(5.0, 0.2), 50, "ml.m5.xlarge", 2019) +
                          log_of(lognormal(4.0, 0.2), 50, "ml.m5.xlarge", 2024);
  const SagemakerImport got = import(log, {.from_year = 2024});
  CHECK(got.history.left_out.at("created before 2024") == 50);
  CHECK(contains(got.overlay, "cpu: {median: 54.598s"));  // e^4
}

TEST_CASE("what was left out is counted for the reader", "[import_sagemaker]") {
  const SagemakerImport got = import(
      kHeader + "2024-03-01T00:00:00,ml.m5.xlarge,0,0,0\n2024-03-01T00:00:00,ml.m5.xlarge,,,\n" +
      "2024-03-01T00:00:00,,50,70,90\n2024-03-01T00:00:00,laptop,50,70,90\n" +
      "2024-03-01T00:00:00,ml.m5.xlarge,50,50,90\n");
  const std::string text = summary(got);
  CHECK(contains(text, "5 jobs found, 1 used\n"));
  CHECK(contains(summary(import(kHeader + "2024-03-01T00:00:00,ml.m5.xlarge,50,70,90\n")),
                 "1 job found, 1 used\n"));
  CHECK(contains(text, "left out:      1  a start that took no time (local mode)\n"));
  CHECK(contains(text, "left out:      1  phases missing: neither a launch nor a wait for one\n"));
  CHECK(contains(text, "left out:      1  unknown instance type\n"));
  CHECK(contains(text, "left out:      1  no instance type\n"));
  CHECK(contains(text, "launch on CPU instances: not fitted, 1 of at least 20 observations\n"));
}

// ---- What only DescribeTrainingJob tells -------------------------------------------------------

std::string job(int number, double launch, const std::string& message = "", bool stopped = false,
                const std::string& more = "", int instances = 1) {
  const double created = 1.7e9 + 1000 * number;
  const std::string begin = rounded(created), end = rounded(created + launch);
  std::string text = R"({"TrainingJobName": "job-)" + std::to_string(number) +
                     R"(", "CreationTime": )" + begin +
                     R"(, "ResourceConfig": {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": )" +
                     std::to_string(instances) + "}," +
                     R"("SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": )" +
                     begin + R"(, "EndTime": )" + end + R"(, "StatusMessage": ")" + message +
                     R"("})";
  if (!stopped) text += R"(, {"Status": "Downloading", "StartTime": )" + end + "}";
  return text + "]" + more + "}\n";
}

TEST_CASE("enough waits for capacity become a chance and a law of their own",
          "[import_sagemaker]") {
  std::string log;
  for (int i = 0; i < 75; ++i) log += job(i, quantile(lognormal(5, 0.2), (i + 0.5) / 75));
  for (int i = 0; i < 25; ++i)
    log += job(100 + i, std::exp(5) + quantile(lognormal(6, 0.3), (i + 0.5) / 25),
               "Insufficient capacity error, retrying");
  const SagemakerImport got = import(log);
  CHECK(contains(got.overlay, "gpu: {median: 148.4"));  // e^5: launches without the waits
  CHECK(contains(got.overlay, "# 25 jobs met a lack of capacity\n      gpu: 25%\n"));
  // Beyond a usual launch e^6 = 403.43 s; one of 1/(1-p) retries takes 3/4 of that, 302.57 s.
  CHECK(contains(got.overlay, "gpu: {median: 302.5"));
}

TEST_CASE("few waits for capacity stay in the launch, and are not counted twice",
          "[import_sagemaker]") {
  std::string log;
  for (int i = 0; i < 40; ++i) log += job(i, quantile(lognormal(5, 0.2), (i + 0.5) / 40));
  for (int i = 0; i < 6; ++i) log += job(100 + i, 2000 + 10 * i, "Insufficient capacity error");
  const SagemakerImport got = import(log);
  CHECK(contains(got.overlay, "gpu: {mixture: [{weight: 86.96%"));  // 40 of 46
  CHECK(contains(got.overlay, "gpu: 0%\n"));
  CHECK_FALSE(contains(got.overlay, "retry"));
}

TEST_CASE("jobs stopped while they waited lengthen the tail", "[import_sagemaker]") {
  std::string log, stopped;
  for (int i = 0; i < 40; ++i) log += job(i, quantile(lognormal(5, 0.2), (i + 0.5) / 40));
  for (int i = 0; i < 5; ++i) stopped += job(100 + i, 170, "", true);
  const double without = quantile(import(log).fits[1].fit->law(), 0.95);
  const SagemakerImport with = import(log + stopped);
  CHECK(with.fits[1].lower_bounds == 5);
  CHECK(quantile(with.fits[1].fit->law(), 0.95) > without);
  CHECK(contains(with.overlay, "# 40 jobs and 5 that gave up waiting; "));
}

TEST_CASE("warm starts are a law of their own", "[import_sagemaker]") {
  std::string log;
  for (int i = 0; i < 25; ++i) {
    const std::string next = std::to_string(100 + i);
    log += job(i, 140 + i, "", false,
               R"(, "WarmPoolStatus": {"Status": "Reused", "ReusedByJob": "job-)" + next + "\"}");
    log += job(100 + i, 16);
  }
  const SagemakerImport got = import(log);
  CHECK(contains(got.overlay, "warm_start: {median: 16s"));
  CHECK(got.fits[1].observations == 25);  // the cold ones only
}

TEST_CASE("a group's wait is not an instance's", "[import_sagemaker]") {
  std::string log;
  for (int i = 0; i < 30; ++i) log += job(i, 100) + job(100 + i, 500, "", false, "", 8);
  const SagemakerImport got = import(log);
  CHECK(contains(got.overlay, "gpu: {median: 100s"));
  CHECK(contains(summary(got), "not in the launches: 30 jobs of several instances\n"));
}

TEST_CASE("a file that is no history is named, and nothing is written", "[import_sagemaker]") {
  std::istringstream good(kHeader + log_of(lognormal(4.5, 0.3), 30, "ml.m5.xlarge")), bad("hello");
  const HistoryInput inputs[] = {{"good.csv", &good}, {"bad.txt", &bad}};
  const SagemakerImport got = import_sagemaker(inputs);
  CHECK(got.overlay.empty());
  CHECK(contains(summary(got), "bad.txt:1:1: error: expected a phase log"));
}

// ---- In a scenario -----------------------------------------------------------------------------

Loaded lay_over(const std::string& overlay, const std::string& launch) {
  namespace fs = std::filesystem;
  const fs::path folder = own_path("import_sagemaker_test");
  fs::create_directories(folder);
  std::ofstream(folder / "base.yaml") << "schema: berth/scenario/1\n"
      "horizon: 1d\nimages: {trainer: {size: 2GB, unpacked: 5GB, layers: 9}}\n"
      "platforms: {sagemaker: {kind: sagemaker, default_training_quota: 9, launch: "
      << launch << "}}\n"
      "training: {retrain: {image: trainer, schedule: {every: 1h}, needs: {cpu: 2, memory: 4GiB},"
      " duration: 4min}}\n"
      "placements: {all: {training: {\"*\": {platform: sagemaker, instance_type: ml.m5.xlarge}}}}\n";
  std::ofstream(folder / "measured.yaml") << overlay;
  std::ofstream(folder / "both.yaml") << "extends: [base.yaml, measured.yaml]\n";
  Loaded loaded = load_scenario((folder / "both.yaml").string());
  fs::remove_all(folder);
  return loaded;
}

TEST_CASE("an overlay gives a scenario the laws that were fitted", "[import_sagemaker]") {
  const Distribution mixed = mixture({{0.9, lognormal(4.6, 0.2)}, {0.1, lognormal(6.5, 0.1)}});
  const SagemakerImport got = import(kHeader + log_of(mixed, 777, "ml.p4d.24xlarge") +
                                     log_of(lognormal(4.5, 0.3), 333, "ml.m5.xlarge"));
  const Loaded loaded = lay_over(got.overlay, "2024");
  INFO(render_issues(loaded));
  REQUIRE(loaded.scenario);
  const auto& sagemaker = std::get<SageMaker>(loaded.scenario->platforms.at(0));
  for (double p : {0.1, 0.5, 0.9, 0.99}) {
    // The text keeps five digits of a time and four of a weight.
    CHECK(quantile(sagemaker.launch_cpu, p) ==
          Approx(quantile(got.fits[0].fit->law(), p)).epsilon(1e-3));
    CHECK(quantile(sagemaker.launch_gpu, p) ==
          Approx(quantile(got.fits[1].fit->law(), p)).epsilon(5e-3));
  }
  CHECK(sagemaker.capacity_error_cpu == 0);
  CHECK(sagemaker.capacity_error_gpu == 0);
  CHECK(quantile(sagemaker.data_overhead_cpu, 0.5) == Approx(20));
}

TEST_CASE("another platform's name is written as YAML reads it", "[import_sagemaker]") {
  const std::string log = kHeader + log_of(lognormal(4.5, 0.3), 30, "ml.m5.xlarge");
  CHECK(contains(import(log, {.platform = "sm-eu"}).overlay, "platforms:\n  sm-eu:\n"));
  CHECK(contains(import(log, {.platform = "a: b"}).overlay, "platforms:\n  \"a: b\":\n"));
}

TEST_CASE("the public log gives the medians published for it", "[import_sagemaker]") {
  const std::string path = BERTH_SOURCE_DIR "/../shared/data/startup/sagemaker_phase_log.csv";
  std::ifstream in(path);
  if (!in) {
    WARN("skipped: no shared data beside the source");
    return;
  }
  const HistoryInput input{path, &in};
  const SagemakerImport all = import_sagemaker({&input, 1});
  CHECK(all.history.records == 219);  // the file's rows
  // Published of the whole set of 377 jobs, of which these are a part: CPU launches had a median of
  // 143 s in 2018-21 and 90 s from 2022 on, GPU launches 166 s and 134 s.
  std::ifstream again(path);
  const HistoryInput second{path, &again};
  const SagemakerImport recent = import_sagemaker({&second, 1}, {.from_year = 2022});
  REQUIRE(recent.fits[0].fit);
  REQUIRE(recent.fits[1].fit);
  CHECK(quantile(recent.fits[0].fit->law(), 0.5) == Approx(90).epsilon(0.10));
  CHECK(quantile(recent.fits[1].fit->law(), 0.5) == Approx(134).epsilon(0.10));
  CHECK(quantile(all.fits[1].fit->law(), 0.5) > 134);
  CHECK(quantile(all.fits[1].fit->law(), 0.5) < 166);
}

}  // namespace
}  // namespace berth
