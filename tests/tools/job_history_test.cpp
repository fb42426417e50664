#include "tools/job_history.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace berth {
namespace {

JobHistory read(const std::string& text, const std::string& name = "log") {
  std::istringstream in(text);
  const HistoryInput input{name, &in};
  return read_job_history({&input, 1});
}

std::string one_reason(const JobHistory& history) {
  return history.left_out.size() == 1 ? history.left_out.begin()->first : "";
}

const std::string kHeader =
    "job_start_utc,instance_type,t_launch_requested,t_preparing,t_downloading_data,"
    "t_downloading_image,t_training_started,t_uploading,t_done\n";

TEST_CASE("a row of a phase log tells its phases", "[job_history]") {
  const JobHistory got = read(kHeader + "2023-08-04T15:24:18,ml.g4dn.xlarge,,15,81,132,293,339,350\n");
  REQUIRE(got.jobs.size() == 1);
  const LoggedJob& job = got.jobs[0];
  CHECK(job.accelerator == Accelerator::gpu);
  CHECK(job.year == 2023);
  CHECK(job.launch_s == 81.0);
  CHECK(job.data_s == 51.0);    // 132 - 81
  CHECK(job.image_s == 161.0);  // 293 - 132
  CHECK_FALSE(job.waited_s);
}

TEST_CASE("what a row leaves out is absent, not 0", "[job_history]") {
  struct Row {
    const char* because;
    const char* times;
    std::optional<double> launch, waited, data, image;
  };
  const Row rows[] = {
      {"without an image step its end is not the data's", "3,30,80,,120,130,140", 80.0, {}, {}, {}},
      {"without a data step the image is the first download", "3,30,,90,120,130,140", 90.0, {}, {},
       30.0},
      {"the log ends while waiting: at least that long", "3,30,,,,,", {}, 30.0, {}, {}},
      {"later phases without a download tell nothing", "3,30,,,,130,140", {}, {}, {}, {}},
      {"a data step below the clock's step took 0 s", "3,30,80,80,100,,", 80.0, {}, 0.0, 20.0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const JobHistory got =
        read(kHeader + "2023-08-04T15:24:18,ml.m5.xlarge," + row.times + "\n");
    REQUIRE(got.jobs.size() == 1);
    CHECK(got.jobs[0].launch_s == row.launch);
    CHECK(got.jobs[0].waited_s == row.waited);
    CHECK(got.jobs[0].data_s == row.data);
    CHECK(got.jobs[0].image_s == row.image);
  }
}

TEST_CASE("records that cannot be trusted are counted by reason", "[job_history]") {
  struct Row {
    const char* row;
    const char* reason;
  };
  const Row rows[] = {
      {"2023-08-04T15:24:18,ml.m5.xlarge,3,30,80,70,90,,", "phases out of order"},
      {"2023-08-04T15:24:18,ml.m5.xlarge,-5,30,80,,90,,",
       "clock skew: times before the creation or weeks after it"},
      {"2023-08-04T15:24:18,ml.m5.xlarge,3,30,9999999,,,,",
       "clock skew: times before the creation or weeks after it"},
      {"2023-08-04T15:24:18,local_gpu,3,30,80,,90,,", "unknown instance type"},
      {"1999-08-04T15:24:18,ml.m5.xlarge,3,30,80,,90,,", "creation time out of range"},
      {"2023-08-04,ml.m5.xlarge,3,30,80,,90,,", "a row with an unreadable number or time"},
      {"2023-08-04T15:24:18,ml.m5.xlarge,3,nan,80,,90,,", "a row with an unreadable number or time"},
      {"2023-08-04T15:24:18,ml.m5.xl", "a row that breaks off or has too many fields"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row);
    const JobHistory got = read(kHeader + row.row);
    CHECK(got.jobs.empty());
    CHECK(got.records == 1);
    CHECK(one_reason(got) == row.reason);
  }
}

TEST_CASE("a row that cannot be read says where and what was found", "[job_history]") {
  struct Row {
    const char* row;
    const char* message;
  };
  const Row rows[] = {
      {"2023-08-04T15:24:18,ml.m5.xlarge,3,30,80s,,90,,",
       "t_downloading_data: expected seconds since the creation, found \"80s\"; the row is left out"},
      {"04.08.2023 15:24,ml.m5.xlarge,3,30,80,,90,,",
       "job_start_utc: expected a time as 2024-05-31T08:15:00, found \"04.08.2023 15:24\"; the row is "
       "left out"},
      {"2023-08-04T15:24:18,ml.m5.xl", "a row of 2 fields where the header has 9; it is left out"},
  };
  for (const Row& row : rows) {
    const JobHistory got = read(kHeader + row.row);
    REQUIRE(got.issues.size() == 1);
    CHECK(got.issues[0].line == 2);
    CHECK(got.issues[0].message == row.message);
  }
}

TEST_CASE("a row seen twice counts once", "[job_history]") {
  const std::string row = "2023-08-04T15:24:18,ml.m5.xlarge,3,30,80,,90,,\n";
  const JobHistory got = read(kHeader + row + row);
  CHECK(got.jobs.size() == 1);
  CHECK(got.records == 2);
  CHECK(one_reason(got) == "seen before");
}

TEST_CASE("a log that a spreadsheet wrote anew is the same log", "[job_history]") {
  const std::string once = "job_start_utc,instance_type,t_downloading_data,source\n"
                           "2023-08-04T15:24:18,ml.m5.xlarge,80.0,a\n";
  const std::string again = "source,t_downloading_data,job_start_utc,instance_type\n"
                            "\"a\",80,2023-08-04T15:24:18Z,\"ml.m5.xlarge\"\n";
  const std::string another = "source,t_downloading_data,job_start_utc,instance_type\n"
                              "b,80,2023-08-04T15:24:18Z,ml.m5.xlarge\n";
  std::istringstream first(once), second(again), third(another);
  const HistoryInput inputs[] = {{"once", &first}, {"again", &second}, {"another", &third}};
  const JobHistory got = read_job_history(inputs);
  CHECK(got.records == 3);
  CHECK(got.jobs.size() == 2);  // another source, another job
  CHECK(one_reason(got) == "seen before");
}

TEST_CASE("quotes, byte order mark and Windows line ends are read as spreadsheets write them",
          "[job_history]") {
  const JobHistory got = read("\xEF\xBB\xBFjob_start_utc,instance_type,t_downloading_data\r\n"
                              "2023-08-04T15:24:18,\"ml.m5.xlarge\",80\r\n");
  REQUIRE(got.jobs.size() == 1);
  CHECK(got.jobs[0].launch_s == 80.0);
}

TEST_CASE("a file that is neither log nor answer is an error", "[job_history]") {
  for (const char* text : {"", "hello\n", "a,b,c\n1,2,3\n"}) {
    const JobHistory got = read(text);
    REQUIRE(got.issues.size() == 1);
    CHECK(got.issues[0].severity == Severity::error);
    CHECK(got.issues[0].message ==
          "expected a phase log with the columns job_start_utc, instance_type and "
          "t_downloading_data, or DescribeTrainingJob answers as JSON");
  }
  CHECK(read("[]").issues.at(0).message == "no training job and no Kubernetes object found in this file");
  CHECK(read(kHeader).issues.at(0).message == "no training job and no Kubernetes object found in this file");
}

TEST_CASE("a number that no double holds costs its document, not the run", "[job_history]") {
  const JobHistory got =
      read(R"([{"TrainingJobName": "a", "CreationTime": 1700000000, "ResourceConfig": {}},)"
           R"( {"TrainingJobName": "b", "CreationTime": 1e999}])");
  CHECK(got.jobs.size() == 1);
  CHECK(one_reason(got) == "a job in broken JSON");
  REQUIRE(got.issues.size() == 1);
  CHECK(got.issues[0].severity == Severity::warning);
}

// ---- DescribeTrainingJob -----------------------------------------------------------------------

// A job created at 1,700,000,000 (2023-11-14) with the given transitions.
std::string answer(const std::string& name, const std::string& transitions,
                   const std::string& more = "") {
  return R"({"TrainingJobName": ")" + name +
         R"(", "CreationTime": 1700000000, "ResourceConfig": {"InstanceType": "ml.m5.xlarge",)" +
         R"( "InstanceCount": 1}, "SecondaryStatusTransitions": [)" + transitions + "]" + more +
         "}";
}
std::string transition(const std::string& status, double from, double to,
                       const std::string& message = "") {
  std::ostringstream text;
  text.precision(12);
  text << R"({"Status": ")" << status << R"(", "StartTime": )" << 1'700'000'000 + from
       << R"(, "EndTime": )" << 1'700'000'000 + to << R"(, "StatusMessage": ")" << message
       << R"("})";
  return text.str();
}
const std::string kUsual = transition("Starting", 0, 60) + "," +
                           transition("Downloading", 60, 90, "Downloading input data") + "," +
                           transition("Training", 90, 200);

