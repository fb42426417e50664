#include "tests/conformance/validation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth::conformance {
namespace {

const char* const kHeader =
    R"(# Validation

Written by `berth-conformance --markdown docs/validation.md FILE...`; `./run-tests` holds this page to
the run. What is compared here was published or has a known answer. Start-ups are no blind test: the
parameters of their environments and of the synthesised layers were chosen with these publications at hand,
and where one set a parameter, its row says so: it fits by construction.

)";

const char* const kStarts =
    R"(## Published start-ups

Whole pulls and their alternatives, in seconds, through the same models as `berth simulate`. One set of
parameters an environment, none a case: what is in the case's words (instance type, network, disk,
registry, sizes) decides. Unpacked bytes that are not published are 2.4 times the compressed ones. An image
without any size is sized by its own whole pull, which then is no prediction. What is read before ready is
6.4 % of an image, but assumed by a case's words where they tell of another application: all of a model in the
image, 36 % of an inference service, 2 % of a code editor; a sixth of it before the first process runs.

)";

const char* const kLeftOut =
    R"(### Deliberately not reproduced

* The noise between two runs of one thing. Studio's two JupyterLab starts took 231 and 331 s on machines of
  which the slower start had the faster one; one set of parameters cannot give both.
* The inflate rate of one image. Go's gzip does 172 to 256 MiB/s by what it inflates; every image here has
  220 MB/s.
* Bottlerocket's retuning between 2025 and 2026 (240 and 403 MB/s of one image family): one rate between.
* What an application does after its files are there, where nobody published it: an image without
  sizes whose start is mostly its application's comes out too large, and its lazy start too slow or too
  fast with it.
* Lazy loading that wins until about 80 % of an image is read (published for one image and machine): reads are
  served one after the other here, or at the slowest stage of a long read, and never wait for the disk. With local NVMe
  lazy loses to the parallel mode earlier, on gp3 as it is created later. `berth breakeven` prints where.
* Traces of what is read (prefetch lists), other formats (Nydus, Starlight), peer-to-peer distribution.
* Registry throttling and failures after the mount.

)";

const char* const kUnused =
    R"(
Of these the following are formulas that other parts are held to, or rules that no command asks: that they pass
says nothing of `berth simulate`. Queues in closed form beside their `/simulated` line: load_balancing,
p2c_meanfield, mdc, mmpp_mmc, mtginf, and without one mg1_priority, mg1_ps, ps_capped, finite_source. Sharing:
maxmin by the definition (simulations share by processor sharing or SimGrid, which tests hold to it). Starts:
lru_cache, gang_startup_max, gang_schedule (gangs are simulated pod by pod). Statistics: mser5, quantile_ci,
control_variate, ar1_mean. Planning: server_allocation, ocba. Karpenter: karpenter_balanced_score, of a policy
that is not the default.
)";

std::string seconds(double value) { return fmt::format("{:.{}f}", value, value < 10 ? 2 : 1); }

std::string key_text(const std::string& key) { return key == "eager_s" ? "whole pull" : key; }

std::string row(const PublishedStart& start, const StartFigure& figure) {
  std::string text = fmt::format("| {} | {} | {} | {} | {} | {} |", start.id, start.image,
                                 start.environment, key_text(figure.key), seconds(figure.published),
                                 figure.simulated ? seconds(*figure.simulated) : "-");
  if (!figure.counts()) return text + " - | " + figure.because + " |\n";
  std::string note = figure.sets.empty() ? "" : "set " + figure.sets;
  if (std::abs(figure.error()) > kLargestStartError)
    note += note.empty() ? "beyond 35 %" : "; beyond 35 %";
  return text + fmt::format(" {:+.0f} % | {} |\n", 100 * figure.error(), note);
}

std::string starts_section(const std::vector<PublishedStart>& starts) {
  if (starts.empty()) return "";
  std::string text = kStarts;
  text += "| case | image | environment | way | published | simulated | error | |\n";
  text += "| --- | --- | --- | --- | ---: | ---: | ---: | --- |\n";
  for (const PublishedStart& start : starts)
    for (const StartFigure& figure : start.figures) text += row(start, figure);
  const StartErrors errors = start_errors(starts);
  text += fmt::format(
      "\n{} figures count: median absolute error {:.1f} %, the largest {:.1f} % ({}). Without "
      "those that set "
      "a\nparameter, which fit by construction, {} are left: median {:.1f} %.\n\n",
      errors.figures, 100 * errors.median, 100 * errors.largest, errors.largest_of, errors.free,
      100 * errors.free_median);
  text +=
      "### Environments\n\n| environment | parameters | where they are from |\n| --- | --- | --- "
      "|\n";
  for (const EnvironmentRow& e : published_environments())
    text += fmt::format("| {} | {} | {} |\n", e.name, e.parameters, e.source);
  return text + "\n" + kLeftOut;
}

