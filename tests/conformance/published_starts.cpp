#include "tests/conformance/published_starts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <regex>

#include "models/pull_plan.h"

namespace berth::conformance {
namespace {

// ---- Environments ------------------------------------------------------------------------------

enum class Place { ec2, docker, studio, endpoint, fargate, actions, alibaba, decoder };

struct Environment {
  Place place = Place::ec2;
  std::string name, source;
  NodeShape node;
  bool docker = false;      // layers are stored, then read back and unpacked
  Seconds around{0};        // of a measurement from end to end: machine, network, application
  Seconds create{1};        // of a container
  BytesPerSecond model_download{208e6};  // of a model beside the image
};

// gp3 at AWS's advice for large images, a 10 Gbit/s card, 16 cores: what "EC2" means where no more is
// said.
const NodeShape kPlainEc2{gigabits_per_second(10), kGp3Advised, 16};

// A public registry behind a content network: 30 MB/s a connection is what 23 MB/s of a whole pull
// from public ECR leave for downloads; a miss is at the upper end of the published 62-290 ms.
const Registry kPublicRegistry{megabytes_per_second(30), Seconds{0.15}};
// Managed services reach a registry over their own network path: misses at the upper end, 0.25 s.
const Registry kManagedPath{megabytes_per_second(193), Seconds{0.25}};

Environment ec2() {
  return {.place = Place::ec2,
          .name = "EC2",
          .source = "as the case states; else 10 Gbit/s, gp3 at 600 MiB/s (SOCI's advice), ECR at 193 MB/s "
                    "a stream; Bottlerocket as the Karpenter blueprint sets it, where it is the source",
          .node = kPlainEc2};
}

Environment docker() {
  return {.place = Place::docker,
          .name = "EC2, docker, public ECR",
          .source = "disk as the case states; docker stores a layer, reads it back and unpacks it; the "
                    "connection is set from this environment's whole pull",
          .node = {gigabits_per_second(10), kGp3Baseline, 8, NodeSystem::oss, kPublicRegistry},
          .docker = true};
}

Environment studio() {
  return {.place = Place::studio,
          .name = "SageMaker Studio",
          .source = "CreateApp to InService; instance and application without the image 65 s, set from this "
                    "environment's fastest start",
          .node = {gigabits_per_second(5), kGp3Baseline, 2, NodeSystem::al2023, kManagedPath},
          .around = Seconds{65}};
}

Environment endpoint() {
  return {.place = Place::endpoint,
          .name = "SageMaker hosting",
          .source = "scale-out end to end; 160 s without image and model, the mean of 181 and 137 s that the "
                    "cached starts leave; volume of 250 MiB/s; a model of 16 GB in 77 s",
          .node = {gigabits_per_second(10), BytesPerSecond{250.0 * kMiB}, 8},
          .around = Seconds{160},
          .create = Seconds{0}};
}

Environment fargate() {
  return {.place = Place::fargate,
          .name = "Fargate",
          .source = "task created in 6 s and its network card in 16 s (an ECS team's log); volume of 100 MB/s, "
                    "set from the pull in that log",
          .node = {gigabits_per_second(5), megabytes_per_second(100), 2, NodeSystem::al2023,
                   kManagedPath},
          .around = Seconds{22},
          .create = Seconds{5}};
}

Environment actions() {
  return {.place = Place::actions,
          .name = "GitHub Actions, GHCR",
          .source = "pull, create and run, p95 of 5; disk of 40 MB/s, set from the whole pull of gcc 9.2.0",
          .node = {megabytes_per_second(125), megabytes_per_second(40), 2, NodeSystem::oss,
                   {megabytes_per_second(50), Seconds{0.15}}},
          .create = Seconds{1.5}};
}

Environment alibaba() {
  return {.place = Place::alibaba,
          .name = "accelerated-container-image",
          .source = "service available; a network of 200 Mbit/s, set from the whole pulls",
          .node = {megabytes_per_second(25), kGp3Maximum, 4, NodeSystem::oss,
                   {megabytes_per_second(25), Seconds{0.01}}},
          .create = Seconds{0.3}};
}

// Inflating alone. Go's gzip varies with the data more than with the processor: 172 to 256 MiB/s.
Environment decoder() {
  return {.place = Place::decoder,
          .name = "inflating one layer",
          .source = "one stream of Go's gzip, 220 MB/s, the middle of 172-256 MiB/s (containerd 13559)",
          .node = {gigabits_per_second(100), BytesPerSecond{1e12}, 1},
          .create = Seconds{0}};
}

const std::array kEnvironments{ec2,     docker,  studio,  endpoint,
                               fargate, actions, alibaba, decoder};

// ---- The words of a case -----------------------------------------------------------------------

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

std::string text_of(const Json& item, const char* key) {
  const auto found = item.find(key);
  return found != item.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<double> number_of(const Json& item, const char* key) {
  const auto found = item.find(key);
  if (found == item.end() || !found->is_number() || !(found->get<double>() > 0)) return std::nullopt;
  return found->get<double>();
}

std::optional<double> number_in(const std::string& text, const char* pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) return std::nullopt;
  return std::stod(match[1]);
}

bool says(const std::string& text, const char* pattern) {
  return std::regex_search(text, std::regex(pattern));
}

struct Words {
  std::string image, config, note, source, keys;
  explicit Words(const Json& item)
      : image(lower(text_of(item, "image"))),
        config(lower(text_of(item, "config"))),
        note(lower(text_of(item, "note"))),
        source(lower(text_of(item, "source"))) {
    if (item.contains("alt_s") && item["alt_s"].is_object())
      for (const auto& [key, value] : item["alt_s"].items()) keys += lower(key) + " ";
  }
};

Environment place_of(const Words& words) {
  if (says(words.config, "decode only|inflate") || says(words.image, "\\blayer$")) return decoder();
  if (says(words.keys, "app_inservice") || says(words.source, "studio")) return studio();
  if (says(words.config, "\\bml\\.") || says(words.source, "container-caching")) return endpoint();
  if (says(words.config + words.source, "fargate|ecs task")) return fargate();
  if (says(words.config, "github actions|ghcr|github-hosted")) return actions();
  if (says(words.source, "accelerated-container-image")) return alibaba();
  if (says(words.config, "public ecr") || says(words.note + words.config, "docker run") ||
      says(words.source, "moby/moby|docker/"))
    return docker();
  return ec2();
}

int vcpus_of(const std::string& config, int otherwise) {
  std::smatch match;
  if (!std::regex_search(config, match, std::regex("\\b[a-z]+\\d[a-z]*\\.(\\d*)(xlarge|large|medium)")))
    return otherwise;
  if (match[2] != "xlarge") return 2;
  return match[1].length() > 0 ? 4 * std::stoi(match[1]) : 4;
}

// Machine, network and disk as the case states them.
Environment environment_of(const Words& words) {
  Environment environment = place_of(words);
  NodeShape& node = environment.node;
  node.vcpus = vcpus_of(words.config, node.vcpus);
  if (says(words.config, "nvme|instance store")) node.disk = BytesPerSecond{2000.0 * kMiB};
  if (const auto disk = number_in(words.config, "(\\d+(?:\\.\\d+)?) ?mi?b/s"))
    node.disk = BytesPerSecond{*disk * kMiB};  // AWS writes MB/s for gp3's MiB/s
  if (const auto network = number_in(words.config, "([0-9]+(?:\\.[0-9]+)?) ?gbi?t?/?p?s"))
    node.network = gigabits_per_second(says(words.config, "> ?[0-9]") ? *network * 1.25 : *network);
  return environment;
}

// What an application reads of its image before it is ready.
double reads_of(const Words& words) {
  if (says(words.image, "(llama|llm|mistral|qwen|model).* in (the )?image")) return 1;
  // Loads a framework and a model: the geometric middle of "13 %" and "near everything".
  if (says(words.image, "\\bai\\b|\\bai-|inference|cat-or-dog")) return 0.36;
  // One program and its assets, not a tree of Python packages.
  if (says(words.image, "code ?-?editor")) return 0.02;
  return Image{}.read_before_ready;
}

// Of that, what the container's first process needs to be started at all: assumed one part in six,
// its interpreter and libraries.
constexpr double kReadToStart = 1.0 / 6;

// ---- One case ----------------------------------------------------------------------------------

struct Case {
  Words words;
  Environment environment;
  Image image;
  double compressed = 0, unpacked = 0;
  bool sized_by_pull = false;
  bool pull_only = false;       // the measured times are those of the pull
  double model_bytes = 0;       // downloaded beside the image
  Seconds application{0};       // its own work before it is ready, where the case says
};

Image image_of(const Case& about, double compressed, double unpacked) {
  const int layers = about.environment.place == Place::decoder
                         ? 1
                         : static_cast<int>(
                               number_in(about.words.image, "(\\d+) layers").value_or(30));
  return {.name = "published",
          .layers = synthesise_layers(
              {scaled(Bytes{1}, compressed), scaled(Bytes{1}, unpacked), layers, {0}}),
          .soci_index = true,
          .read_before_ready = reads_of(about.words)};
}

Seconds alone(const PullPlan& plan) { return ready(plan, plan.alone()); }

Seconds whole_pull(const Case& about, const Image& image, const NodeShape& node) {
  if (about.environment.place == Place::decoder)
    return total_unpacked(image.layers) / node.inflate;
  PullPath path = default_path(PullMode::full, node);
  if (about.environment.docker) {
    path.streamed = false;
    path.blobs_read_back = true;
  }
  return alone(plan_pull(image, {}, PullMode::full, path, default_lazy_path(node)));
}

// What a measurement holds beside the image: nothing of a pull, else everything around it.
Seconds beside(const Case& about) {
  if (about.pull_only) return 0s;
  return about.environment.around + about.environment.create + about.application;
}

// Pull and model download write to one disk: slowed together while both last.
Seconds with_model(const Case& about, Seconds pull, const PullPlan& plan) {
  if (about.model_bytes <= 0) return pull;
  const BytesPerSecond rate = about.environment.model_download;
  const Seconds model{about.model_bytes / rate.rate};
  const Unpackers& unpackers = plan.unpack.unpackers;
  const double written = std::min(unpackers.stream_rate / unpackers.disk_rate, 1.0);
  const double wanted = written + rate.rate / about.environment.node.disk.rate;
  const Seconds together = std::min(pull, model), longer = std::max(pull, model);
  return std::max(wanted, 1.0) * together + (longer - together);
}

Seconds eager(const Case& about, const Image& image) {
  const Seconds pull = whole_pull(about, image, about.environment.node);
  const PullPlan plan = plan_pull(image, {}, PullMode::full, about.environment.node);
  return beside(about) + with_model(about, pull, plan);
}

// The compressed size whose whole pull takes as long as published.
double sized_by(const Case& about, double eager_s) {
  double low = 1e5, high = 1e12;
  for (int i = 0; i < 100; ++i) {
    const double middle = std::sqrt(low * high);
    (eager(about, image_of(about, middle, kUnpackedRatio * middle)).count() < eager_s ? low : high) =
        middle;
  }
  return std::sqrt(low * high);
}

// "17.5 GB image, 5.8 GB model" or a model of so many billion parameters of two bytes.
double model_bytes_of(const Words& words) {
  if (const auto stated = number_in(words.image, "(\\d+(?:\\.\\d+)?) ?gb model")) return *stated * 1e9;
  if (const auto billions = number_in(words.image, "(\\d+(?:\\.\\d+)?)b\\b")) return *billions * 2e9;
  return 0;
}

Case read_case(const Json& item, std::optional<double> eager_s) {
  Case about{.words = Words(item), .environment = environment_of(Words(item))};
  about.pull_only = about.environment.place == Place::decoder ||
                    says(about.words.note + about.words.config, "pull time|pull phase") ||
                    (eager_s && number_in(about.words.config, "pull (\\d+)") == eager_s);
  if (about.environment.place == Place::endpoint) about.model_bytes = model_bytes_of(about.words);
  // "eager PULL+CREATE+RUN"
  if (const auto run = number_in(about.words.config, "eager [\\d.]+\\+[\\d.]+\\+([\\d.]+)"))
    about.application = Seconds{*run};
  const auto compressed = number_of(item, "compressed_bytes");
  const auto unpacked = number_of(item, "uncompressed_bytes");
  if (compressed || unpacked) {
    about.compressed = compressed.value_or(unpacked.value_or(0) / kUnpackedRatio);
    about.unpacked = unpacked.value_or(about.compressed * kUnpackedRatio);
  } else if (eager_s) {
    about.sized_by_pull = true;
    about.compressed = sized_by(about, *eager_s);
    about.unpacked = about.compressed * kUnpackedRatio;
  }
  if (about.compressed > 0) about.image = image_of(about, about.compressed, about.unpacked);
  return about;
}

// ---- Ways to start -----------------------------------------------------------------------------

struct Lazy {
  LazyPath path;
  bool one_stream = false;  // reads come as one stream, without a round trip each
};

// eStargz: an index inside the layers; chunks of 4 MiB; optimised, the files of the start come first
// in a layer and are fetched in one piece.
Lazy estargz(const Case& about, bool optimised) {
  Lazy lazy{.path = default_lazy_path(about.environment.node), .one_stream = optimised};
  lazy.path.index_fraction = 0;
  return lazy;
}

// overlaybd: a block device whose reads are large. TurboOCI adds an external index of 1.4 % of the
// unpacked bytes (29.1 MB of 1.81 GB and 30.3 MB of 2.51 GB).
Lazy block_device(const Case& about, bool external_index) {
  Lazy lazy{.path = default_lazy_path(about.environment.node), .one_stream = true};
  lazy.path.mount = kResolve;
  lazy.path.index_fraction = external_index ? 0.014 : 0;
  lazy.path.min_layer = {};
  return lazy;
}

Seconds lazy_ready(const Case& about, const Lazy& lazy) {
  const LazyWork work = lazy_work(about.image, {}, lazy.path);
  const LazyStart start = lazy_start(work, lazy.path, beside(about));
  if (!lazy.one_stream) return start.ready;
  const Bytes reads = scaled(work.span_compressed, work.reads_before_ready());
  const BytesPerSecond rate{std::min(lazy.path.connection.rate, lazy.path.node.rate)};
  return start.mounted + beside(about) + reads / rate;
}

Seconds soci_container_started(const Case& about) {
  Image first = about.image;
  first.read_before_ready *= kReadToStart;
  const LazyPath path = default_lazy_path(about.environment.node);
  return lazy_start(lazy_work(first, {}, path), path, about.environment.create).ready;
}

Seconds soci_mounted(const Case& about) {
  const LazyPath path = default_lazy_path(about.environment.node);
  return lazy_start(lazy_work(about.image, {}, path), path, 0s).mounted;
}

Seconds soci_parallel(const Case& about, NodeSystem system) {
  NodeShape node = about.environment.node;
  node.system = system;
  PullPath path = default_path(PullMode::soci_parallel, node);
  // The blueprint sets Bottlerocket to what AL2023 does unasked: 20 ranges of 16 MB, 12 unpackers,
  // blobs discarded. How fast a stream inflates stays Bottlerocket's.
  if (system == NodeSystem::bottlerocket && says(about.words.source, "karpenter-blueprints")) {
    const BytesPerSecond stream = path.unpack_rate;
    node.system = NodeSystem::al2023;
    path = default_path(PullMode::soci_parallel, node);
    path.unpack_rate = stream;
  }
  return beside(about) + alone(plan_pull(about.image, {}, PullMode::soci_parallel, path,
                                         default_lazy_path(node)));
}

// Go's compress/gzip against klauspost's: 1.4 to 1.5 times as fast (containerd pull 13560).
constexpr double kKlauspost = 1.45;

struct Way {
  const char* key;  // a regular expression for the whole key
  Seconds (*take)(const Case&);
  const char* because;  // of ways that are not modelled
};

const std::array kWays{
    Way{".*prefetch.*", nullptr, "what a recorded trace fetches ahead is not published"},
    Way{".*(second|local|again).*", nullptr, "a start from what an earlier one left is no pull"},
    Way{"eager_s", [](const Case& c) { return eager(c, c.image); }, ""},
    Way{"klauspost",
        [](const Case& c) {
          NodeShape node = c.environment.node;
          node.inflate.rate *= kKlauspost;
          return beside(c) + whole_pull(c, c.image, node);
        },
        ""},
    Way{"soci_parallel(_al2023)?",
        [](const Case& c) { return soci_parallel(c, NodeSystem::al2023); }, ""},
    Way{"soci_parallel_bottlerocket",
        [](const Case& c) { return soci_parallel(c, NodeSystem::bottlerocket); }, ""},
    Way{"soci_parallel_(oss|default)",
        [](const Case& c) { return soci_parallel(c, NodeSystem::oss); }, ""},
    Way{"soci_lazy_(pull|mount)", soci_mounted, ""},
    Way{"soci_lazy_container_start(ed)?", soci_container_started, ""},
    Way{"soci_lazy.*",
        [](const Case& c) {
          return lazy_ready(c, {.path = default_lazy_path(c.environment.node)});
        },
        ""},
    Way{"cached_image.*",
        [](const Case& c) {
          return beside(c) + kLocalImage +
                 Seconds{c.model_bytes / c.environment.model_download.rate};
        },
        ""},
    Way{"estargz(_noopt|_unoptimi[sz]ed)",
        [](const Case& c) { return lazy_ready(c, estargz(c, false)); }, ""},
    Way{"estargz(_opt.*)?", [](const Case& c) { return lazy_ready(c, estargz(c, true)); }, ""},
    Way{"turbo_?oci", [](const Case& c) { return lazy_ready(c, block_device(c, true)); }, ""},
    Way{"overlaybd", [](const Case& c) { return lazy_ready(c, block_device(c, false)); }, ""},
};

// Figures that parameters were set with.
struct Set {
  std::string_view id, key, what;
};
constexpr std::array kSet{
    Set{"kbp-2025-08", "soci_parallel_al2023", "the largest layer's share"},
    Set{"kbp-2025-08", "soci_parallel_bottlerocket", "Bottlerocket's inflating"},
    Set{"dlami-lazy", "eager_s", "this environment's connection"},
    Set{"dlami-lazy", "soci_lazy_container_start", "what the first process reads"},
    Set{"soci-paper-1.3", "soci_lazy_pull", "the time of a mount"},
    Set{"studio-5", "soci_lazy_app_inservice", "the time around the image"},
    Set{"sm-cache", "cached_image", "the time around the image"},
    Set{"sm-cache-c2", "cached_image", "the time around the image"},
    Set{"turbo-ai", "eager_s", "this environment's network"},
    Set{"turbo-py-small", "eager_s", "this environment's network"},
    Set{"ecs-fargate-918", "eager_s", "this environment's disk"},
};

std::string set_with(const std::string& id, const std::string& key) {
  for (const Set& set : kSet)
    if (id == set.id && key == set.key) return std::string(set.what);
  return {};
}

StartFigure figure_of(const Case& about, const std::string& id, const std::string& key,
                      double published) {
  StartFigure figure{.key = key, .published = published, .sets = set_with(id, key)};
  const auto way = std::ranges::find_if(kWays, [&](const Way& w) {
    return std::regex_match(key, std::regex(w.key));
  });
  if (way == kWays.end())
    figure.because = "no model of this way to start";
  else if (way->take == nullptr)
    figure.because = way->because;
  else if (about.compressed <= 0)
    figure.because = "neither sizes nor a whole pull are published";
  else if (key == "eager_s" && about.sized_by_pull)
    figure.because = "sizes the image: no size is published";
  if (way != kWays.end() && way->take != nullptr && about.compressed > 0)
    figure.simulated = way->take(about).count();
  return figure;
}

}  // namespace

PublishedStart simulate_published_start(const Json& item) {
  const auto eager_s = number_of(item, "eager_s");
  const Case about = read_case(item, eager_s);
  PublishedStart start{.id = item.at("id").get<std::string>(),
                       .image = text_of(item, "image"),
                       .environment = about.environment.name};
  if (eager_s) start.figures.push_back(figure_of(about, start.id, "eager_s", *eager_s));
  if (item.contains("alt_s") && item["alt_s"].is_object())
    for (const auto& [key, value] : item["alt_s"].items())
      if (value.is_number() && value.get<double>() > 0)
        start.figures.push_back(figure_of(about, start.id, key, value.get<double>()));
  return start;
}

std::vector<EnvironmentRow> published_environments() {
  std::vector<EnvironmentRow> rows;
  for (const auto make : kEnvironments) {
    const Environment e = make();
    const NodeShape& node = e.node;
    std::string parameters =
        e.place == Place::decoder
            ? fmt::format("inflate {:.0f} MB/s", node.inflate.rate / 1e6)
            : fmt::format("network {:.0f} MB/s, disk {:.0f} MB/s, a connection {:.0f} MB/s, first byte "
                          "{:.0f} ms, around the image {:.1f} s",
                          node.network.rate / 1e6, node.disk.rate / 1e6,
                          node.registry.connection.rate / 1e6, node.registry.first_byte.count() * 1e3,
                          (e.around + e.create).count());
    rows.push_back({e.name, std::move(parameters), e.source});
  }
  return rows;
}

}  // namespace berth::conformance