TEST_CASE("jobs are found in every shape an answer is kept in", "[job_history]") {
  const std::string a = answer("a", kUsual), b = answer("b", kUsual);
  const std::string shapes[] = {
      "[" + a + ",\n" + b + "]",
      R"({"TrainingJobs": [)" + a + "," + b + R"(], "NextToken": "x"})",
      a + "\n" + b + "\n",
      "\n" + a + "\n\n  " + b,
      "{\n\"TrainingJobs\": [" + a + "]\n}\n{\"TrainingJobs\": [" + b + "]}",
      R"([{"Job": )" + a + R"(}, {"Job": )" + b + "}]",
  };
  for (const std::string& shape : shapes) {
    CAPTURE(shape);
    const JobHistory got = read(shape);
    CHECK(got.issues.empty());
    REQUIRE(got.jobs.size() == 2);
    CHECK(got.jobs[1].key == "b");
    CHECK(got.jobs[1].launch_s == 60.0);
    CHECK(got.jobs[1].data_s == 30.0);
  }
}

TEST_CASE("statuses become phases", "[job_history]") {
  struct Row {
    const char* because;
    std::string transitions;
    std::optional<double> launch, waited, data, image;
    bool capacity_wait = false;
  };
  const Row rows[] = {
      {"Downloading that ends with the image covers both", transition("Starting", 0, 60) + "," +
           transition("Downloading", 60, 200, "Downloading the training image"), 60.0, {}, {}, {}},
      {"the old names of a launch and its image step", transition("LaunchingMLInstances", 0, 100) +
           "," + transition("PreparingTrainingStack", 100, 120) + "," +
           transition("DownloadingTrainingImage", 120, 150) + "," + transition("Training", 150, 160),
       120.0, {}, {}, 30.0},
      {"stopped while it waited", transition("Pending", 0, 50) + "," +
           transition("Starting", 50, 400) + "," + transition("Stopped", 400, 400), {}, 400.0, {},
       {}},
      {"no capacity at first", transition("Starting", 0, 900,
           "Insufficient capacity error from EC2 while launching instances, retrying!") + "," +
           transition("Downloading", 900, 950), 900.0, {}, {}, {}, true},
      {"only the first attempt counts", kUsual + "," + transition("Interrupted", 200, 201) + "," +
           transition("Starting", 201, 900, "insufficient capacity") + "," +
           transition("Downloading", 900, 999, "Downloading input data"), 60.0, {}, 30.0, {}},
      {"a rounding second before the creation is the creation", transition("Downloading", -0.5, 10,
           "Downloading input data"), 0.0, {}, 10.5, {}},
      {"a status of the future is passed over", transition("Juggling", 0, 30) + "," + kUsual, 60.0,
       {}, 30.0, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const JobHistory got = read(answer("a", row.transitions));
    REQUIRE(got.jobs.size() == 1);
    CHECK(got.jobs[0].launch_s == row.launch);
    CHECK(got.jobs[0].waited_s == row.waited);
    CHECK(got.jobs[0].data_s == row.data);
    CHECK(got.jobs[0].image_s == row.image);
    CHECK(got.jobs[0].capacity_wait == row.capacity_wait);
  }
}

TEST_CASE("a job that failed for want of capacity waited at least until then", "[job_history]") {
  const JobHistory got = read(answer("a", transition("Starting", 0, 3600),
                                     R"(, "FailureReason": "CapacityError: Unable to provision")"));
  CHECK(got.jobs.at(0).waited_s == 3600.0);
  CHECK(got.jobs.at(0).capacity_wait);
}

TEST_CASE("without transitions the start of training ends the launch", "[job_history]") {
  const JobHistory got = read(answer("a", "", R"(, "TrainingStartTime": 1700000077.5)"));
  CHECK(got.jobs.at(0).launch_s == 77.5);
}

TEST_CASE("answers that cannot be trusted are counted by reason", "[job_history]") {
  CHECK(one_reason(read(answer("a", transition("Starting", -60, 10)))) ==
        "clock skew: times before the creation or weeks after it");
  CHECK(one_reason(read(answer("a", transition("Downloading", 90, 95) + "," +
                                        transition("Training", 60, 99)))) == "phases out of order");
  CHECK(one_reason(read(answer("a", transition("Downloading", 90, 30)))) == "phases out of order");
  CHECK(one_reason(read(R"({"TrainingJobSummaries": [{"TrainingJobName": "a",
      "CreationTime": 1700000000, "TrainingJobStatus": "Completed"}]})")) ==
        "a summary from ListTrainingJobs, without type and phases");
  CHECK(one_reason(read(R"({"TrainingJobName": "a", "CreationTime": "soon",
      "ResourceConfig": {}})")) == "a creation time that cannot be read");
}