std::string families_section(const std::vector<FamilyCount>& families) {
  std::string text =
      "## Families of cases\n\n`/simulated`: by the request engine, where the family has a formula "
      "as "
      "well.\n\n| file | family | passed | failed | skipped |\n| --- | --- | ---: | ---: | ---: "
      "|\n";
  FamilyCount all;
  for (const FamilyCount& f : families) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", f.file, f.family, f.passed, f.failed,
                        f.skipped);
    all.passed += f.passed;
    all.failed += f.failed;
    all.skipped += f.skipped;
  }
  return text + fmt::format("| | **all** | {} | {} | {} |\n", all.passed, all.failed, all.skipped) +
         kUnused;
}

}  // namespace

namespace {

double median_of(std::vector<double> sizes) {
  if (sizes.empty()) return 0;
  std::ranges::sort(sizes);
  const std::size_t half = sizes.size() / 2;
  return sizes.size() % 2 == 1 ? sizes[half] : (sizes[half - 1] + sizes[half]) / 2;
}

}  // namespace

StartErrors start_errors(const std::vector<PublishedStart>& starts) {
  StartErrors errors;
  std::vector<double> sizes, free;
  for (const PublishedStart& start : starts)
    for (const StartFigure& figure : start.figures) {
      if (!figure.counts()) continue;
      sizes.push_back(std::abs(figure.error()));
      if (figure.sets.empty()) free.push_back(sizes.back());
      if (sizes.back() <= errors.largest) continue;
      errors.largest = sizes.back();
      errors.largest_of = start.id + " " + key_text(figure.key);
    }
  errors.figures = static_cast<int>(sizes.size());
  errors.free = static_cast<int>(free.size());
  errors.median = median_of(std::move(sizes));
  errors.free_median = median_of(std::move(free));
  return errors;
}

namespace {

struct Subject {
  const char *what, *against, *result;
  bool (*holds)(const FamilyCount&);
};
constexpr Subject kSubjects[] = {
    {"Queueing, billing, statistics, planning", "textbook closed forms and exact small cases",
     "{} cases agree, {} differ",
     [](const FamilyCount& f) { return f.file == "validation_public.json"; }},
    {"HorizontalPodAutoscaler", "cases of Kubernetes' own test suites",
     "{} cases give the same integers, {} do not",
     [](const FamilyCount& f) { return f.file == "hpa.json"; }},
    {"Scheduler", "cases of Kubernetes' own test suites",
     "{} cases give the same scores, {} do not",
     [](const FamilyCount& f) { return f.file == "scheduler.json"; }},
    {"Karpenter and Cluster Autoscaler", "cases of their own test suites",
     "{} cases give the same answers, {} do not",
     [](const FamilyCount& f) {
       return f.family.starts_with("karpenter_") || f.family.starts_with("ca_");
     }},
    {"Knative's autoscaler", "cases of its own test suite",
     "{} cases give the same integers, {} do not",
     [](const FamilyCount& f) { return f.family.starts_with("knative_"); }},
    {"Pods and reservations of EKS nodes", "AWS's rules and lists", "{} cases agree, {} do not",
     [](const FamilyCount& f) { return f.family.starts_with("eks_"); }},
    {"Other cases", "files beside these", "{} cases agree, {} do not",
     [](const FamilyCount& f) { return f.family != "published start-ups"; }},
};

}  // namespace

std::string scorecard(const std::vector<PublishedStart>& starts,
                      const std::vector<FamilyCount>& families,
                      const std::vector<std::string>& more) {
  std::string text = "What\tAgainst\tResult\tCommand\n";
  std::vector<FamilyCount> left = families;
  for (const Subject& subject : kSubjects) {
    int passed = 0, failed = 0;
    std::erase_if(left,
                  [&](const FamilyCount& count) {  // the first subject that holds it counts it
                    if (!subject.holds(count)) return false;
                    passed += count.passed, failed += count.failed;
                    return true;
                  });
    if (passed + failed > 0)
      text += fmt::format("{}\t{}\t{}\t./run-tests\n", subject.what, subject.against,
                          fmt::format(fmt::runtime(subject.result), passed, failed));
  }
  if (const StartErrors errors = start_errors(starts); errors.figures > 0)
    text += fmt::format(
        "Published start-ups\t{} figures of image pulls and lazy starts; their environments were "
        "set "
        "with them at hand\tmedian error {:.1f} %, largest {:.1f} %\t./run-tests\n",
        errors.figures, 100 * errors.median, 100 * errors.largest);
  for (const std::string& line : more) text += line + "\n";
  return text;
}

namespace {

// Lines of the scorecard that other programs found: four fields, apart by tabs.
std::string elsewhere_section(const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text =
      "\n## Also held\n\n| What | Against | Result | Command |\n| :-- | :-- | :-- | :-- |\n";
  for (const std::string& line : lines) {
    text += "| ";
    for (const char c : line) text += c == '\t' ? std::string{" | "} : std::string{c};
    text += " |\n";
  }
  return text;
}

}  // namespace

std::string validation_page(const std::vector<PublishedStart>& starts,
                            const std::vector<FamilyCount>& families,
                            const std::vector<std::string>& lines) {
  return kHeader + starts_section(starts) + families_section(families) + elsewhere_section(lines);
}

}  // namespace berth::conformance