TEST_CASE("of two answers about one job the later one counts", "[job_history]") {
  const std::string early =
      answer("a", transition("Starting", 0, 30), R"(, "LastModifiedTime": 1700000030)");
  const std::string late = answer("a", kUsual, R"(, "LastModifiedTime": 1700000200)");
  for (const std::string& text : {early + late, late + early}) {
    const JobHistory got = read(text);
    REQUIRE(got.jobs.size() == 1);
    CHECK(got.jobs[0].launch_s == 60.0);
    CHECK(got.left_out.at("seen before") == 1);
  }
}

TEST_CASE("a job that took over another's instances started warm", "[job_history]") {
  const JobHistory got = read(
      answer("a", kUsual, R"(, "WarmPoolStatus": {"Status": "Reused", "ReusedByJob": "b"})") +
      answer("b", kUsual));
  REQUIRE(got.jobs.size() == 2);
  CHECK_FALSE(got.jobs[0].warm);
  CHECK(got.jobs[1].warm);
}

TEST_CASE("a file that breaks off gives the jobs before the break", "[job_history]") {
  const std::string whole = "[" + answer("a", kUsual) + ",\n" + answer("b", kUsual) + "]";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const JobHistory got = read(whole.substr(0, size));
    CAPTURE(size);
    const std::size_t first_end = whole.find(",\n");
    CHECK(got.jobs.size() == (size < first_end ? 0u : size < whole.size() - 1 ? 1u : 2u));
    REQUIRE(got.issues.size() == 1);
    CHECK(got.issues[0].message == "the file breaks off here; jobs before this point are used");
    CHECK(got.issues[0].line == (size <= first_end + 1 ? 1 : 2));
  }
}

TEST_CASE("a broken line costs itself only", "[job_history]") {
  const JobHistory got = read(answer("a", kUsual) + "\n" + answer("b", kUsual).substr(0, 50) +
                              "\n" + answer("c", kUsual) + "\n");
  CHECK(got.jobs.size() == 2);
  REQUIRE(got.issues.size() == 1);
  CHECK(got.issues[0].line == 2);
}

TEST_CASE("fields of the wrong type are as good as absent", "[job_history]") {
  const JobHistory got = read(R"([{"TrainingJobName": 7, "CreationTime": 1700000000,
      "ResourceConfig": "none", "SecondaryStatusTransitions": [3, null, {"Status": []}],
      "WarmPoolStatus": [], "FailureReason": {}}])");
  CHECK(got.records == 1);
}

TEST_CASE("times are read as the command line, boto3 and logs write them", "[job_history]") {
  struct Row {
    const char* text;
    std::optional<double> expected;
  };
  // 2026-08-01 is day 20,666 after 1970-01-01: 56 years x 365 + 14 leap days + 212 = 20,666.
  const double day = 20666.0 * 86400;
  const Row rows[] = {
      {"2026-08-01T00:00:00Z", day},
      {"2026-08-01T01:01:03.120000+00:00", day + 3663.12},
      {"2026-08-01T02:00:00+02:00", day},
      {"2026-07-31T18:30:00-0530", day},
      {"2026-08-01 00:00:01", day + 1},
      {"1970-01-01T00:00:00", 0.0},
      {"2026-02-30T00:00:00Z", {}},
      {"2026-08-01T00:60:00Z", {}},
      {"2026-08-01T00:00:00 PST", {}},
      {"2026-08-01T00:00:00.Z", {}},
      {"2026-08-01", {}},
      {"", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_time(row.text) == row.expected);
  }
}

TEST_CASE("a type's name tells whether it has accelerators", "[job_history]") {
  for (const char* type : {"ml.g5.xlarge", "ml.p4d.24xlarge", "ml.trn1.2xlarge", "ml.inf2.xlarge"})
    CHECK(accelerator_of(type) == Accelerator::gpu);
  for (const char* type : {"ml.m5.large", "ml.c6i.4xlarge", "ml.r5.24xlarge", "ml.t3.medium"})
    CHECK(accelerator_of(type) == Accelerator::none);
  for (const char* type : {"", "m5.large", "ml.m5", "ml.m5.", "ml..large", "ml.5.large", "local"})
    CHECK_FALSE(accelerator_of(type));
}

TEST_CASE("the shapes AWS answers in are read", "[job_history]") {
  const std::string folder = BERTH_SOURCE_DIR "/../shared/data/formats/";
  std::ifstream on_demand(folder + "sagemaker_DescribeTrainingJob.ondemand.sample.json");
  std::ifstream spot(folder + "sagemaker_DescribeTrainingJob.spot.sample.json");
  if (!on_demand || !spot) {
    WARN("skipped: no shared data beside the source");
    return;
  }
  const HistoryInput inputs[] = {{"on demand", &on_demand}, {"spot", &spot}};
  const JobHistory got = read_job_history(inputs);
  REQUIRE(got.jobs.size() == 2);
  CHECK(got.jobs[0].launch_s == Approx(196.88));  // 01:01:03.12 to 01:04:20
  CHECK_FALSE(got.jobs[0].data_s);
  CHECK(got.jobs[0].instances == 2);
  CHECK(got.jobs[1].launch_s == 360.0);  // 02:00 to 02:06
  CHECK(got.jobs[1].data_s == 360.0);    // to 02:12, of the first attempt
}

}  // namespace
}  // namespace berth
